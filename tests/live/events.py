"""What Ditto publishes, in the form of its protocol: https://eclipse.dev/ditto/protocol-specification.html"""

import json
from typing import Any

NAMESPACE = "live"
TYPE = "live:sensor"
PARENT = "live:hall"
ORIGINATOR = "nginx:ditto"
MOMENT = "2026-11-24T20:00:00.123456789Z"

ABSENT = object()


def event(
    name: str, path: str, value: Any = ABSENT, action: str = "modified", at: str = MOMENT, **changes: Any
) -> str:
    """An event of the twin `live:<name>`; `changes` replace parts of the message, `ABSENT` takes one out."""
    message = {
        "topic": f"{NAMESPACE}/{name}/things/twin/events/{action}",
        "headers": {
            "ditto-originator": ORIGINATOR,
            "correlation-id": "0bba9a4e-5a3f-4f35-a3a7-95a4d4a4fc0d",
            "content-type": "application/json",
            "response-required": False,
            "version": 2,
            "requested-acks": [],
        },
        "path": path,
        "value": value,
        "extra": {
            "thingId": f"{NAMESPACE}:{name}",
            "attributes": {"_parents": PARENT, "type": TYPE},
        },
        "revision": 7,
        "timestamp": at,
    } | changes
    return json.dumps({key: part for key, part in message.items() if part is not ABSENT})


def topic(name: str, channel: str = "twin", criterion: str = "events") -> str:
    """Where the platform's connection publishes it."""
    return f"opentwins/{channel}/{criterion}/{NAMESPACE}/{name}"
