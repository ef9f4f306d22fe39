"""Apache Kafka (KRaft): a broker for connections, Hono and Kafka-ML, and for Ditto's events if so chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as k8s

from components import kafka_configuration as text
from components import kafka_parts as parts
from components.contents import Contents, config_map
from components.credentials import Credentials
from components.kafka_configuration import SASL_MECHANISM
from components.model import resources
from components.place import Place, labels
from components.pods import Container, Field, Pod
from components.probes import Probes, tcp
from components.volumes import folder, own_data, temporary
from components.workloads import claim, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

__all__ = ["NODES", "SASL_MECHANISM", "Kafka"]

USER = (1000, 1000)
HOME = "/opt/kafka"
NODES = "kafka-nodes"  # the Service that gives each node its name
_SCRIPTS = Path(__file__).parent / "scripts"
START_SCRIPT = (_SCRIPTS / "kafka-start.sh").read_text()
USERS_SCRIPT = (_SCRIPTS / "kafka-users.sh").read_text()


class Kafka(pulumi.ComponentResource):
    """A cluster of nodes that are broker and, the first of them, controller.

    `ready` is what there has to be before it is used: the nodes, and the platform's own users with their
    rights.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:Kafka", name, None, opts)
        place = place.inside(self)
        nodes = settings.kafka.replicas
        own = credentials["kafka-broker"].contents
        claims = [claim(place, "kafka", settings.kafka.storage, node) for node in range(nodes)]
        front = service(place, "kafka", _ports(settings))
        names = service(place, NODES, {"brokers": text.BROKERS}, pods="kafka", headless=True)
        made = stateful_set(
            place, _pod(settings, own, place), [front, names, *claims], nodes, NODES, settings.kafka.storage
        )
        users = _users_job(place, settings, credentials, made)
        self.ready: list[pulumi.Resource] = [*made, front, users]
        self.register_outputs({})


def _ports(settings: Settings) -> dict[str, int]:
    """What clients connect to."""
    return {"clients": text.CLIENTS} | ({"open": text.OPEN} if settings.kafka_ml.needs_kafka else {})


def _pod(settings: Settings, own: Contents, place: Place) -> Pod:
    kafka, is_open = settings.kafka, settings.kafka_ml.needs_kafka
    domain = f".{NODES}.{place.namespace}.svc"
    retention = text.Retention(kafka.retention_hours, kafka.retention_bytes)
    files = {
        "server.properties": text.configuration(
            kafka.replicas, f"kafka-{{}}{domain}", retention, kafka.partitions, is_open
        ),
        "log4j.properties": text.LOGGING,
        "start.sh": START_SCRIPT,
    }
    node = Container(
        "kafka",
        settings.images.kafka,
        kafka.resources,
        command=["sh", "-eu", "/etc/opentwins/start.sh"],
        env={
            "POD": Field("metadata.name"),
            "DOMAIN": domain,
            "CLUSTER": parts.cluster_id(place.namespace),
            "CONTROLLERS": str(text.controllers(kafka.replicas)),
            "LISTENERS_CONTROLLER": text.listeners(controller=True, open_listener=is_open),
            "LISTENERS_BROKER": text.listeners(controller=False, open_listener=is_open),
            "DATA": text.DATA,
            "CONFIGURATION": "/etc/opentwins/server.properties",
            "SECRET": "/secrets/broker/password",
            **_java("-XX:InitialRAMPercentage=25 -XX:MaxRAMPercentage=50"),
        },
        ports={
            "clients": text.CLIENTS,
            "brokers": text.BROKERS,
            "controller": text.CONTROLLER,
            **({"open": text.OPEN} if is_open else {}),
        },
        mounts=[
            temporary("128Mi"),
            own_data(text.DATA),
            folder("/etc/opentwins", config_map(place, "kafka", files)),
            folder("/secrets/broker", own, only={"password": "password"}),
        ],
        probes=Probes(
            # After a crash it reads its whole log anew before it listens.
            startup=tcp("clients", every=5, timeout=3, failures=120),
            readiness=tcp("clients", every=10, timeout=3, failures=3),
            liveness=tcp("clients", every=20, timeout=5, failures=6),
        ),
    )
    return Pod("kafka", USER, [node], grace=120)  # it hands its partitions to others, and closes its log


def _java(heap: str) -> dict[str, str | Field]:
    """The environment of Kafka's own start scripts, so that they write nowhere but to /tmp."""
    return {
        "KAFKA_HOME": HOME,
        "KAFKA_HEAP_OPTS": heap,
        "KAFKA_LOG4J_OPTS": "-Dlog4j.configuration=file:/etc/opentwins/log4j.properties",
        "LOG_DIR": "/tmp/logs",  # noqa: S108 - of the pod
        "EXTRA_ARGS": "-name kafkaServer",  # without Java's own log of its garbage collector
    }


def _users_job(
    place: Place, settings: Settings, credentials: Credentials, after: list[pulumi.Resource]
) -> k8s.batch.v1.Job:
    """Makes the users, their rights and topics: another password, or another right, is another Job."""
    users = parts.users(settings)
    lists = {
        "administrator.properties": text.administrator(),
        "rights": "".join(f"{line}\n" for line in parts.rights(settings)),
        "topics": "".join(f"{topic}\n" for topic in parts.topics(settings)),
        "log4j.properties": text.LOGGING,
        "users.sh": USERS_SCRIPT,
    }
    passwords = [
        folder(f"/secrets/{user}", credentials[f"kafka-{user}"].contents, only={"password": "password"})
        for user in (text.ADMINISTRATOR, *users)
    ]
    tools = Container(
        "tools",
        settings.images.kafka,
        resources("100m", "256Mi", "1", "512Mi"),
        command=["sh", "-eu", "/etc/opentwins/users.sh"],
        env={
            "KAFKA": f"kafka-0.{NODES}.{place.namespace}.svc:{text.BROKERS}",
            "USERS": " ".join(users),
            "LISTS": "/etc/opentwins",
            "SECRETS": "/secrets",
            **_java("-Xmx192m -XX:TieredStopAtLevel=1"),
        },
        mounts=[temporary(), folder("/etc/opentwins", config_map(place, "kafka-users", lists)), *passwords],
    )
    pod = Pod("kafka-users", USER, [tools], restart="OnFailure")
    return k8s.batch.v1.Job(
        "kafka-users",
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name="kafka-users", namespace=place.namespace, labels=labels("kafka-users")
        ),
        spec=k8s.batch.v1.JobSpecArgs(backoff_limit=10, template=pod.template(place.scheduling)),
        opts=place.options([*after, *pod.needs], minutes=15),
    )
