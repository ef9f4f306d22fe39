"""Eclipse Mosquitto: the broker that devices publish to, and that takes Ditto's events to Telegraf."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pulumi
from pydantic import Field

from components import mosquitto_configuration as text
from components.certificate import Certificate, certificate_secret
from components.contents import Contents, config_map, digest, secret
from components.credentials import Credentials
from components.exposure_settings import Hosts
from components.external import ExternalMqtt
from components.model import Model, Name, Network, Resources, Storage, resources
from components.mosquitto_users import EVENTS, User, own_users
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, tcp
from components.volumes import data, folder, given_secret, scratch
from components.workloads import claim, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

PORT = 1883
TLS_PORT = 8883
TLS_FOLDER = "/mosquitto/tls"
TLS_SCRIPT = (Path(__file__).parent / "scripts" / "mosquitto-tls.sh").read_text()
CONFIGURATION = "/mosquitto/config/mosquitto.conf"
USER = (1883, 1883)


class Clients(Model):
    """From where the network lets other clients in. A port-forward works in any case."""

    namespaces: tuple[Name, ...] = ()
    """namespaces whose pods may connect"""
    networks: tuple[Network, ...] = ()
    """networks that may connect, such as 10.1.0.0/16"""


class MqttTls(Certificate):
    """A second port, 8883, for MQTT over TLS."""

    hosts: Annotated[tuple[Hosts, ...], Field(min_length=1)]
    """names under which devices reach the broker, which the certificate is for"""


class MosquittoSettings(Model):
    """Mosquitto's settings."""

    external: ExternalMqtt | None = None
    """an MQTT broker that runs elsewhere, used instead; no other setting of `mosquitto` has an effect then"""
    enabled: bool | None = None
    """whether it runs; when left out, it does unless `broker` is another one"""
    users: Mapping[Name, User] = Field({"device": User(publish=("#",), subscribe=("#",))})
    """users besides Ditto and Telegraf; each gets a password of its own, in the Secret `mosquitto-<name>`"""
    tls: MqttTls | None = None
    """MQTT over TLS, at port 8883; a renewed certificate is taken up within a minute. Port 1883 stays for
    those inside the cluster"""
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
        tls = settings.mosquitto.tls
        lines = text.configuration(tls=(TLS_PORT, TLS_FOLDER) if tls else None)
        scripts = {"tls.sh": TLS_SCRIPT} if tls else {}
        configuration = config_map(place, "mosquitto", {"mosquitto.conf": lines, **scripts})
        certificate, made = certificate_secret(place, "mosquitto", tls, tls.hosts) if tls else ("", [])
        users = _users(place, credentials, {**own_users(settings), **settings.mosquitto.users})
        volume = claim(place, "mosquitto", settings.mosquitto.storage)
        front = service(place, "mosquitto", {"mqtt": PORT, **({"mqtts": TLS_PORT} if tls else {})})
        pod = _pod(settings, configuration, users, certificate)
        self.ready = [*stateful_set(place, pod, after=[front, volume, *made]), front]
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


def _pod(settings: Settings, configuration: Contents, users: Contents, certificate: str) -> Pod:
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
        command=(
            ["sh", "-u", "/mosquitto/config/tls.sh"] if certificate else ["mosquitto", "-c", CONFIGURATION]
        ),
        env=({"CONFIGURATION": CONFIGURATION, "CERTIFICATE": f"{TLS_FOLDER}/tls.crt"} if certificate else {}),
        ports={"mqtt": PORT, **({"mqtts": TLS_PORT} if certificate else {})},
        mounts=[
            folder("/mosquitto/config", configuration),
            private,
            data("/mosquitto/data", "data-mosquitto-0"),
            *([given_secret(TLS_FOLDER, certificate, "tls")] if certificate else []),
        ],
        probes=Probes(
            startup=tcp("mqtt", every=2, timeout=2, failures=60),
            readiness=tcp("mqtt", every=10, timeout=3, failures=3),
            liveness=tcp("mqtt", every=20, timeout=5, failures=4),
        ),
    )
    return Pod("mosquitto", USER, [broker], init=[copy], grace=60)  # it saves its sessions when it stops
