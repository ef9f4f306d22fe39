"""Topics of the platform's Kafka as resources.

Kafka keeps no note of whose a topic is. So one that exists is refused unless it is to be adopted; and what a
topic's owner cannot take back, its partitions and their copies, is refused when it is planned.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, ReadResult, Resource, UpdateResult

from provider.base import WHOLE, Provider, document, gone, own, seen
from provider.errors import Foreign, ProviderError
from provider.kafka_admin import KafkaAdmin
from twins.canonical import dumps
from twins.models import Document, KafkaTopicSpec

OWN_NUMBER = -1  # of copies: as many as the cluster says


def topic_document(spec: KafkaTopicSpec) -> Document:
    """What is declared of a topic."""
    return {"partitions": spec.partitions, "copies": spec.copies or OWN_NUMBER, "config": dict(spec.config)}


class KafkaTopicProvider(Provider):
    """Makes topics, adds partitions to them, and sets their config."""

    spec = "KafkaTopic"

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Besides what is wrong in itself: what would take something away that Kafka never gives back."""
        result = super().check(_olds, news)
        before, after = _olds.get("document"), news.get("document")
        if result.failures or not (isinstance(before, str) and isinstance(after, str)):
            return result
        if _olds.get("id") != news.get("id"):
            return result
        where, old, new = self._origin(news["id"]), document(before), document(after)
        failures = []
        if new["partitions"] < old["partitions"]:
            failures.append(
                f"topic {news['id']} has {old['partitions']} partitions, and Kafka never takes any away;"
                f" leave {old['partitions']}, or declare a topic with another id"
            )
        if new["copies"] != old["copies"]:
            failures.append(
                f"the number of copies counts when topic {news['id']} is made; leave it as it was, or declare"
                " a topic with another id"
            )
        return CheckResult(news, [CheckFailure(WHOLE, where + failure) for failure in failures])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it; one that exists is refused unless it is to be adopted."""
        wanted = document(props["document"])
        with self.about(props):
            kafka = self.reach.kafka
            made = kafka.create_topic(props["id"], wanted["partitions"], wanted["copies"], wanted["config"])
            if not made and not props.get("adopt"):
                raise Foreign(
                    f"topic {props['id']} exists already, and Kafka does not tell whose it is. It was not"
                    " touched. To take it over, with all that is in it, write `adopt: true` in its spec"
                )
            if not made:
                _bring(kafka, props["id"], wanted, {})
        return CreateResult(props["id"], own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Add partitions, and change what was declared of its config."""
        with self.about(_news):
            _bring(self.reach.kafka, _id, document(_news["document"]), document(_olds["document"])["config"])
        return UpdateResult(own(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live; other config that somebody has set is theirs."""
        declared = document(props["document"])
        with self.about(props):
            live = self.reach.kafka.topic(id_)
        if live is None:
            return gone()
        config = {key: live.config[key] for key in declared["config"] if key in live.config}
        part = declared | {"partitions": live.partitions, "config": config}
        return seen(id_, props, document=dumps(part))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete it with all that is in it."""
        if self.reach.lacks("Kafka", f"topic {_id}"):
            return
        with self.about(_props):
            self.reach.kafka.delete_topic(_id)


def _bring(kafka: KafkaAdmin, name: str, wanted: Document, before: Document) -> None:
    live = kafka.topic(name)
    if live is None:
        raise ProviderError(f"topic {name} is not in Kafka any more; `pulumi refresh` notices it")
    if wanted["partitions"] > live.partitions:
        kafka.add_partitions(name, wanted["partitions"])
    elif wanted["partitions"] < live.partitions:
        raise ProviderError(
            f"topic {name} has {live.partitions} partitions, and Kafka never takes any away; write so many"
        )
    change: dict[str, str | None] = {
        key: value for key, value in wanted["config"].items() if live.config.get(key) != value
    }
    change |= {key: None for key in before if key not in wanted["config"] and key in live.config}
    if change:
        kafka.configure_topic(name, change)


class KafkaTopic(Resource, module="opentwins", name="KafkaTopic"):
    """A topic of the platform's Kafka. Deleting it deletes what is in it."""

    def __init__(
        self, topic: str, document: Document, adopt: bool = False, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"id": topic, "document": dumps(document), "adopt": adopt}
        super().__init__(KafkaTopicProvider(), topic, inputs, opts)
