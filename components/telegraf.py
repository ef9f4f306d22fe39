"""Telegraf: takes Ditto's events from the broker to InfluxDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components import telegraf_configuration as text
from components.contents import Contents, Key, config_map
from components.credentials import Credentials
from components.doors import from_outside
from components.endpoint import Endpoint
from components.endpoints import endpoints, user_secret
from components.external import ExternalEvents, ExternalTelegraf
from components.influxdb import InfluxDB
from components.kafka_configuration import SASL_MECHANISM
from components.kafka_parts import EVENTS, TELEGRAF_GROUP
from components.model import Model, Resources, resources
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, http, tcp
from components.volumes import Mount, folder, temporary
from components.workloads import deployment

if TYPE_CHECKING:
    from components.settings import Settings

USER = (1000, 1000)  # any will do: the image belongs to nobody


class TelegrafSettings(Model):
    """Telegraf's settings."""

    external: ExternalTelegraf | None = None
    """a Telegraf that runs elsewhere, used instead; no other setting of `telegraf` has an effect then. The
    configuration that it has to have is in the ConfigMap `telegraf`"""
    resources: Resources = resources("50m", "64Mi", "1", "512Mi")
    """of its container"""


def measured(settings: Settings) -> list[str]:
    """The parts of the platform that Telegraf gathers numbers of."""
    found: list[str] = [settings.broker]
    if not settings.telegraf.external:  # which reaches no service that is only inside
        found += ["rabbitmq"] if settings.runs_rabbitmq else []
        found += [] if settings.ditto.external else ["ditto"]
    return found


class Telegraf(pulumi.ComponentResource):
    """One Telegraf: it is the one client of the broker that its events are kept for while it is away.

    Of one that runs elsewhere, only the configuration that it has to have is here.

    `scraped` has the addresses of Prometheus metrics by the service they are of.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        influxdb: InfluxDB,
        scraped: Mapping[str, str],
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:Telegraf", name, None, opts)
        place = place.inside(self)
        self.ready: list[pulumi.Resource] = []
        written = _configuration(settings, {} if settings.telegraf.external else scraped)
        configuration = config_map(place, "telegraf", {"telegraf.conf": written})
        if settings.telegraf.external:  # who runs it takes this
            self.register_outputs({})
            return
        token, token_file = influxdb.token("telegraf", "write")
        login, authority = _login(settings, credentials)
        agent = Container(
            "telegraf",
            settings.images.telegraf,
            settings.telegraf.resources,
            command=["sh", "-ec", _START],
            env={text.USERNAME: Key(login, "username"), text.PASSWORD: Key(login, "password")},
            ports={"health": text.HEALTH_PORT},
            mounts=[folder("/etc/telegraf", configuration), token_file, temporary(), *authority],
            probes=Probes(
                startup=tcp("health", every=2, timeout=2, failures=60),
                # 503 while events pile up since InfluxDB takes none. A restart would not help against that.
                readiness=http("/", "health", every=10, timeout=3, failures=3),
                liveness=tcp("health", every=20, timeout=5, failures=4),
            ),
        )
        pod = Pod("telegraf", USER, [agent], init=token)
        self.ready = deployment(place, pod, 1, after=influxdb.ready, alone=True)
        self.register_outputs({})


def _configuration(settings: Settings, scraped: Mapping[str, str]) -> str:
    """The text, with addresses as whoever reads it reaches them."""
    return text.configuration(
        _source(settings),
        influxdb=_place(settings, endpoints(settings).influxdb, "influxdb"),
        organization=settings.influxdb.organization,
        bucket=settings.influxdb.bucket,
        retention_days=settings.influxdb.retention_days,
        scraped={service: [address] for service, address in scraped.items()},
    )


def _place(settings: Settings, endpoint: Endpoint, door: str) -> str:
    """Where something is for Telegraf: for one elsewhere, where it can be reached from outside."""
    return (from_outside(settings, endpoint, door) if settings.telegraf.external else endpoint).address


def _source(settings: Settings) -> text.Mqtt | text.Kafka:
    """The broker that Ditto's events come from."""
    kafka, ca = endpoints(settings).kafka, _CA if _has_authority(settings) else ""
    if settings.broker == "kafka" and kafka:
        scheme, _, broker = kafka.address.partition("://")
        trust = ca or (_PUBLIC if scheme == "ssl" else "")
        return text.Kafka([broker], [EVENTS], TELEGRAF_GROUP, SASL_MECHANISM, trust)
    return text.Mqtt(_place(settings, endpoints(settings).mosquitto, "mosquitto"), ca=ca)


def _external(settings: Settings) -> ExternalEvents | None:
    return settings.kafka.external if settings.broker == "kafka" else settings.mosquitto.external


def _has_authority(settings: Settings) -> bool:
    """Whether the broker's certificate is signed by an authority that the settings hold."""
    external = _external(settings)
    return external is not None and "ca" in settings.secrets.get(external.of_telegraf, {})


def _login(settings: Settings, credentials: Credentials) -> tuple[Contents, list[Mount]]:
    """What Telegraf logs in to the broker with, and the authority that it trusts there, as a file."""
    external = _external(settings)
    if not external:
        return credentials[f"{settings.broker}-telegraf"].contents, []
    login = credentials[user_secret(external.of_telegraf)].contents
    if not _has_authority(settings):
        return login, []
    return login, [folder("/run/broker", login, only={"ca": "ca.crt"}, volume_name="broker-ca")]


_CA = "/run/broker/ca.crt"
_PUBLIC = "/etc/ssl/certs/ca-certificates.crt"  # of the image: the public authorities


_START = f"""{text.INFLUX_TOKEN}=$(cat /run/influxdb/token)
export {text.INFLUX_TOKEN}
exec telegraf --config /etc/telegraf/telegraf.conf
"""
