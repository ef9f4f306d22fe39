"""Kafka as the intermediary broker, with everything that one stack's own manifests say: files, users, passwords."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import confluent_kafka as ck
import pytest
from confluent_kafka.admin import AdminClient

from components import kafka_configuration as text
from components.kafka_parts import EVENTS
from tests.components.kafka_node import published
from tests.components.running import installed
from tests.live.conftest import metrics
from tests.live.events import event
from tests.live.kafka_path import KafkaBroker, kafka_broker, seen, telegraf
from tests.live.programs import eventually
from tests.services.peers.fetched import MissingError

VALUE = "/features/temperature/properties/value"


@pytest.fixture(scope="module")
def broker(binaries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    installed("java")
    try:
        with kafka_broker(binaries, tmp_path_factory.mktemp("path")) as path:
            yield path
    except MissingError as missing:
        pytest.skip(str(missing))


def readings(name: str, first: int, count: int) -> list[tuple[str, str]]:
    """Events of a twin, a second apart."""
    moments = [f"2026-11-24T20:{n // 60:02}:{n % 60:02}Z" for n in range(first, first + count)]
    return [(f"live:{name}", event(name, VALUE, n, at=at)) for n, at in enumerate(moments, first)]


def test_what_ditto_publishes_with_its_login_is_stored_by_telegraf_with_its_own(broker: KafkaBroker) -> None:
    one, other = readings("one", 0, 200), readings("other", 0, 200)
    broker.publish([each for pair in zip(one, other, strict=True) for each in pair])

    eventually(
        lambda: len(broker.stored("live:one")) == len(broker.stored("live:other")) == 200, "all are stored"
    )
    assert broker.stored("live:one") == broker.stored("live:other") == list(range(200))


def test_a_client_without_a_login_or_with_a_guessed_one_gets_nothing_in(broker: KafkaBroker) -> None:
    bare: dict[str, Any] = {"bootstrap.servers": f"{broker.node.address}:{broker.node.ports[text.CLIENTS]}"}
    for settings in (bare, broker.node.client("ditto", "guessed"), broker.node.client("somebody", "guessed")):
        with pytest.raises(ck.KafkaException):
            AdminClient(settings).list_topics(timeout=5)
    assert "authoriz" in published(broker.node.client("telegraf"), EVENTS, b"{}").lower()


def test_kafka_and_telegraf_may_be_away_and_nothing_is_lost(broker: KafkaBroker) -> None:
    broker.publish(readings("kept", 0, 100))
    eventually(lambda: len(broker.stored("live:kept")) == 100, "the first ones are stored")
    broker.telegraf.kill()
    broker.publish(readings("kept", 100, 100))
    broker.node.process.stop()
    broker.node.start()
    broker.publish(readings("kept", 200, 100))
    broker.telegraf.start()

    eventually(lambda: len(broker.stored("live:kept")) == 300, "all are stored")
    assert broker.stored("live:kept") == list(range(300))


def test_telegraf_with_another_password_is_let_in_nowhere(
    broker: KafkaBroker, binaries: dict[str, Path], tmp_path: Path
) -> None:
    with metrics() as address:
        stranger = telegraf(
            binaries["telegraf"], tmp_path, broker.node, broker.influxdb.address, address, "guessed"
        )
        try:
            stranger.start()
            seen(stranger.log, "SASL Authentication failed")
        finally:
            stranger.stop()
