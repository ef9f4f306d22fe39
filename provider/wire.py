"""HTTP/1.1 with as little work for each request as can be: bytes out, a status and bytes back.

For the creation of fleets alone, whose requests come by the hundred thousand; everything else goes by `http`.
See https://www.rfc-editor.org/rfc/rfc9112.
"""

import asyncio
import re
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*(?:\r\n|$)", re.IGNORECASE)
LARGEST = 16 * 1024 * 1024  # bytes of an answer; nothing that Ditto says of a thing comes near it


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status and body, and the lines of the head, which few look at."""

    status: int
    head: bytes
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers; their names are in lower case."""
        pairs = [line.partition(":") for line in self.head.decode("latin-1").split("\r\n")[1:]]
        return {name.lower(): value.strip() for name, _, value in pairs}


class Wire(asyncio.Protocol):
    """A connection that is kept open, and carries one request at a time."""

    def __init__(self) -> None:
        self.is_open = False
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._received = b""
        self._head: Reply | None = None

    async def ask(self, request: bytes) -> Reply:
        """Send a request and wait for the reply. Raises OSError."""
        if not self.is_open or self._transport is None:
            raise ConnectionResetError("the connection was closed")
        waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting = waiting
        self._transport.write(request)
        try:
            return await waiting
        except asyncio.CancelledError:
            self.close()  # the reply would be taken for that of the next request
            raise

    def give_up(self, error: OSError) -> None:
        """Wait for the reply no longer."""
        self._fail(error)

    def close(self) -> None:
        """Close the connection."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin (asyncio calls this)."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is what a stream has
        self._transport, self.is_open = transport, True

    def data_received(self, data: bytes) -> None:
        """Take what came (asyncio calls this)."""
        self._received = self._received + data if self._received else data
        try:
            while self._head is None:
                head, end, rest = self._received.partition(b"\r\n\r\n")
                if not end:
                    break
                parsed = _head(head)
                self._received = rest
                self._head = parsed if parsed.status >= 200 else None  # 1xx: the reply is still to come
            if self._head is not None:
                self._complete(self._head)
        except ValueError:
            self._fail(ConnectionResetError("what came back is no HTTP"))
        if len(self._received) > LARGEST:
            self._fail(ConnectionResetError("the answer has no end"))

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and with it a reply that goes on until the end (asyncio calls this)."""
        self.is_open = False
        if (
            self._head is not None
            and _length(self._head) is None
            and b"chunked" not in self._head.head.lower()
        ):
            self._done(Reply(self._head.status, self._head.head, self._received))
        self._fail(ConnectionResetError(str(exc or "the connection was closed before there was an answer")))

    def _complete(self, head: Reply) -> None:
        """Give the reply away if its body is there."""
        length = _length(head)
        if length is not None:
            if len(self._received) < length:
                return
            body: bytes | None = self._received[:length]
        elif b"chunked" in head.head.lower():
            body = _unchunked(self._received)
        else:
            return  # it goes on until the connection ends
        if body is not None:
            if b"\r\nconnection: close" in head.head.lower():
                self.close()
            self._done(Reply(head.status, head.head, body))

    def _done(self, reply: Reply) -> None:
        self._head, self._received = None, b""  # nothing more was asked for, so nothing more is meant
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reply)

    def _fail(self, error: Exception) -> None:
        self.close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


def _head(raw: bytes) -> Reply:
    """Return the status with its lines. Raises ValueError."""
    if not raw.startswith(b"HTTP/1."):
        raise ValueError(raw)
    return Reply(int(raw[9:12]), raw, b"")


def _length(head: Reply) -> int | None:
    """Return how many bytes the body has, or None when its length is not said beforehand."""
    if head.status in (204, 304):
        return 0
    found = _LENGTH.search(head.head)
    return int(found[1]) if found else None


def _unchunked(raw: bytes) -> bytes | None:
    """Return the body that came in chunks, or None while some are missing. Raises ValueError."""
    body, at = b"", 0
    while (end := raw.find(b"\r\n", at)) >= 0:
        size = int(raw[at:end].partition(b";")[0], 16)
        at = end + 2 + size + 2
        if size == 0:
            # After the last chunk there may be trailers; an empty line ends them.
            return body if raw.find(b"\r\n\r\n", end) >= 0 or raw[end + 2 : end + 4] == b"\r\n" else None
        if len(raw) < at:
            return None
        body += raw[end + 2 : at - 2]
    return None
