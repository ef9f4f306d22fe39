"""What a connection may look like, and what Ditto adds to it before it is stored."""

from collections.abc import Collection
from typing import Any

from sandbox.ditto.connection_checks import SCHEMES, check_uri, invalid
from sandbox.ditto.documents import dumps
from sandbox.ditto.errors import field_missing, json_invalid

Document = dict[str, Any]

# The types whose messages have headers of their own to answer with.
_HEADERS = {"amqp-091", "amqp-10", "kafka", "mqtt-5", "hono"}
_OPTIONAL = ("credentials", "ca", "sshTunnel", "mappingDefinitions")


def connection(body: Document, connection_id: str) -> Document:
    """Return the connection that ``body`` describes, with what Ditto adds. Raises ``DittoError``."""
    kind = _choice(body, "connectionType", SCHEMES)
    status = _choice(body, "connectionStatus", ("open", "closed", "unknown"))
    if "uri" not in body:
        raise field_missing("uri")
    if not isinstance(body["uri"], str):
        raise json_invalid(f"Value <{dumps(body['uri'])}> for </uri> is not of type <String>!")
    check_uri(body["uri"])
    sources, targets = body.get("sources") or [], body.get("targets") or []
    if not sources and not targets:
        raise invalid("Either a source or a target must be configured.", by_gateway=True)
    config = {key: _text(value) for key, value in (body.get("specificConfig") or {}).items()}
    result: Document = {
        "id": connection_id,
        "name": body.get("name"),
        "connectionType": kind,
        "connectionStatus": status,
        "uri": body["uri"],
        "sources": [_source(source, kind) for source in sources],
        "targets": [_target(target) for target in targets],
        "clientCount": body.get("clientCount", 1),
        "failoverEnabled": body.get("failoverEnabled", True),
        "validateCertificates": body.get("validateCertificates", True),
        "processorPoolSize": body.get("processorPoolSize", 1),
        "specificConfig": config,
        "tags": body.get("tags", []),
    }
    result |= {key: body[key] for key in _OPTIONAL if body.get(key) is not None}
    if not config:
        del result["specificConfig"]
    return result


def _source(value: Any, kind: str) -> Document:
    if not isinstance(value, dict):
        raise json_invalid(f"<{dumps(value)}> is not a JSON object!")
    if "addresses" not in value:
        raise field_missing("addresses")
    _check_subjects(value, "source")
    result: Document = {
        "addresses": value["addresses"],
        "consumerCount": value.get("consumerCount", 1),
    }
    if "qos" in value:
        result["qos"] = value["qos"]
    result["authorizationContext"] = value["authorizationContext"]
    for key in ("enforcement", "acknowledgementRequests"):
        if value.get(key) is not None:
            result[key] = value[key]
    result["headerMapping"] = value.get("headerMapping") or {}
    result["payloadMapping"] = value.get("payloadMapping") or []
    if value.get("declaredAcks"):
        result["declaredAcks"] = value["declaredAcks"]
    result["replyTarget"] = value.get("replyTarget") or _reply_target(kind)
    return result


def _reply_target(kind: str) -> Document:
    headers = ("content-type", "correlation-id") if kind in _HEADERS else ()
    return {
        "address": "{{header:reply-to}}",
        "headerMapping": {name: f"{{{{header:{name}}}}}" for name in headers},
        "expectedResponseTypes": ["response", "error"],
        "enabled": True,
    }


def _target(value: Any) -> Document:
    if not isinstance(value, dict):
        raise json_invalid(f"<{dumps(value)}> is not a JSON object!")
    for name in ("address", "topics"):
        if name not in value:
            raise field_missing(name)
    _check_subjects(value, "target")
    result: Document = {"address": value["address"], "topics": value["topics"]}
    if "qos" in value:
        result["qos"] = value["qos"]
    result["authorizationContext"] = value["authorizationContext"]
    if value.get("issuedAcknowledgementLabel"):
        result["issuedAcknowledgementLabel"] = value["issuedAcknowledgementLabel"]
    result["headerMapping"] = value.get("headerMapping") or {}
    result["payloadMapping"] = value.get("payloadMapping") or []
    return result


def _check_subjects(value: Document, kind: str) -> None:
    if not value.get("authorizationContext"):
        raise invalid(f"The {kind} of the Connection has an empty authorizationContext.", by_gateway=True)


def _choice(body: Document, name: str, allowed: Collection[str]) -> str:
    if name not in body:
        raise field_missing(name)
    value = body[name]
    if not isinstance(value, str) or value not in allowed:
        raise json_invalid(f"Value <{value}> for <{name}> does not match a valid {name}.")
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)
