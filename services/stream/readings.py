"""What a message tells of a thing: which part of it has which value now.

Ditto's protocol is spoken by devices (commands) and by Ditto (events) alike; see
https://eclipse.dev/ditto/protocol-specification.html. Both say which path has changed, and to what.
"""

import json
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from enum import Enum
from typing import Any

from services.stream.layout import parts
from services.stream.message import BadMessageError, Message
from services.stream.transports import Payload

WRITTEN = {"create", "created", "modify", "modified", "merge", "merged"}
DELETED = {"delete", "deleted"}
EMPTY_NOTIFICATION = "application/vnd.eclipse-hono-empty-notification"  # a device that only asks for commands


class Nothing(Enum):
    """The two ways in which a path has no value."""

    UNTOLD = "the message does not speak of it"
    GONE = "the message says that there is none any more"


@dataclass(frozen=True)
class Reading:
    """A part of a thing, and its value now."""

    thing: str
    path: tuple[str, ...]
    value: Any
    sent: datetime | None
    originator: str = ""
    """The subject that caused it, if it is an event of Ditto."""

    def at(self, path: tuple[str, ...]) -> Any:
        """The value at a path of the thing, or `Nothing`."""
        if self.path[: len(path)] == path and len(self.path) > len(path):
            return Nothing.UNTOLD  # it speaks of something within
        if path[: len(self.path)] != self.path:
            return Nothing.UNTOLD
        found = self.value
        for part in path[len(self.path) :]:
            if found is Nothing.GONE or found is None:
                return Nothing.GONE
            if isinstance(found, dict) and part in found:
                found = found[part]
            elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
                found = found[int(part)]
            else:
                return Nothing.UNTOLD
        return Nothing.GONE if found is None else found


def read(message: Message, payload: Payload) -> Reading | None:
    """What the message tells; None when it is none that tells of values. Raises `BadMessageError`."""
    if message.content_type == EMPTY_NOTIFICATION:
        return None
    try:
        body = json.loads(message.body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadMessageError("json", "the body is no JSON") from None
    if payload == "json":
        if message.device is None:
            raise BadMessageError("device", "the message does not say which device sent it")
        return Reading(message.device, (), body, usable(message.sent))
    if not isinstance(body, dict):
        raise BadMessageError("ditto", "the body is no message of Ditto's protocol")
    return _ditto(message, body)


def _ditto(message: Message, body: dict[str, Any]) -> Reading | None:
    thing, action = _topic(body.get("topic"))
    if action == "other":
        return None
    path = body.get("path")
    if not isinstance(path, str):
        raise BadMessageError("ditto", "the message has no path")
    if action == "written" and "value" not in body:
        raise BadMessageError("ditto", "the message has no value")
    sent = usable(message.sent)
    # What Hono says of the device is checked, what the device says of itself is not.
    who = message.device or thing
    if who is None:
        raise BadMessageError("device", "the message does not say which thing it is about")
    headers = body.get("headers")
    originator = headers.get("ditto-originator") if isinstance(headers, dict) else None
    return Reading(
        thing=who,
        path=parts(path),
        value=body["value"] if action == "written" else Nothing.GONE,
        sent=_time(body.get("timestamp")) or sent,
        originator=originator if isinstance(originator, str) else "",
    )


def _topic(topic: Any) -> tuple[str | None, str]:
    """The thing that a topic names, and whether the message is written, deleted or other.

    A device may leave the topic out where Hono says who it is; then it writes.
    """
    if topic is None:
        return None, "written"
    if not isinstance(topic, str) or topic.count("/") < 2:
        raise BadMessageError("ditto", "the message has no topic of Ditto's protocol")
    namespace, name, *rest = topic.split("/")
    thing = None if "_" in (namespace, name) else f"{namespace}:{name}"
    if len(rest) != 4 or rest[:2] != ["things", "twin"] or rest[2] not in ("commands", "events"):
        return thing, "other"
    if rest[3] in WRITTEN:
        return thing, "written"
    return thing, "deleted" if rest[3] in DELETED else "other"


def _time(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return usable(found if found.tzinfo else found.replace(tzinfo=UTC))


def usable(moment: datetime | None) -> datetime | None:
    """The moment, unless it is so far away that it does not exist in some time zones: then nobody tells it."""
    return moment if moment and MINYEAR + 1 < moment.year < MAXYEAR else None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
