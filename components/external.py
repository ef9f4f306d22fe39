"""Services that run elsewhere, which this program only leads others to: an address, and what opens it."""

from __future__ import annotations

from typing import Annotated

from components.model import Model, Name, Url, address

_HOST_AND_PORT = r"[^\s/?#:]+:\d+"


class ExternalBroker(Model):
    """A broker that runs elsewhere, with its users, and with topics for them."""

    secret: Name
    """entry of `opentwins:secrets` with the `username` and `password` that Ditto's connections log in with,
    and perhaps `ca`: the authority (PEM) that has signed its certificate, if that is no public one"""


class ExternalEvents(ExternalBroker):
    """One that may be the stack's `broker`, so that Ditto's events come from it."""

    telegraf_secret: Name | None = None
    """the same of the user that Telegraf reads Ditto's events (`opentwins`) as; `secret` when left out"""

    @property
    def of_telegraf(self) -> str:
        """The entry that Telegraf logs in with."""
        return self.telegraf_secret or self.secret


class ExternalMqtt(ExternalEvents):
    """An MQTT broker that runs elsewhere."""

    url: Annotated[
        str, address(rf"(tcp|ssl)://{_HOST_AND_PORT}", "an address such as ssl://mqtt.example.org:8883")
    ]
    """its address, `tcp://…` or `ssl://…`"""


class ExternalKafka(ExternalEvents):
    """A Kafka that runs elsewhere. It asks for SCRAM-SHA-512."""

    url: Annotated[
        str,
        address(
            rf"(tcp|ssl)://{_HOST_AND_PORT}", "the address of a broker, such as ssl://kafka.example.org:9093"
        ),
    ]
    """the address of one of its brokers, `tcp://…` or `ssl://…`"""
    admin_secret: Name | None = None
    """the same of a user that may make topics, users and access lists: for specs `KafkaTopic` and `KafkaUser`,
    which there are none of when left out"""


class ExternalRabbitMQ(ExternalBroker):
    """A RabbitMQ that runs elsewhere. It has a queue `telemetry` for what devices say in Ditto Protocol."""

    url: Annotated[
        str,
        address(
            rf"amqps?://{_HOST_AND_PORT}(/[^\s/?#]+)?",
            "an address such as amqps://rabbitmq.example.org:5671, or with /vhost behind it",
        ),
    ]
    """its address, `amqp://…` or `amqps://…`"""


class ExternalTelegraf(Model):
    """A Telegraf that runs elsewhere, and does what ours would do, with the configuration in the ConfigMap
    `telegraf`: nothing of the platform asks it."""

    url: Url
    """where it tells its health"""
