"""Eclipse Mosquitto: the broker that devices publish to, and that takes Ditto's events to Telegraf."""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated, Self

import pulumi
from pydantic import AfterValidator, Field, model_validator

from components import mosquitto_configuration as text
from components.contents import Contents, config_map, digest, secret
from components.credentials import Credentials
from components.model import Model, Name, Resources, Storage, resources
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, tcp
from components.volumes import data, folder, scratch
from components.workloads import claim, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

PORT = 1883
USER = (1883, 1883)
EVENTS = "opentwins"  # first level of the topics of Ditto's events


def _topic_filter(topics: str) -> str:
    levels = topics.split("/")
    wild = any("#" in level for level in levels[:-1]) or any(
        len(x) > 1 and set(x) & {"#", "+"} for x in levels
    )
    if not topics or wild or not topics.isprintable():
        raise ValueError("must be an MQTT topic filter such as sensors/+/temperature or sensors/#")
    return topics


def _network(text: str) -> str:
    ip_network(text)
    return text


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


_OWN_USERS = {
    # Its connections may name any topic; and it alone publishes events.
    "ditto": User.model_construct(publish=("#",), subscribe=("#", f"{EVENTS}/#")),
    "telegraf": User(subscribe=(f"{EVENTS}/#", "$SYS/broker/#")),
}


class Clients(Model):
    """From where the network lets other clients in. A port-forward works in any case."""

    namespaces: tuple[Name, ...] = ()
    """namespaces whose pods may connect"""
    networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    """networks that may connect, such as 10.1.0.0/16"""


class MosquittoSettings(Model):
    """Mosquitto's settings."""

    users: Mapping[Name, User] = Field({"device": User(publish=("#",), subscribe=("#",))})
    """users besides Ditto and Telegraf; each gets a password of its own, in the Secret `mosquitto-<name>`"""
    clients: Clients = Clients()
    """who reaches the broker"""
    resources: Resources = resources("50m", "64Mi", "1", "512Mi")
    """of its container; messages that wait for a client are held in memory"""
    storage: Storage = Storage(size="2Gi")
    """where sessions and retained messages are kept"""


class Mosquitto(pulumi.ComponentResource):
    """One broker, whose users and rights are its own. `ready` is what there has to be before it is used."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:Mosquitto", name, None, opts)
        place = place.inside(self)
        configuration = config_map(place, "mosquitto", {"mosquitto.conf": text.configuration()})
        users = _users(place, credentials, {**_OWN_USERS, **settings.mosquitto.users})
        volume = claim(place, "mosquitto", settings.mosquitto.storage)
        front = service(place, "mosquitto", {"mqtt": PORT})
        pod = _pod(settings, configuration, users)
        self.ready = [*stateful_set(place, pod, after=[front, volume]), front]
        self.register_outputs({})


def _users(place: Place, credentials: Credentials, users: Mapping[str, User]) -> Contents:
    """The password file and the access list, in one Secret."""
    issued = [credentials[f"mosquitto-{user}"] for user in users]
    logins = pulumi.Output.all(*(pulumi.Output.all(one.username, one.password, one.salt) for one in issued))
    passwords = logins.apply(lambda all_of: "".join(text.password_line(*one) + "\n" for one in all_of))
    rights = "\n".join(
        text.acl_user(
            name, user.publish, user.subscribe, denied=() if user.reads_events else (f"{EVENTS}/#",)
        )
        for name, user in users.items()
    )
    checksums = pulumi.Output.all(*(one.contents.checksum for one in issued))
    checksum = checksums.apply(lambda several: digest(json.dumps([rights, *several])))
    return secret(place, "mosquitto-users", {"passwords": passwords, "acl": rights}, checksum)


def _pod(settings: Settings, configuration: Contents, users: Contents) -> Pod:
    private = scratch("/mosquitto/secrets", "secrets", "1Mi", memory=True)
    # Mosquitto 2.1 refuses password files that are symbolic links, as those of a mounted Secret are, and will
    # refuse those that are not its own.
    copy = Container(
        "copy-users",
        settings.images.mosquitto,
        resources("10m", "16Mi", "100m", "32Mi"),
        command=["sh", "-ec", "cp /users/* /mosquitto/secrets/; chmod 0400 /mosquitto/secrets/*"],
        mounts=[folder("/users", users), private],
    )
    broker = Container(
        "mosquitto",
        settings.images.mosquitto,
        settings.mosquitto.resources,
        command=["mosquitto", "-c", "/mosquitto/config/mosquitto.conf"],
        ports={"mqtt": PORT},
        mounts=[
            folder("/mosquitto/config", configuration),
            private,
            data("/mosquitto/data", "data-mosquitto-0"),
        ],
        probes=Probes(
            startup=tcp("mqtt", every=2, timeout=2, failures=60),
            readiness=tcp("mqtt", every=10, timeout=3, failures=3),
            liveness=tcp("mqtt", every=20, timeout=5, failures=4),
        ),
    )
    return Pod("mosquitto", USER, [broker], init=[copy], grace=60)  # it saves its sessions when it stops
