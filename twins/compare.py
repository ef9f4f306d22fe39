"""What differs between two documents, and the smallest request that makes the one the other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from twins.canonical import dumps
from twins.document import Document

Path = tuple[str, ...]
MISSING = object()  # null is a value


@dataclass(frozen=True)
class Change:
    """A leaf that was added, changed or removed; arrays and empty objects are leaves."""

    path: Path
    op: Literal["add", "change", "remove"]
    old: Any = None
    new: Any = None


@dataclass(frozen=True)
class Update:
    """How to make the old document the new one: the patch first, then the puts.

    `patch` is a JSON merge patch (RFC 7396), or None when there is nothing to patch. A merge patch cannot say
    that something becomes null, so each of the `puts` is a path whose whole value is replaced.
    """

    patch: Document | None = None
    puts: list[tuple[Path, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.patch is not None or bool(self.puts)


def same(old: Any, new: Any) -> bool:
    """Say whether two values are the same JSON: 1, 1.0 and true differ, the order of keys is nothing."""
    return dumps(old) == dumps(new)


def changes(old: Document, new: Document) -> list[Change]:
    """Return what differs, leaf by leaf, sorted by path."""
    return sorted(_changes((), old, new), key=lambda change: change.path)


def update(old: Document, new: Document) -> Update:
    """Return the requests of just the leaves that differ, so that whatever others wrote elsewhere stays."""
    puts: list[tuple[Path, Any]] = []
    patch = _patch((), old, new, puts)
    return Update(patch or None, puts)


def declared_part(declared: Document, live: Document) -> Document | None:
    """Return the declared document as it is live, or None when nothing that was declared differs.

    Declared are the policy, the definition, attributes, and which features exist with which definitions. The
    values of a feature belong to the devices: they stay as declared. What nobody declared is not ours.
    """
    seen = {
        key: _seen(value, live[key]) for key, value in declared.items() if key != "features" and key in live
    }
    if "features" in declared:
        there = live.get("features") or {}
        seen["features"] = {
            name: _feature(feature, there[name])
            for name, feature in declared["features"].items()
            if name in there
        }
    return None if same(declared, seen) else seen


def _feature(declared: Any, live: Any) -> Any:
    if not isinstance(declared, dict) or "definition" not in declared:
        return declared
    definition = (live or {}).get("definition")
    rest = {key: value for key, value in declared.items() if key != "definition"}
    return rest if definition is None else rest | {"definition": definition}


def _seen(declared: Any, live: Any) -> Any:
    if not isinstance(declared, dict) or not isinstance(live, dict):
        return live
    return {key: _seen(value, live[key]) for key, value in declared.items() if key in live}


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves((*path, key), inner)
    else:
        yield path, value


def _changes(path: Path, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() | new.keys():
            inner = (*path, key)
            if key not in new:
                yield from (Change(leaf, "remove", old=value) for leaf, value in _leaves(inner, old[key]))
            elif key not in old:
                yield from (Change(leaf, "add", new=value) for leaf, value in _leaves(inner, new[key]))
            else:
                yield from _changes(inner, old[key], new[key])
    elif not same(old, new):
        yield Change(path, "change", old, new)


def _patch(path: Path, old: Document, new: Document, puts: list[tuple[Path, Any]]) -> Document:
    patch: Document = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key, MISSING)
        inner = (*path, key)
        if isinstance(before, dict) and isinstance(value, dict):
            if deeper := _patch(inner, before, value, puts):
                patch[key] = deeper
        elif before is not MISSING and same(before, value):
            continue
        elif _holds_null(value):
            puts.append((inner, value))
        else:
            patch[key] = value
    return patch


def _holds_null(value: Any) -> bool:
    """Say whether a merge patch would lose a null of this; in an array it would not."""
    if isinstance(value, dict):
        return any(_holds_null(inner) for inner in value.values())
    return value is None
