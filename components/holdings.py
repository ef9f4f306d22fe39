"""The volumes of a stack: which service keeps its data where. What is lost with one is lost for good.

A stack's settings say it all, so a preview can tell what they take away; a test holds this list against the
claims that are declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pulumi

from components.model import Storage
from components.place import Place
from components.workloads import claim, claim_name

if TYPE_CHECKING:
    from components.settings import Settings

Holder = Literal["mongodb", "mosquitto", "kafka", "rabbitmq", "influxdb", "grafana", "hono", "kafkaMl"]

# The component that a holder's claims are part of: its type and its name, which are part of their own names.
COMPONENTS: dict[str, tuple[str, str]] = {
    "mongodb": ("opentwins:MongoDB", "mongodb"),
    "mosquitto": ("opentwins:Mosquitto", "mosquitto"),
    "kafka": ("opentwins:Kafka", "kafka"),
    "rabbitmq": ("opentwins:RabbitMQ", "rabbitmq"),
    "influxdb": ("opentwins:InfluxDB", "influxdb"),
    "grafana": ("opentwins:Grafana", "grafana"),
    "hono": ("opentwins:Hono", "hono"),
    "kafkaMl": ("opentwins:KafkaMl", "kafka-ml"),
}


@dataclass(frozen=True)
class Volume:
    """One volume: whose it is, and the claim that stands for it."""

    holder: Holder
    service: str
    storage: Storage
    ordinal: int = 0

    @property
    def claim(self) -> str:
        """The claim's name."""
        return claim_name(self.service, self.ordinal)


def running(settings: Settings) -> dict[Holder, bool]:
    """Whether the program runs each of the holders."""
    return {
        "mongodb": settings.runs_mongodb,
        "mosquitto": settings.runs_mosquitto,
        "kafka": settings.runs_kafka,
        "rabbitmq": settings.runs_rabbitmq,
        "influxdb": not settings.influxdb.external,
        "grafana": not settings.grafana.external,
        "hono": settings.hono.runs,
        "kafkaMl": settings.kafka_ml.runs,
    }


def kept(settings: Settings) -> list[Holder]:
    """Those that do not run, and whose data is to stay all the same."""
    runs = running(settings)
    return [holder for holder in settings.keep_data if not runs[holder]]


def volumes(settings: Settings) -> list[Volume]:
    """The volumes of all holders that run, or whose data is to stay."""
    wanted = {holder for holder, runs in running(settings).items() if runs} | {*settings.keep_data}
    return [volume for volume in _every(settings) if volume.holder in wanted]


def _every(settings: Settings) -> Iterator[Volume]:
    for ordinal in range(settings.mongodb.members):
        yield Volume("mongodb", "mongodb", settings.mongodb.storage, ordinal)
    yield Volume("mosquitto", "mosquitto", settings.mosquitto.storage)
    for ordinal in range(settings.kafka.replicas):
        yield Volume("kafka", "kafka", settings.kafka.storage, ordinal)
    yield Volume("rabbitmq", "rabbitmq", settings.rabbitmq.storage)
    yield Volume("influxdb", "influxdb", settings.influxdb.storage)
    yield Volume("grafana", "grafana", settings.grafana.storage)
    yield Volume("hono", "hono-mongodb", settings.hono.registry.storage)
    if settings.hono.messaging == "amqp":
        yield Volume("hono", "hono-broker", settings.hono.broker.storage)
    yield Volume("kafkaMl", "kafka-ml-backend", settings.kafka_ml.backend.storage)


class Kept(pulumi.ComponentResource):
    """What stays of a service that does not run: the claims on its volumes, under the names that they had."""

    def __init__(
        self, holder: Holder, settings: Settings, place: Place, opts: pulumi.ResourceOptions
    ) -> None:
        token, name = COMPONENTS[holder]
        super().__init__(token, name, None, opts)
        place = place.inside(self)
        for volume in volumes(settings):
            if volume.holder == holder:
                claim(place, volume.service, volume.storage, volume.ordinal)
        self.register_outputs({})
