"""JSON as Ditto reads and writes it: Java's numbers, Java's limits, and its rules for keys."""

import json
import math
import re
from decimal import Decimal
from typing import Any

from sandbox.ditto.errors import DittoError, json_invalid

SMALLEST, LARGEST = -(2**63), 2**63 - 1

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
# What Python may have written otherwise than Java: exponents, at least 10^7, less than 10^-3.
_PERHAPS_OTHERWISE = re.compile(r"(?:^|[:,\[])-?(?:\d[\d.]*e|\d{8,}\.|0\.000)")
_STRING_OR_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?')
# A text without any of these has no key and no string that is refused, whatever its structure.
_PERHAPS_BAD = re.compile(r'\\u|""')
_BAD_IN_KEY = re.compile(r"[/\x00-\x1f\x7f-\xff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class UnansweredError(Exception):
    """Ditto loses the command and the caller waits in vain: half a surrogate pair, or too large a message."""


def parse(body: bytes) -> Any:
    """Return the value that ``body`` is. Raises ``DittoError`` where Ditto would, and ``UnansweredError``."""
    if not body:
        raise json_invalid("The JSON string to read from must not be empty!")
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text, parse_int=_integer, parse_float=float, parse_constant=_no_constant)
        if _PERHAPS_BAD.search(text):
            _check(value)
    except (ValueError, RecursionError) as error:
        raise json_invalid(f"Failed to parse JSON string '{text}'!") from error
    return value


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the object that ``body`` is, an empty one for null; anything else is refused."""
    if not body:
        raise format_invalid("The JSON string to create a JSON object from must not be empty!")
    value = parse(body)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise json_invalid(f"<{dumps(value)}> is not a valid JSON object!")
    return value


def format_invalid(message: str) -> DittoError:
    """The value is JSON, but none that can be used."""
    return DittoError(400, "json.format.invalid", message, by_gateway=True)


def wanted(value: Any, kind: type, name: str) -> Any:
    """Return the value of the field ``name`` if it is of ``kind``; else raise the ``DittoError``."""
    if isinstance(value, kind):
        return value
    names: dict[type, str] = {dict: "JsonObject", list: "JsonArray", str: "String"}
    raise json_invalid(f"Value <{dumps(value)}> for </{name}> is not of type <{names[kind]}>!")


def dumps(value: Any) -> str:
    """Return ``value`` as Ditto writes it: compact, doubles as Java prints them, infinity as ``Infinity``."""
    text = _ENCODE(value)
    if _PERHAPS_OTHERWISE.search(text):
        return _STRING_OR_DOUBLE.sub(_as_java, text)
    return text


def same(one: Any, other: Any) -> bool:
    """Say whether two values are equal to Ditto: key order is nothing, 1 and 1.0 are not the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def check_key(key: str) -> None:
    """Raise the ``DittoError`` of a key that may not be in a thing."""
    if _BAD_IN_KEY.search(key):
        raise DittoError(
            400,
            "json.key.invalid",
            f"The JSON key <{key}> is invalid!",
            "Neither slashes nor any control characters are allowed.",
            by_gateway=True,
        )


def check_keys(value: Any) -> None:
    """Raise the ``DittoError`` of the first key that may not be in a thing; in arrays all may."""
    if isinstance(value, dict):
        for key, inner in value.items():
            check_key(key)
            if inner.__class__ is dict:
                check_keys(inner)


def _check(value: Any) -> None:
    """Look at every key and every string of ``value``."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key:
                raise ValueError("an empty key")
            _check(inner)
    elif isinstance(value, list):
        for inner in value:
            _check(inner)
    elif isinstance(value, str):
        if "\x00" in value:
            raise DittoError(
                400,
                "json.invalid",
                "JSON contains a string with the forbidden character '\\u0000'",
                "We do not accept any JSON strings containing the null character.",
                by_gateway=True,
            )
        if _SURROGATE.search(value):
            raise UnansweredError


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) < 25 else LARGEST + 1
    if SMALLEST <= number <= LARGEST:
        return number
    raise ValueError(f"{digits} does not fit into 64 bits")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _as_java(match: re.Match[str]) -> str:
    """Return a double's text as Java's ``Double.toString`` has it; strings and integers stay as they are."""
    text = match[0]
    if text[0] == '"' or ("." not in text and "e" not in text):
        return text
    size = abs(float(text))
    if size == 0 or 1e-3 <= size < 1e7 or math.isinf(size):
        return text
    sign, digits, _ = Decimal(text).normalize().as_tuple()
    written = "".join(map(str, digits))
    return f"{'-' if sign else ''}{written[0]}.{written[1:] or '0'}E{Decimal(text).adjusted()}"
