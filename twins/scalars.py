"""What a YAML scalar means: JSON's values and text, nothing else.

YAML 1.1, which PyYAML reads by itself, makes a boolean of `on`, a date of 2024-01-31, a number of 12:30:00
and an octal of 0123. Here, as in YAML 1.2, all that is not null, true, false or a number is text; and what
looks like a number but is none in JSON has to be quoted, since programs disagree about it.
"""

import math
import re

from twins.origin import shown

NULL = ("", "~", "null", "Null", "NULL")
BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
NO_JSON = re.compile(r"[-+]?(?:\.(?:inf|Inf|INF|nan|NaN|NAN)|Infinity|NaN)")
AMBIGUOUS = re.compile(r"[-+]?(?:0[0-9_]+(?:\.[0-9]*)?|0[xob][0-9A-Fa-f_]+|[1-9][0-9]*(?:_[0-9]+)+)")
INT64 = 1 << 63

Scalar = str | int | float | bool | None


class ScalarError(ValueError):
    """A scalar that is none of JSON's; the text says what is wrong and what to do."""


def plain(text: str) -> Scalar:
    """Return what an unquoted scalar means, or raise `ScalarError`."""
    if text in NULL:
        return None
    if text in BOOLEAN:
        return BOOLEAN[text]
    if INTEGER.fullmatch(text):
        return _integer(text)
    if FLOAT.fullmatch(text):
        return _float(text)
    if NO_JSON.fullmatch(text):
        raise ScalarError(f"{text} is no number in JSON; use a number or null, or quote it if it is text")
    if AMBIGUOUS.fullmatch(text):
        raise ScalarError(
            f"{text} means different things to different programs; write a number in decimal without leading "
            "zeros, and quote what is text"
        )
    return text


def _integer(text: str) -> int:
    number = int(text) if len(text) <= len(str(INT64)) + 1 else INT64
    if not -INT64 <= number < INT64:
        raise ScalarError(f"{shown(text)} is beyond 64 bits; quote it if it is text")
    return number


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ScalarError(f"{shown(text)} is beyond what a number can hold; quote it if it is text")
    return number
