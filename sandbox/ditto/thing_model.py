"""What a thing may look like: which of a body's keys are kept, in Ditto's order, and what is refused."""

import re
from datetime import datetime
from typing import Any

from sandbox.ditto.documents import UnansweredError, check_key, check_keys, dumps, format_invalid, wanted
from sandbox.ditto.errors import DittoError, json_invalid, too_large
from sandbox.ditto.ids import check_policy
from sandbox.ditto.policy_errors import inline_policy_conflicts

Document = dict[str, Any]
Path = tuple[str, ...]

LIMIT = 100 * 1024  # characters
FRAME = 256 * 1024  # bytes of a message between two services
KEYS = ("thingId", "policyId", "definition", "attributes", "features")

_DEFINITION = re.compile(r"[\w.-]+:[\w.-]+:[\w.-]+", re.ASCII)
_URL = re.compile(r"https?://\S+")


def thing(body: Document, thing_id: str) -> Document:
    """Return the thing that ``body`` describes, without what Ditto drops. Raises ``DittoError``."""
    if "thingId" in body and body["thingId"] != thing_id:
        raise DittoError(
            400,
            "things:id.notsettable",
            "The Thing ID in the request body is not equal to the Thing ID in the request URL.",
            "Either delete the Thing ID from the request body or use the same Thing ID"
            " as in the request URL.",
            by_gateway=True,
        )
    _check_policy(body, thing_id)
    for name in ("_modified", "_created"):
        if name in body:
            _check_moment(body[name], name)
    result: Document = {"thingId": thing_id}
    if body.get("policyId") is not None:
        result["policyId"] = wanted(body["policyId"], str, "policyId")
        check_policy(result["policyId"])
    if "definition" in body:
        result["definition"] = definition(body["definition"])
    if "attributes" in body:
        result["attributes"] = _values(body["attributes"], "attributes")
    if "features" in body:
        value = body["features"]
        result["features"] = None if value is None else features(wanted(value, dict, "features"))
    return result


def definition(value: Any) -> str | None:
    """Return ``value`` if it can be the definition of a thing."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise format_invalid(f"This JSON value is not a string: {dumps(value)}")
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


def features(value: Document) -> Document:
    """Return the features that ``value`` describes."""
    for feature_id in value:
        check_key(feature_id)
    return {feature_id: feature(inner, feature_id) for feature_id, inner in value.items()}


def feature(value: Any, feature_id: str) -> Document | None:
    """Return the feature that ``value`` describes, in Ditto's order and without what Ditto drops."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise json_invalid(
            f"The Feature value is not an object for Feature with ID '{feature_id}': {dumps(value)}"
        )
    result: Document = {}
    if "definition" in value:
        found = value["definition"]
        result["definition"] = None if found is None else _identifiers(wanted(found, list, "definition"))
    for key in ("properties", "desiredProperties"):
        if key in value:
            result[key] = _values(value[key], key)
    return result


def part(path: Path, value: Any) -> Any:
    """Return what ``value`` becomes when it is put at ``path`` of a thing. Raises ``DittoError``."""
    for key in path:
        check_key(key)
    match path:
        case ("policyId",):
            check_policy(value if isinstance(value, str) else dumps(value))
            return value
        case ("definition",):
            return definition(value)
    if value is not None:
        match path:
            case ("attributes",) | ("features", _, "properties" | "desiredProperties"):
                check_keys(_object(value))
                return value
            case ("features",):
                return features(_object(value))
            case ("features", feature_id):
                return feature(_object(value), feature_id)
            case ("features", _, "definition"):
                return _identifiers(wanted(value, list, "definition"))
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


def check_size(size: int) -> None:
    """Raise the ``DittoError`` of a thing that has too many characters."""
    if size > LIMIT:
        raise too_large("Thing", size, LIMIT)


def check_frame(text: str) -> None:
    """Raise ``UnansweredError`` for a thing of so many bytes that Ditto's services cannot pass it on."""
    if len(text) > FRAME // 4 and len(text.encode()) > FRAME:
        raise UnansweredError


def check_patch(path: Path, patch: Any, thing_id: str) -> None:
    """Raise the ``DittoError`` of a merge patch that cannot be one of what is at ``path`` of a thing."""
    if path == ("policyId",) and patch is None:
        raise _not_deletable("policyId", "Policy ID")
    if path:
        part(path, patch)
        return
    if patch is None:
        raise _merge_invalid()
    if not isinstance(patch, dict):
        raise json_invalid(f"<{dumps(patch)}> is not a valid JSON object!")
    if patch.get("policyId", "") is None:
        raise _not_deletable("policyId", "Policy ID")
    if patch.get("thingId", "") is None:
        raise _not_deletable("id", "the Thing ID")
    thing(patch, thing_id)
    if not any(key in patch for key in KEYS):
        raise _merge_invalid()


def _check_policy(body: Document, thing_id: str) -> None:
    """Look at the policy that a thing brings along."""
    policy = body.get("_policy")
    if policy is not None and not isinstance(policy, dict):
        raise format_invalid(f"This JSON value is not an object: {dumps(policy)}")
    if policy is not None and body.get("_copyPolicyFrom") is not None:
        raise inline_policy_conflicts(thing_id)


def _values(value: Any, name: str) -> Document | None:
    if value is None:
        return None
    check_keys(wanted(value, dict, name))
    return value  # type: ignore[no-any-return]


def _object(value: Any) -> Document:
    if not isinstance(value, dict):
        raise json_invalid(f"<{dumps(value)}> is not a valid JSON object!")
    return value


def _identifiers(value: list[Any]) -> list[Any]:
    """Return ``value`` if it can be the definition of a feature: identifiers, at least one."""
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
        definition(identifier)
    return value


def _check_moment(value: Any, name: str) -> None:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        raise json_invalid(
            f"The JSON object's field </{name}> is not in ISO-8601 format as expected!"
        ) from None


def _merge_invalid() -> DittoError:
    return DittoError(
        400,
        "things:merge.invalid",
        "The provided json value can not be applied at this resource",
        "The provided JSON Merge Patch cannot be applied at the given path.",
        extra={"href": "https://tools.ietf.org/html/rfc7396"},
        by_gateway=True,
    )


def _not_deletable(code: str, what: str) -> DittoError:
    return DittoError(
        400,
        f"things:{code}.notdeletable",
        f"The {what.removeprefix('the ')} of a Thing cannot be deleted.",
        f"Remove {what} entry from the request body and retry the request.",
        by_gateway=True,
    )
