"""Pods that meet the `restricted` Pod Security Standard, in every field that the standard looks at.

See https://kubernetes.io/docs/concepts/security/pod-security-standards/. Beyond it: a read-only root file
system, no service account token unless asked for, and no environment variables about other Services
(`apache/kafka` and others would take them for settings of their own).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as k8s

from components.contents import Contents, Key
from components.images import pull_policy
from components.model import Resources
from components.place import labels
from components.probes import Probes
from components.scheduling import Scheduling, spread, tolerations
from components.volumes import Mount

core = k8s.core.v1


@dataclass(frozen=True)
class Container:
    """One container of a pod. `env` has texts, keys of a ConfigMap or a Secret, and fields of the pod."""

    name: str
    image: str
    resources: Resources
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Mapping[str, str | Key | Field] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    probes: Probes | None = None


@dataclass(frozen=True)
class Field:
    """A field of the pod itself, such as `metadata.name`."""

    path: str


@dataclass(frozen=True)
class Pod:
    """What a workload runs. `user` is the uid and gid that the image is made for, also of its volumes."""

    name: str
    user: tuple[int, int]
    containers: Sequence[Container]
    init: Sequence[Container] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    grace: int = 30  # seconds between the order to stop and the kill
    account: str | None = None  # service account whose token is mounted
    restart: str | None = None

    @property
    def needs(self) -> list[pulumi.Resource]:
        """The ConfigMaps and Secrets that have to be up to date before the pod is."""
        return [contents.resource for contents in self._contents.values()]

    @property
    def _contents(self) -> dict[str, Contents]:
        everything = [*self.init, *self.containers]
        found = [contents for one in everything for mount in one.mounts for contents in mount.contents]
        found += [
            value.contents for one in everything for value in one.env.values() if isinstance(value, Key)
        ]
        return {contents.name: contents for contents in sorted(found, key=lambda contents: contents.name)}

    def template(
        self, scheduling: Scheduling, several: bool = False, revisions: str | None = None
    ) -> core.PodTemplateSpecArgs:
        """The pod template. When there are `several`, pods like it keep apart, as `scheduling` says.

        `revisions` is the label with which the workload marks the pods of one of its revisions.
        """
        nodes = scheduling.of(self.name)
        uid, gid = self.user
        volumes = {
            str(mount.volume.name): mount.volume
            for one in [*self.init, *self.containers]
            for mount in one.mounts
            if not mount.per_pod
        }
        return core.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(
                labels={**labels(self.name), **self.labels},
                annotations={f"checksum/{name}": one.checksum for name, one in self._contents.items()},
            ),
            spec=core.PodSpecArgs(
                init_containers=[_container(one) for one in self.init] or None,
                containers=[_container(one) for one in self.containers],
                volumes=list(volumes.values()) or None,
                security_context=core.PodSecurityContextArgs(
                    run_as_non_root=True,
                    run_as_user=uid,
                    run_as_group=gid,
                    fs_group=gid,
                    fs_group_change_policy="OnRootMismatch",
                    seccomp_profile=core.SeccompProfileArgs(type="RuntimeDefault"),
                ),
                service_account_name=self.account,
                automount_service_account_token=self.account is not None,
                enable_service_links=False,
                termination_grace_period_seconds=self.grace,
                topology_spread_constraints=spread(self.name, scheduling, revisions) if several else None,
                node_selector=dict(nodes.node_selector) or None,
                tolerations=tolerations(nodes),
                priority_class_name=nodes.priority_class,
                restart_policy=self.restart,
            ),
        )


def _container(one: Container) -> core.ContainerArgs:
    return core.ContainerArgs(
        name=one.name,
        image=one.image,
        image_pull_policy=pull_policy(one.image),
        command=list(one.command) or None,
        args=list(one.args) or None,
        env=[_variable(name, value) for name, value in one.env.items()] or None,
        ports=[core.ContainerPortArgs(name=name, container_port=port) for name, port in one.ports.items()]
        or None,
        volume_mounts=[
            core.VolumeMountArgs(
                name=mount.volume.name,
                mount_path=mount.path,
                sub_path=mount.sub_path,
                read_only=True if mount.read_only else None,
            )
            for mount in one.mounts
        ]
        or None,
        resources=core.ResourceRequirementsArgs(
            requests=one.resources.requests.model_dump(), limits=one.resources.limits.model_dump()
        ),
        security_context=core.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=core.CapabilitiesArgs(drop=["ALL"]),
        ),
        startup_probe=one.probes.startup if one.probes else None,
        readiness_probe=one.probes.readiness if one.probes else None,
        liveness_probe=one.probes.liveness if one.probes else None,
    )


def _variable(name: str, value: str | Key | Field) -> core.EnvVarArgs:
    if isinstance(value, str):
        return core.EnvVarArgs(name=name, value=value)
    if isinstance(value, Field):
        source = core.EnvVarSourceArgs(field_ref=core.ObjectFieldSelectorArgs(field_path=value.path))
    elif value.contents.secret:
        source = core.EnvVarSourceArgs(
            secret_key_ref=core.SecretKeySelectorArgs(name=value.contents.name, key=value.key)
        )
    else:
        source = core.EnvVarSourceArgs(
            config_map_key_ref=core.ConfigMapKeySelectorArgs(name=value.contents.name, key=value.key)
        )
    return core.EnvVarArgs(name=name, value_from=source)
