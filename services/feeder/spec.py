"""What is written down for a feeder: the spec of users, and the configuration that the program reads."""

from typing import Literal

from services.stream.layout import VectorSpec
from services.stream.spec import Configuration, ProgramSpec


class FeederModel(VectorSpec):
    """A model's input, and when it is sent."""

    send: Literal["any", "all"] = "any"
    """`any`: with each new value of any field, with the last ones of the others. `all`: once each field has a
    new value since the last time. Never before each field has had a value."""


class FeederSpec(ProgramSpec[FeederModel]):
    """A feeder: sends what models in Kafka-ML need whenever a device has new data."""

    kind: Literal["Feeder"] = "Feeder"
    """What this document declares."""


class FeederConfiguration(Configuration[FeederModel]):
    """The file that the feeder reads."""
