"""Which ways from outside a stack opens: to which pods, at which port, from where, and under which address.

Pure: what the cluster is told (`exposure.py`), what the network lets in (`network.py`) and what people are
told all follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from components.exposure_settings import (
    IngressSettings,
    LoadBalancerSettings,
    NodePortSettings,
    PortExposure,
    RouteSettings,
)

if TYPE_CHECKING:
    from components.endpoint import Endpoint
    from components.endpoints import Endpoints
    from components.settings import Settings

ANYWHERE = ("0.0.0.0/0", "::/0")

# What of Ditto is for others: its operator's /devops and /status are not.
DITTO_PATHS = ("/api", "/ws", "/ui", "/health")

Way = IngressSettings | RouteSettings | LoadBalancerSettings | NodePortSettings


@dataclass(frozen=True)
class Inner:
    """What a way from outside leads to: a Service and the pods behind it, at a port of both."""

    service: str
    pods: str
    port: int
    scheme: str = "http"
    paths: tuple[str, ...] = ("/",)


@dataclass(frozen=True)
class Door:
    """One service that is reached from outside. `key` is its key in `opentwins:exposure`."""

    key: str
    inner: Inner
    kind: str  # ingress, route, loadBalancer or nodePort
    way: Way

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Whose pods the requests come from."""
        if isinstance(self.way, IngressSettings):
            return (self.way.controller,)
        if isinstance(self.way, RouteSettings):
            return (self.way.controller or self.way.gateway_namespace,)
        return ()

    @property
    def networks(self) -> tuple[str, ...]:
        """Which networks the connections come from."""
        if isinstance(self.way, LoadBalancerSettings | NodePortSettings):
            return self.way.networks or ANYWHERE
        return self.way.networks

    @property
    def address(self) -> str | None:
        """Its address for those outside, if the settings tell it."""
        if isinstance(self.way, IngressSettings | RouteSettings):
            path = self.inner.paths[0] if len(self.inner.paths) == 1 else ""
            return f"https://{self.way.host}{path.rstrip('/')}"
        if self.way.host is None:
            return None
        port = self.way.port if isinstance(self.way, NodePortSettings) else self.inner.port
        return f"{self.inner.scheme}://{self.way.host}:{port}"


def inners(settings: Settings) -> dict[str, Inner]:
    """The services of the stack that can be exposed, by key: those that it runs itself."""
    hono, found = settings.hono, {}
    if not settings.ditto.external:
        found["ditto"] = Inner("ditto", "ditto-nginx", 8080, paths=DITTO_PATHS)
    if not settings.grafana.external:
        found["grafana"] = Inner("grafana", "grafana", 3000, paths=(settings.grafana.path,))
    if not settings.influxdb.external:
        found["influxdb"] = Inner("influxdb", "influxdb", 8086)
    if settings.runs_mosquitto:
        found["mosquitto"] = Inner("mosquitto", "mosquitto", 8883, "mqtts")
    if settings.webgl.runs:
        found["webgl"] = Inner("webgl", "webgl", 8081)
    if hono.runs:
        for key, name, port, scheme in (
            ("honoHttp", "hono-http", 8443, "https"),
            ("honoMqtt", "hono-mqtt", 8883, "mqtts"),
            ("honoAmqp", "hono-amqp", 5671, "amqps"),
        ):
            if name.removeprefix("hono-") in hono.adapters:
                found[key] = Inner(name, name, port, scheme)
    return found


def doors(settings: Settings) -> list[Door]:
    """All ways from outside; those to services that the stack does not run are left out."""
    known = inners(settings)
    return [
        Door(key, known[key], kind, way)
        for key, exposure in settings.exposure.given.items()
        if key in known
        for kind, way in _ways(exposure)
    ]


def from_here(settings: Settings, found: Endpoints) -> Endpoints:
    """The endpoints as they are reached from outside the cluster: where the settings say so, by their doors."""
    if settings.reach != "exposure":
        return found
    outside = {door.key: door.address for door in doors(settings) if door.address}

    def moved(endpoint: Endpoint, key: str) -> Endpoint:
        if endpoint.service is None or key not in outside:
            return endpoint
        return replace(endpoint, address=outside[key], service=None)

    return replace(
        found,
        ditto=moved(found.ditto, "ditto"),
        ditto_devops=moved(found.ditto_devops, "ditto"),
        grafana=moved(found.grafana, "grafana"),
    )


def from_outside(settings: Settings, found: Endpoint, key: str) -> Endpoint:
    """The broker or database as somebody reaches it who runs elsewhere: by its door, where it has one."""
    address = {door.key: door.address for door in doors(settings)}.get(key)
    if not (found.service and address):
        return found
    return replace(found, address=address.replace("mqtts://", "ssl://"))


def _ways(exposure: PortExposure) -> Iterator[tuple[str, Way]]:
    for kind, way in exposure.ways.items():
        assert isinstance(way, Way)  # noqa: S101 - for the type checker
        yield kind, way
