"""JSON merge patches (RFC 7396) as Ditto applies them."""

import re
from typing import Any

_PATTERN = re.compile(r"\{\{\s*~(.*)~\s*\}\}", re.DOTALL)


def merged(target: Any, patch: Any) -> Any:
    """Return ``target`` with ``patch`` applied; both stay as they are.

    A key ``{{ ~pattern~ }}`` whose value is null removes all keys that the pattern finds.
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        pattern = _PATTERN.fullmatch(key)
        if pattern and value is None:
            result = {name: inner for name, inner in result.items() if not re.search(pattern[1], name)}
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def without_nulls(value: Any) -> Any:
    """Return what a patch makes of nothing: ``value`` without its nulls, those in arrays included."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [
            without_nulls(inner) if isinstance(inner, dict) else inner for inner in value if inner is not None
        ]
    return value


def leaves(path: tuple[str, ...], patch: Any) -> list[tuple[str, ...]]:
    """Return where a patch at ``path`` changes something."""
    if not isinstance(patch, dict):
        return [path]
    found = []
    for key, value in patch.items():
        by_pattern = value is None and _PATTERN.fullmatch(key)
        found += [path] if by_pattern else leaves((*path, key), value)
    return found


def placed(path: tuple[str, ...], value: Any) -> Any:
    """Return the patch of a whole document that is ``value`` at ``path``."""
    for key in reversed(path):
        value = {key: value}
    return value
