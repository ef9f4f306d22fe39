"""Hono's parts by name: their pods and Services, their ports, and their users."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.settings import Settings

AUTH, REGISTRY, COMMANDS = "hono-auth", "hono-device-registry", "hono-command-router"
ROUTER, BROKER, DATABASE = "hono-router", "hono-broker", "hono-mongodb"
ADAPTERS = ("http", "mqtt", "amqp")

AMQPS = 5671
INTERNAL = 5673  # of the dispatch router: for Hono's own services, which show their certificates
HEALTH = 8088  # also the public keys of the authentication server
REGISTRY_HTTP = 28080  # not 8080: in the sandbox every port that is forwarded has to be another one
SECURE = {"http": 8443, "mqtt": 8883, "amqp": 5671}
PLAIN = {"http": 8080, "mqtt": 1883, "amqp": 5672}

REALM = "HONO"  # of its users, such as consumer@HONO
ORGANIZATION, UNIT = "OpenTwins", "Hono"  # by this subject the dispatch router knows Hono's services


def adapter(protocol: str) -> str:
    """The name of the adapter of a protocol."""
    return f"hono-{protocol}"


def adapters(settings: Settings) -> list[str]:
    """The names of the adapters that run."""
    return [adapter(protocol) for protocol in settings.hono.adapters]


def users(settings: Settings) -> dict[str, str]:
    """The roles of the users that the authentication server knows, by the names of their Secrets."""
    applications = {"hono-consumer": "application"} if settings.hono.messaging == "amqp" else {}
    return {
        **dict.fromkeys(adapters(settings), "protocol-adapter"),
        COMMANDS: "command-router",
        **applications,
    }


def login(secret: str) -> str:
    """The user that a Secret is of: `hono-http` → `http@HONO`."""
    return f"{secret.removeprefix('hono-')}@{REALM}"


def ports(settings: Settings, protocol: str) -> dict[str, int]:
    """The ports of an adapter for devices, by name."""
    secure = {f"{protocol}s": SECURE[protocol]}
    return {**secure, protocol: PLAIN[protocol]} if settings.hono.plaintext else secure


def kafka_clients(settings: Settings) -> list[str]:
    """The parts that speak to Kafka, with Kafka messaging."""
    if not settings.hono.runs or settings.hono.messaging != "kafka":
        return []
    return [*adapters(settings), COMMANDS, REGISTRY]
