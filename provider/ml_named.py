"""Models and configurations of Kafka-ML as resources: what has a name there, and can be changed.

Kafka-ML has no room for a marker in them. So what exists under a name is taken for ours only if it is just
what is declared, as a run that was cut off leaves it; the engine's state tells for the rest.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from provider.base import Provider, document, gone, own, seen
from provider.errors import Foreign
from provider.kafka_ml import CONFIGURATIONS, MODELS
from twins.canonical import dumps
from twins.document import Document


class NamedProvider(Provider):
    """Finds what it is about by its name each time: numbers are Kafka-ML's own."""

    kind = ""  # Kafka-ML's word for them

    def numbered(self, declared: Document) -> Document:
        """The declared document with numbers in place of names."""
        raise NotImplementedError

    def named(self, live: Document) -> Document:
        """The live document as it would be declared."""
        raise NotImplementedError

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it; another one of this name is refused unless it is to be adopted."""
        with self.about(props):
            self._bring(props, new=True)
        return CreateResult(props["id"], own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Put what is declared now in place of what was."""
        with self.about(_news):
            self._bring(_news, new=False)
        return UpdateResult(own(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live."""
        with self.about(props):
            live = self.reach.kafka_ml.named(self.kind, props["id"])
        return gone() if live is None else seen(id_, props, document=dumps(self.named(live)))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it; what is gone already is fine."""
        if self.reach.lacks("Kafka-ML", f"{self.kind.removesuffix('s')} {_props['id']}"):
            return
        with self.about(_props):
            live = self.reach.kafka_ml.named(self.kind, _props["id"])
            if live is not None:
                self.reach.kafka_ml.remove(self.kind, int(live["id"]), _props["id"])

    def _bring(self, props: dict[str, Any], new: bool) -> None:
        kafka_ml, declared = self.reach.kafka_ml, document(props["document"])
        live = kafka_ml.named(self.kind, props["id"])
        if live is None:
            kafka_ml.make(self.kind, self.numbered(declared))
            return
        if dumps(self.named(live)) == dumps(declared):
            return
        if new and not props.get("adopt"):
            raise Foreign(
                f"{self.kind.removesuffix('s')} {props['id']} exists already in Kafka-ML, and is not what the spec"
                " declares. It was not touched. To take it over, write `adopt: true` in its spec: it is then"
                " replaced by what the spec declares"
            )
        kafka_ml.replace(self.kind, int(live["id"]), self.numbered(declared))


class KafkaMlModelProvider(NamedProvider):
    """A model, which Kafka-ML runs before it takes it."""

    spec, kind = "KafkaMlModel", MODELS

    def numbered(self, declared: Document) -> Document:
        """With the number of the father."""
        father = declared["father"]
        return declared | {"father": self.reach.kafka_ml.number(MODELS, father) if father else None}

    def named(self, live: Document) -> Document:
        """With the name of the father, without what is Kafka-ML's own."""
        keys = ("name", "description", "framework", "imports", "code", "distributed")
        return {key: live.get(key) for key in keys} | {"father": (live.get("father") or {}).get("name")}


class KafkaMlConfigurationProvider(NamedProvider):
    """A configuration, which Kafka-ML lets be changed and removed only while it has no trainings."""

    spec, kind = "KafkaMlConfiguration", CONFIGURATIONS

    def numbered(self, declared: Document) -> Document:
        """With the numbers of the models."""
        numbers = [self.reach.kafka_ml.number(MODELS, name) for name in declared["ml_models"]]
        return declared | {"ml_models": numbers}

    def named(self, live: Document) -> Document:
        """With the names of the models that are nobody's child: Kafka-ML adds those by itself."""
        names = {str(model["name"]) for model in live["ml_models"]}
        fathers = {name: (self.reach.kafka_ml.named(MODELS, name) or {}).get("father") for name in names}
        own_names = [name for name in names if (fathers[name] or {}).get("name") not in names]
        return {"name": live["name"], "description": live["description"], "ml_models": sorted(own_names)}


class KafkaMlModel(Resource, module="opentwins", name="KafkaMlModel"):
    """The model `name` of Kafka-ML, with this document."""

    def __init__(
        self, name: str, document: Document, adopt: bool = False, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"id": name, "document": dumps(document), "adopt": adopt}
        super().__init__(KafkaMlModelProvider(), name, inputs, opts)


class KafkaMlConfiguration(Resource, module="opentwins", name="KafkaMlConfiguration"):
    """The configuration `name` of Kafka-ML, with this document."""

    def __init__(
        self, name: str, document: Document, adopt: bool = False, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"id": name, "document": dumps(document), "adopt": adopt}
        super().__init__(KafkaMlConfigurationProvider(), name, inputs, opts)
