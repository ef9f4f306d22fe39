"""The text of Kafka's configuration: who listens where, who is asked for what, and how much is kept.

Follows https://kafka.apache.org/39/documentation.html. Four listeners: `CLIENTS` asks everybody for user and
password (SCRAM), `BROKERS` and `CONTROLLER` are the nodes' own, and `OPEN` asks nobody: it is there for
Kafka-ML alone, which knows no passwords.
"""

from dataclasses import dataclass

CLIENTS, CONTROLLER, BROKERS, OPEN = 9092, 9093, 9094, 9095
DATA = "/var/lib/kafka/data"
SASL_MECHANISM = "SCRAM-SHA-512"
ADMINISTRATOR = "broker"  # the one user that no access list holds back
PASSWORD = "@PASSWORD@"  # noqa: S105 - stands for the administrator's, which the start script puts in
NODE, HOST, ROLES, LISTENERS = "@NODE@", "@HOST@", "@ROLES@", "@LISTENERS@"  # likewise, of each node

_MODULES = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Retention:
    """How long a topic's messages are kept; of its partitions' size there is a limit unless it is 0."""

    hours: int = 168
    size: int = 0  # bytes


def controllers(nodes: int) -> int:
    """How many of the nodes, the first ones, decide for all: an odd number, so that there is a majority."""
    return 3 if nodes >= 3 else 1


def voters(nodes: int, host: str) -> str:
    """The controllers as Kafka lists them. `host` is a node's name with `{}` for its number."""
    return ",".join(f"{node}@{host.format(node)}:{CONTROLLER}" for node in range(controllers(nodes)))


def configuration(
    nodes: int, host: str, retention: Retention, partitions: int = 3, open_listener: bool = False
) -> str:
    """Kafka's `server.properties` for a cluster of so many nodes; what differs by node has placeholders."""
    copies = min(nodes, 3)
    enough = 2 if copies == 3 else 1  # that have a message before its sender is told so
    protocols = {"CLIENTS": "SASL_PLAINTEXT", "CONTROLLER": "SASL_PLAINTEXT", "BROKERS": "SASL_PLAINTEXT"}
    advertised = {"CLIENTS": CLIENTS, "BROKERS": BROKERS}
    if open_listener:
        protocols["OPEN"] = "PLAINTEXT"
        advertised["OPEN"] = OPEN
    values: dict[str, object] = {
        "node.id": NODE,
        "process.roles": ROLES,
        "controller.quorum.voters": voters(nodes, host),
        "listeners": LISTENERS,
        "advertised.listeners": ",".join(f"{name}://{HOST}:{port}" for name, port in advertised.items()),
        "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in protocols.items()),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "BROKERS",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.clients.sasl.enabled.mechanisms": SASL_MECHANISM,
        f"listener.name.clients.{SASL_MECHANISM.lower()}.sasl.jaas.config": (
            f"{_MODULES}.scram.ScramLoginModule required;"
        ),
        **{f"listener.name.{name}.sasl.enabled.mechanisms": "PLAIN" for name in ("brokers", "controller")},
        **{f"listener.name.{name}.plain.sasl.jaas.config": _own() for name in ("brokers", "controller")},
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMINISTRATOR}",
        "allow.everyone.if.no.acl.found": "false",
        "log.dirs": f"{DATA}/log",
        "log.retention.hours": retention.hours,
        "log.retention.bytes": retention.size or -1,
        "num.partitions": partitions,
        "default.replication.factor": copies,
        "min.insync.replicas": enough,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": enough,
        "group.initial.rebalance.delay.ms": 0 if nodes == 1 else 3000,
        "unclean.leader.election.enable": "false",
        # Kafka-ML counts on it; the access lists still say who may make a topic.
        "auto.create.topics.enable": str(open_listener).lower(),
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def listeners(controller: bool, open_listener: bool) -> str:
    """Where a node listens: one that is no controller leaves that listener out."""
    ports = {"CLIENTS": CLIENTS, "BROKERS": BROKERS}
    ports |= {"OPEN": OPEN} if open_listener else {}
    ports |= {"CONTROLLER": CONTROLLER} if controller else {}
    return ",".join(f"{name}://:{port}" for name, port in ports.items())


def _own() -> str:
    """The nodes' login to each other, and what they accept for it."""
    return (
        f'{_MODULES}.plain.PlainLoginModule required username="{ADMINISTRATOR}" password="{PASSWORD}"'
        f' user_{ADMINISTRATOR}="{PASSWORD}";'
    )


def administrator() -> str:
    """The settings of Kafka's own tools, for whoever may do everything."""
    login = f'{_MODULES}.plain.PlainLoginModule required username="{ADMINISTRATOR}" password="{PASSWORD}";'
    return (
        "security.protocol=SASL_PLAINTEXT\n"
        "sasl.mechanism=PLAIN\n"
        f"sasl.jaas.config={login}\n"
        # On a small node a tool takes its time.
        "default.api.timeout.ms=120000\n"
        "request.timeout.ms=60000\n"
    )


LOGGING = """\
# To the console alone, which Kubernetes keeps; Kafka's own files would fill the pod's disk.
log4j.rootLogger=WARN, console
log4j.logger.kafka.server=INFO
log4j.logger.org.apache.kafka.storage.internals.log=WARN
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c - %m%n
"""
