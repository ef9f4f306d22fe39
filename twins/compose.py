"""From specs to the documents that Ditto is sent, in exactly the data model of OpenTwins' Extended API.

What that writes when it makes a twin of a type: https://github.com/ertis-research/extended-api-for-eclipse-ditto
"""

from collections.abc import Mapping
from typing import Any

from twins.connections import connection_document
from twins.models import Display, Document, FeatureSpec, PolicySpec
from twins.owner import Owner
from twins.specs import Specs
from twins.tree import Member, members

__all__ = [
    "Owner",
    "connection_document",
    "policy_document",
    "thing_document",
    "twin_displays",
    "twin_documents",
    "type_document",
]

ALL = {"grant": ["READ", "WRITE"], "revoke": []}


def policy_document(spec: PolicySpec, owner: Owner) -> Document:
    """Return a policy's document: what is declared, and an entry `opentwins` that keeps us in.

    The type of that entry's subject is the mark by which we know the policy as ours.
    """
    entries: Document = {
        label: {
            "subjects": {name: {"type": subject.type} for name, subject in entry.subjects.items()},
            "resources": {
                path: {"grant": list(rights.grant), "revoke": list(rights.revoke)}
                for path, rights in entry.resources.items()
            },
            "importable": entry.importable,
        }
        for label, entry in spec.entries.items()
    }
    entries["opentwins"] = {
        "subjects": {owner.subject: {"type": owner.mark(spec.id)}},
        "resources": {path: dict(ALL) for path in ("message:/", "policy:/", "thing:/")},
        "importable": "never",
    }
    return {
        "entries": entries,
        "imports": {policy: {"entries": list(each.entries)} for policy, each in spec.imports.items()},
    }


def type_document(type_id: str, specs: Specs, owner: Owner) -> Document:
    """Return the thing that a declared type is in Ditto."""
    spec = specs.types[type_id].spec
    attributes = _copy(spec.attributes) | {"_isType": True, "_managedBy": owner.mark(type_id)}
    if parents := specs.parents.get(type_id):
        attributes["_parents"] = dict(parents)
    return _thing(spec.policy, spec.definition, attributes, feature_documents(spec.features))


def twin_documents(twin_id: str, specs: Specs, owner: Owner) -> dict[str, Document]:
    """Return the things of a declared twin and of all its children by id, each parent before its children.

    As the Extended API has it, a type's attributes are copied, and its features' values become null; the
    values of the twin's own features are kept, as the initial ones.
    """
    return {member.id: thing_document(member, owner) for member in members(twin_id, specs)}


def twin_displays(twin_id: str, specs: Specs) -> dict[str, dict[str, dict[str, Display]]]:
    """Return how a declared twin's properties are to be shown: by thing id, feature id and property."""
    return {member.id: displays(member) for member in members(twin_id, specs)}


def displays(member: Member) -> dict[str, dict[str, Display]]:
    """Return how the properties of one thing of a twin's tree are to be shown, by feature id and property."""
    found: dict[str, dict[str, Display]] = {}
    for layer in (member.type, member.own):
        for name, feature in layer.features.items() if layer else ():
            found[name] = found.get(name, {}) | feature.display
    return found


def declared_features(member: Member) -> dict[str, Document]:
    """Return the features of one thing of a twin's tree with the values that its type, too, declares."""
    of_type = feature_documents(member.type.features) if member.type else {}
    return _merged(of_type, feature_documents(member.own.features)) if member.own else of_type


def thing_document(member: Member, owner: Owner) -> Document:
    """Return the document of one thing of a twin's tree."""
    attributes: Document = {}
    features: Document = {}
    definition = None
    if member.type:
        attributes = _copy(member.type.attributes)
        features = {
            name: _emptied(feature) for name, feature in feature_documents(member.type.features).items()
        }
        definition = member.type.definition
    if member.own:
        attributes = _merged(attributes, member.own.attributes)
        features = _merged(features, feature_documents(member.own.features))
        definition = member.own.definition or definition
    attributes |= {"_isType": False, "_managedBy": owner.mark(member.id)}
    if member.type:
        attributes["type"] = member.type.id
    if member.parent:
        attributes["_parents"] = member.parent
    return _thing(member.policy, definition, attributes, features)


def _thing(policy: str | None, definition: str | None, attributes: Document, features: Document) -> Document:
    document: Document = {"policyId": policy, "attributes": attributes, "features": features}
    return document if definition is None else document | {"definition": definition}


def feature_documents(features: Mapping[str, FeatureSpec]) -> dict[str, Document]:
    """Return what Ditto is sent of features: all but the hints for dashboards."""
    documents = {}
    for name, spec in features.items():
        parts = {
            "definition": spec.definition,
            "properties": spec.properties,
            "desiredProperties": spec.desired_properties,
        }
        documents[name] = {key: _copy(value) for key, value in parts.items() if value is not None}
    return documents


def _emptied(feature: Document) -> Document:
    """Return a feature without values; its definition stays (where the Extended API fails)."""
    return {key: value if key == "definition" else _nulled(value) for key, value in feature.items()}


def _nulled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _nulled(inner) for key, inner in value.items()}
    return [_nulled(inner) for inner in value] if isinstance(value, list) else None


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Document:
    """Return both as one: objects are merged, anything else of `over` replaces what is there."""
    merged = dict(under)
    for key, value in over.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[key] = _merged(before, value)
        else:
            merged[key] = _copy(value)
    return merged


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
