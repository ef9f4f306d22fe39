"""Fleets: many twins by one rule, each of a row of a table."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from twins.identifiers import AttributeKey, ChildName, Definition, EntityId, FeatureId, FleetId
from twins.models.base import Model, Spec, either
from twins.models.things import ChildSpec, FeatureSpec


class RowsSpec(Model):
    """Where the rows come from: one of a CSV file, a JSON Lines file, or a number of rows without columns."""

    model_config = either("csv", "jsonl", "count")

    csv: str | None = None
    """A file beside this one: comma-separated, UTF-8, its first line the names of the columns."""

    jsonl: str | None = None
    """A file beside this one: UTF-8, one JSON object a line, whose keys are the columns."""

    count: Annotated[int, Field(ge=0)] | None = None
    """How many rows there are, when their numbers are all that tells the twins apart."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "RowsSpec":
        """Refuse none and several."""
        given = [key for key in ("csv", "jsonl", "count") if getattr(self, key) is not None]
        if len(given) != 1:
            raise PydanticCustomError(
                "rows", "rows come from exactly one of csv, jsonl and count; name one of them"
            )
        return self


class RowTwin(Model):
    """The twin of a row: as in a Twin, and in its texts `{column}` stands for the row's value of that column.

    A text that is nothing but `{column}` becomes the value itself: text from CSV, whatever JSON has from JSON
    Lines. `{column:int}`, `{column:float}`, `{column:bool}` and `{column:json}` make values of text.
    `{number}` is the row's number, from 1; `{number:06}` is padded with zeros. `{{` and `}}` are braces.
    """

    id: str
    """The twin's id, such as `city:lamp_{number}`."""

    parent: EntityId | None = None
    """The declared Twin that all twins of the fleet are children of."""

    definition: Definition | None = None
    """What the things conform to, in place of their type's."""

    attributes: dict[AttributeKey, JsonValue] = Field(default_factory=dict)
    """Attributes over those of the type."""

    features: dict[FeatureId, FeatureSpec] = Field(default_factory=dict)
    """Features over those of the type, with their initial values."""

    children: dict[ChildName, ChildSpec] = Field(default_factory=dict)
    """Children by name: one that the type makes is changed, any other name adds a child."""


class FleetSpec(Spec):
    """Many twins by one rule: one for each row of a table."""

    kind: Literal["Fleet"] = "Fleet"
    """What this document declares."""

    id: FleetId
    """The fleet's name; its twins have ids of their own."""

    type: EntityId | None = None
    """The declared type that the twins are made of."""

    policy: EntityId | None = None
    """The declared policy; by default that of the type, and required without one."""

    rows: RowsSpec
    """The table."""

    twin: RowTwin
    """What the twin of a row is."""

    retain: bool = False
    """Leave the twin where it is when its row is removed; by default it is deleted."""

    shards: Annotated[int, Field(ge=1, le=256)] = 16
    """Into how many parts the fleet is divided, each a resource; fixed once the fleet exists."""
