"""Grafana: what people see of the twins, with the OpenTwins app and the Unity panel."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pulumi
from pydantic import AfterValidator

from components import grafana_configuration as text
from components.contents import Contents, config_map, secret
from components.credentials import Credentials, Issued
from components.doors import doors
from components.endpoints import endpoints
from components.influxdb import InfluxDB
from components.model import External, Model, Name, Resources, Storage, Url, resources
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, http, tcp
from components.volumes import data, folder, temporary
from components.workloads import claim, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

PORT = 3000
USER = (472, 472)
_SCRIPTS = Path(__file__).parent / "scripts"
PLUGINS_SCRIPT = (_SCRIPTS / "grafana-plugins.sh").read_text()
ADMIN_SCRIPT = (_SCRIPTS / "grafana-admin.sh").read_text()


def _digest(text: str) -> str:
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise ValueError("must be a SHA-256 digest: 64 of 0-9 and a-f")
    return text


def _path(text: str) -> str:
    if not re.fullmatch(r"/|(/[-.\w]+)+", text, re.ASCII):
        raise ValueError("must be a path such as /grafana, with no / at its end")
    return text


class DataSource(Model):
    """How a Grafana that runs elsewhere asks InfluxDB."""

    url: Url
    """InfluxDB's address, as that Grafana reaches it"""
    secret: Name
    """entry of `opentwins:secrets` with the `token` that may read the bucket"""


class App(Model):
    """How the OpenTwins app in a Grafana that runs elsewhere asks Ditto, as its API user."""

    ditto: Url
    """Ditto's address, as that Grafana reaches it"""
    extended_api: Url
    """the Extended API's address, as that Grafana reaches it"""


class ExternalGrafana(External):
    """A Grafana that runs elsewhere. Its data source and the app's settings are made over its HTTP API."""

    namespace: Name | None = None
    """the namespace that it runs in, if it is in this cluster: the network lets the pods there to what it asks, which
    are InfluxDB, Ditto and the Extended API"""
    data_source: DataSource | None = None
    """InfluxDB, as that Grafana reaches it; what `influxdb.external` says when left out"""
    app: App | None = None
    """where the OpenTwins app, which has to be installed there, finds its services; its settings are left
    alone when left out"""


class Plugin(Model):
    """A Grafana plugin that is not in Grafana's own catalogue."""

    url: Url
    """the zip file: upstream's, or a copy of it where the cluster can reach it"""
    sha256: Annotated[str, AfterValidator(_digest)] | None = None
    """its digest; a file with another one is refused. Upstream publishes none"""


class Plugins(Model):
    """The plugins that OpenTwins adds."""

    opentwins: Plugin | None = Plugin(
        url="https://github.com/ertis-research/opentwins-in-grafana/releases/download/2.0.0/ertis-opentwins-app.zip"
    )
    """the OpenTwins app, `ertis-opentwins-app`; `null` leaves it out"""
    unity: Plugin | None = Plugin(
        url="https://github.com/ertis-research/grafana-panel-unity/releases/download/1.0.0/ertis-unity-panel.zip"
    )
    """the Unity panel, `ertis-unity-panel`; `null` leaves it out"""

    @property
    def by_id(self) -> dict[str, Plugin]:
        """Those that are wanted, by their id."""
        both = {text.APP: self.opentwins, text.UNITY: self.unity}
        return {name: plugin for name, plugin in both.items() if plugin}


class GrafanaSettings(Model):
    """Grafana's settings."""

    external: ExternalGrafana | None = None
    """a Grafana that runs elsewhere, used instead; no other setting of `grafana` has an effect then"""
    path: Annotated[str, AfterValidator(_path)] = "/"
    """where on its host it is, such as `/grafana` when it shares the host with others (see `exposure`)"""
    plugins: Plugins = Plugins()
    """where the plugins come from"""
    devops_for_viewers: bool = False
    """gives the OpenTwins app Ditto's operator credentials, so that it can manage connections. Any viewer of
    Grafana can then do the same through it, and read the credentials in them"""
    resources: Resources = resources("100m", "256Mi", "1", "768Mi")
    """of its container"""
    storage: Storage = Storage(size="2Gi")
    """where its database and plugins are"""


class Grafana(pulumi.ComponentResource):
    """One Grafana, whose database is a file. `ready` is what there has to be before it is used."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        influxdb: InfluxDB,
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:Grafana", name, None, opts)
        place = place.inside(self)
        configuration = config_map(place, "grafana", _files(settings))
        front = service(place, "grafana", {"http": PORT})
        volume = claim(place, "grafana", settings.grafana.storage)
        pod = _pod(place, settings, credentials, influxdb, configuration)
        self.ready = [*stateful_set(place, pod, after=[front, volume, *influxdb.ready]), front]
        self.register_outputs({})


def _files(settings: Settings) -> dict[str, str]:
    """Everything that Grafana and its init containers read, none of it secret."""
    grafana, source, where = settings.grafana, settings.influxdb, endpoints(settings)
    plugins = grafana.plugins.by_id
    lines = [f"{plugin} {one.url} {one.sha256 or '-'}\n" for plugin, one in plugins.items()]
    app = text.app(where.ditto.address, where.extended_api.address, grafana.devops_for_viewers)
    return {
        "plugins.sh": PLUGINS_SCRIPT,
        "admin.sh": ADMIN_SCRIPT,
        "plugins": "".join(lines),
        "grafana.ini": text.settings(list(plugins), _root(settings)),
        "datasources.yaml": text.data_sources(
            where.influxdb.address, source.organization, source.bucket, "/run/influxdb/token"
        ),
        **({"apps.yaml": app} if grafana.plugins.opentwins else {}),
    }


def _root(settings: Settings) -> str:
    """The address that Grafana gives for itself, in links and to browsers."""
    outside = {door.key: door.address for door in doors(settings)}
    path = settings.grafana.path.rstrip("/")
    address = outside.get("grafana") or f"%(protocol)s://%(domain)s:%(http_port)s{path}"
    return f"{address}/" if address.endswith(path) else f"{address}{path}/"


def _login(place: Place, name: str, login: Issued) -> Contents:
    """A login as the app's proxy wants it."""
    basic = pulumi.Output.all(login.username, login.password).apply(
        lambda both: base64.b64encode(":".join(both).encode()).decode()
    )
    values: dict[str, pulumi.Input[str]] = {
        "username": login.username,
        "password": login.password,
        "basicAuth": basic,
    }
    return secret(place, name, values, login.contents.checksum)


def _pod(
    place: Place, settings: Settings, credentials: Credentials, influxdb: InfluxDB, files: Contents
) -> Pod:
    image, where = settings.images.grafana, endpoints(settings)
    disk, admin = data("/var/lib/grafana", "data-grafana-0"), credentials["grafana-admin"].contents
    own = temporary("256Mi")
    secrets = [
        folder("/secrets/admin", admin, only={"password": "password"}),
        folder("/secrets/key", credentials["grafana-key"].contents, only={"password": "password"}),
    ]
    logins = [folder("/secrets/ditto", _login(place, "grafana-ditto", credentials[where.ditto.secret]))]
    if settings.grafana.devops_for_viewers:
        devops = _login(place, "grafana-ditto-devops", credentials[where.ditto_devops.secret])
        logins.append(folder("/secrets/ditto-devops", devops))
    provisioned = {"datasources.yaml": "datasources/opentwins.yaml"}
    if settings.grafana.plugins.opentwins:
        provisioned["apps.yaml"] = "plugins/opentwins.yaml"
    token, token_file = influxdb.token("grafana", "read")
    paths = {
        "GF_PATHS_CONFIG": "/etc/opentwins/grafana.ini",
        "GF_PATHS_PROVISIONING": "/etc/grafana/provisioning",
    }
    # Before Grafana starts: the plugins are there, and the administrator's password is the one in the Secret.
    plugins = Container(
        "plugins",
        image,
        resources("20m", "32Mi", "500m", "128Mi"),
        command=["sh", "/etc/opentwins/plugins.sh"],
        mounts=[disk, own, folder("/etc/opentwins", files)],
    )
    password = Container(
        "admin-password",
        image,
        settings.grafana.resources,
        command=["sh", "/etc/opentwins/admin.sh"],
        env=paths,
        mounts=[disk, own, folder("/etc/opentwins", files), *secrets],
    )
    server = Container(
        "grafana",
        image,
        settings.grafana.resources,
        env=paths,
        ports={"http": PORT},
        mounts=[
            disk,
            own,
            folder("/etc/opentwins", files),
            folder("/etc/grafana/provisioning", files, only=provisioned, volume_name="provisioning"),
            token_file,
            *secrets,
            *logins,
        ],
        probes=Probes(
            # It migrates its database first.
            startup=http("/api/health", "http", every=5, timeout=3, failures=120),
            readiness=http("/api/health", "http", every=10, timeout=5, failures=3),
            liveness=tcp("http", every=20, timeout=5, failures=6),
        ),
    )
    return Pod("grafana", USER, [server], init=[plugins, *token, password], grace=30)
