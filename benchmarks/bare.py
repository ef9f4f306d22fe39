"""What the server can do: requests that are ready, on connections that are open, and nothing else."""

import asyncio
import base64
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

WIDTHS = (4, 8, 16, 32, 64)  # how many at once are tried to find what serves the server best


class _Connection(asyncio.Protocol):
    """Sends one request after the other; any 2xx whose body has a length will do."""

    def __init__(self, requests: Iterator[bytes], ended: asyncio.Future[None]) -> None:
        self._requests, self._ended, self._received = requests, ended, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            self._ended.set_result(None)
        else:
            self._transport.write(request)  # type: ignore[attr-defined]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_exception(exc or ConnectionResetError("the server closed a connection"))

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        at = received.lower().find(b"content-length:", 0, end)
        length = int(received[at + 15 : received.index(b"\r", at)]) if at >= 0 else 0
        if len(received) < end + 4 + length:
            return
        if received[9:10] != b"2":
            raise RuntimeError(received.decode())
        self._received = b""
        self._next()


def requests(url: str, login: tuple[str, str], bodies: Sequence[tuple[str, str]]) -> list[bytes]:
    """Make the requests that create these things (id, JSON)."""
    return [
        put(url, login, f"/api/2/things/{thing_id}", body, "If-None-Match: *\r\n")
        for thing_id, body in bodies
    ]


def put(url: str, login: tuple[str, str], path: str, body: str, headers: str = "") -> bytes:
    """Make a PUT of JSON."""
    length = len(body.encode())
    more = f"{headers}Content-Type: application/json\r\nContent-Length: {length}\r\n"
    return (_head(url, login, "PUT", path) + more + "\r\n" + body).encode()


def get(url: str, login: tuple[str, str], path: str) -> bytes:
    """Make a GET."""
    return (_head(url, login, "GET", path) + "\r\n").encode()


def _head(url: str, login: tuple[str, str], method: str, path: str) -> str:
    host, known = urlsplit(url).netloc, authorization(login)
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {known}\r\n"


def authorization(login: tuple[str, str]) -> str:
    """The header that lets this user in."""
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()


def send(url: str, ready: Sequence[bytes], at_once: int) -> float:
    """Send all requests, so many at once; return how many were answered in a second."""
    return asyncio.run(_send(url, ready, at_once))


async def _send(url: str, ready: Sequence[bytes], at_once: int) -> float:
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    waiting = iter(ready)
    began = time.perf_counter()
    ends = []
    for _ in range(at_once):
        ended = loop.create_future()
        ends.append(ended)
        await loop.create_connection(
            lambda ended=ended: _Connection(waiting, ended),  # type: ignore[misc]
            address.hostname or "",
            address.port or 80,
        )
    await asyncio.gather(*ends)
    return len(ready) / (time.perf_counter() - began)
