"""Kafka's protocol, as far as orders to a cluster need it: one connection, one request at a time.

See https://kafka.apache.org/protocol. Kafka's own clients go on to the addresses that brokers advertise, which
nobody outside the cluster can reach; a broker takes orders itself, though, and passes them on to the
controller. So one connection through a port-forward is enough.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

CLIENT = "opentwins"
LARGEST = 64 * 2**20  # bytes of an answer


class Socket(Protocol):
    """What is asked of a connection."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""

    def recv(self, size: int, /) -> bytes:
        """Receive some bytes, none at the end."""

    def close(self) -> None:
        """End the connection."""


def int8(value: int) -> bytes:
    """A byte."""
    return struct.pack(">b", value)


def int16(value: int) -> bytes:
    """Two bytes."""
    return struct.pack(">h", value)


def int32(value: int) -> bytes:
    """Four bytes."""
    return struct.pack(">i", value)


def boolean(value: bool) -> bytes:
    """True or false."""
    return int8(int(value))


def text(value: str | None) -> bytes:
    """A text, or none."""
    raw = None if value is None else value.encode()
    return int16(-1) if raw is None else int16(len(raw)) + raw


def binary(value: bytes) -> bytes:
    """Bytes with their number."""
    return int32(len(value)) + value


def array(items: Sequence[bytes] | None) -> bytes:
    """Several of one kind, or none at all."""
    return int32(-1) if items is None else int32(len(items)) + b"".join(items)


def varint(value: int) -> bytes:
    """A number in as few bytes as it needs."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def compact(value: bytes | str) -> bytes:
    """A text or bytes in the newer form."""
    raw = value.encode() if isinstance(value, str) else value
    return varint(len(raw) + 1) + raw


def compact_array(items: Sequence[bytes]) -> bytes:
    """Several of one kind in the newer form."""
    return varint(len(items) + 1) + b"".join(items)


TAGS = b"\0"  # none


class Answer:
    """Reads an answer from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        """So many bytes. Raises ConnectionError when there are fewer."""
        found = self._data[self._at : self._at + size]
        if len(found) < size:
            raise ConnectionError("Kafka's answer is shorter than it says")
        self._at += size
        return found

    def _number(self, form: str) -> int:
        return int(struct.unpack(f">{form}", self.take(struct.calcsize(form)))[0])

    def int8(self) -> int:
        """A byte."""
        return self._number("b")

    def int16(self) -> int:
        """Two bytes."""
        return self._number("h")

    def int32(self) -> int:
        """Four bytes."""
        return self._number("i")

    def text(self) -> str | None:
        """A text, or none."""
        size = self.int16()
        return None if size < 0 else self.take(size).decode()

    def binary(self) -> bytes:
        """Bytes with their number."""
        return self.take(max(self.int32(), 0))

    def array(self, item: Callable[[], T]) -> list[T]:
        """Several of one kind."""
        return [item() for _ in range(max(self.int32(), 0))]

    def varint(self) -> int:
        """A number in as few bytes as it needs."""
        value = shift = 0
        while (byte := self.take(1)[0]) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def compact(self) -> str | None:
        """A text in the newer form, or none."""
        size = self.varint()
        return self.take(size - 1).decode() if size else None

    def compact_array(self, item: Callable[[], T]) -> list[T]:
        """Several of one kind in the newer form."""
        return [item() for _ in range(max(self.varint() - 1, 0))]

    def tags(self) -> None:
        """What newer versions add, which is skipped."""
        for _ in range(self.varint()):
            self.varint()
            self.take(self.varint())


class Connection:
    """One connection to a broker. Each call raises OSError when it breaks."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._number = 0

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: Any) -> None:
        self._socket.close()

    def ask(self, key: int, version: int, body: bytes, flexible: bool = False) -> Answer:
        """Send a request and return its answer, behind the header."""
        self._number += 1
        header = (
            int16(key) + int16(version) + int32(self._number) + text(CLIENT) + (TAGS if flexible else b"")
        )
        self._socket.sendall(binary(header + body))
        size = struct.unpack(">i", self._exactly(4))[0]
        if not 4 <= size <= LARGEST:
            raise ConnectionError("what answers is no Kafka")
        answer = Answer(self._exactly(size))
        if answer.int32() != self._number:
            raise ConnectionError("Kafka answered another request")
        if flexible:
            answer.tags()
        return answer

    def _exactly(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            part = self._socket.recv(min(size - len(found), 65536))
            if not part:
                raise ConnectionError("Kafka closed the connection")
            found += part
        return bytes(found)
