"""``/search/things``: which things a query finds, a page at a time."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from sandbox.ditto import rql
from sandbox.ditto.call import Answer, Call, with_value
from sandbox.ditto.comparison import by_kind
from sandbox.ditto.enforcement import READ, path_of
from sandbox.ditto.errors import DittoError, method_not_allowed, no_route
from sandbox.ditto.fields import selector
from sandbox.ditto.ids import namespace
from sandbox.ditto.store import POLICY, THING, Entity, Store
from sandbox.ditto.thing_view import shown

PAGE, LARGEST_PAGE = 25, 200

_OPTION = re.compile(r"(size|cursor|sort|limit)\(([^)]*)\)")


class Search:
    """Answers the calls below ``/search``. What it says is current; a real index lags a second or two."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, call: Call) -> Answer:
        """Answer a call whose first segment is ``search``."""
        if call.segments[1:] not in (("things",), ("things", "count")):
            raise no_route()
        if call.method not in ("GET", "POST"):
            raise method_not_allowed("GET", "POST")
        asked = dict(call.query)
        if call.method == "POST":
            asked |= dict(parse_qsl(call.body.decode("utf-8", "replace")))
        found = self._found(call.subject, asked)
        if call.segments[-1] == "count":
            return with_value(200, sum(1 for _ in found))
        return self._page(call, list(found), asked)

    def _found(self, subject: str, asked: dict[str, str]) -> Iterator[Entity]:
        """Yield the things that the query finds and that the caller may read."""
        query = _query(asked.get("filter"))
        namespaces = set(asked["namespaces"].split(",")) if asked.get("namespaces") else None
        for entity in self._store.all(THING):
            if namespaces is not None and namespace(entity.id) not in namespaces:
                continue
            enforcer = self._store.enforcer((entity.document or {})["policyId"])
            if enforcer is None or not enforcer.may_some(subject, "thing", (), READ):
                continue
            if query is None or query.matches(rql.of(entity, wildcards=True), by_kind):
                yield entity

    def _page(self, call: Call, found: list[Entity], asked: dict[str, str]) -> Answer:
        options = _options(asked.get("option", ""))
        size = _size(options.get("size"))
        start, sort = 0, options.get("sort")
        if "cursor" in options:
            start, sort, size = _read_cursor(options["cursor"], sort, size, sized="size" in options)
        if "limit" in options:
            offset, _, count = options["limit"].partition(",")
            start, size = int(offset), int(count)
        found.sort(key=lambda entity: entity.id)
        for direction, field in reversed(_sorting(sort)):
            found.sort(key=lambda entity: _place(rql.of(entity)(path_of(field))), reverse=direction == "-")
        fields = selector(asked.get("fields"))
        items = []
        for entity in found[start : start + size]:
            policy_id = (entity.document or {})["policyId"]
            enforcer = self._store.enforcer(policy_id)
            if enforcer is not None:
                policy = self._store.document(POLICY, policy_id)
                items.append(shown(entity, fields, enforcer, call.subject, policy))
        body: dict[str, Any] = {"items": items}
        if "limit" in options:
            body["nextPageOffset"] = start + size if start + size < len(found) else -1
        elif start + size < len(found):
            body["cursor"] = _cursor(start + size, sort, size)
        return with_value(200, body)


def _query(text: str | None) -> rql.Query | None:
    if not text:
        return None
    try:
        return rql.parse(text)
    except rql.InvalidQueryError as error:
        raise DittoError(400, "rql.expression.invalid", str(error), _RQL_ADVICE) from error


_RQL_ADVICE = (
    "Ensure that all opening parentheses have also closing ones and that the RQL expression is valid."
)


def _options(text: str) -> dict[str, str]:
    if text and not re.fullmatch(rf"\s*{_OPTION.pattern}(\s*,\s*{_OPTION.pattern})*\s*", text):
        raise _option_invalid(text)
    return dict(_OPTION.findall(text))


def _size(text: str | None) -> int:
    if text is None:
        return PAGE
    if not text.isdigit() or not 0 < int(text) <= LARGEST_PAGE:
        raise _option_invalid(f"size({text})")
    return int(text)


def _sorting(text: str | None) -> list[tuple[str, str]]:
    if not text:
        return []
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"[+\- ]?\S+", part) for part in parts):
        raise _option_invalid(f"sort({text})")
    return [(part[0], part[1:]) if part[0] in "+-" else ("+", part) for part in parts]


def _place(values: list[Any]) -> tuple[int, Any]:
    """Return where something comes in a sorted list: nothing first, then numbers, texts, truths."""
    value = values[0] if values else None
    match value:
        case None:
            return 0, 0
        case bool():
            return 3, value
        case int() | float():
            return 1, value
        case str():
            return 2, value
    return 4, 0


def _cursor(start: int, sort: str | None, size: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([start, sort, size]).encode()).decode()


def _read_cursor(text: str, sort: str | None, size: int, *, sized: bool) -> tuple[int, str | None, int]:
    try:
        start, known_sort, known_size = json.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        raise DittoError(
            400, "thing-search:cursor.invalid", "The cursor is invalid.", "Please check your cursor."
        ) from None
    if sort is not None and sort != known_sort:
        raise _option_invalid(f"sort({sort})")
    return int(start), known_sort, size if sized else int(known_size)


def _option_invalid(text: str) -> DittoError:
    return DittoError(
        400,
        "thing-search:search.option.invalid",
        f"The option {text} is invalid.",
        "Please check the options of your search.",
    )
