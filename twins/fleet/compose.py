"""From a fleet's spec and the types it is made of to the template of its rows."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path as File
from typing import Any

from twins.compose import thing_document
from twins.fleet.template import MARK, ROOT, RowTemplate, RowThing
from twins.fleet.text import RowText, TextError, parse
from twins.models import ChildSpec, FeatureSpec, FleetSpec, TwinSpec
from twins.origin import Origin, Path
from twins.owner import Owner
from twins.specs import Declared, Specs
from twins.tree import Member, members

NOBODY = Owner("", "")  # whose the twins are is filled in when they are made
Faults = list[tuple[Path, str]]


def row_template(spec: FleetSpec, specs: Specs) -> RowTemplate:
    """Return the template of a fleet's rows; the spec's texts must be right, the types declared and no cycle."""
    faults: Faults = []
    twin = twin_of(spec, faults)
    things = []
    for member in row_members(twin, specs):
        document = thing_document(member, NOBODY)
        document["attributes"]["_managedBy"] = MARK
        things.append(RowThing(member.id[len(ROOT) :], len(member.path), document))
    return RowTemplate(parse(spec.twin.id), tuple(things))


def row_members(twin: TwinSpec, specs: Specs) -> list[Member]:
    """Return the things of a row's tree."""
    alone = replace(specs, twins={ROOT: Declared(twin, Origin(File(), 0))})
    return list(members(ROOT, alone))


def twin_of(spec: FleetSpec, faults: Faults) -> TwinSpec:
    """Return the spec of a row's twin under the id `ROOT`, with `RowText`s; add its texts' faults."""
    row = spec.twin
    return TwinSpec.model_construct(
        id=ROOT,
        type=spec.type,
        policy=spec.policy,
        definition=row.definition,
        attributes=_parsed(row.attributes, ("twin", "attributes"), faults),
        features=_features(row.features, ("twin",), faults),
        parent=row.parent,
        children=_children(row.children, ("twin",), faults),
    )


def _children(children: Mapping[str, ChildSpec], path: Path, faults: Faults) -> dict[str, ChildSpec]:
    found = {}
    for name, child in children.items():
        here = (*path, "children", name)
        parsed = {
            "attributes": _parsed(child.attributes, (*here, "attributes"), faults),
            "features": _features(child.features, here, faults),
            "children": _children(child.children, here, faults),
        }
        found[name] = child.model_copy(update=parsed)
    return found


def _features(features: Mapping[str, FeatureSpec], path: Path, faults: Faults) -> dict[str, FeatureSpec]:
    found = {}
    for name, feature in features.items():
        here = (*path, "features", name)
        parsed = {
            "properties": _parsed(feature.properties, (*here, "properties"), faults),
            "desired_properties": _parsed(feature.desired_properties, (*here, "desiredProperties"), faults),
        }
        found[name] = feature.model_copy(update=parsed)
    return found


def _parsed(value: Any, path: Path, faults: Faults) -> Any:
    if isinstance(value, str):
        return text_at(value, path, faults)
    if isinstance(value, dict):
        return {key: _parsed(inner, (*path, key), faults) for key, inner in value.items()}
    if isinstance(value, list):
        return [_parsed(inner, (*path, place), faults) for place, inner in enumerate(value)]
    return value


def text_at(source: str, path: Path, faults: Faults) -> str | RowText:
    """Return a text of the spec as it is meant; add what is wrong with it."""
    try:
        return parse(source)
    except TextError as error:
        faults.append((path, str(error)))
        return source
