"""What makes a connection one that Ditto refuses: its URI, its sources and targets, its mappers, its host.

The checks and their texts are those of Ditto's ``ConnectionValidator`` and the validators of each type.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

from sandbox.ditto.errors import DittoError

Document = dict[str, Any]

_MQTT = (("tcp", "mqtt", "ssl", "mqtts"), "MQTT 3.1.1")
SCHEMES = {
    "amqp-091": (("amqp", "amqps"), "AMQP 0.9.1"),
    "amqp-10": (("amqp", "amqps"), "AMQP 1.0"),
    "mqtt": _MQTT,
    "mqtt-5": (_MQTT[0], "MQTT 5"),
    "kafka": (("tcp", "ssl"), "Kafka 2.1.1"),
    "http-push": (("http", "https"), "HTTP"),
    "hono": (("tcp", "ssl"), "Hono"),
}
_SECURE = {"amqps", "ssl", "mqtts", "https"}
_METHODS = ("PUT", "PATCH", "POST", "GET", "DELETE")
# The mappers that need no definition, by the names under which sources and targets may list them.
_BUILT_IN = {
    "Ditto",
    "JavaScript",
    "Normalized",
    "ConnectionStatus",
    "RawMessage",
    "ImplicitThingCreation",
    "UpdateTwinWithLiveResponse",
    "CloudEvents",
}


def check(document: Document) -> None:
    """Raise the ``DittoError`` of a connection that cannot work, whatever its broker says."""
    kind = document["connectionType"]
    for number, source in enumerate(document["sources"]):
        if not source["addresses"] or "" in source["addresses"]:
            raise invalid(
                f"Source {number} of connection <{document['id']}>: addresses may not be empty.",
                "Make sure all addresses are not empty.",
            )
    schemes, protocol = SCHEMES[kind]
    scheme = urlsplit(document["uri"]).scheme
    if scheme not in schemes:
        raise DittoError(
            400,
            "connectivity:connection.uri.invalid",
            f"The URI scheme '{scheme}' is not valid for {protocol}.",
            f"Accepted URI schemes are: {', '.join(schemes)}",
        )
    if "ca" in document and scheme not in _SECURE:
        secure = ", ".join(name for name in schemes if name in _SECURE)
        raise DittoError(
            400,
            "connectivity:connection.uri.invalid",
            "The connection has trusted certificates configured but uses an insecure protocol.",
            f"Either switch to a secure protocol ([{secure}]) or remove the trusted certificates.",
        )
    own = _OWN.get(kind)
    if own is not None:
        own(document)
    _check_mappers(document)


def check_uri(uri: str) -> None:
    """Raise the ``DittoError`` of a text that leads nowhere."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise uri_invalid(uri) from None
    if not parts.hostname or not port or parts.query or " " in uri:
        raise uri_invalid(uri)


def check_host(document: Document, blocked: Collection[str]) -> None:
    """Raise the ``DittoError`` of a connection to a host that is blocked; once any is, loopback is too."""
    if not blocked:
        return
    host, _ = host_and_port(document)
    if host in blocked:
        raise _blocked(host, "the hostname is blocked")
    try:
        addresses = {ipaddress.ip_address(found[4][0]) for found in socket.getaddrinfo(host, None)}
    except OSError:
        return
    if any(address.is_loopback for address in addresses):
        raise _blocked(host, "the hostname resolved to a loopback address")


def host_and_port(document: Document) -> tuple[str, int]:
    """Return what the connection connects to."""
    parts = urlsplit(document["uri"])
    return parts.hostname or "", parts.port or 0


def invalid(message: str, description: str | None = None, *, by_gateway: bool = False) -> DittoError:
    """Say what of a connection cannot work."""
    return DittoError(
        400,
        "connectivity:connection.configuration.invalid",
        message,
        description or "Make sure all required properties are set and valid in the configuration.",
        by_gateway=by_gateway,
    )


def uri_invalid(uri: str) -> DittoError:
    """Say that a connection's URI leads nowhere."""
    return DittoError(
        400,
        "connectivity:connection.uri.invalid",
        f"The Connection URI '{uri}' has an invalid format.",
        "The accepted format is {protocol}://{username}:{password}@{hostname}:{port}/{path}",
        by_gateway=True,
    )


def _check_mqtt(document: Document) -> None:
    for kind, ends in _ends(document):
        for where, end in ends:
            if "qos" not in end:
                raise invalid(f"MQTT {kind} <{where}> must contain QoS value.")
            if end["qos"] not in (0, 1, 2):
                raise invalid(f"Invalid value '{end['qos']}' for configuration 'qos' in {where}")


def _check_kafka(document: Document) -> None:
    for source in document["sources"]:
        if source.get("qos", 0) not in (0, 1):
            raise invalid(
                "Invalid 'qos' value for Kafka source, supported are: <0> or <1>."
                f" Configured 'qos' value was: <{source['qos']}>"
            )
    servers = document.get("specificConfig", {}).get("bootstrapServers", "")
    if not servers:
        raise invalid(
            "The connection configuration contains an invalid value for Kafka's bootstrap servers.",
            "Make sure to provide a comma separated list of bootstrap servers in the specific configuration.",
        )


def _check_http(document: Document) -> None:
    if document["sources"]:
        raise invalid("A connection of type 'http-push' may not have any source.")
    for _, ends in _ends(document):
        for where, target in ends:
            method, colon, _path = target["address"].partition(":")
            supported = f"Supported methods are: {', '.join(_METHODS)}"
            if not colon:
                raise invalid(
                    f"{where}: Target address has invalid format."
                    " Expect '<VERB>:/<path>', for example 'POST:/api'.",
                    supported,
                )
            if method not in _METHODS:
                raise invalid(f"{where}: The method '{method}' is not supported", supported)


_OWN: dict[str, Callable[[Document], None]] = {
    "mqtt": _check_mqtt,
    "mqtt-5": _check_mqtt,
    "kafka": _check_kafka,
    "http-push": _check_http,
}


def _check_mappers(document: Document) -> None:
    known = _BUILT_IN | document.get("mappingDefinitions", {}).keys()
    for _, ends in _ends(document):
        for _, end in ends:
            for mapper in end["payloadMapping"]:
                if mapper not in known:
                    raise invalid(
                        f"The mapper <{mapper}> could not be loaded.",
                        "Make sure that the mapper is defined in the mappingDefinitions of the connection.",
                    )


def _ends(document: Document) -> list[tuple[str, list[tuple[str, Document]]]]:
    """Return sources and targets, each with how Ditto calls it."""
    connection = f"of connection '{document['id']}'"
    sources = [(f"Source of index {at} {connection}", end) for at, end in enumerate(document["sources"])]
    targets = [(f"Target of address '{end['address']}' {connection}", end) for end in document["targets"]]
    return [("Source", sources), ("Target", targets)]


def _blocked(host: str, reason: str) -> DittoError:
    return invalid(
        f"The configured host '{host}' may not be used for the connection"
        f" because the host is blocked: {reason}",
        "It is a blocked or otherwise forbidden hostname which may not be used.",
    )
