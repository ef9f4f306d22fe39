"""Between a library's own thread, which receives, and the loop, which works."""

import threading
import time
from collections import deque
from collections.abc import Sequence

from services.stream.message import LostError, Message

ROOM = 2_000  # messages; brokers that ask before they send stay below it, the others have to wait


class Inbox:
    """Messages that have been received, or the news that no more will come."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._lost = ""
        self._changed = threading.Condition()

    def put(self, message: Message) -> None:
        """A message has come; waits while there is no room."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._messages) < ROOM or self._lost)
            self._messages.append(message)
            self._changed.notify_all()

    def lose(self, why: str) -> None:
        """The connection is lost. The first reason counts: others follow from it."""
        with self._changed:
            self._lost = self._lost or why
            self._changed.notify_all()

    def take(self, most: int, patience: float) -> Sequence[Message]:
        """At most so many messages; waits so many seconds for the first. Raises `LostError`."""
        deadline = time.monotonic() + patience
        with self._changed:
            while not self._messages and not self._lost and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            self.check()
            found = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
            self._changed.notify_all()
            return found

    def check(self) -> None:
        """Raise `LostError` when the connection is lost."""
        if self._lost:
            raise LostError("input", self._lost)
