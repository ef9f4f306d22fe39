"""The path with Kafka as the broker: Kafka, its users, Telegraf and InfluxDB, as one stack's manifests have them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import confluent_kafka as ck

from components.kafka_parts import EVENTS
from grafana.queries import history
from tests.components.declared import declare
from tests.components.kafka_node import Node
from tests.live import programs
from tests.live.conftest import database, metrics
from tests.live.programs import BUCKET, InfluxDB, Program, eventually, free_port, moved

STACK = {"broker": "kafka"}
DAY, NEXT_DAY = "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"  # of the tests' events


@dataclass
class KafkaBroker:
    """Kafka with the stack's own users and rights, and what stores its events; all run."""

    node: Node
    influxdb: InfluxDB
    telegraf: Program

    def publish(self, events: Sequence[tuple[str, str | bytes]], topic: str = EVENTS) -> None:
        """Publish (thing id, event) as Ditto's connection does; return when Kafka has confirmed all."""
        refused: list[object] = []
        producer = ck.Producer({**self.node.client("ditto"), "linger.ms": 5})
        for thing, body in events:
            producer.produce(
                topic, body, key=thing, on_delivery=lambda error, _: refused.extend([error] if error else [])
            )
        assert producer.flush(60) == 0
        assert not refused

    def stored(
        self, thing: str, between: tuple[str, str] = (DAY, NEXT_DAY), window: str = "1s"
    ) -> list[float]:
        """The line of the thing's temperature, as a dashboard draws it."""
        query = history(BUCKET, thing, "value_temperature_properties_value")
        return [float(row["_value"]) for row in self.influxdb.query(query, *between, window=window)]


def node(folder: Path) -> Node:
    """Kafka with the files of the stack's pod; not started yet."""
    folder.mkdir()
    return Node(declare(**STACK), folder)


def telegraf(
    binary: Path, folder: Path, kafka: Node, influxdb: str, metrics: str, password: str | None = None
) -> Program:
    """Telegraf as the stack has it, with its own login to Kafka, or another password."""
    health = f"http://127.0.0.1:{free_port()}"
    place = re.escape("kafka.opentwins.svc:9092")
    places = {
        place: kafka.client("telegraf")["bootstrap.servers"],
        r"http://influxdb\.opentwins\.svc:8086": influxdb,
        r"http://:8080": health,
        programs.ELSEWHERE: metrics,
    }
    text = moved(kafka.program.kind("ConfigMap")["telegraf"].files["telegraf.conf"], places)
    login = ("telegraf", password or kafka.password("telegraf"))
    return programs.telegraf_with(binary, folder, text, login, health)


@contextmanager
def kafka_broker(binaries: dict[str, Path], folder: Path) -> Iterator[KafkaBroker]:
    """The whole path, with the Job done that makes users, rights and topics."""
    kafka = node(folder / "kafka")
    with database(binaries, folder) as (_, influxdb), metrics() as address:
        stores = telegraf(binaries["telegraf"], folder, kafka, influxdb.address, address)
        try:
            kafka.start()
            kafka.set_up()
            stores.start()
            yield KafkaBroker(kafka, influxdb, stores)
        finally:
            stores.stop()
            kafka.process.kill()


def seen(log: Path, text: str) -> None:
    """Wait until a program has said so."""
    eventually(lambda: text in log.read_text(), f"{log} says {text}")
