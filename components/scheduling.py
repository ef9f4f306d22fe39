"""Where pods run: on which nodes, how important they are, and how far apart those of one service keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

import pulumi_kubernetes as k8s
from pydantic import Field, model_validator

from components.model import Model, Name

core = k8s.core.v1

# The services by the names of their pods, which may go on: `ditto` is all of Ditto, `ditto-things` one part.
SERVICES = (
    "ditto",
    "extended-api",
    "grafana",
    "hono",
    "influxdb",
    "kafka",
    "kafka-ml",
    "mongodb",
    "mosquitto",
    "rabbitmq",
    "telegraf",
    "webgl",
)


class Toleration(Model):
    """A taint of nodes that pods put up with; see the documentation of Kubernetes."""

    key: str | None = None
    """the taint's key; any when left out"""
    operator: Literal["Equal", "Exists"] = "Equal"
    """whether `value` has to be the taint's"""
    value: str | None = None
    """the taint's value"""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """the taint's effect; any when left out"""
    toleration_seconds: Annotated[int, Field(ge=0)] | None = None
    """how long pods stay, with the effect NoExecute; for ever when left out"""

    @model_validator(mode="after")
    def _names_a_taint(self) -> Self:
        if self.operator == "Exists" and self.value is not None:
            raise ValueError("operator Exists takes no value")
        if self.operator == "Equal" and self.key is None:
            raise ValueError("a toleration without key needs operator: Exists")
        return self


class Nodes(Model):
    """Which nodes pods may run on, and before whose they come."""

    node_selector: Annotated[Mapping[str, str], Field(default_factory=dict)]
    """labels that a node must have"""
    tolerations: tuple[Toleration, ...] = ()
    """taints of nodes that pods put up with"""
    priority_class: Name | None = None
    """name of a PriorityClass of the cluster"""


class Scheduling(Nodes):
    """Which nodes pods may run on, and before whose they come; for all services, and for single ones."""

    spread: Literal["preferred", "required"] = "preferred"
    """pods of one service keep to different zones and nodes where they can; when `required`, none is started
    on a node that has more of its kind than another one: with that, a lost node takes only its share along"""
    services: Annotated[Mapping[str, Nodes], Field(default_factory=dict)]
    """other values for a service, by the name of its pods or the beginning of that: `mongodb`, `ditto`,
    `ditto-things`"""

    @model_validator(mode="after")
    def _services_exist(self) -> Self:
        for name in self.services:
            if not any(name == known or name.startswith(f"{known}-") for known in SERVICES):
                raise ValueError(
                    f"services.{name}: there is no such service; there are {', '.join(SERVICES)}"
                )
        return self

    def of(self, pod: str) -> Nodes:
        """The values for a service's pods: each is that of the most specific service that says it."""
        found = Nodes(
            nodeSelector=self.node_selector, tolerations=self.tolerations, priorityClass=self.priority_class
        )
        for name in sorted(self.services, key=len):
            if pod == name or pod.startswith(f"{name}-"):
                one = self.services[name]
                said = {key: value for key in type(one).model_fields if (value := getattr(one, key))}
                found = found.model_copy(update=said)
        return found


def tolerations(nodes: Nodes) -> list[core.TolerationArgs] | None:
    """For the pod's spec."""
    return [
        core.TolerationArgs(
            key=one.key,
            operator=one.operator,
            value=one.value,
            effect=one.effect,
            toleration_seconds=one.toleration_seconds,
        )
        for one in nodes.tolerations
    ] or None


def spread(
    name: str, scheduling: Scheduling, revisions: str | None
) -> list[core.TopologySpreadConstraintArgs]:
    """How pods named so keep apart. `revisions` is the label that tells an update's new pods from the old.

    Zones are only preferred in any case: a cluster in one zone is no reason not to run.
    """
    required = scheduling.spread == "required"
    return [
        core.TopologySpreadConstraintArgs(
            topology_key=key,
            max_skew=1,
            when_unsatisfiable=when,
            label_selector=k8s.meta.v1.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": name}),
            # Else the pods that an update is about to take away count, and the new ones end up side by side.
            match_label_keys=[revisions] if revisions else None,
        )
        for key, when in (
            ("topology.kubernetes.io/zone", "ScheduleAnyway"),
            ("kubernetes.io/hostname", "DoNotSchedule" if required else "ScheduleAnyway"),
        )
    ]
