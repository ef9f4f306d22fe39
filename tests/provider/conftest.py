"""Stand-ins in this process, and a stack whose settings lead to them."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
import requests
from aiohttp import web

from components.settings import Settings, load
from provider.base import Provider
from provider.cluster import Cluster
from provider.reach import Reach
from provider.thing import TwinProvider
from sandbox.ditto.connections import Brokers
from sandbox.ditto.server import BROKERS, FAULTS, RECORD, STORE, application
from sandbox.ditto.store import Store
from sandbox.grafana import server as grafana_server
from sandbox.standin.credentials import Fixed
from sandbox.standin.faults import Faults
from sandbox.standin.record import Record, Request
from sandbox.standin.running import serving
from tests.provider.documents import OWNER, policy

P = TypeVar("P", bound=Provider)

PASSWORD = "s3cret-of-ditto"
TOKEN = "s3cret-token-of-influxdb"
LOGINS = {"username": "ditto", "password": PASSWORD}


class Secrets(Cluster):
    """A cluster that has just the Secrets that it is given."""

    def __init__(self, **secrets: dict[str, str]) -> None:
        super().__init__()
        self.secrets = secrets
        self.read: list[str] = []

    def secret(self, namespace: str, name: str) -> dict[str, str]:
        self.read.append(f"{namespace}/{name}")
        return dict(self.secrets[name.removeprefix("user-")])


class Ditto:
    """The stand-in for Ditto, seen from outside and from inside."""

    def __init__(self, url: str, app: web.Application) -> None:
        self.url = url
        self.record: Record = app[RECORD]
        self.faults: Faults = app[FAULTS]
        self.brokers: Brokers = app[BROKERS]
        self.store: Store = app[STORE]

    def writes(self) -> list[Request]:
        return self.record.writes()

    def device_writes(self, thing_id: str, path: str, value: Any) -> None:
        """A value comes from a device; the request is not recorded."""
        url = f"{self.url}/api/2/things/{quote(thing_id, safe='')}{path}"
        requests.put(url, json=value, auth=("ditto", PASSWORD), timeout=10).raise_for_status()
        self.record.clear()

    def requests(self) -> list[tuple[str, str]]:
        """Method and path, without the query, of all requests but those for health."""
        return [
            (request.method, request.path.partition("?")[0])
            for request in self.record.requests
            if request.path != "/health"
        ]


class Grafana:
    """The stand-in for Grafana, seen from outside and from inside."""

    def __init__(self, url: str, app: web.Application) -> None:
        self.url = url
        self.record: Record = app[grafana_server.RECORD]
        self.faults: Faults = app[grafana_server.FAULTS]

    def save(self, dashboard: dict[str, Any], folder: str = "", overwrite: bool = True) -> None:
        """Somebody saves a dashboard in Grafana."""
        self._send("POST", "/api/dashboards/db", dashboard=dashboard, folderUid=folder, overwrite=overwrite)

    def make_folder(self, **folder: Any) -> None:
        """Somebody makes a folder in Grafana."""
        self._send("POST", "/api/folders", **folder)

    def _send(self, method: str, path: str, **body: Any) -> None:
        answer = requests.request(method, self.url + path, json=body, auth=("somebody", PASSWORD), timeout=10)
        answer.raise_for_status()


class Stack:
    """What the provider's process has: the way to the services, with a clock that only waiting moves."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self.settings = settings
        self.secrets = secrets
        self.said: list[str] = []
        self.pauses: list[float] = []
        self.reach = Reach(settings, secrets, pause=self._pause, now=self._now, say=self.said.append)
        self._time = 0.0

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._time += seconds

    def _now(self) -> float:
        return self._time

    def waits_really(self) -> None:
        """A real service does not keep to our clock."""
        self.reach.pause, self.reach.now = time.sleep, time.monotonic

    def live(self, thing_id: str) -> dict[str, Any]:
        """The thing as it is in Ditto."""
        found = self.reach.ditto.thing(thing_id)
        assert found is not None
        return found

    def provider(self, kind: type[P]) -> P:
        made = kind()
        made.reach = self.reach
        return made


@pytest.fixture
def ditto() -> Iterator[Ditto]:
    app = application(Fixed(api={"ditto": PASSWORD}, devops={"ditto": PASSWORD}))
    with serving(app) as url:
        yield Ditto(url, app)


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    people = {"ditto": PASSWORD, "somebody": PASSWORD}
    app = grafana_server.application(Fixed(admin=people), strict=True)
    with serving(app) as url:
        yield Grafana(url, app)


@pytest.fixture
def stack_of(tmp_path: Path) -> Callable[..., Stack]:
    """A stack whose Ditto and Grafana are at these addresses; its specs are in `tmp_path / "specs"`."""

    def make(ditto: str = "http://127.0.0.1:9", grafana: str = "http://127.0.0.1:9", **twins: Any) -> Stack:
        (tmp_path / "specs").mkdir(exist_ok=True)
        config = {
            "ditto": {"external": {"url": ditto, "secret": "ditto"}},
            "mosquitto": {"clients": {"networks": ["127.0.0.0/8"]}},
            "grafana": {
                "external": {
                    "url": grafana,
                    "secret": "ditto",
                    "dataSource": {"url": "http://influxdb.example", "secret": "influxdb"},
                }
            },
            "secrets": {"ditto": LOGINS, "influxdb": {"token": TOKEN}},
            "twins": twins,
        }
        texts = {f"opentwins:{key}": json.dumps(value) for key, value in config.items()}
        settings = load(texts | {"opentwins:specs": str(tmp_path / "specs")}, "test")
        return Stack(settings, Secrets(ditto=dict(LOGINS), influxdb={"token": TOKEN}))

    return make


@pytest.fixture
def stack(ditto: Ditto, stack_of: Callable[..., Stack]) -> Stack:
    return stack_of(ditto.url)


@pytest.fixture
def twins(with_policy: Stack) -> TwinProvider:
    return with_policy.provider(TwinProvider)


@pytest.fixture
def with_policy(stack: Stack, ditto: Ditto) -> Stack:
    """A stack in whose Ditto the policy `my:policy` is."""
    stack.reach.ditto.create_policy("my:policy", policy("my:policy", OWNER))
    ditto.record.clear()
    return stack
