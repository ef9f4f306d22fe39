"""What a twin has to show: each property of each of its things, with how it is to be shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from grafana.queries import BOOLEANS, NUMBERS, TEXTS, field
from twins.compose import Owner, twin_displays, twin_documents
from twins.models import Display, FeatureSpec
from twins.specs import Specs
from twins.tree import Member, members

Kind = Literal["number", "text", "boolean"]

MEASUREMENTS: Mapping[Kind, str] = {"number": NUMBERS, "text": TEXTS, "boolean": BOOLEANS}

NO_HINTS = Display()

LONGEST_LIST = 16  # elements; of a longer list, nothing is stored


@dataclass(frozen=True)
class Property:
    """A property of a feature that is stored as a field of its own; objects and lists are made of several."""

    feature: str
    path: tuple[str, ...]
    kind: Kind
    """What its values are; a property without any so far is taken to be a number."""

    display: Display = NO_HINTS

    @property
    def field(self) -> str:
        """The name of the field in InfluxDB."""
        return field(self.feature, self.path)

    @property
    def label(self) -> str:
        """What it is called in a panel."""
        if self.display.label:
            return self.display.label
        return self.feature if self.path == ("value",) else " ".join([self.feature, *self.path])


@dataclass(frozen=True)
class Thing:
    """A thing of a twin's tree: the twin itself, whose path is empty, or a child."""

    id: str
    path: tuple[str, ...]
    type: str | None
    properties: tuple[Property, ...]


def things(twin_id: str, specs: Specs, exclude: frozenset[str] = frozenset()) -> list[Thing]:
    """All things of a declared twin's tree, parents before children, without the features excluded."""
    documents = twin_documents(twin_id, specs, Owner("", ""))
    displays = twin_displays(twin_id, specs)
    return [
        Thing(
            id=member.id,
            path=member.path,
            type=member.type.id if member.type else None,
            properties=tuple(
                found
                for feature, content in documents[member.id]["features"].items()
                if feature not in exclude
                for found in _properties(
                    feature,
                    content.get("properties"),
                    displays[member.id].get(feature, {}),
                    _examples(member, feature),
                )
            ),
        )
        for member in members(twin_id, specs)
    ]


def of_type(type_id: str, specs: Specs, exclude: frozenset[str] = frozenset()) -> list[Property]:
    """The properties that all twins of a type have."""
    return [
        found
        for name, feature in specs.types[type_id].spec.features.items()
        if name not in exclude
        for found in _properties(name, feature.properties, feature.display, {})
    ]


def called(properties: Sequence[Property], feature: str, path: str) -> Property:
    """The property of that name, or a number without hints when none is declared."""
    wanted = (feature, tuple(path.split("/")))
    for each in properties:
        if (each.feature, each.path) == wanted:
            return each
    return Property(*wanted, kind="number")


def _examples(member: Member, feature: str) -> Mapping[tuple[str, ...], Any]:
    """What the type says of the values: a twin made of it starts without any."""
    spec: FeatureSpec | None = member.type.features.get(feature) if member.type else None
    return dict(_leaves(spec.properties)) if spec else {}


def _properties(
    feature: str, values: Any, displays: Mapping[str, Display], examples: Mapping[tuple[str, ...], Any]
) -> Iterator[Property]:
    for path, value in _leaves(values):
        found = Property(feature, path, _kind(examples.get(path) if value is None else value))
        display = displays.get("/".join(path))
        yield replace(found, display=display) if display else found


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        if len(value) <= LONGEST_LIST:
            for index, inner in enumerate(value):
                yield from _leaves(inner, (*path, str(index)))
    elif path:
        yield path, value


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"
