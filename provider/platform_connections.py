"""The connections that the platform itself needs, declared as users do: from its brokers, and to one of them.

`mosquitto-source`, `kafka-source` and `rabbitmq-source` take Ditto Protocol messages from `telemetry/#`, or from
the topic or queue `telemetry`. Each acts as a subject of its own, so that a policy says whether what devices
publish there may change a thing: `connection:mosquitto-source`, and so on.

`mosquitto-target` or `kafka-target`, as the stack's `broker` says, publishes every event of every twin: below
`opentwins/`, or in the topic `opentwins`, from where Telegraf stores them. It reads as our user, whom each
policy of ours lets read everything.
"""

from typing import Literal

from components.kafka_parts import EVENTS, TELEMETRY
from components.rabbitmq_settings import QUEUE
from components.settings import Settings
from twins.models import ConnectionSpec, SourceSpec, TargetSpec
from twins.models.connection import ConnectionType

# What Telegraf stores beside the event's own values: whose it is, and what to group it by.
EXTRA = ("thingId", "attributes/_parents", "attributes/type", "features/idSimulationRun/properties/value")

ADDRESSES = {
    "mosquitto": "opentwins/{{ topic:channel }}/{{ topic:criterion }}/{{ thing:namespace }}/{{ thing:name }}",
    # With its id as the key, the events of a twin stay in one partition, and so in their order.
    "kafka": f"{EVENTS}/{{{{ thing:id }}}}",
}


def platform_connections(subject: str, settings: Settings) -> list[ConnectionSpec]:
    """All of them; `subject` is our user's in Ditto's policies, such as `nginx:ditto`."""
    found = []
    if settings.runs_mosquitto or settings.mosquitto.external:
        found.append(_source("mosquitto", "mqtt-5", "telemetry/#"))
    if settings.broker == "kafka":
        found.append(_source("kafka", "kafka", TELEMETRY))
    if settings.runs_rabbitmq or settings.rabbitmq.external:
        found.append(_source("rabbitmq", "amqp-091", QUEUE))
    target = TargetSpec(
        address=ADDRESSES[settings.broker],
        topics=[f"_/_/things/twin/events?extraFields={','.join(EXTRA)}"],
        subjects=[subject],
    )
    return [
        *found,
        ConnectionSpec(
            id=f"{settings.broker}-target",
            type="kafka" if settings.broker == "kafka" else "mqtt-5",
            service=settings.broker,
            targets=[target],
        ),
    ]


def _source(
    service: Literal["mosquitto", "kafka", "rabbitmq"], kind: ConnectionType, address: str
) -> ConnectionSpec:
    return ConnectionSpec(
        id=f"{service}-source", type=kind, service=service, sources=[SourceSpec(addresses=[address])]
    )
