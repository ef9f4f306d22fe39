"""What makes a connection one that Ditto refuses: its URI, its sources and targets, its mappers, its host.

The checks and their texts are those of Ditto's ``ConnectionValidator`` and the validators of each type. Whether a
JavaScript mapper's script is one is not looked at: that takes an engine.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterator
from typing import Any
from urllib.parse import urlsplit

from sandbox.ditto.errors import DittoError, PlainError

Document = dict[str, Any]

SCHEMES = {
    "amqp-091": (("amqp", "amqps"), "AMQP 0.9.1"),
    "amqp-10": (("amqp", "amqps"), "AMQP 1.0"),
    "mqtt": (("tcp", "ssl"), "MQTT 3.1.1"),
    "mqtt-5": (("tcp", "ssl"), "MQTT 5"),
    "kafka": (("tcp", "ssl"), "Kafka 2.1.1"),
    "http-push": (("http", "https"), "HTTP"),
    "hono": (("tcp", "ssl"), "Hono"),
}
LARGEST_SCRIPT = 50_000  # bytes

_SECURE = {"amqps", "ssl", "https"}
_METHODS = ("PUT", "PATCH", "POST", "GET", "DELETE")
_ALIASES = ("telemetry", "event", "command_response")
_FALLBACK_MAPPERS = ("UpdateTwinWithLiveResponse", "Normalized", "Ditto", "CloudEvents", "RawMessage")
_ENGINES = {*_FALLBACK_MAPPERS, "JavaScript", "ConnectionStatus", "ImplicitThingCreation"}
_PREFIXES = {
    *("connection", "entity", "feature", "fn", "header", "policy", "request", "resource", "source", "thing"),
    *("thing-json", "time", "topic"),
}
_PLACEHOLDER = re.compile(r"\{\{\s*([\w-]+):([^|}\s]+)[^}]*\}\}")
_SERVERS = re.compile(r"[^\s,:]+:\d+(\s*,\s*[^\s,:]+:\d+)*")
_DER = r"-----BEGIN {0}-----\s+[A-Za-z0-9+/=\s]+-----END {0}-----"


def check(document: Document) -> None:
    """Raise the ``DittoError`` of a connection that cannot work, whatever its broker says."""
    kind = document["connectionType"]
    for number, source in enumerate(document["sources"]):
        if not source["addresses"] or "" in source["addresses"]:
            raise invalid(f"Source {number} of connection <{document['id']}>: addresses may not be empty.")
    if any(not target["address"] for target in document["targets"]):
        raise invalid(f"Targets of connection <{document['id']}>: addresses may not be empty.")
    if document["clientCount"] < 1:
        raise PlainError(500, "")
    _check_certificates(document)
    schemes, protocol = SCHEMES[kind]
    scheme = urlsplit(document["uri"]).scheme
    if scheme not in schemes:
        raise _uri(
            f"The URI scheme '{scheme}' is not valid for {protocol}.",
            f"Accepted URI schemes are: {', '.join(schemes)}",
        )
    if "ca" in document and scheme not in _SECURE:
        secure = ", ".join(name for name in schemes if name in _SECURE)
        raise _uri(
            "The connection has trusted certificates configured but uses an insecure protocol.",
            f"Either switch to a secure protocol ([{secure}]) or remove the trusted certificates.",
        )
    own = _OWN.get(kind)
    if own is not None:
        own(document)
    for target in document["targets"]:
        for prefix, name in _PLACEHOLDER.findall(target["address"]):
            if prefix not in _PREFIXES:
                raise invalid(
                    f"The placeholder '{prefix}:{name}' could not be resolved.",
                    "Some placeholders could not be resolved. Check the spelling of the placeholder"
                    " and make sure all required headers are set.",
                )
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
    return _uri(
        f"The Connection URI '{uri}' has an invalid format.",
        "The accepted format is {protocol}://{username}:{password}@{hostname}:{port}/{path}",
        by_gateway=True,
    )


def _uri(message: str, description: str, *, by_gateway: bool = False) -> DittoError:
    code = "connectivity:connection.uri.invalid"
    return DittoError(400, code, message, description, by_gateway=by_gateway)


def _check_certificates(document: Document) -> None:
    credentials = document.get("credentials", {})
    key = credentials.get("key")
    if key is not None and not re.fullmatch(f"{_DER.format('PRIVATE KEY')}\\s*", key):
        raise invalid(
            "/credentials/key: bad format. Expect PEM-encoded PKCS #8 data specified by RFC-7468"
            " starting with '-----BEGIN PRIVATE KEY-----'",
            "Please format your client key as PEM-encoded unencrypted PKCS #8.",
        )
    for where, text in (("/credentials/cert", credentials.get("cert")), ("/ca", document.get("ca"))):
        if text is not None and not re.fullmatch(f"({_DER.format('CERTIFICATE')}\\s*)+", text):
            raise invalid(
                f"{where}: bad format. Expect PEM-encoded DER data specified by RFC-7468"
                " starting with '-----BEGIN CERTIFICATE-----'"
            )


def _check_mqtt(document: Document) -> None:
    for kind, where, end in _ends(document):
        if "qos" not in end:
            raise invalid(f"MQTT {kind} <{where}> must contain QoS value.")
        if end["qos"] not in (0, 1, 2):
            raise invalid(f"Invalid value '{end['qos']}' for configuration 'qos' in {where}")
    for target in document["targets"]:
        for sign, word in (("#", "multi"), ("+", "single")):
            if sign in target["address"]:
                address = target["address"]
                raise invalid(
                    f"The provided topic '{address}' is not valid: Topic [{address}] must not contain"
                    f" {word} level wildcard ({sign}), found at index {address.index(sign)}."
                )

    if document.get("specificConfig", {}).get("lastWillTopic") == "":
        raise invalid(
            "Topic must be at least one character long.",
            "Please provide a valid MQTT topic for config key <lastWillTopic>.",
        )


def _check_kafka(document: Document) -> None:
    for source in document["sources"]:
        if source.get("qos", 0) not in (0, 1):
            raise invalid(
                "Invalid 'qos' value for Kafka source, supported are: <0> or <1>."
                f" Configured 'qos' value was: <{source['qos']}>"
            )
    servers = document.get("specificConfig", {}).get("bootstrapServers", "null")
    if not _SERVERS.fullmatch(servers):
        raise invalid(f"The provided list of bootstrap servers '{servers}' is not valid")


def _check_http(document: Document) -> None:
    if document["sources"]:
        raise invalid("A connection of type 'http-push' may not have any source.")
    supported = f"Supported methods are: {', '.join(_METHODS)}"
    for _, where, target in _ends(document):
        method, colon, _path = target["address"].partition(":")
        if not colon:
            raise invalid(
                f"{where}: Target address has invalid format."
                " Expect '<VERB>:/<path>', for example 'POST:/api'.",
                supported,
            )
        if method not in _METHODS:
            raise invalid(f"{where}: The method '{method}' is not supported", supported)


def _check_hono(document: Document) -> None:
    for source in document["sources"]:
        for address in source["addresses"]:
            if address not in _ALIASES:
                raise invalid(
                    f"The provided source address <{address}> is invalid."
                    f" It should be one of the defined aliases: [{', '.join(_ALIASES)}]"
                )


_OWN: dict[str, Callable[[Document], None]] = {
    "mqtt": _check_mqtt,
    "mqtt-5": _check_mqtt,
    "kafka": _check_kafka,
    "http-push": _check_http,
    "hono": _check_hono,
}


def _check_mappers(document: Document) -> None:
    definitions = document.get("mappingDefinitions", {})
    for definition in definitions.values():
        options = definition["options"]
        sizes = [len(str(options.get(f"{way}Script") or "").encode()) for way in ("incoming", "outgoing")]
        if definition["mappingEngine"] == "JavaScript" and max(sizes) > LARGEST_SCRIPT:
            raise invalid(
                "The message mapper configuration failed due to: The script size was bigger than the allowed"
                f" <{LARGEST_SCRIPT}> bytes: incoming script size was <{sizes[0]}> bytes,"
                f" outgoing script size was <{sizes[1]}> bytes",
                "Check the configuration options of your mapper for errors.",
            )
    loaded = {name for name, found in definitions.items() if found["mappingEngine"] in _ENGINES}
    for _, _, end in _ends(document):
        for mapper in end.get("payloadMapping", ()):
            if mapper not in loaded and mapper not in _FALLBACK_MAPPERS:
                raise invalid(
                    f"The mapper <{mapper}> could not be loaded.",
                    "Make sure to only use either the specified mappingDefinitions names"
                    f" [{', '.join(loaded)}] or fallback mapper names [{', '.join(_FALLBACK_MAPPERS)}].",
                )


def _ends(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Yield sources and targets, each with what and how Ditto calls it."""
    connection = f"of connection '{document['id']}'"
    for number, source in enumerate(document["sources"]):
        yield "Source", f"Source of index {number} {connection}", source
    for target in document["targets"]:
        yield "Target", f"Target of address '{target['address']}' {connection}", target


def _blocked(host: str, reason: str) -> DittoError:
    return invalid(
        f"The configured host '{host}' may not be used for the connection"
        f" because the host is blocked: {reason}",
        "It is a blocked or otherwise forbidden hostname which may not be used.",
    )
