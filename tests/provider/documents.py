"""Documents as the program composes them."""

import json
from typing import Any

from twins.canonical import dumps
from twins.owner import Owner

ROBOT = "my:robot"
OWNER = Owner("opentwins/test", "nginx:ditto")
OTHER = Owner("somebody/else", "nginx:ditto")

ALL = {"grant": ["READ", "WRITE"], "revoke": []}


def policy(policy_id: str, owner: Owner, **entries: Any) -> dict[str, Any]:
    ours = {
        "subjects": {owner.subject: {"type": owner.mark(policy_id)}},
        "resources": dict.fromkeys(("message:/", "policy:/", "thing:/"), ALL),
        "importable": "never",
    }
    return {"entries": {"opentwins": ours, **entries}, "imports": {}}


def thing(
    thing_id: str,
    features: dict[str, Any] | None = None,
    parent: str = "",
    owner: Owner = OWNER,
    policy_id: str = "my:policy",
    **attributes: Any,
) -> dict[str, Any]:
    marks = {"_isType": False, "_managedBy": owner.mark(thing_id)} | ({"_parents": parent} if parent else {})
    return {"policyId": policy_id, "attributes": attributes | marks, "features": features or {}}


def feature(**properties: Any) -> dict[str, Any]:
    return {"properties": properties}


def twin(*things: tuple[str, dict[str, Any]], adopt: bool = False) -> dict[str, Any]:
    """A twin's inputs, as the engine hands them over."""
    return {"id": things[0][0], "things": {name: dumps(each) for name, each in things}, "adopt": adopt}


def changed(inputs: dict[str, Any], thing_id: str, **parts: Any) -> dict[str, Any]:
    """The inputs with the features or attributes of one of their things changed."""
    things = dict(inputs["things"])
    document = json.loads(things[thing_id])
    for part, values in parts.items():
        document[part] = {key: value for key, value in (document[part] | values).items() if value is not ...}
    return inputs | {"things": things | {thing_id: dumps(document)}}
