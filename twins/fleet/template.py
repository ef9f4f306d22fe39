"""A fleet's rule made ready: the documents of a row's things, with places for the row's values."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from twins.canonical import dumps, loads
from twins.document import Document
from twins.fleet.text import NUMBER, RowText, Slot, parse

# Stand for the id of the row's twin and for the stack's mark; Ditto takes no text with U+0000 in it.
ROOT = "\0r\0"
MARK = "\0m\0"
_TEXT = "\0t"  # begins a text that has places in it, where the template itself is written down
LONGEST_SHOWN = 20_000  # characters
VALUES = ("properties", "desiredProperties")  # of a feature: what is given once and belongs to devices then


@dataclass(frozen=True)
class RowThing:
    """One thing of each row's tree: its id is the twin's and the suffix, its `document` holds `RowText`s."""

    suffix: str
    depth: int
    document: Document


@dataclass(frozen=True)
class RowTemplate:
    """What the rows of a fleet are made into; parents come before their children."""

    id: str | RowText
    things: tuple[RowThing, ...]

    @cached_property
    def text(self) -> str:
        """All of it as canonical JSON: what `read` reads, and what tells two templates apart."""
        things = [[thing.suffix, thing.depth, written(thing.document)] for thing in self.things]
        return dumps({"id": written(self.id), "things": things})

    @cached_property
    def digest(self) -> str:
        """A short text that differs when the template does."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @cached_property
    def shown(self) -> str:
        """The documents as people wrote them, in JSON, to see what changes; a digest where that is long."""
        things = {thing.suffix: _shown(thing.document) for thing in self.things}
        text = dumps({f"{_shown(self.id)}{suffix}": thing for suffix, thing in things.items()})
        return text if len(text) <= LONGEST_SHOWN else self.digest

    @cached_property
    def declared(self) -> tuple[str, ...]:
        """The columns that the twins' ids and declared parts depend on."""
        return _columns([self.id, *(parts(thing.document, values=False) for thing in self.things)])

    @cached_property
    def initial(self) -> tuple[str, ...]:
        """The columns that the initial values of features depend on."""
        return _columns([parts(thing.document, values=True) for thing in self.things])

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that are used, the row's number left out."""
        return tuple(sorted({*self.declared, *self.initial} - {NUMBER}))

    @cached_property
    def texts(self) -> tuple[RowText, ...]:
        """All texts with places in them, each once."""
        return tuple(dict.fromkeys(_texts([self.id, *(thing.document for thing in self.things)])))

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """All places, each once."""
        return tuple(dict.fromkeys(slot for text in self.texts for slot in text.slots))

    @cached_property
    def suffixes(self) -> tuple[str, ...]:
        """What follows the row's id in the ids of its children."""
        return tuple(thing.suffix for thing in self.things if thing.suffix)


def read(text: str) -> RowTemplate:
    """Return the template that was written down as this text."""
    raw = loads(text)
    things = tuple(RowThing(suffix, depth, _unwritten(each)) for suffix, depth, each in raw["things"])
    return RowTemplate(_unwritten(raw["id"]), things)


def written(value: Any) -> Any:
    """Return a document in which texts with places in them are plain texts, marked as such."""
    if isinstance(value, RowText):
        return _TEXT + value.source
    if isinstance(value, dict):
        return {key: written(inner) for key, inner in value.items()}
    return [written(inner) for inner in value] if isinstance(value, list) else value


def _shown(value: Any) -> Any:
    if isinstance(value, RowText):
        return value.source
    if isinstance(value, str):
        return value.replace(ROOT, "{id}").replace(MARK, "{fleet}")
    if isinstance(value, dict):
        return {key: _shown(inner) for key, inner in value.items()}
    return [_shown(inner) for inner in value] if isinstance(value, list) else value


def parts(document: Document, values: bool) -> Document:
    """Return a thing's initial values alone, or all else."""
    features = document.get("features") or {}
    kept = {
        name: {key: inner for key, inner in feature.items() if (key in VALUES) is values}
        for name, feature in features.items()
    }
    return {"features": kept} if values else document | {"features": kept}


def _unwritten(value: Any) -> Any:
    if isinstance(value, str):
        return parse(value[len(_TEXT) :]) if value.startswith(_TEXT) else value
    if isinstance(value, dict):
        return {key: _unwritten(inner) for key, inner in value.items()}
    return [_unwritten(inner) for inner in value] if isinstance(value, list) else value


def _texts(values: Sequence[Any]) -> Iterator[RowText]:
    waiting = [*values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, RowText):
            yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _columns(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(sorted({slot.column for text in _texts(values) for slot in text.slots}))
