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
        if parts := parts_fault(value, name):
            yield ("display", name), parts
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


def parts_fault(value: Any, name: str) -> str:
    """Say why a property with this declared value is shown by its parts alone; empty for one without parts."""
    if not isinstance(value, dict | list) or not value:
        return ""
    kind, part = ("a list", "0") if isinstance(value, list) else ("an object", next(iter(value)))
    return f"the property's value is {kind}, which is shown part by part; write {name}/{part} for one of them"


def at(properties: Mapping[str, Any], name: str) -> Any:
    """Return the value of a property, whose name may be a path parted by /, or `MISSING`; 0 is a list's first."""
    inner: Any = properties
    for part in name.split("/"):
        if isinstance(inner, list):
            inner = dict(zip(map(str, range(len(inner))), inner, strict=True))
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
