"""The time, which tests may make up."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """The time of day, and seconds that only ever go forward."""

    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
