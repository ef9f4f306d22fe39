"""What was declared: every spec by its id, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from pydantic import BaseModel

from services.feeder.spec import FeederSpec
from services.watchdog.spec import WatchdogSpec
from twins.fleet.store import Survey
from twins.models import (
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
from twins.origin import Origin

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Declared(Generic[S]):
    """A spec, and where its document starts."""

    spec: S
    origin: Origin


@dataclass(frozen=True)
class Specs:
    """All specs of a folder by kind and id."""

    policies: Mapping[str, Declared[PolicySpec]] = field(default_factory=dict)
    types: Mapping[str, Declared[TypeSpec]] = field(default_factory=dict)
    twins: Mapping[str, Declared[TwinSpec]] = field(default_factory=dict)
    fleets: Mapping[str, Declared[FleetSpec]] = field(default_factory=dict)
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    """What the tables of the fleets hold."""

    connections: Mapping[str, Declared[ConnectionSpec]] = field(default_factory=dict)
    dashboards: Mapping[str, Declared[DashboardSpec]] = field(default_factory=dict)
    hono_tenants: Mapping[str, Declared[HonoTenantSpec]] = field(default_factory=dict)
    hono_devices: Mapping[str, Declared[HonoDeviceSpec]] = field(default_factory=dict)
    kafka_ml_models: Mapping[str, Declared[KafkaMlModelSpec]] = field(default_factory=dict)
    kafka_ml_configurations: Mapping[str, Declared[KafkaMlConfigurationSpec]] = field(default_factory=dict)
    kafka_ml_deployments: Mapping[str, Declared[KafkaMlDeploymentSpec]] = field(default_factory=dict)
    kafka_ml_inferences: Mapping[str, Declared[KafkaMlInferenceSpec]] = field(default_factory=dict)
    kafka_topics: Mapping[str, Declared[KafkaTopicSpec]] = field(default_factory=dict)
    kafka_users: Mapping[str, Declared[KafkaUserSpec]] = field(default_factory=dict)
    feeders: Mapping[str, Declared[FeederSpec]] = field(default_factory=dict)
    watchdogs: Mapping[str, Declared[WatchdogSpec]] = field(default_factory=dict)
    unity_panels: Mapping[str, Declared[UnityPanelSpec]] = field(default_factory=dict)

    @cached_property
    def parents(self) -> Mapping[str, Mapping[str, int]]:
        """Of each type that is a child of others: those types, and how many of it each has."""
        found: dict[str, dict[str, int]] = {}
        for parent, declared in self.types.items():
            for child, count in declared.spec.children.items():
                found.setdefault(child, {})[parent] = count
        return found
