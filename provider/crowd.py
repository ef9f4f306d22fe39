"""Very many requests to one service, as many at once as serves it best.

A loop of its own in a thread of its own, shared by all that one process has to do at a time: the provider's
server works on four resources at once, and what they ask for together must not be more than the service takes.
"""

import asyncio
import json
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from requests.structures import CaseInsensitiveDict

from provider.errors import Unreachable
from provider.http import ATTEMPTS, RETRIED, TIMEOUT, Answer, asked_for, growing
from provider.pace import Pace
from provider.wire import Reply, Wire

T = TypeVar("T")

PATIENCE = 300.0  # seconds in which nothing gets through until a busy service is given up
WORKERS = 16  # items of one caller that are worked on at once; there are up to four callers
WATCHED = 1.0  # seconds between two looks for requests that nobody answers
MOST = 64  # requests under way at once; a Ditto of one pod each is at its best with 32 to 64


class Way(Protocol):
    """How the service is reached and what it is told with each request."""

    service: str
    prefix: bytes
    """What stands before the path of a request: that of the service's address."""

    async def connect(self) -> Wire:
        """Open a connection. Raises OSError or TimeoutError, or `Unreachable` when there is no way at all."""
        ...

    def headers(self) -> bytes:
        """Return Host and Authorization. Raises `Unreachable`."""
        ...

    def renew(self, refused: bytes) -> None:
        """Read the credentials anew, unless that was done since `refused` was given out."""
        ...

    def shut_out(self) -> Unreachable:
        """Return the error of credentials that are not accepted."""
        ...


class Crowd:
    """Requests to one service, in a loop of their own."""

    def __init__(self, way: Way, pace: Pace | None = None) -> None:
        self._way = way
        self._pace = pace or Pace(MOST, first=8)
        self._idle: list[Wire] = []
        self._under_way = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        # In the loop's time: until when the service wants to be left alone, and when it last did what it should.
        self._resting = 0.0
        self._good = 0.0
        self._lost = 0  # requests given up since then
        self._busy: dict[Wire, float] = {}
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(WORKERS))
        self._loop.call_soon(self._watch)
        threading.Thread(target=self._loop.run_forever, daemon=True, name="crowd").start()

    def each(self, work: Callable[[T], Awaitable[None]], items: Iterable[T]) -> None:
        """Do the work for every item, many at once; items are taken as they are needed, in this loop.

        Returns when all is done. The first exception ends it: no item is begun any more, and it is raised when
        those under way are done.
        """
        asyncio.run_coroutine_threadsafe(self._each(work, iter(items)), self._loop).result()

    async def ask(self, method: bytes, path: bytes, headers: bytes, body: bytes) -> Answer:
        """Send a request that is safe to repeat; path and headers (each with its line's end) are as they are.

        Repeated as `http.Client.request` does. Raises `Unreachable` when there is no answer at all or no way in.
        """
        length = b"Content-Length: %d\r\n\r\n" % len(body)
        renewed = False
        began = self._loop.time()
        attempt = -1
        while True:
            attempt += 1
            last = attempt + 1 >= ATTEMPTS
            ours = self._way.headers()
            request = b"%b %b%b HTTP/1.1\r\n%b%b%b%b" % (
                method, self._way.prefix, path, ours, headers, length, body,
            )  # fmt: skip
            try:
                reply = await self._once(request)
            except OSError as error:  # a TimeoutError is one
                if last:
                    raise Unreachable(f"{self._way.service} cannot be reached: {error}") from None
                await asyncio.sleep(growing(attempt))
                continue
            if reply.status == 401:
                if renewed:
                    raise self._way.shut_out()
                renewed = True
                await asyncio.to_thread(self._way.renew, ours)
                continue
            answer = _answer(reply)
            if reply.status not in RETRIED:
                self._pace.eased()
                self._good, self._lost = self._loop.time(), 0
                return answer
            pause = asked_for(answer) or growing(attempt)
            if reply.status in (429, 503):
                self._strained(pause)
                # A service that says to be busy is waited for as long as others get through.
                last = last and self._loop.time() - max(self._good, began) > PATIENCE
            if last:
                self._lost += 1
                if self._lost > WORKERS:  # it is not the row's fault
                    raise Unreachable(
                        f"{self._way.service} answers nothing but {reply.status} any more; see to it, and run again"
                    )
                return answer
            await asyncio.sleep(pause)

    async def _each(self, work: Callable[[T], Awaitable[None]], items: Iterator[T]) -> None:
        failed: list[Exception] = []

        async def worker() -> None:
            try:
                for item in items:
                    await work(item)
                    if failed:
                        return
            except Exception as error:
                failed.append(error)

        await asyncio.gather(*(worker() for _ in range(WORKERS)))
        if failed:
            raise failed[0]

    async def _once(self, request: bytes) -> Reply:
        await self._enter()
        try:
            wire = self._idle.pop() if self._idle else await self._way.connect()
            self._busy[wire] = self._loop.time()
            try:
                reply = await wire.ask(request)
            finally:
                del self._busy[wire]
            if wire.is_open:
                self._idle.append(wire)
            return reply
        finally:
            self._leave()

    def _watch(self) -> None:
        """Give up what waits for too long: one look at all is cheaper than a timer for each request."""
        late = self._loop.time() - TIMEOUT[1]
        for wire in [wire for wire, since in self._busy.items() if since < late]:
            wire.give_up(TimeoutError(f"no answer within {TIMEOUT[1]} s"))
        self._loop.call_later(WATCHED, self._watch)

    def _strained(self, pause: float) -> None:
        """Slow down, once for all those that were under way when the service began to say so."""
        now = self._loop.time()
        if now >= self._resting:
            self._pace.strained()
        self._resting = max(self._resting, now + pause)

    async def _enter(self) -> None:
        """Wait for a turn: for a place within the pace, and until the service has had its rest."""
        while (rest := self._resting - self._loop.time()) > 0:
            await asyncio.sleep(rest)
        if self._under_way < self._pace.width:
            self._under_way += 1
            return
        turn = self._loop.create_future()
        self._queue.append(turn)
        await turn  # whoever leaves has counted us in
        while (rest := self._resting - self._loop.time()) > 0:
            await asyncio.sleep(rest)

    def _leave(self) -> None:
        self._under_way -= 1
        while self._queue and self._under_way < self._pace.width:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                self._under_way += 1


def _answer(reply: Reply) -> Answer:
    if reply.status in (201, 204):  # all is well, and what the answer repeats is known
        return Answer(reply.status, {}, "", None)
    text = reply.body.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    return Answer(reply.status, CaseInsensitiveDict(reply.headers), text, document)
