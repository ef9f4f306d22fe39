"""The configuration of Hono's AMQP messaging: the dispatch router, and the broker that keeps events.

See https://qpid.apache.org/releases/qpid-dispatch-1.17.1/man/qdrouterd.conf.html and
https://artemis.apache.org/components/artemis/documentation/.
"""

import json
from typing import Any

from components import hono_parts as parts
from components.hono_configuration import EVERYWHERE, TLS
from components.model import Resources, amount

BROKER_USER = "router"
PASSWORD_FILE = "/secrets/broker/password"  # noqa: S105 - where it is


def router(domain: str) -> str:
    """The router's configuration.

    At 5671 applications log in with a password that the authentication server checks. At 5673 Hono's own
    services show their certificates, whose organization and unit are the name of their user.
    """
    keys = {"certFile": f"{TLS}/tls.crt", "privateKeyFile": f"{TLS}/tls.key", "protocols": "TLSv1.2 TLSv1.3"}
    authority = {"caCertFile": f"{TLS}/ca.crt"}
    events = {"prefix": "event/", "connection": "broker"}
    listener = {"host": EVERYWHERE, "linkCapacity": 100, "authenticatePeer": True, "requireSsl": True}
    entities: list[tuple[str, dict[str, Any]]] = [
        ("router", {"id": "Hono.Router", "mode": "standalone", "workerThreads": 2}),
        ("sslProfile", {"name": "trusting", "protocols": keys["protocols"], **authority}),
        ("sslProfile", {"name": "front", **keys}),
        ("sslProfile", {"name": "internal", "uidFormat": "ou", **keys, **authority}),
        (
            "authServicePlugin",
            {
                "name": "hono",
                "host": f"{parts.AUTH}.{domain}",
                "port": parts.AMQPS,
                "sslProfile": "trusting",
            },
        ),
        (
            "listener",
            {
                **listener,
                "port": parts.AMQPS,
                "sslProfile": "front",
                "saslMechanisms": "PLAIN",
                "saslPlugin": "hono",
            },
        ),
        (
            "listener",
            {**listener, "port": parts.INTERNAL, "sslProfile": "internal", "saslMechanisms": "EXTERNAL"},
        ),
        ("listener", {"host": EVERYWHERE, "port": parts.HEALTH, "http": True}),
        (
            "connector",
            {
                "name": "broker",
                "role": "route-container",
                "host": f"{parts.BROKER}.{domain}",
                "port": parts.AMQPS,
                "sslProfile": "trusting",
                "saslMechanisms": "PLAIN",
                "saslUsername": BROKER_USER,
                "saslPassword": f"file:{PASSWORD_FILE}",
            },
        ),
        ("linkRoute", {**events, "direction": "in"}),
        ("linkRoute", {**events, "direction": "out"}),
        ("address", {"prefix": "telemetry/", "distribution": "balanced"}),
        ("address", {"prefix": "event/", "distribution": "balanced"}),
        ("address", {"prefix": "notification/", "distribution": "multicast"}),
        ("policy", {"maxConnections": 1000, "enableVhostPolicy": True, "defaultVhost": "hono"}),
        ("vhost", _applications()),
        ("vhost", _services()),
        ("log", {"module": "DEFAULT", "enable": "info+"}),
    ]
    return json.dumps(entities, indent=1)


def _applications() -> dict[str, Any]:
    """What an application may do, the authentication server tells by its user."""
    group = {"remoteHosts": "*", "maxSessionWindow": 3276800, "maxSessions": 10}
    return {
        "hostname": "hono",
        "maxConnections": 500,
        "maxConnectionsPerUser": 100,
        "allowUnknownUser": True,
        "groups": {"$default": group},
    }


def _services() -> dict[str, Any]:
    group = {
        "users": f"{parts.ORGANIZATION};{parts.UNIT}",
        "remoteHosts": "*",
        "maxSessions": 4,
        "maxSessionWindow": 8192000,
        "maxMessageSize": 2097152,
        "allowUserIdProxy": True,
        "allowAnonymousSender": True,
        "sources": "command_internal/*, command/*, notification/*",
        "targets": "telemetry/*, event/*, command_internal/*, command_response/*, notification/*",
    }
    return {"hostname": "hono-internal", "maxConnections": 200, "groups": {"services": group}}


# The key and the certificate as they are, without the key store that Java's own formats would take.
PEM_STORE = f"source.key={TLS}/tls.key\nsource.cert={TLS}/tls.crt\n"
ROLES = f"router={BROKER_USER}\n"
LOGIN = """activemq {
  org.apache.activemq.artemis.spi.core.security.jaas.PropertiesLoginModule required
    org.apache.activemq.jaas.properties.user="artemis-users.properties"
    org.apache.activemq.jaas.properties.role="artemis-roles.properties";
};
"""
# To the console alone: its own would fill the folder that it runs in.
LOGGING = """rootLogger.level = INFO
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %-5level [%logger] %msg%n
"""
BROKER = f"""<?xml version="1.0"?>
<configuration xmlns="urn:activemq">
  <core xmlns="urn:activemq:core">
    <name>hono-broker</name>
    <persistence-enabled>true</persistence-enabled>
    <journal-type>NIO</journal-type>
    <journal-file-size>10M</journal-file-size>
    <journal-min-files>2</journal-min-files>
    <journal-pool-files>10</journal-pool-files>
    <paging-directory>/var/lib/artemis-data/paging</paging-directory>
    <bindings-directory>/var/lib/artemis-data/bindings</bindings-directory>
    <journal-directory>/var/lib/artemis-data/journal</journal-directory>
    <large-messages-directory>/var/lib/artemis-data/large-messages</large-messages-directory>
    <max-disk-usage>90</max-disk-usage>
    <critical-analyzer-policy>HALT</critical-analyzer-policy>
    <acceptors>
      <acceptor name="amqps">tcp://0.0.0.0:{parts.AMQPS}?protocols=AMQP;sslEnabled=true;\
keyStoreType=PEMCFG;keyStorePath=/var/lib/artemis-instance/etc/store.pemcfg</acceptor>
    </acceptors>
    <security-settings>
      <security-setting match="#">
        <permission type="createNonDurableQueue" roles="router"/>
        <permission type="deleteNonDurableQueue" roles="router"/>
        <permission type="createDurableQueue" roles="router"/>
        <permission type="deleteDurableQueue" roles="router"/>
        <permission type="createAddress" roles="router"/>
        <permission type="deleteAddress" roles="router"/>
        <permission type="consume" roles="router"/>
        <permission type="browse" roles="router"/>
        <permission type="send" roles="router"/>
      </security-setting>
    </security-settings>
    <address-settings>
      <address-setting match="#">
        <dead-letter-address>DLQ</dead-letter-address>
        <expiry-address>ExpiryQueue</expiry-address>
        <address-full-policy>PAGE</address-full-policy>
        <auto-create-queues>true</auto-create-queues>
        <auto-create-addresses>true</auto-create-addresses>
        <auto-delete-queues>false</auto-delete-queues>
        <auto-delete-addresses>false</auto-delete-addresses>
        <default-address-routing-type>ANYCAST</default-address-routing-type>
      </address-setting>
    </address-settings>
    <wildcard-addresses>
      <delimiter>/</delimiter>
    </wildcard-addresses>
  </core>
</configuration>
"""


def heap(limits: Resources) -> str:
    """Java's options for the broker's heap, 60 % of its container's memory.

    In megabytes, as its own profile says 512 to 2048, beside which a percentage counts for nothing. Half of it
    is for messages: of more, the broker leaves them on the disk.
    """
    megabytes = int(amount(limits.limits.memory) * 6 / 10 / 2**20)
    return f"-Xms{min(megabytes, 128)}m -Xmx{megabytes}m"


# The image makes a broker's folder anew at each start: only its data is kept. The password that `create`
# takes is used by nobody; the users are those of the mounted file.
START = """artemis=/opt/activemq-artemis/bin/artemis
cd /var/lib/artemis-instance
$artemis create --silent --force --require-login --user nobody --password "$HOSTNAME" --nio --no-autotune \\
  --no-web --no-amqp-acceptor --no-hornetq-acceptor --no-mqtt-acceptor --no-stomp-acceptor .
cp /config/* etc/
printf 'router=%s\\n' "$BROKER_PASSWORD" > etc/artemis-users.properties
exec bin/artemis run
"""
