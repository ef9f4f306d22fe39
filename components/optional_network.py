"""What the network lets Hono and Kafka-ML do: rules of their own, so that they come and go alone.

Rules for one pod add up. So the way to Kafka is one of Hono's rules, and Kafka's do not change with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components import hono_database as database
from components import hono_parts as hono
from components import kafka_ml_parts as ml
from components.endpoints import Endpoints, endpoints
from components.rule import NAME, Rule

if TYPE_CHECKING:
    from components.endpoint import Endpoint
    from components.settings import Settings


def rules(settings: Settings) -> list[Rule]:
    """All connections that are let in because of Hono or Kafka-ML."""
    where = endpoints(settings)
    return [
        *(_hono(settings, where) if settings.hono.runs else ()),
        *(_kafka_ml(settings, where) if settings.kafka_ml.runs else ()),
    ]


def inside_only(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The pods that may open connections to the platform's own pods alone, by the name of a policy."""
    found: dict[str, tuple[str, ...]] = {}
    if settings.hono.runs:
        # The others look at pods; and the registry may have a Kafka outside.
        messaging = (hono.ROUTER, hono.BROKER, hono.REGISTRY) if settings.hono.messaging == "amqp" else ()
        found["hono-inside-only"] = (hono.AUTH, hono.DATABASE, database.USERS, *messaging)
    if settings.kafka_ml.runs:
        # What it launches runs other people's Python, with a way to Kafka and the backend alone.
        kafka = () if settings.kafka_ml.brokers else (ml.LOGGER, ml.JOBS)
        found["kafka-ml-inside-only"] = (ml.FRONTEND, *kafka)
    return found


def nowhere(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The pods that may open no connection at all: the executors run whatever Python they are sent."""
    return {"kafka-ml-executors": (ml.TENSORFLOW, ml.PYTORCH)} if settings.kafka_ml.runs else {}


def _to(name: str, port: int, *sources: str) -> Rule:
    return Rule(name, (port,), sources, {NAME: name})


def _kafka(name: str, endpoint: Endpoint | None, sources: list[str]) -> list[Rule]:
    if endpoint is None or endpoint.service is None or not sources:
        return []
    return [Rule(name, (endpoint.service.port,), tuple(sources), {NAME: endpoint.service.name})]


def _hono(settings: Settings, where: Endpoints) -> list[Rule]:
    clients, adapters = settings.hono.clients, hono.adapters(settings)
    found = [
        Rule(
            hono.adapter(protocol),
            tuple(hono.ports(settings, protocol).values()),
            (),
            {NAME: hono.adapter(protocol)},
            clients.namespaces,
            clients.networks,
        )
        for protocol in settings.hono.adapters
    ]
    knowing = [hono.REGISTRY, hono.COMMANDS]  # they let in whom the authentication server knows
    found += [
        Rule(hono.AUTH, (hono.AMQPS, hono.HEALTH), tuple(knowing), {NAME: hono.AUTH}),
        # Its HTTP API is for the provider, which comes by a port-forward.
        _to(hono.REGISTRY, hono.AMQPS, hono.COMMANDS, *adapters),
        _to(hono.COMMANDS, hono.AMQPS, *adapters),
        _to(hono.DATABASE, database.PORT, hono.REGISTRY, database.USERS),
    ]
    if settings.hono.messaging == "amqp":
        ditto = () if settings.ditto.external else ("ditto-connectivity",)
        found += [
            Rule("hono-auth-of-router", (hono.AMQPS,), (hono.ROUTER,), {NAME: hono.AUTH}),
            _to(hono.ROUTER, hono.AMQPS, *ditto),
            Rule("hono-router-services", (hono.INTERNAL,), (*knowing, *adapters), {NAME: hono.ROUTER}),
            _to(hono.BROKER, hono.AMQPS, hono.ROUTER),
        ]
    return found + _kafka("hono-to-kafka", where.kafka, hono.kafka_clients(settings))


def _kafka_ml(settings: Settings, where: Endpoints) -> list[Rule]:
    port = ml.PORTS
    found = [
        _to(ml.BACKEND, port[ml.BACKEND], ml.FRONTEND, ml.LOGGER, ml.JOBS),
        _to(ml.TENSORFLOW, port[ml.TENSORFLOW], ml.BACKEND),
        _to(ml.PYTORCH, port[ml.PYTORCH], ml.BACKEND),
    ]
    if settings.kafka_ml.brokers:
        return found
    return found + _kafka("kafka-ml-to-kafka", where.kafka_plain, [ml.BACKEND, ml.LOGGER, ml.JOBS])
