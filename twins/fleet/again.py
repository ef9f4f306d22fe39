"""Looks again at a table that was looked at before, and has changed in one place since.

A look notes the table's blocks: where each begins, between two rows, and a hash of its bytes. Blocks at the
table's start and at its end that are as they were hold the rows that they held; only what is between them is
parsed, and all other rows are taken over, moved by as much as the middle grew. Whatever is odd is left to a
look at the whole, which says what is wrong with it; both find the same, to the byte.
"""

import io
import json
from bisect import bisect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from twins.fleet.blocks import MARK, Block, Blocks, hash_of_bytes
from twins.fleet.gathering import hash_of, lines_of
from twins.fleet.index import fingerprint
from twins.fleet.rows import Row, RowError
from twins.fleet.sample import Sampler, renewed
from twins.fleet.store import Survey

MIDDLE = 8 << 20  # bytes that are parsed in memory, at most


class Odd(Exception):  # noqa: N818 - nothing is wrong, it is only not for here
    """A change that the whole table has to be looked at for."""


class Shift(NamedTuple):
    """By how much rows are moved."""

    rows: int
    lines: int
    offset: int

    def moved(self, row: Row) -> Row:
        """Return a row where it stands then, and its number with it."""
        number = row.number + self.rows
        if not isinstance(row.values, RowError):
            row.values[-1] = number
        return Row(number, row.line + self.lines, row.offset + self.offset, row.size, row.values)


# Surveys a small table, whose rows are moved so that they are rows of the whole one.
Look = Callable[[IO[bytes], Shift, Blocks], Survey]


def look_again(last: Survey, file: IO[bytes], numbered: bool, look: Look, folder: Path) -> Survey:
    """Return the survey of a changed table, made in `folder`, from the last one.

    `numbered` says that a row's number becomes part of its twin. Raises `Odd`, and whatever comes of reading
    the last survey, which may be broken.
    """
    size, *raw = json.loads((last.folder / "blocks.json").read_text(encoding="utf-8"))
    was = [*(Block(*each) for each in raw), Block(size, last.count, 0, "")]
    now = file.seek(0, io.SEEK_END)
    first, behind = _same(file, was, now - size)
    begin, end = was[first], was[behind]
    header = _bytes(file, 0, was[1].offset)
    middle = _bytes(file, begin.offset, end.offset + now - size)
    is_last = behind == len(was) - 1
    if middle.startswith(MARK) or not (is_last or middle.endswith(b"\n") or not middle):
        raise Odd
    blocks = Blocks(was[:first], begin)
    blocks.update(middle)
    here = Shift(begin.rows, begin.lines - was[1].lines, begin.offset - len(header))
    between = look(io.BytesIO(header + middle), here, blocks)
    shift = Shift(
        begin.rows + between.count - end.rows,
        begin.lines + middle.count(b"\n") - end.lines,
        now - size,
    )
    if numbered and shift.rows and not is_last:
        raise Odd
    if middle:
        blocks.finish()
    blocks.found += [
        Block(each.offset + shift.offset, each.rows + shift.rows, each.lines + shift.lines, each.hash)
        for each in was[behind:-1]
    ]
    if not blocks.keep(folder, now):
        raise Odd
    return _merged(last, between, range(begin.offset, end.offset), shift, folder)


def _same(file: IO[bytes], was: Sequence[Block], grown: int) -> tuple[int, int]:
    """Return the first block that is another one now, and the first one after it that is as it was."""

    def is_same(place: int, moved: int) -> bool:
        block, end = was[place], was[place + 1].offset
        return hash_of_bytes(_bytes(file, block.offset + moved, end + moved)) == block.hash

    first, behind = 0, len(was) - 1
    while first < behind - 1 and is_same(first, 0):  # the last one may go on in the middle of a line now
        first += 1
    if first == 0:
        raise Odd  # the header
    while (
        behind > first and was[behind - 1].offset + grown >= was[first].offset and is_same(behind - 1, grown)
    ):
        behind -= 1
    if (
        was[behind].offset + grown < was[first].offset
        or was[behind].offset + grown - was[first].offset > MIDDLE
    ):
        raise Odd
    return first, behind


def _bytes(file: IO[bytes], start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)


def _merged(last: Survey, between: Survey, middle: range, shift: Shift, folder: Path) -> Survey:
    """Put together the rows that stay and those that were looked at, a shard at a time."""
    fingerprints, counts = [*last.fingerprints], []
    gone: set[int] = set()
    come: dict[int, bytes] = {}
    for shard, before in enumerate(last.counts):
        lines, old = _carried(lines_of(last.folder / f"shard-{shard}"), middle, shift)
        if len(lines) + len(old) != before:
            raise Odd
        new = lines_of(between.folder / f"shard-{shard}")
        left, found = ([line.split("\t", 2)[:2] for line in each] for each in (old, new))
        for id_, _ in found:
            place = bisect(lines, f"{id_}\t")
            if place < len(lines) and lines[place].startswith(f"{id_}\t"):
                raise Odd  # two rows of one id
        lines = sorted(lines + new)
        if left != found:
            gone |= {hash_of(id_) for id_, _ in left}
            come |= {hash_of(id_): bytes.fromhex(digest) for id_, digest in found}
            rows = (line.split("\t", 2) for line in lines)
            fingerprints[shard] = fingerprint({id_: bytes.fromhex(digest) for id_, digest, _ in rows})
        (folder / f"shard-{shard}").write_text("".join(lines), encoding="utf-8", newline="\n")
        counts.append(len(lines))
    sample = renewed(last.sample, gone, come)
    if sample is None:
        sample = _sample(folder, len(counts))
    return Survey(folder, sum(counts), tuple(fingerprints), tuple(counts), sample)


def _carried(lines: Sequence[str], middle: range, shift: Shift) -> tuple[list[str], list[str]]:
    """Return the lines of a shard's rows that stay, where these stand now, and of those that stood in the middle."""
    stay, gone = [], []
    for line in lines:
        head, offset, size = line.rsplit("\t", 2)
        at = int(offset)
        if at < middle.start:
            stay.append(line)
        elif at < middle.stop:
            gone.append(line)
        elif shift.rows or shift.lines:
            head, number, row_line = head.rsplit("\t", 2)
            place = f"{int(number) + shift.rows}\t{int(row_line) + shift.lines}"
            stay.append(f"{head}\t{place}\t{at + shift.offset}\t{size}")
        else:
            stay.append(f"{head}\t{at + shift.offset}\t{size}")
    return stay, gone


def _sample(folder: Path, shards: int) -> str:
    sampler = Sampler()
    for shard in range(shards):
        for line in lines_of(folder / f"shard-{shard}"):
            id_, digest, _ = line.split("\t", 2)
            sampler.take(hash_of(id_), bytes.fromhex(digest))
    return sampler.text()
