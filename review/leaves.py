"""The values in which two sets of inputs differ, as they may be shown: nothing in them is secret."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from twins.canonical import loads
from twins.compare import same

SECRET = "[secret]"  # noqa: S105 - what both engines put in place of one
UNKNOWN = "[known after the change]"

DOCUMENT = "document"  # the input that holds a document; its name tells a reader nothing
_SIGNATURE = "4dabf18193072939515e22adb298388d"  # of Pulumi's own encoding of a secret
_UNKNOWNS = frozenset({"04da6b54-80e4-46f7-96ec-b56ff0331ba9", "[unknown]"})
_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")
_NAMES_SECRETS = re.compile(
    r"passw|passphrase|token|api.?key|private.?key|client.?secret|authorization", re.IGNORECASE
)
_MISSING = object()

Path = tuple[str, ...]


@dataclass(frozen=True)
class Leaf:
    """One value that differs, as text. `old` or `new` is None where there is none on that side."""

    path: Path
    old: str | None
    new: str | None


def leaves(old: Any, new: Any) -> tuple[Leaf, ...]:
    """What differs between two values, by path; lists are compared item by item."""
    return tuple(
        Leaf(
            path[1:] if path[0] == DOCUMENT and len(path) > 1 else path,
            None if before is _MISSING else shown(before, path),
            None if after is _MISSING else shown(after, path),
        )
        for path, before, after in _differing(old, new, ())
        if not path[0].startswith("__")
    )


def _differing(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, Any, Any]]:
    match old, new:
        case dict(), dict():
            for key in sorted(old.keys() | new.keys()):
                yield from _differing(old.get(key, _MISSING), new.get(key, _MISSING), (*path, str(key)))
        case list(), list() if any(isinstance(item, dict | list) for item in [*old, *new]):
            for place in range(max(len(old), len(new))):
                before, after = (side[place] if place < len(side) else _MISSING for side in (old, new))
                yield from _differing(before, after, (*path, str(place)))
        case dict(), _ if new is _MISSING and old:
            for key in sorted(old):
                yield from _differing(old[key], _MISSING, (*path, str(key)))
        case _, dict() if old is _MISSING and new:
            for key in sorted(new):
                yield from _differing(_MISSING, new[key], (*path, str(key)))
        case _ if old is _MISSING or new is _MISSING or not same(old, new):
            yield path or (DOCUMENT,), old, new


def opened(value: Any) -> Any:
    """The inputs with documents in JSON text taken apart, and what is secret or unknown named so."""
    if isinstance(value, Mapping):
        if _SIGNATURE in value:
            return SECRET
        return {str(name): opened(item) for name, item in value.items()}
    if isinstance(value, list):
        return [opened(item) for item in value]
    if isinstance(value, str):
        if value in _UNKNOWNS:
            return UNKNOWN
        if value.startswith(("{", "[{")):
            try:
                return opened(loads(value)) if value.startswith("{") else opened(json.loads(value))
            except ValueError:
                return value
    return value


def shown(value: Any, path: Path = ()) -> str:
    """A value as text. A text stands without quotes, unless it could be taken for something else."""
    if path and _NAMES_SECRETS.search(path[-1]) and value not in (None, "", UNKNOWN):
        return SECRET
    if isinstance(value, str):
        text = _LOGIN.sub("…@", value)
        return json.dumps(text, ensure_ascii=False) if _ambiguous(text) else text
    return _LOGIN.sub("…@", json.dumps(_without_secrets(value), ensure_ascii=False))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: SECRET if _NAMES_SECRETS.search(key) and item else _without_secrets(item)
            for key, item in value.items()
        }
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def _ambiguous(text: str) -> bool:
    if text != text.strip() or not text:
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
