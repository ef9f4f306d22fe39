"""Where messages come from and where vectors go to: addresses alone, never credentials."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from services.stream.model import Model, Text, Topic

Payload = Literal["ditto", "json"]


def _servers(text: str) -> str:
    for server in text.split(","):
        if not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}", server.strip()):
            raise ValueError("must be host:port, or several with commas between them")
    return text


def _url(*schemes: str) -> AfterValidator:
    def check(text: str) -> str:
        if "@" in text:
            raise ValueError(
                "must not hold credentials; they come from the environment or from mounted files"
            )
        if not re.fullmatch(rf"({'|'.join(schemes)})://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{{1,5}}", text):
            raise ValueError(f"must be {schemes[0]}://host:port, or {schemes[1]}:// for TLS")
        return text

    return AfterValidator(check)


class KafkaAccess(Model):
    """A Kafka cluster and how it lets clients in."""

    bootstrap_servers: Annotated[Text, AfterValidator(_servers)]
    """`host:port` of one or more brokers, with commas between them."""

    tls: bool = False
    """Whether the connection is encrypted; the broker's certificate is checked."""

    sasl: Literal["plain", "scram-sha-256", "scram-sha-512"] | None = None
    """How user and password are shown to the broker; without it there are none."""


class KafkaInput(KafkaAccess):
    """Topics of a Kafka cluster: those of Hono, or those that Ditto's events are published to."""

    topics: Annotated[list[Topic], Field(min_length=1)]
    """The topics that are read, such as `hono.telemetry.<tenant>`."""


class AmqpInput(Model):
    """Addresses of an AMQP 1.0 peer, such as Hono's messaging network."""

    url: Annotated[str, _url("amqp", "amqps")]
    """`amqp://host:port`, or `amqps://` for TLS."""

    addresses: Annotated[list[Text], Field(min_length=1)]
    """What is received from, such as `telemetry/<tenant>`."""


class MqttInput(Model):
    """Topics of an MQTT broker that Ditto's events are published to."""

    url: Annotated[str, _url("mqtt", "mqtts")]
    """`mqtt://host:port`, or `mqtts://` for TLS."""

    topics: Annotated[list[Text], Field(min_length=1)]
    """Topic filters, such as `opentwins/twin/events/#`."""


class Input(Model):
    """Where messages come from: one of the three."""

    amqp: AmqpInput | None = None
    """An AMQP 1.0 peer."""

    kafka: KafkaInput | None = None
    """A Kafka cluster."""

    mqtt: MqttInput | None = None
    """An MQTT broker."""

    payload: Payload = "ditto"
    """What messages hold: `ditto` for Ditto's protocol (devices' commands and Ditto's events alike), `json`
    for a device's own JSON."""

    ignore_originators: list[Text] = Field(default_factory=list)
    """Subjects whose events are no data of devices."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if [self.amqp, self.kafka, self.mqtt].count(None) != 2:
            raise ValueError("must have exactly one of amqp, kafka and mqtt")
        if self.mqtt and self.payload == "json":
            raise ValueError(
                "must not have payload json with mqtt: such a message says not which device sent it"
            )
        return self
