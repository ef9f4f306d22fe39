"""From JSON values to numbers to bytes, as numpy would lay them out in memory on a little-endian machine."""

import math
import struct
from collections.abc import Sequence
from typing import Any

from services.stream.layout import Dtype

Number = int | float

_CODES: dict[Dtype, str] = {
    "bool": "?",
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint8": "B",
    "uint16": "H",
    "float16": "e",
    "float32": "f",
    "float64": "d",
}


def number(value: Any, decimals: int | None, dtype: Dtype | None) -> Number:
    """The number that a JSON value stands for: a number, true or false, or text that is a number.

    Rounded to `decimals`, then cast to `dtype`. Raises ValueError when it is none, or out of range.
    """
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ValueError("is text that is no number") from None
    if not isinstance(value, int | float):
        raise ValueError("is no number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("is not finite")
    found: Number = int(value) if isinstance(value, bool) else value
    if decimals is not None:
        found = round(found, decimals)
    return cast(found, dtype) if dtype else found


def cast(value: Number, dtype: Dtype) -> Number:
    """The number as it is after it was stored in a type. Raises ValueError when it does not fit."""
    stored: Number = struct.unpack(f"<{_CODES[dtype]}", vector([value], dtype))[0]
    return stored


def fits(value: Number, dtype: Dtype) -> bool:
    """Whether the type can hold the number."""
    try:
        cast(value, dtype)
    except ValueError:
        return False
    return True


def vector(values: Sequence[Number], dtype: Dtype) -> bytes:
    """The numbers' bytes, one after the other, little-endian. Raises ValueError when one does not fit.

    Decimals are cut off for the integer types, as numpy does.
    """
    try:
        return struct.pack(f"<{len(values)}{_CODES[dtype]}", *(_kind(value, dtype) for value in values))
    except (struct.error, OverflowError):
        raise ValueError(f"does not fit into {dtype}") from None


def _kind(value: Number, dtype: Dtype) -> Number:
    if dtype == "bool":
        return value != 0
    return value if dtype.startswith("float") else int(value)
