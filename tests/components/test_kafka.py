"""The real Kafka starts with the files of its pod, and lets each user do what it is for and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import confluent_kafka as ck
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from components import kafka_configuration as text
from components import kafka_parts as parts
from tests.components.declared import Program, declare
from tests.components.kafka_node import Node, published
from tests.components.running import installed
from tests.services.peers.fetched import MissingError
from tests.services.peers.processes import eventually

WITH_KAFKA_ML = {"broker": "kafka", "kafkaMl": '{"enabled": true}'}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Kafka as the broker, with Kafka-ML beside it, and its Job done."""
    installed("java")
    try:
        made = Node(declare(**WITH_KAFKA_ML), tmp_path_factory.mktemp("kafka"))
    except MissingError as missing:
        pytest.skip(str(missing))
    try:
        made.start()
        made.set_up()
        yield made
    finally:
        made.process.kill()


def read(settings: dict[str, Any], topic: str, group: str) -> list[bytes]:
    """What is in the topic; a refusal is an exception."""
    consumer = ck.Consumer({**settings, "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found: list[bytes] = []

    def message() -> bool:
        got = consumer.poll(0.5)
        if got is not None and (error := got.error()):
            raise ck.KafkaException(error)
        found.extend([got.value() or b""] if got is not None else [])
        return bool(found)

    try:
        eventually(message, f"{topic} has something for {group}")
        return found
    finally:
        consumer.close()


def test_an_event_of_dittos_reaches_telegraf(node: Node) -> None:
    assert published(node.client("ditto"), "opentwins", b"event") == ""
    assert read(node.client("telegraf"), "opentwins", "telegraf") == [b"event"]


@pytest.mark.parametrize("user", ["ditto", "telegraf"])
def test_nobody_is_let_in_with_a_password_that_was_not_generated_for_them(node: Node, user: str) -> None:
    settings = node.client(user, "guessed")
    errors: list[ck.KafkaError] = []
    heard: Any = errors.append
    client = AdminClient({**settings, "error_cb": heard})

    with pytest.raises(ck.KafkaException):
        client.list_topics(timeout=5)
    client.poll(1)
    assert any(error.code() == ck.KafkaError._AUTHENTICATION for error in errors)


def test_nobody_is_let_in_without_a_password_where_clients_connect(node: Node) -> None:
    with pytest.raises(ck.KafkaException):
        AdminClient({"bootstrap.servers": f"127.0.0.1:{node.ports[text.CLIENTS]}"}).list_topics(timeout=5)


def test_telegraf_can_publish_nothing(node: Node) -> None:
    assert "authoriz" in published(node.client("telegraf"), "opentwins", b"forged").lower()


def test_ditto_cannot_make_topics(node: Node) -> None:
    client = AdminClient(node.client("ditto"))
    (made,) = client.create_topics([NewTopic("mine", 1, 1)]).values()
    with pytest.raises(ck.KafkaException, match=r"(?i)authoriz"):
        made.result(30)


def test_kafka_ml_comes_without_a_password_makes_topics_and_forges_no_events(node: Node) -> None:
    settings = node.client("", port=text.OPEN)

    assert published(settings, "input-of-a-model", b"vector") == ""
    assert read(settings, "input-of-a-model", "a-deployment") == [b"vector"]
    assert "authoriz" in published(settings, "opentwins", b"forged").lower()


def test_the_job_may_run_again(node: Node) -> None:
    node.set_up()

    assert published(node.client("ditto"), "telemetry", b"again") == ""


def test_what_was_published_is_there_after_a_restart(node: Node) -> None:
    assert published(node.client("ditto"), "telemetry", b"kept") == ""
    node.process.stop()
    node.start()

    assert read(node.client("ditto"), "telemetry", "ditto-after-a-restart")


def test_a_volume_of_one_controller_is_not_taken_for_one_of_three(node: Node) -> None:
    node.process.stop()
    try:
        node.process.environment = {**node.environment, "CONTROLLERS": "3"}
        with pytest.raises(AssertionError, match="only with new volumes"):
            node.start()
    finally:
        node.process.kill()
        node.process.environment = node.environment
        node.start()


def settings_of(program: Program) -> dict[str, str]:
    lines = program.kind("ConfigMap")["kafka"].files["server.properties"].splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_of_three_nodes_and_more_three_decide_and_two_have_each_message() -> None:
    program = declare(broker="kafka", kafka='{"replicas": 5}')
    found = settings_of(program)

    assert found["controller.quorum.voters"].count("@") == 3
    assert (found["default.replication.factor"], found["min.insync.replicas"]) == ("3", "2")
    assert program.workloads["kafka"].inputs["spec"]["podManagementPolicy"] == "Parallel"
    assert {f"data-kafka-{number}" for number in range(5)} <= program.kind("PersistentVolumeClaim").keys()


def test_only_kafka_ml_opens_a_listener_without_passwords() -> None:
    assert "OPEN" not in str(settings_of(declare(broker="kafka")))
    assert settings_of(declare(broker="kafka"))["auto.create.topics.enable"] == "false"
    ports = declare(broker="kafka").kind("Service")["kafka"].inputs["spec"]["ports"]
    assert [port["port"] for port in ports] == [9092]


def test_not_even_kafka_ml_does_when_it_has_a_kafka_elsewhere() -> None:
    elsewhere = declare(
        kafka='{"enabled": true}', kafkaMl='{"enabled": true, "brokers": "kafka.example:9092"}'
    )
    assert settings_of(elsewhere) == settings_of(declare(kafka='{"enabled": true}'))
    assert "ANONYMOUS" not in elsewhere.kind("ConfigMap")["kafka-users"].files["rights"]
    ports = elsewhere.kind("Service")["kafka"].inputs["spec"]["ports"]
    assert [port["port"] for port in ports] == [9092]


def test_an_id_of_a_cluster_is_16_bytes_in_base64_and_its_own() -> None:
    names = {parts.cluster_id(f"plant-{number}") for number in range(200)}

    assert len(names) == 200
    assert {len(name) for name in names} == {22}
    assert not [name for name in names if name.startswith("-")]


def test_no_secret_is_in_a_configuration() -> None:
    program = declare(**WITH_KAFKA_ML)
    maps = json.dumps([one.files for one in program.kind("ConfigMap").values()])

    for name, secret in program.kind("Secret").items():
        if name.startswith("kafka-"):
            assert secret.files["password"] not in maps
