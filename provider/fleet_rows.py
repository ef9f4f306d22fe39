"""Brings the twins of a shard to what its rows say: many at once, and what fails does not hold up the others."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from provider.crowd import Crowd
from provider.ditto import Ditto
from provider.errors import ProviderError, Unreachable
from provider.fleet_source import Source
from provider.http import Answer
from provider.pace import Hope, each
from provider.tree import Tree, marker
from twins.compare import declared_part
from twins.document import Document
from twins.fleet.cell import CellError
from twins.fleet.filling import Filling, before, document
from twins.fleet.index import DIGEST, NOTHING, Index, compare
from twins.fleet.rows import RowError, Table, TableError, opened
from twins.fleet.store import Place
from twins.fleet.survey import row_digests
from twins.fleet.template import ROOT, RowTemplate

CREATE = b"If-None-Match: *\r\nContent-Type: application/json\r\n"
_PLAIN = re.compile("[A-Za-z0-9_.:-]*")
WIDE = 100  # things of one row's level that are made at once


@dataclass(frozen=True)
class Means:
    """What the work is done with, and how: see `Fleet` for the two decisions."""

    ditto: Ditto
    crowd: Crowd | None
    fleet: str
    marker: str
    adopt: bool
    retain: bool
    say: Callable[[str], None]
    done: Callable[[str], None]
    """Told of each twin that was made, changed or removed."""

    def tree(self) -> Tree:
        """What writes the things of one row."""
        return Tree(self.ditto, f"Fleet {self.fleet}", {}, self.say)


@dataclass(frozen=True)
class Removal:
    """Removes the twins of rows that are gone, unless the fleet retains them."""

    means: Means
    template: RowTemplate

    def __call__(self, twin: str) -> None:
        """Remove a twin with all its children."""
        if not self.means.retain:
            self.means.tree().delete(
                {
                    twin + thing.suffix: former_thing(thing.document, twin, self.means.marker)
                    for thing in self.template.things
                }
            )


def former_thing(thing: Document, twin: str, marker: str) -> Document:
    """What has to be known of a thing to remove it."""
    attributes: dict[str, Any] = {"_managedBy": marker}
    if parent := thing["attributes"].get("_parents"):
        attributes["_parents"] = parent.replace(ROOT, twin)
    return {"attributes": attributes}


def quoted(text: str) -> bytes:
    """An id, or a part of one, as it stands in a path."""
    return text.encode() if _PLAIN.fullmatch(text) else quote(text, safe=":").encode()


@dataclass
class Outcome:
    """What stands when the work is done, and which rows failed: `row 17 (city:lamp_17): why`."""

    index: Index
    failed: list[str] = field(default_factory=list)
    stopped: str = ""
    """Why the work ended before all rows were tried, if it did."""


class Rows:
    """The rows of a shard as the table has them, checked to be still those that were surveyed."""

    def __init__(self, source: Source, table: Table, filling: Filling) -> None:
        self._table = table
        self._filling = filling
        self._digest = row_digests(source.template, plain=source.spec.rows.jsonl is None)
        self._where = str(source.path or source.origin)

    def texts(self, twin: str, place: Place) -> list[str]:
        """The JSON texts of a row's things. Raises `Unreachable` when the table has changed meanwhile."""
        try:
            values = self._table.at(place.number, place.offset, place.size)
            if self._filling.identify(values) == twin and self._digest(values) == place.digest:
                return self._filling.texts(twin, values)
        except (RowError, CellError, OSError):
            pass
        raise Unreachable(f"{self._where} was changed while it was read; let it be finished, and run again")


class Work:
    """The work on one shard. `was` is the template that the twins there are were made by."""

    def __init__(
        self, source: Source, shard: int, means: Means, old: Index, was: RowTemplate | None = None
    ) -> None:
        self._source = source
        self._template = source.template
        self._was = was or source.template
        self._means = means
        self._old = old
        self._places = source.shard(shard)
        self._filling = Filling(source.template, means.marker)
        self._lock = threading.Lock()
        self._outcome = Outcome(dict(old))
        self._paths = [quoted(thing.suffix) for thing in self._template.things]
        depths = [thing.depth for thing in self._template.things]
        self._levels = [
            [place for place, each in enumerate(depths) if each == depth] for depth in sorted(set(depths))
        ]

    def do(self) -> Outcome:
        """Do all that is to be done, and tell what stands then."""
        same = self._was.digest == self._template.digest
        new = {twin: place.digest for twin, place in self._places.items()}
        delta = compare(self._old, new, all_changed=not same)
        if not same:
            # Of these it will not be known by which template they were made, should they fail.
            nothing = NOTHING * (len(next(iter(new.values()), b"")) // DIGEST or 1)
            self._outcome.index |= dict.fromkeys([*delta.changed, *delta.removed], nothing)
        try:
            with self._source.opened() as file:
                table = opened(self._source.spec.rows, self._template.columns, file)
                self._rows = Rows(self._source, table, self._filling)
                self._create(delta.added)
                self._each(self._change, delta.changed, "changed")
            self._each(Removal(self._means, self._was), delta.removed, "removed")
        except (Unreachable, TableError, OSError) as error:
            self._outcome.stopped = str(error)
        self._outcome.index = dict(sorted(self._outcome.index.items()))
        return self._outcome

    def _create(self, twins: Sequence[str]) -> None:
        crowd = self._means.crowd
        if crowd is None:
            self._each(self._bring, twins, "made")
            return

        async def one(twin: str) -> None:
            texts = self._rows.texts(twin, self._places[twin])
            try:
                await self._make(crowd, twin, texts)
            except Unreachable:
                raise
            except ProviderError as error:
                self._failed(twin, error)
            else:
                self._stands(twin, "made")

        crowd.each(one, twins)

    async def _make(self, crowd: Crowd, twin: str, texts: Sequence[str]) -> None:
        root = b"/api/2/things/" + quoted(twin)
        for level in self._levels:
            for at in range(0, len(level), WIDE):
                some = level[at : at + WIDE]
                if len(some) == 1:
                    await self._put(crowd, twin, some[0], root, texts[some[0]])
                else:
                    puts = [self._put(crowd, twin, place, root, texts[place]) for place in some]
                    for outcome in await asyncio.gather(*puts, return_exceptions=True):
                        if isinstance(outcome, BaseException):
                            raise outcome

    async def _put(self, crowd: Crowd, twin: str, place: int, root: bytes, text: str) -> None:
        """Make a thing; if there is one, see whether a run that was cut off has made it."""
        path = root + self._paths[place]
        answer = await crowd.ask(b"PUT", path, CREATE, text.encode())
        if answer.status == 201:
            return
        thing_id = twin + self._template.things[place].suffix
        if answer.status != 412:
            raise self._means.ditto.rejected(f"thing {thing_id}", answer)
        if not self._is_made(document(text), await crowd.ask(b"GET", path, b"", b"")):
            things = {thing_id: document(text)}
            await asyncio.to_thread(self._means.tree().create, things, self._means.adopt)

    def _is_made(self, thing: Document, answer: Answer) -> bool:
        live = answer.document
        return (
            answer.status == 200
            and isinstance(live, dict)
            and marker(live) == marker(thing)
            and declared_part(thing, live) is None
        )

    def _each(self, work: Callable[[str], None], twins: Iterable[str], word: str) -> None:
        hope = Hope()

        def one(twin: str) -> None:
            try:
                work(twin)
            except Unreachable:
                raise
            except ProviderError as error:
                self._failed(twin, error)
                hope.lost(error)
            else:
                hope.good()
                self._stands(twin, word)

        for problem in each(one, list(twins)):
            raise problem

    def _bring(self, twin: str) -> None:
        self._means.tree().create(self._things(twin), self._means.adopt)

    def _change(self, twin: str) -> None:
        old, new = self._old[twin], self._places[twin].digest
        if not any(old):
            self._bring(twin)
            return
        things = self._things(twin)
        known = {False: old[:DIGEST] == new[:DIGEST], True: old[DIGEST:] == new[DIGEST:]}
        now = {thing.suffix: thing for thing in self._template.things}
        former = {
            twin + thing.suffix: before(thing, now[thing.suffix], things[twin + thing.suffix], twin, known)
            if thing.suffix in now
            else former_thing(thing.document, twin, self._means.marker)
            for thing in self._was.things
        }
        self._means.tree().update(former, things, self._means.adopt)

    def _things(self, twin: str) -> dict[str, Document]:
        with self._lock:  # the table is one file, and threads share its place in it
            texts = self._rows.texts(twin, self._places[twin])
        suffixes = [thing.suffix for thing in self._template.things]
        return {twin + suffix: document(text) for suffix, text in zip(suffixes, texts, strict=True)}

    def _stands(self, twin: str, word: str) -> None:
        with self._lock:
            if word == "removed":
                self._outcome.index.pop(twin, None)
            else:
                self._outcome.index[twin] = self._places[twin].digest
        self._means.done(word)

    def _failed(self, twin: str, error: ProviderError) -> None:
        place = self._places.get(twin)
        which = f"row {place.number} ({twin})" if place else twin
        with self._lock:
            self._outcome.failed.append(f"{which}: {error}")
