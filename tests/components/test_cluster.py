"""The real Kubernetes API takes every manifest with `restricted` enforced, and all workloads get ready."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.kubernetes.cluster import Cluster, start, stop
from tests.components.declared import Declared, Program, declare
from tests.services.peers.processes import eventually

PATHS = {
    "Namespace": "/api/v1/namespaces/{name}",
    "Service": "/api/v1/namespaces/{namespace}/services/{name}",
    "ConfigMap": "/api/v1/namespaces/{namespace}/configmaps/{name}",
    "Secret": "/api/v1/namespaces/{namespace}/secrets/{name}",
    "ServiceAccount": "/api/v1/namespaces/{namespace}/serviceaccounts/{name}",
    "PersistentVolumeClaim": "/api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles/{name}",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings/{name}",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/{name}",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets/{name}",
    "Deployment": "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
    "StatefulSet": "/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}",
    "Job": "/apis/batch/v1/namespaces/{namespace}/jobs/{name}",
}
STACKS = {
    "small": declare(namespace="small"),
    "scaled": declare(namespace="scaled", ditto='{"replicas": 2}', extendedApi='{"replicas": 2}'),
}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    directory = tmp_path_factory.mktemp("cluster")
    yield start(directory)
    stop(directory)


@pytest.fixture(scope="session", autouse=True)
def both_stacks(cluster: Cluster) -> None:
    """Two stacks side by side in one cluster."""
    for program in STACKS.values():
        manifests = [one for one in program.resources if one.type.startswith("kubernetes:")]
        for one in sorted(manifests, key=lambda manifest: list(PATHS).index(manifest.kind)):
            cluster.api.apply(path(one), whole(one.inputs))


def path(one: Declared) -> str:
    metadata = one.inputs["metadata"]
    return PATHS[one.kind].format(name=metadata["name"], namespace=metadata.get("namespace"))


def whole(value: Any) -> Any:
    """The value with its whole numbers as such: on its way to the engine, every number is a fraction."""
    if isinstance(value, dict):
        return {key: whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def unready(cluster: Cluster, program: Program) -> dict[str, Any]:
    """The workloads that are not what they should be, with their state."""

    def done(status: dict[str, Any], wanted: int, kind: str) -> bool:
        return bool(status.get("succeeded" if kind == "Job" else "readyReplicas", 0) == wanted)

    found = {one.name: cluster.api.get(path(one)).json()["status"] for one in program.workloads.values()}
    return {
        one.name: found[one.name]
        for one in program.workloads.values()
        if not done(found[one.name], int(one.inputs["spec"].get("replicas", 1)), one.kind)
    }


@pytest.mark.parametrize("stack", STACKS)
def test_all_workloads_get_ready(cluster: Cluster, stack: str) -> None:
    eventually(lambda: not unready(cluster, STACKS[stack]), "every workload is ready")


@pytest.mark.parametrize("stack", STACKS)
def test_all_volumes_are_bound(cluster: Cluster, stack: str) -> None:
    def phases() -> set[str]:
        claims = cluster.api.get(f"/api/v1/namespaces/{stack}/persistentvolumeclaims").json()["items"]
        assert len(claims) == 4
        return {claim["status"]["phase"] for claim in claims}

    eventually(lambda: phases() == {"Bound"}, "every claim is bound")


def test_the_service_of_ditto_leads_to_its_nginx(cluster: Cluster) -> None:
    def targets() -> set[str]:
        query = "labelSelector=kubernetes.io/service-name=ditto"
        slices = cluster.api.get(f"/apis/discovery.k8s.io/v1/namespaces/small/endpointslices?{query}").json()[
            "items"
        ]
        return {
            endpoint["targetRef"]["name"].rsplit("-", 2)[0]
            for piece in slices
            for endpoint in piece["endpoints"] or []
        }

    eventually(lambda: targets() == {"ditto-nginx"}, "the Service has its pods")


def test_a_pod_that_is_not_hardened_is_refused_where_the_platform_runs(cluster: Cluster) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "rash", "namespace": "small"},
        "spec": {"containers": [{"name": "rash", "image": "example/nothing:1.0"}]},
    }
    with pytest.raises(requests.HTTPError) as refused:
        cluster.api.apply("/api/v1/namespaces/small/pods/rash", pod)

    assert "violates PodSecurity" in refused.value.response.text
