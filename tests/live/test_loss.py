"""Nothing that the broker acknowledged is lost, whatever is away for a while: shown by count."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from components.telegraf_configuration import Mqtt, configuration
from grafana.queries import history
from tests.live import conftest, programs
from tests.live.conftest import DataPath, Publisher, data_path, database
from tests.live.events import event, topic
from tests.live.programs import BUCKET, ORGANIZATION, TOKEN, Program, eventually, free_port

BEGIN = datetime(2026, 11, 24, 12, tzinfo=UTC)

VALUE = "/features/temperature/properties/value"


def readings(first: int, count: int) -> list[tuple[str, str]]:
    """Events of ten twins; each makes a point of its own, since each has another time."""
    found = []
    for number in range(first, first + count):
        at = (BEGIN + timedelta(milliseconds=number)).isoformat()
        name = f"twin{number % 10}"
        found.append((topic(name), event(name, VALUE, number, at=at)))
    return found


@contextmanager
def load(path: DataPath, rate: int, first: int = 0) -> Iterator[Publisher]:
    """Publish so many readings a second for as long as the block runs; all are acknowledged after it."""
    over = threading.Event()
    with Publisher(path.port) as publisher:

        def run() -> None:
            number = first
            while not over.wait(0.1):
                publisher.publish(readings(number, rate // 10))
                number += rate // 10

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield publisher
        over.set()
        thread.join(60)
        assert not thread.is_alive()


def all_stored(path: DataPath, count: int) -> None:
    eventually(lambda: path.stored() >= count, f"{count} points are stored")
    assert path.stored() == count


@pytest.fixture
def path(binaries: dict[str, Path], tmp_path: Path) -> Iterator[DataPath]:
    with data_path(binaries, tmp_path) as path:
        yield path


def test_events_that_come_while_telegraf_is_away_are_stored_when_it_is_back(path: DataPath) -> None:
    path.telegraf.stop()
    path.publish(readings(0, 5000))
    path.telegraf.start()

    all_stored(path, 5000)


def test_telegraf_may_be_killed_in_the_middle_of_its_work(path: DataPath) -> None:
    with load(path, rate=500) as publisher:
        for _ in range(2):
            time.sleep(1.5)
            path.telegraf.kill()
            path.telegraf.start()

    all_stored(path, publisher.acknowledged)


def test_the_broker_may_be_restarted_with_events_that_are_not_stored_yet(path: DataPath) -> None:
    path.influxd.stop()
    path.publish(readings(0, 3000))
    path.mosquitto.stop()
    time.sleep(3)  # long enough for Telegraf to try in vain to connect
    path.mosquitto.start()
    path.publish(readings(3000, 1000))
    path.influxd.start()

    all_stored(path, 4000)
    path.publish(readings(4000, 20_000))
    all_stored(path, 24_000)


def test_influxdb_may_be_away_for_a_minute_under_load(path: DataPath) -> None:
    path.influxd.stop()
    path.publish(readings(0, 12_000))  # more than Telegraf takes before they are stored
    with load(path, rate=200, first=12_000) as publisher:
        time.sleep(65)  # longer than the broker and its client go without a sign of life
        path.influxd.start()
        time.sleep(1)

    all_stored(path, 12_000 + publisher.acknowledged)


def test_the_platforms_numbers_push_no_events_out_while_influxdb_is_away(
    path: DataPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.influxd.stop()
    path.publish(readings(0, 3000))
    many = "".join(f'roundtrip_http_seconds_count{{path="{n}"}} 1.0\n' for n in range(60_000))
    monkeypatch.setattr(conftest, "NUMBERS", f"# TYPE roundtrip_http_seconds_count counter\n{many}".encode())
    eventually(lambda: "buffer overflow" in path.telegraf.log.read_text(), "a buffer runs over")
    path.influxd.start()

    all_stored(path, 3000)


def test_malformed_messages_hold_up_nothing_and_do_not_come_back(path: DataPath) -> None:
    path.publish([(topic("twin0"), b"\xff malformed")] * 25_000)  # more than are handed out at once
    path.publish(readings(0, 100))
    all_stored(path, 100)

    path.telegraf.stop()
    before = path.telegraf.log.read_text()
    path.telegraf.start()
    path.publish(readings(100, 100))
    all_stored(path, 200)
    assert "E!" not in path.telegraf.log.read_text()[len(before) :]


def test_names_that_influxdb_has_no_room_for_take_no_others_with_them(path: DataPath) -> None:
    """InfluxDB would refuse all that is sent together with such a point."""
    run = {"features": {"idSimulationRun": {"properties": {"value": "r" * 70_000}}}}
    for name in ("n" * 70_000, "/".join(["n"] * 40_000)):
        path.publish([(topic("twin0"), event("twin0", f"/features/f/properties/{name}", 1))])
    path.publish([(topic("twin0"), event("twin0", "/features/f/properties/value", 1, extra=run))])
    path.publish(readings(0, 500))

    all_stored(path, 501)


def test_points_that_influxdb_refuses_hold_up_no_others(path: DataPath) -> None:
    moment = int(BEGIN.timestamp()) * 10**9
    foreign = f'mqtt_consumer,thingId=x value_temperature_properties_value="text" {moment}'
    requests.post(
        f"{path.influxdb.address}/api/v2/write",
        params={"org": ORGANIZATION, "bucket": BUCKET},
        headers={"Authorization": f"Token {TOKEN}"},
        data=foreign,
        timeout=10,
    ).raise_for_status()
    path.publish(readings(0, 500))

    humid = [(where, text.replace("temperature", "humidity")) for where, text in readings(0, 500)]
    path.publish(humid)

    all_stored(path, 501)


def test_events_that_are_older_than_the_bucket_keeps_points_are_left_out(
    binaries: dict[str, Path], tmp_path: Path
) -> None:
    """InfluxDB would refuse them, and the broker would keep them, again and again."""
    now = datetime.now(UTC)
    ages = {"old": timedelta(days=2), "new": timedelta(hours=2)}
    messages = [
        (topic(name), event(name, VALUE, n, at=(now - age + timedelta(seconds=n)).isoformat()))
        for name, age in ages.items()
        for n in range(100)
    ]
    with database(binaries, tmp_path, retention=timedelta(days=1)) as (_, influxdb):
        port, health = free_port(), f"http://127.0.0.1:{free_port()}"
        broker = programs.mosquitto(binaries["mosquitto"], tmp_path, port)
        text = configuration(
            Mqtt(f"tcp://127.0.0.1:{port}"), influxdb.address, retention_days=1, health=health
        )
        login = ("telegraf", programs.password("telegraf"))
        telegraf = programs.telegraf_with(binaries["telegraf"], tmp_path, text, login, health)
        path = DataPath(broker, telegraf, Program([], tmp_path, lambda: True), influxdb, port)
        try:
            broker.start()
            telegraf.start()
            path.subscribed()
            path.publish(messages)
            query = history(BUCKET, "live:new", "value_temperature_properties_value")
            start, stop = (now - timedelta(days=7)).isoformat(), (now + timedelta(hours=1)).isoformat()
            eventually(
                lambda: len(influxdb.query(query, start, stop, "1s")) == 100, "the new ones are stored"
            )
        finally:
            telegraf.stop()
            broker.stop()
    assert "E!" not in telegraf.log.read_text()
