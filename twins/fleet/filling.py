"""Fills a template with the values of a row, fast: its documents are JSON texts with holes, made once."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from twins.canonical import dumps, loads
from twins.document import Document
from twins.fleet.cell import Cell, CellError, escaped, text_cell, value_cell
from twins.fleet.template import MARK, ROOT, VALUES, RowTemplate, RowThing
from twins.fleet.text import NUMBER, RowText, Slot

UNKNOWN = "\0?"  # in place of what a row's value was before: like nothing that it can be now

_HOLE = re.compile(r'"\\u0000h([0-9]+)\\u0000"|\\u0000r\\u0000')

# What fills a hole, given the row's values with its number after them, and the escaped id of its twin.
_Fill = Callable[[Sequence[Any], str], str]


@dataclass(frozen=True)
class Body:
    """The JSON text of one thing of a row: a %-format, and which of the row's fillings go into it."""

    format: str
    take: Callable[[Sequence[str]], tuple[str, ...]]


class Filling:
    """A template tied to a table whose rows come as values of its columns, in their order.

    The things carry the fleet's `marker` instead of one of their own each: so a twin that leaves the fleet for
    a spec of its own, or comes from there, is seen to be another's, and neither of the two removes it.
    """

    def __init__(self, template: RowTemplate, marker: str) -> None:
        self.template = template
        self.marker = marker
        self._places = {name: place for place, name in enumerate([*template.columns, NUMBER])}
        self._fills: dict[tuple[str, Any], tuple[int, _Fill]] = {}
        self._filling("root", None, lambda _, root: root)
        self.bodies = [self._body(thing) for thing in template.things]
        self._row = [fill for _, fill in self._fills.values()]
        self._id = self._texts(template.id)

    def identify(self, values: Sequence[Any]) -> str:
        """Return the id of a row's twin; `values` end with the row's number. Raises `CellError`."""
        return "".join([part if isinstance(part, str) else part(values) for part in self._id])

    def texts(self, root: str, values: Sequence[Any]) -> list[str]:
        """Return the JSON texts of a row's things, in the template's order. Raises `CellError`."""
        id_ = escaped(root)
        fillings = [fill(values, id_) for fill in self._row]
        return [body.format % body.take(fillings) for body in self.bodies]

    def checks(self, typed: bool) -> list[_Fill]:
        """Return what raises the `CellError` of a row's values that cannot be used.

        A value of a table without types fits wherever plain text does.
        """
        whole = [(slot, fill) for (kind, slot), (_, fill) in self._fills.items() if kind == "value"]
        texts = [fill for (kind, _), (_, fill) in self._fills.items() if kind == "text"]
        return [fill for slot, fill in whole if typed or slot.form] + (texts if typed else [])

    def _body(self, thing: RowThing) -> Body:
        leaves: list[RowText] = []
        document = thing.document | {"attributes": thing.document["attributes"] | {"_managedBy": self.marker}}
        text = dumps(_holed(document, leaves)).replace("%", "%%")
        used: list[int] = []

        def hole(found: re.Match[str]) -> str:
            if found[1] is None:
                used.append(0)
                return "%s"
            used.append(self._leaf(leaves[int(found[1])]))
            return "%s"

        holed = _HOLE.sub(hole, text)
        return Body(holed, _taking(used))

    def _leaf(self, leaf: RowText) -> int:
        if leaf.whole:
            cell = value_cell(leaf.whole)
            column = leaf.whole.column
            return self._filling("value", leaf.whole, self._of(column, cell))
        pieces = self._texts(leaf)

        def fill(values: Sequence[Any], _: str) -> str:
            text = "".join([part if isinstance(part, str) else part(values) for part in pieces])
            return f'"{escaped(text)}"'

        return self._filling("text", leaf.source, fill)

    def _of(self, column: str, cell: Cell) -> _Fill:
        place = self._places[column]

        def fill(values: Sequence[Any], _: str) -> str:
            try:
                return cell(values[place])
            except CellError as error:
                raise CellError(f"column {column}: {error}") from None

        return fill

    def _texts(self, text: str | RowText) -> list[str | Callable[[Sequence[Any]], str]]:
        if isinstance(text, str):
            return [text]
        return [part if isinstance(part, str) else self._piece(part) for part in text.parts]

    def _piece(self, slot: Slot) -> Callable[[Sequence[Any]], str]:
        fill = self._of(slot.column, text_cell(slot))
        return lambda values: fill(values, "")

    def _filling(self, kind: str, what: Any, fill: _Fill) -> int:
        """Return the place among the row's fillings of this one; equal ones are made once."""
        return self._fills.setdefault((kind, what), (len(self._fills), fill))[0]


def before(old: RowThing, new: RowThing, now: Document, root: str, known: Mapping[bool, bool]) -> Document:
    """Return what a thing was before its row or template changed, `now` being what it is to be.

    What differs from row to row is taken to be as now if the same text stands in both templates and the row's
    values are `known` to be the same (for what is declared: False, for initial values: True), else it is
    `UNKNOWN` and so differs from anything.
    """
    return {
        key: _features_before(value, new.document.get(key), now.get(key), root, known)
        if key == "features"
        else _before(value, new.document.get(key), now.get(key), root, known[False])
        for key, value in old.document.items()
    }


def _features_before(old: Any, new: Any, now: Any, root: str, known: Mapping[bool, bool]) -> Document:
    found = {}
    for name, feature in old.items():
        there, then = (new or {}).get(name) or {}, (now or {}).get(name) or {}
        found[name] = {
            key: _before(value, there.get(key), then.get(key), root, known[key in VALUES])
            for key, value in feature.items()
        }
    return found


def _before(old: Any, new: Any, now: Any, root: str, known: bool) -> Any:
    if isinstance(old, RowText):
        return now if known and isinstance(new, RowText) and new.source == old.source else UNKNOWN
    if isinstance(old, str):
        return now if old == MARK else old.replace(ROOT, root)
    if isinstance(old, dict):
        new, now = new if isinstance(new, dict) else {}, now if isinstance(now, dict) else {}
        return {key: _before(value, new.get(key), now.get(key), root, known) for key, value in old.items()}
    if isinstance(old, list):
        same = isinstance(new, list) and isinstance(now, list) and len(old) == len(new) == len(now)
        pairs = zip(new, now, strict=True) if same else ((None, None) for _ in old)
        return [_before(each, *pair, root, known) for each, pair in zip(old, pairs, strict=True)]
    return old


def document(text: str) -> Document:
    """Return the document of a filled text."""
    found: Document = loads(text)
    return found


def _holed(value: Any, leaves: list[RowText]) -> Any:
    if isinstance(value, RowText):
        leaves.append(value)
        return f"\0h{len(leaves) - 1}\0"
    if isinstance(value, dict):
        return {key: _holed(inner, leaves) for key, inner in value.items()}
    return [_holed(inner, leaves) for inner in value] if isinstance(value, list) else value


def _taking(used: list[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if len(used) > 1:
        return itemgetter(*used)
    return (lambda fillings: (fillings[used[0]],)) if used else (lambda _: ())
