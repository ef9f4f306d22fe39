"""Whether an object has become what it is meant to be, and if not, what is missing, in words.

After https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/ on awaiting; kinds that are not here
are ready as soon as they exist.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.engine.kubernetes.api import Api, ApiError
from sandbox.engine.kubernetes.objects import metadata, name, namespace
from sandbox.engine.values import Properties


class Hopeless(Exception):  # noqa: N818 - it is not the fault of this program
    """The object will not get ready any more, however long one waits."""


def missing(api: Api, live: Properties) -> str:
    """What is still missing; empty when the object is ready. Raises `Hopeless`, or `ProviderError`."""
    awaiter = _AWAITERS.get(f"{live.get('apiVersion')}/{live.get('kind')}")
    return awaiter(api, live) if awaiter else ""


def is_awaited(manifest: Properties) -> bool:
    """Say whether objects of this kind take time to get ready."""
    return f"{manifest.get('apiVersion')}/{manifest.get('kind')}" in _AWAITERS


def reason(api: Api, live: Properties) -> str:
    """Why the pods of a workload are not ready, as far as they say; empty when they say nothing."""
    labels = (live.get("spec", {}).get("selector") or {}).get("matchLabels")
    if not labels:
        return ""
    query = {"labelSelector": ",".join(f"{key}={value}" for key, value in labels.items())}
    try:
        pods = api.request("GET", api.path("v1", "Pod", namespace(live)), query=query)["items"]
    except ApiError:
        return ""
    said = [f"pod {name(pod)}: {problem}" for pod in pods if (problem := _pod_problem(pod))]
    return "; ".join(said[:3])


def _status(live: Properties) -> Mapping[str, Any]:
    return live.get("status") or {}


def _is_seen(live: Properties) -> bool:
    return int(_status(live).get("observedGeneration", 0)) >= int(metadata(live).get("generation", 0))


def _condition(live: Properties, kind: str) -> Mapping[str, Any]:
    found = (each for each in _status(live).get("conditions") or [] if each.get("type") == kind)
    return next(found, {})


def _deployment(_api: Api, live: Properties) -> str:
    if live["spec"].get("paused"):
        return ""
    if not _is_seen(live):
        return "the controller has not looked at it yet"
    progress = _condition(live, "Progressing")
    if progress.get("reason") == "ProgressDeadlineExceeded":
        raise Hopeless(str(progress.get("message")))
    wanted, status = live["spec"].get("replicas", 1), _status(live)
    if status.get("updatedReplicas", 0) < wanted or status.get("replicas", 0) > wanted:
        return (
            f"{status.get('updatedReplicas', 0)} of {wanted} pods are new, {status.get('replicas', 0)} in all"
        )
    return _count(status.get("availableReplicas", 0), wanted, "pods are available")


def _stateful_set(_api: Api, live: Properties) -> str:
    if not _is_seen(live):
        return "the controller has not looked at it yet"
    wanted, status = live["spec"].get("replicas", 1), _status(live)
    rolling = (live["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    if rolling and status.get("currentRevision") != status.get("updateRevision"):
        return (
            _count(status.get("updatedReplicas", 0), wanted, "pods are new")
            or "the last pods are being renewed"
        )
    return _count(status.get("readyReplicas", 0), wanted, "pods are ready")


def _daemon_set(_api: Api, live: Properties) -> str:
    if not _is_seen(live):
        return "the controller has not looked at it yet"
    status = _status(live)
    wanted = status.get("desiredNumberScheduled", 0)
    return _count(status.get("updatedNumberScheduled", 0), wanted, "pods are new") or _count(
        status.get("numberAvailable", 0), wanted, "pods are available"
    )


def _job(_api: Api, live: Properties) -> str:
    failed = _condition(live, "Failed")
    if failed.get("status") == "True":
        raise Hopeless(f"it failed: {failed.get('message')}")
    if live["spec"].get("suspend") or _condition(live, "Complete").get("status") == "True":
        return ""
    return _count(
        _status(live).get("succeeded", 0), live["spec"].get("completions", 1), "pods have succeeded"
    )


def _pod(_api: Api, live: Properties) -> str:
    if _status(live).get("phase") == "Succeeded" or _condition(live, "Ready").get("status") == "True":
        return ""
    return _pod_problem(live) or "it is not ready"


def _claim(api: Api, live: Properties) -> str:
    phase = _status(live).get("phase")
    if phase == "Bound":
        return ""
    storage_class = live["spec"].get("storageClassName")
    if phase == "Pending" and storage_class:
        try:
            found = api.request("GET", api.path("storage.k8s.io/v1", "StorageClass", "", storage_class))
        except ApiError:
            return f"there is no storage class {storage_class}"
        if found.get("volumeBindingMode") == "WaitForFirstConsumer":
            return ""
    return f"no volume is bound to it (storage class {storage_class or 'not set'})"


def _volume(_api: Api, live: Properties) -> str:
    phase = _status(live).get("phase")
    return "" if phase in ("Available", "Bound") else f"it is {phase or 'not looked at yet'}"


def _service(api: Api, live: Properties) -> str:
    spec = live["spec"]
    kind = spec.get("type", "ClusterIP")
    if kind == "LoadBalancer" and not (_status(live).get("loadBalancer") or {}).get("ingress"):
        return "it has no address of a load balancer"
    if kind == "ExternalName" or spec.get("clusterIP") == "None" or not spec.get("selector"):
        return ""
    query = {"labelSelector": f"kubernetes.io/service-name={name(live)}"}
    path = api.path("discovery.k8s.io/v1", "EndpointSlice", namespace(live))
    slices = api.request("GET", path, query=query)["items"]
    conditions = [each.get("conditions") or {} for piece in slices for each in piece.get("endpoints") or []]
    if any(each.get("ready") is not False for each in conditions):
        return ""
    return "no pod that it selects is ready"


def _ingress(_api: Api, live: Properties) -> str:
    found = (_status(live).get("loadBalancer") or {}).get("ingress")
    return "" if found else "no ingress controller has given it an address"


def _secret(_api: Api, live: Properties) -> str:
    if live.get("type") == "kubernetes.io/service-account-token" and not live.get("data"):
        return "it has no token yet"
    return ""


def _quota(_api: Api, live: Properties) -> str:
    seen = _status(live).get("hard") == live["spec"].get("hard")
    return "" if seen else "the controller has not looked at it yet"


def _count(have: int, wanted: int, what: str) -> str:
    return "" if have >= wanted else f"{have} of {wanted} {what}"


def _pod_problem(pod: Properties) -> str:
    status = _status(pod)
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (container.get("state") or {}).get("waiting") or {}
        ended = (container.get("state") or {}).get("terminated") or {}
        if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            return f"container {container['name']}: {waiting['reason']} {waiting.get('message', '')}".strip()
        if ended.get("exitCode"):
            return f"container {container['name']} ended with {ended['exitCode']}"
    scheduled = _condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return str(scheduled.get("message") or scheduled.get("reason"))
    return ""


_AWAITERS: dict[str, Callable[[Api, Properties], str]] = {
    "apps/v1/DaemonSet": _daemon_set,
    "apps/v1/Deployment": _deployment,
    "apps/v1/StatefulSet": _stateful_set,
    "batch/v1/Job": _job,
    "networking.k8s.io/v1/Ingress": _ingress,
    "v1/PersistentVolume": _volume,
    "v1/PersistentVolumeClaim": _claim,
    "v1/Pod": _pod,
    "v1/ResourceQuota": _quota,
    "v1/Secret": _secret,
    "v1/Service": _service,
}
