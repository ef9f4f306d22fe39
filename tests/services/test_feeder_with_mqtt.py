"""The feeder against a real Mosquitto and a real Kafka: events are acknowledged once Kafka has vectors."""

import struct
import uuid

import pytest

from tests.services.conftest import Launch
from tests.services.peers.certificates import Certificates
from tests.services.peers.kafka import Kafka
from tests.services.peers.mosquitto import PASSWORD, USER, Mqtt
from tests.services.peers.processes import eventually
from tests.services.peers.program import Program
from tests.services.speaking import THING, ditto, features, field_of


class Events:
    """Events of a twin and a model's input, which no other test uses."""

    def __init__(self, broker: Mqtt, kafka: Kafka) -> None:
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self.topic, self.model = f"opentwins/twin/events/{self.name}/raspberry", f"model-{self.name}"
        self.broker, self.kafka = broker, kafka
        kafka.topics(self.model)

    def feeder(self, launch: Launch, url: str = "", **model: object) -> Program:
        topics = [f"opentwins/twin/events/{self.name}/#"]
        configuration = {
            "id": self.name,
            "input": {
                "mqtt": {"url": url or self.broker.url, "topics": topics},
                "ignoreOriginators": ["connection:kafka-ml"],
            },
            "output": {"bootstrapServers": self.kafka.bootstrap},
            "models": [{"topic": self.model, "fields": [field_of("temperature")], **model}],
        }
        return launch("feeder", configuration, input={"username": USER, "password": PASSWORD})

    def happen(self, *values: float, qos: int = 1) -> None:
        self.broker.send(self.topic, [ditto(value) for value in values], qos)

    def measured(self, number: int) -> list[float]:
        return [struct.unpack("<d", vector.value)[0] for vector in self.kafka.vectors(self.model, number)]


@pytest.fixture
def events(mqtt_broker: Mqtt, kafka_cluster: Kafka) -> Events:
    return Events(mqtt_broker, kafka_cluster)


def test_a_vector_is_right_to_the_byte(events: Events, launch: Launch) -> None:
    fields = [field_of("temperature"), field_of("humidity"), {"time": "hour"}]
    events.feeder(launch, fields=fields, dtype="float32").wait_until_ready()
    event = ditto(features(temperature=21.456, humidity=40), "/features", timestamp="2026-03-29T06:30:15.25Z")
    events.broker.send(events.topic, [event])
    vector = events.kafka.vectors(events.model, 1)[0]
    assert vector.value == bytes.fromhex("14aeab41 00002042 0000c040")
    assert vector.headers["thing-id"] == THING


def test_predictions_that_are_written_back_make_no_vector(events: Events, launch: Launch) -> None:
    program = events.feeder(launch)
    program.wait_until_ready()
    events.broker.send(events.topic, [ditto(1), ditto(2, originator="connection:kafka-ml"), ditto(3)])
    assert events.measured(2) == [1, 3]
    program.wait_for_metric('feeder_messages_total{outcome="unrelated"}', 1)


def test_events_of_either_quality_of_service_are_taken(events: Events, launch: Launch) -> None:
    events.feeder(launch).wait_until_ready()
    events.happen(1, qos=0)
    events.happen(2)
    assert events.measured(2) == [1, 2]


def test_bad_messages_are_counted_and_skipped(events: Events, launch: Launch) -> None:
    program = events.feeder(launch)
    program.wait_until_ready()
    events.broker.send(events.topic, [b"no json", b"", ditto("warm"), ditto(1)])
    assert events.measured(1) == [1]
    program.wait_for_metric('feeder_messages_total{outcome="used"}', 1)
    assert program.metric('feeder_messages_total{outcome="bad"}') == 3


def test_what_happens_while_it_is_away_comes_when_it_is_back(events: Events, launch: Launch) -> None:
    program = events.feeder(launch)
    program.wait_until_ready()
    events.happen(1)
    events.measured(1)
    program.process.kill()
    events.happen(*range(2, 200))
    program.start()
    eventually(lambda: set(events.measured(1)) == set(range(1, 200)), "everything is there")


def test_a_restart_of_the_broker_loses_nothing(events: Events, launch: Launch) -> None:
    program = events.feeder(launch)
    program.wait_until_ready()
    events.happen(*range(200))
    events.broker.process.stop()
    try:
        eventually(lambda: program.get("/readyz").status_code == 503, "it has noticed")
    finally:
        events.broker.process.start()
    program.wait_until_ready()
    events.happen(200)
    eventually(lambda: set(events.measured(1)) == set(range(201)), "everything is there")


def test_user_and_password_are_shown_and_the_certificate_is_checked(
    events: Events, launch: Launch, tls: Certificates | None
) -> None:
    if tls is None:
        pytest.skip("there is no openssl to make certificates with")
    program = events.feeder(launch, events.broker.secured)
    eventually(lambda: "certificate" in program.get("/readyz").text, "it does not trust the certificate")
    program.secret("input", ca=tls.ca.read_text(), password="a-wrong-one")
    eventually(lambda: "lets nobody in" in program.get("/readyz").text, "it says that the password is wrong")
    program.secret("input", password=PASSWORD)
    program.wait_until_ready()
    events.happen(21.5)
    assert events.measured(1) == [21.5]
    assert program.lines()
    for secret in ("a-wrong-one", PASSWORD, "21.5", "temperature"):
        assert secret not in program.log()
