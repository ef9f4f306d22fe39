"""Each thing that the specs make: its id is its own and not too long, its document not too large."""

from collections.abc import Iterator
from typing import Any

from twins.catalogue import Catalogue, Entry
from twins.checks import displays, fields
from twins.checks.limits import LIMIT, NOBODY, size
from twins.compose import declared_features, thing_document, type_document
from twins.document import length
from twins.identifiers import LONGEST
from twins.models import TwinSpec
from twins.origin import Path, Problem
from twins.tree import Member, members

# By id of a thing: the spec that makes it, and as which member of its tree, if it is a twin's.
Made = dict[str, tuple[Entry[Any], Member | None]]


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with the things that the specs make."""
    made: Made = {}
    for key, type_ in catalogue.types.items():
        made[key] = type_, None
        characters = size(type_document(key, catalogue.specs, NOBODY) | {"thingId": key})
        if characters > LIMIT:
            yield type_.problem(("id",), f"the type {_too_large(characters)}")
    for key, twin in catalogue.twins.items():
        if key in made:
            yield twin.problem(
                ("id",), f"{key} is a Type, declared at {made[key][0].text.origin}; rename one of them"
            )
        else:
            made[key] = twin, None
    for key, twin in catalogue.composable():
        yield from _tree(twin, list(members(key, catalogue.specs)), made)


def _tree(twin: Entry[TwinSpec], tree: list[Member], made: Made) -> Iterator[Problem]:
    """Yield what is wrong in a twin's tree: of what a type repeats in each of its things, the first."""
    said: set[tuple[str, object]] = set()
    for member in tree:
        path = _place(twin, member)
        faults: list[tuple[str, Path, str]] = []
        if member.path and member.id in made:
            faults.append(("twice", path, _twice(member, *made[member.id])))
        made.setdefault(member.id, (twin, member))
        if (characters := length(member.id)) > LONGEST:
            faults.append(("long", path, f"the id {member.id[:40]}… has {characters} characters; {SHORTEN}"))
        document = thing_document(member, NOBODY)
        if (characters := size(document | {"thingId": member.id})) > LIMIT:
            faults.append(("large", path, f"the thing {member.id} {_too_large(characters)}"))
        faults += [(str(where), where, message) for where, message in _own_features(member)]
        for fault, where, message in faults:
            repeated = (fault, member.type.id if member.type else member.path)
            if repeated not in said:
                said.add(repeated)
                yield twin.problem(where, message)


def _own_features(member: Member) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with the features that a thing has by the twin's own spec."""
    if not member.own or not member.own.features:
        return
    path: Path = tuple(part for name in member.path for part in ("children", name))
    features = declared_features(member)
    for name, spec in member.own.features.items():
        for where, message in displays.faults(spec, features[name].get("properties", {})):
            yield (*path, "features", name, *where), message
    for where, message in fields.faults(features):
        yield (*path, *where), message


SHORTEN = f"Ditto takes {LONGEST}, so shorten the names that it consists of"


def _too_large(characters: int) -> str:
    return f"has {characters} characters of JSON; Ditto takes {LIMIT}, so split it"


def _twice(child: Member, entry: Entry[Any], member: Member | None) -> str:
    """Say what else makes a child."""
    other = entry.spec
    if member is not None or not isinstance(other, TwinSpec):
        what = f"{other.kind} {other.id}"
        return f"the child {child.id} is made by {what} at {entry.text.origin} too; rename one of them"
    if other.parent and other.parent != child.parent:
        return (
            f"{child.id} would have two parents: {child.parent} here, and {other.parent} by its own spec at "
            f"{entry.text.at(('parent',))}; take it out of one of them"
        )
    return (
        f"the child {child.id} has a spec of its own at {entry.text.origin}; move what it says "
        "below children here, or rename it"
    )


def _place(twin: Entry[TwinSpec], member: Member) -> Path:
    """Return where in the twin's spec a member of its tree comes from."""
    for depth in range(len(member.path), 0, -1):
        path: Path = tuple(part for name in member.path[:depth] for part in ("children", name))
        if twin.text.has(path):
            return path
    if not member.path:
        return ("id",)
    return ("type",) if twin.spec.type else ("children",)
