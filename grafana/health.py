"""The dashboard of the platform's health: do events get through, and how do brokers and Ditto fare?"""

from collections.abc import Collection, Iterator

from grafana import panels, queries
from grafana.frame import Section, document
from grafana.panels import Panel
from grafana.properties import Property
from twins.models import Display, Document, Threshold

UID = "opentwins-health"

COUNT = Display(unit="short", decimals=0)
PER_SECOND = Display(unit="cps")
BYTES = Display(unit="bytes")
SECONDS = Display(unit="s")
DELAY = Display(
    unit="s", thresholds=[Threshold(value=10.0, colour="orange"), Threshold(value=60.0, colour="red")]
)
LOSS = Display(unit="short", decimals=0, thresholds=[Threshold(value=1.0, colour="red")])


USUAL = ("mosquitto", "ditto")
"""The parts of the platform that a stack without settings has numbers of."""


def health_dashboard(datasource: str, bucket: str, parts: Collection[str] = USUAL) -> Document:
    """The dashboard, of a data source in Grafana (by its uid) and of the bucket that Telegraf writes to.

    `parts` are those whose numbers Telegraf gathers: `mosquitto`, `kafka`, `rabbitmq`, `ditto`.
    """
    rows_of = {
        "mosquitto": ("Mosquitto", _mosquitto),
        "kafka": ("Kafka", _kafka),
        "rabbitmq": ("RabbitMQ", _rabbitmq),
        "ditto": ("Ditto", _ditto),
    }
    sections = [
        Section(
            title, [(name, _curve(name, query, by, display, datasource)) for name, query, by, display in rows]
        )
        for title, rows in (
            ("Events into InfluxDB", _events(bucket)),
            *((title, rows(bucket)) for part, (title, rows) in rows_of.items() if part in parts),
        )
    ]
    return document(UID, "Platform health", ["opentwins"], [], sections, refresh="30s", begin="now-1h")


Row = tuple[str, str, str, Display]
"""A panel's title, its query, the tag that tells its lines apart, and how it looks."""


def _events(bucket: str) -> Iterator[Row]:
    written = {"_measurement": "internal_write", "output": "influxdb_v2"}
    tally = {"_measurement": queries.TALLY}
    yield (
        "Points stored per second",
        _rate(bucket, "output", written, "metrics_written"),
        "output",
        PER_SECOND,
    )
    yield "Longest delay", _gauge(bucket, "_field", tally, "lag_max"), "_field", DELAY
    yield "Not stored, by reason", queries.refused(bucket), "reason", COUNT
    refused = _gauge(bucket, "output", written, "metrics_rejected")
    yield "Points refused since Telegraf's start", refused, "output", LOSS
    yield "Waiting in Telegraf", _gauge(bucket, "output", written, "buffer_size"), "output", COUNT


def _mosquitto(bucket: str) -> Iterator[Row]:
    def topic(name: str) -> dict[str, str]:
        return {"_measurement": "mosquitto", "topic": f"$SYS/broker/{name}", "_field": "value"}

    received, sent = topic("publish/messages/received"), topic("publish/messages/sent")
    kept, dropped, clients = (
        queries.held(bucket, topic(name), "topic")
        for name in ("store/messages/count", "publish/messages/dropped", "clients/connected")
    )
    yield "Messages in per second", queries.rate(bucket, received, "topic"), "topic", PER_SECOND
    yield "Messages out per second", queries.rate(bucket, sent, "topic"), "topic", PER_SECOND
    yield "Messages kept for clients", kept, "topic", COUNT
    yield "Messages lost since the broker's start", dropped, "topic", LOSS
    yield "Clients", clients, "topic", COUNT


def _kafka(bucket: str) -> Iterator[Row]:
    # Kafka tells its own numbers only to programs in Java; what Telegraf reads there is known to Telegraf.
    reader = {"_measurement": "internal_gather", "input": "kafka_consumer"}
    yield "Events read per second", _rate(bucket, "alias", reader, "metrics_gathered"), "alias", PER_SECOND
    yield "Errors since Telegraf's start", _gauge(bucket, "alias", reader, "errors"), "alias", LOSS


def _rabbitmq(bucket: str) -> Iterator[Row]:
    def number(name: str) -> dict[str, str]:
        return {"_measurement": "prometheus", "service": "rabbitmq", "_field": f"rabbitmq_{name}"}

    received, delivered, dropped = (
        number(f"global_messages_{what}_total") for what in ("received", "delivered", "unroutable_dropped")
    )
    waiting, clients = number("queue_messages"), number("connections")
    yield "Messages in per second", queries.rate(bucket, received, "protocol"), "protocol", PER_SECOND
    yield "Messages out per second", queries.rate(bucket, delivered, "protocol"), "protocol", PER_SECOND
    yield "Messages in queues", queries.gauge(bucket, waiting, "service"), "service", COUNT
    yield (
        "Messages that no queue takes, per second",
        queries.rate(bucket, dropped, "protocol"),
        "protocol",
        PER_SECOND,
    )
    yield "Connections", queries.gauge(bucket, clients, "service"), "service", COUNT


def _ditto(bucket: str) -> Iterator[Row]:
    ditto = {"_measurement": "prometheus"}
    yield (
        "Requests per second",
        _rate(bucket, "service", ditto, "roundtrip_http_seconds_count"),
        "service",
        PER_SECOND,
    )


def _gauge(bucket: str, by: str, where: dict[str, str], field: str) -> str:
    return queries.gauge(bucket, where | {"_field": field}, by)


def _rate(bucket: str, by: str, where: dict[str, str], field: str) -> str:
    return queries.rate(bucket, where | {"_field": field}, by)


def _curve(title: str, query: str, by: str, display: Display, datasource: str) -> Panel:
    shown = Property(title, ("value",), "number", display)
    return panels.curve(title, shown, query, datasource, f"${{__field.labels.{by}}}")
