"""Pydantic's errors in words for people."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from twins.origin import Path, shown
from twins.schema import keys_at

MOST_SHOWN = 20

WORDS: dict[str, str] = {
    "string_type": "has to be text",
    "string_too_short": "has to have {min_length} character or more",
    "string_pattern_mismatch": "has to fit the pattern {pattern}",
    "int_type": "has to be a whole number",
    "int_from_float": "has to be a whole number",
    "float_type": "has to be a number",
    "bool_type": "has to be true or false",
    "dict_type": "has to be a mapping of keys to values",
    "model_type": "has to be a mapping of keys to values",
    "list_type": "has to be a list",
    "greater_than_equal": "has to be {ge} or more",
    "less_than_equal": "has to be {le} or less",
    "literal_error": "has to be {expected}",
    "too_short": "needs at least {min_length} of them",
    "too_long": "may have {max_length} of them",
}


def mistakes(error: ValidationError, kind: str) -> Iterator[tuple[Path, str]]:
    """Yield the path and the message of each mistake in a document of a kind."""
    for detail in error.errors():
        # Pydantic marks an error in a key itself by a further part of the path.
        path = tuple(part for part in detail["loc"] if part != "[key]")
        yield path, _message(detail, kind, path)


def unknown(word: object, known: Sequence[str]) -> str:
    """Return what to do about a word that is not among those known."""
    near = difflib.get_close_matches(str(word), known, n=1, cutoff=0.6)
    if near:
        return f"do you mean {near[0]}?"
    some = ", ".join(sorted(known)[:MOST_SHOWN]) + (", …" if len(known) > MOST_SHOWN else "")
    return f"use one of {some}" if known else "there are none"


def _message(detail: ErrorDetails, kind: str, path: Path) -> str:
    special = SPECIAL.get(detail["type"])
    if special:
        return special(detail, kind, path)
    words = WORDS.get(detail["type"])
    if words is None:
        return detail["msg"].removeprefix("Value error, ")
    found = "" if detail["type"].startswith("too_") else f", not {_typed(detail['input'])}"
    wanted = words.format(**detail.get("ctx", {})).replace("'", "")
    remedy = "quote it" if _is_unquoted(detail) else "correct it"
    return f"{wanted}{found}; {remedy}"


def _is_unquoted(detail: ErrorDetails) -> bool:
    return detail["type"] == "string_type" and isinstance(detail["input"], bool | int | float)


def _typed(value: Any) -> str:
    return f"the text '{shown(value)}'" if isinstance(value, str) else shown(value)


def _extra(_: ErrorDetails, kind: str, path: Path) -> str:
    return f"this key is unknown; {unknown(path[-1], keys_at(kind, path[:-1]))}"


def _missing(_: ErrorDetails, __: str, ___: Path) -> str:
    return "this key is missing; add it"


SPECIAL: dict[str, Callable[[ErrorDetails, str, Path], str]] = {
    "extra_forbidden": _extra,
    "missing": _missing,
}
