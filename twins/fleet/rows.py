"""Reads tables a row at a time: whatever the size of the file, memory holds one block of it."""

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from twins.canonical import dumps
from twins.models import RowsSpec
from twins.origin import shown

BLOCK = 1 << 20  # bytes that are read at once, and the most that a line may have
HALF = re.compile("[\ud800-\udfff]")
MOST_ROWS = 5_000_000  # of one fleet: its index still fits the messages that carry it


class TableError(Exception):
    """A table that cannot be read any further, with the line (or None for the file) and what to do."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line = line


class RowError(ValueError):
    """A row that cannot be used, whereas the next ones may be."""


class Row(NamedTuple):
    """A row: which one it is, from 1; where it stands; its values, its number after them."""

    number: int
    line: int
    offset: int
    size: int
    values: list[Any] | RowError


class Hash(Protocol):
    """What is told of every byte that is read."""

    def update(self, data: bytes, /) -> None: ...  # noqa: D102


class Table(Protocol):
    """Rows with the values of the columns that were asked for."""

    def rows(self, seen: Hash) -> Iterator[Row]:
        """Yield all rows. Raises `TableError`."""
        ...

    def at(self, number: int, offset: int, size: int) -> list[Any]:
        """Return the values of the row that stands there. Raises `RowError` when none does."""
        ...


class Count:
    """A table of numbers."""

    def __init__(self, count: int) -> None:
        self._count = count

    def rows(self, _seen: Hash) -> Iterator[Row]:
        """Yield the numbers, from 1."""
        if self._count > MOST_ROWS:
            raise TableError(None, _too_many(self._count))
        for number in range(1, self._count + 1):
            yield Row(number, 0, 0, 0, [number])

    def at(self, number: int, _offset: int, _size: int) -> list[Any]:
        """Return the number."""
        return [number]


class Csv:
    """A file of comma-separated values whose first line names the columns (RFC 4180)."""

    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        self._file = file
        self._header = csv_columns(file)
        # Others than those the template was held against are in a file that has changed since.
        if missing := [name for name in columns if name not in self._header]:
            raise TableError(1, f"there is no column {shown(missing[0])}; add it, and run again")
        self._take = [self._header.index(name) for name in columns]

    def rows(self, seen: Hash) -> Iterator[Row]:
        """Yield the rows below the header; empty lines are none."""
        lines = _Lines(self._file, seen)
        reader = csv.reader(lines, strict=True)
        width, take = len(self._header), self._take
        number, end, line = 0, 0, 0
        try:
            for cells in reader:
                start, first = end, line + 1
                end, line = lines.end, lines.line
                if first == 1 or not cells:
                    continue
                number += 1
                if number > MOST_ROWS:
                    raise TableError(first, _too_many(number))
                if len(cells) == width:
                    values: list[Any] | RowError = [cells[place] for place in take]
                    values.append(number)  # type: ignore[union-attr]
                else:
                    values = RowError(f"it has {len(cells)} values for {width} columns; correct it")
                yield Row(number, first, start, end - start, values)
        except csv.Error as error:
            raise TableError(line + 1, _no_csv(error)) from None

    def at(self, number: int, offset: int, size: int) -> list[Any]:
        """Return the values of the row that stands there."""
        try:
            text = _piece(self._file, offset, size)
            if '"' in text:
                cells = next(csv.reader(io.StringIO(text, newline=""), strict=True))
            else:
                cells = text.rstrip("\r\n").split(",")
            return [*(cells[place] for place in self._take), number]
        except (ValueError, IndexError, StopIteration, csv.Error):
            raise RowError("it is not there any more") from None


class JsonLines:
    """A file with a JSON object in each line."""

    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        self._file = file
        self._columns = columns
        self._decode = json.JSONDecoder(parse_constant=_refused, parse_float=_finite).decode

    def rows(self, seen: Hash) -> Iterator[Row]:
        """Yield the lines; empty ones are none."""
        lines = _Lines(self._file, seen)
        number, end = 0, 0
        for text in lines:
            start, end = end, lines.end
            if text.isspace():
                continue
            number += 1
            if number > MOST_ROWS:
                raise TableError(lines.line, _too_many(number))
            yield Row(number, lines.line, start, end - start, self._values(text, number))

    def at(self, number: int, offset: int, size: int) -> list[Any]:
        """Return the values of the line that stands there."""
        try:
            values = self._values(_piece(self._file, offset, size), number)
        except UnicodeDecodeError:
            values = RowError()
        if isinstance(values, RowError):
            raise RowError("it is not there any more")
        return values

    def _values(self, text: str, number: int) -> list[Any] | RowError:
        try:
            found = self._decode(text)
        except (ValueError, RecursionError) as error:
            return RowError(f"it is not JSON ({getattr(error, 'msg', error)}); correct it")
        if not isinstance(found, dict):
            return RowError(f"it is {shown(found)}, not an object; write {{…}}")
        try:
            values = [*(found[name] for name in self._columns), number]
        except KeyError as error:
            return RowError(f"it has no column {shown(error.args[0])}; add it")
        if "\\u" in text and HALF.search(dumps(values)):
            return RowError("it holds half of a surrogate pair, which is no character; write the character")
        return values


def opened(rows: RowsSpec, columns: Sequence[str], file: IO[bytes] | None) -> Table:
    """Return the table that a spec names; `file` is its file, if it has one. Raises `TableError`."""
    if file is None:
        return Count(rows.count or 0)
    return Csv(file, columns) if rows.csv is not None else JsonLines(file, columns)


def path_of(rows: RowsSpec, folder: Path) -> Path | None:
    """Return the table's file, if it has one; `folder` is where the spec stands."""
    name = rows.csv if rows.csv is not None else rows.jsonl
    return None if name is None else folder / name


def csv_columns(file: IO[bytes]) -> list[str]:
    """Return the names of a CSV file's columns. Raises `TableError`."""
    try:
        header = next(csv.reader(_Lines(file, _Nobody()), strict=True), [])
    except csv.Error as error:
        raise TableError(1, _no_csv(error)) from None
    if not header:
        raise TableError(1, "the first line names no columns; write their names there")
    for place, name in enumerate(header):
        if not name:
            raise TableError(1, f"column {place + 1} has no name; give it one")
        if name in header[:place]:
            raise TableError(1, f"two columns are called {shown(name)}; rename one of them")
    return header


class _Nobody:
    def update(self, data: bytes, /) -> None:
        """Forget it."""


class _Lines:
    """The lines of a file as text; `line` and `end` say which one was the last, and where it ended."""

    def __init__(self, file: IO[bytes], seen: Hash) -> None:
        self.line = 0
        self.end = 0
        self._lines = self._read(file, seen)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._lines)

    def _read(self, file: IO[bytes], seen: Hash) -> Iterator[str]:
        file.seek(0)
        rest = b""
        while block := file.read(BLOCK):
            seen.update(block)
            whole, newline, tail = (rest + block).rpartition(b"\n")
            if len(tail) > BLOCK or (not newline and len(tail) >= BLOCK):
                raise TableError(
                    self.line + whole.count(b"\n") + 1,
                    f"this line has more than {BLOCK} bytes; is it a table of this kind?",
                )
            if newline:
                yield from self._split(whole + newline)
            rest = tail
        if rest:
            yield from self._split(rest)

    def _split(self, block: bytes) -> Iterator[str]:
        try:
            text = block.decode()
        except UnicodeDecodeError as error:
            line = self.line + block.count(b"\n", 0, error.start) + 1
            raise TableError(
                line, f"byte 0x{block[error.start]:02x} is not UTF-8; save the file as UTF-8"
            ) from None
        if "\0" in text:
            line = self.line + text.count("\n", 0, text.index("\0")) + 1
            raise TableError(line, "the character U+0000 is here, which no text has; is the file a table?")
        narrow = text.isascii()
        if self.line == 0 and text.startswith("\ufeff"):
            text, narrow, self.end = text[1:], False, 3
        for each in io.StringIO(text, newline="\n"):
            self.line += 1
            self.end += len(each) if narrow else len(each.encode())
            yield each


def _piece(file: IO[bytes], offset: int, size: int) -> str:
    file.seek(offset)
    return file.read(size).decode("utf-8-sig")


def _no_csv(error: csv.Error) -> str:
    if "new-line character" in str(error):
        return "a line ends with CR alone here; save the file with LF or CRLF at the ends of lines"
    return f"this is not CSV: {error}; see to the quotes"


def _too_many(number: int) -> str:
    return f"a fleet has at most {MOST_ROWS} rows, and this is row {number}; make several fleets of it"


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is beyond what a number can hold")
    return number
