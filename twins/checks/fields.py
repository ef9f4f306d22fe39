"""Each property of a thing is stored under a name of its own in the time series (see docs/data-path.md)."""

from collections.abc import Iterator, Mapping
from typing import Any

from twins.models import Document
from twins.origin import Path


def faults(features: Mapping[str, Document]) -> Iterator[tuple[Path, str]]:
    """Yield, for the features of a thing, properties that would be stored as another one is."""
    stored: dict[str, str] = {}
    for path in _leaves(features):
        name = "_".join(["value", *path]).replace(" ", "_")
        written = "/".join(path)
        if name in stored:
            message = f"{written} would be stored under the same name as {stored[name]}, {name}; rename one"
            yield ("features", path[0]), message
        stored.setdefault(name, written)


def _leaves(features: Mapping[str, Document]) -> Iterator[tuple[str, ...]]:
    waiting: list[tuple[tuple[str, ...], Any]] = [
        ((name, "properties"), feature.get("properties")) for name, feature in features.items()
    ]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, str(place)), inner) for place, inner in enumerate(value)]
        elif len(path) > 2:
            yield path
