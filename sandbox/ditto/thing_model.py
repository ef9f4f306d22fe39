"""What a thing may look like: which of a body's keys are kept, in Ditto's order, and what is refused."""

import re
from typing import Any

from sandbox.ditto.documents import check_key, dumps, not_an_object
from sandbox.ditto.errors import DittoError, json_invalid, too_large
from sandbox.ditto.ids import check_policy

Document = dict[str, Any]
Path = tuple[str, ...]

LIMIT = 100 * 1024  # characters

_DEFINITION = re.compile(r"[\w.-]+:[\w.-]+:[\w.-]+", re.ASCII)
_URL = re.compile(r"https?://\S+")


def thing(body: Document, thing_id: str) -> Document:
    """Return the thing that ``body`` describes, without what Ditto drops. Raises ``DittoError``."""
    if "thingId" in body and body["thingId"] != thing_id:
        if body["thingId"] is not None and not isinstance(body["thingId"], str):
            raise json_invalid(f"Value <{dumps(body['thingId'])}> for <thingId> is not of type <String>!")
        raise DittoError(
            400,
            "things:id.notsettable",
            "The Thing ID in the request body is not equal to the Thing ID in the request URL.",
            "Either delete the Thing ID from the request body or use the same Thing ID as in the request URL.",
            by_gateway=True,
        )
    result: Document = {"thingId": thing_id}
    if body.get("policyId") is not None:
        result["policyId"] = policy_id(body["policyId"])
    if "definition" in body:
        result["definition"] = definition(body["definition"])
    if "attributes" in body:
        result["attributes"] = nullable_object(body["attributes"])
    if "features" in body:
        result["features"] = features(body["features"])
    return result


def policy_id(value: Any) -> str:
    """Return ``value`` if it can be the id of a policy."""
    if not isinstance(value, str):
        raise json_invalid(f"Value <{dumps(value)}> for <policyId> is not of type <String>!")
    check_policy(value)
    return value


def definition(value: Any) -> str | None:
    """Return ``value`` if it can be the definition of a thing."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise json_invalid(f"Value <{dumps(value)}> for <definition> is not of type <String>!")
    if not _DEFINITION.fullmatch(value) and not _URL.fullmatch(value):
        raise DittoError(
            400,
            "things:definition.identifier.invalid",
            f"Definition identifier <{value}> is invalid!",
            "An Identifier string is expected to have the structure 'namespace:name:version'"
            " or a valid HTTP(s) URL.",
            by_gateway=True,
        )
    return value


def features(value: Any) -> Document | None:
    """Return the features that ``value`` describes."""
    if value is None:
        return None
    return {feature_id: feature(inner) for feature_id, inner in nullable_object(value).items()}  # type: ignore[union-attr]


def feature(value: Any) -> Document | None:
    """Return the feature that ``value`` describes, in Ditto's order and without what Ditto drops."""
    if value is None:
        return None
    body = nullable_object(value) or {}
    result: Document = {}
    if "definition" in body:
        result["definition"] = feature_definition(body["definition"])
    for key in ("properties", "desiredProperties"):
        if key in body:
            result[key] = nullable_object(body[key])
    return result


def feature_definition(value: Any) -> list[str] | None:
    """Return ``value`` if it can be the definition of a feature: a list of identifiers, not empty."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise json_invalid(f"<{dumps(value)}> is not a JSON array!")
    if not value:
        raise DittoError(
            400,
            "things:feature.definition.empty",
            "Feature Definition must not be empty!",
            "A Feature Definition must contain at least one element. It can however also be set to null"
            " or deleted completely.",
            by_gateway=True,
        )
    for identifier in value:
        definition(identifier if isinstance(identifier, str) else dumps(identifier))
    return value


def nullable_object(value: Any) -> Document | None:
    """Return ``value`` if it is an object or null."""
    if value is not None and not isinstance(value, dict):
        raise not_an_object(value)
    return value


def part(path: Path, value: Any) -> Any:
    """Return what ``value`` becomes when it is put at ``path`` of a thing. Raises ``DittoError``."""
    for key in path:
        check_key(key)
    match path:
        case ("policyId",):
            return policy_id(value)
        case ("definition",):
            return definition(value)
        case ("attributes",):
            return nullable_object(value)
        case ("features",):
            return features(value)
        case ("features", _):
            return feature(value)
        case ("features", _, "definition"):
            return feature_definition(value)
        case ("features", _, "properties" | "desiredProperties"):
            return nullable_object(value)
    return value


def check_size(document: Document) -> None:
    """Raise the ``DittoError`` of a thing that has too many characters."""
    size = len(dumps(document))
    if size > LIMIT:
        raise too_large("Thing", size, LIMIT)


def check_patch(path: Path, patch: Any, thing_id: str) -> None:
    """Raise the ``DittoError`` of a merge patch that cannot be one of a thing."""
    for key in path:
        check_key(key)
    if path == ("policyId",) or not path:
        wanted = patch if path else (patch.get("policyId", "") if isinstance(patch, dict) else "")
        if wanted is None:
            raise DittoError(
                400,
                "things:policyId.notdeletable",
                "The Policy ID of a Thing cannot be deleted.",
                "To change the Policy ID, provide another one.",
            )
    if path:
        if patch is not None:
            part(path, _without_nulls(patch))
        return
    if patch is None or patch == {}:
        raise merge_invalid("The provided JSON value is empty.")
    if not isinstance(patch, dict):
        raise not_an_object(patch)
    known = thing({key: value for key, value in patch.items() if value is not None}, thing_id)
    if not patch.keys() & {"thingId", "policyId", "definition", "attributes", "features"}:
        raise merge_invalid("The provided JSON value is empty.")
    del known


def merge_invalid(description: str) -> DittoError:
    """Say that a body is no merge patch of a thing."""
    return DittoError(
        400,
        "things:merge.invalid",
        "The provided JSON Merge Patch is invalid, it must conform to RFC7396.",
        description,
        by_gateway=True,
    )


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value
