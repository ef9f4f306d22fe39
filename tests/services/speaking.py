"""What devices, Hono and Ditto say in these tests."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.stream.clock import Clock
from services.stream.message import Message

THING = "example:raspberry"
MORNING = datetime(2026, 3, 29, 6, 30, 15, 250_000, tzinfo=UTC)


@dataclass
class Hands:
    """A clock whose hands are moved by the test."""

    passed: float = 0.0
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(
            now=lambda: MORNING + timedelta(seconds=self.passed), monotonic=lambda: self.passed
        )


def ditto(
    value: Any = None,
    path: str = "/features/temperature/properties/value",
    thing: str = THING,
    action: str = "events/modified",
    originator: str = "connection:devices",
    **more: Any,
) -> bytes:
    """A message of Ditto's protocol."""
    namespace, _, name = thing.partition(":")
    headers = {"ditto-originator": originator, "correlation-id": "1"}
    document = {"topic": f"{namespace}/{name}/things/twin/{action}", "headers": headers, "path": path}
    if not action.endswith(("deleted", "delete")):
        document["value"] = value
    return json.dumps(document | more).encode()


def features(**values: Any) -> dict[str, Any]:
    """Features with a property `value` each."""
    return {name: {"properties": {"value": value}} for name, value in values.items()}


def message(body: bytes | Any, device: str | None = None, sent: datetime | None = None) -> Message:
    """A message as a source hands it over."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(raw, "a test", device=device, sent=sent)


def field_of(feature: str, thing: str = THING, **more: Any) -> dict[str, Any]:
    """A field of a vector, as it is written in YAML."""
    return {"thing": thing, "feature": feature, **more}


def configuration(*models: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A program's configuration, as it is written in YAML."""
    return {
        "id": "raspberry",
        "input": {"mqtt": {"url": "mqtt://localhost:1883", "topics": ["opentwins/twin/events/#"]}},
        "output": {"bootstrapServers": "localhost:9092"},
        "models": [
            {"topic": "raspberry-input", "fields": [field_of("temperature")], **model} for model in models
        ],
        **more,
    }
