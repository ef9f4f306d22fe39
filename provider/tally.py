"""What is to become of the fleets, put together of what each shard finds: for the line that a preview shows.

The shards and the fleet are resources of their own, which one process looks after; so it is remembered here.
"""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from twins.fleet.index import Delta

NAMED = 5  # ids that are named where thousands are counted


@dataclass
class Tally:
    """How many twins of a fleet something happens to, by what that is, and which are the first of them."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[str]] = field(default_factory=dict)

    def add(self, happens: Mapping[str, Sequence[str]]) -> None:
        """Add what happens to twins of a shard."""
        for word, ids in happens.items():
            self.counts[word] += len(ids)
            self.first[word] = sorted([*self.first.get(word, []), *ids[:NAMED]])[:NAMED]

    def __str__(self) -> str:
        parts = []
        for word, ids in self.first.items():
            if count := self.counts[word]:
                more = ", …" if count > len(ids) else ""
                parts.append(f"{word} {count} twin{'s' * (count > 1)} ({', '.join(ids)}{more})")
        return ", ".join(parts)


_lock = threading.Lock()
_tallies: dict[str, Tally] = {}


def note(fleet: str, delta: Delta, retain: bool = False) -> None:
    """Note what is to become of a shard; `retain` says that twins whose rows are gone stay where they are."""
    going = "retains" if retain else "removes"
    with _lock:
        _tallies.setdefault(fleet, Tally()).add(
            {"adds": delta.added, "changes": delta.changed, going: delta.removed}
        )


def planned(fleet: str) -> str:
    """Say what is to become of a fleet, and forget it; empty when nothing is."""
    with _lock:
        return str(_tallies.pop(fleet, Tally()))
