"""Every pod of the platform is hardened, watched and bounded, whatever the settings."""

import re
from typing import Any

import pytest

from tests.components.declared import Declared, declare, texts
from tests.components.options import OPTIONS

EXTERNAL = {
    "secrets": '{"theirs": {"username": "them", "password": "open-sesame", "token": "sesame-too"}}',
    "ditto": '{"external": {"url": "https://ditto.example", "secret": "theirs"}}',
    "mosquitto": '{"clients": {"networks": ["192.0.2.0/24"]}}',
    "grafana": '{"external": {"url": "https://grafana.example", "secret": "theirs",'
    ' "dataSource": {"url": "https://influxdb.example", "secret": "theirs"}}}',
}
SCALED = {"ditto": '{"replicas": 3}', "extendedApi": '{"replicas": 2}'}
HONO = {"hono": '{"enabled": true, "http": {"replicas": 2}, "plaintext": true}'}
KAFKA_ML = {"kafkaMl": '{"enabled": true, "brokers": "kafka.example:9092"}'}
CONFIGS: dict[str, dict[str, str]] = {
    "defaults": {},
    "scaled": SCALED,
    "external": EXTERNAL,
    "hono": HONO,
    "kafka-ml": KAFKA_ML,
    **OPTIONS,
}
# Who asks the Kubernetes API, besides the members of Ditto's cluster, and with which account.
ACCOUNTS = {
    **dict.fromkeys(("hono-http", "hono-mqtt", "hono-amqp"), "hono-adapter"),
    "hono-command-router": "hono-command-router",
    "kafka-ml-backend": "kafka-ml-backend",
}

PODS = [
    pytest.param(workload, id=f"{name}:{workload.name}")
    for name, config in CONFIGS.items()
    for workload in declare(**config).workloads.values()
]
every_pod = pytest.mark.parametrize("workload", PODS)


def violations(pod: dict[str, Any]) -> list[str]:
    """What the `restricted` standard would say, from its text (kubernetes.io, Pod Security Standards)."""
    found = [f"{key} is set" for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key)]
    allowed = {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
    for volume in pod.get("volumes", []):
        found += [f"volume {volume['name']} is a {kind}" for kind in volume.keys() - {"name"} - allowed]
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        found.append("it may run as root")
    if security.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        found.append("it has no seccomp profile")
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
            found.append(f"{container['name']} may gain privileges")
        if own.get("capabilities", {}).get("drop") != ["ALL"] or own["capabilities"].get("add"):
            found.append(f"{container['name']} keeps capabilities")
        if own.get("runAsUser") == 0 or own.get("runAsNonRoot") is False:
            found.append(f"{container['name']} runs as root")
        if any(port.get("hostPort") for port in container.get("ports", [])):
            found.append(f"{container['name']} takes a port of the node")
    return found


def test_the_table_of_the_standard_finds_a_pod_that_is_not_hardened() -> None:
    assert len(violations({"containers": [{"name": "x"}], "volumes": [{"name": "v", "hostPath": {}}]})) == 5


@every_pod
def test_it_meets_the_restricted_standard(workload: Declared) -> None:
    assert violations(workload.pod) == []


@every_pod
def test_its_root_file_system_is_read_only_and_it_learns_nothing_of_other_services(
    workload: Declared,
) -> None:
    assert all(one["securityContext"]["readOnlyRootFilesystem"] for one in workload.containers)
    assert workload.pod["enableServiceLinks"] is False


@every_pod
def test_only_those_who_have_to_may_ask_the_kubernetes_api(workload: Declared) -> None:
    member = workload.template["metadata"]["labels"].get("actorSystemName") == "ditto-cluster"
    account = "ditto" if member else ACCOUNTS.get(workload.name)

    assert workload.pod["automountServiceAccountToken"] is (account is not None)
    assert workload.pod.get("serviceAccountName") == account


@every_pod
def test_its_containers_have_requests_and_limits(workload: Declared) -> None:
    for container in workload.containers:
        for kind in ("requests", "limits"):
            assert set(container["resources"][kind]) == {"cpu", "memory"}, container["name"]


@every_pod
def test_its_services_are_probed_at_ports_that_they_have(workload: Declared) -> None:
    if workload.kind == "Job":
        return
    for container in workload.pod["containers"]:
        ports = {port["name"] for port in container.get("ports", [])}
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = container[kind]
            action = probe.get("httpGet") or probe.get("tcpSocket")
            assert action["port"] in ports if action else probe["exec"]["command"], kind
        startup = container["startupProbe"]
        assert startup["periodSeconds"] * startup["failureThreshold"] >= 60


@every_pod
def test_its_images_are_pinned_but_for_the_one_that_has_no_other_tag(workload: Declared) -> None:
    for container in workload.containers:
        moving = "@sha256:" not in container["image"] and not re.search(
            r":[\w.-]*\d[\w.-]*$", container["image"]
        )
        assert moving == (workload.name == "extended-api"), container["image"]
        assert container["imagePullPolicy"] == ("Always" if moving else "IfNotPresent")


@every_pod
def test_each_volume_is_used_and_each_mount_has_its_volume(workload: Declared) -> None:
    volumes = [volume["name"] for volume in workload.pod.get("volumes", [])]
    mounts = {mount["name"] for one in workload.containers for mount in one.get("volumeMounts", [])}

    volumes += [one["metadata"]["name"] for one in workload.inputs["spec"].get("volumeClaimTemplates", [])]
    assert len(volumes) == len(set(volumes))
    assert set(volumes) == mounts


@every_pod
def test_it_is_given_time_to_stop(workload: Declared) -> None:
    assert workload.pod["terminationGracePeriodSeconds"] >= 30


def test_an_image_of_the_users_own_is_used_as_it_is() -> None:
    mine = "registry.example/extended-api@sha256:" + 64 * "0"
    program = declare(images=f'{{"extendedApi": "{mine}"}}')
    (container,) = program.workloads["extended-api"].containers

    assert (container["image"], container["imagePullPolicy"]) == (mine, "IfNotPresent")


def test_what_keeps_data_keeps_it_on_a_volume_of_the_size_and_class_that_are_set() -> None:
    program = declare(mongodb='{"storage": {"size": "99Gi", "class": "fast"}}')
    claims = {name: one.inputs["spec"] for name, one in program.kind("PersistentVolumeClaim").items()}
    used = {
        volume["persistentVolumeClaim"]["claimName"]: one.name
        for one in program.workloads.values()
        for volume in one.pod["volumes"]
        if "persistentVolumeClaim" in volume
    }
    used |= {
        f"{claim['metadata']['name']}-{one.name}-{ordinal}": one.name
        for one in program.kind("StatefulSet").values()
        for claim in one.inputs["spec"].get("volumeClaimTemplates", [])
        for ordinal in range(int(one.inputs["spec"]["replicas"]))
    }

    assert used == {f"data-{name}-0": name for name in ("mongodb", "influxdb", "mosquitto", "grafana")}
    assert used.keys() == claims.keys()
    assert claims["data-mongodb-0"]["resources"]["requests"]["storage"] == "99Gi"
    assert claims["data-mongodb-0"]["storageClassName"] == "fast"
    assert "storageClassName" not in claims["data-influxdb-0"]


def test_several_replicas_are_spread_and_have_a_disruption_budget() -> None:
    pods = declare(**SCALED).workloads.values()
    several = {one.name for one in pods if one.inputs["spec"].get("replicas", 1) > 1}

    assert len(several) == 7
    assert {one.name for one in pods if "topologySpreadConstraints" in one.pod} == several
    assert declare(**SCALED).kind("PodDisruptionBudget").keys() == several


def test_a_single_replica_has_no_disruption_budget_that_would_keep_its_node_from_being_drained() -> None:
    assert not declare().kind("PodDisruptionBudget")


@pytest.mark.parametrize(
    ("ditto", "members"),
    [("{}", 5), ('{"replicas": 2}', 10), ('{"replicas": 2, "gateway": {"replicas": 4}}', 12)],
)
def test_dittos_members_wait_for_as_many_as_there_are(ditto: str, members: int) -> None:
    pods = declare(ditto=ditto).workloads.values()
    cluster = [one for one in pods if "actorSystemName" in one.template["metadata"]["labels"]]
    waits = {
        variable["value"]
        for one in cluster
        for variable in one.pod["containers"][0]["env"]
        if variable["name"] == "CLUSTER_BS_REQUIRED_CONTACTS"
    }

    assert sum(one.inputs["spec"]["replicas"] for one in cluster) == members
    assert waits == {str(members)}


def test_of_dittos_members_only_the_one_that_is_made_last_is_waited_for() -> None:
    cluster = {name: one for name, one in declare().workloads.items() if name.startswith("ditto-")}
    unawaited = {
        name
        for name, one in cluster.items()
        if one.inputs["metadata"].get("annotations", {}).get("pulumi.com/skipAwait") == "true"
    }

    assert unawaited == {"ditto-policies", "ditto-things", "ditto-things-search", "ditto-connectivity"}


def test_ditto_may_look_at_pods_and_do_nothing_else() -> None:
    (role,) = declare().kind("Role").values()

    assert role.inputs["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}
    ]


def test_the_namespace_enforces_the_restricted_standard() -> None:
    (namespace,) = declare(namespace="elsewhere").kind("Namespace").values()

    assert namespace.inputs["metadata"]["name"] == "elsewhere"
    assert namespace.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_two_namespaces_in_one_cluster_do_not_meet() -> None:
    one, other = declare(namespace="plant-one").resources, declare(namespace="plant-two").resources
    made = [resource for resource in one if resource.type.startswith("kubernetes:")]

    assert {resource.inputs["metadata"].get("namespace") for resource in made} == {None, "plant-one"}
    assert [resource.kind for resource in made if "namespace" not in resource.inputs["metadata"]] == [
        "Namespace"
    ]
    assert not [text for resource in other for text in texts(resource.inputs) if "plant-one" in text]


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_no_two_objects_have_one_name(config: dict[str, str]) -> None:
    names = [
        (one.kind, one.name) for one in declare(**config).resources if one.type.startswith("kubernetes:")
    ]

    assert len(names) == len(set(names)) > 20


def test_a_ditto_that_runs_elsewhere_leaves_nothing_of_ours_for_it() -> None:
    program = declare(**EXTERNAL)
    names = {one.name for one in program.resources if one.type.startswith("kubernetes:")}

    assert not {name for name in names if name.startswith(("ditto", "mongodb", "grafana", "data-mongodb"))}
    secret = [one._name for one in program.platform.ready["ditto"]]
    assert secret == ["user-theirs"]
    assert program.platform.addresses["ditto"] == "https://ditto.example"
