"""What a policy may look like: what Ditto adds to it, and what it refuses."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.ditto.documents import dumps, wanted
from sandbox.ditto.errors import DittoError, field_missing, json_invalid, too_large
from sandbox.ditto.ids import check_policy

Document = dict[str, Any]

LIMIT = 100 * 1024  # characters
MOST_IMPORTS = 10

_BAD_IN_LABEL = re.compile(r"[/\x00-\x1f\x7f-\xff]")
_PLACEHOLDER = re.compile(r"\{\{\s*request:subjectId\s*\}\}")


def policy(body: Document, policy_id: str, caller: str) -> Document:
    """Return the policy that ``body`` describes, with what Ditto adds. Raises ``DittoError``."""
    if body.get("policyId", policy_id) != policy_id:
        raise id_not_settable()
    return {
        "policyId": policy_id,
        "imports": imports(_field(body, "imports"), policy_id),
        "entries": entries(_field(body, "entries"), caller),
    }


def id_not_settable() -> DittoError:
    """The body names another policy than the path."""
    return DittoError(
        400,
        "policies:id.notsettable",
        "The Policy ID in the request body is not equal to the Policy ID in the request URL.",
        "Either delete the Policy ID from the request body or use the same Policy ID as in the request URL.",
        by_gateway=True,
    )


def entries(value: Any, caller: str) -> Document:
    """Return the entries that ``value`` describes."""
    return {label: entry(label, inner, caller) for label, inner in _object(value).items()}


def entry(label: str, value: Any, caller: str) -> Document:
    """Return the entry that ``value`` describes."""
    check_label(label)
    body = _object(value)
    result: Document = {
        "subjects": subjects(_field(body, "subjects"), caller),
        "resources": resources(_field(body, "resources")),
    }
    if "namespaces" in body:
        result["namespaces"] = body["namespaces"]
    result["importable"] = body.get("importable", "implicit")
    if "allowedAdditions" in body:
        result["allowedAdditions"] = body["allowedAdditions"]
    return result


def someone_may_write(entries: Document) -> bool:
    """Say whether an entry gives a subject the right to write the policy itself, for good."""
    return any(
        "WRITE" in (((found or {}).get("resources") or {}).get("policy:/") or {}).get("grant", ())
        and any("expiry" not in who for who in ((found or {}).get("subjects") or {}).values())
        for found in entries.values()
    )


def check_label(label: str) -> None:
    """Raise the ``DittoError`` of a label that is none."""
    if _BAD_IN_LABEL.search(label):
        raise DittoError(
            400,
            "policies:entry.invalid",
            f"The Policy Label {label} is invalid",
            "Neither slashes nor any control characters are allowed.",
            by_gateway=True,
        )
    if label.startswith(("imported", "nsimported")):
        raise DittoError(
            400,
            "policies:label.invalid",
            f"Label '{label}' is not valid!",
            "It must not start with the blocklisted 'imported' or 'nsimported' prefix.",
            by_gateway=True,
        )


def subjects(value: Any, caller: str) -> Document:
    """Return the subjects that ``value`` describes, the caller's placeholder replaced."""
    return {subject_id(key, caller): subject(inner) for key, inner in _object(value).items()}


def subject_id(key: str, caller: str) -> str:
    """Return a subject's id as it is stored."""
    key = _PLACEHOLDER.sub(caller, key)
    issuer, colon, name = key.partition(":")
    if not colon or not name or not issuer:
        raise DittoError(
            400,
            "policies:subjectid.invalid",
            f"Subject ID '{key}' is not valid!",
            "It must contain an issuer as prefix separated by a colon ':' from the actual subject",
            by_gateway=True,
        )
    return key


def subject(value: Any) -> Document:
    """Return the subject that ``value`` describes."""
    body = _object(value)
    if "type" not in body:
        raise DittoError(
            400,
            "json.field.missing",
            "The 'type' for the 'subject' is missing.",
            "Check if all required JSON fields were set.",
            by_gateway=True,
        )
    result = {"type": body["type"]}
    if "expiry" in body:
        result["expiry"] = _expiry(body["expiry"])
    if "announcement" in body:
        result["announcement"] = body["announcement"]
    return result


def resources(value: Any) -> Document:
    """Return the resources that ``value`` describes."""
    return {resource_key(key): resource(inner) for key, inner in _object(value).items()}


def resource_key(key: str) -> str:
    """Return a resource's key if it is one, such as ``thing:/attributes``."""
    kind, colon, pointer = key.partition(":")
    if not colon or not kind or not pointer.startswith("/"):
        raise json_invalid("The provided string was not in the expected format 'type:path'")
    return key


def resource(value: Any) -> Document:
    """Return the grants and revokes that ``value`` describes."""
    body = _object(value)
    result: Document = {}
    for name in ("grant", "revoke"):
        if name not in body:
            raise field_missing(name)
        result[name] = sorted(wanted(body[name], list, name))
    return result


def imports(value: Any, policy_id: str) -> Document:
    """Return the imports that ``value`` describes."""
    result = {}
    for imported, inner in _object(value).items():
        check_policy(imported)
        if imported == policy_id:
            raise DittoError(
                400,
                "policies:import.invalid",
                "The Policy Import is invalid.",
                "The Policy Import references the policy where it is defined.",
                by_gateway=True,
            )
        result[imported] = imported_entries(inner)
    if len(result) > MOST_IMPORTS:
        raise DittoError(
            400,
            "policies:imports.toolarge",
            f"The number of '{len(result)}' policy imports exceeds the allowed maximum number of"
            f" '{MOST_IMPORTS}'.",
            f"Please reduce the number of imports you're trying to add to {MOST_IMPORTS}",
            by_gateway=True,
        )
    return result


def imported_entries(value: Any) -> Document:
    """Return what ``value`` says of one import: which entries, besides the implicit ones."""
    return dict(_object(value or {}))


def check_size(document: Document) -> None:
    """Raise the ``DittoError`` of a policy that has too many characters."""
    size = len(dumps(document))
    if size > LIMIT:
        raise too_large("Policy", size, LIMIT)


def _object(value: Any) -> Document:
    if not isinstance(value, dict):
        raise json_invalid(f"<{dumps(value)}> is not a JSON object!")
    return value


def _field(body: Document, name: str) -> Document:
    """Return the object in a field, an empty one where there is none."""
    return {} if body.get(name) is None else wanted(body[name], dict, name)


def _expiry(text: Any) -> str:
    """Return an expiry as it is stored; one that is over, or no point in time, is refused."""
    reason = "It must be provided as ISO-8601 formatted char sequence."
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
        if moment.tzinfo is not None:
            if moment > datetime.now(UTC):
                return _whole_hour(moment)
            reason = "It must not be in the past, please adjust to a timestamp in the future."
    except ValueError:
        pass
    raise DittoError(
        400,
        "policies:subjectexpiry.invalid",
        f"Subject expiry timestamp '{text}' is not valid.",
        reason,
        by_gateway=True,
    )


def _whole_hour(moment: datetime) -> str:
    """Return the end of the hour that ``moment`` is in: Ditto lets nobody expire between two hours."""
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if hour < moment:
        hour += timedelta(hours=1)
    return hour.strftime("%Y-%m-%dT%H:%M:%SZ")
