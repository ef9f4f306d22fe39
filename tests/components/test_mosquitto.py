"""The real Mosquitto starts with the files of its pod, and each user may do what it is for."""

import json
import threading
from collections.abc import Callable, Iterator

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from components import mosquitto_configuration
from tests.components.declared import credential, declare
from tests.components.running import HOST, installed
from tests.services.peers.processes import Process, eventually, free_port, listens


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Mosquitto with the users of the defaults and one more, at a port."""
    folder, port = tmp_path_factory.mktemp("mosquitto"), free_port()
    users = {"historian": {"subscribe": ["opentwins/#"]}}
    files = declare(mosquitto=json.dumps({"users": users})).kind("Secret")["mosquitto-users"].files
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o400)
    text = mosquitto_configuration.configuration(
        port, HOST, f"{folder}/", f"{folder}/passwords", f"{folder}/acl"
    )
    (folder / "mosquitto.conf").write_text(text + "user root\n")  # who may read what this test has written
    command = [installed("mosquitto"), "-c", f"{folder}/mosquitto.conf"]
    program = Process(command, folder / "log", lambda: listens(port))
    program.start()
    yield port
    program.stop()


class Client:
    """An MQTT client, which is let in or is not."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.received: list[str] = []
        self.answer = threading.Event()
        self.let_in = False
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{user}")
        self._client.username_pw_set(user, password)
        self._client.on_connect = self._connected
        self._client.on_message = lambda _client, _data, message: self.received.append(message.topic)
        self._client.connect(HOST, port)
        self._client.loop_start()
        assert self.answer.wait(10), "the broker does not answer"

    def _connected(
        self, _client: object, _data: object, _flags: object, reason: ReasonCode, *_: object
    ) -> None:
        self.let_in = not reason.is_failure
        self.answer.set()

    def subscribe(self, topics: str) -> "Client":
        done = threading.Event()
        self._client.on_subscribe = lambda *_: done.set()
        self._client.subscribe(topics, qos=1)
        assert done.wait(10)
        return self

    def publish(self, topic: str) -> None:
        self._client.publish(topic, "1", qos=1).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


Connect = Callable[..., Client]  # a user's name and, when it is not the generated one, a password


@pytest.fixture
def client(broker: int) -> Iterator[Connect]:
    opened: list[Client] = []

    def open_one(user: str, password: str | None = None) -> Client:
        opened.append(Client(broker, user, password or credential(f"mosquitto-{user}")["value"]))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.mark.parametrize("user", ["ditto", "telegraf", "device", "historian"])
def test_mosquitto_lets_each_user_in_with_its_generated_password_alone(client: Connect, user: str) -> None:
    assert client(user).let_in
    assert not client(user, "guessed").let_in


def test_mosquitto_does_not_know_anybody_else(client: Connect) -> None:
    assert not client("nobody", "x").let_in


def test_readings_reach_ditto_and_events_reach_telegraf(client: Connect) -> None:
    ditto, telegraf = client("ditto").subscribe("telemetry/#"), client("telegraf").subscribe("opentwins/#")
    client("device").publish("telemetry/thermometer")
    ditto.publish("opentwins/twin/events/plant/thermometer")

    eventually(lambda: ditto.received == ["telemetry/thermometer"], "the reading is with Ditto")
    eventually(
        lambda: telegraf.received == ["opentwins/twin/events/plant/thermometer"], "the event is with Telegraf"
    )


def test_a_device_can_neither_forge_an_event_nor_overhear_one(client: Connect) -> None:
    telegraf, device = client("telegraf").subscribe("opentwins/#"), client("device").subscribe("#")
    device.publish("opentwins/twin/events/forged")
    client("ditto").publish("opentwins/twin/events/real")
    device.publish("telemetry/last")

    eventually(lambda: "telemetry/last" in device.received, "what came last is with the device")
    eventually(lambda: "opentwins/twin/events/real" in telegraf.received, "the real event is with Telegraf")
    assert device.received == ["telemetry/last"]
    assert telegraf.received == ["opentwins/twin/events/real"]


def test_a_user_who_is_to_read_events_reads_them(client: Connect) -> None:
    historian = client("historian").subscribe("opentwins/#")
    client("ditto").publish("opentwins/twin/events/plant/press")

    eventually(
        lambda: historian.received == ["opentwins/twin/events/plant/press"], "the event is with the historian"
    )
