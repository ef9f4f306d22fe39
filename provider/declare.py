"""From the folder of specs to resources: where the twins' half of the program meets disk and engine.

What depends on what (deletion goes the other way):

    policies → types → twins, each after the twin that it is a part of → fleets → connections
    inventory → twins, fleets                     folders → dashboards
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pulumi

from components.endpoint import Endpoint
from components.endpoints import API_USER, HONO_SECRET, endpoints, user_secret
from components.platform import Platform
from components.settings import Settings
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
from provider.fleet import Fleet, FleetShard
from provider.folder import Folder
from provider.grafana_elsewhere import declare_grafana
from provider.inventory import Inventory, brief
from provider.library_panel import LibraryPanel, marked
from provider.platform_connections import platform_connections
from provider.policy import Policy
from provider.specs import load_specs
from provider.thing import Twin, Type
from twins.canonical import digest
from twins.compose import connection_document, policy_document, twin_documents, type_document
from twins.connections import LOGIN
from twins.fleet.compose import row_template
from twins.fleet.template import RowTemplate
from twins.models import ConnectionSpec, Document
from twins.owner import Owner
from twins.specs import Specs

__all__ = ["declare_things", "declare_twins", "load_specs"]

DATASOURCE = "opentwins-influxdb"  # the uid that Grafana's data source is provisioned with


def declare_twins(specs: Specs, settings: Settings, platform: Platform) -> None:
    """Declare all resources of the specs, and the connections that the platform itself needs."""
    _declaration(specs, settings, platform).all()


def declare_things(specs: Specs, settings: Settings, platform: Platform) -> None:
    """Declare just what ends up as policies and things in Ditto."""
    _declaration(specs, settings, platform).things()


def _declaration(specs: Specs, settings: Settings, platform: Platform) -> "_Declaration":
    owner = Owner(f"{pulumi.get_project()}/{pulumi.get_stack()}", f"nginx:{_user(settings)}")
    return _Declaration(specs, settings, platform, owner)


def _user(settings: Settings) -> str:
    """As whom we come to Ditto: its nginx makes that the subject `nginx:<user>`."""
    external = settings.ditto.external
    return settings.secrets[external.secret]["username"].get_secret_value() if external else API_USER


@dataclass
class _Declaration:
    """The resources that were declared so far, by id, for those that depend on them."""

    specs: Specs
    settings: Settings
    platform: Platform
    owner: Owner
    policies: dict[str, pulumi.Resource] = field(default_factory=dict)
    types: dict[str, pulumi.Resource] = field(default_factory=dict)
    twins: dict[str, pulumi.Resource] = field(default_factory=dict)
    fleets: dict[str, pulumi.Resource] = field(default_factory=dict)

    def things(self) -> None:
        """Declare policies, types, twins and fleets, each after what it depends on."""
        for policy_id in self.specs.policies:
            self._policy(policy_id)
        for type_id in self.specs.types:
            self._type(type_id)
        self._all_twins()

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

    def _policy(self, policy_id: str) -> pulumi.Resource:
        if policy_id not in self.policies:
            spec = self.specs.policies[policy_id].spec
            imported = [self._policy(other) for other in spec.imports if other in self.specs.policies]
            self.policies[policy_id] = Policy(
                policy_id, policy_document(spec, self.owner), spec.adopt, self._after("ditto", imported)
            )
        return self.policies[policy_id]

    def _type(self, type_id: str) -> pulumi.Resource:
        if type_id not in self.types:
            spec = self.specs.types[type_id].spec
            document = type_document(type_id, self.specs, self.owner)
            above = [self._type(parent) for parent in self.specs.parents.get(type_id, ())]
            needed = [*above, *self._policies_of([document])]
            self.types[type_id] = Type(type_id, document, spec.adopt, self._after("ditto", needed))
        return self.types[type_id]

    def _all_twins(self) -> None:
        things = {twin: twin_documents(twin, self.specs, self.owner) for twin in self.specs.twins}
        templates = {fleet: row_template(each.spec, self.specs) for fleet, each in self.specs.fleets.items()}
        inventory = Inventory(
            "twins",
            {twin: digest(documents) for twin, documents in things.items()},
            {
                fleet: brief(template, self.specs.surveys[fleet], self.specs.fleets[fleet].spec.retain)
                for fleet, template in templates.items()
            },
        )
        waiting = [*self.specs.twins][::-1]
        while waiting:  # no recursion: a twin may be a part of a part of … as deep as anyone likes
            spec = self.specs.twins[waiting[-1]].spec
            if spec.parent and spec.parent not in self.twins:
                waiting.append(spec.parent)
                continue
            waiting.pop()
            if spec.id not in self.twins:
                self._twin(spec.id, things[spec.id], inventory)
        for fleet, template in templates.items():
            self._fleet(fleet, template, inventory)

    def _twin(self, twin_id: str, things: dict[str, Document], inventory: Inventory) -> None:
        spec = self.specs.twins[twin_id].spec
        needed = [inventory, *self._policies_of(things.values()), *self._types_of(things.values())]
        if spec.parent:
            needed.append(self.twins[spec.parent])
        self.twins[twin_id] = Twin(twin_id, things, spec.adopt, self._after("ditto", needed))

    def _fleet(self, fleet: str, template: RowTemplate, inventory: Inventory) -> None:
        spec, survey = self.specs.fleets[fleet].spec, self.specs.surveys[fleet]
        things = [thing.document for thing in template.things]
        needed = [inventory, *self._policies_of(things), *self._types_of(things)]
        if spec.twin.parent:
            needed.append(self.twins[spec.twin.parent])
        after, marker = self._after("ditto", needed), self.owner.mark(fleet)
        shards = [
            FleetShard(fleet, shard, template, survey, marker, spec.retain, spec.adopt, after)
            for shard in range(spec.shards)
        ]
        self.fleets[fleet] = Fleet(fleet, template, survey, shards)

    def _types_of(self, things: Iterable[Document]) -> list[pulumi.Resource]:
        named = {thing["attributes"].get("type") for thing in things}
        return [self.types[type_id] for type_id in sorted(self.types.keys() & named)]

    def _policies_of(self, things: Iterable[Document]) -> list[pulumi.Resource]:
        named = {thing["policyId"] for thing in things}
        return [self.policies[policy_id] for policy_id in sorted(self.policies.keys() & named)]

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
        return found

    def _dashboards(self) -> None:
        made: dict[str, pulumi.Resource] = {}
        sources = declare_grafana(self.settings, self.platform, self.owner.stack)
        for folder in folders(self.specs):
            around = [made[folder.parent]] if folder.parent else []
            made[folder.uid] = Folder(
                folder.uid, folder.title, folder.parent, opts=self._after("grafana", around)
            )
        sources += self._unity_panels(made)
        every = dashboards(self.specs, DATASOURCE, self.settings.influxdb.bucket)
        for each in [*every, *saved_dashboards(every)]:
            tags = [*each.document.get("tags", []), f"{OWNED}{self.owner.stack}"]
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

    def _after(self, service: str, resources: Iterable[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(depends_on=[*self.platform.ready[service], *resources])
