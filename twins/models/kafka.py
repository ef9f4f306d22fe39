"""Topics of the platform's Kafka, and those who may use them."""

from typing import Annotated, Literal

from pydantic import Field

from twins.identifiers import KafkaNames, KafkaTopic, KafkaUserName
from twins.models.base import Spec


class KafkaTopicSpec(Spec):
    """A topic of the platform's Kafka."""

    kind: Literal["KafkaTopic"] = "KafkaTopic"
    """What this document declares."""

    id: KafkaTopic
    """The topic's name."""

    partitions: Annotated[int, Field(ge=1, le=1000)] = 1
    """Among how many readers it can be shared. Kafka can add to them, and never take any away."""

    copies: Annotated[int, Field(ge=1, le=9)] | None = None
    """How many nodes have each message; by default three, or one where there is but one node. It counts when
    the topic is made."""

    config: dict[str, str] = Field(default_factory=dict)
    """Kafka's own settings of the topic, such as `retention.ms`; all are text."""


class KafkaUserSpec(Spec):
    """A user of the platform's Kafka, with a generated password in the Secret `kafka-<id>`."""

    kind: Literal["KafkaUser"] = "KafkaUser"
    """What this document declares."""

    id: KafkaUserName
    """The user's name."""

    publish: list[KafkaNames] = Field(default_factory=list)
    """Topics that it may publish to: a name, or the beginning of names and a *. Never Ditto's events."""

    subscribe: list[KafkaNames] = Field(default_factory=list)
    """Topics that it may read, likewise."""

    groups: list[KafkaNames] = Field(default_factory=list)
    """Consumer groups that it may read in; by default those whose names begin with its own."""

    rotation: Annotated[int, Field(ge=1)] = 1
    """Raise it for a new password."""
