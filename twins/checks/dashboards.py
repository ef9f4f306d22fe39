"""Dashboards show one thing each, and what there is of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from twins.catalogue import Catalogue, Entry
from twins.checks.displays import MISSING, at, parts_fault, scale_faults
from twins.compose import declared_features, displays, feature_documents
from twins.explain import unknown
from twins.models import DashboardSpec, Display, Document, PanelSpec
from twins.origin import Path, Problem
from twins.tree import members


@dataclass(frozen=True)
class _Shown:
    """What can be shown of a thing: its features as they are declared, and the hints for their properties."""

    features: Mapping[str, Document]
    displays: Mapping[str, Mapping[str, Display]]


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield dashboards of nothing or of what another one shows, and panels for what is not there."""
    first: dict[tuple[str, str], Entry[DashboardSpec]] = {}
    composable = dict(catalogue.composable())
    for entry in catalogue.dashboards.values():
        spec = entry.spec
        if (spec.twin is None) == (spec.type is None):
            yield entry.problem(("twin",), "a dashboard shows a twin or a type; name one of the two")
            continue
        key = ("twin", spec.twin) if spec.twin else ("type", spec.type or "")
        if other := first.get(key):
            where = f"{other.spec.id}, declared at {other.text.origin}"
            yield entry.problem((key[0],), f"{key[1]} has the dashboard {where}; keep one")
        first.setdefault(key, entry)
        if spec.twin in composable:
            yield from _panels(entry, _of_twin(spec.twin, catalogue))
        elif spec.type in catalogue.types:
            yield from _of_type_alone(entry)
            yield from _panels(entry, {"": _of_type(spec.type, catalogue)})


def _of_twin(twin: str, catalogue: Catalogue) -> Mapping[str, _Shown]:
    """Return what can be shown of a twin and its children, by the names that lead to each."""
    return {
        ":".join(member.path): _Shown(declared_features(member), displays(member))
        for member in members(twin, catalogue.specs)
    }


def _of_type(type_: str, catalogue: Catalogue) -> _Shown:
    features = catalogue.types[type_].spec.features
    return _Shown(feature_documents(features), {name: each.display for name, each in features.items()})


def _of_type_alone(entry: Entry[DashboardSpec]) -> Iterator[Problem]:
    """Yield what makes no sense where a panel shows a property of all twins of a type."""
    for place, panel in enumerate(entry.spec.panels):
        if panel.child:
            yield entry.problem(
                ("panels", place, "child"),
                "a type's dashboard shows no children; make one of the child's type",
            )
        if panel.kind != "timeseries":
            yield entry.problem(
                ("panels", place, "kind"), "a type's dashboard compares twins over time; use timeseries"
            )


def _panels(entry: Entry[DashboardSpec], things: Mapping[str, _Shown]) -> Iterator[Problem]:
    for place, panel in enumerate(entry.spec.panels):
        if entry.spec.twin or not panel.child:
            for path, message in _panel(panel, things):
                yield entry.problem(("panels", place, *path), message)
    anywhere = {name for each in things.values() for name in each.features}
    for place, name in enumerate(entry.spec.exclude):
        if name not in anywhere:
            hint = unknown(name, list(anywhere))
            yield entry.problem(("exclude", place), f"there is no feature {name}; {hint}")


def _panel(panel: PanelSpec, things: Mapping[str, _Shown]) -> Iterator[tuple[Path, str]]:
    thing = things.get(panel.child or "")
    if thing is None:
        hint = unknown(panel.child, [each for each in things if each])
        yield ("child",), f"there is no child {panel.child}; {hint}"
        return
    if panel.feature not in thing.features:
        elsewhere = [child for child, each in things.items() if panel.feature in each.features]
        hint = f"child {elsewhere[0]} has it" if elsewhere else unknown(panel.feature, list(thing.features))
        yield ("feature",), f"there is no feature {panel.feature}; {hint}"
        return
    properties = thing.features[panel.feature].get("properties", {})
    value = at(properties, panel.property)
    if value is MISSING:
        hint = unknown(panel.property, list(properties))
        yield ("property",), f"the feature has no property {panel.property}; {hint}"
        return
    if parts := parts_fault(value, panel.property):
        yield ("property",), parts
        return
    hints = thing.displays.get(panel.feature, {}).get(panel.property, Display())
    scale = {
        "min": hints.min if panel.min is None else panel.min,
        "max": hints.max if panel.max is None else panel.max,
    }
    yield from scale_faults(panel.model_copy(update=scale) if _has_scale(panel) else panel, value)
    if panel.kind == "gauge" and isinstance(value, str | bool):
        yield ("kind",), "a gauge shows numbers, and the property's value is none; use stat or state"


def _has_scale(panel: PanelSpec) -> bool:
    return panel.min is not None or panel.max is not None
