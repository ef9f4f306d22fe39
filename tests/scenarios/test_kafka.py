"""Topics and users in a real Kafka: the ordinary way, on each engine alike.

Kafka's pods are simulated; behind them is a Kafka that has the files, the environment and the passwords which the
cluster holds for its pods. The way there is the real one: the administrator's password from its Secret, and a
port-forward.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import confluent_kafka as ck
import pytest
from confluent_kafka.admin import AdminClient

from components import kafka_configuration as text
from provider.kafka_admin import LITERAL, READ, TOPIC, KafkaAdmin, Right, Topic
from tests.components.kafka_node import Node, dialled, published
from tests.components.running import installed
from tests.components.there import there
from tests.scenarios.stack import Stack, told
from tests.services.peers.fetched import MissingError
from tests.services.peers.processes import eventually

SPECS = """\
apiVersion: opentwins/v1
kind: KafkaTopic
id: plant.input
partitions: 2
config: {retention.ms: "3600000", cleanup.policy: delete}
---
apiVersion: opentwins/v1
kind: KafkaUser
id: analyst
publish: [plant.*]
"""


@pytest.fixture(scope="module")
def node(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """The stack with Kafka beside Mosquitto, and the Kafka that is behind its pods, its Job done."""
    installed("java")
    stack.set("kafka", {"enabled": True})
    stack.up()
    try:
        made = Node(there(stack.cluster.api, stack.site.namespace), tmp_path_factory.mktemp("kafka"))
    except MissingError as missing:
        pytest.skip(str(missing))
    try:
        made.start()
        made.set_up()
        pages = {name: urlsplit(stack.pages[name]).netloc for name in ("ditto", "grafana")}
        routes = {8080: pages["ditto"], 3000: pages["grafana"]}
        routes |= {text.BROKERS: f"{made.address}:{made.ports[text.BROKERS]}"}
        stack.cluster.route(stack.site.namespace, routes)
        yield made
    finally:
        made.process.kill()


def absent(admin: KafkaAdmin, topic: str) -> bool:
    return admin.topic(topic) is None


@pytest.fixture
def admin(node: Node) -> KafkaAdmin:
    """Somebody who may do everything in Kafka, round the program."""
    return dialled(node)


def analyst(stack: Stack, node: Node, password: str | None = None) -> dict[str, Any]:
    """The settings of a client with the password that its Secret has, or another one."""
    login = stack.secret("kafka-analyst")
    return node.client(login["username"], password or login["password"])


def test_a_topic_and_a_user_are_made_as_they_are_declared(
    stack: Stack, node: Node, admin: KafkaAdmin
) -> None:
    stack.write("kafka.yaml", SPECS)
    changes = told(stack.up())

    assert {("create", "KafkaTopic", "plant.input"), ("create", "KafkaUser", "analyst")} <= set(changes)
    assert {op for op, _, _ in changes} == {"create"}
    wanted = Topic(2, {"retention.ms": "3600000", "cleanup.policy": "delete"})
    eventually(lambda: admin.topic("plant.input") == wanted, "the topic is as declared")
    assert published(analyst(stack, node), "plant.input", b"1") == ""
    assert "authoriz" in published(analyst(stack, node), "telemetry", b"1").lower()


def test_nobody_gets_in_with_another_password(stack: Stack, node: Node) -> None:
    with pytest.raises(ck.KafkaException):
        AdminClient(analyst(stack, node, "guessed")).list_topics(timeout=5)


def test_a_second_run_has_nothing_to_do(stack: Stack, node: Node) -> None:
    assert told(stack.preview()) == []


def test_partitions_and_config_are_changed_where_the_topic_is(stack: Stack, admin: KafkaAdmin) -> None:
    stack.edit("partitions: 2", "partitions: 4")
    stack.edit(r"config: \{retention.*", 'config: {retention.ms: "7200000"}')
    before = stack.preview()
    assert told(before) == [("update", "KafkaTopic", "plant.input")]
    assert admin.topic("plant.input") == Topic(2, {"retention.ms": "3600000", "cleanup.policy": "delete"})

    assert told(stack.up()) == told(before)
    eventually(lambda: admin.topic("plant.input") == Topic(4, {"retention.ms": "7200000"}), "it is changed")
    assert told(stack.preview()) == []


def test_fewer_partitions_are_refused_in_the_preview(stack: Stack, admin: KafkaAdmin) -> None:
    stack.edit("partitions: 4", "partitions: 3")
    preview = stack.engine.preview()
    stack.edit("partitions: 3", "partitions: 4")

    assert preview.error is not None
    assert "Kafka never takes any away" in preview.error + " ".join(preview.messages)
    assert admin.topic("plant.input") == Topic(4, {"retention.ms": "7200000"})


def test_another_right_is_an_update_of_the_user(stack: Stack, node: Node) -> None:
    assert published(analyst(stack, node), "plant.input", b"2") == ""
    stack.edit(r"publish: \[plant.*", "subscribe: [plant.*]")
    assert told(stack.preview()) == [("update", "KafkaUser", "analyst")]
    assert told(stack.up()) == [("update", "KafkaUser", "analyst")]

    refused = eventually(
        lambda: published(analyst(stack, node), "plant.input", b"3"), "it may not publish any more"
    )
    assert "authoriz" in refused.lower()
    group = {"group.id": "analyst-1", "auto.offset.reset": "earliest"}
    consumer = ck.Consumer({**analyst(stack, node), **group})
    consumer.subscribe(["plant.input"])
    try:
        read = eventually(lambda: consumer.poll(1), "it may read")
        assert read.error() is None
    finally:
        consumer.close()
    assert told(stack.preview()) == []


def test_another_password_shuts_the_one_before_out(stack: Stack, node: Node) -> None:
    before = stack.secret("kafka-analyst")["password"]
    stack.edit("^id: analyst$", "id: analyst\nrotation: 2")
    assert ("update", "KafkaUser", "analyst") in told(stack.up())

    assert stack.secret("kafka-analyst")["password"] != before
    assert AdminClient(analyst(stack, node)).list_topics(timeout=10)
    with pytest.raises(ck.KafkaException):
        AdminClient(analyst(stack, node, before)).list_topics(timeout=5)
    assert told(stack.preview()) == []


def test_what_others_changed_is_found_by_a_refresh_and_set_right(stack: Stack, admin: KafkaAdmin) -> None:
    declared = admin.rights("analyst")
    admin.configure_topic("plant.input", {"retention.ms": "1000", "segment.ms": "60000"})
    admin.set_rights("analyst", {*declared, Right(TOPIC, "opentwins", LITERAL, READ)})
    eventually(lambda: admin.rights("analyst") != declared, "somebody has given it another right")
    stack.engine.refresh()

    assert told(stack.up()) == [
        ("update", "KafkaTopic", "plant.input"),
        ("update", "KafkaUser", "analyst"),
    ]
    mended = Topic(4, {"retention.ms": "7200000", "segment.ms": "60000"})  # what is not declared is theirs
    eventually(lambda: admin.topic("plant.input") == mended, "the topic is as declared again")
    eventually(lambda: admin.rights("analyst") == declared, "its rights are as declared again")


def test_a_topic_of_others_is_taken_over_only_when_that_is_said(stack: Stack, admin: KafkaAdmin) -> None:
    admin.create_topic("theirs", 1, -1, {})
    spec = "apiVersion: opentwins/v1\nkind: KafkaTopic\nid: theirs\npartitions: 3\n"
    stack.write("theirs.yaml", spec)
    refused = stack.engine.up()
    assert refused.error is not None
    assert "topic theirs exists already" in refused.error + " ".join(refused.messages)
    assert admin.topic("theirs") == Topic(1, {})

    stack.write("theirs.yaml", spec + "adopt: true\n")
    assert told(stack.up()) == [("create", "KafkaTopic", "theirs")]
    eventually(lambda: admin.topic("theirs") == Topic(3, {}), "it has the partitions that are declared")


def test_what_is_taken_out_of_the_specs_is_deleted(stack: Stack, node: Node, admin: KafkaAdmin) -> None:
    login = analyst(stack, node)
    for name in ("kafka.yaml", "theirs.yaml"):
        (stack.specs / name).unlink()
    steps = told(stack.up())

    assert {op for op, _, _ in steps} == {"delete"}
    assert {name for _, kind, name in steps if kind == "KafkaTopic"} == {"plant.input", "theirs"}
    for topic in ("plant.input", "theirs"):
        eventually(partial(absent, admin, topic), f"{topic} is gone")
    eventually(lambda: not admin.rights("analyst"), "its rights are gone")
    with pytest.raises(ck.KafkaException):
        AdminClient(login).list_topics(timeout=5)
    assert told(stack.preview()) == []
