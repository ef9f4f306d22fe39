"""A dashboard in place of the one that is made by itself, or besides it."""

from typing import Annotated, Literal

from pydantic import Field

from twins.identifiers import DashboardId, EntityId, FeatureId, RefreshTime, StartTime
from twins.models.base import Model, Spec, either


class PanelSpec(Model):
    """A panel that shows a property."""

    feature: FeatureId
    """The feature."""

    property: str = "value"
    """The property of the feature; parts of a path are parted by /."""

    child: str | None = None
    """The child whose feature it is, such as `DHT22_1` or `arm:motor`; by default the twin itself."""

    kind: Literal["timeseries", "stat", "gauge", "state"] = "timeseries"
    """What it looks like."""

    title: str | None = None
    """Its title; by default made of the names."""

    unit: str | None = None
    """The unit in Grafana's notation; by default that of the feature's `display`."""

    min: float | None = None
    """The lowest value of the scale."""

    max: float | None = None
    """The highest value of the scale."""

    decimals: Annotated[int, Field(ge=0, le=20)] | None = None
    """How many digits stand behind the point."""


class DashboardSpec(Spec):
    """A dashboard of a twin or of a type, which replaces the one that is made of the features."""

    model_config = either("twin", "type")

    kind: Literal["Dashboard"] = "Dashboard"
    """What this document declares."""

    id: DashboardId
    """The uid in Grafana."""

    twin: EntityId | None = None
    """The declared twin that it shows. Either this or `type`."""

    type: EntityId | None = None
    """The declared type whose twins it shows. Either this or `twin`."""

    title: str | None = None
    """Its title; by default the name of the twin or type."""

    refresh: RefreshTime = "10s"
    """How often it is refreshed, such as `10s`; empty for not by itself."""

    from_: Annotated[StartTime, Field(alias="from")] = "now-6h"
    """From when on it shows values, such as `now-6h`."""

    panels: list[PanelSpec] = Field(default_factory=list)
    """Its panels, in place of those that are made of the features."""

    exclude: list[FeatureId] = Field(default_factory=list)
    """Features that get no panel."""
