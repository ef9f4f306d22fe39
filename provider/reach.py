"""How this stack's services are reached when the provider runs: by URL, or through the Kubernetes API.

No resource holds an address or a password. The stack's config, which the engine hands over, says where things
are; the cluster's Secrets say what opens them. What speaks to a service is imported when it is spoken to.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from pulumi.dynamic import Config

from components.doors import from_here
from components.endpoint import Endpoint
from components.endpoints import Endpoints, endpoints
from components.settings import KEYS, Settings, SettingsError, load
from provider.ditto import Ditto
from provider.errors import ProviderError, Unreachable
from provider.fleets import Fleets
from provider.http import Client, cause
from provider.pace import Pace

if TYPE_CHECKING:
    from provider.cluster import Cluster
    from provider.crowd import Crowd
    from provider.grafana import Grafana
    from provider.hono import Registry
    from provider.kafka_admin import KafkaAdmin
    from provider.kafka_ml import KafkaMl

AT_ONCE = 16  # requests to Ditto; Grafana gets one, as its database locks
ANNOUNCED = 30.0  # seconds between two lines about what is waited for


class Reach:
    """One stack's services. Each is opened when it is first used, once, whichever thread comes first."""

    def __init__(
        self,
        settings: Settings,
        cluster: Cluster | None = None,
        *,
        pause: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] = lambda line: print(line, flush=True),
    ) -> None:
        self.settings = settings
        self.pause = pause
        self.now = now
        self.say = say  # what the provider prints, the engine shows
        self.claims: dict[str, str] = {}  # by which resource each thing was declared last, in this run
        if cluster:
            self._cluster = cluster
        self._endpoints: Endpoints = from_here(settings, endpoints(settings))
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._outcomes: dict[str, Client | str] = {}
        self._ditto_pace = Pace(AT_ONCE)
        self._hono_pace = Pace(AT_ONCE)
        self._kafka_ml_pace = Pace(1)  # its database is SQLite, and what it checks takes processors
        self._crowd: Crowd | None = None

    @cached_property
    def _cluster(self) -> Cluster:
        from provider.cluster import Cluster

        kubernetes = self.settings.kubernetes
        return Cluster(kubernetes.kubeconfig, kubernetes.context)

    @property
    def ditto(self) -> Ditto:
        """Ditto as its API user: things and policies. Raises `Unreachable`."""
        return Ditto(self._client("Ditto", self._endpoints.ditto, "/health", self._ditto_pace))

    @property
    def connections(self) -> Ditto:
        """Ditto as its operator: connections. Raises `Unreachable`."""
        return Ditto(self._client("Ditto", self._endpoints.ditto_devops, "/health", self._ditto_pace))

    @property
    def grafana(self) -> Grafana:
        """Grafana. Raises `Unreachable`."""
        from provider.grafana import Grafana

        return Grafana(self._client("Grafana", self._endpoints.grafana, "/api/health", Pace(1)))

    @property
    def registry(self) -> Registry:
        """The device registry of Hono. Raises `Unreachable`."""
        from provider.hono import Registry

        endpoint = self._there(self._endpoints.hono_registry, "Hono")
        return Registry(self._client("Hono's device registry", endpoint, "/v1/tenants", self._hono_pace))

    @property
    def kafka_ml(self) -> KafkaMl:
        """Kafka-ML. Raises `Unreachable`."""
        from provider.kafka_ml import KafkaMl

        endpoint = self._there(self._endpoints.kafka_ml, "Kafka-ML")
        return KafkaMl(self._client("Kafka-ML", endpoint, "/configurations/", self._kafka_ml_pace))

    @cached_property
    def kafka(self) -> KafkaAdmin:
        """Kafka, as its administrator. Raises `Unreachable`."""
        from provider.kafka_reach import opened

        endpoint = self._there(self._endpoints.kafka_admin, "Kafka")
        values = self.secret(endpoint.secret or "")
        deadline = self.settings.twins.deadline
        return opened(endpoint, self._cluster, values, deadline, self.now, self.pause, self.say)

    def lacks(self, service: str, what: str) -> bool:
        """Whether the stack uses no Hono, Kafka-ML or Kafka any more; what was in it is then said to be left."""
        used = {
            "Hono": self.settings.hono.used,
            "Kafka-ML": self.settings.kafka_ml.used,
            "Kafka": self._endpoints.kafka_admin is not None,
        }
        lacking = not used[service]
        if lacking:
            self.say(
                f"{what} is not looked for: the stack has no {service} any more. It is gone with it, or is still"
                " where that keeps its data"
            )
        return lacking

    def _there(self, endpoint: Endpoint | None, name: str) -> Endpoint:
        if endpoint is None:
            raise Unreachable(f"the stack has no {name} any more, so what is in it cannot be reached")
        return endpoint

    @cached_property
    def fleets(self) -> Fleets:
        """The fleets of the stack, and what comes of them in this process."""
        return Fleets(self.settings, self.say)

    @property
    def crowd(self) -> Crowd | None:
        """Ditto for very many requests, or None where only the ordinary way leads. Raises `Unreachable`."""
        from provider.crowd import Crowd
        from provider.forward import Forward
        from provider.way import EndpointWay, is_proxied

        endpoint = self._endpoints.ditto
        if endpoint.service is None and is_proxied(endpoint.address):
            return None
        _ = self.ditto  # which waits until it is healthy
        with self._lock:
            if self._crowd is None:
                forward = Forward(self._cluster, endpoint.service) if endpoint.service else None
                way = EndpointWay("Ditto", endpoint, forward, lambda: self._login(endpoint.secret))
                self._crowd = Crowd(way)
            return self._crowd

    def _login(self, secret: str | None) -> tuple[bytes, bytes] | None:
        if secret is None:
            return None
        values = self.secret(secret)
        return values["username"].encode(), values["password"].encode()

    def secret(self, name: str) -> dict[str, str]:
        """The values of a Kubernetes Secret of the platform. Raises `Unreachable`."""
        return self._cluster.secret(self.settings.namespace, name)

    def storage_classes(self) -> dict[str, bool] | None:
        """The cluster's storage classes, and whether each is the default; None if they are not to be seen."""
        return self._cluster.storage_classes()

    def _client(self, service: str, endpoint: Endpoint, health: str, pace: Pace) -> Client:
        with self._lock:
            lock = self._locks.setdefault(endpoint.name, threading.Lock())
        with lock:
            if endpoint.name not in self._outcomes:
                self._outcomes[endpoint.name] = self._opened(service, endpoint, health, pace)
            outcome = self._outcomes[endpoint.name]
        if isinstance(outcome, str):  # it was waited for once; nobody waits again in this run
            raise Unreachable(outcome)
        return outcome

    def _opened(self, service: str, endpoint: Endpoint, health: str, pace: Pace) -> Client | str:
        from provider.door import EndpointDoor

        door = EndpointDoor(endpoint, self._cluster, self.settings.namespace, AT_ONCE)
        client = Client(service, door, pace, self.pause)
        try:
            self._wait(client, health, _where(endpoint))
        except Unreachable as error:
            return str(error)
        return client

    def _wait(self, client: Client, health: str, where: str) -> None:
        """Wait until the service says that it is healthy; say what is waited for, and why it was in vain."""
        deadline = self.settings.twins.deadline
        began = self.now()
        announced = float("-inf")
        while (ailment := _ailment(client, health)) is not None:
            passed = self.now() - began
            if passed >= deadline:
                raise Unreachable(
                    f"{client.service} ({where}) was not healthy within {deadline:.0f} s"
                    f" (opentwins:twins.deadline): {ailment}"
                )
            if passed - announced >= ANNOUNCED:
                announced = passed
                self.say(
                    f"waiting for {client.service} ({where}) to be healthy, up to {deadline:.0f} s: {ailment}"
                )
            self.pause(min(2.0, deadline - passed))


def _ailment(client: Client, health: str) -> str | None:
    """Why the service is not healthy, or None when it is. Raises `Unreachable` when waiting cannot help."""
    import requests

    try:
        answer = client.once("GET", health)
    except requests.RequestException as error:
        return cause(error)
    # An external service may hide its health from us (403, 404); that it answers has to do then.
    return (
        None
        if answer.status < 500
        else f"its health check answers {answer.status} {answer.text[:200]}".strip()
    )


def _where(endpoint: Endpoint) -> str:
    service = endpoint.service
    return endpoint.address if service is None else f"Service {service.namespace}/{service.name}"


_reaches: dict[tuple[tuple[str, str], ...], Reach] = {}
_reaches_lock = threading.Lock()


def configured(config: Config) -> Reach:
    """The reach of the stack whose config this is: one for all resources of this process.

    Raises `ProviderError` when the config is not in order.
    """
    given = {f"opentwins:{key}": str(text) for key in KEYS if (text := config.get(f"opentwins:{key}"))}
    key = tuple(sorted(given.items()))
    with _reaches_lock:
        if key not in _reaches:
            try:
                # The engine does not tell a provider the stack's name; nothing that is reached depends on it.
                _reaches[key] = Reach(load(given, ""))
            except SettingsError as error:
                raise ProviderError(
                    "\n".join(["the stack's config is not in order:", *error.mistakes])
                ) from None
        return _reaches[key]
