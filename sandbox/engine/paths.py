"""Paths into property values, as `spec.containers[0].image` or `data["a.b"]`: what differs, what is ignored.

The rule for what a step shows as changed, on both engines: the paths of the leaves in which values differ.
A text that is a JSON document on both sides is compared as that document. What is there on one side only is
named itself, not its leaves. Secrets are equal to each other (the CLI tells nobody whether one changed), and
keys that begin with two underscores belong to the machinery.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.engine.values import Secret

Path = tuple[str | int, ...]

ANY = "*"
_PART = re.compile(r'\.?([^.\[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]')
_MISSING = object()


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths at which two sets of properties differ, sorted."""
    return tuple(sorted(show(path) for path in _differing(_public(old), _public(new), ())))


def _public(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if not key.startswith("__")}


def _differing(old: Any, new: Any, path: Path) -> Iterator[Path]:
    match old, new:
        case Secret(), Secret():
            return
        case dict(), dict():
            for key in old.keys() | new.keys():
                yield from _differing(old.get(key, _MISSING), new.get(key, _MISSING), (*path, key))
        case list(), list():
            for index in range(max(len(old), len(new))):
                before, after = (each[index] if index < len(each) else _MISSING for each in (old, new))
                yield from _differing(before, after, (*path, index))
        case str(), str() if old != new:
            before, after = _document(old), _document(new)
            if before is None or after is None:
                yield path
            else:
                yield from _differing(before, after, path)
        case _ if type(old) is bool or type(new) is bool:
            if old is not new:
                yield path
        case _ if old != new:
            yield path


def _document(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def show(path: Sequence[str | int]) -> str:
    """The path as text."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.search(r'[.\[\]"]', part) or not part:
            quoted = part.replace('"', '\\"')
            text += f'["{quoted}"]'
        else:
            text += f".{part}" if text else part
    return text


def parse(text: str) -> Path:
    """The path that a text names; `*` stands for any key or index."""
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        found = _PART.match(text, position)
        if found is None:
            raise ValueError(f"{text!r} is not the path of a property")
        name, index, quoted = found.groups()
        if index is not None:
            parts.append(ANY if index == ANY else int(index))
        else:
            parts.append(name if quoted is None else quoted.replace('\\"', '"'))
        position = found.end()
    return tuple(parts)


def contains(outer: Path, inner: Path) -> bool:
    """Say whether the inner path lies at the outer one or below it."""
    return len(outer) <= len(inner) and all(
        wanted in (ANY, part) for wanted, part in zip(outer, inner, strict=False)
    )


def kept_as_before(new: Mapping[str, Any], old: Mapping[str, Any], ignored: Sequence[str]) -> dict[str, Any]:
    """The new properties with the old values at all the ignored paths."""
    kept: Any = dict(new)
    for text in ignored:
        kept = _reset(kept, dict(old), parse(text))
    return dict(kept)


def _reset(new: Any, old: Any, path: Path) -> Any:
    if not path:
        return old
    if isinstance(new, Secret):
        return Secret(_reset(new.value, old.value if isinstance(old, Secret) else old, path))
    if isinstance(old, Secret):
        return _reset(new, old.value, path)
    head, rest = path[0], path[1:]
    if isinstance(new, dict) and isinstance(old, dict):
        keys = new.keys() | old.keys() if head == ANY else {str(head)}
        return _put(new, {key: _reset_at(new, old, key, rest) for key in keys})
    if isinstance(new, list) and isinstance(old, list) and (head == ANY or isinstance(head, int)):
        indexes = range(min(len(new), len(old))) if head == ANY else [int(head)]
        if max(indexes, default=-1) >= min(len(new), len(old)):
            return new
        return [_reset(each, old[i], rest) if i in indexes else each for i, each in enumerate(new)]
    return new


def _reset_at(new: dict[str, Any], old: dict[str, Any], key: str, rest: Path) -> Any:
    if rest:
        return _reset(new[key], old[key], rest) if key in new and key in old else new.get(key, _MISSING)
    return old.get(key, _MISSING)


def _put(into: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    merged = into | values
    return {key: value for key, value in merged.items() if value is not _MISSING}
