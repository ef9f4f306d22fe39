"""Manifests and objects: their names, their annotations, and the form in which the state holds them."""

import secrets
from typing import Any

from sandbox.engine.values import UNKNOWN, Properties, Secret, has_secret, plain

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
TIMEOUT = "pulumi.com/timeoutSeconds"
PATCH_FORCE = "pulumi.com/patchForce"
FIELD_MANAGER = "pulumi.com/patchFieldManager"
PROPAGATION = "pulumi.com/deletionPropagationPolicy"

CREATED_BY = "pulumi-kubernetes"  # the field manager of creations; those of updates are one for each object

_INPUTS = "__inputs"
_VERSION = "__initialApiVersion"
_MANAGER = "__fieldManager"


def metadata(manifest: Properties) -> Properties:
    """The metadata of a manifest or object; empty when it has none yet."""
    found = manifest.get("metadata")
    return found if isinstance(found, dict) else {}


def name(manifest: Properties) -> str:
    """The object's name; empty when it has none."""
    return str(metadata(manifest).get("name") or "")


def namespace(manifest: Properties) -> str:
    """The object's namespace; empty when none is given."""
    return str(metadata(manifest).get("namespace") or "")


def annotation(manifest: Properties, key: str) -> str:
    """The value of an annotation; empty when there is none."""
    annotations = metadata(manifest).get("annotations")
    return str(annotations.get(key, "")) if isinstance(annotations, dict) else ""


def is_marked(manifest: Properties, key: str) -> bool:
    """Say whether an annotation is set to `true`."""
    return annotation(manifest, key) == "true"


def named(manifest: Properties, old: Properties | None, prefix: str) -> Properties:
    """The manifest with a name: its own, else the one that an earlier run made up, else one made up now."""
    own = metadata(manifest)
    if own.get("name") or own.get("generateName") or manifest.get("metadata") == UNKNOWN:
        return manifest
    made_up = name(old) if old and is_marked(old, AUTONAMED) else f"{prefix}-{secrets.token_hex(4)}"
    annotations = own.get("annotations") or {}
    if annotations == UNKNOWN:
        return manifest | {"metadata": own | {"name": made_up}}
    return manifest | {"metadata": own | {"name": made_up, "annotations": annotations | {AUTONAMED: "true"}}}


def identity(live: Properties) -> str:
    """The id of the resource: namespace and name."""
    place = namespace(live)
    return f"{place}/{name(live)}" if place else name(live)


def field_manager(manifest: Properties, outputs: Properties) -> str:
    """Under which name changes to the object are made: the same for all of its life."""
    return (
        annotation(manifest, FIELD_MANAGER) or outputs.get(_MANAGER) or f"{CREATED_BY}-{secrets.token_hex(4)}"
    )


def with_secrets(found: Properties, given: Properties) -> Properties:
    """The object, with what was secret in the given inputs secret again, and a Secret's data in any case."""
    result = dict(found)
    if result.get("kind") == "Secret":
        for key in ("data", "stringData"):
            if key in result and not isinstance(result[key], Secret):
                result[key] = Secret(result[key])
        return result
    for key, value in given.items():
        if key not in result:
            continue
        if isinstance(result[key], dict) and isinstance(value, dict):
            result[key] = with_secrets(result[key], value)
        elif not isinstance(result[key], Secret) and has_secret(value):
            result[key] = Secret(result[key])
    return result


def outputs(
    manifest: Properties, live: Properties, given: Properties, manager: str, version: str
) -> Properties:
    """What the state holds of an object: the object as it is, and beside it the manifest that was sent."""
    return with_secrets(live, given) | {
        _INPUTS: with_secrets(manifest, given),
        _VERSION: version,
        _MANAGER: manager,
    }


def parted(state: Properties) -> tuple[Properties, Properties]:
    """The manifest that was sent last, and the object as it was seen last, both in clear."""
    clear = plain(state)
    manifest = clear.pop(_INPUTS, {})
    return manifest, clear


def initial_version(state: Properties, manifest: Properties) -> str:
    """The API version with which the object was made."""
    return str(state.get(_VERSION) or manifest.get("apiVersion") or "")


def managed_by_apply(live: Properties, manager: str) -> list[Properties] | None:
    """The object's managed fields, with those of its creation given to `manager`; None if that is so already.

    Objects are created by an ordinary POST, whose fields belong to another manager than those of changes:
    left so, a field that a new manifest lacks would stay.
    """
    entries = metadata(live).get("managedFields") or []
    ours: list[Properties] = []
    others: list[Properties] = []
    for entry in entries:
        by_creation = (
            entry.get("manager") in (CREATED_BY, "kubectl", "before-first-apply")
            and entry.get("operation") == "Update"
            and not entry.get("subresource")
        )
        by_apply = entry.get("manager") == manager and entry.get("operation") == "Apply"
        (ours if by_creation or by_apply else others).append(entry)
    if all(entry["operation"] == "Apply" for entry in ours):
        return None
    fields: Properties = {}
    for entry in ours:
        fields = _merged(fields, entry.get("fieldsV1") or {})
    latest = ours[-1]
    return [*others, latest | {"manager": manager, "operation": "Apply", "fieldsV1": fields}]


def _merged(one: Properties, other: Properties) -> Properties:
    result = dict(one)
    for key, value in other.items():
        result[key] = _merged(result[key], value) if isinstance(result.get(key), dict) else value
    return result


def predicted(live: Any, manifest: Any) -> Any:
    """The object as it will be, as far as can be told: the manifest's values over those of now."""
    if isinstance(live, dict) and isinstance(manifest, dict):
        return live | {key: predicted(live.get(key), value) for key, value in manifest.items()}
    return manifest
