"""Which ids Ditto takes for things, policies and connections."""

import re

from sandbox.ditto.errors import DittoError

LONGEST = 256
NOTATION = "https://www.eclipse.dev/ditto/basic-namespaces-and-names.html#namespaced-id"

_NAMESPACED = re.compile(
    r"(?P<namespace>|[a-zA-Z]\w*(?:[.-][a-zA-Z]\w*)*):(?P<name>[^\x00-\x1f\x7f-\xff/]+)", re.ASCII
)
_CONNECTION = re.compile(r"[a-zA-Z0-9-_:]{1,100}")


def check_thing(thing_id: str) -> None:
    """Raise the ``DittoError`` of a thing id that is not one."""
    _check("Thing", "things", thing_id)


def check_policy(policy_id: str) -> None:
    """Raise the ``DittoError`` of a policy id that is not one."""
    _check("Policy", "policies", policy_id)


def check_connection(connection_id: str) -> None:
    """Raise the ``DittoError`` of a connection id that is not one."""
    if not _CONNECTION.fullmatch(connection_id):
        raise DittoError(
            400,
            "connectivity:connection.id.invalid",
            f"The Connection ID '{connection_id}' is not valid.",
            "It must be conform to the regular expression: <[a-zA-Z0-9-_:]{1,100}>.",
            by_gateway=True,
        )


def namespace(entity_id: str) -> str:
    """Return what stands before the colon of a thing's or a policy's id."""
    return entity_id.partition(":")[0]


def _check(kind: str, prefix: str, entity_id: str) -> None:
    match = _NAMESPACED.fullmatch(entity_id)
    if match is None or len(entity_id) > LONGEST:
        raise DittoError(
            400,
            f"{prefix}:id.invalid",
            f"{kind} ID '{entity_id}' is not valid!",
            "It must conform to the namespaced entity ID notation (see Ditto documentation)",
            extra={"href": NOTATION},
            by_gateway=True,
        )
    if kind == "Thing" and not match["namespace"]:
        raise DittoError(
            500,
            "internalerror",
            "There was a rare case of an unexpected internal error.",
            "Please contact the service team or your administrator.",
        )
