"""The real Artemis starts with what Hono's broker is given, and lets in the dispatch router alone."""

import socket
import ssl
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from components import hono_messaging as text
from components import hono_parts as parts
from provider.certificates import CertificatesProvider
from tests.services.peers.fetched import MissingError, jars
from tests.services.peers.processes import Process, free_port, listens

PASSWORD = "opens-the-broker"
PROGRAM = """#!/bin/sh
# The distribution's own scripts: of Artemis itself, which makes a broker, and of a broker that was made.
java="java -Xmx192m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dartemis.home={folder}"
etc={folder}/instance/etc
[ "$1" = create ] || java="$java -Dartemis.instance={folder}/instance -Dartemis.instance.etc.uri=file:$etc/"
exec $java -Djava.security.auth.login.config=$etc/login.config -cp "{jars}/*:$etc" \\
  org.apache.activemq.artemis.cli.Artemis "$@"
"""


@dataclass(frozen=True)
class Broker:
    """A broker on loopback, and what its certificate is signed by."""

    port: int
    ca: Path

    def login(self, user: str, password: str) -> int:
        """The code of SASL PLAIN's outcome: 0 is welcome, 1 is not."""
        context = ssl.create_default_context(cafile=str(self.ca))
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=30) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as wire,
        ):
            wire.sendall(b"AMQP\x03\x01\x00\x00")
            response = f"\0{user}\0{password}".encode()
            fields = b"\xa3\x05PLAIN\xa0" + bytes([len(response)]) + response
            body = b"\x00\x53\x41\xc0" + bytes([len(fields) + 1, 2]) + fields
            wire.sendall(struct.pack(">IBBH", 8 + len(body), 2, 1, 0) + body)
            received = b""
            while b"\x00\x53\x44" not in received or len(received.partition(b"\x00\x53\x44")[2]) < 5:
                chunk = wire.recv(4096)
                assert chunk, "the broker hung up"
                received += chunk
            return received.partition(b"\x00\x53\x44")[2][4]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    try:
        libraries = jars("artemis")
    except MissingError as missing:
        pytest.skip(str(missing))
    folder, port = tmp_path_factory.mktemp("hono-broker"), free_port()
    for name in ("instance", "data", "config", "tls", "bin"):
        (folder / name).mkdir()
    names = {parts.BROKER: ["localhost"]}
    declared = {"organization": "OpenTwins", "unit": "Hono", "names": names, "days": 30, "issue": 1}
    made = CertificatesProvider().create(declared).outs or {}
    (folder / "tls" / "tls.key").write_text(made["keys"][parts.BROKER])
    (folder / "tls" / "tls.crt").write_text(made["certificates"][parts.BROKER])
    (folder / "tls" / "ca.crt").write_text(made["ca"])

    def here(content: str) -> str:
        places = {
            "/opt/activemq-artemis/bin/artemis": f"{folder}/bin/artemis",
            "bin/artemis run": f"{folder}/bin/artemis run",
            "/var/lib/artemis-instance": f"{folder}/instance",
            "/var/lib/artemis-data": f"{folder}/data",
            "/opt/hono/tls": f"{folder}/tls",
            "/config/": f"{folder}/config/",
            f"0.0.0.0:{parts.AMQPS}": f"127.0.0.1:{port}",
        }
        for there, mine in places.items():
            content = content.replace(there, mine)
        return content

    files = {
        "broker.xml": text.BROKER,
        "login.config": text.LOGIN,
        "artemis-roles.properties": text.ROLES,
        "store.pemcfg": text.PEM_STORE,
        "log4j2.properties": text.LOGGING,
    }
    for name, content in files.items():
        (folder / "config" / name).write_text(here(content))
    program = folder / "bin" / "artemis"
    program.write_text(PROGRAM.format(folder=folder, jars=libraries))
    program.chmod(0o755)
    process = Process(
        ["sh", "-ec", here(text.START)],
        folder / "broker.log",
        lambda: listens(port),
        {"BROKER_PASSWORD": PASSWORD, "HOSTNAME": "hono-broker-0"},
        folder,
    )
    try:
        process.start()
        yield Broker(port, folder / "tls" / "ca.crt")
    finally:
        process.kill()


def test_the_router_is_let_in_with_its_password_over_a_connection_that_is_verified(broker: Broker) -> None:
    assert broker.login(text.BROKER_USER, PASSWORD) == 0


@pytest.mark.parametrize(
    ("user", "password"), [(text.BROKER_USER, "wrong"), ("nobody", "hono-broker-0"), ("artemis", "artemis")]
)
def test_nobody_else_is(broker: Broker, user: str, password: str) -> None:
    assert broker.login(user, password) != 0
