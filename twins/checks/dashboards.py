"""Dashboards show one thing each, and what there is of it."""

from collections.abc import Iterator, Mapping

from twins.catalogue import Catalogue, Entry
from twins.checks.displays import has
from twins.checks.limits import NOBODY
from twins.compose import thing_document
from twins.explain import unknown
from twins.models import DashboardSpec, Document, PanelSpec
from twins.origin import Path, Problem
from twins.tree import members

# By the child's path of names, of a twin or type: its features.
Features = Mapping[str, Document]


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield dashboards of nothing or of what another one shows, and panels for what is not there."""
    shown: dict[tuple[str, str], Entry[DashboardSpec]] = {}
    composable = dict(catalogue.composable())
    for entry in catalogue.dashboards.values():
        spec = entry.spec
        if (spec.twin is None) == (spec.type is None):
            yield entry.problem(("twin",), "a dashboard shows a twin or a type; name one of the two")
            continue
        key = ("twin", spec.twin) if spec.twin else ("type", spec.type or "")
        if key in shown:
            other = shown[key]
            yield entry.problem(
                (key[0],),
                f"{key[1]} has the dashboard {other.spec.id}, declared at {other.text.origin}; keep one",
            )
        shown.setdefault(key, entry)
        if spec.twin in composable:
            yield from _panels(entry, _of_twin(spec.twin, catalogue))
        elif spec.type in catalogue.types:
            features = catalogue.types[spec.type].spec.features
            yield from _panels(
                entry, {"": {name: {"properties": each.properties} for name, each in features.items()}}
            )


def _of_twin(twin: str, catalogue: Catalogue) -> Features:
    return {
        ":".join(member.path): thing_document(member, NOBODY)["features"]
        for member in members(twin, catalogue.specs)
    }


def _panels(entry: Entry[DashboardSpec], features: Features) -> Iterator[Problem]:
    for place, panel in enumerate(entry.spec.panels):
        for path, message in _panel(panel, features, bool(entry.spec.type)):
            yield entry.problem(("panels", place, *path), message)
    anywhere = {name for each in features.values() for name in each}
    for place, name in enumerate(entry.spec.exclude):
        if name not in anywhere:
            yield entry.problem(
                ("exclude", place), f"there is no feature {name}; {unknown(name, list(anywhere))}"
            )


def _panel(panel: PanelSpec, features: Features, of_type: bool) -> Iterator[tuple[Path, str]]:
    if panel.child and of_type:
        yield ("child",), "the dashboard of a type shows no children; make one for the child's type"
        return
    there = features.get(panel.child or "")
    if there is None:
        yield (
            ("child",),
            f"there is no child {panel.child}; {unknown(panel.child, [each for each in features if each])}",
        )
    elif panel.feature not in there:
        elsewhere = [child for child, each in features.items() if panel.feature in each]
        hint = f"child {elsewhere[0]} has it" if elsewhere else unknown(panel.feature, list(there))
        yield ("feature",), f"there is no feature {panel.feature}; {hint}"
    else:
        properties = there[panel.feature].get("properties") or {}
        # Devices may add properties; but where a spec has some, another one is most likely misspelt.
        if properties and not has(properties, panel.property):
            yield (
                ("property",),
                f"the feature has no property {panel.property}; {unknown(panel.property, list(properties))}",
            )
