"""When a device is expected to be heard again."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field


def learned(gap: float, tolerance: float) -> float:
    """The seconds to wait for the next message after a gap: rounded up to a tenth, and some more."""
    return math.ceil(round(gap * 10, 6)) / 10 + tolerance


@dataclass
class Rhythm:
    """The rhythm of one device: the last gap between two of its rounds.

    A round is all that a device sends before it sends a field anew: one message, or several with a field
    each. Gaps are measured in the time at which messages were sent, so that one which waited at a broker
    teaches nothing wrong; lateness in the time at which they arrive. Both are seconds.
    """

    tolerance: float
    interval: float | None = None
    silent: bool = False
    deadline: float | None = None
    _began: float | None = None
    _round: set[int] = field(default_factory=set)

    def listen(self, arrival: float) -> None:
        """From now on the device can be heard: what was before says nothing about it."""
        self._began = None
        self._round = set()
        self.deadline = None if self.interval is None else arrival + self.interval

    def hear(self, fields: Iterable[int], sent: float, arrival: float) -> None:
        """The device has sent these fields."""
        fields = set(fields)
        if fields & self._round or self._began is None:
            if self._began is not None and sent > self._began:
                self.interval = learned(sent - self._began, self.tolerance)
            self._began = sent if self._began is None else max(sent, self._began)
            self._round = fields
        else:
            self._round |= fields
        self.silent = False
        if self.interval is not None:
            self.deadline = arrival + self.interval

    def miss(self, arrival: float) -> bool:
        """Whether a message is missing now. Then the next one is expected an interval later.

        The gap that ends with the device's return is none to learn from.
        """
        if self.deadline is None or self.interval is None or arrival < self.deadline:
            return False
        self.silent = True
        self._began = None
        following = self.deadline + self.interval
        # Without a burst for the time that this program itself has slept.
        self.deadline = following if following > arrival else arrival + self.interval
        return True

    def forget(self) -> None:
        """The device is gone on purpose: nothing is expected of it."""
        self.interval, self.deadline, self._began, self.silent = None, None, None, False
        self._round = set()
