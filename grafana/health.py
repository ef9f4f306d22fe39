"""The dashboard of the platform's health: do events get through, and how do broker and Ditto fare?"""

from collections.abc import Iterator

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


def health_dashboard(datasource: str, bucket: str) -> Document:
    """The dashboard, of a data source in Grafana (by its uid) and of the bucket that Telegraf writes to."""
    sections = [
        Section(
            title, [(name, _curve(name, query, by, display, datasource)) for name, query, by, display in rows]
        )
        for title, rows in (
            ("Events into InfluxDB", _events(bucket)),
            ("Broker", _broker(bucket)),
            ("Ditto", _ditto(bucket)),
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


def _broker(bucket: str) -> Iterator[Row]:
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
