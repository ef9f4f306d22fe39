"""InfluxDB v2: the time series of everything that twins have measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import pulumi
from pydantic import AfterValidator, Field

from components.contents import Contents, config_map
from components.credentials import Credentials
from components.endpoints import user_secret
from components.model import Model, Name, Resources, Storage, Url, resources
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, http
from components.volumes import Mount, data, folder, scratch, temporary
from components.workloads import claim, service, stateful_set

if TYPE_CHECKING:
    from components.settings import Settings

PORT = 8086
USER = (1000, 1000)
TOKEN_SCRIPT = (Path(__file__).parent / "scripts" / "influxdb-token.sh").read_text()


def _bucket(name: str) -> str:
    if len(name) < 2 or name.startswith("_") or '"' in name:
        raise ValueError('must have two characters or more, no " and no _ at its start')
    return name


class ExternalInfluxDB(Model):
    """An InfluxDB v2 that runs elsewhere. Its organization and bucket have to be there."""

    url: Url
    """its address, without credentials, as pods reach it"""
    secret: Name
    """entry of `opentwins:secrets` with the `token` that may write to the bucket"""
    read_secret: Name | None = None
    """entry of `opentwins:secrets` with the `token` that Grafana reads the bucket with; the one in `secret`
    when left out"""

    def token_for(self, access: Literal["read", "write"]) -> str:
        """The entry with the token for that."""
        return self.read_secret if self.read_secret and access == "read" else self.secret


class InfluxDBSettings(Model):
    """InfluxDB's settings."""

    external: ExternalInfluxDB | None = None
    """an InfluxDB v2 that runs elsewhere, used instead; beside it only `organization` and `bucket` have an
    effect"""
    organization: Annotated[str, Field(min_length=1)] = "opentwins"
    """set up at the first start"""
    bucket: Annotated[str, AfterValidator(_bucket)] = "opentwins"
    """set up at the first start"""
    retention_days: Annotated[int, Field(ge=0)] = 0
    """how long the bucket keeps data; 0 for ever. Counts at the first start"""
    secret: Name | None = None
    """entry of `opentwins:secrets` with the `username`, `password` and `token` of its operator, instead of
    generated ones: for a token that was made anew in InfluxDB"""
    resources: Resources = resources("200m", "512Mi", "2", "2Gi")
    """of its container"""
    storage: Storage = Storage(size="20Gi")
    """where the data is"""


class InfluxDB(pulumi.ComponentResource):
    """One InfluxDB (there is no cluster of 2.x). `ready` is what there has to be before it is used."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:InfluxDB", name, None, opts)
        place = place.inside(self)
        self._settings = settings
        self._credentials = credentials
        self.ready: list[pulumi.Resource] = []
        if not settings.influxdb.external:
            self._operator = credentials["influxdb-admin"].contents
            self._script = config_map(place, "influxdb-token", {"token.sh": TOKEN_SCRIPT})
            self.address = f"http://influxdb.{place.namespace}.svc:{PORT}"
            front = service(place, "influxdb", {"http": PORT})
            volume = claim(place, "influxdb", settings.influxdb.storage)
            pod = _pod(settings, self._operator)
            self.ready = [*stateful_set(place, pod, after=[front, volume]), front]
        elif settings.keeps("influxdb"):
            claim(place, "influxdb", settings.influxdb.storage)
        self.register_outputs({})

    def token(self, client: str, access: Literal["read", "write"]) -> tuple[list[Container], Mount]:
        """A token of the client's own: the init container that makes it, and where the file `token` is then.

        Only one pod of a client may run at a time: the next one's start ends the token of the one before. An
        InfluxDB elsewhere is not asked for tokens: those of the settings are taken.
        """
        if external := self._settings.influxdb.external:
            given = self._credentials.contents(user_secret(external.token_for(access)))
            return [], folder("/run/influxdb", given, only={"token": "token"})
        place = scratch("/run/influxdb", "token", "1Mi", memory=True)
        container = Container(
            "influxdb-token",
            self._settings.images.influxdb,
            resources("20m", "32Mi", "500m", "64Mi"),
            command=["sh", "/scripts/token.sh"],
            env={
                "INFLUX_HOST": self.address,
                "INFLUX_ORG": self._settings.influxdb.organization,
                "BUCKET": self._settings.influxdb.bucket,
                "CLIENT": client,
                "READ_OR_WRITE": access,
                "HOME": "/run/influxdb",
            },
            mounts=[
                place,
                folder("/scripts", self._script),
                folder("/secrets/influxdb", self._operator, only={"token": "token"}),
            ],
        )
        return [container], place


def _pod(settings: Settings, operator: Contents) -> Pod:
    influxdb = settings.influxdb
    server = Container(
        "influxdb",
        settings.images.influxdb,
        influxdb.resources,
        env={
            "DOCKER_INFLUXDB_INIT_MODE": "setup",
            "DOCKER_INFLUXDB_INIT_ORG": influxdb.organization,
            "DOCKER_INFLUXDB_INIT_BUCKET": influxdb.bucket,
            "DOCKER_INFLUXDB_INIT_RETENTION": f"{influxdb.retention_days}d",
            **{
                f"DOCKER_INFLUXDB_INIT_{name}_FILE": f"/secrets/{file}"
                for name, file in (
                    ("USERNAME", "username"),
                    ("PASSWORD", "password"),
                    ("ADMIN_TOKEN", "token"),
                )
            },
            "INFLUXD_REPORTING_DISABLED": "true",
            "INFLUXD_HARDENING_ENABLED": "true",  # Flux may not call private addresses
        },
        ports={"http": PORT},
        mounts=[
            data("/var/lib/influxdb2", "data-influxdb-0"),
            # The entrypoint leaves the operator's token there.
            scratch("/etc/influxdb2", "config", "1Mi", memory=True),
            temporary("256Mi"),
            folder("/secrets", operator),
        ],
        probes=Probes(
            startup=http("/health", "http", every=5, timeout=3, failures=120),  # it reads its whole log first
            readiness=http("/ready", "http", every=10, timeout=5, failures=3),
            liveness=http("/ping", "http", every=20, timeout=10, failures=6),
        ),
    )
    return Pod("influxdb", USER, [server], grace=60)
