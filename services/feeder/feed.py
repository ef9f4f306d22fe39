"""Which messages make which vectors."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from services.feeder.spec import FeederConfiguration, FeederModel
from services.stream.clock import Clock
from services.stream.last_values import Changes, LastValues
from services.stream.message import Message, Record
from services.stream.metrics import Metrics
from services.stream.readings import read


class Feeder:
    """Vectors for every model, of the last values of its fields; see `services.stream.pump.Work`."""

    def __init__(self, configuration: FeederConfiguration, clock: Clock, metrics: Metrics) -> None:
        zone = ZoneInfo(configuration.time_zone)
        self._configuration = configuration
        self._clock = clock
        self._models = [Model(spec, zone) for spec in configuration.models]
        self._missing = metrics.gauge("fields_missing", "Fields that have had no value yet.", ["topic"])
        self._show()

    def take(self, message: Message) -> list[Record] | None:
        """The vectors that a message makes due; None when it tells of nothing that a model needs."""
        source = self._configuration.input
        reading = read(message, source.payload)
        if reading is None or reading.originator in source.ignore_originators:
            return None
        # Every model looks at the message before any of them changes: a bad one has no effect at all.
        changes = [model.values.changes(reading) for model in self._models]
        records = []
        for model, change in zip(self._models, changes, strict=True):
            if change and model.takes(change):
                value = model.values.vector(reading.sent or self._clock.now())
                if value is not None:
                    origin = f"feeder:{self._configuration.id}"
                    headers = (("thing-id", reading.thing), ("originator", origin))
                    records.append(Record(model.spec.topic, value, headers))
        self._show()
        return records if any(changes) else None

    def due(self) -> list[Record]:
        """Time alone makes nothing due here."""
        return []

    def patience(self) -> float:
        """How many seconds may pass until `due` is to be asked."""
        return float("inf")

    def listening(self) -> None:
        """The input is there, from now on."""

    def state(self) -> dict[str, Any]:
        """What a later run must know, so that no value which was acknowledged is lost."""
        return {model.spec.topic: model.state() for model in self._models}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from a kept state."""
        for model in self._models:
            model.restore(kept.get(model.spec.topic, {}))
        self._show()

    def _show(self) -> None:
        for model in self._models:
            self._missing.labels(model.spec.topic).set(model.values.missing)


class Model:
    """A model's last values, and which of them are new since its last vector."""

    def __init__(self, spec: FeederModel, zone: ZoneInfo) -> None:
        self.spec = spec
        self.values = LastValues(spec, zone)
        self._new: set[int] = set()

    def takes(self, change: Changes) -> bool:
        """Remember what has changed, and say whether that makes a vector due."""
        self.values.apply(change)
        self._new = (self._new | set(change.numbers)) - change.gone
        if self.spec.send == "all" and self._new != self.values.positions:
            return False
        if not change.numbers:
            return False
        self._new = set()
        return True

    def state(self) -> dict[str, Any]:
        """The last values, and which of them are new."""
        keys = [self.spec.fields[index].key for index in sorted(self._new)]
        return {"values": self.values.state(), "new": keys}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from a kept state."""
        self.values.restore(kept.get("values", {}))
        new = kept.get("new", [])
        self._new = {index for index in self.values.positions if self.spec.fields[index].key in new}
