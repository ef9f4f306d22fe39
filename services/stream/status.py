"""How a program is, for the probes of Kubernetes."""

from services.stream.clock import Clock

STUCK = 120.0  # seconds without a turn of the loop, several times what the slowest one takes


class Status:
    """Set by the loop, read by the web server's threads; each value is one assignment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beat = clock.monotonic()
        self._lacks = "it is starting"

    def beat(self) -> None:
        """The loop has made a turn."""
        self._beat = self._clock.monotonic()

    def ready(self) -> None:
        """Input and output are there."""
        self._lacks = ""

    def lost(self, what: str) -> None:
        """Something is not there."""
        self._lacks = what

    @property
    def lacks(self) -> str:
        """What is not there; empty when the program is ready."""
        return self._lacks

    @property
    def stuck(self) -> bool:
        """Whether the loop stands still, so that only a restart helps."""
        return self._clock.monotonic() - self._beat > STUCK
