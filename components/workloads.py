"""Deployments, StatefulSets and what goes with them: claims, Services, disruption budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.model import Storage
from components.place import Place, labels
from components.pods import Pod
from components.scaling import Autoscaling, autoscaler
from components.volumes import OWN

_PATIENCE = 15  # minutes: Ditto on a small cluster takes several, after its images have come

UNAWAITED = {"pulumi.com/skipAwait": "true"}


def deployment(
    place: Place,
    pod: Pod,
    replicas: int,
    after: Sequence[pulumi.Resource] = (),
    alone: bool = False,
    awaited: bool = True,
    autoscaling: Autoscaling | None = None,
) -> list[pulumi.Resource]:
    """A Deployment and, with more than one replica, its disruption budget.

    `alone` means that two of its pods must never run at once, not even during an update. One that is not
    `awaited` counts as made once Kubernetes has taken it. With `autoscaling`, `replicas` is the least.
    """
    most = autoscaling.most if autoscaling else replicas
    strategy = (
        k8s.apps.v1.DeploymentStrategyArgs(type="Recreate")
        if alone
        else k8s.apps.v1.DeploymentStrategyArgs(
            type="RollingUpdate",
            rolling_update=k8s.apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
        )
    )
    made = k8s.apps.v1.Deployment(
        pod.name,
        metadata=_metadata(place, pod.name, {} if awaited else UNAWAITED),
        spec=k8s.apps.v1.DeploymentSpecArgs(
            replicas=replicas,
            selector=_selector(pod.name),
            strategy=strategy,
            progress_deadline_seconds=60 * _PATIENCE,
            revision_history_limit=3,
            template=pod.template(place.scheduling, most > 1, "pod-template-hash"),
        ),
        opts=place.options(
            [*after, *pod.needs],
            # Else each run would set back what the autoscaler has found right.
            ignore=["spec.replicas"] if autoscaling else [],
            minutes=_PATIENCE,
        ),
    )
    scaler = [autoscaler(place, pod.name, replicas, autoscaling)] if autoscaling else []
    return [made, *scaler, *_budget(place, pod.name, most)]


def stateful_set(
    place: Place,
    pod: Pod,
    after: Sequence[pulumi.Resource] = (),
    replicas: int = 1,
    names: str = "",
    storage: Storage | None = None,
) -> list[pulumi.Resource]:
    """A StatefulSet and, with more than one replica, its disruption budget. `claim` makes its claims.

    `names` is the headless Service that names its pods, where that is not called as they are; pods that need
    each other's names to get ready start all at once then. With `storage`, each pod has a volume of its own.
    """
    made = k8s.apps.v1.StatefulSet(
        pod.name,
        metadata=_metadata(place, pod.name),
        spec=k8s.apps.v1.StatefulSetSpecArgs(
            service_name=names or pod.name,
            pod_management_policy="Parallel" if names else None,
            replicas=replicas,
            selector=_selector(pod.name),
            revision_history_limit=3,
            template=pod.template(place.scheduling, replicas > 1),
            volume_claim_templates=[_own_claim(storage)] if storage else None,
        ),
        opts=place.options(
            [*after, *pod.needs],
            # Kubernetes lets nobody change it; the claims themselves, which `claim` has made, can grow.
            ignore=["spec.volumeClaimTemplates"] if storage else [],
            minutes=_PATIENCE,
        ),
    )
    return [made, *_budget(place, pod.name, replicas)]


def _own_claim(storage: Storage) -> k8s.core.v1.PersistentVolumeClaimArgs:
    return k8s.core.v1.PersistentVolumeClaimArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(name=OWN), spec=_claim_spec(storage)
    )


def _claim_spec(storage: Storage) -> k8s.core.v1.PersistentVolumeClaimSpecArgs:
    return k8s.core.v1.PersistentVolumeClaimSpecArgs(
        access_modes=["ReadWriteOnce"],
        storage_class_name=storage.storage_class,
        resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": storage.size}),
    )


def claim(
    place: Place, service: str, storage: Storage, ordinal: int = 0
) -> k8s.core.v1.PersistentVolumeClaim:
    """The claim on a service's volume: a resource of its own, so that it can grow and outlives the workload.

    It is named as the claims of a StatefulSet are. Pulumi does not wait for it to be bound, which most
    storage classes put off until a pod wants it.
    """
    name = claim_name(service, ordinal)
    return k8s.core.v1.PersistentVolumeClaim(
        name,
        metadata=_metadata(place, name, UNAWAITED),
        spec=_claim_spec(storage),
        # Another class would mean another volume, with nothing on it.
        opts=place.options(ignore=["spec.storageClassName"], protect=place.protect),
    )


def claim_name(service: str, ordinal: int = 0) -> str:
    """The name of the claim on a service's volume."""
    return f"data-{service}-{ordinal}"


def service(
    place: Place, name: str, ports: Mapping[str, int], pods: str = "", headless: bool = False
) -> k8s.core.v1.Service:
    """A Service for the pods named `pods`, or its own name; each port leads to the container's of its name.

    A headless one only gives pods their names, also those that are not ready yet.
    """
    return k8s.core.v1.Service(
        name,
        metadata=_metadata(place, name, UNAWAITED),
        spec=k8s.core.v1.ServiceSpecArgs(
            type="ClusterIP",
            cluster_ip="None" if headless else None,
            publish_not_ready_addresses=True if headless else None,
            selector={"app.kubernetes.io/name": pods or name},
            ports=[
                k8s.core.v1.ServicePortArgs(name=port, port=number, target_port=port)
                for port, number in ports.items()
            ],
        ),
        opts=place.options(),
    )


def _budget(place: Place, name: str, replicas: int) -> list[pulumi.Resource]:
    if replicas < 2:
        return []  # it could only keep a node from ever being drained
    return [
        k8s.policy.v1.PodDisruptionBudget(
            name,
            metadata=_metadata(place, name),
            spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=_selector(name)),
            opts=place.options(),
        )
    ]


def _metadata(
    place: Place, name: str, annotations: Mapping[str, str] | None = None
) -> k8s.meta.v1.ObjectMetaArgs:
    return k8s.meta.v1.ObjectMetaArgs(
        name=name, namespace=place.namespace, labels=labels(name), annotations=dict(annotations or {}) or None
    )


def _selector(name: str) -> k8s.meta.v1.LabelSelectorArgs:
    return k8s.meta.v1.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": name})
