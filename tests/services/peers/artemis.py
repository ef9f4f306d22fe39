"""ActiveMQ Artemis as an AMQP 1.0 peer on loopback, or another one that runs already."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.services.peers.certificates import STORE_PASSWORD, Certificates
from tests.services.peers.processes import PATIENCE, Process, free_port, listens

USER, PASSWORD = "feeder", "opens-artemis"
JAVA = ["java", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]

BOOTSTRAP = """\
<broker xmlns="http://activemq.apache.org/schema">
  <security-manager class-name="org.apache.activemq.artemis.spi.core.security.ActiveMQBasicSecurityManager">
    <property key="bootstrapUser" value="{user}"/>
    <property key="bootstrapPassword" value="{password}"/>
    <property key="bootstrapRole" value="all"/>
  </security-manager>
  <server configuration="file:{folder}/etc/broker.xml"/>
</broker>
"""

# Without a journal of its own kind and with endless attempts: what is not accepted comes again, as from Hono.
BROKER = """\
<configuration xmlns="urn:activemq">
  <core xmlns="urn:activemq:core">
    <name>tests</name>
    <journal-type>NIO</journal-type>
    <bindings-directory>{folder}/data/bindings</bindings-directory>
    <journal-directory>{folder}/data/journal</journal-directory>
    <large-messages-directory>{folder}/data/large</large-messages-directory>
    <paging-directory>{folder}/data/paging</paging-directory>
    <jmx-management-enabled>false</jmx-management-enabled>
    <acceptors>{acceptors}</acceptors>
    <security-settings>
      <security-setting match="#">
        <permission type="createAddress" roles="all"/>
        <permission type="createDurableQueue" roles="all"/>
        <permission type="send" roles="all"/>
        <permission type="consume" roles="all"/>
      </security-setting>
    </security-settings>
    <address-settings>
      <address-setting match="#">
        <default-address-routing-type>ANYCAST</default-address-routing-type>
        <default-queue-routing-type>ANYCAST</default-queue-routing-type>
        <auto-delete-queues>false</auto-delete-queues>
        <auto-delete-addresses>false</auto-delete-addresses>
        <max-delivery-attempts>-1</max-delivery-attempts>
      </address-setting>
    </address-settings>
  </core>
</configuration>
"""


@dataclass(frozen=True)
class Amqp:
    """A peer; `process` and `secured`, the address with TLS, are there when it is the tests' own."""

    url: str
    user: str
    password: str
    python: Path
    secured: str = ""
    process: Process | None = None

    def send(self, address: str, bodies: Sequence[bytes], device: str, **properties: object) -> None:
        """Return once the peer has accepted all of them, as durable messages that say who sent them."""
        order = {
            "url": self.url,
            "user": self.user,
            "password": self.password,
            "address": address,
            "device": device,
            "bodies": [b64encode(body).decode() for body in bodies],
            "properties": properties,
        }
        script = Path(__file__).with_name("amqp_send.py")
        done = subprocess.run(
            [self.python, script], input=json.dumps(order), capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr


def artemis(folder: Path, jars: Path, python: Path, certificates: Certificates | None) -> Amqp:
    """A peer that is not started yet, and that keeps durable messages over a restart."""
    port, secured = free_port(), free_port()
    acceptors = f'<acceptor name="amqp">tcp://127.0.0.1:{port}?protocols=AMQP</acceptor>'
    if certificates:
        options = f"sslEnabled=true;keyStoreType=PKCS12;keyStorePath={certificates.store}"
        options += f";keyStorePassword={STORE_PASSWORD}"
        acceptors += f'<acceptor name="amqps">tcp://127.0.0.1:{secured}?protocols=AMQP;{options}</acceptor>'
    settings = folder / "etc"
    settings.mkdir()
    (folder / "data").mkdir()
    (settings / "bootstrap.xml").write_text(BOOTSTRAP.format(user=USER, password=PASSWORD, folder=folder))
    (settings / "broker.xml").write_text(BROKER.format(folder=folder, acceptors=acceptors))
    (settings / "management.xml").write_text(
        '<management-context xmlns="http://activemq.apache.org/schema"/>\n'
    )
    instance = [f"-Dartemis.home={folder}", f"-Dartemis.instance={folder}"]
    instance += [f"-Dartemis.instance.etc.uri=file:{settings}/"]
    command = [*JAVA, *instance, "-cp", f"{jars}/*", "org.apache.activemq.artemis.cli.Artemis", "run"]
    process = Process(command, folder / "artemis.log", lambda: listens(port), folder=folder)
    return Amqp(
        f"amqp://127.0.0.1:{port}",
        USER,
        PASSWORD,
        python,
        f"amqps://localhost:{secured}" if certificates else "",
        process,
    )
