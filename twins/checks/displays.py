"""Hints for dashboards name properties that are there."""

from collections.abc import Iterator, Mapping
from typing import Any

from twins.explain import unknown
from twins.models import FeatureSpec
from twins.origin import Path


def undisplayable(feature: FeatureSpec, properties: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield the hints of a feature that are for none of the properties it has in the end."""
    for name in feature.display:
        if not has(properties, name):
            yield ("display", name), f"the feature has no property {name}; {unknown(name, list(properties))}"


def has(properties: Mapping[str, Any], name: str) -> bool:
    """Say whether there is a property of this name, or at this path of names parted by /."""
    inner: Any = properties
    for part in name.split("/"):
        if not isinstance(inner, dict) or part not in inner:
            return False
        inner = inner[part]
    return True
