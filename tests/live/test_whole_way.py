"""The whole way of a value, on real parts: device → broker → Ditto and its mapper → event → broker → Telegraf →
InfluxDB → the query of the twin's dashboard.

It needs a Ditto on this machine (`OPENTWINS_DITTO_URL`), as its connections have to reach the broker here.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from components.settings import load as load_settings
from grafana.dashboards import twin_dashboard
from provider.platform_connections import platform_connections
from tests.live.conftest import DataPath, data_path
from tests.live.ditto import DITTO, OWNER, USER, Ditto
from tests.live.programs import BUCKET, eventually, password
from twins.compose import connection_document, policy_document, twin_documents
from twins.load import load
from twins.models import ConnectionSpec
from twins.specs import Specs

SENSOR = "example:raspberry:DHT22_1"

pytestmark = pytest.mark.skipif(not DITTO, reason="needs a real Ditto on this machine: OPENTWINS_DITTO_URL")


class Example(Ditto):
    """The shipped example in the real Ditto, with the platform's own connections to the broker here."""

    def __init__(self, specs: Specs, port: int) -> None:
        super().__init__()
        self.specs = specs
        self._port = port

    def make(self) -> None:
        for policy_id, declared in self.specs.policies.items():
            self.put(f"policies/{policy_id}", policy_document(declared.spec, OWNER))
        for thing_id, thing in twin_documents("example:raspberry", self.specs, OWNER).items():
            self.put(f"things/{thing_id}", thing)
        settings = load_settings({}, "live")
        for spec in platform_connections(OWNER.subject, settings):
            self._connect(spec, Path())
        raspberry = self.specs.connections["raspberry"]
        self._connect(raspberry.spec, raspberry.origin.path.parent)

    def _connect(self, spec: ConnectionSpec, folder: Path) -> None:
        document = connection_document(spec, OWNER, folder, f"tcp://127.0.0.1:{self._port}")
        self.connect(spec.id, document, {"username": "ditto", "password": password("ditto")})


@pytest.fixture
def path(binaries: dict[str, Path], tmp_path: Path) -> Iterator[DataPath]:
    with data_path(binaries, tmp_path) as path:
        yield path


@pytest.fixture
def example(path: DataPath) -> Iterator[Example]:
    example = Example(load(Path("twin_specs")), path.port)
    try:
        example.make()
        yield example
    finally:
        example.remove()


def test_what_a_device_measures_is_a_line_of_its_twins_dashboard(path: DataPath, example: Example) -> None:
    began = datetime.now(UTC)
    device = paho.Client(CallbackAPIVersion.VERSION2)
    device.username_pw_set("device", password("device"))
    device.connect("127.0.0.1", path.port)
    device.loop_start()
    for temperature in (21.5, 22.5):
        device.publish("raspberry/DHT22_1", json.dumps({"temp": temperature, "hum": 40}), qos=1)
    device.publish("raspberry/DHT22_1", "no JSON", qos=1)

    def live() -> Any:
        answer = example.ask("GET", f"things/{SENSOR}/features/temperature/properties/value", USER)
        return answer.json() if answer.ok else None

    eventually(lambda: live() == 22.5, "the twin has the value")
    device.loop_stop()
    device.disconnect()

    dashboard = twin_dashboard("example:raspberry", example.specs, "source", BUCKET)
    start, stop = (began - timedelta(minutes=5)).isoformat(), (began + timedelta(minutes=5)).isoformat()

    def shown() -> set[float]:
        found: set[float] = set()
        for query in _queries(dashboard):
            for row in path.influxdb.query(query, start, stop, window="1s"):
                if row.get("_value", "").replace(".", "").isdigit():
                    found.add(float(row["_value"]))
        return found

    eventually(lambda: {22.5, 40.0} <= shown(), "the dashboard shows the values")


def _queries(document: Any) -> Iterator[str]:
    """Every query in a dashboard, however deep its panels are nested."""
    if isinstance(document, dict):
        if isinstance(document.get("query"), str) and "from(bucket" in document["query"]:
            yield document["query"]
        for value in document.values():
            yield from _queries(value)
    elif isinstance(document, list):
        for value in document:
            yield from _queries(value)
