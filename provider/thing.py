"""Types and twins as resources: a type is one thing in Ditto, a twin is a thing with all its children."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from provider.base import Provider, document, gone, own, seen, unreadable
from provider.tree import Tree
from twins.canonical import dumps
from twins.document import Document, length

LARGEST = 100 * 1024  # characters of a thing's JSON, its id included: Ditto's limit


class ThingProvider(Provider):
    """What types and twins have in common; a subclass says where in the properties the things are."""

    def tree(self, props: Mapping[str, Any]) -> Tree:
        """The resource's things in this stack's Ditto."""
        resource = f"{self.spec} {props[self.identity]}"
        return Tree(self.reach.ditto, resource, self.reach.claims, self.reach.say)

    def texts(self, props: Mapping[str, Any]) -> dict[str, str]:
        """Each thing's canonical text by its id."""
        raise NotImplementedError

    def put(self, things: Mapping[str, Document]) -> dict[str, Any]:
        """The property that holds the things."""
        raise NotImplementedError

    def things(self, props: Mapping[str, Any]) -> dict[str, Document]:
        """Each thing's document by its id."""
        return {thing_id: document(text) for thing_id, text in self.texts(props).items()}

    def problems(self, news: dict[str, Any]) -> list[str]:
        """Things that are no documents, or too large for Ditto."""
        found = []
        for thing_id, text in self.texts(news).items():
            if not isinstance(text, str):
                continue  # not known yet
            problem = unreadable(text)
            size = length(text) + length(dumps({"thingId": thing_id})) - 1
            if not problem and size > LARGEST:
                problem = f"it has {size} characters as JSON; Ditto takes {LARGEST} at most"
            if problem:
                found.append(f"thing {thing_id}: {problem}")
        return found

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make what does not exist; what does is refused unless it is ours or to be adopted."""
        with self.about(props):
            self.tree(props).create(self.things(props), bool(props.get("adopt")))
        return CreateResult(props[self.identity], own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Change just the leaves that differ."""
        with self.about(_news):
            self.tree(_news).update(self.things(_olds), self.things(_news), bool(_news.get("adopt")))
        return UpdateResult(own(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live; nothing if all of it is gone."""
        with self.about(props):
            found = self.tree(props).read(self.things(props))
        return seen(id_, props, **self.put(found)) if found else gone()

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove what is still ours, children first."""
        with self.about(_props):
            self.tree(_props).delete(self.things(_props))


class TypeProvider(ThingProvider):
    """A type: one thing, marked as a type."""

    spec = "Type"

    def texts(self, props: Mapping[str, Any]) -> dict[str, str]:
        """The one thing."""
        return {str(props["id"]): props["document"]}

    def put(self, things: Mapping[str, Document]) -> dict[str, Any]:
        """The one thing's text."""
        return {"document": dumps(next(iter(things.values())))}


class TwinProvider(ThingProvider):
    """A twin: a thing and its children, whose ids begin with its own."""

    spec = "Twin"
    compared = ("things",)

    def texts(self, props: Mapping[str, Any]) -> dict[str, str]:
        """All things of the twin."""
        things = props["things"]
        return dict(things) if isinstance(things, Mapping) else {}

    def put(self, things: Mapping[str, Document]) -> dict[str, Any]:
        """Each thing's text."""
        return {"things": {thing_id: dumps(thing) for thing_id, thing in things.items()}}


class Type(Resource, module="opentwins", name="Type"):
    """A type in Ditto: the thing `type_id` with this document."""

    def __init__(
        self,
        type_id: str,
        document: Document,
        adopt: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            TypeProvider(), type_id, {"id": type_id, "document": dumps(document), "adopt": adopt}, opts
        )


class Twin(Resource, module="opentwins", name="Twin"):
    """A twin in Ditto with all its children: each thing's document by its id."""

    def __init__(
        self,
        twin_id: str,
        things: Mapping[str, Document],
        adopt: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        texts = {thing_id: dumps(thing) for thing_id, thing in things.items()}
        super().__init__(TwinProvider(), twin_id, {"id": twin_id, "things": texts, "adopt": adopt}, opts)
