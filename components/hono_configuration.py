"""The configuration files of Hono's services: pure text, with no secret in it.

Passwords stand in it as `${NAME}`, which each service fills in from its environment. See
https://eclipse.dev/hono/docs/admin-guide/common-config/ for all keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from components import hono_parts as parts

CONFIG, TLS = "/opt/hono/config", "/opt/hono/tls"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - of the pod; network.py says who reaches it
Tree = dict[str, Any]


def text(**hono: Any) -> str:
    """An application.yml with these keys below `hono`."""
    quarkus = {
        "console": {"color": False},
        "log": {"level": "INFO"},
        "vertx": {"resolver": {"cache-max-time-to-live": 0}},  # Services' addresses change
    }
    return yaml.safe_dump({"hono": hono, "quarkus": quarkus}, sort_keys=True)


def server(port: int = parts.AMQPS) -> Tree:
    """A server that speaks TLS only."""
    keys = {"keyPath": f"{TLS}/tls.key", "certPath": f"{TLS}/tls.crt"}
    return {"bindAddress": EVERYWHERE, "port": port, **keys}


def auth() -> str:
    """Of the authentication server."""
    service = {
        "permissionsPath": "file:///opt/hono/permissions/permissions.json",
        "supportedSaslMechanisms": "PLAIN",
        "signing": {"tokenExpiration": 3600, "audience": "hono-components"},
    }
    return text(app={"maxInstances": 1}, auth={"amqp": server(), "svc": service})


def registry(domain: str, messaging: Tree) -> str:
    """Of the device registry, whose HTTP API takes passwords and no TLS: it is behind a port-forward."""
    passwords = {  # as the Job of the registry's users keeps them
        "collectionName": "registryusers",
        "usernameField": "login",
        "passwordField": "pwdHash",
        "saltField": "spice",
        "hashAlgorithm": "PBKDF2",
    }
    http = {
        "authenticationRequired": True,
        "auth": passwords,
        "insecurePortEnabled": True,
        "insecurePortBindAddress": EVERYWHERE,
        "insecurePort": parts.REGISTRY_HTTP,
        "deviceIdPattern": r"^[a-zA-Z0-9-_\.\:]+$",
        "maxPayloadSize": 65536,
    }
    database = {
        "host": f"{parts.DATABASE}.{domain}",
        "port": 27017,
        "dbName": "hono",
        "username": "registry",
        "password": "${MONGODB_PASSWORD}",
    }
    return text(
        app={"maxInstances": 1},
        auth=_authentication(domain, parts.REGISTRY),
        registry={"amqp": server(), "http": http},
        mongodb=database,
        **{
            key: value for key, value in messaging.items() if key != "command"
        },  # it tells, and commands nobody
    )


def command_router(domain: str, messaging: Tree) -> str:
    """Of the command router. Its cache is its own, so there is one of it."""
    clients = {name: _client(domain, parts.REGISTRY, parts.COMMANDS) for name in ("registration", "tenant")}
    cache = {"embedded": {"configurationFile": f"{CONFIG}/cache-config.xml"}}
    return text(
        app={"maxInstances": 1},
        auth=_authentication(domain, parts.COMMANDS),
        commandRouter={"amqp": server(), "cache": cache},
        **clients,
        **messaging,
    )


CACHE = """<?xml version="1.0" encoding="UTF-8"?>
<infinispan xmlns="urn:infinispan:config:15.0">
  <cache-container default-cache="command-router">
    <local-cache name="command-router" simple-cache="true">
      <encoding media-type="application/x-protostream"/>
      <memory max-count="100000" storage="HEAP" when-full="REMOVE"/>
    </local-cache>
  </cache-container>
</infinispan>
"""


def adapter(protocol: str, domain: str, messaging: Tree, plaintext: bool, max_payload: int) -> str:
    """Of a protocol adapter."""
    name = parts.adapter(protocol)
    front: Tree = server(parts.SECURE[protocol]) | {
        "maxPayloadSize": max_payload,
        "tenantIdleTimeout": "1h",
        "keyPath": "/opt/hono/front/tls.key",
        "certPath": "/opt/hono/front/tls.crt",
    }
    if plaintext:
        front |= {
            "insecurePortEnabled": True,
            "insecurePortBindAddress": EVERYWHERE,
            "insecurePort": parts.PLAIN[protocol],
        }
    clients = {
        "registration": _client(domain, parts.REGISTRY, name),
        "credentials": _client(domain, parts.REGISTRY, name),
        "tenant": _client(domain, parts.REGISTRY, name),
        "commandRouter": _client(domain, parts.COMMANDS, name),
    }
    return text(app={"maxInstances": 1}, **{protocol: front}, **clients, **messaging)


def over_amqp(domain: str, name: str) -> Tree:
    """How a service takes part in AMQP messaging: by its certificate."""
    network = {
        "name": name,
        "host": f"{parts.ROUTER}.{domain}",
        "port": parts.INTERNAL,
        "amqpHostname": "hono-internal",
        "keyPath": f"{TLS}/tls.key",
        "certPath": f"{TLS}/tls.crt",
        "trustStorePath": f"{TLS}/ca.crt",
        "useLegacyTraceContextFormat": False,  # Ditto reads the other one
    }
    return {"messaging": network, "command": network}


def over_kafka(client: Mapping[str, str]) -> Tree:
    """How a service takes part in Kafka messaging: with these properties of a Kafka client."""
    return {"kafka": {"commonClientConfig": dict(client)}}


def _authentication(domain: str, name: str) -> Tree:
    return {
        "name": name,
        "host": f"{parts.AUTH}.{domain}",
        "port": parts.AMQPS,
        "trustStorePath": f"{TLS}/ca.crt",
        "jwksEndpointPort": parts.HEALTH,
    }


def _client(domain: str, service: str, name: str) -> Tree:
    return {
        "name": name,
        "host": f"{service}.{domain}",
        "port": parts.AMQPS,
        "trustStorePath": f"{TLS}/ca.crt",
        "username": parts.login(name),
        "password": "${HONO_PASSWORD}",
    }


def _may(resource: str, *activities: str) -> Tree:
    return {"operation" if ":" in resource else "resource": resource, "activities": list(activities)}


_READ_WRITE = ("READ", "WRITE")
ROLES: Mapping[str, list[Tree]] = {
    "protocol-adapter": [
        *(_may(each, "WRITE") for each in ("telemetry/*", "event/*")),
        *(_may(each, *_READ_WRITE) for each in ("registration/*", "credentials/*", "tenant", "cmd_router/*")),
        _may("registration/*:assert", "EXECUTE"),
        _may("registration/*:get", "EXECUTE"),
        _may("credentials/*:get", "EXECUTE"),
        _may("tenant/*:*", "EXECUTE"),
        _may("cmd_router/*:*", "EXECUTE"),
    ],
    "command-router": [
        *(_may(each, *_READ_WRITE) for each in ("tenant", "registration/*")),
        _may("tenant/*:*", "EXECUTE"),
        _may("registration/*:*", "EXECUTE"),
    ],
    "application": [
        *(_may(each, "READ") for each in ("telemetry/*", "event/*", "command_response/*")),
        _may("command/*", "WRITE"),
    ],
}


def permissions(passwords: Mapping[str, str], roles: Mapping[str, str]) -> str:
    """The users of the authentication server with their passwords: it is a secret."""
    users = {
        parts.login(name): {
            "mechanism": "PLAIN",
            "password": password,
            "authorities": [role] if role == "application" else ["hono-component", role],
        }
        for name, password in passwords.items()
        for role in [roles[name]]
    }
    return json.dumps({"roles": ROLES, "users": users}, indent=1)
