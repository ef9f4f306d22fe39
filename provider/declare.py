"""From the folder of specs to resources: where the twins' half of the program meets disk and engine.

What depends on what (deletion goes the other way):

    policies → types → twins, each after the twin that it is a part of → fleets → connections
    inventory → twins, fleets                     folders → dashboards
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.doors import from_outside
from components.endpoint import Endpoint
from components.endpoints import HONO_SECRET, endpoints, user_secret
from components.platform import Platform
from components.settings import Settings
from components.telegraf import measured
from components.webgl.settings import address
from grafana.dashboards import dashboards
from grafana.folders import TYPES, folders, twin_folder
from grafana.saved import saved_dashboards
from grafana.unity import unity_panel
from provider.connection import Connection
from provider.connection_document import OWNED
from provider.dashboard import Dashboard
from provider.declare_programs import declare_feeders, declare_kafka
from provider.declare_services import declare_services
from provider.declare_things import Things
from provider.folder import Folder
from provider.grafana_elsewhere import declare_grafana
from provider.library_panel import LibraryPanel, marked
from provider.owner import owner_of
from provider.platform_connections import platform_connections
from provider.specs import load_specs
from twins.compose import connection_document
from twins.connections import LOGIN
from twins.models import ConnectionSpec
from twins.specs import Specs

__all__ = ["declare_twins", "load_specs"]

DATASOURCE = "opentwins-influxdb"  # the uid that Grafana's data source is provisioned with


def declare_twins(specs: Specs, settings: Settings, platform: Platform) -> None:
    """Declare all resources of the specs, and the connections that the platform itself needs."""
    _Declaration(specs, settings, platform, owner_of(settings)).all()


@dataclass
class _Declaration(Things):
    """Everything that is declared of the specs."""

    def all(self) -> None:
        """Declare everything, each after what it depends on."""
        self.things()
        topics = declare_kafka(self.specs, self.platform)
        declare_feeders(self.specs, self.settings, self.platform, topics)
        for spec in platform_connections(self.owner.subject, self.settings):
            self._connection(spec, Path())
        for declared in self.specs.connections.values():
            after = topics if declared.spec.service == "kafka" else []
            self._connection(declared.spec, declared.origin.path.parent, after)
        for follows in declare_services(self.specs, self.settings, self.platform, self.owner):
            self._connection(follows.connection, follows.folder, follows.after)
        self._dashboards()

    def _connection(self, spec: ConnectionSpec, folder: Path, after: Iterable[pulumi.Resource] = ()) -> None:
        """A connection comes after the twins, as a message for one that is not there yet would make it."""
        uri, secret, keys, needed = (
            spec.uri or "",
            "",
            frozenset[str](),
            [*self.twins.values(), *self.fleets.values()],
        )
        if spec.service:
            broker = self._broker(spec.service)
            uri, secret, keys = broker.address, broker.secret or "", self._keys(broker.secret)
            needed += self.platform.ready[spec.service]
        if spec.secret:
            secret, keys = user_secret(spec.secret), frozenset(self.settings.secrets[spec.secret])
        Connection(
            spec.id,
            connection_document(spec, self.owner, folder, uri, keys),
            secret,
            self.platform.fingerprints[secret] if secret else "",
            spec.adopt,
            self._after("ditto", [*self.policies.values(), *needed, *after]),
        )

    def _keys(self, secret: str | None) -> frozenset[str]:
        """What is in a broker's Secret: a user and password and, of one elsewhere, perhaps its authority."""
        given: dict[str, Iterable[str]] = {HONO_SECRET: (*LOGIN, "ca")}
        given |= {user_secret(name): keys for name, keys in self.settings.secrets.items()}
        return frozenset(given.get(secret or "", LOGIN)) & {*LOGIN, "ca"}

    def _broker(self, service: str) -> Endpoint:
        where = endpoints(self.settings)
        found: Endpoint | None = getattr(where, service)
        if found is None:
            raise LookupError(f"the specs name {service}, which does not run")  # the checks let none through
        return from_outside(self.settings, found, service) if self.settings.ditto.external else found

    def _dashboards(self) -> None:
        made: dict[str, pulumi.Resource] = {}
        sources = declare_grafana(self.settings, self.platform, self.owner.stack)
        for folder in folders(self.specs):
            around = [made[folder.parent]] if folder.parent else []
            made[folder.uid] = Folder(
                folder.uid, folder.title, folder.parent, opts=self._after("grafana", around)
            )
        sources += self._unity_panels(made)
        every = dashboards(self.specs, DATASOURCE, self.settings.influxdb.bucket, measured(self.settings))
        for each in [*every, *saved_dashboards(every)]:
            tags = [*(each.document.get("tags") or []), f"{OWNED}{self.owner.stack}"]
            around = [made[each.folder]] if each.folder else []
            Dashboard(
                each.uid,
                each.document | {"tags": tags},
                each.folder,
                each.adopt,
                self._after("grafana", [*around, *sources]),
            )

    def _unity_panels(self, made: dict[str, pulumi.Resource]) -> list[pulumi.Resource]:
        """Library panels, each in the folder where its twin's or type's dashboard is."""
        host, bucket = address(self.settings) or "", self.settings.influxdb.bucket
        found: list[pulumi.Resource] = []
        for declared in self.specs.unity_panels.values():
            spec = declared.spec
            folder = twin_folder(spec.twin, self.specs) if spec.twin else TYPES
            element = marked(unity_panel(spec, folder, DATASOURCE, bucket, host), self.owner.stack)
            after = self._after("grafana", [made[folder]])
            found.append(LibraryPanel(spec.id, element, spec.adopt, after))
        return found
