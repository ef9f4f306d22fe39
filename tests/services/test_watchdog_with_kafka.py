"""The watchdog against a real Kafka: it stands in for a silent device, and stops once that is back."""

import struct
import threading
import time
import uuid
from collections.abc import Callable

import pytest

from tests.services.conftest import Launch
from tests.services.peers.kafka import Kafka, Vector
from tests.services.peers.processes import PATIENCE, eventually
from tests.services.speaking import THING, ditto, field_of

EVERY = 0.5  # seconds between two messages of the device
TOLERANCE = 2.5  # seconds; what a busy machine may delay a message by without it being called missing
LATE = 15.0  # seconds; what a busy machine may be late by


class Device:
    """A device of a tenant, and the input of a model that is fed with it."""

    def __init__(self, kafka: Kafka) -> None:
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self.telemetry, self.model = f"hono.telemetry.{self.name}", f"model-{self.name}"
        self.kafka = kafka
        self.said, self.spoke = 0, 0.0
        kafka.topics(self.telemetry, self.model)

    def configuration(self) -> dict[str, object]:
        servers = {"bootstrapServers": self.kafka.bootstrap}
        model = {"topic": self.model, "tolerance": TOLERANCE, "fields": [field_of("temperature")]}
        source = {"kafka": servers | {"topics": [self.telemetry]}}
        return {"id": self.name, "input": source, "output": servers, "models": [model]}

    def speak(self, times: int) -> None:
        """Send a new value a number of times, in its rhythm."""
        for _ in range(times):
            self.said += 1
            self.spoke = time.time()
            self.kafka.send(self.telemetry, [ditto(self.said)], {"device_id": THING})
            time.sleep(EVERY)

    def stood_in(self, number: int = 0) -> list[Vector]:
        return self.kafka.vectors(self.model, number)

    def metric(self, name: str) -> str:
        return f'watchdog_{name}{{thing="{THING}",topic="{self.model}"}}'


@pytest.fixture
def device(kafka_cluster: Kafka) -> Device:
    return Device(kafka_cluster)


def in_background(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_silent_device_is_stood_in_for_in_its_rhythm_until_it_is_back(
    device: Device, launch: Launch
) -> None:
    program = launch("watchdog", device.configuration())
    program.wait_until_ready()
    device.speak(4)
    assert device.stood_in() == []
    program.wait_for_metric('watchdog_messages_total{outcome="used"}', 4)
    interval = program.metric(device.metric("interval_seconds"))
    assert interval >= TOLERANCE + EVERY

    made = device.stood_in(2)
    assert interval - 0.5 < made[0].sent - device.spoke < interval + LATE
    assert interval - 0.5 < made[1].sent - made[0].sent < interval + LATE
    assert {vector.value for vector in made} == {struct.pack("<d", device.said)}
    assert made[0].headers == {
        "thing-id": THING,
        "originator": f"watchdog:{device.name}",
        "substituted": "true",
    }
    assert program.metric(device.metric("silent")) == 1

    # It speaks for longer than it takes to be called silent.
    speaking = in_background(lambda: device.speak(12))
    eventually(lambda: program.metric(device.metric("silent")) == 0, "it is heard again")
    before = len(device.stood_in())
    speaking.join(PATIENCE)
    assert len(device.stood_in()) == before

    again = device.stood_in(before + 1)
    assert again[-1].value == struct.pack("<d", device.said)
    told = [line["message"] for line in program.lines()]
    assert [word for word in told if word in ("silent", "heard again")] == ["silent", "heard again", "silent"]


def test_a_watchdog_that_is_killed_meanwhile_still_notices_and_still_knows_the_values(
    device: Device, launch: Launch
) -> None:
    program = launch("watchdog", device.configuration())
    program.wait_until_ready()
    device.speak(3)
    program.wait_for_metric('watchdog_messages_total{outcome="used"}', 3)
    program.process.kill()
    program.start()
    assert device.stood_in(2)[-1].value == struct.pack("<d", device.said)


def test_bad_messages_are_no_sign_of_life(device: Device, launch: Launch) -> None:
    program = launch("watchdog", device.configuration())
    program.wait_until_ready()
    device.speak(3)
    stop = threading.Event()

    def babble() -> None:
        while not stop.wait(EVERY):
            device.kafka.send(device.telemetry, [b"no json", ditto("warm")], {"device_id": THING})

    babbling = in_background(babble)
    try:
        assert device.stood_in(1)[0].value == struct.pack("<d", device.said)
    finally:
        stop.set()
        babbling.join(PATIENCE)
    assert program.metric('watchdog_messages_total{outcome="bad"}') >= 2


def test_feeder_and_watchdog_together_never_leave_the_model_without_input(
    device: Device, launch: Launch
) -> None:
    configuration = device.configuration()
    fed = dict(configuration["models"][0])  # type: ignore[index]
    del fed["tolerance"]
    feeder = launch("feeder", configuration | {"models": [fed]})
    watchdog = launch("watchdog", configuration)
    feeder.wait_until_ready()
    watchdog.wait_until_ready()
    device.speak(3)
    made = device.stood_in(5)
    assert [struct.unpack("<d", vector.value)[0] for vector in made[:5]] == [1, 2, 3, 3, 3]
    assert [vector.headers.get("substituted") for vector in made[:5]] == [None, None, None, "true", "true"]
