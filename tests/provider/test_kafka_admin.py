"""Orders to a real Kafka: topics, users and their rights, by one connection."""

from collections.abc import Callable, Iterator

import confluent_kafka as ck
import pytest
from confluent_kafka.admin import AdminClient

from provider.errors import ProviderError
from provider.kafka_admin import GROUP, LITERAL, PREFIXED, READ, TOPIC, WRITE, KafkaAdmin, Right, Topic
from tests.components.declared import declare
from tests.components.kafka_node import Node, dialled, published
from tests.components.running import installed
from tests.services.peers.fetched import MissingError
from tests.services.peers.processes import eventually


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A Kafka that nobody but its administrator may use."""
    installed("java")
    try:
        made = Node(declare(kafka='{"enabled": true}'), tmp_path_factory.mktemp("kafka"))
    except MissingError as missing:
        pytest.skip(str(missing))
    try:
        made.start()
        yield made
    finally:
        made.process.kill()


@pytest.fixture
def admin(node: Node) -> KafkaAdmin:
    return dialled(node)


def soon(read: Callable[[], object], wanted: object) -> None:
    """What the controller has taken, brokers know a moment later."""
    eventually(lambda: read() == wanted, f"it is {wanted}")


def test_a_topic_is_made_once_changed_and_deleted(admin: KafkaAdmin) -> None:
    assert admin.topic("vectors") is None
    assert admin.create_topic("vectors", 2, -1, {"retention.ms": "60000", "cleanup.policy": "delete"})
    assert not admin.create_topic("vectors", 2, -1, {})
    soon(lambda: admin.topic("vectors"), Topic(2, {"retention.ms": "60000", "cleanup.policy": "delete"}))

    admin.add_partitions("vectors", 5)
    admin.configure_topic("vectors", {"retention.ms": None, "cleanup.policy": "compact"})
    soon(lambda: admin.topic("vectors"), Topic(5, {"cleanup.policy": "compact"}))

    admin.delete_topic("vectors")
    admin.delete_topic("vectors")
    soon(lambda: admin.topic("vectors"), None)


def test_what_kafka_refuses_is_told_in_its_words(admin: KafkaAdmin) -> None:
    with pytest.raises(ProviderError, match=r"topic few: Kafka refuses it: .*replication factor"):
        admin.create_topic("few", 1, 3, {})
    with pytest.raises(ProviderError, match=r"topic odd: Kafka refuses it: .*retention\.ms"):
        admin.create_topic("odd", 1, 1, {"retention.ms": "soon"})
    admin.create_topic("shrinks", 3, 1, {})
    with pytest.raises(ProviderError, match="topic shrinks: Kafka refuses it"):
        admin.add_partitions("shrinks", 2)


def test_a_user_gets_in_with_its_password_and_does_what_it_may(admin: KafkaAdmin, node: Node) -> None:
    admin.create_topic("plant.line1", 1, 1, {})
    assert not admin.has_user("press")
    admin.set_password("press", "opens")
    writes, reads = (
        Right(TOPIC, "plant.", PREFIXED, WRITE),
        Right(GROUP, "press", LITERAL, READ),
    )
    admin.set_rights("press", {writes, reads})

    soon(lambda: admin.has_user("press"), True)
    soon(lambda: admin.rights("press"), {writes, reads})
    assert published(node.client("press", "opens"), "plant.line1", b"1") == ""

    admin.set_rights("press", {reads})
    soon(lambda: admin.rights("press"), {reads})
    assert "authoriz" in published(node.client("press", "opens"), "plant.line1", b"2").lower()


def test_another_password_shuts_the_one_before_out_and_a_deleted_user_is_gone(
    admin: KafkaAdmin, node: Node
) -> None:
    admin.set_password("guest", "first")
    admin.set_rights("guest", {Right(TOPIC, "plant.", PREFIXED, READ)})
    admin.set_password("guest", "second")
    with pytest.raises(ck.KafkaException):
        AdminClient(node.client("guest", "first")).list_topics(timeout=5)
    assert AdminClient(node.client("guest", "second")).list_topics(timeout=10)

    admin.delete_user("guest")
    admin.delete_user("guest")
    soon(lambda: admin.has_user("guest"), False)
    soon(lambda: admin.rights("guest"), set())


def test_nobody_gives_orders_with_another_password(node: Node) -> None:
    with pytest.raises(ProviderError, match="does not let its administrator in"):
        dialled(node, "guessed").topic("vectors")
