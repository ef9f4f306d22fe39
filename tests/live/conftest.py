"""The real path, from the broker to the database, as often as a test wants it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from grafana.queries import TEXTS, states
from tests.live import programs
from tests.live.events import ABSENT, event, topic
from tests.live.programs import BUCKET, InfluxDB, Program, eventually, free_port, password
from tests.services.peers.fetched import MissingError


@dataclass
class DataPath:
    """Mosquitto, Telegraf and InfluxDB, with the platform's configuration; all run."""

    mosquitto: Program
    telegraf: Program
    influxd: Program
    influxdb: InfluxDB
    port: int
    """Of the broker."""

    def publish(self, messages: Sequence[tuple[str, str | bytes]]) -> None:
        """Publish (topic, payload) as Ditto does; return when the broker has acknowledged all of them."""
        with Publisher(self.port) as publisher:
            publisher.publish(messages)

    def subscribed(self) -> None:
        """Wait until events get through: before Telegraf subscribes for the first time, nobody keeps them."""

        def through() -> bool:
            now = datetime.now(UTC)
            first = event("first", "/features/is/properties/text", "here", at=now.isoformat(), extra=ABSENT)
            self.publish([(topic("first"), first)])
            query = states(BUCKET, "live:first", "value_is_properties_text", TEXTS)
            start, stop = (now - timedelta(hours=1)).isoformat(), (now + timedelta(hours=1)).isoformat()
            return bool(self.influxdb.query(query, start, stop))

        eventually(through, "a first event gets through")

    def stored(self, measurement: str = "mqtt_consumer") -> int:
        """How many points there are."""
        rows = self.influxdb.query(
            f'from(bucket: "opentwins") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)'
            f' |> filter(fn: (r) => r._measurement == "{measurement}") |> group() |> count()'
        )
        return sum(int(row["_value"]) for row in rows)


class Publisher:
    """A client that publishes as Ditto does, at quality of service 1."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set("ditto", password("ditto"))
        self._client.max_inflight_messages_set(1000)
        self._client.max_queued_messages_set(0)
        self._port = port
        self.acknowledged = 0
        self._lock = threading.Lock()
        self._client.on_publish = self._counted

    def __enter__(self) -> "Publisher":
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, messages: Sequence[tuple[str, str | bytes]]) -> None:
        before = self.acknowledged
        for where, payload in messages:
            self._client.publish(where, payload, qos=1)
        eventually(lambda: self.acknowledged >= before + len(messages), "the broker acknowledges")

    def _counted(self, *_: object) -> None:
        with self._lock:
            self.acknowledged += 1


@pytest.fixture(scope="session")
def binaries() -> dict[str, Path]:
    """Where the real programs are; without one of them, what needs them is skipped."""
    try:
        return programs.binaries()
    except MissingError as missing:
        pytest.skip(str(missing))


@contextmanager
def database(
    binaries: dict[str, Path], folder: Path, retention: timedelta = timedelta(0)
) -> Iterator[tuple[Program, InfluxDB]]:
    """InfluxDB, as it is after its first start; it keeps points for so long, or for ever."""
    port = free_port()
    process = programs.influxd(binaries["influxd"], folder, port)
    influxdb = InfluxDB(f"http://127.0.0.1:{port}")
    try:
        process.start()
        influxdb.set_up(retention)
        yield process, influxdb
    finally:
        process.stop()


@contextmanager
def data_path(binaries: dict[str, Path], folder: Path) -> Iterator[DataPath]:
    """The whole path, through which a first event has got already."""
    port = free_port()
    broker = programs.mosquitto(binaries["mosquitto"], folder, port)
    with database(binaries, folder) as (influxd, influxdb), metrics() as address:
        telegraf = programs.telegraf(binaries["telegraf"], folder, port, influxdb.address, address)
        path = DataPath(broker, telegraf, influxd, influxdb, port)
        try:
            broker.start()
            telegraf.start()
            path.subscribed()
            yield path
        finally:
            telegraf.stop()
            broker.stop()


NUMBERS = b"""# TYPE roundtrip_http_seconds histogram
roundtrip_http_seconds_bucket{ditto_request_path="/things",le="0.01"} 3.0
roundtrip_http_seconds_bucket{ditto_request_path="/things",le="+Inf"} 4.0
roundtrip_http_seconds_count{ditto_request_path="/things"} 4.0
roundtrip_http_seconds_sum{ditto_request_path="/things"} 0.5
"""


@contextmanager
def metrics() -> Iterator[str]:
    """The address of a service that tells its numbers as Ditto's do."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(NUMBERS)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
