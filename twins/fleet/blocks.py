"""The blocks of a table: by them it is seen which part of it is as it was before."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from twins.canonical import dumps
from twins.fleet.rows import BLOCK, Row

SIZE = 1 << 16  # bytes of a block, at least
MARK = b"\xef\xbb\xbf"  # that a table may begin with


class Block(NamedTuple):
    """A piece of a table: where it begins, how many rows and lines are before it, and a hash of its bytes."""

    offset: int
    rows: int
    lines: int
    hash: str


START = Block(0, 0, 0, "")


class Blocks:
    """Is told of all bytes of a table, and of its rows, and notes its blocks: the first one is the header.

    They begin where rows do, so that nothing goes on from one to the next. It may go on after blocks that were
    `found` before.
    """

    def __init__(self, found: Iterable[Block] = (), begin: Block = START) -> None:
        self.content = hashlib.sha256()
        self.found = [*found]
        self.next = begin.offset + SIZE if self.found else 0
        """The first row from this offset on begins a block."""
        self._begin = begin
        self._held = bytearray()
        self._odd = False

    def update(self, data: bytes, /) -> None:
        """Take the next bytes; the rows in them are told afterwards."""
        self.content.update(data)
        self._held += data

    def cut(self, row: Row) -> None:
        """Let a block begin with this row."""
        # What would stand in the midst of the table if rows were put before this one.
        self._odd |= row.offset == 0 and self._held.startswith(MARK)
        self._end(row.offset - self._begin.offset)
        self._begin = Block(row.offset, row.number - 1, row.line - 1, "")
        self.next = row.offset + SIZE

    def finish(self) -> int:
        """End the last block; return where."""
        size = len(self._held)
        self._end(size)
        return self._begin.offset + size

    def keep(self, folder: Path, end: int) -> bool:
        """Write them down for the next look, if they are fit for it."""
        if not self._odd:
            (folder / "blocks.json").write_text(dumps([end, *self.found]), encoding="utf-8")
        return not self._odd

    def _end(self, size: int) -> None:
        # Whether a line is too long depends on where it stands, if it is as long as this.
        self._odd |= size > BLOCK
        self.found.append(self._begin._replace(hash=hash_of_bytes(bytes(self._held[:size]))))
        del self._held[:size]


def hash_of_bytes(data: bytes) -> str:
    """Return a text that differs when the bytes do."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
