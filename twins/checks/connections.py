"""A connection has an address and ends, as its protocol knows them."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from twins.catalogue import Catalogue
from twins.connections import RESERVED
from twins.explain import unknown
from twins.models import ConnectionSpec
from twins.origin import Path, Problem

SCHEMES = {
    "mqtt": ("tcp", "ssl"),
    "mqtt-5": ("tcp", "ssl"),
    "kafka": ("tcp", "ssl"),
    "amqp-10": ("amqp", "amqps"),
    "amqp-091": ("amqp", "amqps"),
    "http-push": ("http", "https"),
}
SECURE = ("ssl", "amqps", "https")
PROTOCOLS = {
    "mosquitto": ("mqtt-5", "mqtt"),
    "kafka": ("kafka",),
    "rabbitmq": ("amqp-091",),
    "hono": ("amqp-10", "kafka"),
}
VERBS = ("PUT", "PATCH", "POST", "GET", "DELETE")
TOPICS = (
    "_/_/things/twin/events",
    "_/_/things/live/messages",
    "_/_/things/live/events",
    "_/_/things/live/commands",
    "_/_/policies/announcements",
    "_/_/connections/announcements",
)
PLACEHOLDER = re.compile(r"\{\{.*?\}\}")


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with a connection's address and with what its protocol cannot do."""
    for key, entry in catalogue.connections.items():
        if key in RESERVED:
            yield entry.problem(("id",), f"{key} is a connection of the platform itself; use another id")
        for path, message in (*_address(entry.spec, catalogue), *_ends(entry.spec), *_protocol(entry.spec)):
            yield entry.problem(path, message)


def _address(spec: ConnectionSpec, catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    if (spec.uri is None) == (spec.service is None):
        yield ("uri",), "a connection needs an address; write one of uri and service, not both"
    elif spec.uri is not None:
        if fault := _uri(spec.uri, SCHEMES[spec.type]):
            yield ("uri",), fault
    elif spec.service is not None:
        if spec.service not in catalogue.services:
            ours = ", ".join(sorted(PROTOCOLS.keys() & set(catalogue.services))) or "none"
            yield (
                ("service",),
                f"this platform runs no {spec.service} (but {ours}); enable it in the stack, or use uri",
            )
        if spec.type not in PROTOCOLS[spec.service]:
            protocols = " or ".join(PROTOCOLS[spec.service])
            yield ("type",), f"{spec.service} does not speak {spec.type}; write {protocols}"
    if spec.ssh_tunnel and (fault := _uri(spec.ssh_tunnel.uri, ("ssh",))):
        yield ("sshTunnel", "uri"), fault


def _uri(uri: str, schemes: tuple[str, ...]) -> str | None:
    """Return what is wrong with an address and what to do, if anything is."""
    example = f"write it as {schemes[0]}://host:port"
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return f"this is no address with a port; {example}"
    if "@" in parts.netloc:
        return "the address holds credentials; put them into a secret of the stack, and name it as `secret`"
    if parts.scheme not in schemes:
        return f"the address has to start with {' or '.join(f'{each}://' for each in schemes)}; {example}"
    if not parts.hostname or not port:
        return f"the address lacks {'a port' if parts.hostname else 'a host'}; {example}"
    if parts.query or parts.fragment or re.search(r"\s", uri):
        return f"the address may hold no query, fragment or space; {example}"
    return None


def _ends(spec: ConnectionSpec) -> Iterator[tuple[Path, str]]:
    if not spec.sources and not spec.targets:
        yield ("sources",), "a connection without sources and targets does nothing; add one"
    for place, target in enumerate(spec.targets):
        for number, topic in enumerate(target.topics):
            if topic.split("?")[0] not in TOPICS:
                path = ("targets", place, "topics", number)
                yield path, f"there is no topic {topic}; {unknown(topic, TOPICS)}"


def _protocol(spec: ConnectionSpec) -> Iterator[tuple[Path, str]]:
    mqtt = spec.type in ("mqtt", "mqtt-5")
    if spec.type == "http-push" and spec.sources:
        yield ("sources",), "http-push only sends; use targets"
    if spec.type == "mqtt" and spec.client_count > 1:
        yield ("clientCount",), "MQTT 3.1.1 has one client a connection; leave it out, or use mqtt-5"
    for place, source in enumerate(spec.sources):
        if mqtt and source.consumer_count > 1:
            yield ("sources", place, "consumerCount"), "MQTT has one consumer a source; leave it out"
        if spec.type == "kafka" and source.qos == 2:
            yield ("sources", place, "qos"), "Kafka has no qos 2; write 0 or 1"
    for place, target in enumerate(spec.targets):
        if spec.type == "http-push" and target.address.split(":")[0] not in VERBS:
            yield (
                ("targets", place, "address"),
                f"the address lacks its verb; write it as POST:/path, or {', '.join(VERBS)}",
            )
        if mqtt and re.search("[+#]", PLACEHOLDER.sub("", target.address)):
            yield ("targets", place, "address"), "MQTT sends to one topic, without + and #; write it out"
