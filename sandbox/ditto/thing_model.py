"""What a thing may look like: which of a body's keys are kept, in Ditto's order, and what is refused."""

import re
from typing import Any

from sandbox.ditto.documents import check_key, check_keys, dumps, not_an_object
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
            "Either delete the Thing ID from the request body or use the same Thing ID"
            " as in the request URL.",
            by_gateway=True,
        )
    result: Document = {"thingId": thing_id}
    if body.get("policyId") is not None:
        result["policyId"] = policy_id(body["policyId"])
    if "definition" in body:
        result["definition"] = definition(body["definition"])
    if "attributes" in body:
        result["attributes"] = values(body["attributes"])
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
            "An identifier string is expected to have the structure 'namespace:name:version' where each"
            " segment must contain at least one char of [_a-zA-Z0-9\\-.] OR it must be a valid HTTP(s) URL.",
            by_gateway=True,
        )
    return value


def features(value: Any) -> Document | None:
    """Return the features that ``value`` describes."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise not_an_object(value)
    for feature_id in value:
        check_key(feature_id)
    return {feature_id: feature(inner) for feature_id, inner in value.items()}


def feature(value: Any) -> Document | None:
    """Return the feature that ``value`` describes, in Ditto's order and without what Ditto drops."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise not_an_object(value)
    result: Document = {}
    if "definition" in value:
        result["definition"] = feature_definition(value["definition"])
    for key in ("properties", "desiredProperties"):
        if key in value:
            result[key] = values(value[key])
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


def values(value: Any) -> Document | None:
    """Return ``value`` if it can be attributes or properties: an object with proper keys, or null."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise not_an_object(value)
    check_keys(value)
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
            return values(value)
        case ("features",):
            return features(value)
        case ("features", _):
            return feature(value)
        case ("features", _, "definition"):
            return feature_definition(value)
        case ("features", _, "properties" | "desiredProperties"):
            return values(value)
    check_keys(value)
    return value


def check_model(document: Document) -> None:
    """Raise the ``DittoError`` of a definition that is a URL: there is no model to be read from here."""
    url = document.get("definition") or ""
    if _URL.fullmatch(url):
        raise DittoError(
            421,
            "wot:tm.notfound",
            f"The WoT ThingModel at URI '{url}' could not be accessed.",
            "Please ensure that the linked ThingModel is publicly available in order to be downloaded.",
        )


def check_size(text: str) -> None:
    """Raise the ``DittoError`` of a thing whose JSON has too many characters."""
    if len(text) > LIMIT:
        raise too_large("Thing", len(text), LIMIT)


def check_patch(path: Path, patch: Any, thing_id: str) -> None:
    """Raise the ``DittoError`` of a merge patch that cannot be one of what is at ``path`` of a thing."""
    if patch is None and not path:
        raise _merge_invalid()
    if _policy_of(path, patch) is None:
        raise DittoError(
            400,
            "things:policyId.notdeletable",
            "The Policy ID of a Thing cannot be deleted.",
            "Remove Policy ID entry from the request body and retry the request.",
            by_gateway=True,
        )
    if path:
        part(path, patch)
        return
    if not isinstance(patch, dict):
        raise not_an_object(patch)
    thing(patch, thing_id)
    if not patch.keys() & {"thingId", "policyId", "definition", "attributes", "features"}:
        raise _merge_invalid()


def _policy_of(path: Path, patch: Any) -> Any:
    """Return the policy id that a patch sets, None if it wants to remove it, or an empty text."""
    if path == ("policyId",):
        return patch
    return patch.get("policyId", "") if not path and isinstance(patch, dict) else ""


def _merge_invalid() -> DittoError:
    return DittoError(
        400,
        "things:merge.invalid",
        "The provided json value can not be applied at this resource",
        "The provided JSON Merge Patch cannot be applied at the given path.",
        by_gateway=True,
    )
