"""How many requests are under way at once: as many as the server takes, and never more than a bound."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

from provider.errors import ProviderError, Rejected, Unreachable

T = TypeVar("T")


class Pace:
    """A gate that lets a number of requests through at once, and finds out which number.

    It opens by one with every good answer until the server first says that it is too much, and from then on by
    one after as many good answers as it is wide; each time that the server says so, it halves (slow start,
    then additive increase and multiplicative decrease). Shared by all threads that use one server.
    """

    def __init__(self, most: int = 16, first: int = 4) -> None:
        self._most = most
        self._width = float(min(first, most))
        self._under_way = 0
        self._was_strained = False
        self._changed = threading.Condition()

    @property
    def width(self) -> int:
        """How many requests may be under way at once now."""
        return int(self._width)

    def __enter__(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < self.width)
            self._under_way += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def eased(self) -> None:
        """A request went well."""
        with self._changed:
            step = 1 / self._width if self._was_strained else 1.0
            self._width = min(self._most, self._width + step)

    def strained(self) -> None:
        """The server said that it has too much to do (429 or 503)."""
        with self._changed:
            self._was_strained = True
            self._width = max(1.0, self._width / 2)


class Hope:
    """Gives up what is done for many items when a service is seen to do nothing for any of them any more.

    Each of them is tried for half a minute, and a hundred thousand would take days.
    """

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._lost = 0

    def good(self) -> None:
        """Something went well."""
        self._lost = 0

    def lost(self, error: ProviderError) -> None:
        """Something failed. Raises `Unreachable` when many did, one after the other, and none by its own fault."""
        if isinstance(error, Rejected) and error.status in (429, 502, 503, 504):
            self._lost += 1
            if self._lost > self._most:
                raise Unreachable(f"nothing gets through any more, the last time: {error}")


def each(work: Callable[[T], None], items: Sequence[T], at_once: int = 16) -> list[ProviderError]:
    """Do the work for every item, `at_once` at a time, and give back the errors, in the items' order.

    One item's failure does not keep the others from being done, except that none is begun any more once
    the service is `Unreachable`. What is not a `ProviderError` is a bug and is raised.
    """
    hopeless = threading.Event()

    def attempt(item: T) -> ProviderError | None:
        if hopeless.is_set():
            return None
        try:
            work(item)
        except ProviderError as error:
            if isinstance(error, Unreachable):
                hopeless.set()
            return error
        return None

    if len(items) == 1:
        outcomes = [attempt(items[0])]
    else:
        with ThreadPoolExecutor(max_workers=max(1, min(at_once, len(items)))) as threads:
            outcomes = list(threads.map(attempt, items))
    return [outcome for outcome in outcomes if outcome is not None]
