"""How RQL compares a value with what a query names: by kind in searches, more freely in conditions."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.ditto.documents import dumps

Comparison = Callable[[Any, Any], int | None]  # less than, equal to or greater than 0; None for "not at all"


def by_kind(one: Any, other: Any) -> int | None:
    """Compare as the search index does: only numbers with numbers, texts with texts, truths with truths."""
    if one is None or other is None:
        return 0 if one is other else None
    if isinstance(one, bool) or isinstance(other, bool):
        return _order(one, other) if isinstance(one, bool) and isinstance(other, bool) else None
    for kind in (str, (int, float)):
        if isinstance(one, kind) and isinstance(other, kind):
            return _order(one, other)
    return None


def by_text(one: Any, other: Any) -> int | None:
    """Compare as conditions do: a number with a text that is one, and other kinds by their texts."""
    known = by_kind(one, other)
    if known is not None or one is None or other is None or isinstance(one, dict | list):
        return known
    if not isinstance(one, bool) and not isinstance(other, bool):
        try:
            return _order(Decimal(_text(one)), Decimal(_text(other)))
        except InvalidOperation:
            pass
    return _order(_text(one), _text(other))


def _order(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)
