"""The real Kafka on loopback, with the files, scripts and environment of the platform's own pods."""

import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import confluent_kafka as ck

from components import kafka_configuration as text
from provider.kafka_admin import KafkaAdmin
from tests.components.declared import Declared, Manifests
from tests.services.peers.fetched import jars
from tests.services.peers.processes import PATIENCE, Process, free_port, listens

TOOLS = {
    "kafka-storage": "kafka.tools.StorageTool",
    "kafka-server-start": "kafka.Kafka",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-acls": "kafka.admin.AclCommand",
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
}


def home(folder: Path) -> Path:
    """A folder whose `bin` has Kafka's own commands; of Maven's jars, where no distribution is installed."""
    theirs = os.environ.get("OPENTWINS_KAFKA_HOME")
    if theirs and (Path(theirs) / "bin" / "kafka-acls.sh").exists():
        return Path(theirs)
    classes = jars("kafka3")
    (folder / "bin").mkdir(parents=True)
    for name, main in TOOLS.items():
        command = folder / "bin" / f"{name}.sh"
        java = "java -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 $KAFKA_LOG4J_OPTS"
        command.write_text(f"#!/bin/sh\nexec {java} -cp '{classes}/*' {main} \"$@\"\n")
        command.chmod(0o755)
    return folder


class Node:
    """A node of a program's Kafka: each has a loopback address of its own, and all have the same free ports."""

    def __init__(
        self, program: Manifests, folder: Path, number: int = 0, ports: Mapping[int, int] | None = None
    ) -> None:
        self.program = program
        self.folder = folder
        self.number = number
        self.address = f"127.0.0.{number + 1}"
        self.home = home(folder / "home")
        self.ports = ports or {
            port: free_port() for port in (text.CLIENTS, text.CONTROLLER, text.BROKERS, text.OPEN)
        }
        self.environment = self._environment(program.workloads["kafka"])
        self.process = Process(
            ["sh", "-eu", str(folder / "kafka" / "start.sh")],
            folder / "log",
            lambda: all(listens(self.ports[port], self.address) for port in (text.CLIENTS, text.BROKERS)),
            self.environment,
        )
        self._files("kafka")

    def start(self) -> None:
        self.process.start()

    def set_up(self) -> str:
        """Do what the Job does; what it has printed."""
        self._files("kafka-users")
        environment = self._environment(self.program.workloads["kafka-users"])
        done = subprocess.run(
            ["sh", "-eu", str(self.folder / "kafka-users" / "users.sh")],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def client(self, user: str, password: str | None = None, port: int = text.CLIENTS) -> dict[str, Any]:
        """The settings of a client that comes as this user."""
        login: dict[str, Any] = {
            "bootstrap.servers": f"{self.address}:{self.ports[port]}",
            "socket.timeout.ms": "10000",
        }
        if port == text.OPEN:
            return login
        return login | {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": text.SASL_MECHANISM,
            "sasl.username": user,
            "sasl.password": self.password(user) if password is None else password,
        }

    def password(self, user: str) -> str:
        return self.program.kind("Secret")[f"kafka-{user}"].files["password"]

    def _environment(self, workload: Declared) -> dict[str, str]:
        (container,) = workload.pod["containers"]
        found = {one["name"]: str(one.get("value", f"kafka-{self.number}")) for one in container["env"]}
        here = {name: self._here(value, workload.name) for name, value in found.items()}
        return here | {"KAFKA_HOME": str(self.home)}

    def _files(self, name: str) -> None:
        (self.folder / name).mkdir(exist_ok=True)
        for file, content in self.program.kind("ConfigMap")[name].files.items():
            (self.folder / name / file).write_text(self._here(content, name))
        for secret in self.program.kind("Secret").values():
            if secret.name.startswith("kafka-"):
                place = self.folder / "secrets" / secret.name.removeprefix("kafka-")
                place.mkdir(parents=True, exist_ok=True)
                (place / "password").write_text(secret.files["password"])

    def _here(self, content: str, name: str) -> str:
        """The same, with this machine's folders, names and ports in place of the pod's."""
        places: Mapping[str, str] = {
            "/tmp/": f"{self.folder}/tmp/",
            text.DATA: str(self.folder / "data"),
            "/etc/opentwins": str(self.folder / name),
            "/secrets": str(self.folder / "secrets"),
            "://@HOST@": f"://{self.address}",
            "://:": f"://{self.address}:",
            **{f"kafka-{n}.kafka-nodes.opentwins.svc": f"127.0.0.{n + 1}" for n in range(9)},
            **{f":{port}": f":{here}" for port, here in self.ports.items()},
        }
        (self.folder / "data").mkdir(exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        for there, here in places.items():
            content = content.replace(there, here)
        return content


def dialled(node: Node, password: str | None = None) -> KafkaAdmin:
    """The node's administrator, or somebody who says so."""
    login = (text.ADMINISTRATOR, node.password("broker") if password is None else password)
    place = node.address, node.ports[text.BROKERS]
    return KafkaAdmin(lambda: socket.create_connection(place, 30), login, time.sleep)


def published(settings: dict[str, Any], topic: str, body: bytes) -> str:
    """Publish; what the broker said against it, or nothing."""
    said: list[str] = []
    producer = ck.Producer({**settings, "message.timeout.ms": 15_000})
    producer.produce(topic, body, on_delivery=lambda error, _: said.append(str(error or "")))
    producer.flush(30)
    return said[0] if said else "no answer"
