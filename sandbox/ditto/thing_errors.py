"""What is said of a part of a thing that is not there or that may not be changed, by where it is."""

from sandbox.ditto.errors import DittoError, thing_not_found

Path = tuple[str, ...]

_NOR_ALLOWED = "the requester had insufficient permissions to access it."
_NEEDED = "as the requester had insufficient permissions (WRITE is required)."
_NEEDED_FOR_IT = "as the requester had insufficient permissions to modify it (WRITE is required)."

_NOT_FOUND = {
    "policyId": "The Policy ID of the Thing with ID <{thing}> could not be found or"
    " requester had insufficient permissions to access it.",
    "definition": f"The Definition of the Thing with ID <{{thing}}> could not be found or {_NOR_ALLOWED}",
    "attributes": f"The Attributes of the Thing with ID '{{thing}}' could not be found or {_NOR_ALLOWED}",
    "attribute": "The attribute with key '{pointer}' on the thing with ID '{thing}' could not be found"
    f" or {_NOR_ALLOWED}",
    "features": f"The Features on the Thing with ID '{{thing}}' do not exist or {_NOR_ALLOWED}",
    "feature": "The Feature with ID '{feature}' on the Thing with ID '{thing}' could not be found"
    f" or {_NOR_ALLOWED}",
    "feature.definition": "The Definition of the Feature with ID '{feature}' on the Thing with ID '{thing}'"
    f" does not exist or {_NOR_ALLOWED}",
    "feature.properties": "The Properties of the Feature with ID '{feature}' on the Thing with ID '{thing}'"
    f" do not exist or {_NOR_ALLOWED}",
    "feature.desiredProperties": "The desired properties of the Feature with ID '{feature}' on the Thing with"
    f" ID '{{thing}}' do not exist or {_NOR_ALLOWED}",
    "feature.property": "The Property with JSON Pointer '{pointer}' of the Feature with ID '{feature}' on the"
    f" Thing with ID '{{thing}}' does not exist or {_NOR_ALLOWED}",
    "feature.desiredProperty": "The desired property with JSON Pointer '{pointer}' of the Feature with ID"
    f" '{{feature}}' on the Thing with ID '{{thing}}' does not exist or {_NOR_ALLOWED}",
}

_NOT_MODIFIABLE = {
    "thing": f"The Thing with ID '{{thing}}' could not be modified {_NEEDED}",
    "policyId": f"The Policy ID of the Thing with ID '{{thing}}' could not be modified {_NEEDED}",
    "definition": f"The Definition on the Thing with ID '{{thing}}' could not be modified {_NEEDED}",
    "attributes": f"The Attributes on the Thing with ID '{{thing}}' could not be modified {_NEEDED}",
    "attribute": " The Attribute with name '{whole}' on the Thing with ID '{thing}' could not be modified"
    f" {_NEEDED}",
    "features": "The Features on the Thing with ID '{thing}' cannot be modified as requester had insufficient"
    " permissions to modify it (WRITE is required).",
    "feature": "The Feature with ID '{feature}' on the Thing with ID '{thing}' could not be modified"
    f" {_NEEDED_FOR_IT}",
    "feature.definition": "The Definition of the Feature with ID '{feature}' on the Thing with ID '{thing}'"
    f" cannot be modified {_NEEDED_FOR_IT}",
    "feature.properties": "The Properties of the Feature with ID '{feature}' on the Thing with ID '{thing}'"
    f" cannot be modified {_NEEDED_FOR_IT}",
    "feature.desiredProperties": "The desired properties of the Feature with ID '{feature}' on the Thing with"
    f" ID '{{thing}}' cannot be modified {_NEEDED_FOR_IT}",
    "feature.property": "The Property with JSON Pointer '{whole}' of the Feature with ID '{feature}' on the"
    f" Thing with ID '{{thing}}' could not be modified {_NEEDED_FOR_IT}",
    "feature.desiredProperty": "The desired property with JSON Pointer '{whole}' of the Feature with ID"
    f" '{{feature}}' on the Thing with ID '{{thing}}' could not be modified {_NEEDED_FOR_IT}",
}

_CHECK = {
    "definition": "the thing and the key of your requested definition",
    "attributes": "the Thing",
    "attribute": "the thing and the key of your requested attribute",
    "features": "the Thing",
    "feature": "the Thing and the ID of your requested Feature",
    "feature.definition": "the Thing and the Feature ID",
    "feature.properties": "the Thing and the Feature ID",
    "feature.desiredProperties": "the Thing and the Feature ID",
    "feature.property": "the Thing, the Feature ID and the key of your requested property",
    "feature.desiredProperty": "the Thing, the Feature ID and the key of your requested desired property",
}
_REQUESTED = "your requested Thing"


def not_found(thing_id: str, path: Path, *, denied: bool = False) -> DittoError:
    """There is nothing at ``path`` of the thing, or nothing that the caller may read, which is ``denied``."""
    if not path:
        return thing_not_found(thing_id)
    kind, words = _kind(path)
    if denied:
        words["pointer"] = words["whole"]
    message = _NOT_FOUND[kind].format(thing=thing_id, **words)
    return DittoError(404, f"things:{kind}.notfound", message, _advice(_CHECK.get(kind, _REQUESTED)))


def not_modifiable(thing_id: str, path: Path, *, deleting: bool = False) -> DittoError:
    """The caller may not change what is at ``path`` of the thing."""
    if deleting and not path:
        return DittoError(
            403,
            "things:thing.notdeletable",
            f"The Thing with ID '{thing_id}' could not be deleted as the requester had insufficient"
            " permissions ( WRITE on root resource is required).",
            _advice(_REQUESTED),
        )
    kind, words = _kind(path)
    message = _NOT_MODIFIABLE[kind].format(thing=thing_id, **words)
    checked = _CHECK[kind] if kind.startswith("feature") else _REQUESTED
    return DittoError(403, f"things:{kind}.notmodifiable", message, _advice(checked))


def policy_is_gone(thing_id: str, policy_id: str, *, reading: bool) -> DittoError:
    """The thing is there, but nobody may do anything with it until its policy is."""
    return DittoError(
        404 if reading else 403,
        "things:thing.notfound" if reading else "things:thing.notmodifiable",
        f"The Thing with ID '{thing_id}' could not be accessed as its Policy with ID '{policy_id}'"
        " is not or no longer existing.",
        f"Recreate/create the Policy with ID '{policy_id}' in order to get access to the Thing again.",
    )


def _kind(path: Path) -> tuple[str, dict[str, str]]:
    """Return the word in Ditto's error codes for what is at ``path``, and what its texts name."""
    words = {"whole": "/" + "/".join(path), "feature": "", "pointer": ""}
    match path:
        case ():
            return "thing", words
        case ("attributes", _, *_):
            return "attribute", words | {"pointer": "/" + "/".join(path[1:])}
        case ("features", feature):
            return "feature", words | {"feature": feature}
        case ("features", feature, kind):
            return f"feature.{kind}", words | {"feature": feature}
        case ("features", feature, kind, *rest):
            singular = "property" if kind == "properties" else "desiredProperty"
            return f"feature.{singular}", words | {"feature": feature, "pointer": "/" + "/".join(rest)}
    return path[0], words


def _advice(what: str) -> str:
    return f"Check if the ID of {what} was correct and you have sufficient permissions."
