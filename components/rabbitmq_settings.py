"""What a stack may say about RabbitMQ, and the users that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from components.external import ExternalRabbitMQ
from components.model import Model, Name, Network, Resources, Storage, resources
from components.mosquitto_users import TopicFilter
from components.rabbitmq_configuration import Rights

if TYPE_CHECKING:
    from components.settings import Settings

QUEUE = "telemetry"  # of what devices say in Ditto Protocol


def _queue(text: str) -> str:
    if text.startswith(("amq.", "mqtt-")) or not text.isprintable() or len(text) > 200:
        raise ValueError("must be a queue's name of at most 200 characters, not starting with amq. or mqtt-")
    return text


QueueName = Annotated[str, Field(min_length=1), AfterValidator(_queue)]


class RabbitMQUser(Model):
    """What a user may do, over MQTT and AMQP alike. An AMQP routing key `a.b` is the MQTT topic `a/b`."""

    publish: tuple[TopicFilter, ...] = ()
    """topics that it may publish to"""
    subscribe: tuple[TopicFilter, ...] = ()
    """topics that it may subscribe to"""


class RabbitMQClients(Model):
    """From where the network lets clients in. A port-forward works in any case."""

    namespaces: tuple[Name, ...] = ()
    """namespaces whose pods may connect"""
    networks: tuple[Network, ...] = ()
    """networks that may connect, such as 10.1.0.0/16"""


class RabbitMQSettings(Model):
    """RabbitMQ's settings."""

    enabled: bool = False
    """whether it runs"""
    external: ExternalRabbitMQ | None = None
    """a RabbitMQ that runs elsewhere, used instead; no other setting of `rabbitmq` has an effect then"""
    users: Mapping[Name, RabbitMQUser] = Field({"device": RabbitMQUser(publish=("#",))})
    """users besides Ditto; each gets a password of its own, in the Secret `rabbitmq-<name>`"""
    queues: Annotated[Mapping[QueueName, tuple[TopicFilter, ...]], Field(default_factory=dict)]
    """queues that connections of Ditto read, by name, with the topics that each collects; beside `telemetry`
    of `telemetry/#`, which Ditto reads by itself"""
    clients: RabbitMQClients = RabbitMQClients()
    """who reaches the broker"""
    resources: Resources = resources("100m", "256Mi", "1", "512Mi")
    """of its container"""
    storage: Storage = Storage(size="2Gi")
    """where queues are kept"""


def own_rights(settings: Settings) -> dict[str, Rights]:
    """All users, and what each may do: Ditto's connections may use any queue."""
    rabbitmq = settings.rabbitmq
    return {
        "ditto": Rights(("#",), ("#",), queues=True),
        **{name: Rights(user.publish, user.subscribe) for name, user in rabbitmq.users.items()},
    }
