"""Types and twins: the things of Ditto, as OpenTwins composes them."""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, field_validator
from pydantic_core import PydanticCustomError

from twins.identifiers import AttributeKey, ChildName, Colour, Definition, EntityId, FeatureId, PropertyKey
from twins.models.base import Model, Spec


class Threshold(Model):
    """From which value on a panel shows which colour."""

    value: float | None = None
    """The lowest value of this colour; left out for the colour of all that is lower than the others."""

    colour: Colour
    """A colour's name in Grafana, such as `green` or `dark-red`, or #rrggbb."""


class Display(Model):
    """How dashboards show a property; never sent to Ditto."""

    label: str | None = None
    """What it is called in a panel's title."""

    unit: str | None = None
    """The unit in Grafana's notation, such as `celsius`, `humidity` or `percent`."""

    min: float | None = None
    """The lowest value of the scale."""

    max: float | None = None
    """The highest value of the scale."""

    decimals: Annotated[int, Field(ge=0, le=20)] | None = None
    """How many digits stand behind the point."""

    thresholds: list[Threshold] = Field(default_factory=list)
    """Colours by value."""


class FeatureSpec(Model):
    """A group of properties that belong together, such as what one sensor measures."""

    definition: Annotated[list[Definition], Field(min_length=1)] | None = None
    """What this feature conforms to: `namespace:name:version` or addresses of Thing Models."""

    properties: dict[PropertyKey, JsonValue] | None = None
    """The properties and their initial values; devices own the values afterwards."""

    desired_properties: dict[PropertyKey, JsonValue] | None = None
    """The values that the device is asked to take on."""

    display: dict[str, Display] = Field(default_factory=dict)
    """How dashboards show the properties, by the property's name; never sent to Ditto."""


class TypeSpec(Spec):
    """A type: what all twins made of it have in common, and of which other types they are composed."""

    kind: Literal["Type"] = "Type"
    """What this document declares."""

    id: EntityId
    """The type's id, `namespace:name`; the name becomes that of the children made of it."""

    policy: EntityId
    """The id of the declared policy of this type, and of the twins made of it."""

    definition: Definition | None = None
    """What the things conform to: `namespace:name:version` or the address of a Thing Model."""

    attributes: dict[AttributeKey, JsonValue] = Field(default_factory=dict)
    """What does not change by itself, such as a name, a description, an image; copied to each twin."""

    features: dict[FeatureId, FeatureSpec] = Field(default_factory=dict)
    """What changes: each twin gets these features, without values until a device or its spec sets them."""

    children: dict[EntityId, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """The types that a twin of this type has as children, and how many of each."""


class ChildSpec(Model):
    """A child of a twin: one that the type makes and that is changed here, or another one."""

    type: EntityId | None = None
    """The declared type of an additional child; a child that the twin's type makes has its own already."""

    policy: EntityId | None = None
    """The declared policy; by default that of the child's type, and without a type that of its parent."""

    definition: Definition | None = None
    """What the thing conforms to, in place of its type's."""

    attributes: dict[AttributeKey, JsonValue] = Field(default_factory=dict)
    """Attributes over those of the type."""

    features: dict[FeatureId, FeatureSpec] = Field(default_factory=dict)
    """Features over those of the type, with their initial values."""

    children: dict[ChildName, "ChildSpec"] = Field(default_factory=dict)
    """Children of this child, by name."""


class TwinSpec(Spec):
    """A twin, with all its children."""

    kind: Literal["Twin"] = "Twin"
    """What this document declares."""

    id: EntityId
    """The twin's id, `namespace:name`; its children's are this, a colon and their name."""

    type: EntityId | None = None
    """The declared type that the twin is made of."""

    policy: EntityId | None = None
    """The declared policy; by default that of the type, and required without one."""

    definition: Definition | None = None
    """What the thing conforms to, in place of its type's."""

    attributes: dict[AttributeKey, JsonValue] = Field(default_factory=dict)
    """Attributes over those of the type: objects are merged, anything else is replaced."""

    features: dict[FeatureId, FeatureSpec] = Field(default_factory=dict)
    """Features over those of the type, with their initial values."""

    parent: EntityId | None = None
    """The twin, with a spec of its own, that this one is a child of."""

    dashboard: bool = True
    """Whether a dashboard is made of the features."""

    children: dict[ChildName, ChildSpec] = Field(default_factory=dict)
    """Children by name: one that the type makes is changed, any other name adds a child."""

    @field_validator("parent", mode="before")
    @classmethod
    def _one_parent(cls, value: Any) -> Any:
        """Say plainly why there is no list: twins are trees, whereas types may be children of several."""
        if isinstance(value, list):
            raise PydanticCustomError("parent", "a twin has one parent at most; name one")
        return value
