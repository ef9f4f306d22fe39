"""A twin's tree of things, told twin by twin: to who knows twins, each child is one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from review.leaves import Leaf, leaves


@dataclass(frozen=True)
class TwinChange:
    """What happens to one twin; `below` are the children that come or go with it."""

    operation: str
    name: str
    leaves: tuple[Leaf, ...] = ()
    below: tuple[str, ...] = ()


def changes(word: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[TwinChange]:
    """What happens to a twin and to its children, given the inputs of the resource that it is."""
    before, after = _things(old), _things(new)
    if word == "add":
        yield TwinChange(word, name, below=_others(after, name))
    elif word == "remove":
        yield TwinChange(word, name, below=_others(before, name))
    else:
        own = {key: value for key, value in new.items() if key != "things"}
        rest = leaves({key: value for key, value in old.items() if key != "things"}, own)
        yield from _each(word, name, before, after, rest)


def _each(
    word: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any], rest: tuple[Leaf, ...]
) -> Iterator[TwinChange]:
    gone = [thing for thing in before if thing not in after]
    fresh = [thing for thing in after if thing not in before]
    for thing in sorted(before.keys() & after.keys()):
        found = leaves(before[thing], after[thing]) + (rest if thing == name else ())
        if found or (thing == name and word == "replace"):
            yield TwinChange(word if thing == name else "change", thing, found)
    for operation, things in (("add", fresh), ("remove", gone)):
        for top in _tops(things):
            yield TwinChange(operation, top, below=_others(dict.fromkeys(_under(top, things)), top))


def _tops(things: list[str]) -> list[str]:
    return [thing for thing in things if not any(thing.startswith(f"{other}:") for other in things)]


def _under(top: str, things: list[str]) -> list[str]:
    return [thing for thing in things if thing == top or thing.startswith(f"{top}:")]


def _things(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    found = inputs.get("things")
    return found if isinstance(found, Mapping) else {}


def _others(things: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(sorted(thing for thing in things if thing != name))
