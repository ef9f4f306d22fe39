"""The text of Telegraf's configuration: Ditto's events, and the platform's own numbers, into InfluxDB.

How an event becomes points is told in `telegraf_events.star`, which the text carries with it; what is stored
where, in docs/data-path.md. Needs Telegraf 1.38: older ones stop for good when the broker has been away.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVENTS = (Path(__file__).parent / "telegraf_events.star").read_text()

HEALTH_PORT = 8080

# Environment variables that the text refers to: it holds no secret itself. The broker may be Kafka, too.
INFLUX_TOKEN = "INFLUX_TOKEN"  # noqa: S105
USERNAME = "MQTT_USERNAME"
PASSWORD = "MQTT_PASSWORD"  # noqa: S105

MADE_OF_EVENTS = ("mqtt_consumer*", "opentwins_events")  # of the measurements that the script makes

UNDELIVERED = 10_000  # events that were read and are not stored yet; the broker keeps the others
POINTS = 4  # that an event makes at most: numbers, texts, booleans, the tally

BROKER_NUMBERS = (
    "$SYS/broker/clients/connected",
    "$SYS/broker/publish/messages/dropped",
    "$SYS/broker/publish/messages/received",
    "$SYS/broker/publish/messages/sent",
    "$SYS/broker/store/messages/count",
)

SERVICE_NUMBERS = (  # of the many that a service of Ditto's has, and RabbitMQ
    "connection_messages_total",
    "jvm_memory_used_bytes_sum",
    "roundtrip_http_seconds_count",
    "roundtrip_http_seconds_sum",
    "rabbitmq_connections",
    "rabbitmq_global_messages_delivered_total",
    "rabbitmq_global_messages_received_total",
    "rabbitmq_global_messages_unroutable_dropped_total",
    "rabbitmq_queue_messages",
)

OWN_NUMBERS = {  # Telegraf's: of its inputs and of its outputs
    "internal_gather": ("errors", "metrics_gathered"),
    "internal_write": ("buffer_size", "metrics_rejected", "metrics_written"),
}


@dataclass(frozen=True)
class Mqtt:
    """Events come from an MQTT broker."""

    address: str = "tcp://mosquitto:1883"
    topics: Sequence[str] = ("opentwins/#",)
    client: str = "telegraf"
    ca: str = ""  # file of the authority that signed its certificate; empty: a public one, or no TLS


@dataclass(frozen=True)
class Kafka:
    """Events come from Kafka.

    `sasl` is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, or empty where nobody is asked who they are; `ca` is the
    file of the authority that signed the brokers' certificates, or empty where there is no TLS.
    """

    brokers: Sequence[str] = ("kafka:9092",)
    topics: Sequence[str] = ("opentwins",)
    group: str = "telegraf"
    sasl: str = ""
    ca: str = ""


def configuration(
    source: Mqtt | Kafka,
    influxdb: str = "http://influxdb:8086",
    organization: str = "opentwins",
    bucket: str = "opentwins",
    retention_days: int = 0,
    scraped: Mapping[str, Sequence[str]] | None = None,
    health: str = f"http://:{HEALTH_PORT}",
) -> str:
    """Telegraf's configuration file.

    The bucket keeps points for `retention_days`, or for ever: what is older when it comes is left out, since
    InfluxDB would refuse it, again and again. `scraped` maps a service's name to the addresses of its metrics
    in Prometheus' format. At the address `health`, Telegraf answers 200, or 503 while events pile up in it
    since InfluxDB takes none.
    """
    tables = [_agent(), *_influxdb(influxdb, organization, bucket), _health(health)]
    tables += [_mqtt(source), _broker(source)] if isinstance(source, Mqtt) else [_kafka(source)]
    tables += [_scrape(service, addresses) for service, addresses in (scraped or {}).items()]
    tables += [_own()]
    return "\n".join([*tables, _events(retention_days)])


def _agent() -> str:
    return _table(
        "[agent]",
        omit_hostname=True,  # a series would end with every pod
        interval="10s",
        skip_processors_after_aggregators=True,  # there are none; it only keeps Telegraf from warning
        flush_interval="1s",
        metric_batch_size=5_000,
    )


def _influxdb(address: str, organization: str, bucket: str) -> list[str]:
    """The database twice, so that each has a buffer of its own.

    What is pushed out of a full buffer does not come back from the broker until Telegraf connects anew: while
    InfluxDB is away, the platform's numbers, which never stop, must not push events out.
    """
    room = {
        # More than can ever wait in it.
        "events": (POINTS * UNDELIVERED + 10_000, {"namepass": list(MADE_OF_EVENTS)}),
        "numbers": (UNDELIVERED // 2, {"namedrop": list(MADE_OF_EVENTS)}),
    }
    return [
        _table(
            "[[outputs.influxdb_v2]]",
            alias=alias,
            urls=[address],
            token=_variable(INFLUX_TOKEN),
            organization=organization,
            bucket=bucket,
            timeout="20s",
            metric_buffer_limit=limit,
            **names,
        )
        for alias, (limit, names) in room.items()
    ]


def _health(address: str) -> str:
    return "".join(
        [
            _table("[[outputs.health]]", service_address=address, namepass=["internal_write"]),
            _table("[outputs.health.tagpass]", output=["influxdb_v2"]),
            _table("[[outputs.health.compares]]", field="buffer_size", lt=float(UNDELIVERED)),
        ]
    )


def _mqtt(source: Mqtt) -> str:
    return _table(
        "[[inputs.mqtt_consumer]]",
        alias="events",
        servers=[source.address],
        **({"tls_ca": source.ca} if source.ca else {}),
        topics=list(source.topics),
        topic_tag="",  # a series would be told apart by Ditto's channel and criterion
        username=_variable(USERNAME),
        password=_variable(PASSWORD),
        # The broker keeps an event until all of its points are stored, also while Telegraf is away.
        client_id=source.client,
        qos=1,
        persistent_session=True,
        max_undelivered_messages=UNDELIVERED,
        max_reconnect_interval="5s",
        startup_error_behavior="retry",
        data_format="value",
        data_type="string",
    )


def _broker(source: Mqtt) -> str:
    return _table(
        "[[inputs.mqtt_consumer]]",
        alias="broker",
        name_override="mosquitto",
        servers=[source.address],
        **({"tls_ca": source.ca} if source.ca else {}),
        topics=list(BROKER_NUMBERS),
        username=_variable(USERNAME),
        password=_variable(PASSWORD),
        client_id=f"{source.client}-broker",
        max_reconnect_interval="5s",
        startup_error_behavior="retry",
        data_format="value",
        data_type="float",
    )


def _kafka(source: Kafka) -> str:
    login = {
        "sasl_mechanism": source.sasl,
        "sasl_username": _variable(USERNAME),
        "sasl_password": _variable(PASSWORD),
    }
    trust = {"enable_tls": True, "tls_ca": source.ca}
    return _table(
        "[[inputs.kafka_consumer]]",
        alias="events",
        name_override="mqtt_consumer",  # dashboards need not know which broker it is
        brokers=list(source.brokers),
        kafka_version="2.8.0",  # of the protocol that is spoken: Kafka 3 and 4 both know it
        topics=list(source.topics),
        consumer_group=source.group,
        offset="oldest",
        max_undelivered_messages=UNDELIVERED,
        startup_error_behavior="retry",
        data_format="value",
        data_type="string",
        **(login if source.sasl else {}),
        **(trust if source.ca else {}),
    )


def _scrape(service: str, addresses: Sequence[str]) -> str:
    table = _table(
        "[[inputs.http]]",
        alias=service,
        interval="30s",
        urls=list(addresses),
        data_format="prometheus",
        prometheus_metric_version=2,
        fieldinclude=list(SERVICE_NUMBERS),
    )
    return table + _table("[inputs.http.tags]", service=service)


def _own() -> str:
    return _table(
        "[[inputs.internal]]",
        namepass=list(OWN_NUMBERS),
        fieldinclude=[name for names in OWN_NUMBERS.values() for name in names],
        tagexclude=["version"],
    )


def _events(retention_days: int) -> str:
    table = _table("[[processors.starlark]]", namepass=["mqtt_consumer"])
    constants = _table("[processors.starlark.constants]", KEPT=retention_days * 86_400)
    return f"{table}  source = '''\n{EVENTS}'''\n{constants}"


def _table(header: str, **values: object) -> str:
    """A TOML table. JSON writes texts, numbers, booleans and lists of texts just as TOML does."""
    return "\n".join([header, *(f"  {key} = {json.dumps(value)}" for key, value in values.items())]) + "\n"


def _variable(name: str) -> str:
    return f"${{{name}}}"
