"""What is compared of a connection: Ditto adds defaults, orders what is a set, and leaves out what is empty.

See https://eclipse.dev/ditto/basic-connections.html.
"""

from typing import Any

from twins.canonical import dumps
from twins.document import Document

SETS = {
    "addresses",
    "authorizationContext",
    "expectedResponseTypes",
    "includes",
    "knownHosts",
    "tags",
    "topics",
}
SERVER_OWN = {"id"}
OWNED = "managed-by:"  # the tag by which we know a connection as ours starts with this


def owners(connection: Document) -> set[str]:
    """The stacks that the connection's tags name as its owners: one if it is in order."""
    return {tag.removeprefix(OWNED) for tag in connection.get("tags") or [] if str(tag).startswith(OWNED)}


def declared_part(declared: Document, live: Document) -> Document:
    """The declared document with what is different live, and nothing of what was not declared."""
    return {key: value for key, value in _seen("", declared, live).items() if key not in SERVER_OWN}


def same(declared: Document, live: Document) -> bool:
    """Say whether the live connection is just the declared one."""
    here = {key: value for key, value in live.items() if key not in SERVER_OWN}
    return dumps(_seen("", declared, here)) == dumps(declared) and dumps(_seen("", here, declared)) == dumps(
        here
    )


def _seen(key: str, declared: Any, live: Any) -> Any:
    if isinstance(declared, dict) and isinstance(live, dict):
        return {
            name: _seen(name, value, live[name]) if name in live else value
            for name, value in declared.items()
            if name in live or value in (None, {}, [])
        }
    if isinstance(declared, list) and isinstance(live, list):
        if key in SETS and sorted(declared) == sorted(live):
            return declared
        if len(declared) == len(live):
            return [_seen(key, *each) for each in zip(declared, live, strict=True)]
    return live
