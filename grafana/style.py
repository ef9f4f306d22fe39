"""How values look: unit, range, digits and colours, out of the hints of a feature."""

from collections.abc import Mapping
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, Threshold

from grafana.properties import Property
from twins.models import Display

CALM = "green"  # the colour of what no threshold speaks of

TRUE_AND_FALSE: list[dashboard.ValueMapping] = [
    dashboard.ValueMap(
        options={
            "true": dashboard.ValueMappingResult("true", "green", index=0),
            "false": dashboard.ValueMappingResult("false", "gray", index=1),
        }
    )
]


class Styled(Protocol):
    """A panel whose values can be given a look; all of the SDK's are."""

    def display_name(self, display_name: str, /) -> Self: ...  # noqa: D102
    def unit(self, unit: str, /) -> Self: ...  # noqa: D102
    def min(self, min_val: float, /) -> Self: ...  # noqa: D102
    def max(self, max_val: float, /) -> Self: ...  # noqa: D102
    def decimals(self, decimals: float, /) -> Self: ...  # noqa: D102
    def mappings(self, mappings: list[dashboard.ValueMapping], /) -> Self: ...  # noqa: D102
    def thresholds(self, thresholds: Builder[dashboard.ThresholdsConfig], /) -> Self: ...  # noqa: D102


S = TypeVar("S", bound=Styled)


def styled(panel: S, shown: Property, name: str | None = None) -> S:
    """The panel with the look of a property; `name`, by default its label, is what the values are called."""
    display = shown.display
    panel.display_name(name or shown.label).thresholds(steps(display))
    if display.unit:
        panel.unit(display.unit)
    if display.min is not None:
        panel.min(display.min)
    if display.max is not None:
        panel.max(display.max)
    if display.decimals is not None:
        panel.decimals(display.decimals)
    if shown.kind == "boolean":
        panel.mappings(TRUE_AND_FALSE)
    return panel


def override(shown: Property) -> list[DynamicConfigValue]:
    """The look of a property as what is said of one query in a panel of several."""
    display = shown.display
    found: Mapping[str, object] = {
        "displayName": shown.label,
        "unit": display.unit,
        "min": display.min,
        "max": display.max,
        "decimals": display.decimals,
        "thresholds": steps(display).build(),
        "mappings": TRUE_AND_FALSE if shown.kind == "boolean" else None,
    }
    return [DynamicConfigValue(name, value) for name, value in found.items() if value is not None]


def steps(display: Display) -> ThresholdsConfig:
    """Grafana's thresholds: colours from minus infinity upwards, each from its value on."""
    lowest = next((each.colour for each in display.thresholds if each.value is None), CALM)
    others = sorted((each.value, each.colour) for each in display.thresholds if each.value is not None)
    return (
        ThresholdsConfig()
        .mode(dashboard.ThresholdsMode.ABSOLUTE)
        .steps([Threshold(None, lowest), *(Threshold(value, colour) for value, colour in others)])
    )


def has_limits(display: Display) -> bool:
    """Whether there is a value from which on something is to be noticed."""
    return any(each.value is not None for each in display.thresholds)
