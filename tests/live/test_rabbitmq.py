"""The numbers of a real RabbitMQ are on the dashboard of the platform's health."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.telegraf_configuration import Mqtt, configuration
from grafana.health import health_dashboard
from tests.components.test_rabbitmq import Broker, device, program
from tests.components.test_rabbitmq import binaries as rabbitmq
from tests.grafana.reading import panel
from tests.live import programs
from tests.live.conftest import database
from tests.live.programs import BUCKET, InfluxDB, eventually, free_port

PANELS = [
    "Messages in per second",
    "Messages out per second",
    "Messages in queues",
    "Messages that no queue takes, per second",
    "Connections",
]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    rabbitmq()
    (tmp_path / "rabbitmq").mkdir()
    made = Broker(tmp_path / "rabbitmq")
    try:
        made.start(program())
        yield made
    finally:
        made.process.stop()


@pytest.fixture
def influxdb(broker: Broker, binaries: dict[str, Path], tmp_path: Path) -> Iterator[InfluxDB]:
    """InfluxDB, with what Telegraf gathers of the broker."""
    health, address = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{broker.metrics}/metrics"
    with database(binaries, tmp_path) as (_, influxdb):
        nowhere = Mqtt(f"tcp://127.0.0.1:{free_port()}")
        text = configuration(nowhere, influxdb.address, scraped={"rabbitmq": [address]}, health=health)
        often = programs.moved(text, {'interval = "30s"': 'interval = "2s"'})
        telegraf = programs.telegraf_with(binaries["telegraf"], tmp_path, often, ("none", "none"), health)
        try:
            telegraf.start()
            yield influxdb
        finally:
            telegraf.stop()


def test_the_health_of_the_platform_shows_what_rabbitmq_does(broker: Broker, influxdb: InfluxDB) -> None:
    document = health_dashboard("source", BUCKET, ["rabbitmq"])
    rows = [each["title"] for each in document["panels"] if each["type"] == "row"]
    assert rows == ["Events into InfluxDB", "RabbitMQ"]
    client, _ = device(broker, "device")

    influxdb.all_answer(
        {title: panel(document, title, row="RabbitMQ")["targets"][0]["query"] for title in PANELS},
        meanwhile=lambda: client.publish("telemetry/press/temperature", b"21.5", qos=1),
    )

    client.disconnect()
    client.loop_stop()
    query = panel(document, "Messages in queues", row="RabbitMQ")["targets"][0]["query"]

    def waiting() -> float:
        found = influxdb.query(query, "2026-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "1h")
        return max(float(row["_value"]) for row in found)

    eventually(lambda: waiting() > 0, "the messages that nobody has read are shown")
