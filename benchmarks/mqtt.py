"""What an MQTT broker can do: messages that are ready, on connections that are open, and nothing else.

Speaks just as much of MQTT 3.1.1 as it takes to publish and to receive at quality of service 1.
"""

import asyncio
import struct
import time
from collections.abc import Sequence

Login = tuple[str, str]

CONNACK, PUBLISH, PUBACK, SUBACK = 0x20, 0x30, 0x40, 0x90
LAST_ID = 65_535


def packets(topic: str, payloads: Sequence[bytes]) -> bytes:
    """The packets that publish these messages, one after the other."""
    name = _text(topic)
    return b"".join(
        _packet(PUBLISH | 2, name + struct.pack(">H", number % LAST_ID + 1) + payload)
        for number, payload in enumerate(payloads)
    )


async def publish(port: int, login: Login, ready: bytes, count: int) -> None:
    """Send packets that are ready; return once the broker has acknowledged all of them."""
    reader, writer = await _connected(port, "bench-publisher", login)
    writer.write(ready)
    acknowledged = 0
    while acknowledged < 4 * count:  # bytes
        acknowledged += len(await _some(reader))
    writer.close()


async def received(port: int, login: Login, topics: str, count: int, subscribed: asyncio.Event) -> None:
    """Subscribe and take messages, each acknowledged, until there were so many."""
    reader, writer = await _connected(port, "bench-subscriber", login)
    writer.write(_packet(0x82, struct.pack(">H", 1) + _text(topics) + b"\x01"))
    await reader.readexactly(5)
    subscribed.set()
    rest = b""
    while count > 0:
        answers, rest = _acknowledgements(rest + await _some(reader))
        count -= len(answers)
        writer.write(b"".join(answers))
    writer.close()


async def broker_alone(port: int, publisher: Login, subscriber: Login, ready: bytes, count: int) -> float:
    """How many messages a second get from a publisher to a subscriber."""
    subscribed = asyncio.Event()
    taking = asyncio.create_task(received(port, subscriber, "opentwins/#", count, subscribed))
    await subscribed.wait()
    began = time.perf_counter()
    await asyncio.gather(taking, publish(port, publisher, ready, count))
    return count / (time.perf_counter() - began)


def _acknowledgements(data: bytes) -> tuple[list[bytes], bytes]:
    """The answers to all whole packets, and what is left."""
    answers: list[bytes] = []
    at = 0
    while True:
        length, body, shift = 0, at + 1, 0
        while body < len(data):
            byte = data[body]
            length |= (byte & 127) << shift
            body, shift = body + 1, shift + 7
            if byte < 128:
                break
        else:
            return answers, data[at:]
        if body + length > len(data):
            return answers, data[at:]
        if data[at] & 0xF0 == PUBLISH:
            number = body + 2 + int.from_bytes(data[body : body + 2])
            answers.append(b"\x40\x02" + data[number : number + 2])
        at = body + length


async def _connected(port: int, name: str, login: Login) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    head = _text("MQTT") + b"\x04\xc2" + struct.pack(">H", 0)  # a clean session, with a login
    writer.write(_packet(0x10, head + _text(name) + _text(login[0]) + _text(login[1])))
    answer = await reader.readexactly(4)
    if answer[0] != CONNACK or answer[3]:
        raise ConnectionRefusedError(f"the broker refuses {login[0]}: {answer.hex()}")
    return reader, writer


async def _some(reader: asyncio.StreamReader) -> bytes:
    data = await reader.read(2**18)
    if not data:
        raise ConnectionResetError("the broker closed a connection")
    return data


def _packet(kind: int, body: bytes) -> bytes:
    length, left = b"", len(body)
    while True:
        left, digit = divmod(left, 128)
        length += bytes([digit | (128 if left else 0)])
        if not left:
            return bytes([kind]) + length + body


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()
