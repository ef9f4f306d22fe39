"""What a feeder's or watchdog's spec stands for: addresses, Secrets, and which pods it has to get to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from components.endpoint import Endpoint
from components.endpoints import endpoints, user_secret
from components.kafka_parts import EVENTS
from components.rule import NAME, Rule
from services.stream.spec import ProgramSpec, SpecInput, document
from services.stream.transports import AmqpInput, KafkaAccess, KafkaInput, MqttInput

if TYPE_CHECKING:
    from components.settings import Settings

SASL: Literal["scram-sha-512"] = (
    "scram-sha-512"  # kafka_configuration.SASL_MECHANISM, as the programs write it
)
USER = "feeder"  # of the platform's brokers: the user of all feeders and watchdogs


@dataclass(frozen=True)
class Side:
    """The input or the output: what stands for it, the Secret that opens it, and our pods behind it, if any."""

    access: AmqpInput | KafkaInput | MqttInput | KafkaAccess | None
    secret: str
    pods: tuple[str, int] | None = None


def configuration(spec: ProgramSpec[Any], settings: Settings) -> dict[str, Any]:
    """The program's configuration. Raises ValueError when what it needs is not there."""
    source, output = source_of(spec.input, settings).access, output_of(spec, settings).access
    assert source is None or isinstance(source, AmqpInput | KafkaInput | MqttInput)  # noqa: S101 - for mypy
    assert output is None or isinstance(output, KafkaAccess)  # noqa: S101 - for mypy
    return document(spec, source, output)


def source_of(given: SpecInput, settings: Settings) -> Side:
    """Where a program's messages come from."""
    where = endpoints(settings)
    if given.service is None:
        return Side(None, user_secret(given.secret) if given.secret else "")
    if given.service == "hono":
        return _hono(str(given.tenant), where.hono, settings)
    if given.service == "mosquitto":
        external = settings.mosquitto.external
        scheme, _, place = where.mosquitto.address.partition("://")
        url = f"{'mqtts' if scheme == 'ssl' else 'mqtt'}://{place}"
        access = MqttInput(url=url, topics=[f"{EVENTS}/twin/events/#"])
        if external:
            return Side(access, user_secret(external.of_telegraf))
        return Side(access, f"mosquitto-{USER}", ("mosquitto", 1883))
    theirs = settings.kafka.external
    pods = None if theirs else ("kafka", 9092)
    secret = user_secret(theirs.of_telegraf) if theirs else f"kafka-{USER}"
    return Side(_topics(where.kafka, [EVENTS]), secret, pods)


def output_of(spec: ProgramSpec[Any], settings: Settings) -> Side:
    """The Kafka that its vectors go to."""
    if spec.output:
        return Side(spec.output, user_secret(spec.output.secret) if spec.output.secret else "")
    kafka = endpoints(settings).kafka
    if settings.kafka_ml.runs and settings.kafka_ml.brokers:
        return Side(KafkaAccess(bootstrap_servers=settings.kafka_ml.brokers), "")
    if kafka is None or not settings.kafka_ml.runs:
        return Side(None, "")
    if external := settings.kafka.external:
        return Side(_access(kafka), user_secret(external.secret))
    return Side(_access(kafka), f"kafka-{USER}", ("kafka", 9092))


def rules(name: str, spec: ProgramSpec[Any], settings: Settings) -> list[Rule]:
    """What has to be let in for it."""
    found = {side.pods for side in (source_of(spec.input, settings), output_of(spec, settings)) if side.pods}
    return [Rule(f"{name}-to-{pods}", (port,), (name,), {NAME: pods}) for pods, port in sorted(found)]


def _hono(tenant: str, endpoint: Endpoint | None, settings: Settings) -> Side:
    if endpoint is None:
        return Side(None, "")
    secret, hono = endpoint.secret or "", settings.hono
    if endpoint.address.startswith("amqp"):
        access = AmqpInput(url=endpoint.address, addresses=[f"telemetry/{tenant}"])
        return Side(access, secret, ("hono-router", 5671) if hono.runs else None)
    topics = _topics(endpoint, [f"hono.telemetry.{tenant}", f"hono.event.{tenant}"])
    if hono.runs and settings.runs_kafka:
        return Side(topics, f"kafka-{USER}", ("kafka", 9092))
    return Side(topics, secret)


def _access(endpoint: Endpoint) -> KafkaAccess:
    scheme, _, servers = endpoint.address.partition("://")
    return KafkaAccess(bootstrap_servers=servers, tls=scheme == "ssl", sasl=SASL)


def _topics(endpoint: Endpoint | None, topics: list[str]) -> KafkaInput | None:
    if endpoint is None:
        return None
    scheme, _, servers = endpoint.address.partition("://")
    return KafkaInput(bootstrap_servers=servers, tls=scheme == "ssl", sasl=SASL, topics=topics)
