"""Contradictions about where things run, how many of them, and who reaches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from components.doors import doors, inners
from components.exposure_settings import NodePortSettings
from components.holdings import running
from components.mistakes import key
from components.model import Model
from components.scaling import Autoscaling

if TYPE_CHECKING:
    from components.external import ExternalKafka, ExternalMqtt, ExternalRabbitMQ
    from components.settings import Settings

LOGIN = ("username", "password")
Named = tuple[tuple[str, ...], str | None, tuple[str, ...]]

# What an external service leaves of the settings beside it: what others need to know of it.
STAYS: Mapping[str, frozenset[str]] = {"influxdb": frozenset({"organization", "bucket"})}
# What has an effect when the volumes of one that does not run are kept.
OF_VOLUMES = frozenset({"storage", "members", "replicas"})


def secrets(settings: Settings) -> list[Named]:
    """The secrets that are named: by which setting, which one, and the keys that are read."""
    found: list[Named] = []
    if mongodb := settings.mongodb.external:
        found += [
            (("mongodb", "external", "secret"), mongodb.secret, LOGIN),
            (("mongodb", "external", "policiesSecret"), mongodb.policies_secret, LOGIN),
        ]
    if influxdb := settings.influxdb.external:
        found += [
            (("influxdb", "external", "secret"), influxdb.secret, ("token",)),
            (("influxdb", "external", "readSecret"), influxdb.read_secret, ("token",)),
        ]
    for name, broker in (("mosquitto", settings.mosquitto.external), ("kafka", settings.kafka.external)):
        if broker:
            found += [
                ((name, "external", "secret"), broker.secret, LOGIN),
                ((name, "external", "telegrafSecret"), broker.telegraf_secret, LOGIN),
            ]
    if kafka := settings.kafka.external:
        found.append((("kafka", "external", "adminSecret"), kafka.admin_secret, LOGIN))
    if rabbitmq := settings.rabbitmq.external:
        found.append((("rabbitmq", "external", "secret"), rabbitmq.secret, LOGIN))
    if (grafana := settings.grafana.external) and grafana.data_source:
        path = ("grafana", "external", "dataSource", "secret")
        found.append((path, grafana.data_source.secret, ("token",)))
    return found


def contradictions(settings: Settings, given: Mapping[str, Any]) -> Iterator[str]:
    """A line for each. `given` is what the user wrote, without the defaults."""
    yield from _unused(settings, given)
    yield from _exposure(settings)
    yield from _hosts(settings)
    yield from _autoscaling(settings, ())
    yield from _data(settings)
    yield from _reach(settings)
    yield from _grafana(settings)
    yield from _ditto(settings)
    yield from _clear(settings)


def _unused(settings: Settings, given: Mapping[str, Any]) -> Iterator[str]:
    """A service that runs elsewhere takes no settings from here."""
    for name, one in given.items():
        if isinstance(one, dict) and one.get("external"):
            stays = STAYS.get(name, frozenset()) | (OF_VOLUMES if name in settings.keep_data else frozenset())
            for other in sorted(one.keys() - {"external"} - stays):
                instead = key([name, "external"])
                yield f"{key([name, other])}: has no effect beside {instead}; remove one of the two"
    mongodb = given.get("mongodb")
    if settings.ditto.external and isinstance(mongodb, dict) and "mongodb" not in settings.keep_data:
        for other in sorted(mongodb.keys() - {"external"} if not mongodb.get("external") else ()):
            instead = key(["ditto", "external"])
            yield f"{key(['mongodb', other])}: has no effect beside {instead}, which has its own; remove it"


def _exposure(settings: Settings) -> Iterator[str]:
    known = inners(settings)
    for name in settings.exposure.given:
        if name not in known:
            yield f"{key(['exposure', name])}: it does not run in this stack, so it cannot be exposed"
        elif name == "mosquitto" and settings.mosquitto.tls is None:
            yield (
                f"{key(['exposure', name])}: passwords would be readable on the way; give"
                f" {key(['mosquitto', 'tls'])} a certificate first"
            )
    names = settings.mosquitto.tls.hosts if settings.mosquitto.tls else ()
    for door in doors(settings):
        host = door.way.host
        if door.key == "mosquitto" and names and host and not any(_covers(name, host) for name in names):
            yield (
                f"{key(['exposure', door.key, door.kind, 'host'])}: {host} is not in"
                f" {key(['mosquitto', 'tls', 'hosts'])}, so clients would refuse the certificate; add it there"
            )


def _covers(name: str, host: str) -> bool:
    """Whether a certificate for this name, which may begin with `*.`, is one for that host."""
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])


def _hosts(settings: Settings) -> Iterator[str]:
    """Two services must not want the same place: a path of a host, or a port of the nodes."""
    taken: list[tuple[str, str, str]] = []
    ports: dict[int, str] = {}
    for door in doors(settings):
        where = key(["exposure", door.key, door.kind])
        if isinstance(door.way, NodePortSettings):
            if door.way.port in ports:
                yield f"{where}.port: {door.way.port} is {ports[door.way.port]}'s already"
            ports.setdefault(door.way.port, where)
        elif door.kind in ("ingress", "route"):
            host = str(door.way.host)
            clash = next(
                (
                    (path, other, its)
                    for path in door.inner.paths
                    for other, its, at in taken
                    if at == host and _overlap(path, its)
                ),
                None,
            )
            if clash:
                hint = "; grafana.path can put Grafana elsewhere" if "grafana" in (door.key, clash[1]) else ""
                yield f"{where}: {host}{clash[0]} is in the way of {clash[1]}'s {host}{clash[2]}{hint}"
            taken += [(door.key, path, host) for path in door.inner.paths]


def _overlap(one: str, other: str) -> bool:
    first, second = one.rstrip("/") + "/", other.rstrip("/") + "/"
    return first.startswith(second) or second.startswith(first)


def _autoscaling(model: Model, path: tuple[str, ...], above: tuple[str, int] = ("", 1)) -> Iterator[str]:
    """Wherever there is autoscaling, it has to leave room above `replicas`, its own or those `above` it."""
    replicas = getattr(model, "replicas", None)
    least = (key((*path, "replicas")), int(replicas)) if replicas else above
    for name, field in type(model).model_fields.items():
        value, here = getattr(model, name), (*path, field.alias or name)
        if isinstance(value, Autoscaling) and value.most < least[1]:
            yield f"{key((*here, 'most'))}: {value.most} is less than {least[0]}: {least[1]}"
        elif isinstance(value, Model):
            yield from _autoscaling(value, here, least)


def _data(settings: Settings) -> Iterator[str]:
    for holder in sorted({*settings.keep_data} & {*settings.allow_data_loss}):
        yield f"{key(['keepData'])}: {holder} is in {key(['allowDataLoss'])} too; remove it from one of the two"
    runs = running(settings)
    if "mongodb" in settings.keep_data and not runs["mongodb"] and settings.mongodb.secret:
        yield f"{key(['mongodb', 'secret'])}: has no effect while MongoDB does not run; remove it"


def _reach(settings: Settings) -> Iterator[str]:
    """To be reached by its address from outside, a service has to have one."""
    if settings.reach != "exposure":
        return
    outside = {door.key for door in doors(settings) if door.address}
    for name, external in (("ditto", settings.ditto.external), ("grafana", settings.grafana.external)):
        if not external and name not in outside:
            yield (
                f"{key(['reach'])}: {name} has no address outside the cluster; give {key(['exposure', name])}"
                " a host, or let reach be forward"
            )


def _ditto(settings: Settings) -> Iterator[str]:
    """A Ditto elsewhere has to be able to reach the brokers here, or no connection ever opens."""
    if not settings.ditto.external:
        return
    doored = {door.key for door in doors(settings) if door.address}
    mosquitto, rabbitmq, kafka = settings.mosquitto, settings.rabbitmq, settings.kafka
    ways: list[tuple[str, bool, Any, str]] = [
        (
            "mosquitto",
            settings.runs_mosquitto,
            "mosquitto" in doored or mosquitto.clients.namespaces or mosquitto.clients.networks,
            f"give {key(['exposure', 'mosquitto'])} a host, or name where it runs in {key(['mosquitto', 'clients'])}",
        ),
        (
            "kafka",
            settings.runs_kafka and settings.broker == "kafka",
            kafka.namespaces,
            f"if it runs in this cluster, name its namespace in {key(['kafka', 'namespaces'])}",
        ),
        (
            "rabbitmq",
            settings.runs_rabbitmq,
            rabbitmq.clients.namespaces or rabbitmq.clients.networks,
            f"name where it runs in {key(['rabbitmq', 'clients'])}",
        ),
    ]
    for name, runs, let_in, how in ways:
        if runs and not let_in:
            yield (
                f"{key(['ditto', 'external'])}: a Ditto that runs elsewhere does not reach this stack's {name} by"
                f" itself; {how}, or use {key([name, 'external'])}"
            )


def _clear(settings: Settings) -> Iterator[str]:
    """An authority is for TLS: beside an address without, one of the two is not meant."""
    brokers: dict[str, ExternalMqtt | ExternalKafka | ExternalRabbitMQ | None] = {
        "mosquitto": settings.mosquitto.external,
        "kafka": settings.kafka.external,
        "rabbitmq": settings.rabbitmq.external,
    }
    for name, external in brokers.items():
        if external is None or external.url.startswith(("ssl://", "amqps://")):
            continue
        named = dict.fromkeys(
            secret
            for secret in (
                external.secret,
                getattr(external, "telegraf_secret", None),
                getattr(external, "admin_secret", None),
            )
            if secret and "ca" in settings.secrets.get(secret, {})
        )
        for secret in named:
            secure = "amqps" if name == "rabbitmq" else "ssl"
            yield (
                f"{key([name, 'external', 'url'])}: is without TLS, and opentwins:secrets.{secret} has a ca; write"
                f" {secure}://, or take the ca out"
            )


def _grafana(settings: Settings) -> Iterator[str]:
    """A Grafana elsewhere has to be able to ask InfluxDB."""
    external = settings.grafana.external
    if external and not external.data_source and not settings.influxdb.external:
        yield (
            f"{key(['grafana', 'external', 'dataSource'])}: is missing: a Grafana that runs elsewhere does not"
            " reach this stack's InfluxDB by itself; give the address at which it does (see"
            f" {key(['exposure', 'influxdb'])}) and a secret with a token that may read the bucket"
        )
