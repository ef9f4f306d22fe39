"""RQL, Ditto's query language: read from text, asked of a thing.

See https://www.eclipse.dev/ditto/basic-rql.html. Arrays match by any of their elements, as in Ditto's index.
"""

import fnmatch
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox.ditto.enforcement import READ, Enforcer, Path, path_of
from sandbox.ditto.errors import DittoError
from sandbox.ditto.ids import namespace
from sandbox.ditto.store import Entity

Values = Callable[[Path], list[Any]]  # what a thing has at a path: nothing, one value, or an array's elements

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<mark>[(),])|(?P<word>[^\s(),"']+))""",
    re.DOTALL,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}


@dataclass(frozen=True)
class Query:
    """A query that can be asked of things. ``fields`` are the paths it looks at."""

    matches: Callable[[Values], bool]
    fields: tuple[Path, ...]


class InvalidQueryError(ValueError):
    """The text is no RQL."""


def of(entity: Entity) -> Values:
    """Return a thing's values by path, the hidden ones included."""

    def values(path: Path) -> list[Any]:
        match path:
            case ("_revision",):
                return [entity.revision]
            case ("_created",):
                return [entity.created]
            case ("_modified",):
                return [entity.modified]
            case ("_namespace" | "namespace",):
                return [namespace(entity.id)]
        return list(_walk(entity.document, path))

    return values


@lru_cache(maxsize=512)
def parse(text: str) -> Query:
    """Return the query that ``text`` says. Raises ``InvalidQueryError``."""
    tokens = _tokens(text)
    query, rest = _query(tokens)
    if rest:
        raise InvalidQueryError(f"unexpected {rest[0][1]!r}")
    return query


def check_condition(text: str, entity: Entity, enforcer: Enforcer, subject: str) -> None:
    """Raise the ``DittoError`` of a ``condition`` that is no RQL, not the caller's to ask, or not met."""
    try:
        query = parse(text)
    except InvalidQueryError as error:
        raise DittoError(
            400,
            "things:condition.invalid",
            f"The specified condition '{text}' is invalid.",
            str(error),
        ) from error
    for field in query.fields:
        if field[0][0] != "_" and not enforcer.may_all(subject, "thing", field, READ):
            raise DittoError(
                412,
                "things:condition.failed",
                "The specified resource in the condition could not be found"
                " or the requester had insufficient permissions to access it.",
                "Check if you have sufficient permissions to access the specified resource"
                " (READ permission is required).",
            )
    if not query.matches(of(entity)):
        raise DittoError(
            412,
            "things:condition.failed",
            "The specified condition does not match the state of the requested Thing.",
            "The provided condition did not match the actual Thing state."
            " Please check your provided condition.",
        )


Tokens = list[tuple[str, str]]


def _tokens(text: str) -> Tokens:
    found: Tokens = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise InvalidQueryError(f"unexpected {text[at]!r} at position {at}")
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return found


def _query(tokens: Tokens) -> tuple[Query, Tokens]:
    name, rest = _take(tokens, "word")
    rest = _mark(rest, "(")
    if name in ("and", "or", "not"):
        parts: list[Query] = []
        while True:
            part, rest = _query(rest)
            parts.append(part)
            if rest[:1] == [("mark", ",")]:
                rest = rest[1:]
                continue
            break
        rest = _mark(rest, ")")
        if (name == "not") != (len(parts) == 1) and (name == "not" or not parts):
            raise InvalidQueryError(f"{name} with {len(parts)} parts")
        return _joined(name, parts), rest
    field, rest = _take(rest, "word")
    path = path_of(field)
    arguments: list[Any] = []
    while rest[:1] == [("mark", ",")]:
        value, rest = _value(rest[1:])
        arguments.append(value)
    rest = _mark(rest, ")")
    return Query(_test(name, path, arguments), (path,)), rest


def _joined(name: str, parts: list[Query]) -> Query:
    fields = tuple(field for part in parts for field in part.fields)
    if name == "not":
        return Query(lambda values: not parts[0].matches(values), fields)
    every = all if name == "and" else any
    return Query(lambda values: every(part.matches(values) for part in parts), fields)


def _test(name: str, path: Path, arguments: list[Any]) -> Callable[[Values], bool]:
    """Return the test that one function of RQL makes of what is at ``path``."""
    counts = {"exists": 0, "empty": 0, "in": None}
    wanted = counts.get(name, 1)
    if (wanted is not None and len(arguments) != wanted) or (name == "in" and not arguments):
        raise InvalidQueryError(f"{name} with {len(arguments)} values")
    match name:
        case "exists":
            return lambda values: bool(values(path))
        case "empty":
            return lambda values: all(value in (None, "", [], {}) for value in values(path))
        case "eq":
            return lambda values: any(_equal(value, arguments[0]) for value in values(path))
        case "ne":
            return lambda values: not any(_equal(value, arguments[0]) for value in values(path))
        case "in":
            return lambda values: any(_equal(value, one) for value in values(path) for one in arguments)
        case "like" | "ilike":
            pattern = _like(str(arguments[0]), ignore_case=name == "ilike")
            return lambda values: any(
                isinstance(value, str) and pattern.fullmatch(value) for value in values(path)
            )
        case "gt" | "ge" | "lt" | "le":
            compare = _COMPARE[name]
            limit = arguments[0]
            return lambda values: any(
                _ordered(value, limit) and compare(value, limit) for value in values(path)
            )
    raise InvalidQueryError(f"{name} is no function of RQL")


def _like(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    """Only ``*`` and ``?`` are wildcards."""
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")), re.IGNORECASE if ignore_case else 0)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _ordered(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    numbers = (int, float)
    return (isinstance(one, str) and isinstance(other, str)) or (
        isinstance(one, numbers) and isinstance(other, numbers)
    )


def _walk(value: Any, path: Path) -> Iterator[Any]:
    """Yield what is at ``path``, in each element of arrays on the way, and in each key for ``*``."""
    if isinstance(value, list):
        for inner in value:
            yield from _walk(inner, path)
        if not value and not path:
            yield value
    elif not path:
        yield value
    elif isinstance(value, dict):
        for key in value if path[0] == "*" else (path[0],):
            if key in value:
                yield from _walk(value[key], path[1:])


def _value(tokens: Tokens) -> tuple[Any, Tokens]:
    if not tokens:
        raise InvalidQueryError("a value is missing at the end")
    (kind, text), rest = tokens[0], tokens[1:]
    if kind == "string":
        return re.sub(r"\\(.)", r"\1", text[1:-1]), rest
    if kind == "word":
        try:
            return json.loads(text), rest
        except ValueError:
            raise InvalidQueryError(f"{text!r} is no value") from None
    raise InvalidQueryError(f"unexpected {text!r}")


def _take(tokens: Tokens, kind: str) -> tuple[str, Tokens]:
    if not tokens or tokens[0][0] != kind:
        raise InvalidQueryError(f"unexpected {tokens[0][1]!r}" if tokens else "unexpected end")
    return tokens[0][1], tokens[1:]


def _mark(tokens: Tokens, mark: str) -> Tokens:
    if tokens[:1] != [("mark", mark)]:
        raise InvalidQueryError(f"{mark!r} is missing")
    return tokens[1:]
