"""Trainings and predictions of Kafka-ML as resources: what runs there, and cannot be changed.

So any change is a replacement: the new one is begun, then the old one ended and removed. What is ours carries
a mark (see `twins/kafka_ml.py`), by which a run that was cut off finds what it has begun already.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from provider.base import Provider, document, gone, own, seen
from provider.errors import ProviderError
from provider.kafka_ml import CONFIGURATIONS
from twins.canonical import dumps
from twins.document import Document
from twins.kafka_ml import mark

LARGEST = 255  # the number of a training is one byte in the messages that announce its data


class KafkaMlDeploymentProvider(Provider):
    """A training. It waits for its data by itself, and nobody waits for its end here."""

    spec = "KafkaMlDeployment"

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Any change is another training."""
        replaces = [key for key in ("id", "document") if _olds.get(key) != _news.get(key)]
        return DiffResult(changes=bool(replaces), replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Begin it, unless a run that was cut off has."""
        declared = document(props["document"])
        with self.about(props):
            kafka_ml = self.reach.kafka_ml
            configuration = kafka_ml.number(CONFIGURATIONS, declared["configuration"])
            if kafka_ml.deployment(configuration, mark(declared)) is None:
                kafka_ml.deploy(props["id"], declared, configuration, mark(declared))
            made = kafka_ml.deployment(configuration, mark(declared))
            if made is None:
                raise ProviderError(f"deployment {props['id']}: Kafka-ML took it, but does not have it")
            if int(made["id"]) > LARGEST:
                self.reach.say(
                    f"deployment {props['id']} has the number {made['id']} in Kafka-ML, and data can be announced"
                    f" for numbers up to {LARGEST} only: begin with a new Kafka-ML"
                )
        return CreateResult(props["id"], own(props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """It is as declared, or gone: nothing in it can be changed."""
        with self.about(props):
            found = self._found(document(props["document"]))
        return gone() if found is None else seen(id_, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Nothing of it can be changed."""
        return UpdateResult(own(_news))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """End it, and remove what it has trained."""
        if self.reach.lacks("Kafka-ML", f"deployment {_props['id']}"):
            return
        with self.about(_props):
            found = self._found(document(_props["document"]))
            if found is not None:
                self.reach.kafka_ml.undeploy(_props["id"], int(found["id"]))

    def _found(self, declared: Document) -> Document | None:
        kafka_ml = self.reach.kafka_ml
        configuration = kafka_ml.named(CONFIGURATIONS, declared["configuration"])
        return kafka_ml.deployment(int(configuration["id"]), mark(declared)) if configuration else None


class KafkaMlInferenceProvider(Provider):
    """Predictions. Until their model is trained they wait: each run tries again, and its preview says so."""

    spec = "KafkaMlInference"

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Any change is a replacement, but for what has not begun yet: that is tried again."""
        waits = not _olds.get("begun")
        if _olds.get("id") != _news.get("id"):
            return DiffResult(changes=True, replaces=["id"])
        if _olds.get("document") == _news.get("document"):
            return DiffResult(changes=waits)
        return DiffResult(changes=True, replaces=[] if waits else ["document"])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Begin them, unless a run that was cut off has, or their model is not trained yet."""
        with self.about(props):
            begun = self._begin(props)
        return CreateResult(props["id"], own(props) | {"begun": begun})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Try again."""
        with self.about(_news):
            begun = self._begin(_news)
        return UpdateResult(own(_news) | {"begun": begun})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """They are as declared, or were ended by somebody."""
        with self.about(props):
            found = self.reach.kafka_ml.inference(mark(document(props["document"])))
        begun = found is not None and found.get("status") == "deployed"
        if props.get("begun") and not begun:
            return gone()
        result = seen(id_, props)
        result.outs = {**(result.outs or {}), "begun": begun}
        return result

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """End them."""
        if self.reach.lacks("Kafka-ML", f"inference {_props['id']}"):
            return
        with self.about(_props):
            found = self.reach.kafka_ml.inference(mark(document(_props["document"])))
            if found is not None:
                self.reach.kafka_ml.stop(_props["id"], int(found["id"]))

    def _begin(self, props: dict[str, Any]) -> bool:
        declared, kafka_ml = document(props["document"]), self.reach.kafka_ml
        found = kafka_ml.inference(mark(declared))
        if found is not None and found.get("status") == "deployed":
            return True
        if found is not None:  # somebody has ended them: the same mark is begun anew
            kafka_ml.stop(props["id"], int(found["id"]))
        result = self._result(props, declared)
        if result is None or result["status"] != "finished":
            state = result["status"] if result else "absent"
            self.reach.say(
                f"inference {props['id']} waits for its model {declared['model']}, whose training is {state}:"
                " send the training its data, and run this again once it has finished"
            )
            return False
        body = {key: value for key, value in declared.items() if key not in ("deployment", "model")}
        body["input_config"] = dumps(declared["input_config"])
        kafka_ml.infer(props["id"], int(result["id"]), body, mark(declared))
        return True

    def _result(self, props: dict[str, Any], declared: Document) -> Document | None:
        """What became of the model in the training."""
        kafka_ml = self.reach.kafka_ml
        configuration = kafka_ml.named(CONFIGURATIONS, props["configuration"])
        deployment = (
            kafka_ml.deployment(int(configuration["id"]), declared["deployment"]) if configuration else None
        )
        results = kafka_ml.results(int(deployment["id"])) if deployment else []
        finished = [one for one in results if one["model"]["name"] == declared["model"]]
        # Training that never ends makes a new result each time that it has something better.
        finished.sort(key=lambda one: (one["status"] == "finished", one["id"]))
        return finished[-1] if finished else None


class KafkaMlDeployment(Resource, module="opentwins", name="KafkaMlDeployment"):
    """The training `name` in Kafka-ML, with this document."""

    def __init__(self, name: str, document: Document, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(KafkaMlDeploymentProvider(), name, {"id": name, "document": dumps(document)}, opts)


class KafkaMlInference(Resource, module="opentwins", name="KafkaMlInference"):
    """The predictions `name` in Kafka-ML, of a training of a configuration; `begun` once they have."""

    begun: pulumi.Output[bool]

    def __init__(
        self,
        name: str,
        document: Document,
        configuration: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"id": name, "document": dumps(document), "configuration": configuration, "begun": None}
        super().__init__(KafkaMlInferenceProvider(), name, inputs, opts)
