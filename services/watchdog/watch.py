"""Which vectors stand in for messages that a device misses."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from services.stream import logs
from services.stream.clock import Clock
from services.stream.last_values import LastValues
from services.stream.message import Message, Record
from services.stream.metrics import Metrics
from services.stream.readings import Nothing, read
from services.watchdog.rhythm import Rhythm
from services.watchdog.spec import WatchdogConfiguration, WatchedModel


class Watchdog:
    """Listens to the devices of every model, each with its own rhythm; see `services.stream.pump.Work`."""

    def __init__(self, configuration: WatchdogConfiguration, clock: Clock, metrics: Metrics) -> None:
        zone = ZoneInfo(configuration.time_zone)
        self._configuration = configuration
        self._clock = clock
        self._watches = [Watch(spec, zone) for spec in configuration.models]
        labels = ["topic", "thing"]
        self._silent = metrics.gauge("silent", "Whether a device is silent.", labels)
        self._interval = metrics.gauge(
            "interval_seconds", "After how long it counts as silent; 0: unknown.", labels
        )
        self._missing = metrics.gauge("fields_missing", "Fields that have had no value yet.", ["topic"])
        self._show()

    def take(self, message: Message) -> list[Record] | None:
        """No vectors, as real data is the feeder's; None when it tells of nothing that a model needs."""
        source = self._configuration.input
        reading = read(message, source.payload)
        if reading is None or reading.originator in source.ignore_originators:
            return None
        changes = [watch.values.changes(reading) for watch in self._watches]
        arrival = self._clock.monotonic()
        now = self._clock.now()
        # A device whose own clock is ahead would teach a gap of years, and nothing more until they have passed.
        sent = min(reading.sent or now, now).timestamp()
        for watch, change in zip(self._watches, changes, strict=True):
            if not change:
                continue
            watch.values.apply(change)
            rhythm = watch.rhythms[reading.thing]
            if change.numbers:
                if rhythm.silent:
                    logs.info("heard again", thing=reading.thing, topic=watch.spec.topic)
                rhythm.hear(change.numbers, sent, arrival)
            elif reading.value is Nothing.GONE:
                rhythm.forget()
        self._show()
        return [] if any(changes) else None

    def due(self) -> list[Record]:
        """The last values, for each device that is late."""
        records = []
        for watch in self._watches:
            for thing, rhythm in watch.rhythms.items():
                fell_silent = not rhythm.silent
                if not rhythm.miss(self._clock.monotonic()):
                    continue
                if fell_silent:
                    after = rhythm.interval
                    logs.warning("silent", thing=thing, topic=watch.spec.topic, after_seconds=after)
                value = watch.values.vector(self._clock.now())
                if value is not None:
                    records.append(Record(watch.spec.topic, value, self._headers(thing)))
        if records:
            self._show()
        return records

    def patience(self) -> float:
        """How many seconds may pass until the next device is late."""
        deadlines = [
            rhythm.deadline
            for watch in self._watches
            for rhythm in watch.rhythms.values()
            if rhythm.deadline is not None
        ]
        return min(deadlines) - self._clock.monotonic() if deadlines else float("inf")

    def listening(self) -> None:
        """Devices can be heard from now on: while they could not, their silence meant nothing."""
        for watch in self._watches:
            for rhythm in watch.rhythms.values():
                rhythm.listen(self._clock.monotonic())

    def state(self) -> dict[str, Any]:
        """Last values and rhythms: a device that is silent now cannot tell them again."""
        return {watch.spec.topic: watch.state() for watch in self._watches}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from a kept state."""
        for watch in self._watches:
            watch.restore(kept.get(watch.spec.topic, {}))
        self._show()

    def _headers(self, thing: str) -> tuple[tuple[str, str], ...]:
        origin = f"watchdog:{self._configuration.id}"
        return (("thing-id", thing), ("originator", origin), ("substituted", "true"))

    def _show(self) -> None:
        for watch in self._watches:
            self._missing.labels(watch.spec.topic).set(watch.values.missing)
            for thing, rhythm in watch.rhythms.items():
                self._silent.labels(watch.spec.topic, thing).set(rhythm.silent)
                self._interval.labels(watch.spec.topic, thing).set(rhythm.interval or 0)


class Watch:
    """A model's last values, and the rhythm of each device that they come from."""

    def __init__(self, spec: WatchedModel, zone: ZoneInfo) -> None:
        self.spec = spec
        self.values = LastValues(spec, zone)
        self.rhythms = {thing: Rhythm(spec.tolerance) for thing in spec.things}

    def state(self) -> dict[str, Any]:
        """The last values, and what is known of the rhythms."""
        rhythms = {
            thing: {"interval": rhythm.interval, "silent": rhythm.silent}
            for thing, rhythm in self.rhythms.items()
            if rhythm.interval is not None
        }
        return {"values": self.values.state(), "rhythms": rhythms}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from a kept state; the rhythms begin with `listen`."""
        self.values.restore(kept.get("values", {}))
        rhythms = kept.get("rhythms", {})
        self.rhythms = {}
        for thing in self.spec.things:
            known = rhythms.get(thing, {})
            self.rhythms[thing] = Rhythm(
                self.spec.tolerance, known.get("interval"), bool(known.get("silent", False))
            )
