"""Apache Kafka: one node on loopback, or one that runs already."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import confluent_kafka as ck
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.services.peers.certificates import Certificates
from tests.services.peers.processes import PATIENCE, Process, free_port, listens

USER, PASSWORD = "feeder", "opens-kafka"
JAVA = ["java", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
JAVA += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ"


@dataclass(frozen=True)
class Vector:
    """What stands in a topic of Kafka-ML."""

    value: bytes
    headers: dict[str, str]
    key: bytes | None
    sent: float  # in seconds


@dataclass(frozen=True)
class Kafka:
    """A cluster; `process` and `secured`, the address with TLS and SASL, are there when it is ours."""

    bootstrap: str
    secured: str = ""
    process: Process | None = None

    def topics(self, *names: str) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        for future in admin.create_topics([NewTopic(name, 1, 1) for name in names]).values():
            future.result(PATIENCE)

    def send(
        self,
        topic: str,
        bodies: Sequence[bytes],
        headers: dict[str, str] | None = None,
        key: str | None = None,
    ) -> None:
        """Return once all of them are in the topic."""
        failed: list[object] = []

        def delivered(error: ck.KafkaError | None, _: ck.Message) -> None:
            failed.extend([error] if error else [])

        producer = ck.Producer({"bootstrap.servers": self.bootstrap, "linger.ms": 5})
        raw: Any = [(name, value.encode()) for name, value in (headers or {}).items()]
        for body in bodies:
            producer.produce(topic, body, key=key, headers=raw, on_delivery=delivered)
        assert producer.flush(PATIENCE) == 0
        assert not failed

    def vectors(self, topic: str, number: int, patience: float = PATIENCE) -> list[Vector]:
        """All that is in a topic, once it is so many; fails when it is fewer for too long."""
        consumer = ck.Consumer(
            {"bootstrap.servers": self.bootstrap, "group.id": "tests", "enable.auto.commit": False}
        )
        place = ck.TopicPartition(topic, 0, 0)
        found: list[Vector] = []
        deadline = time.monotonic() + patience
        try:
            consumer.assign([place])
            while True:
                _, end = consumer.get_watermark_offsets(place, timeout=patience)
                while len(found) < end and time.monotonic() < deadline:
                    message = consumer.poll(0.2)
                    if message is not None and not message.error():
                        found.append(_vector(message))
                if len(found) >= max(number, end):
                    return found
                assert time.monotonic() < deadline, f"{len(found)} of {number} vectors after {patience:.0f} s"
                time.sleep(0.1)
        finally:
            consumer.close()


def _vector(message: ck.Message) -> Vector:
    raw: Any = message.headers() or []
    headers = {name: value.decode() for name, value in raw}
    return Vector(message.value() or b"", headers, message.key(), message.timestamp()[1] / 1000)


def kafka(folder: Path, jars: Path, certificates: Certificates | None, rights: bool = False) -> Kafka:
    """A node that is not started yet. Its user is `USER`, for SCRAM-SHA-512 and PLAIN alike.

    With `rights`, others than that may do what they are allowed to, and nothing else.
    """
    port, secured, controller = free_port(), free_port(), free_port()
    listeners = {"PLAINTEXT": port, "CONTROLLER": controller}
    security = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"}
    lines = []
    if certificates:
        listeners["SECURED"], security["SECURED"] = secured, "SASL_SSL"
        modules = "org.apache.kafka.common.security"
        lines += [
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={certificates.both}",
            "listener.name.secured.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512",
            f"listener.name.secured.scram-sha-512.sasl.jaas.config={modules}.scram.ScramLoginModule"
            " required;",
            f"listener.name.secured.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required"
            f' user_{USER}="{PASSWORD}";',
        ]
    names = {name: f"{name}://127.0.0.1:{number}" for name, number in listeners.items()}
    # By name where the certificate is checked.
    advertised = [where for name, where in names.items() if name != "CONTROLLER"]
    advertised = [
        where.replace("127.0.0.1", "localhost") if "SECURED" in where else where for where in advertised
    ]
    lines += [
        "process.roles=broker,controller",
        "node.id=1",
        f"controller.quorum.voters=1@127.0.0.1:{controller}",
        f"listeners={','.join(names.values())}",
        f"advertised.listeners={','.join(advertised)}",
        f"listener.security.protocol.map={','.join(f'{name}:{kind}' for name, kind in security.items())}",
        "controller.listener.names=CONTROLLER",
        "inter.broker.listener.name=PLAINTEXT",
        f"log.dirs={folder / 'data'}",
        "offsets.topic.num.partitions=4",
        "offsets.topic.replication.factor=1",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "group.initial.rebalance.delay.ms=0",
        "auto.create.topics.enable=false",
    ]
    if rights:
        lines += [
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            f"super.users=User:{USER};User:ANONYMOUS",
        ]
    file = folder / "server.properties"
    file.write_text("\n".join(lines) + "\n")
    java = [*JAVA, "-cp", f"{jars}/*"]
    scram = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    subprocess.run(
        [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(file), "--add-scram", scram],
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    process = Process([*java, "kafka.Kafka", str(file)], folder / "kafka.log", lambda: listens(port))
    return Kafka(f"127.0.0.1:{port}", f"localhost:{secured}" if certificates else "", process)


@contextmanager
def started(cluster: Kafka) -> Iterator[None]:
    """Run a node of ours for as long as the block takes."""
    assert cluster.process
    try:
        cluster.process.start()
        yield
    finally:
        cluster.process.kill()
