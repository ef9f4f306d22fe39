"""What one process knows of the stack's fleets: their sources, and how far they are."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from components.settings import Settings
from provider.fleet_source import Sources

EVERY = 5.0  # seconds between two lines about how far a fleet is


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
        self._progress: dict[str, Progress] = {}

    def progress(self, fleet: str) -> Progress:
        """How far the fleet is."""
        with self._lock:
            return self._progress.setdefault(fleet, Progress(fleet, self._say))
