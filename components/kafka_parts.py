"""Kafka's settings, its users and what each may do, and the platform's own topics."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from components.external import ExternalKafka
from components.model import Model, Name, Replicas, Resources, Storage, resources

if TYPE_CHECKING:
    from components.settings import Settings

EVENTS, TELEMETRY = "opentwins", "telemetry"  # topics: Ditto's events, and what devices say in Ditto Protocol
TELEGRAF_GROUP = "telegraf"
ANYTHING = "--operation Read --operation Write --operation Describe --operation DescribeConfigs"


class KafkaSettings(Model):
    """Kafka's settings."""

    external: ExternalKafka | None = None
    """a Kafka that runs elsewhere, used instead; no other setting of `kafka` has an effect then"""
    enabled: bool = False
    """whether it runs; with `broker: kafka` it does in any case"""
    replicas: Replicas = 1
    """how many nodes: one, or three and more, of which the first three decide for all. Going from one to
    several, or back, needs new volumes: the nodes refuse it with the old ones"""
    partitions: Annotated[int, Field(ge=1, le=1000)] = 3
    """of each topic that does not say its own number; what reads a topic shares its work by partitions"""
    retention_hours: Annotated[int, Field(ge=1)] = 168
    """how long a message is kept, in a topic that does not say otherwise"""
    retention_bytes: Annotated[int, Field(ge=0)] = 0
    """how large a partition may grow, likewise; 0 is without a limit"""
    namespaces: tuple[Name, ...] = ()
    """namespaces whose pods may connect, with a user and password of theirs (see the spec KafkaUser)"""
    resources: Resources = resources("250m", "768Mi", "2", "1Gi")
    """of its container; half of the memory is for Java's heap"""
    storage: Storage = Storage(size="8Gi")
    """where the messages are, of each node"""

    @model_validator(mode="after")
    def _has_a_majority(self) -> Self:
        if self.replicas == 2:
            raise ValueError(
                "replicas must be 1, or 3 and more: of two, one that fails takes the other along"
            )
        return self


def users(settings: Settings) -> list[str]:
    """The platform's own users, each with its Secret `kafka-<user>`."""
    found = ["ditto"]
    if settings.broker == "kafka":
        found.append("telegraf")
    if settings.feeders.enabled:
        found.append("feeder")
    return found + (["hono"] if hono(settings) else [])


def hono(settings: Settings) -> bool:
    """Whether Hono's messages go by this Kafka."""
    return settings.hono.runs and settings.hono.messaging == "kafka"


def rights(settings: Settings) -> list[str]:
    """What each of them may do, in the words of `kafka-acls`."""
    found = [
        # Connections may name any topic.
        f"--allow-principal User:ditto {ANYTHING} --topic *",
        "--allow-principal User:ditto --operation Read --operation Describe --group *",
    ]
    if settings.broker == "kafka":
        found += [
            f"--allow-principal User:telegraf --operation Read --operation Describe --topic {EVENTS}",
            f"--allow-principal User:telegraf --operation Read --group {TELEGRAF_GROUP}",
        ]
    if hono(settings):
        found += [
            f"--allow-principal User:hono {ANYTHING} --operation Create --operation Delete --topic hono."
            " --resource-pattern-type prefixed",
            "--allow-principal User:hono --operation Read --operation Describe --operation Delete --group *",
            "--allow-principal User:hono --operation DescribeConfigs --cluster",
        ]
    if settings.feeders.enabled:
        # Kafka-ML's topics have any name. What they read: Ditto's events, and what devices send through Hono.
        found += [
            f"--allow-principal User:feeder {ANYTHING} --operation Create --topic *",
            "--allow-principal User:feeder --operation Read --operation Describe --group feeder-"
            " --resource-pattern-type prefixed",
            "--allow-principal User:feeder --operation Read --operation Describe --group watchdog-"
            " --resource-pattern-type prefixed",
        ]
    if settings.feeders.enabled and settings.broker == "kafka":
        found.append(f"--deny-principal User:feeder --operation Write --topic {EVENTS}")
    if settings.kafka_ml.needs_kafka:
        # Who comes by the listener without passwords: only Kafka-ML's pods get there, see network.py.
        found += [
            f"--allow-principal User:ANONYMOUS {ANYTHING} --operation Create --topic *",
            "--allow-principal User:ANONYMOUS --operation Read --operation Describe --group *",
        ]
    if settings.kafka_ml.needs_kafka and settings.broker == "kafka":
        found.append(f"--deny-principal User:ANONYMOUS --operation Write --topic {EVENTS}")
    return found


def topics(settings: Settings) -> list[str]:
    """The platform's own topics."""
    return [EVENTS, TELEMETRY] if settings.broker == "kafka" else []


def cluster_id(namespace: str) -> str:
    """The id that all nodes of a cluster share: 16 bytes in base64, the same in every run."""
    raw = hashlib.sha256(f"kafka of {namespace}".encode()).digest()[:16]
    # Not with - in front: Kafka's tools would take that for an option.
    return base64.urlsafe_b64encode(bytes([raw[0] & 0x7F]) + raw[1:]).decode().rstrip("=")
