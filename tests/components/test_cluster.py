"""The real Kubernetes API takes every manifest with `restricted` enforced, and all workloads get ready."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from components.availability import MEMBERS, availability
from docs.availability import stack_settings
from sandbox.kubernetes.cluster import Cluster, start, stop
from tests.components.declared import Declared, Manifests, Program, declare, of_stack
from tests.components.options import OPTIONS, declare_whole
from tests.components.systems import ROWS, SYSTEMS
from tests.components.test_network import NAME, allowed
from tests.components.there import there
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
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/{name}",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}",
    "Deployment": "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
    "StatefulSet": "/apis/apps/v1/namespaces/{namespace}/statefulsets/{name}",
    "Job": "/apis/batch/v1/namespaces/{namespace}/jobs/{name}",
}
STACKS = {
    **{option: declare_whole(option, namespace=f"with-{option}") for option in OPTIONS},
    "": declare_whole("", namespace="small"),
    "scaled": declare(namespace="scaled", ditto='{"replicas": 2}', extendedApi='{"replicas": 2}'),
    "prod": of_stack("prod"),
    "exposed": declare(
        namespace="exposed",
        mosquitto='{"tls": {"tlsSecret": "mqtt", "hosts": ["mqtt.example.org"]}}',
        exposure="""{
          "ditto": {"ingress": {"host": "ditto.example.org", "tlsSecret": "mine"}},
          "grafana": {"nodePort": {"port": 30080, "networks": ["10.0.0.0/8"]}},
          "mosquitto": {"loadBalancer": {"networks": ["203.0.113.0/24"]}}
        }""",
        scheduling="""{
          "nodeSelector": {"kubernetes.io/os": "linux"},
          "tolerations": [{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}]
        }""",
    ),
    "hono-in-clear": declare(namespace="with-hono-in-clear", hono='{"enabled": true, "plaintext": true}'),
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


@pytest.mark.parametrize(("name", "option"), ROWS)
def test_every_system_of_the_architecture_is_there_with_its_wiring(
    cluster: Cluster, name: str, option: str
) -> None:
    """A row of the table, against what the API server holds of the stack."""
    row, program = SYSTEMS[name], STACKS[option]
    (namespace,) = program.kind("Namespace")
    found = there(cluster.api, namespace)

    eventually(lambda: not unready(cluster, program).keys() & row.workloads, f"{name} is ready")
    for service, ports in row.ports.items():
        spec = found.kind("Service")[service].inputs["spec"]
        assert ports <= {port["port"] for port in spec["ports"]}, service
        assert spec["selector"][NAME] in found.workloads
    assert row.wiring <= allowed(found)
    told = {way[:2] for way in row.wiring if way[0] != "ditto-connectivity"}  # Ditto keeps connections itself
    assert told <= names(found, namespace)
    for connection, place in row.connections.items():
        uri = json.loads(program.kind("Connection")[connection].inputs["document"])["uri"]
        service, _, port = place.partition(":")
        assert uri.endswith(f":${{secret:password}}@{service}.{namespace}.svc:{port}")
    for secret, users in row.credentials.items():
        login = found.kind("Secret")[secret].files
        assert login["username"] or secret.endswith("-key")
        assert len(login["password"]) >= 32
        assert users <= knowing(found, secret), secret
    for workload, texts in row.files.items():
        assert not [text for text in texts if text not in contents(found, workload)]


def contents(found: Manifests, workload: str) -> str:
    """All that a workload's pods get to read: their template, and the files of ConfigMaps and Secrets."""
    template = found.workloads[workload].template
    own = {name.removeprefix("checksum/") for name in template["metadata"].get("annotations", {})}
    files = [one for one in found.resources if one.kind in ("ConfigMap", "Secret") and one.name in own]
    return str(template) + "".join(str(one.files) for one in files)


def names(found: Manifests, namespace: str) -> set[tuple[str, str]]:
    """Who is told the address of whom."""
    services = {name: one.inputs["spec"]["selector"][NAME] for name, one in found.kind("Service").items()}
    return {
        (workload, services[service])
        for workload in found.workloads
        for service in re.findall(rf"([a-z-]+)\.{namespace}\.svc", contents(found, workload))
        if service in services
    }


def knowing(found: Manifests, secret: str) -> set[str]:
    """The workloads that are given a Secret, or a file with its password."""
    password = found.kind("Secret")[secret].files["password"]
    given = re.compile(rf"'secretName': '{secret}'|'secretKeyRef': {{[^}}]*'name': '{secret}'")
    return {
        name for name in found.workloads if given.search(text := contents(found, name)) or password in text
    }


@pytest.mark.parametrize("stack", STACKS)
def test_all_volumes_are_bound(cluster: Cluster, stack: str) -> None:
    (namespace,) = STACKS[stack].kind("Namespace")

    def phases() -> set[str]:
        claims = cluster.api.get(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims").json()["items"]
        assert len(claims) == len(STACKS[stack].kind("PersistentVolumeClaim"))
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


def test_whichever_node_is_lost_enough_is_left_of_all_that_claims_so(cluster: Cluster) -> None:
    """Where the real scheduler has put the pods of the stack `prod`, one node is taken away at a time."""
    eventually(lambda: not unready(cluster, STACKS["prod"]), "every workload is ready")
    rows = {row.workload: row for row in availability(stack_settings("prod"))}
    pods = cluster.api.get("/api/v1/namespaces/opentwins/pods").json()["items"]
    placed = [
        (pod["metadata"]["labels"]["app.kubernetes.io/name"], pod["spec"]["nodeName"])
        for pod in pods
        if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"]["conditions"])
    ]
    nodes = {node for _, node in placed}
    assert len(nodes) == 3

    for lost in nodes:
        left = Counter(name for name, node in placed if node != lost)
        assert {name: left[name] for name, row in rows.items() if left[name] < row.needs} == {}, lost
        members = [row for name, row in rows.items() if name.removeprefix("ditto-") in MEMBERS]
        cluster_left = sum(left[row.workload] for row in members)
        assert 2 * cluster_left > sum(row.pods for row in members), "a half of Ditto's cluster is no majority"

    alone = {name for name, row in rows.items() if not row.claims}
    assert alone == {"ditto-ui", "influxdb", "mosquitto", "telegraf", "grafana"}


def test_every_workload_of_the_stack_has_its_row_in_the_table() -> None:
    declared = {
        name: int(one.inputs["spec"]["replicas"])
        for name, one in STACKS["prod"].workloads.items()
        if one.kind != "Job"
    }
    assert {row.workload: row.pods for row in availability(stack_settings("prod"))} == declared


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_exposed_is_what_the_settings_name(cluster: Cluster, stack: str) -> None:
    (namespace,) = STACKS[stack].kind("Namespace")
    services = cluster.api.get(f"/api/v1/namespaces/{namespace}/services").json()["items"]
    ingresses = cluster.api.get(f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses").json()[
        "items"
    ]
    outside = {
        one["metadata"]["name"]: one["spec"]["type"] for one in services if one["spec"]["type"] != "ClusterIP"
    }
    expected = {"grafana-outside": "NodePort", "mosquitto-outside": "LoadBalancer"}
    assert outside == (expected if stack == "exposed" else {})
    assert [one["metadata"]["name"] for one in ingresses] == (["ditto-outside"] if stack == "exposed" else [])
