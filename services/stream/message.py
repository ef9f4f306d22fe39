"""A message as a transport hands it over, and what becomes of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Message:
    """A message of a broker, not acknowledged yet."""

    body: bytes
    where: str
    """Its coordinates at the broker, for the log."""
    device: str | None = None
    """Who sent it, if the transport vouches for that, as Hono does."""
    sent: datetime | None = None
    """When, if the transport says so."""
    content_type: str = ""
    receipt: Any = field(default=None, repr=False)
    """What its source needs to acknowledge it."""


@dataclass(frozen=True)
class Record:
    """A vector on its way to Kafka-ML. Kafka-ML copies the headers to the prediction that it makes of it."""

    topic: str
    value: bytes
    headers: tuple[tuple[str, str], ...] = ()


class BadMessageError(Exception):
    """A message that nobody can use: it is counted under `reason`, a word, and skipped."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class LostError(Exception):
    """A broker or the volume does not do what it should. Nothing of what is not acknowledged yet is lost.

    `part` is input, output or state; the message says what to look at, and holds no secrets.
    """

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part
