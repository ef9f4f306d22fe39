"""Kafka-ML runs hardened with what it launches, keeps what it has to, and may do no more than it does."""

import importlib.util
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from tests.components.declared import Declared, declare
from tests.components.test_pods import violations

FOREIGN = {"kafkaMl": '{"enabled": true, "brokers": "kafka.example:9092"}'}
SCRIPT = Path("components/scripts/kafka-ml-settings.py")


def variables(workload: Declared) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in workload.containers[-1].get("env", [])}


def shown(**config: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What a preview shows: the list of volumes is never a difference."""
    resources = declare(**config).resources
    return {(one.type, one.name): one.inputs for one in resources if one.kind != "Volumes"}


def test_all_five_of_its_services_run_once() -> None:
    workloads = declare(**FOREIGN).workloads
    mine = {name: one.inputs["spec"]["replicas"] for name, one in workloads.items() if "kafka-ml" in name}

    parts = ("backend", "frontend", "logger", "pytorch", "tensorflow")
    assert mine == {f"kafka-ml-{part}": 1 for part in parts}


def test_nothing_of_it_is_there_unless_it_is_asked_for_and_nothing_else_changes() -> None:
    without, with_it = shown(), shown(**FOREIGN)

    assert {name: with_it[name] for name in without} == without
    assert all("kafka-ml" in name for _, name in with_it.keys() - without.keys())


def test_the_backend_may_only_make_and_remove_what_it_launches() -> None:
    (role,) = (one for one in declare(**FOREIGN).kind("Role").values() if one.name == "kafka-ml-backend")

    assert role.inputs["rules"] == [
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "delete"]},
        {"apiGroups": [""], "resources": ["replicationcontrollers"], "verbs": ["create", "delete"]},
    ]


def test_its_database_and_models_are_on_a_volume_and_only_one_pod_at_a_time_has_it() -> None:
    backend = declare(**FOREIGN).workloads["kafka-ml-backend"]
    claims = [volume.get("persistentVolumeClaim") for volume in backend.pod["volumes"]]

    assert {"claimName": "data-kafka-ml-backend-0"} in claims
    assert backend.inputs["spec"]["strategy"] == {"type": "Recreate"}
    assert variables(backend)["KAFKA_ML_DATA"] == "/var/lib/kafka-ml"


def test_it_knows_its_parts_and_kafka_and_has_no_key_of_upstream() -> None:
    workloads = declare(**FOREIGN).workloads
    env = variables(workloads["kafka-ml-backend"])

    assert env["BOOTSTRAP_SERVERS"] == "kafka.example:9092"
    assert env["TFEXECUTOR_URL"] == "http://kafka-ml-tensorflow.opentwins.svc:8001/"
    assert env["PTHEXECUTOR_URL"] == "http://kafka-ml-pytorch.opentwins.svc:8002/"
    assert env["BACKEND_URL"] == "http://kafka-ml-backend.opentwins.svc:8000"
    assert env["DEBUG"] == "0"
    assert env["SECRET_KEY"] == ""  # of a Secret
    assert variables(workloads["kafka-ml-logger"])["BACKEND"] == "kafka-ml-backend.opentwins.svc:8000"


def test_the_platforms_kafka_is_reached_where_it_asks_for_no_password() -> None:
    program = declare(kafka='{"enabled": true}', kafkaMl='{"enabled": true}')

    servers = variables(program.workloads["kafka-ml-backend"])["BOOTSTRAP_SERVERS"]
    assert servers == "kafka.opentwins.svc:9095"
    (rule,) = (one for one in program.kind("NetworkPolicy").values() if one.name == "kafka-ml-to-kafka")
    assert rule.inputs["spec"]["ingress"][0]["ports"] == [{"port": 9095, "protocol": "TCP"}]


def test_the_executors_run_where_they_may_write_the_models_that_they_hand_out() -> None:
    for name, port in (("kafka-ml-tensorflow", 8001), ("kafka-ml-pytorch", 8002)):
        (executor,) = declare(**FOREIGN).workloads[name].containers
        command = executor["command"]
        folder = command[command.index("--chdir") + 1]

        assert {"mountPath": folder, "name": "tmp"} in executor["volumeMounts"]
        assert command[:2] == ["gunicorn", "app:app"]
        assert f"0.0.0.0:{port}" in command
        assert {"name": "PYTHONPATH", "value": "/usr/src/app"} in executor["env"]  # where app.py is


# What the backend launches


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[dict[str, Any]]]:
    """The bodies that reach the Kubernetes API, once the backend has read its settings."""
    received: list[dict[str, Any]] = []

    def record(self: Any, namespace: str, body: dict[str, Any], **_: Any) -> None:
        received.append(body)

    monkeypatch.setattr(client.BatchV1Api, "create_namespaced_job", record)
    monkeypatch.setattr(client.CoreV1Api, "create_namespaced_replication_controller", record)
    rules = variables(declare(**FOREIGN).workloads["kafka-ml-backend"])["KAFKA_ML_JOBS"]
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "autoweb", types.ModuleType("autoweb"))
        upstream = types.ModuleType("autoweb.settings")
        upstream.INSTALLED_APPS = ["automl"]  # type: ignore[attr-defined]
        patched.setitem(sys.modules, "autoweb.settings", upstream)
        patched.setenv("KAFKA_ML_DATA", str(tmp_path))
        patched.setenv("KAFKA_ML_JOBS", rules)
        spec = importlib.util.spec_from_file_location("opentwins_settings", SCRIPT)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.INSTALLED_APPS == ["automl"]
        assert module.DATABASES["default"]["NAME"] == str(tmp_path / "db.sqlite3")
        assert str(tmp_path / "models") == module.MEDIA_ROOT
        yield received


def launched(gpus: int) -> dict[str, Any]:
    """A pod template as Kafka-ML 1.3 makes it."""
    return {
        "spec": {
            "containers": [
                {
                    "image": "ertis/training",
                    "name": "training",
                    "env": [{"name": "RESULT_ID", "value": "1"}],
                    "resources": {"limits": {"nvidia.com/gpu": gpus}},
                }
            ],
            "imagePullPolicy": "Always",
            "restartPolicy": "OnFailure",
            "runtimeClassName": "nvidia",
        }
    }


def test_what_it_launches_meets_the_restricted_standard_and_has_limits(calls: list[dict[str, Any]]) -> None:
    body = {"kind": "Job", "spec": {"template": launched(0)}}
    client.BatchV1Api(client.ApiClient()).create_namespaced_job(body=body, namespace="x")

    template = calls[0]["spec"]["template"]
    assert violations(template["spec"]) == []
    (container,) = template["spec"]["containers"]
    assert container["resources"]["limits"] == {"cpu": "2", "memory": "4Gi"}
    assert container["env"][0] == {"name": "RESULT_ID", "value": "1"}
    assert template["spec"]["automountServiceAccountToken"] is False


def test_what_it_launches_runs_without_a_gpu_unless_it_was_asked_for(calls: list[dict[str, Any]]) -> None:
    api = client.CoreV1Api(client.ApiClient())
    for gpus in (0, 2):
        body = {"spec": {"template": launched(gpus)}}
        api.create_namespaced_replication_controller(body=body, namespace="x")

    without, with_two = (body["spec"]["template"]["spec"] for body in calls)
    assert "runtimeClassName" not in without
    assert "nvidia.com/gpu" not in without["containers"][0]["resources"]["limits"]
    assert with_two["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 2


def test_the_network_knows_what_it_launches_by_its_label(calls: list[dict[str, Any]]) -> None:
    template = launched(0) | {"metadata": {"labels": {"app": "inference1"}}}
    client.CoreV1Api(client.ApiClient()).create_namespaced_replication_controller(
        body={"spec": {"template": template}}, namespace="x"
    )

    labels = calls[0]["spec"]["template"]["metadata"]["labels"]
    assert labels["app"] == "inference1"  # by which the controller knows it
    policy = declare(**FOREIGN).kind("NetworkPolicy")["kafka-ml-backend"].inputs["spec"]
    sources = policy["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]
    assert labels[sources["key"]] in sources["values"]


def test_models_that_others_wrote_can_reach_nobody_from_where_they_are_checked() -> None:
    policy = declare(**FOREIGN).kind("NetworkPolicy")["kafka-ml-executors"].inputs["spec"]

    assert policy["policyTypes"] == ["Egress"]
    assert "egress" not in policy
    assert json.dumps(["kafka-ml-tensorflow", "kafka-ml-pytorch"]) in json.dumps(policy["podSelector"])
