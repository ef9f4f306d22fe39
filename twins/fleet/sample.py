"""A fleet in brief: how many twins it has, and what some thousand of them are, chosen by their ids' hashes.

Two such samples tell how much of a fleet changes, exactly while it is small, else to some hundredths: the ids
with the smallest hashes are as good as chosen by lot, and the same ones are chosen every time.
"""

import base64
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

KEPT = 1000
_WIDTH = 12  # bytes: eight of the id's hash, four of the row's digest


@dataclass(frozen=True)
class Change:
    """How many of the twins that there are would be updated and deleted, or about how many."""

    existing: int
    updated: int
    deleted: int
    is_exact: bool = True


class Sampler:
    """Takes the hashes and digests of all rows, and keeps those with the smallest hashes."""

    def __init__(self) -> None:
        self.limit = 1 << 64
        self._kept: dict[int, bytes] = {}

    def take(self, id_hash: int, digest: bytes) -> None:
        """Take a row; those with a hash of `limit` or more may be left out."""
        self._kept[id_hash] = digest[:4].ljust(4, b"\0")
        if len(self._kept) > 4 * KEPT:
            self._cut()

    def text(self) -> str:
        """Return the sample."""
        self._cut()
        return base64.b64encode(b"".join(key.to_bytes(8) + self._kept[key] for key in self._kept)).decode()

    def _cut(self) -> None:
        self._kept = {key: self._kept[key] for key in sorted(self._kept)[:KEPT]}
        if len(self._kept) == KEPT:
            self.limit = max(self._kept)


def change(old_count: int, old: str, new_count: int, new: str, same_template: bool) -> Change:
    """Return what becomes of a fleet's twins, from how many there are and are to be, and a sample of each."""
    before, after = dict(_rows(old)), dict(_rows(new))
    # Beyond the last hash of a sample that has not all rows, nothing is known of it.
    known = min(
        [max(each) for each, count in ((before, old_count), (after, new_count)) if count > len(each)],
        default=1 << 64,
    )
    seen = {key: value for key, value in before.items() if key <= known}
    deleted = sum(key not in after for key in seen)
    kept = len(seen) - deleted
    updated = sum(after.get(key, value) != value for key, value in seen.items()) if same_template else kept
    share = old_count / len(seen) if seen else 0.0
    return Change(old_count, round(updated * share), round(deleted * share), len(seen) == old_count)


def renewed(old: str, gone: Collection[int], come: Mapping[int, bytes]) -> str | None:
    """Return the sample after some rows are gone and others have come; None when all must be looked at for it."""
    before = dict(_rows(old))
    limit = max(before) if len(before) == KEPT else 1 << 64  # beyond it, nothing is known
    sampler = Sampler()
    rest = {key: value for key, value in before.items() if key not in gone}
    for key, value in (rest | {key: value for key, value in come.items() if key <= limit}).items():
        sampler.take(key, value)
    text = sampler.text()
    return None if len(before) == KEPT and len(text) < len(old) else text


def _rows(text: str) -> Iterator[tuple[int, bytes]]:
    raw = base64.b64decode(text)
    for at in range(0, len(raw), _WIDTH):
        yield int.from_bytes(raw[at : at + 8]), raw[at + 8 : at + _WIDTH]
