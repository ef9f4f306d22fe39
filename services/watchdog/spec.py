"""What is written down for a watchdog: the spec of users, and the configuration that the program reads."""

from typing import Annotated, Literal

from pydantic import Field

from services.stream.layout import VectorSpec
from services.stream.spec import Configuration, ProgramSpec


class WatchedModel(VectorSpec):
    """A model whose input is to come even while a device is silent. Fields as the feeder has them."""

    tolerance: Annotated[float, Field(ge=0, le=86_400)] = 0.2
    """How many seconds a device may be late, beyond its last gap rounded up to a tenth of a second."""


class WatchdogSpec(ProgramSpec[WatchedModel]):
    """A watchdog: sends the last values again, in a device's own rhythm, for as long as it is silent."""

    kind: Literal["Watchdog"] = "Watchdog"
    """What this document declares."""


class WatchdogConfiguration(Configuration[WatchedModel]):
    """The file that the watchdog reads."""
