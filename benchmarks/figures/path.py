"""Figures 10 and 11: events from a broker into InfluxDB, against the broker alone, with the shipped configuration."""

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import confluent_kafka as ck

from benchmarks import mqtt
from benchmarks.figure import Figure
from benchmarks.setup import Setup
from components import telegraf_configuration
from tests.live import programs
from tests.live.conftest import data_path, database
from tests.live.events import event
from tests.live.programs import BUCKET, InfluxDB, Program, free_port
from tests.services.peers.fetched import MissingError, jars
from tests.services.peers.kafka import Kafka, kafka

EVENTS = 50_000  # a round: some seconds of the path
TWINS = 100
BEGIN = datetime(2026, 11, 25, tzinfo=UTC)
PATIENCE = 600  # seconds for a round
# Nobody has asked for a rate: these only tell when the path has become much slower than it was.
TARGETS = {"Mosquitto": 0.1, "Kafka": 0.03}
TICKS = os.sysconf("SC_CLK_TCK")

Round = tuple[float, float]
"""Events a second by the broker alone, and by the whole path."""


def figures(setup: Setup) -> list[Figure]:
    """Measure both forms of the path, each where its programs are."""
    found = []
    for measure in FORMS:
        folder = setup.new("path")
        try:
            found.append(measure(setup, folder, programs.binaries()))
        except MissingError as missing:
            setup.say(f"not measured: {missing}")
        shutil.rmtree(folder)
    return found


def of_mosquitto(setup: Setup, folder: Path, binaries: dict[str, Path]) -> Figure:
    """Mosquitto, beside another that has the same configuration and nothing behind it."""
    alone, whole = (folder / name for name in ("alone", "whole"))
    alone.mkdir()
    whole.mkdir()
    port = free_port()
    broker = programs.mosquitto(binaries["mosquitto"], alone, port)
    writer, reader = (("ditto", programs.password("ditto")), ("telegraf", programs.password("telegraf")))
    with data_path(binaries, whole) as path, _running(broker):

        def bare(payloads: list[bytes]) -> float:
            ready = mqtt.packets("opentwins/twin/events/live/a", payloads)
            return asyncio.run(mqtt.broker_alone(port, writer, reader, ready, len(payloads)))

        def publish(payloads: list[bytes]) -> None:
            ready = mqtt.packets("opentwins/twin/events/live/a", payloads)
            asyncio.run(mqtt.publish(path.port, writer, ready, len(payloads)))

        parts = {"Mosquitto": path.mosquitto, "Telegraf": path.telegraf, "InfluxDB": path.influxd}
        return _figure(setup, 10, "Mosquitto", bare, publish, parts, lambda: _points(path.influxdb))


def of_kafka(setup: Setup, folder: Path, binaries: dict[str, Path]) -> Figure:
    """One Kafka, with a topic that Telegraf reads and one that it does not."""
    (folder / "kafka").mkdir()
    cluster, topic = kafka(folder / "kafka", jars("kafka"), None), "opentwins"
    node = cluster.process
    if node is None:
        raise MissingError("needs a Kafka of its own")
    health = f"http://127.0.0.1:{free_port()}"
    with _running(node), database(binaries, folder) as (influxd, influxdb):
        cluster.topics(topic, "alone")
        source = telegraf_configuration.Kafka([cluster.bootstrap], [topic])
        text = telegraf_configuration.configuration(source, influxdb.address, health=health)
        telegraf = programs.telegraf_with(binaries["telegraf"], folder, text, ("none", "none"), health)
        with _running(telegraf):
            parts = {"Kafka": node, "Telegraf": telegraf, "InfluxDB": influxd}
            return _figure(
                setup,
                11,
                "Kafka",
                lambda payloads: _through(cluster, "alone", payloads),
                lambda payloads: cluster.send(topic, payloads),
                parts,
                lambda: _points(influxdb),
            )


FORMS = (of_mosquitto, of_kafka)


def _figure(
    setup: Setup,
    number: int,
    broker: str,
    bare: Callable[[list[bytes]], float],
    publish: Callable[[list[bytes]], None],
    parts: dict[str, Program],
    stored: Callable[[], int],
) -> Figure:
    rounds: list[Round] = []
    costs = dict.fromkeys(parts, 0.0)
    known = stored()
    for turn in range(setup.times):
        payloads = _events(turn)
        alone = bare(payloads)
        used = {name: _cpu(program) for name, program in parts.items()}
        began = time.perf_counter()
        publish(payloads)
        published = EVENTS / (time.perf_counter() - began)
        known += EVENTS
        _wait(stored, known)
        whole = EVENTS / (time.perf_counter() - began)
        for name, program in parts.items():
            costs[name] += 1_000_000 * (_cpu(program) - used[name]) / EVENTS / setup.times
        rounds.append((alone, whole))
        setup.say(f"{broker} alone {alone:.0f}/s, the path {whole:.0f}/s (taken in at {published:.0f}/s)")
    alone, whole = (median(each) for each in zip(*rounds, strict=True))
    notes = [
        f"{EVENTS} events of {TWINS} twins a round, each counted in InfluxDB; medians: {broker} alone"
        f" {alone:.0f} a second, the path {whole:.0f}",
        "milliseconds of CPU for 1,000 events on the path: "
        + ", ".join(f"{name} {cost:.0f}" for name, cost in costs.items()),
    ]
    name = f"events from {broker} into InfluxDB, against {broker} alone"
    return Figure(number, name, [whole / alone for alone, whole in rounds], TARGETS[broker], True, notes)


def _events(turn: int) -> list[bytes]:
    """What Ditto publishes when twins measure something, each at a time of its own."""
    first = BEGIN + timedelta(hours=turn)
    return [
        event(
            f"twin{number % TWINS}",
            "/features/temperature/properties/value",
            number / 10,
            at=(first + timedelta(milliseconds=number)).isoformat(),
        ).encode()
        for number in range(EVENTS)
    ]


def _wait(stored: Callable[[], int], count: int) -> None:
    """Until there are so many points, and no more."""
    deadline = time.monotonic() + PATIENCE
    while (there := stored()) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{there} of {count} events are stored after {PATIENCE} s")
        time.sleep(0.2)
    if there > count:
        raise RuntimeError(f"{there} points of {count} events")


def _through(cluster: Kafka, topic: str, payloads: list[bytes]) -> float:
    """How many messages a second get through Kafka to a consumer that was there before."""
    consumer = ck.Consumer({"bootstrap.servers": cluster.bootstrap, "group.id": f"bench-{time.time_ns()}"})
    try:
        place = ck.TopicPartition(topic, 0)
        _, place.offset = consumer.get_watermark_offsets(place, timeout=30)
        consumer.assign([place])
        began = time.perf_counter()
        sender = threading.Thread(target=cluster.send, args=(topic, payloads))
        sender.start()
        count = 0
        while count < len(payloads):
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError(f"{count} of {len(payloads)} messages after {PATIENCE} s")
            count += sum(message.error() is None for message in consumer.consume(1_000, 0.5))
        took = time.perf_counter() - began
        sender.join()
        return len(payloads) / took
    finally:
        consumer.close()


def _points(influxdb: InfluxDB) -> int:
    rows = influxdb.query(
        f'from(bucket: "{BUCKET}") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)'
        ' |> filter(fn: (r) => r._measurement == "mqtt_consumer") |> group() |> count()',
        start=BEGIN.isoformat(),
        stop=(BEGIN + timedelta(days=7)).isoformat(),
    )
    return sum(int(row["_value"]) for row in rows)


def _cpu(program: Program) -> float:
    """Seconds that it has used so far."""
    if program.process is None:
        raise RuntimeError(f"{program.command[0]} does not run")
    fields = Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def _running(program: Program) -> Iterator[None]:
    try:
        program.start()
        yield
    finally:
        program.stop()
