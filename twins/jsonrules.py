"""What Ditto takes of JSON: it refuses more than the standard does."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from twins.identifiers import KEY, PATTERN_KEY
from twins.origin import Path

REFUSED = re.compile("[\0\ud800-\udfff]")


def faults(value: Any, is_key: Callable[[Path], bool]) -> Iterator[tuple[Path, str]]:
    """Yield path and fault of all in a value that Ditto refuses; `is_key` says which keys Ditto gets."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        here, inner = waiting.pop()
        if isinstance(inner, dict):
            for key, each in inner.items():
                path = (*here, key)
                if fault := (key_fault(key) if is_key(path) else text_fault(key)):
                    yield path, f"the key {fault}"
                if isinstance(each, dict | list | str):
                    waiting.append((path, each))
        elif isinstance(inner, list):
            waiting += [((*here, place), each) for place, each in enumerate(inner)]
        elif isinstance(inner, str) and (fault := text_fault(inner)):
            yield here, f"the text {fault}"


def text_fault(text: str) -> str | None:
    """Return why Ditto refuses a text, if it does, and what to do."""
    found = REFUSED.search(text)
    if found is None:
        return None
    if found.group() == "\0":
        return "holds the character U+0000; remove it"
    return "holds half of a surrogate pair, which is no character; write the character itself"


def key_fault(key: str) -> str | None:
    """Return why Ditto refuses a key of an object, if it does, and what to do."""
    if not key:
        return "has no characters; name it"
    if PATTERN_KEY.fullmatch(key):
        return "is a pattern by which Ditto would remove other keys; rename it"
    if not KEY.fullmatch(key):
        return "holds /, a control character or U+0080 to U+00FF (é, ü, °), which Ditto refuses; rename it"
    return text_fault(key)
