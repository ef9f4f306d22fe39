"""A connection of Ditto to a broker or a web server, with the mappers that translate messages."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue

from twins.identifiers import ConnectionId, SubjectId
from twins.models.base import Model, Spec, either

Service = Literal["mosquitto", "kafka", "rabbitmq", "hono"]
ConnectionType = Literal["mqtt", "mqtt-5", "kafka", "amqp-10", "amqp-091", "http-push"]
Response = Literal["response", "error", "nack"]
Quality = Annotated[int, Field(ge=0, le=2)]


class Enforcement(Model):
    """Which things a message from a source may speak of."""

    input: str
    """What identifies the sender, such as `{{ header:device_id }}`."""

    filters: Annotated[list[str], Field(min_length=1)]
    """What it has to equal, such as `{{ entity:id }}`."""


class Acknowledgements(Model):
    """Which acknowledgements are asked for each message before the broker is told that it was taken."""

    includes: list[str] = Field(default_factory=list)
    """Labels of acknowledgements, such as `twin-persisted`."""

    filter: str | None = None
    """A condition with placeholders for asking at all."""


def _answers() -> list[Response]:
    return ["response", "error"]


class ReplyTarget(Model):
    """Where the answers to a source's messages go."""

    address: str
    """A topic or queue; placeholders are allowed."""

    header_mapping: dict[str, str] = Field(default_factory=dict)
    """Headers of the answer."""

    expected_response_types: list[Response] = Field(default_factory=_answers)
    """Which answers are sent."""


class SourceSpec(Model):
    """Where messages come from."""

    addresses: Annotated[list[str], Field(min_length=1)]
    """Topic filters (MQTT), topics (Kafka) or queues (AMQP)."""

    qos: Quality | None = None
    """Quality of service: 0 at most once, 1 at least once, 2 exactly once. By default 1 (MQTT, Kafka)."""

    consumer_count: Annotated[int, Field(ge=1)] = 1
    """How many consumers each address has."""

    subjects: Annotated[list[SubjectId], Field(min_length=1)] | None = None
    """As whom its messages act: subjects of policies. By default `connection:` and the connection's id."""

    mappers: list[str] = Field(default_factory=list)
    """The mappers that each message goes through; by default it is in Ditto protocol already."""

    enforcement: Enforcement | None = None
    """Which things a message may speak of; by default all that the subjects may."""

    header_mapping: dict[str, str] = Field(default_factory=dict)
    """Headers for the message in Ditto, from those of the broker's message."""

    acknowledgement_requests: Acknowledgements | None = None
    """What is waited for before the broker is told that a message was taken."""

    reply_target: ReplyTarget | None = None
    """Where answers go; by default there are none."""


class TargetSpec(Model):
    """Where messages go to."""

    address: str
    """A topic, a queue or, with http-push, `VERB:/path`; placeholders are allowed."""

    topics: Annotated[list[str], Field(min_length=1)]
    """What is sent, such as `_/_/things/twin/events`, with a filter or extra fields as a query."""

    qos: Quality | None = None
    """The quality of service, as with a source."""

    subjects: Annotated[list[SubjectId], Field(min_length=1)] | None = None
    """Who has to be allowed to read what is sent. By default `connection:` and the connection's id."""

    mappers: list[str] = Field(default_factory=list)
    """The mappers that each message goes through; by default it is sent in Ditto protocol."""

    header_mapping: dict[str, str] = Field(default_factory=dict)
    """Headers of the broker's message."""


class JavaScript(Model):
    """Files that hold the JavaScript of a mapper; their paths start from the folder of the spec."""

    incoming: str | None = None
    """The file that defines `mapToDittoProtocolMsg`."""

    outgoing: str | None = None
    """The file that defines `mapFromDittoProtocolMsg`."""


def _javascript(value: object) -> object:
    """Write one file's name as the mapping it is short for."""
    return {"incoming": value} if isinstance(value, str) else value


class MapperSpec(Model):
    """How messages are translated: by JavaScript, or by another of Ditto's engines."""

    model_config = either("javascript", "engine")

    javascript: (
        Annotated[JavaScript, BeforeValidator(_javascript, json_schema_input_type=str | JavaScript)] | None
    ) = None
    """The file for incoming messages, or `incoming` and `outgoing` with a file each."""

    engine: str | None = None
    """An engine of Ditto's, such as `Normalized`, `ImplicitThingCreation` or `CloudEvents`."""

    options: dict[str, JsonValue] = Field(default_factory=dict)
    """The engine's options."""

    incoming_conditions: dict[str, str] = Field(default_factory=dict)
    """Under which conditions, all of them, incoming messages are translated, such as `fn:filter(…)`."""

    outgoing_conditions: dict[str, str] = Field(default_factory=dict)
    """Under which conditions, all of them, outgoing messages are translated."""


class SshTunnel(Model):
    """A detour through an SSH server; `username` and `password`, or `key`, are in the connection's secret."""

    uri: str
    """The server, `ssh://host:port`."""

    known_hosts: list[str] = Field(default_factory=list)
    """Fingerprints that the server may have; without any, it is not checked."""


class ConnectionSpec(Spec):
    """A connection of Ditto to a broker or a web server."""

    model_config = either("uri", "service")

    kind: Literal["Connection"] = "Connection"
    """What this document declares."""

    id: ConnectionId
    """The connection's id."""

    type: ConnectionType
    """The protocol: MQTT 3.1.1, MQTT 5, Kafka, AMQP 1.0, AMQP 0.9.1 (RabbitMQ) or HTTP push."""

    uri: str | None = None
    """The address, `scheme://host:port`, without credentials. Either this or `service`."""

    service: Service | None = None
    """A broker of the platform, which brings its address and its credentials. Either this or `uri`."""

    secret: str | None = None
    """The name of an entry of `opentwins:secrets` with username and password, ca, or cert and key."""

    open: bool = True
    """Whether the connection is to be open."""

    client_count: Annotated[int, Field(ge=1)] = 1
    """How many clients Ditto connects with."""

    failover: bool = True
    """Whether Ditto reconnects by itself."""

    validate_certificates: bool = True
    """Whether the certificate of the other side is checked."""

    specific_config: dict[str, str] = Field(default_factory=dict)
    """Settings of the protocol, such as `cleanSession`; all are text."""

    tags: list[str] = Field(default_factory=list)
    """Free words."""

    ssh_tunnel: SshTunnel | None = None
    """A detour through an SSH server."""

    sources: list[SourceSpec] = Field(default_factory=list)
    """Where messages come from."""

    targets: list[TargetSpec] = Field(default_factory=list)
    """Where messages go to."""

    mappers: dict[str, MapperSpec] = Field(default_factory=dict)
    """The mappers by name, for `mappers` of the sources and targets."""
