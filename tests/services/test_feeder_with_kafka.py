"""The feeder against a real Kafka: what Hono publishes becomes vectors, and nothing gets lost on the way."""

import struct
import uuid
from functools import partial

import pytest

from tests.services.conftest import Launch
from tests.services.peers.certificates import Certificates
from tests.services.peers.kafka import PASSWORD, USER, Kafka
from tests.services.peers.processes import eventually
from tests.services.speaking import THING, ditto, features, field_of

BOTH = [field_of("temperature"), field_of("humidity")]


class Topics:
    """A tenant's telemetry and a model's input, which no other test uses."""

    def __init__(self, kafka: Kafka) -> None:
        name = uuid.uuid4().hex[:8]
        self.name = f"t{name}"
        self.telemetry, self.model = f"hono.telemetry.t{name}", f"model-{name}"
        self.kafka = kafka
        kafka.topics(self.telemetry, self.model)

    def configuration(self, **model: object) -> dict[str, object]:
        servers = {"bootstrapServers": self.kafka.bootstrap}
        return {
            "id": self.name,
            "input": {"kafka": servers | {"topics": [self.telemetry]}},
            "output": servers,
            "models": [{"topic": self.model, "fields": [field_of("temperature")], **model}],
        }

    def measure(self, *values: float) -> None:
        self.kafka.send(
            self.telemetry, [ditto(value, action="commands/modify") for value in values], HONO, THING
        )

    def measured(self, number: int) -> list[float]:
        return [struct.unpack("<d", vector.value)[0] for vector in self.kafka.vectors(self.model, number)]

    def has_more_than(self, number: int) -> bool:
        return len(self.measured(1)) > number


HONO = {
    "device_id": THING,
    "content-type": "application/vnd.eclipse.ditto+json",
    "creation-time": "1774765815250",
}


@pytest.fixture
def topics(kafka_cluster: Kafka) -> Topics:
    return Topics(kafka_cluster)


def test_a_vector_is_right_to_the_byte(topics: Topics, launch: Launch) -> None:
    fields = [*BOTH, {"time": "hour"}, {"time": "minute"}]
    program = launch("feeder", topics.configuration(fields=fields, dtype="float32"))
    program.wait_until_ready()
    told = ditto(features(temperature=21.456, humidity=40), "/features", action="commands/modify")
    topics.kafka.send(topics.telemetry, [told], HONO)
    vector = topics.kafka.vectors(topics.model, 1)[0]
    assert vector.value == bytes.fromhex("14aeab41 00002042 0000c040 0000f041")
    assert vector.headers == {"thing-id": THING, "originator": f"feeder:{topics.name}"}
    assert vector.key is None


def test_bad_messages_are_counted_and_skipped(topics: Topics, launch: Launch) -> None:
    program = launch("feeder", topics.configuration())
    program.wait_until_ready()
    bad = [b"no json", b"", b"\xff", b"42", ditto("warm"), ditto([1])]
    good = [ditto(1), ditto(7, "/features/humidity/properties/value"), ditto(2)]
    topics.kafka.send(topics.telemetry, [*bad[:3], good[0], good[1], *bad[3:], good[2]], HONO)
    assert topics.measured(2) == [1, 2]
    program.wait_for_metric('feeder_messages_total{outcome="used"}', 2)
    assert program.metric('feeder_messages_total{outcome="bad"}') == 6
    assert program.metric('feeder_messages_total{outcome="unrelated"}') == 1
    assert program.metric('feeder_bad_messages_total{reason="json"}') == 3
    assert program.metric('feeder_bad_messages_total{reason="ditto"}') == 1
    assert program.metric('feeder_bad_messages_total{reason="value"}') == 2
    assert program.metric(f'feeder_vectors_total{{topic="{topics.model}"}}') == 2
    assert program.metric(f'feeder_fields_missing{{topic="{topics.model}"}}') == 0


def test_it_ends_when_it_is_asked_to_and_goes_on_where_it_has_ended(topics: Topics, launch: Launch) -> None:
    topics.measure(-1)  # before its first start, so none of its business
    program = launch("feeder", topics.configuration())
    program.wait_until_ready()
    topics.measure(1, 2)
    assert topics.measured(2) == [1, 2]
    program.wait_for_metric('feeder_messages_total{outcome="used"}', 2)
    assert program.process.stop() == 0
    assert program.lines()[-1]["message"] == "ended"

    topics.measure(3)
    program.start()
    assert topics.measured(3) == [1, 2, 3]


def test_a_feeder_that_is_killed_loses_nothing(topics: Topics, launch: Launch) -> None:
    program = launch("feeder", topics.configuration())
    program.wait_until_ready()
    for start in range(0, 3_000, 1_000):
        topics.measure(*range(start, start + 1_000))
        eventually(partial(topics.has_more_than, start + 100), "it has begun")
        program.process.kill()
        program.start()
    topics.measure(3_000)
    eventually(lambda: 3_000 in topics.measured(1), "it has come to the end")
    assert set(topics.measured(1)) == set(range(3_001))


def test_a_value_that_waits_for_the_others_outlives_a_kill(topics: Topics, launch: Launch) -> None:
    program = launch("feeder", topics.configuration(fields=BOTH, send="all"))
    program.wait_until_ready()
    topics.measure(21)
    program.wait_for_metric('feeder_messages_total{outcome="used"}', 1)
    program.process.kill()
    program.start()
    topics.kafka.send(topics.telemetry, [ditto(40, "/features/humidity/properties/value")], HONO)
    assert topics.kafka.vectors(topics.model, 1)[0].value == struct.pack("<2d", 21, 40)


def test_a_restart_of_kafka_loses_nothing(topics: Topics, launch: Launch) -> None:
    broker = topics.kafka.process
    if broker is None:
        pytest.skip("a Kafka that is not the tests' own is not restarted")
    program = launch("feeder", topics.configuration())
    program.wait_until_ready()
    topics.measure(*range(500))
    eventually(lambda: len(topics.measured(1)) > 50, "it has begun")
    broker.kill()
    eventually(lambda: program.get("/readyz").status_code == 503, "it has noticed")
    assert program.get("/healthz").status_code == 200
    broker.start()
    program.wait_until_ready()
    topics.measure(500)
    eventually(lambda: 500 in topics.measured(1), "it has come to the end")
    assert set(topics.measured(1)) == set(range(501))


def test_a_topic_that_is_not_there_holds_everything_back_until_it_is(topics: Topics, launch: Launch) -> None:
    absent = f"absent-{topics.name}"
    program = launch("feeder", topics.configuration(topic=absent))
    program.wait_until_ready()
    topics.measure(1)
    eventually(lambda: absent in program.get("/readyz").text, "it says which topic is not there")
    topics.kafka.topics(absent)
    assert struct.unpack("<d", topics.kafka.vectors(absent, 1)[0].value) == (1,)


@pytest.mark.parametrize("mechanism", ["plain", "scram-sha-512"])
def test_it_shows_password_and_checks_certificate_and_takes_up_new_ones(
    topics: Topics, launch: Launch, tls: Certificates | None, mechanism: str
) -> None:
    if not topics.kafka.secured or tls is None:
        pytest.skip("this Kafka has no address with TLS and SASL that the tests know")
    asked = topics.configuration()
    secured = {"bootstrapServers": topics.kafka.secured, "tls": True, "sasl": mechanism}
    asked["input"] = {"kafka": secured | {"topics": [topics.telemetry]}}
    asked["output"] = secured
    login = {"username": USER, "password": "a-wrong-one", "ca": tls.ca.read_text()}
    program = launch("feeder", asked, input=login, output=login)
    eventually(lambda: "uthentication" in program.get("/readyz").text, "it says that the password is wrong")

    program.secret("input", password=PASSWORD)
    program.secret("output", password=PASSWORD)
    program.wait_until_ready()
    topics.measure(21.5)
    assert topics.measured(1) == [21.5]
    assert program.lines()
    for secret in ("a-wrong-one", PASSWORD, "21.5", "temperature"):
        assert secret not in program.log()


def test_a_certificate_of_nobody_known_is_refused(topics: Topics, launch: Launch) -> None:
    if not topics.kafka.secured:
        pytest.skip("this Kafka has no address with TLS and SASL that the tests know")
    asked = topics.configuration()
    asked["output"] = {"bootstrapServers": topics.kafka.secured, "tls": True, "sasl": "plain"}
    program = launch("feeder", asked, output={"username": USER, "password": PASSWORD})
    eventually(
        lambda: "certificate" in program.get("/readyz").text, "it says that the certificate is unknown"
    )


def test_where_nobody_answers_it_says_so_and_waits(topics: Topics, launch: Launch) -> None:
    asked = topics.configuration()
    asked["output"] = {"bootstrapServers": "127.0.0.1:1"}
    program = launch("feeder", asked)
    eventually(lambda: "127.0.0.1:1: there is no answer" in program.get("/readyz").text, "it says where")
    assert program.get("/healthz").status_code == 200
    assert program.get("/elsewhere").status_code == 404
    assert program.process.stop() == 0
    assert len(program.lines()) < 10  # one for each attempt
