"""Every system that the architecture's description names, as a stack has it: one row each."""

from dataclasses import dataclass, field

MEMBERS = ("policies", "things", "things-search", "connectivity", "gateway")


@dataclass(frozen=True)
class System:
    """What there has to be of a system in a stack."""

    options: tuple[str, ...]
    """the stacks that have it: the option by which it comes alone ("" without any), and others"""
    workloads: frozenset[str]
    ports: dict[str, set[int]] = field(default_factory=dict)
    """of its Services"""
    wiring: frozenset[tuple[str, str, int]] = frozenset()
    """who connects to whom at which port: told so by its files, and let in by the network"""
    connections: dict[str, str] = field(default_factory=dict)
    """Ditto's connections to it, and which Service and port they lead to"""
    credentials: dict[str, set[str]] = field(default_factory=dict)
    """Secrets with a generated user and password, and the workloads that are given the password itself"""
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """what stands in the files of a workload: what passwords are checked with, for one"""


def rows(*names: str) -> frozenset[str]:
    return frozenset(names)


SYSTEMS: dict[str, System] = {
    "Eclipse Ditto": System(
        ("", "all"),
        rows("ditto-nginx", *(f"ditto-{member}" for member in MEMBERS)),
        {"ditto": {8080}, "ditto-gateway": {8080}},
        frozenset(
            {
                ("ditto-nginx", "ditto-gateway", 8080),
                *((f"ditto-{one}", "mongodb", 27017) for one in MEMBERS if one != "gateway"),
                *(("telegraf", f"ditto-{one}", 9095) for one in MEMBERS),
            }
        ),
        credentials={
            "ditto-api": {"grafana", "extended-api"},
            "ditto-devops": {"ditto-gateway"},
            "mongodb-ditto": {f"ditto-{one}" for one in MEMBERS if one != "gateway"} | {"mongodb-users"},
        },
        files={"ditto-nginx": ("ditto:{SSHA}",)},
    ),
    "Eclipse Hono, with AMQP": System(
        ("hono",),
        rows(
            *(
                f"hono-{name}"
                for name in ("http", "mqtt", "amqp", "auth", "device-registry", "command-router")
            ),
            *("hono-router", "hono-broker", "hono-mongodb", "hono-mongodb-users"),
        ),
        {
            "hono-http": {8443},
            "hono-mqtt": {8883},
            "hono-amqp": {5671},
            "hono-router": {5671, 5673},
            "hono-device-registry": {5671, 28080},
        },
        frozenset(
            {
                *((f"hono-{one}", "hono-router", 5673) for one in ("http", "mqtt", "amqp", "command-router")),
                *((f"hono-{one}", "hono-device-registry", 5671) for one in ("http", "mqtt", "amqp")),
                ("hono-router", "hono-broker", 5671),
                ("hono-router", "hono-auth", 5671),
                ("hono-device-registry", "hono-mongodb", 27017),
                ("ditto-connectivity", "hono-router", 5671),
            }
        ),
        {"hono-plant": "hono-router:5671"},
        {
            "hono-http": {"hono-http", "hono-auth"},
            "hono-consumer": {"hono-auth"},
            "hono-registry": {"hono-mongodb-users"},  # which is where the registry looks it up
            "hono-mongodb": {"hono-device-registry", "hono-mongodb-users"},
            "hono-broker": {"hono-router", "hono-broker"},
        },
    ),
    "Eclipse Hono, with Kafka": System(
        ("all",),
        rows(
            *(
                f"hono-{name}"
                for name in ("http", "mqtt", "amqp", "auth", "device-registry", "command-router")
            )
        ),
        {"hono-http": {8443}, "hono-mqtt": {8883}, "hono-amqp": {5671}},
        frozenset((f"hono-{one}", "kafka", 9092) for one in ("http", "mqtt", "amqp", "command-router")),
        {"hono-plant": "kafka:9092"},
        {"kafka-hono": {"hono-http", "hono-mqtt", "hono-amqp", "hono-command-router", "kafka-users"}},
    ),
    "MongoDB": System(
        ("", "all"),
        rows("mongodb", "mongodb-users"),
        {"mongodb": {27017}},
        frozenset({("mongodb-users", "mongodb", 27017)}),
        credentials={"mongodb-root": {"mongodb", "mongodb-users"}},
    ),
    "InfluxDB": System(
        ("", "all"),
        rows("influxdb"),
        {"influxdb": {8086}},
        frozenset({("telegraf", "influxdb", 8086), ("grafana", "influxdb", 8086)}),
        credentials={"influxdb-admin": {"influxdb", "telegraf", "grafana"}},
    ),
    "Telegraf, from Mosquitto": System(
        ("",),
        rows("telegraf"),
        wiring=frozenset({("telegraf", "mosquitto", 1883), ("telegraf", "influxdb", 8086)}),
        credentials={"mosquitto-telegraf": {"telegraf"}},
        files={"telegraf": ("[[inputs.mqtt_consumer]]", "[[outputs.influxdb_v2]]")},
    ),
    "Telegraf, from Kafka": System(
        ("kafka-as-the-broker", "all"),
        rows("telegraf"),
        wiring=frozenset({("telegraf", "kafka", 9092), ("telegraf", "influxdb", 8086)}),
        credentials={"kafka-telegraf": {"telegraf", "kafka-users"}},
        files={"telegraf": ("[[inputs.kafka_consumer]]", "SCRAM-SHA-512", "[[outputs.influxdb_v2]]")},
    ),
    "Apache Kafka": System(
        ("kafka", "kafka-as-the-broker", "all"),
        rows("kafka", "kafka-users"),
        {"kafka": {9092}, "kafka-nodes": {9094}},
        frozenset({("kafka-users", "kafka", 9094), ("ditto-connectivity", "kafka", 9092)}),
        credentials={"kafka-broker": {"kafka", "kafka-users"}, "kafka-ditto": {"kafka-users"}},
        files={"kafka": ("SCRAM-SHA-512", "allow.everyone.if.no.acl.found=false")},
    ),
    "Apache Kafka, as the intermediary broker": System(
        ("kafka-as-the-broker", "all"),
        rows("kafka", "kafka-users"),
        wiring=frozenset({("ditto-connectivity", "kafka", 9092)}),
        connections={"kafka-source": "kafka:9092", "kafka-target": "kafka:9092"},
        files={"kafka": ("min.insync.replicas=2", "default.replication.factor=3")},
    ),
    "Eclipse Mosquitto": System(
        ("", "all"),
        rows("mosquitto"),
        {"mosquitto": {1883}},
        frozenset({("ditto-connectivity", "mosquitto", 1883)}),
        {"mosquitto-source": "mosquitto:1883"},
        {"mosquitto-ditto": set(), "mosquitto-device": set()},
        {"mosquitto": ("allow_anonymous false", "ditto:$7$", "device:$7$")},
    ),
    "RabbitMQ": System(
        ("rabbitmq", "all"),
        rows("rabbitmq"),
        {"rabbitmq": {5672, 1883}},
        frozenset({("ditto-connectivity", "rabbitmq", 5672)}),
        {"rabbitmq-source": "rabbitmq:5672"},
        {"rabbitmq-ditto": set(), "rabbitmq-device": set()},
        {"rabbitmq": ("password_hash", '"name": "ditto"', '"name": "device"')},
    ),
    "Grafana": System(
        ("", "all"),
        rows("grafana"),
        {"grafana": {3000}},
        frozenset({("grafana", "influxdb", 8086)}),
        credentials={"grafana-admin": {"grafana"}},
    ),
    "Extended API for Eclipse Ditto": System(
        ("", "all"),
        rows("extended-api"),
        {"extended-api": {3001}},
        frozenset({("extended-api", "ditto-nginx", 8080), ("extended-api", "mongodb", 27017)}),
        credentials={"mongodb-extended-api": {"extended-api", "mongodb-users"}},
    ),
    "OpenTwins app plugin for Grafana": System(
        ("", "all"),
        rows("grafana"),
        wiring=frozenset({("grafana", "ditto-nginx", 8080), ("grafana", "extended-api", 3001)}),
        files={"grafana": ("ertis-opentwins", "dittoURL", "extendedURL")},
    ),
    "Kafka-ML": System(
        ("kafka-ml", "feeders", "all"),
        rows(*(f"kafka-ml-{name}" for name in ("backend", "frontend", "tensorflow", "pytorch", "logger"))),
        {
            "kafka-ml-backend": {8000},
            "kafka-ml-frontend": {8085},
            "kafka-ml-tensorflow": {8001},
            "kafka-ml-pytorch": {8002},
            "kafka": {9092, 9095},
        },
        frozenset(
            {
                ("kafka-ml-backend", "kafka-ml-tensorflow", 8001),
                ("kafka-ml-backend", "kafka-ml-pytorch", 8002),
                ("kafka-ml-backend", "kafka", 9095),
                ("kafka-ml-frontend", "kafka-ml-backend", 8000),
                ("kafka-ml-logger", "kafka", 9095),
                ("kafka-ml-logger", "kafka-ml-backend", 8000),
                ("ditto-connectivity", "kafka", 9092),
            }
        ),
        {"kafka-ml-now": "kafka:9092"},
        {"kafka-ml-key": {"kafka-ml-backend"}},
    ),
    "Eclipse Hono to Kafka-ML": System(
        ("feeders", "all"),
        rows("feeder-line"),
        wiring=frozenset({("feeder-line", "kafka", 9092)}),
        credentials={"kafka-feeder": {"feeder-line", "kafka-users"}},
        files={"feeder-line": ("topic: input", "scram-sha-512")},
    ),
    "Error detection for Eclipse Hono with Kafka-ML": System(
        ("feeders", "all"),
        rows("watchdog-line"),
        wiring=frozenset({("watchdog-line", "kafka", 9092)}),
        credentials={"kafka-feeder": {"watchdog-line", "kafka-users"}},
        files={"watchdog-line": ("topic: input", "tolerance")},
    ),
    "Unity": System(
        ("webgl", "all"),
        rows("webgl"),
        {"webgl": {8081}},
        files={"webgl": ("application/wasm", "Access-Control-Allow-Origin")},
    ),
    "Godot, or another engine that uses threads": System(
        ("all",),
        rows("webgl"),
        {"webgl": {8081}},
        files={"webgl": ("Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy")},
    ),
    "Unity panel plugin for Grafana": System(
        ("", "webgl", "all"), rows("grafana"), files={"grafana": ("ertis-unity-panel",)}
    ),
}
ROWS = [(name, option) for name, system in SYSTEMS.items() for option in system.options]
