"""The loop of both programs: receive, work, deliver, keep, acknowledge. In this order nothing is lost.

Whatever breaks, the way on is the same: everything is closed with nothing acknowledged, and begun anew from
the kept state; the brokers hand out again what was not acknowledged. So there is one way to recover, the
way in which every run starts.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from services.stream import logs
from services.stream.clock import Clock
from services.stream.message import BadMessageError, LostError, Message, Record
from services.stream.metrics import Metrics
from services.stream.state import StateFile
from services.stream.status import Status

BATCH = 200  # messages that are worked on at once: what a crash makes come twice, at most
ATTENTION = 1.0  # seconds of waiting for messages until the loop looks at whether it is to end
FIRST_PAUSE, LONGEST_PAUSE = (
    0.5,
    30.0,
)  # seconds before a new attempt; each is twice as long as the one before
QUIET = 60.0  # seconds between two lines in the log about bad messages


class Source(Protocol):
    """Where messages come from."""

    def receive(self, most: int, patience: float) -> Sequence[Message]:
        """What is there, at most so many; waits so many seconds for the first. Raises `LostError`."""

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Let the broker forget the messages, which are all that was received. Raises `LostError`."""


class Sink(Protocol):
    """Where vectors go to."""

    def deliver(self, records: Sequence[Record]) -> None:
        """Return once the broker has confirmed every record. Raises `LostError`."""


class Work(Protocol):
    """What a program does with messages. Its methods are called from one thread."""

    def take(self, message: Message) -> list[Record] | None:
        """The vectors that a message makes due; None if it tells of nothing that is asked for.

        Raises `BadMessageError`, having changed nothing.
        """

    def due(self) -> list[Record]:
        """The vectors that time alone has made due."""

    def patience(self) -> float:
        """How many seconds may pass until `due` is to be asked."""

    def listening(self) -> None:
        """From now on messages can come; before, silence meant nothing."""

    def state(self) -> dict[str, Any]:
        """What a later run must know, so that nothing which was acknowledged is lost."""

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from a kept state, and forget what has been since."""


class Pump:
    """Runs the work between a source and a sink until it is told to stop."""

    def __init__(
        self,
        work: Work,
        source: Callable[[], AbstractContextManager[Source]],
        sink: Callable[[], AbstractContextManager[Sink]],
        state: StateFile,
        metrics: Metrics,
        status: Status,
        clock: Clock,
    ) -> None:
        self._work = work
        self._source = source
        self._sink = sink
        self._state = state
        self._metrics = metrics
        self._status = status
        self._clock = clock
        self._stop = threading.Event()
        self._told = float("-inf")
        self._untold = 0

    def stop(self) -> None:
        """End after the batch that is under way."""
        self._stop.set()

    def run(self) -> None:
        """Run until `stop`, whatever breaks in between."""
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            began = self._clock.monotonic()
            try:
                self._connected()
            except LostError as lost:
                self._metrics.losses.labels(lost.part).inc()
                self._status.lost(f"{lost.part}: {lost}")
                self._metrics.ready.set(0)
                if self._clock.monotonic() - began > LONGEST_PAUSE:
                    pause = FIRST_PAUSE
                logs.warning(str(lost), part=lost.part, again_in_seconds=pause)
                self._rest(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        self._status.lost("it is ending")
        self._metrics.ready.set(0)

    def _connected(self) -> None:
        self._work.restore(self._state.read())
        with self._sink() as sink, self._source() as source:
            self._work.listening()
            self._status.ready()
            self._metrics.ready.set(1)
            logs.info("input and output are there")
            while not self._stop.is_set():
                self._status.beat()
                self._batch(source, sink)

    def _batch(self, source: Source, sink: Sink) -> None:
        patience = max(0.0, min(ATTENTION, self._work.patience()))
        messages = source.receive(BATCH, patience)
        records: list[Record] = []
        outcomes: list[tuple[str, str]] = []
        for message in messages:
            outcome, made = self._taken(message)
            outcomes.append(outcome)
            records += made
        if len(messages) < BATCH:  # else there may be more to hear before anyone is called silent
            records += self._work.due()
        if not messages and not records:
            return
        if records:
            sink.deliver(records)
        self._state.write(self._work.state())
        if messages:
            source.acknowledge(messages)
        for record in records:
            self._metrics.vectors.labels(record.topic).inc()
        for result, reason in outcomes:
            self._metrics.messages.labels(result).inc()
            if reason:
                self._metrics.bad.labels(reason).inc()

    def _taken(self, message: Message) -> tuple[tuple[str, str], list[Record]]:
        try:
            made = self._work.take(message)
        except BadMessageError as bad:
            self._tell(bad, message)
            return ("bad", bad.reason), []
        return ("unrelated" if made is None else "used", ""), made or []

    def _tell(self, bad: BadMessageError, message: Message) -> None:
        self._untold += 1
        if self._clock.monotonic() - self._told >= QUIET:
            logs.warning(f"skipped: {bad}", reason=bad.reason, where=message.where, skipped=self._untold)
            self._told, self._untold = self._clock.monotonic(), 0

    def _rest(self, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        while not self._stop.is_set() and self._clock.monotonic() < until:
            self._status.beat()
            self._stop.wait(min(ATTENTION, until - self._clock.monotonic()))
