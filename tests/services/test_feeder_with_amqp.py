"""The feeder against a real AMQP 1.0 peer and a real Kafka: what Hono sends is accepted once Kafka has it."""

import json
import struct
import uuid

import pytest

from tests.services.conftest import Launch
from tests.services.peers.artemis import Amqp
from tests.services.peers.certificates import Certificates
from tests.services.peers.kafka import Kafka
from tests.services.peers.processes import eventually
from tests.services.peers.program import Program
from tests.services.speaking import THING, ditto, features, field_of

DITTO = "application/vnd.eclipse.ditto+json"


class Tenant:
    """A tenant's telemetry and a model's input, which no other test uses."""

    def __init__(self, peer: Amqp, kafka: Kafka) -> None:
        self.name = f"t{uuid.uuid4().hex[:8]}"
        self.address, self.model = f"telemetry/{self.name}", f"model-{self.name}"
        self.peer, self.kafka = peer, kafka
        kafka.topics(self.model)

    def feeder(self, launch: Launch, url: str = "", payload: str = "ditto", **model: object) -> Program:
        configuration = {
            "id": self.name,
            "input": {"amqp": {"url": url or self.peer.url, "addresses": [self.address]}, "payload": payload},
            "output": {"bootstrapServers": self.kafka.bootstrap},
            "models": [{"topic": self.model, "fields": [field_of("temperature")], **model}],
        }
        login = {"username": self.peer.user, "password": self.peer.password}
        return launch("feeder", configuration, input=login)

    def measure(self, *values: float) -> None:
        bodies = [ditto(value, action="commands/modify") for value in values]
        self.peer.send(self.address, bodies, THING, content_type=DITTO)

    def measured(self, number: int) -> list[float]:
        return [struct.unpack("<d", vector.value)[0] for vector in self.kafka.vectors(self.model, number)]


@pytest.fixture
def tenant(amqp_peer: Amqp, kafka_cluster: Kafka) -> Tenant:
    return Tenant(amqp_peer, kafka_cluster)


def test_a_vector_is_right_to_the_byte(tenant: Tenant, launch: Launch) -> None:
    fields = [field_of("temperature"), field_of("humidity", dtype="int8"), {"time": "minute"}]
    program = tenant.feeder(launch, fields=fields, dtype="float32")
    program.wait_until_ready()
    told = ditto(features(temperature=21.456, humidity=40.9), "/features", thing="example:claimed")
    tenant.peer.send(tenant.address, [told], THING, creation_time=1774765815.25, content_type=DITTO)
    vector = tenant.kafka.vectors(tenant.model, 1)[0]
    assert vector.value == bytes.fromhex("14aeab41 00002042 0000f041")
    assert vector.headers["thing-id"] == THING


def test_a_device_s_own_json_is_read_by_pointers(tenant: Tenant, launch: Launch) -> None:
    field = {"thing": "4711", "pointer": "/readings/0"}
    tenant.feeder(launch, payload="json", fields=[field], dtype="int16").wait_until_ready()
    tenant.peer.send(tenant.address, [json.dumps({"readings": [258]}).encode()], "4711")
    assert tenant.kafka.vectors(tenant.model, 1)[0].value == bytes.fromhex("0201")


def test_bad_messages_are_accepted_counted_and_skipped(tenant: Tenant, launch: Launch) -> None:
    program = tenant.feeder(launch)
    program.wait_until_ready()
    tenant.measure(1)
    tenant.peer.send(tenant.address, [b"no json", b"42"], THING)
    tenant.peer.send(tenant.address, [ditto(7, thing="_:_")], "")
    empty = "application/vnd.eclipse-hono-empty-notification"
    tenant.peer.send(tenant.address, [b""], THING, content_type=empty)
    tenant.measure(2)
    assert tenant.measured(2) == [1, 2]
    program.wait_for_metric('feeder_messages_total{outcome="used"}', 2)
    assert program.metric('feeder_messages_total{outcome="bad"}') == 3
    assert program.metric('feeder_messages_total{outcome="unrelated"}') == 1
    assert program.process.stop() == 0

    program.start()  # and none of them comes again
    tenant.measure(3)
    assert tenant.measured(3) == [1, 2, 3]
    assert program.metric('feeder_messages_total{outcome="bad"}') == 0


def test_more_messages_than_there_is_credit_for_come_all(tenant: Tenant, launch: Launch) -> None:
    tenant.feeder(launch).wait_until_ready()
    tenant.measure(*range(700))
    assert tenant.measured(700) == list(range(700))


def test_what_kafka_has_not_got_is_not_accepted_and_comes_once_kafka_is_back(
    tenant: Tenant, launch: Launch
) -> None:
    broker = tenant.kafka.process
    if broker is None:
        pytest.skip("a Kafka that is not the tests' own is not restarted")
    program = tenant.feeder(launch)
    program.wait_until_ready()
    tenant.measure(*range(50))
    tenant.measured(50)
    broker.kill()
    try:
        tenant.measure(*range(50, 100))
        eventually(lambda: program.get("/readyz").status_code == 503, "it has noticed")
        program.process.kill()
    finally:
        broker.start()
    program.start()
    eventually(lambda: set(tenant.measured(50)) == set(range(100)), "everything is there")


def test_a_restart_of_the_peer_loses_nothing(tenant: Tenant, launch: Launch) -> None:
    peer = tenant.peer.process
    if peer is None:
        pytest.skip("a peer that is not the tests' own is not restarted")
    program = tenant.feeder(launch)
    program.wait_until_ready()
    tenant.measure(*range(600))
    peer.kill()
    try:
        eventually(lambda: program.get("/readyz").status_code == 503, "it has noticed")
    finally:
        peer.start()
    program.wait_until_ready()
    tenant.measure(600)
    eventually(lambda: set(tenant.measured(1)) == set(range(601)), "everything is there")


def test_user_and_password_are_shown_and_the_certificate_is_checked(
    tenant: Tenant, launch: Launch, tls: Certificates | None
) -> None:
    if not tenant.peer.secured or tls is None:
        pytest.skip("this peer has no address with TLS that the tests know")
    program = tenant.feeder(launch, tenant.peer.secured)
    eventually(lambda: "input: amqps" in program.get("/readyz").text, "it does not trust the certificate")
    program.secret("input", ca=tls.ca.read_text(), password="a-wrong-one")
    eventually(lambda: "uthentication" in program.get("/readyz").text, "it says that the password is wrong")
    program.secret("input", password=tenant.peer.password)
    program.wait_until_ready()
    tenant.measure(21.5)
    assert tenant.measured(1) == [21.5]
    assert program.lines()
    for secret in ("a-wrong-one", tenant.peer.password, "21.5", "temperature"):
        assert secret not in program.log()
