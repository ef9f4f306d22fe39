"""What is different between an object and a new manifest for it, and whether that can be changed in place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.engine.paths import Path, contains
from sandbox.engine.values import UNKNOWN, Properties


@dataclass(frozen=True)
class Change:
    """One difference: where, and the new value (None: it is to go)."""

    path: Path
    value: Any
    removed: bool = False


def pruned(live: Any, shape: Any) -> Any:
    """The part of what is there that a manifest speaks of: what the server has added is no difference."""
    if isinstance(live, dict) and isinstance(shape, dict):
        return {key: pruned(value, shape[key]) for key, value in live.items() if key in shape}
    if isinstance(live, list) and isinstance(shape, list):
        if live and shape and type(live[0]) is not type(shape[0]):
            return live
        return [pruned(value, wanted) for value, wanted in zip(live, shape, strict=False)]
    return live


def changes(old: Properties, new: Properties) -> list[Change]:
    """All differences, down to the leaves of what both have."""
    return list(_changes((), old, new))


def _changes(path: Path, old: Any, new: Any) -> Iterator[Change]:
    if new == UNKNOWN:
        yield Change(path, new)
        for key in old if isinstance(old, dict) else ():
            yield Change((*path, key), None, removed=True)  # as Pulumi's provider has it: it may be gone
    elif isinstance(old, dict) and isinstance(new, dict):
        for key, value in new.items():
            if key in old:
                yield from _changes((*path, key), old[key], value)
            elif value is not None:
                yield Change((*path, key), value)
        for key in old.keys() - new.keys():
            yield Change((*path, key), None, removed=True)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            if index >= len(old):
                yield Change((*path, index), new[index])
            elif index >= len(new):
                yield Change((*path, index), None, removed=True)
            else:
                yield from _changes((*path, index), old[index], new[index])
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield Change(path, new)


def replacing(found: Sequence[Change], fixed: Sequence[Path]) -> list[Change]:
    """Those of the changes that touch what is fixed once the object is there."""
    return [
        change
        for change in found
        if any(contains(path, change.path) or _holds(change, path) for path in fixed)
        or (change.removed and change.path == ("metadata",))
    ]


def _holds(change: Change, path: Path) -> bool:
    """Say whether the change brings the fixed path with it, as part of a larger value."""
    if not contains(path[: len(change.path)], change.path) or change.removed:
        return False
    return _reaches(change.value, path[len(change.path) :])


def _reaches(value: Any, rest: Path) -> bool:
    if not rest:
        return True
    if isinstance(value, dict):
        return rest[0] in value and _reaches(value[rest[0]], rest[1:])
    if isinstance(value, list):
        return any(_reaches(each, rest[1:]) for each in value)
    return False
