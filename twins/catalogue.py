"""All that was read, as the checks look at it: specs with the text that they come from."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as File
from typing import Generic, TypeVar

from pydantic import BaseModel

from services.feeder.spec import FeederSpec
from services.watchdog.spec import WatchdogSpec
from twins.fleet import store
from twins.fleet.store import Survey
from twins.graph import leaves_first
from twins.models import (
    ChildSpec,
    ConnectionSpec,
    DashboardSpec,
    FleetSpec,
    HonoDeviceSpec,
    HonoTenantSpec,
    KafkaMlConfigurationSpec,
    KafkaMlDeploymentSpec,
    KafkaMlInferenceSpec,
    KafkaMlModelSpec,
    KafkaTopicSpec,
    KafkaUserSpec,
    PolicySpec,
    TwinSpec,
    TypeSpec,
    UnityPanelSpec,
)
from twins.origin import Path, Problem
from twins.reading import Text
from twins.specs import Declared, Specs

S = TypeVar("S", bound=BaseModel)

LARGEST_TREE = 20_000  # things of one twin: its documents still fit the message that carries them


@dataclass(frozen=True)
class Entry(Generic[S]):
    """A spec that is right in itself, and its text."""

    spec: S
    text: Text

    def problem(self, path: Path, message: str) -> Problem:
        """Return a problem at a key of this spec."""
        return self.text.problem(path, message)


def _declared(entries: Mapping[str, Entry[S]]) -> dict[str, Declared[S]]:
    return {key: Declared(each.spec, each.text.origin) for key, each in entries.items()}


@dataclass(frozen=True)
class Catalogue:
    """The specs of a folder before it is known whether they fit together."""

    folder: File
    services: Collection[str]
    secrets: Mapping[str, Collection[str]]
    cache: File = store.CACHE
    """Where the surveys of fleets' tables are kept."""

    policies: dict[str, Entry[PolicySpec]] = field(default_factory=dict)
    types: dict[str, Entry[TypeSpec]] = field(default_factory=dict)
    twins: dict[str, Entry[TwinSpec]] = field(default_factory=dict)
    fleets: dict[str, Entry[FleetSpec]] = field(default_factory=dict)
    connections: dict[str, Entry[ConnectionSpec]] = field(default_factory=dict)
    dashboards: dict[str, Entry[DashboardSpec]] = field(default_factory=dict)
    hono_tenants: dict[str, Entry[HonoTenantSpec]] = field(default_factory=dict)
    hono_devices: dict[str, Entry[HonoDeviceSpec]] = field(default_factory=dict)
    kafka_ml_models: dict[str, Entry[KafkaMlModelSpec]] = field(default_factory=dict)
    kafka_ml_configurations: dict[str, Entry[KafkaMlConfigurationSpec]] = field(default_factory=dict)
    kafka_ml_deployments: dict[str, Entry[KafkaMlDeploymentSpec]] = field(default_factory=dict)
    kafka_ml_inferences: dict[str, Entry[KafkaMlInferenceSpec]] = field(default_factory=dict)
    kafka_topics: dict[str, Entry[KafkaTopicSpec]] = field(default_factory=dict)
    kafka_users: dict[str, Entry[KafkaUserSpec]] = field(default_factory=dict)
    feeders: dict[str, Entry[FeederSpec]] = field(default_factory=dict)
    watchdogs: dict[str, Entry[WatchdogSpec]] = field(default_factory=dict)
    unity_panels: dict[str, Entry[UnityPanelSpec]] = field(default_factory=dict)
    ids: dict[str, dict[str, Text]] = field(default_factory=dict)
    """By kind all ids that are declared, those of specs with mistakes too: a reference to one is none."""

    surveys: dict[str, Survey] = field(default_factory=dict)
    """What the checks found out of the fleets' tables."""

    unread: list[Problem] = field(default_factory=list)
    """Files that could not be read: what is not found may be in one of them."""

    @cached_property
    def specs(self) -> Specs:
        """The specs without their texts."""
        return Specs(
            policies={key: Declared(each.spec, each.text.origin) for key, each in self.policies.items()},
            types={key: Declared(each.spec, each.text.origin) for key, each in self.types.items()},
            twins={key: Declared(each.spec, each.text.origin) for key, each in self.twins.items()},
            fleets={key: Declared(each.spec, each.text.origin) for key, each in self.fleets.items()},
            surveys=self.surveys,
            connections={
                key: Declared(each.spec, each.text.origin) for key, each in self.connections.items()
            },
            dashboards={key: Declared(each.spec, each.text.origin) for key, each in self.dashboards.items()},
            hono_tenants=_declared(self.hono_tenants),
            hono_devices=_declared(self.hono_devices),
            kafka_ml_models=_declared(self.kafka_ml_models),
            kafka_ml_configurations=_declared(self.kafka_ml_configurations),
            kafka_ml_deployments=_declared(self.kafka_ml_deployments),
            kafka_ml_inferences=_declared(self.kafka_ml_inferences),
            kafka_topics=_declared(self.kafka_topics),
            kafka_users=_declared(self.kafka_users),
            feeders=_declared(self.feeders),
            watchdogs=_declared(self.watchdogs),
            unity_panels=_declared(self.unity_panels),
        )

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Of how many things a twin of each type consists; types that no twin can be made of are left out."""
        children = {key: entry.spec.children for key, entry in self.types.items()}
        found: dict[str, int] = {}
        for key in leaves_first({key: list(each) for key, each in children.items()}):
            found[key] = 1 + sum(count * found[child] for child, count in children[key].items())
        return found

    def size(self, twin: TwinSpec) -> int | None:
        """Return of how many things a twin consists at most, or None when it cannot be composed."""
        if twin.policy is None and twin.type is None:
            return None
        size = 0
        for _, child in own_members(twin):
            if child.type and child.type not in self.sizes:
                return None
            size += self.sizes[child.type] if child.type else 1
        return size

    def composable(self) -> Iterator[tuple[str, Entry[TwinSpec]]]:
        """Yield the twins whose trees can be made and are not too large to be."""
        for key, entry in self.twins.items():
            if (self.size(entry.spec) or LARGEST_TREE + 1) <= LARGEST_TREE:
                yield key, entry


def own_members(twin: TwinSpec) -> Iterator[tuple[Path, TwinSpec | ChildSpec]]:
    """Yield a twin and each child that its spec speaks of, with their paths in the spec."""
    waiting: list[tuple[Path, TwinSpec | ChildSpec]] = [((), twin)]
    while waiting:
        path, member = waiting.pop()
        yield path, member
        waiting += [((*path, "children", name), child) for name, child in member.children.items()]
