"""Three real nodes with the files of their pods: one may fail, and nothing that was confirmed is lost."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import confluent_kafka as ck
import pytest
from confluent_kafka.admin import AdminClient

from tests.components.declared import declare
from tests.components.kafka_node import Node, published
from tests.components.running import installed
from tests.services.peers.fetched import MissingError
from tests.services.peers.processes import eventually


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[Node]]:
    installed("java")
    program = declare(broker="kafka", kafka='{"replicas": 3}')
    made: list[Node] = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            made.append(Node(program, folder, number, made[0].ports if made else None))
        except MissingError as missing:
            pytest.skip(str(missing))
    with ExitStack() as ends:
        for node in made:
            ends.callback(node.process.kill)
            node.process.launch()  # none is ready before two are there
        for node in made:
            node.process.wait_until_ready()
        yield made


def test_a_message_that_was_confirmed_survives_the_node_that_confirmed_it(nodes: list[Node]) -> None:
    nodes[0].set_up()
    settings = {**nodes[0].client("ditto"), "acks": "all"}
    assert published(settings, "opentwins", b"kept") == ""
    topic = AdminClient(settings).list_topics("opentwins", timeout=30).topics["opentwins"]
    assert {len(partition.replicas) for partition in topic.partitions.values()} == {3}

    nodes[0].process.kill()
    left = {**nodes[1].client("telegraf"), "group.id": "telegraf", "auto.offset.reset": "earliest"}
    consumer = ck.Consumer(left)
    consumer.subscribe(["opentwins"])

    def read() -> bytes | None:
        message = consumer.poll(1)
        return None if message is None or message.error() else message.value()

    try:
        assert eventually(read, "the message is read from the nodes that are left") == b"kept"
    finally:
        consumer.close()
    assert published({**nodes[1].client("ditto"), "acks": "all"}, "opentwins", b"with two of three") == ""
