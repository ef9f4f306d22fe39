"""Sorts the rows of a table into its shards by way of files, so that memory never holds more than a shard."""

import hashlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from twins.fleet.index import fingerprint
from twins.fleet.sample import Sampler
from twins.fleet.store import Survey

HELD = 20_000  # rows in memory until they are written to their shards' files


def hash_of(id_: str) -> int:
    """Return 64 bits that are as good as chosen by lot, and always the same for an id."""
    return int.from_bytes(hashlib.blake2b(id_.encode(), digest_size=8).digest())


def shard_of(id_: str, shards: int) -> int:
    """Return which shard a twin is in: by its id alone, so that it stays there whatever comes and goes."""
    return hash_of(id_) % shards


class Gathering:
    """Takes rows; in the end each shard's are in a file of the folder, sorted by id."""

    def __init__(self, folder: Path, shards: int) -> None:
        self._folder = folder
        self._held: list[list[str]] = [[] for _ in range(shards)]
        self._waiting = 0
        self._sampler = Sampler()

    def take(self, id_: str, digest: bytes, number: int, line: int, offset: int, size: int) -> None:
        """Take a row. The id holds no control characters, so that sorted lines are sorted by id."""
        hashed = hash_of(id_)
        if hashed < self._sampler.limit:
            self._sampler.take(hashed, digest)
        held = self._held[hashed % len(self._held)]
        held.append(f"{id_}\t{digest.hex()}\t{number}\t{line}\t{offset}\t{size}\n")
        self._waiting += 1
        if self._waiting == HELD:
            self._write()

    def finish(self, twice: Callable[[str, int, int, int], None]) -> Survey:
        """Sort all shards; `twice` is told of each id that two rows have: the id, their numbers, a line."""
        self._write()
        fingerprints, counts = [], []
        for shard in range(len(self._held)):
            file = self._folder / f"shard-{shard}"
            lines = sorted(lines_of(file))
            rows = [line.split("\t") for line in lines]
            for one, other in pairwise(rows):
                if one[0] == other[0]:
                    first, second = sorted((int(each[2]), int(each[3])) for each in (one, other))
                    twice(one[0], first[0], *second)
            file.write_text("".join(lines), encoding="utf-8", newline="\n")
            fingerprints.append(fingerprint({row[0]: bytes.fromhex(row[1]) for row in rows}))
            counts.append(len(rows))
        return Survey(self._folder, sum(counts), tuple(fingerprints), tuple(counts), self._sampler.text())

    def _write(self) -> None:
        for shard, held in enumerate(self._held):
            if held:
                with (self._folder / f"shard-{shard}").open("a", encoding="utf-8", newline="\n") as file:
                    file.writelines(held)
                held.clear()
        self._waiting = 0


def lines_of(file: Path) -> list[str]:
    """Return the lines of a shard's file, none where there is no such file."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="\n") as lines:
        return list(lines)
