"""What a row's value becomes in a document: JSON text, ready to be put in its place."""

import json
import re
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any

from twins.canonical import dumps, loads
from twins.fleet.text import NUMBER, Slot
from twins.jsonrules import faults, text_fault
from twins.origin import dotted, shown
from twins.scalars import BOOLEAN, INT64

Cell = Callable[[Any], str]

# Unlike in YAML, leading zeros are fine: it was said that this is a number.
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


class CellError(ValueError):
    """A value that cannot be used; the message says why and what to do."""


def value_cell(slot: Slot) -> Cell:
    """Return what makes a value of the slot's column JSON; it raises `CellError`."""
    if slot.column == NUMBER and slot.form.isdigit():
        return lambda number: f'"{str(number).zfill(int(slot.form))}"'
    return {"": _as_is, "int": _int, "float": _float, "bool": _bool, "json": _json}[slot.form]


def text_cell(slot: Slot) -> Cell:
    """Return what makes a value of the slot's column a part of a text; it raises `CellError`."""
    return (lambda number: str(number).zfill(int(slot.form))) if slot.form else _text


def escaped(text: str) -> str:
    """Return a text as it stands within a JSON string."""
    return encode_basestring(text)[1:-1]


def _text(value: Any) -> str:
    if isinstance(value, str):
        if fault := text_fault(value):
            raise CellError(fault)
        return value
    if isinstance(value, dict | list):
        raise CellError(f"{shown(value)} is no text; let {{column}} stand alone, or leave it out")
    return dumps(value)


def _as_is(value: Any) -> str:
    if isinstance(value, str):
        if "\0" in value or not value.isascii():
            _text(value)
        return encode_basestring(value)
    return str(value) if type(value) is int and -INT64 <= value < INT64 else _checked(value)


def _int(value: Any) -> str:
    if isinstance(value, bool) or not _INTEGER.fullmatch(text := _source(value)):
        raise CellError(f"'{shown(value)}' is no whole number; correct it")
    number = int(text) if len(text) < 25 else INT64
    if not -INT64 <= number < INT64:
        raise CellError(f"{shown(text)} is beyond 64 bits; use :json, or leave it text")
    return str(number)


def _float(value: Any) -> str:
    text = _source(value)
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        raise CellError(f"'{shown(value)}' is no number; correct it")
    try:
        return dumps(float(text))
    except ValueError:
        raise CellError(f"{shown(text)} is beyond what a number can hold; correct it") from None


def _bool(value: Any) -> str:
    if isinstance(value, bool):
        return dumps(value)
    if not isinstance(value, str) or value not in BOOLEAN:
        raise CellError(f"'{shown(value)}' is neither true nor false; correct it")
    return dumps(BOOLEAN[value])


def _json(value: Any) -> str:
    if not isinstance(value, str):
        return _checked(value)
    try:
        return _checked(loads(value))
    except (ValueError, RecursionError) as error:
        if isinstance(error, CellError):
            raise
        raise CellError(f"'{shown(value)}' is not JSON ({error}); correct it") from None


def _source(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _checked(value: Any) -> str:
    """Return a JSON value's text, if Ditto takes it."""
    for path, fault in faults(value, lambda _: True):
        raise CellError(f"{dotted(path)}: {fault}" if path else fault)
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict | list):
            waiting += inner.values() if isinstance(inner, dict) else inner
        elif isinstance(inner, int) and not -INT64 <= inner < INT64:
            raise CellError(f"{shown(inner)} is beyond 64 bits; write it as text")
    return dumps(value)
