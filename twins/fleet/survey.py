"""Looks at a whole table once: is every row right, and which rows are in which shard?

Memory stays flat: the rows of a shard are gathered in a file, and sorted when all rows were seen. A row costs
some microseconds, so that a table of 100,000 is surveyed in about a second; what was surveyed once is found
again by the hash of the file, at the speed of hashing, and of a table that has changed since, only what is around
the change is looked at (`again`).
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

from twins.canonical import dumps
from twins.document import length
from twins.fleet import store
from twins.fleet.again import Odd, Shift, look_again
from twins.fleet.blocks import Blocks
from twins.fleet.cell import CellError
from twins.fleet.filling import Filling
from twins.fleet.gathering import Gathering
from twins.fleet.index import digest
from twins.fleet.rows import Row, RowError, TableError, opened, path_of
from twins.fleet.store import Survey
from twins.fleet.template import RowTemplate
from twins.fleet.text import NUMBER
from twins.identifiers import LONGEST, NAMESPACE
from twins.models import FleetSpec
from twins.origin import shown

SHOWN = 20  # problems of a table that are spelt out
LARGEST = 100 * 1024  # characters of a thing's JSON, its id included: Ditto's limit
MARKER = "x" * 140  # as long as a fleet's marker can be
WIDEST = 6  # characters that one may become in JSON: \u0001

# A colon parts a child from its parent, so a twin of a fleet has the one after its namespace alone.
_ID = re.compile(rf"{NAMESPACE}:[^\x00-\x1F\x7F-\xFF/:]+")


@dataclass
class Findings:
    """What is wrong with a table: the line, or None for the file, and what and what to do."""

    problems: list[tuple[int | None, str]] = field(default_factory=list)
    more: int = 0

    def add(self, line: int | None, message: str) -> None:
        """Note a problem."""
        if len(self.problems) < SHOWN:
            self.problems.append((line, message))
        else:
            self.more += 1


def survey(
    spec: FleetSpec, template: RowTemplate, folder: Path, cache: Path, findings: Findings
) -> Survey | None:
    """Return the survey of a fleet's table, or None when there are findings; `folder` is the spec's.

    One that is in the cache is used: its name holds the hash of the file, so no row is read for it. Of a table
    that has changed since its last survey, only what is around the change is read.
    """
    path = path_of(spec.rows, folder)
    kind = "csv" if spec.rows.csv is not None else "jsonl"
    rule = (template.digest, str(spec.shards))
    try:
        if path is None:
            name = store.key(kind, f"count {spec.rows.count}", *rule)
            return store.find(name, cache) or _whole(spec, template, None, name, "", cache, findings)
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
            name, table = store.key(kind, content, *rule), store.key(kind, str(path.resolve()), *rule)
            found = (
                store.find(name, cache)
                or _again(spec, template, file, name, content, store.last(table, cache))
                or _whole(spec, template, file, name, content, cache, findings)
            )
            if found:
                store.remember(table, found)
            return found
    except store.CacheError as error:
        findings.add(None, str(error))
    except OSError as error:
        findings.add(None, f"the file cannot be read ({error.strerror}); see to its name and rights")
    except TableError as error:
        findings.add(error.line, str(error))
    return None


def _whole(
    spec: FleetSpec,
    template: RowTemplate,
    file: IO[bytes] | None,
    name: str,
    content: str,
    cache: Path,
    findings: Findings,
) -> Survey | None:
    """Look at all rows."""
    with store.draft(cache) as draft:
        blocks = Blocks()
        rows = opened(spec.rows, template.columns, file).rows(blocks)
        made = _gathered(spec, template, rows, draft, blocks, findings)
        if file is not None:
            _see_to(blocks.content.hexdigest() == content)
            blocks.keep(draft, blocks.finish())
        return None if findings.problems else store.keep(draft, name, made)


def _again(
    spec: FleetSpec,
    template: RowTemplate,
    file: BufferedReader,
    name: str,
    content: str,
    last: Survey | None,
) -> Survey | None:
    """Look at those rows that the last survey does not know of; None when all have to be looked at."""
    if last is None:
        return None
    cache = last.folder.parent
    numbered = any(slot.column == NUMBER for slot in template.slots)
    with store.draft(cache) as draft, store.draft(cache) as between:

        def look(table: IO[bytes], shift: Shift, blocks: Blocks) -> Survey:
            findings = Findings()
            rows = map(shift.moved, opened(spec.rows, template.columns, table).rows(hashlib.sha256()))
            made = _gathered(spec, template, rows, between, blocks, findings)
            if findings.problems:
                raise Odd
            return made

        try:
            made = look_again(last, file, numbered, look, draft)
        except (Odd, TableError, OSError, ValueError, TypeError, LookupError):
            return None
        file.seek(0)
        _see_to(hashlib.file_digest(file, "sha256").hexdigest() == content)
        return store.keep(draft, name, made)


def _see_to(is_same: bool) -> None:
    if not is_same:
        raise TableError(None, "the file changed while it was read; let it be finished, and run again")


def _gathered(
    spec: FleetSpec,
    template: RowTemplate,
    rows: Iterable[Row],
    folder: Path,
    blocks: Blocks,
    findings: Findings,
) -> Survey:
    """Look at rows, and sort them into the folder."""
    gathering = Gathering(folder, spec.shards)
    filling = Filling(template, MARKER)
    check = _Check(template, filling, typed=spec.rows.csv is None)
    digests = row_digests(template, plain=spec.rows.jsonl is None)
    for row in rows:
        number, line, offset, size, values = row
        if offset >= blocks.next:
            blocks.cut(row)
        try:
            if isinstance(values, RowError):
                raise values
            id_ = filling.identify(values)
            check.id(id_)
            # Before its values are looked at, so that a namesake of a row that is wrong is found, too.
            gathering.take(id_, digests(values), number, line, offset, size)
            check.values(id_, values, size)
        except (RowError, CellError) as error:
            findings.add(line or None, f"row {number}: {error}")
    return gathering.finish(
        lambda id_, first, number, line: findings.add(
            line or None,
            f"row {number}: {shown(id_)} is the twin of row {first} already; change one of them",
        )
    )


class _Check:
    """Raises the `RowError` or `CellError` of a row that cannot become a twin."""

    def __init__(self, template: RowTemplate, filling: Filling, typed: bool) -> None:
        self._filling = filling
        self._checks = filling.checks(typed)
        self._longest = LONGEST - max([length(suffix) for suffix in template.suffixes], default=0)
        self._suffixes = [thing.suffix for thing in template.things]
        constant = max(len(body.format) for body in filling.bodies)
        places = max(body.format.count("%s") for body in filling.bodies)
        # So large may a row of the table be that all it makes is surely not too large.
        self._small = (LARGEST - constant - places * LONGEST * WIDEST) // (WIDEST * max(places, 1))

    def id(self, id_: str) -> None:
        """Raise the error of an id that Ditto does not take."""
        if not _ID.fullmatch(id_):
            raise RowError(
                f"the id '{shown(id_)}' is not allowed; write namespace:name, without /, control characters, "
                "U+0080 to U+00FF (é, ü, °), and any further colon, which parts a child from its parent"
            )
        if len(id_) * 2 > self._longest and length(id_) > self._longest:
            raise RowError(
                f"the id {id_[:40]}… leaves no room: with what follows for children, Ditto takes {LONGEST} "
                "characters; shorten it"
            )

    def values(self, id_: str, values: Sequence[Any], size: int) -> None:
        """Raise the error of values that do not fit their places, or of things that get too large."""
        for check in self._checks:
            check(values, "")
        if size > self._small:
            self._measure(id_, values)

    def _measure(self, id_: str, values: Sequence[Any]) -> None:
        for suffix, text in zip(self._suffixes, self._filling.texts(id_, values), strict=True):
            characters = length(text) + length(dumps({"thingId": id_ + suffix}))
            if characters > LARGEST:
                raise RowError(
                    f"the thing {id_}{suffix} has {characters} characters of JSON; Ditto takes {LARGEST}, "
                    "so leave something out"
                )


def row_digests(template: RowTemplate, plain: bool) -> Callable[[Sequence[Any]], bytes]:
    """Return what makes a row's digest: of what is declared, and of initial values if there are any."""
    places = {name: place for place, name in enumerate([*template.columns, NUMBER])}
    declared = [places[name] for name in template.declared]
    initial = [places[name] for name in template.initial]
    # Other columns are another digest, though their values were the same.
    heads = ["\1".join(columns) for columns in (template.declared, template.initial)]
    text: Callable[[Any], str] = str if plain else dumps

    def both(values: Sequence[Any]) -> bytes:
        first = digest([heads[0], *[text(values[place]) for place in declared]])
        if not initial:
            return first
        return first + digest([heads[1], *[text(values[place]) for place in initial]])

    return both
