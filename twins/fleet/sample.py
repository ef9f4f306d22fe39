"""A fleet in brief: how many twins it has, and what some thousand of them are, chosen by their ids' hashes.

Two such samples tell how much of a fleet changes, exactly while it is small, else to some hundredths: the ids
with the smallest hashes are as good as chosen by lot, and the same ones are chosen every time.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

KEPT = 1000
_WIDTH = 12  # bytes: eight of the id's hash, four of the row's digest


@dataclass(frozen=True)
class Change:
    """About how many of the twins that there are would be updated and deleted."""

    existing: int
    updated: int
    deleted: int


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


def change(count: int, old: str, new: str, same_template: bool) -> Change:
    """Return what becomes of `count` twins, from a sample of them and one of what is to be."""
    before, after = dict(_rows(old)), dict(_rows(new))
    # Beyond the last hash of a full sample, nothing is known of it.
    known = min([max(each) for each in (before, after) if len(each) == KEPT], default=1 << 64)
    seen = {key: value for key, value in before.items() if key <= known}
    deleted = sum(key not in after for key in seen)
    kept = len(seen) - deleted
    updated = sum(after.get(key, value) != value for key, value in seen.items()) if same_template else kept
    share = count / len(seen) if seen else 0.0
    return Change(count, round(updated * share), round(deleted * share))


def _rows(text: str) -> Iterator[tuple[int, bytes]]:
    raw = base64.b64decode(text)
    for at in range(0, len(raw), _WIDTH):
        yield int.from_bytes(raw[at : at + 8]), raw[at + 8 : at + _WIDTH]
