"""A connection's document as Ditto keeps it, with all that Ditto would add: reading it shows no change.

Secrets stand in it as `${secret:KEY}`, with a key of its Secret; whoever sends it puts the values in, but for
those in mappers, which are the mappers' own.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from twins.models import ConnectionSpec, Document, MapperSpec, SourceSpec, TargetSpec
from twins.owner import Owner

LOGIN = ("username", "password")
# The platform's own connections.
RESERVED = ("mosquitto-source", "mosquitto-target", "kafka-source", "kafka-target", "rabbitmq-source")
WITH_QUALITY = ("mqtt", "mqtt-5", "kafka")


def connection_document(
    spec: ConnectionSpec, owner: Owner, folder: Path, uri: str, keys: Collection[str] = LOGIN
) -> Document:
    """Return the document of a connection to `uri`, which is an address without credentials.

    The mappers' files are read from `folder`. `keys` are those of its Secret; none without one.
    """
    document: Document = {
        "name": spec.id,
        "connectionType": spec.type,
        "connectionStatus": "open" if spec.open else "closed",
        "uri": _with_login(uri) if set(LOGIN) <= set(keys) else uri,
        "sources": [_source(source, spec) for source in spec.sources],
        "targets": [_target(target, spec) for target in spec.targets],
        "clientCount": spec.client_count,
        "failoverEnabled": spec.failover,
        "validateCertificates": spec.validate_certificates,
        "processorPoolSize": 1,
        "tags": [*spec.tags, f"managed-by:{owner.stack}"],
    }
    settings = dict(spec.specific_config)
    if spec.type == "kafka":
        settings.setdefault("bootstrapServers", uri.split("://")[-1])
    if spec.service == "kafka":
        settings.setdefault("saslMechanism", "scram-sha-512")
    if settings:
        document["specificConfig"] = settings
    if spec.mappers:
        document["mappingDefinitions"] = {
            name: _mapper(mapper, folder) for name, mapper in spec.mappers.items()
        }
    if "ca" in keys:
        document["ca"] = _secret("ca")
    if {"cert", "key"} <= set(keys):
        document["credentials"] = {"type": "client-cert", "cert": _secret("cert"), "key": _secret("key")}
    if spec.ssh_tunnel:
        document["sshTunnel"] = {
            "enabled": True,
            "uri": spec.ssh_tunnel.uri,
            "credentials": _ssh_credentials(keys),
            "validateHost": bool(spec.ssh_tunnel.known_hosts),
            "knownHosts": list(spec.ssh_tunnel.known_hosts),
        }
    return document


def _secret(key: str) -> str:
    return f"${{secret:{key}}}"


def _with_login(uri: str) -> str:
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{_secret('username')}:{_secret('password')}@{rest}"


def _ssh_credentials(keys: Collection[str]) -> Document:
    if "sshPassword" in keys:
        return {"type": "plain", "username": _secret("sshUsername"), "password": _secret("sshPassword")}
    return {
        "type": "public-key",
        "username": _secret("sshUsername"),
        "publicKey": _secret("sshPublicKey"),
        "privateKey": _secret("sshPrivateKey"),
    }


def _ends(end: SourceSpec | TargetSpec, spec: ConnectionSpec) -> Document:
    """Return what a source and a target have in common."""
    common: dict[str, Any] = {
        "authorizationContext": list(end.subjects or [f"connection:{spec.id}"]),
        "headerMapping": dict(end.header_mapping),
        "payloadMapping": list(end.mappers or ["Ditto"]),
    }
    if end.qos is not None or spec.type in WITH_QUALITY:
        common["qos"] = 1 if end.qos is None else end.qos
    return common


def _source(source: SourceSpec, spec: ConnectionSpec) -> Document:
    document = _ends(source, spec) | {
        "addresses": list(source.addresses),
        "consumerCount": source.consumer_count,
        "replyTarget": {"enabled": False},
    }
    if source.enforcement:
        document["enforcement"] = source.enforcement.model_dump()
    if source.acknowledgement_requests:
        document["acknowledgementRequests"] = source.acknowledgement_requests.model_dump(exclude_none=True)
    if source.reply_target:
        document["replyTarget"] = source.reply_target.model_dump(by_alias=True) | {"enabled": True}
    return document


def _target(target: TargetSpec, spec: ConnectionSpec) -> Document:
    return _ends(target, spec) | {"address": target.address, "topics": list(target.topics)}


def _mapper(mapper: MapperSpec, folder: Path) -> Document:
    options: Document = dict(mapper.options)
    if mapper.javascript and mapper.javascript.incoming:
        options["incomingScript"] = (folder / mapper.javascript.incoming).read_text(encoding="utf-8")
    if mapper.javascript and mapper.javascript.outgoing:
        options["outgoingScript"] = (folder / mapper.javascript.outgoing).read_text(encoding="utf-8")
    document: Document = {"mappingEngine": mapper.engine or "JavaScript", "options": options}
    if mapper.incoming_conditions:
        document["incomingConditions"] = dict(mapper.incoming_conditions)
    if mapper.outgoing_conditions:
        document["outgoingConditions"] = dict(mapper.outgoing_conditions)
    return document
