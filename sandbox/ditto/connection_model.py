"""What a connection may look like, and what Ditto adds to it before it is stored."""

import re
from collections.abc import Collection
from typing import Any

from sandbox.ditto.connection_checks import SCHEMES, check_uri, invalid
from sandbox.ditto.documents import dumps, wanted
from sandbox.ditto.errors import DittoError, field_missing, json_invalid

Document = dict[str, Any]

# The types whose messages have headers of their own to answer with.
_HEADERS = {"amqp-091", "amqp-10", "kafka", "mqtt-5", "hono"}
_OPTIONAL = ("credentials", "ca", "sshTunnel")
_CREDENTIALS = {"client-cert", "plain", "public-key", "hmac", "oauth-client-credentials", "oauth-password"}
_TOPIC = re.compile(
    r"_/_/(things/twin/events|things/live/(messages|commands|events)|(policies|connections)/announcements)(\?.*)?",
    re.DOTALL,
)


def connection(body: Document, connection_id: str, status: str | None = None) -> Document:
    """Return the connection that ``body`` describes, with what Ditto adds. Raises ``DittoError``.

    ``status`` is the wanted state of one that does not say it; without, it must.
    """
    kind = _choice(body, "connectionType", "type", SCHEMES)
    if status is not None:
        body = {"connectionStatus": status} | body
    state = _choice(body, "connectionStatus", "status", ("open", "closed", "unknown"))
    if "uri" not in body:
        raise field_missing("uri")
    check_uri(wanted(body["uri"], str, "uri"))
    sources, targets = body.get("sources") or [], body.get("targets") or []
    if not sources and not targets:
        raise invalid(
            "Either a source or a target must be specified in the configuration of a connection!",
            by_gateway=True,
        )
    result: Document = {
        "id": connection_id,
        "name": body.get("name"),
        "connectionType": kind,
        "connectionStatus": state,
        "uri": body["uri"],
        "sources": [_source(_object(source), kind) for source in sources],
        "targets": [_target(_object(target)) for target in targets],
        "clientCount": body.get("clientCount", 1),
        "failoverEnabled": body.get("failoverEnabled", True),
        "validateCertificates": body.get("validateCertificates", True),
        "processorPoolSize": body.get("processorPoolSize", 1),
    }
    if body.get("specificConfig"):
        result["specificConfig"] = {key: _text(value) for key, value in body["specificConfig"].items()}
    if body.get("mappingDefinitions"):
        result["mappingDefinitions"] = _mappers(body["mappingDefinitions"])
    result |= {key: body[key] for key in _OPTIONAL if body.get(key) is not None}
    _check_credentials(result.get("credentials"))
    result["tags"] = body.get("tags", [])
    return result


def _source(value: Document, kind: str) -> Document:
    addresses = value.get("addresses", [])
    _check_subjects(value, "Sources", addresses)
    result: Document = {"addresses": addresses, "consumerCount": value.get("consumerCount", 1)}
    if "qos" in value:
        result["qos"] = value["qos"]
    result["authorizationContext"] = value["authorizationContext"]
    for key in ("enforcement", "acknowledgementRequests"):
        if value.get(key) is not None:
            result[key] = value[key]
    result["headerMapping"] = value.get("headerMapping") or {}
    for key in ("payloadMapping", "declaredAcks"):
        if value.get(key):
            result[key] = value[key]
    reply = value.get("replyTarget")
    if reply is None:
        # What is answered goes where the message says, and needs the headers that say so.
        headers = ("content-type", "correlation-id") if kind in _HEADERS else ()
        needed = ("reply-to", *headers) if headers else ()
        result["headerMapping"] = _mapped(needed) | result["headerMapping"]
        reply = {"address": "{{header:reply-to}}", "headerMapping": _mapped(headers)}
    if reply.get("enabled", True):
        reply = {"headerMapping": {}, "expectedResponseTypes": ["response", "error"], "enabled": True} | reply
    result["replyTarget"] = reply
    return result


def _mapped(headers: Collection[str]) -> Document:
    return {name: f"{{{{header:{name}}}}}" for name in headers}


def _target(value: Document) -> Document:
    if "address" not in value:
        raise field_missing("address")
    _check_subjects(value, "Targets", [value["address"]])
    topics = value.get("topics", [])
    for topic in topics:
        if not _TOPIC.fullmatch(topic):
            raise DittoError(
                400,
                "connectivity:topic.invalid",
                f"The topic '{topic}' could not be parsed.",
                f"'Unknown topic: {topic}' - check if the format is the expected one.",
                by_gateway=True,
            )
    result: Document = {"address": value["address"], "topics": topics}
    if "qos" in value:
        result["qos"] = value["qos"]
    result["authorizationContext"] = value["authorizationContext"]
    if value.get("issuedAcknowledgementLabel"):
        result["issuedAcknowledgementLabel"] = value["issuedAcknowledgementLabel"]
    result["headerMapping"] = value.get("headerMapping") or {}
    if value.get("payloadMapping"):
        result["payloadMapping"] = value["payloadMapping"]
    return result


def _mappers(definitions: Document) -> Document:
    for definition in definitions.values():
        for name in ("mappingEngine", "options"):
            if name not in _object(definition):
                raise field_missing(name)
    return definitions


def _check_subjects(value: Document, kind: str, addresses: list[str]) -> None:
    if not value.get("authorizationContext"):
        where = f"[{', '.join(addresses)}]"
        raise invalid(f"The {kind} {where} are missing an authorization context.", by_gateway=True)


def _check_credentials(value: Document | None) -> None:
    if value is not None and value.get("type") not in _CREDENTIALS:
        raise DittoError(
            400,
            "json.invalid",
            f"Unknown credential type <{value.get('type')}>",
            f"Original JSON: {dumps(value)}",
            by_gateway=True,
        )


def _choice(body: Document, name: str, word: str, allowed: Collection[str]) -> str:
    if name not in body:
        raise field_missing(name)
    value: str = wanted(body[name], str, name)
    if value not in allowed:
        raise json_invalid(f"Connection {word} <{value}> is invalid!")
    return value


def _object(value: Any) -> Document:
    if not isinstance(value, dict):
        raise json_invalid(f"<{dumps(value)}> is not a JSON object!")
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)
