"""The real RabbitMQ starts with the files of its pod, and each user may do what it is for."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import paho.mqtt.client as mqtt
import pika
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from pika.exceptions import AMQPError

from components.rabbitmq_configuration import configuration, pattern
from tests.components.declared import Program, credential, declare
from tests.components.running import HOST
from tests.services.peers.processes import Process, eventually, free_port, listens

USERS = {
    "device": {"publish": ["telemetry/#"]},
    "panel": {"subscribe": ["telemetry/+/temperature"]},
}
SETTINGS = {"enabled": True, "users": USERS, "queues": {"alarms": ["alarms/#"]}}


def program(**more: object) -> Program:
    return declare(rabbitmq=json.dumps(SETTINGS | more))


def binaries() -> str:
    """The folder of its own programs: Debian's wrappers would go on as a user who may not read a test's files."""
    for folder in ("/usr/lib/rabbitmq/bin", str(Path(shutil.which("rabbitmq-server") or "").parent)):
        if folder and (Path(folder) / "rabbitmq-server").exists():
            return folder
    pytest.skip("rabbitmq-server is not installed")


class Broker:
    """RabbitMQ with the files of the pod of a program."""

    def __init__(self, folder: Path) -> None:
        self.amqp, self.mqtt, self.metrics, self.distribution, self.names = (free_port() for _ in range(5))
        self.folder = folder
        self.process = Process([], folder / "log", self._up)

    def start(self, of: Program) -> None:
        """Start it with what the program declares; what is on its volume stays."""
        for name, text in of.kind("ConfigMap")["rabbitmq"].files.items():
            (self.folder / name).write_text(text)
        definitions = self.folder / "definitions.json"
        definitions.write_text(of.kind("Secret")["rabbitmq-definitions"].files["definitions.json"])
        (self.folder / "rabbitmq.conf").write_text(
            configuration(str(definitions), self.amqp, self.mqtt, HOST, self.metrics)
        )
        (container,) = of.workloads["rabbitmq"].pod["containers"]
        environment = {one["name"]: str(one["value"]) for one in container["env"]}
        environment = {
            name: value.replace("/etc/opentwins", str(self.folder))
            .replace("/var/lib/rabbitmq", str(self.folder))
            .replace("/tmp/home", str(self.folder / "home"))
            for name, value in environment.items()
        }
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        environment |= {
            "PATH": f"{binaries()}:{os.environ['PATH']}",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": f"test{self.amqp}@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"+S 1:1 {loopback}",
            "RABBITMQ_CTL_ERL_ARGS": loopback,
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(self.names),
        }
        self.process.environment = environment
        self.process.command = ["sh", "-eu", str(self.folder / "start.sh")]
        self.process.start()

    def said(self, pattern: str) -> bool:
        return bool(re.search(pattern, self.process.log.read_text()))

    def _up(self) -> bool:
        return listens(self.amqp) and listens(self.mqtt) and listens(self.metrics)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    binaries()
    made = Broker(tmp_path_factory.mktemp("rabbitmq"))
    try:
        made.start(program())
        yield made
    finally:
        made.process.stop()


Amqp = Callable[..., pika.BlockingConnection]


@pytest.fixture
def amqp(broker: Broker) -> Iterator[Amqp]:
    opened: list[pika.BlockingConnection] = []

    def connect(user: str, password: str | None = None) -> pika.BlockingConnection:
        login = pika.PlainCredentials(user, password or credential(f"rabbitmq-{user}")["value"])
        place = pika.ConnectionParameters(HOST, broker.amqp, credentials=login)
        opened.append(pika.BlockingConnection(place))
        return opened[-1]

    yield connect
    for one in opened:
        with suppress(AMQPError):  # the broker may have ended it already
            one.close()


def device(broker: Broker, user: str, password: str | None = None) -> tuple[mqtt.Client, list[int]]:
    """An MQTT client, and the code of the answer to its login once that is there."""
    answers: list[int] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{user}", protocol=mqtt.MQTTv311)
    client.username_pw_set(user, password or credential(f"rabbitmq-{user}")["value"])
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(reason.value)
    client.reconnect_delay_set(30, 30)
    client.connect(HOST, broker.mqtt)
    client.loop_start()
    eventually(lambda: answers, "the broker answers")
    return client, answers


def got(connection: pika.BlockingConnection, queue: str) -> bytes:
    """The next message of a queue."""
    channel = connection.channel()

    def message() -> bytes | None:
        body: bytes | None = channel.basic_get(queue, auto_ack=True)[2]
        return body

    return bytes(eventually(message, f"something is in {queue}"))


def test_what_a_device_publishes_over_mqtt_is_in_the_queue_that_ditto_reads(
    broker: Broker, amqp: Amqp
) -> None:
    client, _ = device(broker, "device")
    client.publish("telemetry/press/temperature", b"21.5", qos=1).wait_for_publish(20)
    client.disconnect()
    client.loop_stop()

    assert got(amqp("ditto"), "telemetry") == b"21.5"


def test_and_so_is_what_it_publishes_over_amqp(broker: Broker, amqp: Amqp) -> None:
    amqp("device").channel().basic_publish("amq.topic", "telemetry.press", b"by amqp")

    assert got(amqp("ditto"), "telemetry") == b"by amqp"


@pytest.mark.parametrize("user", ["ditto", "device", "panel"])
def test_nobody_gets_in_with_another_password_than_the_generated_one(
    broker: Broker, amqp: Amqp, user: str
) -> None:
    assert amqp(user).is_open
    with pytest.raises(AMQPError):
        amqp(user, "guessed")


@pytest.mark.parametrize("user", ["guest", "nobody"])
def test_who_is_not_declared_is_not_known(broker: Broker, amqp: Amqp, user: str) -> None:
    with pytest.raises(AMQPError):
        amqp(user, user)
    client, answers = device(broker, user, user)
    client.loop_stop()
    assert answers[0] != 0


def test_a_device_publishes_to_no_topic_but_its_own_and_reads_no_queue(broker: Broker, amqp: Amqp) -> None:
    channel = amqp("device").channel()
    channel.confirm_delivery()
    with pytest.raises(AMQPError, match="alarms"):
        channel.basic_publish("amq.topic", "alarms.fire", b"forged")
    with pytest.raises(AMQPError, match="telemetry"):
        amqp("device").channel().basic_get("telemetry")


def test_who_may_subscribe_gets_what_is_published(broker: Broker) -> None:
    panel, _ = device(broker, "panel")
    received: list[bytes] = []
    done: list[object] = []
    panel.on_message = lambda _client, _data, message: received.append(bytes(message.payload))
    panel.on_subscribe = lambda *_: done.append(True)
    panel.subscribe("telemetry/+/temperature", qos=1)
    eventually(lambda: done, "it is subscribed")
    client, _ = device(broker, "device")
    client.publish("telemetry/press/temperature", b"22", qos=1).wait_for_publish(20)

    eventually(lambda: received == [b"22"], "the panel has the value")
    for one in (client, panel):
        one.disconnect()
        one.loop_stop()


def test_after_a_restart_messages_are_there_and_users_that_were_taken_away_are_not(
    broker: Broker, amqp: Amqp
) -> None:
    channel = amqp("ditto").channel()
    channel.confirm_delivery()
    channel.basic_publish("amq.topic", "alarms.kept", b"kept", pika.BasicProperties(delivery_mode=2))
    broker.process.stop()
    broker.start(program(users={"device": USERS["device"]}))
    try:
        assert got(amqp("ditto"), "alarms") == b"kept"
        eventually(lambda: broker.said("removed user panel"), "the user is removed")
        with pytest.raises(AMQPError):
            amqp("panel")
    finally:
        broker.process.stop()
        broker.start(program())


@pytest.mark.parametrize(
    ("topics", "yes", "no"),
    [
        ("telemetry/#", ["telemetry", "telemetry.a", "telemetry.a.b"], ["telemetryx", "other.telemetry"]),
        ("a/+/t", ["a.b.t", "a.x-1.t"], ["a.t", "a.b.c.t"]),
        ("#", ["anything.at.all", "x"], []),
        ("a.b/c", ["a.b.c"], ["axb.c"]),
    ],
)
def test_a_topic_filter_stands_for_the_keys_that_it_matches(
    topics: str, yes: list[str], no: list[str]
) -> None:
    assert all(re.fullmatch(pattern(topics), key) for key in yes)
    assert not any(re.fullmatch(pattern(topics), key) for key in no)
