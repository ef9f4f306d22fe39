"""The same path with Kafka in the broker's place."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from components import telegraf_configuration
from components.telegraf_configuration import Kafka as Source
from grafana.health import health_dashboard
from grafana.queries import history
from tests.grafana.reading import panels
from tests.live import programs
from tests.live.conftest import database
from tests.live.events import event
from tests.live.programs import BUCKET, InfluxDB, Program, eventually, free_port
from tests.services.peers.certificates import Certificates, certificates
from tests.services.peers.fetched import jars
from tests.services.peers.kafka import PASSWORD, USER, Kafka, kafka, started
from tests.services.peers.skipping import or_skip

VALUE = "/features/temperature/properties/value"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return or_skip(lambda: certificates(tmp_path_factory.mktemp("certificates")))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, tls: Certificates) -> Iterator[Kafka]:
    made = or_skip(lambda: kafka(tmp_path_factory.mktemp("kafka"), jars("kafka"), tls))
    with started(made):
        yield made


@dataclass
class KafkaPath:
    """Telegraf between Kafka and InfluxDB, and the topic that it reads."""

    topic: str
    telegraf: Program
    influxd: Program
    influxdb: InfluxDB

    def stored(self) -> list[float]:
        rows = self.influxdb.query(
            history(BUCKET, "live:a", "value_temperature_properties_value"), window="1s"
        )
        return [float(row["_value"]) for row in rows]


@pytest.fixture(params=["in clear", "with TLS and a password"])
def path(
    request: pytest.FixtureRequest,
    binaries: dict[str, Path],
    cluster: Kafka,
    tls: Certificates,
    tmp_path: Path,
) -> Iterator[KafkaPath]:
    topic = tmp_path.name.replace("[", "-").replace("]", "")
    cluster.topics(topic)
    source = Source([cluster.bootstrap], [topic], f"telegraf-{topic}")
    if request.param != "in clear":
        source = Source([cluster.secured], [topic], f"telegraf-{topic}", "SCRAM-SHA-512", str(tls.ca))
    with database(binaries, tmp_path) as (influxd, influxdb):
        health = f"http://127.0.0.1:{free_port()}"
        text = telegraf_configuration.configuration(source, influxdb.address, health=health)
        telegraf = programs.telegraf_with(binaries["telegraf"], tmp_path, text, (USER, PASSWORD), health)
        try:
            telegraf.start()
            yield KafkaPath(topic, telegraf, influxd, influxdb)
        finally:
            telegraf.stop()


def readings(first: int, count: int) -> list[bytes]:
    """Events a second apart."""
    return [
        event("a", VALUE, n, at=f"2026-11-24T20:{n // 60:02}:{n % 60:02}Z").encode()
        for n in range(first, first + count)
    ]


def test_events_of_kafka_are_stored_where_the_dashboards_look(path: KafkaPath, cluster: Kafka) -> None:
    cluster.send(path.topic, [b"malformed", *readings(0, 100), b""])

    eventually(lambda: len(path.stored()) == 100, "all events are stored")
    assert path.stored() == list(range(100))


def test_telegraf_and_influxdb_may_be_away(path: KafkaPath, cluster: Kafka) -> None:
    cluster.send(path.topic, readings(0, 100))
    eventually(lambda: len(path.stored()) == 100, "the first events are stored")
    path.influxd.stop()
    cluster.send(path.topic, readings(100, 500))
    path.telegraf.kill()
    cluster.send(path.topic, readings(600, 500))
    path.telegraf.start()
    path.influxd.start()

    eventually(lambda: len(path.stored()) == 1100, "all events are stored")
    assert path.stored() == list(range(1100))


def test_kafka_may_be_restarted_with_events_that_are_not_stored_yet(path: KafkaPath, cluster: Kafka) -> None:
    assert cluster.process
    path.influxd.stop()
    cluster.send(path.topic, readings(0, 500))
    cluster.process.stop()
    time.sleep(3)  # long enough for Telegraf to try in vain to connect
    cluster.process.start()
    cluster.send(path.topic, readings(500, 500))
    path.influxd.start()

    eventually(lambda: len(path.stored()) == 1000, "all events are stored")
    cluster.send(path.topic, readings(1000, 500))
    eventually(lambda: len(path.stored()) == 1500, "so are those that come later")
    assert path.stored() == list(range(1500))


@pytest.mark.parametrize("path", ["in clear"], indirect=True)
def test_influxdb_may_be_away_for_a_minute_under_load(path: KafkaPath, cluster: Kafka) -> None:
    path.influxd.stop()
    sent, began = 0, time.monotonic()
    while time.monotonic() < began + 65:
        cluster.send(path.topic, readings(sent, 25))
        sent += 25
        time.sleep(0.5)
    path.influxd.start()

    eventually(lambda: len(path.stored()) == sent, f"{sent} events are stored")
    assert path.stored() == list(range(sent))


def test_the_health_of_the_platform_shows_what_is_read_of_kafka(path: KafkaPath, cluster: Kafka) -> None:
    document = health_dashboard("source", BUCKET, ["kafka"])
    rows = [each["title"] for each in document["panels"] if each["type"] == "row"]
    assert rows == ["Events into InfluxDB", "Kafka"]

    path.influxdb.all_answer(
        {each["title"]: each["targets"][0]["query"] for each in panels(document)},
        meanwhile=lambda: cluster.send(path.topic, [b"malformed", *readings(0, 10)]),
    )
