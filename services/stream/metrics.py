"""Counters and gauges in Prometheus' text format, all with the program's name in front."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

OUTCOMES = ("used", "unrelated", "bad")
REASONS = ("json", "ditto", "device", "value")
PARTS = ("input", "output", "state")


class Metrics:
    """What a program counts."""

    def __init__(self, program: str, topics: Sequence[str] = ()) -> None:
        self._program = program
        self._registry = CollectorRegistry()
        self.messages = self._counter("messages", "Messages, by what became of them.", "outcome", OUTCOMES)
        self.bad = self._counter("bad_messages", "Messages skipped, by what is wrong.", "reason", REASONS)
        self.vectors = self._counter("vectors", "Vectors that Kafka has confirmed.", "topic", topics)
        self.losses = self._counter("losses", "Times that a part was lost and begun anew.", "part", PARTS)
        self.ready = self.gauge("ready", "Whether input and output are there.")

    def gauge(self, name: str, description: str, labels: Sequence[str] = ()) -> Gauge:
        """A new gauge."""
        return Gauge(f"{self._program}_{name}", description, labels, registry=self._registry)

    def text(self) -> bytes:
        """All of them, as `/metrics` shows them."""
        return generate_latest(self._registry)

    def _counter(self, name: str, description: str, label: str, values: Sequence[str]) -> Counter:
        counter = Counter(f"{self._program}_{name}", description, [label], registry=self._registry)
        for value in values:
            counter.labels(value)  # a counter that is 0 is shown too
        return counter
