"""Hints for dashboards are for properties that are there, and say what a scale can be."""

from collections.abc import Iterator, Mapping
from typing import Any

from twins.explain import unknown
from twins.models import Display, FeatureSpec, PanelSpec
from twins.origin import Path

MISSING = object()
OF_NUMBERS = ("min", "max", "decimals", "thresholds")


def faults(feature: FeatureSpec, properties: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with a feature's hints, given the properties that it has in the end."""
    for name, display in feature.display.items():
        value = at(properties, name)
        if value is MISSING:
            hint = unknown(name, list(properties))
            yield ("display", name), f"the feature has no property {name}; {hint}"
            continue
        for path, message in (*scale_faults(display, value), *_thresholds(display)):
            yield ("display", name, *path), message


def scale_faults(hints: Display | PanelSpec, value: Any) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with the scale of a property whose declared value is `value`."""
    if hints.min is not None and hints.max is not None and hints.min >= hints.max:
        yield ("max",), f"{hints.max:g} is not above min, {hints.min:g}; swap or correct them"
    if isinstance(value, str | bool):
        kind = "a text" if isinstance(value, str) else "a boolean"
        for key in OF_NUMBERS:
            if getattr(hints, key, None) not in (None, []):
                yield (key,), f"the property's value is {kind}, and this is for numbers; remove it"


def at(properties: Mapping[str, Any], name: str) -> Any:
    """Return the value of a property, whose name may be a path of names parted by /, or `MISSING`."""
    inner: Any = properties
    for part in name.split("/"):
        if not isinstance(inner, dict) or part not in inner:
            return MISSING
        inner = inner[part]
    return inner


def _thresholds(display: Display) -> Iterator[tuple[Path, str]]:
    seen: set[float | None] = set()
    for place, threshold in enumerate(display.thresholds):
        if threshold.value in seen:
            which = "without a value" if threshold.value is None else f"at {threshold.value:g}"
            yield ("thresholds", place), f"there is a threshold {which} already; remove one of them"
        seen.add(threshold.value)
