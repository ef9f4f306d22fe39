"""Where each service is, from the settings alone: the program and the provider find the same, offline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.endpoint import Endpoint, Service

if TYPE_CHECKING:
    from components.external import ExternalKafka, ExternalMqtt, ExternalRabbitMQ
    from components.influxdb import ExternalInfluxDB
    from components.model import External
    from components.settings import Settings

API_USER = "ditto"  # of Ditto's API: policies grant rights to the subject `nginx:ditto`
HONO_SECRET = "hono-ditto"  # noqa: S105 - its name: with the keys `username`, `password` and `ca`
DEVOPS_USER = "devops"  # Ditto's own name for its operator


@dataclass(frozen=True)
class Endpoints:
    """The services that others use. Secrets have the keys `username` and `password`."""

    ditto: Endpoint
    ditto_devops: Endpoint
    grafana: Endpoint
    mosquitto: Endpoint
    influxdb: Endpoint
    extended_api: Endpoint
    mongodb: Endpoint
    kafka: Endpoint | None = None
    """with the login of Ditto's connections; None without a Kafka"""
    rabbitmq: Endpoint | None = None
    """likewise, of RabbitMQ"""
    kafka_admin: Endpoint | None = None
    """where the same Kafka takes orders, with the login of who may do everything"""
    kafka_plain: Endpoint | None = None
    """where the same Kafka asks nobody who they are: for Kafka-ML, which cannot say"""
    hono: Endpoint | None = None
    """where devices' messages are read; with Kafka messaging that is `kafka`"""
    hono_registry: Endpoint | None = None
    """the HTTP API of tenants, devices and credentials"""
    kafka_ml: Endpoint | None = None
    """the backend's HTTP API"""


def endpoints(settings: Settings) -> Endpoints:
    """Every service's endpoint in the stack that the settings describe."""

    def inside(name: str, scheme: str, service: str, port: int, secret: str | None) -> Endpoint:
        place = Service(settings.namespace, service, port)
        return Endpoint(name, f"{scheme}://{service}.{settings.namespace}.svc:{port}", place, secret)

    def http(
        name: str,
        service: str,
        port: int,
        secret: str | None,
        external: External | ExternalInfluxDB | None = None,
    ) -> Endpoint:
        if external:
            return Endpoint(name, external.url.rstrip("/"), None, user_secret(external.secret))
        return inside(name, "http", service, port, secret)

    ditto, database = settings.ditto.external, settings.mongodb.external
    devops = http("ditto-devops", "ditto", 8080, "ditto-devops", ditto)
    if ditto and ditto.devops_secret:
        devops = Endpoint(devops.name, devops.address, None, user_secret(ditto.devops_secret))
    return Endpoints(
        ditto=http("ditto", "ditto", 8080, "ditto-api", ditto),
        ditto_devops=devops,
        grafana=http("grafana", "grafana", 3000, "grafana-admin", settings.grafana.external),
        mosquitto=_broker("mosquitto", settings.mosquitto.external)
        or inside("mosquitto", "tcp", "mosquitto", 1883, "mosquitto-ditto"),
        influxdb=http("influxdb", "influxdb", 8086, "influxdb-admin", settings.influxdb.external),
        extended_api=inside("extended-api", "http", "extended-api", 3001, None),
        mongodb=Endpoint("mongodb", database.uri, None, user_secret(database.secret))
        if database
        else inside("mongodb", "mongodb", "mongodb", 27017, "mongodb-ditto"),
        **_kafka(settings),
        **_rabbitmq(settings),
        **_hono(settings),
        **_kafka_ml(settings),
    )


def _inside(settings: Settings, name: str, scheme: str, service: str, port: int, secret: str) -> Endpoint:
    place = Service(settings.namespace, service, port)
    return Endpoint(name, f"{scheme}://{service}.{settings.namespace}.svc:{port}", place, secret or None)


def _broker(name: str, external: ExternalMqtt | ExternalKafka | ExternalRabbitMQ | None) -> Endpoint | None:
    return Endpoint(name, external.url, None, user_secret(external.secret)) if external else None


def _kafka(settings: Settings) -> dict[str, Endpoint]:
    if theirs := settings.kafka.external:
        logins = {"kafka": theirs.secret, "kafka_admin": theirs.admin_secret}
        return {
            name: Endpoint(name.replace("_", "-"), theirs.url, None, user_secret(login))
            for name, login in logins.items()
            if login
        }
    if not settings.runs_kafka:
        return {}
    found = {
        "kafka": _inside(settings, "kafka", "tcp", "kafka", 9092, "kafka-ditto"),
        "kafka_admin": _inside(settings, "kafka-admin", "tcp", "kafka-nodes", 9094, "kafka-broker"),
    }
    if settings.kafka_ml.needs_kafka:
        found["kafka_plain"] = _inside(settings, "kafka-plain", "tcp", "kafka", 9095, "")
    return found


def _rabbitmq(settings: Settings) -> dict[str, Endpoint]:
    if theirs := _broker("rabbitmq", settings.rabbitmq.external):
        return {"rabbitmq": theirs}
    if not settings.runs_rabbitmq:
        return {}
    return {"rabbitmq": _inside(settings, "rabbitmq", "amqp", "rabbitmq", 5672, "rabbitmq-ditto")}


def _hono(settings: Settings) -> dict[str, Endpoint]:
    hono = settings.hono
    if theirs := hono.external:
        registry = Endpoint("hono-registry", theirs.url.rstrip("/"), None, user_secret(theirs.secret))
        login = user_secret(theirs.messages_secret or theirs.secret)
        return {"hono_registry": registry, "hono": Endpoint("hono", theirs.messages, None, login)}
    if not hono.enabled:
        return {}
    found = {
        "hono_registry": _inside(
            settings, "hono-registry", "http", "hono-device-registry", 28080, "hono-registry"
        )
    }
    kafka = _kafka(settings).get("kafka")
    if hono.messaging == "kafka" and kafka:
        found["hono"] = kafka
    if hono.messaging == "amqp":
        found["hono"] = _inside(settings, "hono", "amqps", "hono-router", 5671, HONO_SECRET)
    return found


def _kafka_ml(settings: Settings) -> dict[str, Endpoint]:
    kafka_ml = settings.kafka_ml
    if theirs := kafka_ml.external:
        secret = user_secret(theirs.secret) if theirs.secret else None
        return {"kafka_ml": Endpoint("kafka-ml", theirs.url.rstrip("/"), None, secret)}
    if not kafka_ml.enabled:
        return {}
    return {"kafka_ml": _inside(settings, "kafka-ml", "http", "kafka-ml-backend", 8000, "")}


def user_secret(name: str) -> str:
    """The Kubernetes Secret of an entry of `opentwins:secrets`."""
    return f"user-{name}"
