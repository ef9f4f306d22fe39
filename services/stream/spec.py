"""What the specs and configurations of both programs share, and the way from the one to the other."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from services.stream.layout import VectorSpec
from services.stream.model import Id, Model, Text
from services.stream.numbers import fits
from services.stream.transports import AmqpInput, Input, KafkaAccess, KafkaInput, MqttInput, Payload

V = TypeVar("V", bound=VectorSpec)
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]

# Parts of the time that do not fit into every type: a vector must not fail once in a while.
LARGEST = {"year": 9999, "microsecond": 999_999}


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError("must be a time zone such as UTC or Europe/Madrid") from None
    return name


TimeZone = Annotated[str, AfterValidator(_time_zone)]


class SpecInput(Model):
    """Where messages come from: a service of the platform, or a broker that runs elsewhere."""

    service: Literal["hono", "mosquitto", "kafka"] | None = None
    """A service of the platform, which brings its address and credentials: Hono, or the intermediary broker
    with Ditto's events."""

    tenant: Name | None = None
    """With the service `hono`: the tenant whose devices are heard."""

    amqp: AmqpInput | None = None
    """In place of `service`: an AMQP 1.0 peer."""

    kafka: KafkaInput | None = None
    """In place of `service`: a Kafka cluster."""

    mqtt: MqttInput | None = None
    """In place of `service`: an MQTT broker."""

    secret: Name | None = None
    """Beside amqp, kafka or mqtt: the entry of `opentwins:secrets` with username, password, ca, cert, key."""

    payload: Payload = "ditto"
    """What messages hold: `ditto` for Ditto's protocol, `json` for a device's own JSON."""

    ignore_originators: list[Text] = Field(default_factory=list)
    """Subjects whose events are no data of devices, such as that of the connection which writes predictions
    back (`connection:<id>`): without this, a prediction would feed the model that made it."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if [self.service, self.amqp, self.kafka, self.mqtt].count(None) != 3:
            raise ValueError("must have exactly one of service, amqp, kafka and mqtt")
        if (self.service == "hono") != (self.tenant is not None):
            raise ValueError("must have a tenant with the service hono, and only there")
        if self.service and self.secret:
            raise ValueError("must have no secret beside service, which brings its own")
        if self.payload == "json" and (self.mqtt or self.service in ("mosquitto", "kafka")):
            raise ValueError("must have payload json only where Hono says which device sent a message")
        return self


class SpecOutput(KafkaAccess):
    """The Kafka cluster of a Kafka-ML that runs elsewhere."""

    secret: Name | None = None
    """The entry of `opentwins:secrets` with username and password, or ca."""


class ProgramSpec(Model, Generic[V]):
    """What a user's feeder and watchdog have in common."""

    api_version: Literal["opentwins/v1"] = "opentwins/v1"
    """The version of this format; there is one so far."""

    id: Id
    """Its name; of its Deployment too, and at the brokers."""

    input: SpecInput
    """Where messages come from."""

    output: SpecOutput | None = None
    """The Kafka of a Kafka-ML that runs elsewhere; by default the platform's."""

    time_zone: TimeZone = "UTC"
    """The time zone of fields that are a part of the time."""

    models: Annotated[list[V], Field(min_length=1)]
    """The models whose input it sends."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        check(self.models, self.input.payload)
        return self


class Configuration(Model, Generic[V]):
    """What a program reads from its file."""

    id: Id
    """Its name at the brokers."""

    input: Input
    """Where messages come from."""

    output: KafkaAccess
    """Where vectors go to."""

    time_zone: TimeZone = "UTC"
    """The time zone of fields that are a part of the time."""

    models: Annotated[list[V], Field(min_length=1)]
    """The models whose input it sends."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        check(self.models, self.input.payload)
        return self


def check(models: Sequence[VectorSpec], payload: Payload) -> None:
    """Raise ValueError, with all that is wrong, unless the models go together and with their input."""
    wrong = []
    topics = [model.topic for model in models]
    for topic in sorted({topic for topic in topics if topics.count(topic) > 1}):
        wrong.append(f"models: two of them have the topic {topic}; a topic has vectors of one kind")
    if payload == "json":
        wrong += [
            f"models.{number}.fields.{position}.feature: with payload json, give a pointer into the message"
            for number, model in enumerate(models)
            for position, field in enumerate(model.fields)
            if field.feature
        ]
    wrong += [
        f"models.{number}.fields.{position}.time: {field.time} goes up to {most}, which {dtype} cannot hold"
        for number, model in enumerate(models)
        for position, field in enumerate(model.fields)
        if (most := LARGEST.get(str(field.time)))
        for dtype in dict.fromkeys((field.dtype or model.dtype, model.dtype))
        if not fits(most, dtype)
    ]
    if wrong:
        raise ValueError("; ".join(wrong))


def document(
    spec: ProgramSpec[V],
    source: AmqpInput | KafkaInput | MqttInput | None = None,
    output: KafkaAccess | None = None,
) -> dict[str, Any]:
    """The program's configuration, ready to be written as JSON or YAML, out of a user's spec.

    `source` is what the spec's `input.service` stands for, and `output` the platform's Kafka; both count only
    where the spec names none of its own. Raises ValueError when one is needed and not there.
    """
    given = (spec.input.amqp, spec.input.kafka, spec.input.mqtt)
    chosen = next((own for own in given if own is not None), source)
    access = spec.output or output
    if chosen is None or access is None:
        missing = f"the service {spec.input.service}" if chosen is None else "a Kafka that Kafka-ML reads"
        raise ValueError(f"{spec.id}: {missing} is needed and not there")
    kinds = {AmqpInput: "amqp", KafkaInput: "kafka", MqttInput: "mqtt"}
    return {
        **_written(spec, {"api_version", "kind", "input", "output"}),
        "input": {**_written(spec.input, CHOSEN), kinds[type(chosen)]: _written(chosen)},
        "output": _written(access, {"secret"}),
    }


# What of a spec's input is replaced by addresses, or turned into mounted files.
CHOSEN = {"service", "tenant", "secret", "amqp", "kafka", "mqtt"}


def _written(piece: Model, without: set[str] | None = None) -> dict[str, Any]:
    return piece.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=without)
