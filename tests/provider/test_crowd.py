"""Very many requests: whatever a server does, each is answered once, or it is said why not; nothing hangs."""

import asyncio
import email.utils
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest

from provider import crowd
from provider.crowd import Crowd
from provider.errors import Unreachable
from provider.http import ATTEMPTS
from provider.pace import Pace
from provider.way import _trust
from provider.wire import Wire

GOOD = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
# Bytes to send, or None to close the connection; told the request's number and its head.
Script = Callable[[int, bytes], list[bytes | None]]


class Server:
    """Answers as it is told."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.times: list[float] = []
        self.heads: list[bytes] = []
        self.port = 0
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()

        async def serve() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()

        self._loop.create_task(serve())
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
                await reader.readexactly(length)
                self.heads.append(head)
                self.times.append(time.monotonic())
                for piece in self.script(len(self.heads), head):
                    if piece is None:
                        writer.close()
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.005)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


class Way:
    service, prefix = "Ditto", b""

    def __init__(self) -> None:
        self.port = 0
        self.password = b"old"
        self.renewals = 0

    async def connect(self) -> Wire:
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(Wire, "127.0.0.1", self.port)
        return wire

    def headers(self) -> bytes:
        return b"Host: here\r\nAuthorization: " + self.password + b"\r\n"

    def renew(self, refused: bytes) -> None:
        if self.headers() == refused:
            self.renewals += 1
            self.password = b"new"

    def shut_out(self) -> Unreachable:
        return Unreachable("no way in")


@pytest.fixture
def way() -> Way:
    return Way()


@pytest.fixture
def served(way: Way, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Script], Server]]:
    monkeypatch.setattr(crowd, "growing", lambda _: 0.01)
    servers: list[Server] = []

    def do(script: Script) -> Server:
        servers.append(Server(script))
        way.port = servers[-1].port
        return servers[-1]

    yield do
    for server in servers:
        server.stop()


def sent(way: Way, count: int = 1, pace: Pace | None = None) -> list[Any]:
    """The answers to some requests: status and document."""
    many, answers = Crowd(way, pace), {}

    async def one(number: int) -> None:
        answer = await many.ask(b"PUT", b"/%d" % number, b"", b"{}")
        answers[number] = (answer.status, answer.document)

    many.each(one, range(count))
    return [answers[number] for number in sorted(answers)]


def reply(status: int, body: bytes = b"", *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 %d x" % status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    "pieces",
    [
        [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\n[1,\r",
            b"\n2\r\n2]\r\n0\r\n",
            b"\r\n",
        ],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5\r\n[1,2]\r\n0\r\nA: b\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + reply(200, b"[1,2]")],
        [b"HTTP/1.1 200 OK\r\ncontent-LENGTH:5\r\n\r\n[1", b",2]"],
        [b"HTTP/1.0 200 OK\r\n\r\n[1,", b"2]", None],
        [reply(200, b"[1,2]", b"Connection: close"), None],
        [b"HTTP/1.1 200 OK\r\nContent", b"-Length: 5\r", b"\n\r", b"\n[1,2]"],
    ],
)
def test_answers_of_all_forms(way: Way, served: Any, pieces: list[bytes | None]) -> None:
    served(lambda *_: pieces)
    assert sent(way, 40) == [(200, [1, 2])] * 40


@pytest.mark.parametrize(
    "pieces",
    [
        [None],
        [b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{", None],
        [b"HTTP/1.1 201 Crea", None],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1", None],
        [b"SSH-2.0-x\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    ],
)
def test_a_connection_that_breaks_is_made_anew(way: Way, served: Any, pieces: list[bytes | None]) -> None:
    server = served(lambda number, _: pieces if number % 3 == 0 else [GOOD])
    assert sent(way, 60) == [(201, None)] * 60
    assert len(server.heads) > 60


@pytest.mark.parametrize("pieces", [[None], [b"SSH-2.0-x\r\n\r\n"]])
def test_one_that_always_breaks_ends_it(way: Way, served: Any, pieces: list[bytes | None]) -> None:
    server = served(lambda *_: pieces)
    with pytest.raises(Unreachable, match="Ditto cannot be reached: "):
        sent(way, 10_000)
    assert len(server.heads) <= crowd.WORKERS * ATTEMPTS * 2


def test_a_password_that_changes_while_all_are_under_way_is_read_once(way: Way, served: Any) -> None:
    def script(number: int, head: bytes) -> list[bytes | None]:
        return [GOOD if number <= 20 or b"new" in head else reply(401, b"{}")]

    served(script)
    assert sent(way, 200) == [(201, None)] * 200
    assert way.renewals == 1


def test_a_password_that_is_never_right_ends_it(way: Way, served: Any) -> None:
    server = served(lambda *_: [reply(401, b"{}")])
    with pytest.raises(Unreachable, match="no way in"):
        sent(way, 10_000)
    assert len(server.heads) <= crowd.WORKERS * 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_a_rest_that_is_asked_for_is_kept_by_all(way: Way, served: Any, status: int, as_date: bool) -> None:
    """Those that wait for their turn as well."""

    def script(number: int, _: bytes) -> list[bytes | None]:
        if number > 1:
            return [GOOD]
        after = email.utils.formatdate(time.time() + 2, usegmt=True) if as_date else "1"
        return [reply(status, b"", b"Retry-After: " + after.encode())]

    server = served(script)
    assert sent(way, 40, Pace(2, 2)) == [(201, None)] * 40
    first, second, third = server.times[:3]
    # The second may have been under way already.
    assert third - first > 0.9
    assert second < third


def test_a_busy_service_is_waited_for_also_at_first(
    way: Way, served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(lambda number, _: [reply(503) if number <= 200 else GOOD])
    assert sent(way, 16) == [(201, None)] * 16


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_service_that_does_nothing_any_more_ends_it(
    way: Way, served: Any, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(crowd, "PATIENCE", 0.2)
    server = served(lambda number, _: [GOOD if number <= 20 else reply(status)])
    with pytest.raises(Unreachable, match=f"Ditto answers nothing but {status} any more"):
        sent(way, 10_000)
    assert len(server.heads) < 3_000


def test_half_of_them_refused_is_told_of_each(way: Way, served: Any) -> None:
    def script(_: int, head: bytes) -> list[bytes | None]:
        number = int(head.split(b" ")[1][1:])
        return [GOOD if number % 2 else reply(500, b'{"message": "no"}')]

    served(script)
    assert sent(way, 100) == [(500, {"message": "no"}), (201, None)] * 50


def test_an_answer_that_never_comes_is_not_waited_for(
    way: Way, served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "TIMEOUT", (1, 0.2))
    monkeypatch.setattr(crowd, "WATCHED", 0.05)
    served(lambda number, _: [GOOD] if number > 3 else [b"HTTP/1.1 201 "])
    assert sent(way, 20) == [(201, None)] * 20


def test_a_folder_of_authorities_is_trusted_as_a_file_of_them_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert _trust().get_ca_certs() == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    assert _trust().get_ca_certs() != []
