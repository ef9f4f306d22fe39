"""What is said of a part of a policy that is not there or that may not be changed, by where it is."""

from sandbox.ditto.errors import DittoError, policy_not_found
from sandbox.ditto.ids import NOTATION

Path = tuple[str, ...]

_ENTRY = "the PolicyEntry with Label '{label}' on the Policy with ID '{policy}'"

_NAMES = {
    "policy": "The Policy with ID '{policy}'",
    "import": "The Policy import '{imported}' of Policy '{policy}'",
    "imports": "The imports of the Policy with ID '{policy}'",
    "entry": "The PolicyEntry with Label '{label}' on the Policy with ID '{policy}'",
    "subject": f"The Subject with ID '{{key}}' of {_ENTRY}",
    "subjects": f"The Subjects of {_ENTRY}",
    "resource": f"The Resource '{{key}}' of {_ENTRY}",
    "resources": f"The Resources of {_ENTRY}",
}

_CHECK = {
    "policy": "your requested Policy",
    "import": "the Policy and the imported Policy",
    "imports": "the Policy",
    "entry": "the Policy and the Label of your requested PolicyEntry",
    "subject": "the Policy, the Label of the PolicyEntry and ID of your requested Subject",
    "subjects": "the Policy and the Label of the PolicyEntry",
    "resource": "the Policy, the Label of the PolicyEntry and the path of your requested Resource",
    "resources": "the Policy and the Label of the PolicyEntry",
}


def not_found(policy_id: str, path: Path) -> DittoError:
    """There is nothing at ``path`` of the policy, or nothing that the caller may read."""
    kind, name = _named(policy_id, path)
    if kind == "policy":
        return policy_not_found(policy_id)
    return DittoError(
        404,
        f"policies:{kind}.notfound",
        f"{name} could not be found or requester had insufficient permissions to access it.",
        f"Check if the ID of {_CHECK[kind]} was correct and you have sufficient permissions.",
    )


def not_modifiable(policy_id: str, path: Path) -> DittoError:
    """The caller may not change what is at ``path`` of the policy."""
    if path[2:3] == ("resources",) and len(path) == 4:
        # The text names the whole path where it means the resource's key.
        path = (*path[:3], "/" + "/".join(path).rstrip("/"))
    kind, name = _named(policy_id, path)
    return DittoError(
        403,
        f"policies:{kind}.notmodifiable",
        f"{name} could not be modified as the requester had insufficient permissions.",
        f"Check if the ID of {_CHECK[kind]} was correct and you have sufficient permissions.",
    )


def modification_invalid(policy_id: str, path: Path = ()) -> DittoError:
    """The policy would be without anyone who may write it."""
    label = path[1] if path[:1] == ("entries",) and len(path) > 1 else None
    what, code = f"The Policy with ID '{policy_id}'", "policy"
    if label is not None:
        what, code = f"The PolicyEntry with Label '{label}' on the Policy with ID '{policy_id}'", "entry"
    return DittoError(
        403,
        f"policies:{code}.modificationinvalid",
        f"{what} could not be modified as the resulting Policy would be invalid.",
        "It must contain at least one permanent Subject with permission(s) <[WRITE]> on resource <policy:/>!",
    )


def not_creatable(policy_id: str) -> DittoError:
    """The one who creates the policy would not be allowed to write it."""
    return DittoError(
        403,
        "policies:policy.notcreatable",
        f"The Policy with ID '{policy_id}' could not be created"
        " as the requester had insufficient permissions.",
        "Check if you have sufficient permissions in the new policy to create.",
    )


def implicit_policy_exists(thing_id: str, policy_id: str) -> DittoError:
    """The policy that a new thing would get is there already."""
    return DittoError(
        400,
        "things:thing.notcreatable",
        f"The Thing with ID '{thing_id}' could not be created because creation of its implicit"
        f" Policy ID '{policy_id}' failed.",
        "If you want to use an existing Policy, specify it as 'policyId' in the Thing JSON you create.",
    )


def id_missing() -> DittoError:
    """The body of a new policy is null."""
    return DittoError(
        400,
        "policies:id.invalid",
        "Policy ID must be present in 'CreatePolicy' payload",
        "It must conform to the namespaced entity ID notation (see Ditto documentation)",
        extra={"href": NOTATION},
        by_gateway=True,
    )


def inline_policy_conflicts(thing_id: str) -> DittoError:
    """A new thing brings a policy along and names one to copy."""
    return DittoError(
        400,
        "things:policy.conflicting",
        f"The Thing with ID '{thing_id}' could not be created as it contained an inline Policy as well as"
        " a policyID to copy.",
        "Please either define an inline Policy or define a policy to copy, but not both.",
        by_gateway=True,
    )


def inline_policy_invalid(thing_id: str, reason: str | None = None) -> DittoError:
    """The policy that a new thing brings along is none, or lets nobody write it."""
    return DittoError(
        400,
        "things:policy.invalid",
        f"The Policy specified for the Thing with ID '{thing_id}' is invalid.",
        reason or "It must contain at least one Subject with the following permission(s): '[WRITE]'!",
    )


def inline_policy_refused(thing_id: str, policy_id: str) -> DittoError:
    """The one who creates the thing would not be allowed to write the policy that it brings along."""
    reason = not_creatable(policy_id).message
    return DittoError(
        403,
        "things:thing.notcreatable",
        f"The Thing with ID '{thing_id}' could not be created as the Policy with ID '{policy_id}'"
        f" could not be created due to: '{reason}'",
        "Either check if the ID of the Policy you created the Thing with is correct and that the Policy is"
        " existing or If you want to use the existing Policy, specify it as 'policyId' in the Thing JSON"
        " you create.",
    )


def _named(policy_id: str, path: Path) -> tuple[str, str]:
    """Return the word in Ditto's error codes for what is at ``path``, and its name in Ditto's texts."""
    kind, words = "policy", {"policy": policy_id}
    match path:
        case ("imports",):
            kind = "imports"
        case ("imports", imported, *_):
            kind, words["imported"] = "import", imported
        case ("entries", label):
            kind, words["label"] = "entry", label
        case ("entries", label, "subjects" | "resources" as parts, key):
            kind, words["label"], words["key"] = parts.removesuffix("s"), label, key
        case ("entries", label, "subjects" | "resources" as kind):
            words["label"] = label
        case ("entries", label, *_):
            kind, words["label"] = "entry", label
    return kind, _NAMES[kind].format(**words)
