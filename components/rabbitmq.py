"""RabbitMQ: a broker that devices publish to over MQTT and AMQP 0.9.1, and that Ditto reads queues of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from components import rabbitmq_configuration as text
from components.contents import Contents, config_map, digest, secret
from components.credentials import Credentials
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, tcp
from components.rabbitmq_settings import QUEUE, own_rights
from components.volumes import data, folder, temporary
from components.workloads import claim, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

USER = (999, 999)
DATA = "/var/lib/rabbitmq"
START_SCRIPT = (Path(__file__).parent / "scripts" / "rabbitmq-start.sh").read_text()


def metrics(settings: Settings) -> dict[str, str]:
    """The address of its numbers, by its name; none where it does not run."""
    address = f"http://rabbitmq.{settings.namespace}.svc:{text.METRICS}/metrics"
    return {"rabbitmq": address} if settings.runs_rabbitmq else {}


class RabbitMQ(pulumi.ComponentResource):
    """One broker, with its users and queues. `ready` is what there has to be before it is used."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:RabbitMQ", name, None, opts)
        place = place.inside(self)
        files = {
            "rabbitmq.conf": text.configuration("/secrets/definitions/definitions.json"),
            "enabled_plugins": text.PLUGINS,
            "start.sh": START_SCRIPT,
        }
        configuration = config_map(place, "rabbitmq", files)
        rights = own_rights(settings)
        users = _definitions(place, credentials, rights, _queues(settings))
        volume = claim(place, "rabbitmq", settings.rabbitmq.storage)
        front = service(place, "rabbitmq", {"amqp": text.AMQP, "mqtt": text.MQTT, "metrics": text.METRICS})
        pod = _pod(settings, configuration, users, list(rights))
        self.ready: list[pulumi.Resource] = [*stateful_set(place, pod, after=[front, volume]), front]
        self.register_outputs({})


def _queues(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Queues and the topics that they collect: the one that Ditto reads Ditto Protocol from, and the user's own."""
    return {QUEUE: ("telemetry/#",), **settings.rabbitmq.queues}


def _definitions(
    place: Place,
    credentials: Credentials,
    rights: Mapping[str, text.Rights],
    queues: Mapping[str, tuple[str, ...]],
) -> Contents:
    """Users and queues; in a Secret, since hashes of passwords are in it."""
    issued = [credentials[f"rabbitmq-{user}"] for user in rights]
    logins = pulumi.Output.all(*(pulumi.Output.all(one.username, one.password, one.salt) for one in issued))

    def written(all_of: list[list[str]]) -> str:
        hashes = {user: text.password_hash(password, salt) for user, password, salt in all_of}
        return text.definitions(hashes, rights, queues)

    checksums = pulumi.Output.all(*(one.contents.checksum for one in issued))
    public = text.definitions({}, rights, queues)
    checksum = checksums.apply(lambda several: digest(json.dumps([public, *several])))
    return secret(place, "rabbitmq-definitions", {"definitions.json": logins.apply(written)}, checksum)


def _pod(settings: Settings, configuration: Contents, users: Contents, names: list[str]) -> Pod:
    broker = Container(
        "rabbitmq",
        settings.images.rabbitmq,
        settings.rabbitmq.resources,
        command=["sh", "-eu", "/etc/opentwins/start.sh"],
        env={
            # Not on the volume, whose files its group may read: Erlang refuses such a cookie.
            "HOME": "/tmp/home",  # noqa: S108 - of the pod
            "USERS": " ".join(names),
            "RABBITMQ_NODENAME": "rabbit@localhost",  # its data is found again whatever the pod is called
            "RABBITMQ_CONFIG_FILE": "/etc/opentwins/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": "/etc/opentwins/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{DATA}/mnesia",
            "RABBITMQ_LOGS": "-",
        },
        ports={"amqp": text.AMQP, "mqtt": text.MQTT, "metrics": text.METRICS},
        mounts=[
            temporary(),
            data(DATA, "data-rabbitmq-0"),
            folder("/etc/opentwins", configuration),
            folder("/secrets/definitions", users),
        ],
        probes=Probes(
            startup=tcp("mqtt", every=5, timeout=3, failures=60),
            readiness=tcp("amqp", every=10, timeout=3, failures=3),
            liveness=tcp("amqp", every=20, timeout=5, failures=6),
        ),
    )
    return Pod("rabbitmq", USER, [broker], grace=60)
