"""Stand-ins in this process, and a stack whose settings lead to them."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
from aiohttp import web

from components.settings import Settings, load
from provider.base import Provider
from provider.cluster import Cluster
from provider.reach import Reach
from sandbox.ditto.connections import Brokers
from sandbox.ditto.server import BROKERS, FAULTS, RECORD, STORE, application
from sandbox.ditto.store import Store
from sandbox.grafana import server as grafana_server
from sandbox.standin.credentials import Fixed
from sandbox.standin.faults import Faults
from sandbox.standin.record import Record, Request
from tests.provider.documents import OWNER, policy

P = TypeVar("P", bound=Provider)

PASSWORD = "s3cret-of-ditto"
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


class Server:
    """An application on a port of this machine, in a thread of its own."""

    def __init__(self, app: web.Application) -> None:
        self.url = ""
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def start(self) -> None:
        self._thread.start()
        self._run(self._started())

    def stop(self) -> None:
        self._run(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    async def _started(self) -> None:
        self._runner = web.AppRunner(self._app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"


class Ditto:
    """The stand-in for Ditto, seen from outside and from inside."""

    def __init__(self, server: Server, app: web.Application) -> None:
        self.url = server.url
        self.record: Record = app[RECORD]
        self.faults: Faults = app[FAULTS]
        self.brokers: Brokers = app[BROKERS]
        self.store: Store = app[STORE]

    def writes(self) -> list[Request]:
        return self.record.writes()

    def requests(self) -> list[tuple[str, str]]:
        """Method and path, without the query, of all requests but those for health."""
        return [
            (request.method, request.path.partition("?")[0])
            for request in self.record.requests
            if request.path != "/health"
        ]


class Grafana:
    """The stand-in for Grafana, seen from outside and from inside."""

    def __init__(self, server: Server, app: web.Application) -> None:
        self.url = server.url
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

    def provider(self, kind: type[P]) -> P:
        made = kind()
        made.reach = self.reach
        return made


@pytest.fixture
def ditto() -> Iterator[Ditto]:
    app = application(Fixed(api={"ditto": PASSWORD}, devops={"ditto": PASSWORD}))
    server = Server(app)
    server.start()
    yield Ditto(server, app)
    server.stop()


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    people = {"ditto": PASSWORD, "somebody": PASSWORD}
    app = grafana_server.application(Fixed(admin=people), strict=True)
    server = Server(app)
    server.start()
    yield Grafana(server, app)
    server.stop()


@pytest.fixture
def stack_of(tmp_path: Path) -> Callable[..., Stack]:
    """A stack whose Ditto and Grafana are at these addresses; its specs are in `tmp_path / "specs"`."""

    def make(ditto: str = "http://127.0.0.1:9", grafana: str = "http://127.0.0.1:9", **twins: Any) -> Stack:
        (tmp_path / "specs").mkdir(exist_ok=True)
        config = {
            "ditto": {"external": {"url": ditto, "secret": "ditto"}},
            "grafana": {"external": {"url": grafana, "secret": "ditto"}},
            "secrets": {"ditto": LOGINS},
            "twins": twins,
        }
        texts = {f"opentwins:{key}": json.dumps(value) for key, value in config.items()}
        settings = load(texts | {"opentwins:specs": str(tmp_path / "specs")}, "test")
        return Stack(settings, Secrets(ditto=dict(LOGINS)))

    return make


@pytest.fixture
def stack(ditto: Ditto, stack_of: Callable[..., Stack]) -> Stack:
    return stack_of(ditto.url)


@pytest.fixture
def with_policy(stack: Stack, ditto: Ditto) -> Stack:
    """A stack in whose Ditto the policy `my:policy` is."""
    stack.reach.ditto.create_policy("my:policy", policy("my:policy", OWNER))
    ditto.record.clear()
    return stack
