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

from sandbox.ditto.comparison import Comparison, by_text
from sandbox.ditto.enforcement import READ, Enforcer, Path, path_of
from sandbox.ditto.errors import DittoError
from sandbox.ditto.ids import namespace
from sandbox.ditto.store import Entity

Values = Callable[[Path], list[Any]]  # what a thing has at a path: nothing, one value, or an array's elements

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<mark>[(),])|(?P<word>[^\s(),"']+))""",
    re.DOTALL,
)
_ORDERS: dict[str, Callable[[int], bool]] = {
    "eq": lambda order: order == 0,
    "gt": lambda order: order > 0,
    "ge": lambda order: order >= 0,
    "lt": lambda order: order < 0,
    "le": lambda order: order <= 0,
}
_PROPERTIES = {"thingId", "policyId", "definition", "namespace"}


Test = Callable[[Values, Comparison], bool]


@dataclass(frozen=True)
class Query:
    """A query that can be asked of things. ``fields`` are the paths it looks at."""

    matches: Test
    fields: tuple[Path, ...]


class InvalidQueryError(ValueError):
    """The text is no RQL."""


class UnknownPropertyError(InvalidQueryError):
    """The text is RQL, but asks for something that things do not have."""


def of(entity: Entity, *, wildcards: bool = False) -> Values:
    """Return a thing's values by path, the hidden ones included; with ``wildcards``, ``*`` is any key."""

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
        return list(_walk(entity.document, path, wildcards=wildcards))

    return values


@lru_cache(maxsize=512)
def parse(text: str) -> Query:
    """Return the query that ``text`` says. Raises ``InvalidQueryError``."""
    tokens = _tokens(text)
    query, rest = _query(tokens)
    if rest:
        raise InvalidQueryError(f"unexpected {rest[0].text!r}")
    return query


def check_condition(text: str, entity: Entity, enforcer: Enforcer, subject: str) -> None:
    """Raise the ``DittoError`` of a ``condition`` that is no RQL, not the caller's to ask, or not met."""
    try:
        query = parse(text)
    except UnknownPropertyError as error:
        raise invalid(error) from error
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
    if not query.matches(of(entity), by_text):
        raise DittoError(
            412,
            "things:condition.failed",
            "The specified condition does not match the state of the requested Thing.",
            "The provided condition did not match the actual Thing state."
            " Please check your provided condition.",
        )


def invalid(error: InvalidQueryError) -> DittoError:
    """Say that a query is none."""
    return DittoError(
        400,
        "rql.expression.invalid",
        str(error),
        "Ensure that all opening parentheses have also closing ones and that the RQL expression is valid.",
    )


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: a ``string``, a ``mark`` or a ``word``, and whether it comes after a space."""

    kind: str
    text: str
    spaced: bool


Tokens = list[Token]


def _tokens(text: str) -> Tokens:
    found: Tokens = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise InvalidQueryError(f"unexpected {text[at]!r} at position {at}")
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind) > at))
        at = match.end()
    return found


def _query(tokens: Tokens) -> tuple[Query, Tokens]:
    name, rest = _take(tokens, "word")
    rest = _mark(rest, "(")
    if name in ("and", "or", "not"):
        part, rest = _query(rest)
        parts = [part]
        while name != "not" and _is_mark(rest, ","):
            part, rest = _query(rest[1:])
            parts.append(part)
        return _joined(name, parts), _mark(rest, ")")
    field, rest = _take(rest, "word")
    arguments: list[Any] = []
    while _is_mark(rest, ","):
        value, rest = _value(rest[1:])
        arguments.append(value)
    rest = _mark(rest, ")")
    test = _test(name, path_of(field), arguments)
    _check_property(field)
    return Query(test, (path_of(field),)), rest


def _check_property(field: str) -> None:
    first, _, rest = field.strip("/").partition("/")
    if not (first in _PROPERTIES or first.startswith("_") or (first in ("attributes", "features") and rest)):
        raise UnknownPropertyError(f"Unknown property name: {field}")


def _joined(name: str, parts: list[Query]) -> Query:
    fields = tuple(field for part in parts for field in part.fields)
    if name == "not":
        return Query(lambda values, compare: not parts[0].matches(values, compare), fields)
    every = all if name == "and" else any
    return Query(lambda values, compare: every(part.matches(values, compare) for part in parts), fields)


def _test(name: str, path: Path, arguments: list[Any]) -> Test:
    """Return the test that one function of RQL makes of what is at ``path``."""
    counts = {"exists": 0, "empty": 0, "in": None}
    wanted = counts.get(name, 1)
    if (wanted is not None and len(arguments) != wanted) or (name == "in" and not arguments):
        raise InvalidQueryError(f"{name} with {len(arguments)} values")
    match name:
        case "exists":
            return lambda values, _: bool(values(path))
        case "empty":
            return lambda values, _: all(value in (None, "", [], {}) for value in values(path))
        case "ne":
            equal = _test("eq", path, arguments)
            return lambda values, compare: not equal(values, compare)
        case "in":
            tests = [_test("eq", path, [one]) for one in arguments]
            return lambda values, compare: any(test(values, compare) for test in tests)
        case "like" | "ilike":
            pattern = _like(str(arguments[0]), ignore_case=name == "ilike")
            return lambda values, _: any(
                isinstance(value, str) and pattern.fullmatch(value) for value in values(path)
            )
        case "eq" | "gt" | "ge" | "lt" | "le":
            return _ordered(path, arguments[0], _ORDERS[name])
    raise InvalidQueryError(f"{name} is no function of RQL")


def _ordered(path: Path, wanted: Any, holds: Callable[[int], bool]) -> Test:
    def test(values: Values, compare: Comparison) -> bool:
        orders = (compare(value, wanted) for value in values(path))
        return any(order is not None and holds(order) for order in orders)

    return test


def _like(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    """Only ``*`` and ``?`` are wildcards."""
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")), re.IGNORECASE if ignore_case else 0)


def _walk(value: Any, path: Path, *, wildcards: bool) -> Iterator[Any]:
    """Yield what is at ``path``, in each element of the arrays on the way."""
    if isinstance(value, list):
        for inner in value:
            yield from _walk(inner, path, wildcards=wildcards)
        if not value and not path:
            yield value
    elif not path:
        yield value
    elif isinstance(value, dict):
        for key in value if wildcards and path[0] == "*" else (path[0],):
            if key in value:
                yield from _walk(value[key], path[1:], wildcards=wildcards)


def _value(tokens: Tokens) -> tuple[Any, Tokens]:
    if not tokens:
        raise InvalidQueryError("a value is missing at the end")
    token, rest = tokens[0], tokens[1:]
    if token.spaced:
        raise InvalidQueryError(f"a space before {token.text!r}")
    if token.kind == "string":
        return re.sub(r"\\(.)", r"\1", token.text[1:-1]), rest
    if token.kind == "word":
        try:
            return json.loads(token.text), rest
        except ValueError:
            raise InvalidQueryError(f"{token.text!r} is no value") from None
    raise InvalidQueryError(f"unexpected {token.text!r}")


def _take(tokens: Tokens, kind: str) -> tuple[str, Tokens]:
    if not tokens or tokens[0].kind != kind:
        raise InvalidQueryError(f"unexpected {tokens[0].text!r}" if tokens else "unexpected end")
    return tokens[0].text, tokens[1:]


def _mark(tokens: Tokens, mark: str) -> Tokens:
    if not _is_mark(tokens, mark):
        raise InvalidQueryError(f"{mark!r} is missing")
    return tokens[1:]


def _is_mark(tokens: Tokens, mark: str) -> bool:
    return bool(tokens) and (tokens[0].kind, tokens[0].text) == ("mark", mark)
