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


def placed(path: tuple[str, ...], value: Any) -> Any:
    """Return the patch of a whole document that is ``value`` at ``path``."""
    for key in reversed(path):
        value = {key: value}
    return value
