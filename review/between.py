"""What a change does, out of two previews that were made without a state: one before it, one with it."""

import json
from collections.abc import Mapping
from typing import Any

from review.plan import PlanError


def between(before: str, after: str) -> str:
    """Return a preview's JSON that turns what the first declares into what the second does.

    Whether something would be replaced is not known: each difference is an update. Raises `PlanError`.
    """
    old, new = _resources(before), _resources(after)
    steps: list[dict[str, Any]] = []
    for urn in sorted(old.keys() | new.keys()):
        was, is_ = old.get(urn), new.get(urn)
        if was is None:
            steps.append({"op": "create", "urn": urn, "newState": is_})
        elif is_ is None:
            steps.append({"op": "delete", "urn": urn, "oldState": was})
        elif was.get("inputs") != is_.get("inputs"):
            steps.append({"op": "update", "urn": urn, "oldState": was, "newState": is_})
    diagnostics = [said for text in (before, after) for said in json.loads(text).get("diagnostics") or []]
    errors = [said for said in diagnostics if said.get("severity") == "error"]
    return json.dumps({"steps": [] if errors else steps, "diagnostics": errors})


def _resources(text: str) -> Mapping[str, Mapping[str, Any]]:
    try:
        steps = json.loads(text).get("steps") or []
        return {step["urn"]: step["newState"] for step in steps if step["op"] != "same"}
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise PlanError(f"this is not a preview without a state: {error!r}") from None
