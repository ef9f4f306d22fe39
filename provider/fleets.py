"""What one process knows of the stack's fleets: their sources, what is to become of them, how far that is."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from components.settings import Settings
from provider.fleet_source import Sources
from twins.fleet.index import Delta

NAMED = 5  # ids that are named where thousands are counted
EVERY = 5.0  # seconds between two lines about how far a fleet is


@dataclass
class Tally:
    """How many twins of a fleet are to be added, changed and removed, and which are the first of them."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[str]] = field(default_factory=dict)

    def add(self, delta: Delta) -> None:
        """Add what becomes of a shard."""
        for word, ids in (("adds", delta.added), ("changes", delta.changed), ("removes", delta.removed)):
            self.counts[word] += len(ids)
            self.first[word] = sorted([*self.first.get(word, []), *ids[:NAMED]])[:NAMED]

    def __str__(self) -> str:
        parts = []
        for word, ids in self.first.items():
            if count := self.counts[word]:
                more = ", …" if count > len(ids) else ""
                parts.append(f"{word} {count} twin{'s' * (count > 1)} ({', '.join(ids)}{more})")
        return ", ".join(parts)


class Progress:
    """Says now and then how far a fleet is."""

    def __init__(self, fleet: str, say: Callable[[str], None]) -> None:
        self._fleet = fleet
        self._say = say
        self._lock = threading.Lock()
        self._began = self._said = time.monotonic()
        self._counts: Counter[str] = Counter()

    def done(self, word: str) -> None:
        """A twin was made, changed or removed."""
        with self._lock:
            self._counts[word] += 1
            now = time.monotonic()
            if now - self._said < EVERY:
                return
            self._said = now
            counts = ", ".join(f"{count:,} {each}" for each, count in self._counts.items())
            rate = self._counts.total() / (now - self._began)
        self._say(f"fleet {self._fleet}: {counts} so far, {rate:,.0f} a second")


class Fleets:
    """The fleets of a stack."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self.sources = Sources(settings)
        self._say = say
        self._lock = threading.Lock()
        self._tallies: dict[str, Tally] = {}
        self._progress: dict[str, Progress] = {}

    def note(self, fleet: str, delta: Delta) -> None:
        """Note what is to become of a shard."""
        with self._lock:
            self._tallies.setdefault(fleet, Tally()).add(delta)

    def planned(self, fleet: str) -> str:
        """Say what is to become of a fleet, and forget it; empty when nothing is."""
        with self._lock:
            return str(self._tallies.pop(fleet, Tally()))

    def progress(self, fleet: str) -> Progress:
        """How far the fleet is."""
        with self._lock:
            return self._progress.setdefault(fleet, Progress(fleet, self._say))
