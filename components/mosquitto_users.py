"""Mosquitto's users, and what each may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, model_validator

from components.model import Model

if TYPE_CHECKING:
    from components.settings import Settings

EVENTS = "opentwins"  # first level of the topics of Ditto's events


def _topic_filter(topics: str) -> str:
    levels = topics.split("/")
    wild = any("#" in level for level in levels[:-1]) or any(
        len(x) > 1 and set(x) & {"#", "+"} for x in levels
    )
    if not topics or wild or not topics.isprintable():
        raise ValueError("must be an MQTT topic filter such as sensors/+/temperature or sensors/#")
    return topics


TopicFilter = Annotated[str, AfterValidator(_topic_filter)]


class User(Model):
    """What a user of the broker may do."""

    publish: tuple[TopicFilter, ...] = ()
    """topics that it may publish to; Ditto's events (`opentwins/…`) are never among them"""
    subscribe: tuple[TopicFilter, ...] = ()
    """topics that it may subscribe to; Ditto's events only where they are named as such (`opentwins/…`)"""

    @property
    def reads_events(self) -> bool:
        """Whether it subscribes to Ditto's events by name."""
        return any(topics.split("/")[0] == EVENTS for topics in self.subscribe)

    @model_validator(mode="after")
    def _nobody_forges_events(self) -> Self:
        # Mosquitto's access list can deny a topic altogether, but not only the publishing to it.
        for topics in self.publish:
            first = topics.split("/")[0]
            if first == EVENTS or (self.reads_events and first in ("#", "+")):
                raise ValueError(
                    f"publish: {topics} holds Ditto's events, which no other may publish; name the topics"
                    " that are meant, or let another user subscribe to the events"
                )
        return self


_OWN = {
    # Its connections may name any topic; and it alone publishes events.
    "ditto": User.model_construct(publish=("#",), subscribe=("#", f"{EVENTS}/#")),
    "telegraf": User(subscribe=(f"{EVENTS}/#", "$SYS/broker/#")),
    "feeder": User(subscribe=(f"{EVENTS}/#",)),
}


def own_users(settings: Settings) -> dict[str, User]:
    """The users of the platform itself: Ditto's connections, and those who read its events."""
    is_broker = settings.broker == "mosquitto"
    there = {"ditto": True, "telegraf": is_broker, "feeder": is_broker and settings.feeders.enabled}
    return {name: _OWN[name] for name, is_there in there.items() if is_there}
