"""The built-in engine manages objects on a real Kubernetes API as Pulumi's own provider does."""

import json
import os
import signal
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.engine.builtin import Builtin
from sandbox.kubernetes.cluster import Cluster, start, stop
from tests.engine.test_interruption import begin
from tests.engine.toy import Toy, changed, fine, quiet, told

HEAD = """
import pulumi_kubernetes as k8s
kube = k8s.Provider("cluster", kubeconfig="{kubeconfig}", {settings})
at = lambda **more: Options(provider=kube, **more)
space = "{namespace}"
ns = k8s.core.v1.Namespace("space", metadata={{"name": space}}, opts=at())


def web(name="web", replicas=1, image="example/web:1", annotations=None, **pod):
    labels, more = {{"app": name}}, pod.pop("container", {{}})
    return k8s.apps.v1.Deployment(
        name,
        metadata={{"namespace": space, "name": name, "annotations": annotations or {{}}}},
        spec={{
            "replicas": replicas,
            "selector": {{"matchLabels": labels}},
            "template": {{
                "metadata": {{"labels": labels}},
                "spec": {{"containers": [{{"name": "web", "image": image, **more}}], **pod}},
            }},
        }},
        opts=at(depends_on=[ns]),
    )
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    directory = tmp_path_factory.mktemp("cluster")
    yield start(directory, report=quiet)
    stop(directory)


class OnCluster(Toy):
    """A toy whose program declares objects in a namespace of its own."""

    cluster: Cluster
    namespace: str
    settings = ""

    def declare(self, program: str, kubeconfig: Path | None = None) -> None:
        head = HEAD.format(
            kubeconfig=kubeconfig or self.cluster.kubeconfig,
            namespace=self.namespace,
            settings=self.settings,
        )
        self.write(head + textwrap.dedent(program))

    def get(self, path: str) -> Any:
        """The object at a path below the namespace, None when there is none."""
        group, _, rest = path.rpartition("//")
        base = f"/apis/{group}" if group else "/api/v1"
        answer = self.cluster.api.get(f"{base}/namespaces/{self.namespace}/{rest}")
        return answer.json() if answer.ok else None

    @property
    def deployment(self) -> Any:
        return self.get("apps/v1//deployments/web")


@pytest.fixture
def site(cluster: Cluster, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[OnCluster]:
    found = OnCluster(tmp_path)
    found.cluster = cluster
    found.namespace = request.node.name.replace("_", "-")[5:60].strip("-")
    yield found
    cluster.api.delete(f"/api/v1/namespaces/{found.namespace}")


@pytest.fixture
def engine(site: OnCluster) -> Builtin:
    return Builtin(site.workspace, quiet)


def test_workloads_are_there_and_ready_when_an_up_ends(site: OnCluster, engine: Builtin) -> None:
    site.declare("""
        service = k8s.core.v1.Service(
            "web", metadata={"namespace": space, "name": "web"},
            spec={"selector": {"app": "web"}, "ports": [{"port": 80}]}, opts=at(depends_on=[web(replicas=2)]),
        )
        pulumi.export("ip", service.spec.cluster_ip)
    """)
    planned = engine.preview()
    result = fine(engine.up())
    assert told(planned) == told(result)
    assert site.deployment["status"]["availableReplicas"] == 2
    assert result.outputs["ip"] == site.get("services/web")["spec"]["clusterIP"]
    assert engine.up().changes == ()


def test_a_field_that_is_taken_out_goes_from_the_object(site: OnCluster, engine: Builtin) -> None:
    site.declare('web(container={"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]})')
    fine(engine.up())
    site.declare('web(image="example/web:2", container={"env": [{"name": "B", "value": "2"}]})')
    result = fine(engine.up())
    assert told(result) == [("update", "web")]
    [container] = site.deployment["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "B", "value": "2"}]
    assert container["image"] == "example/web:2"
    assert engine.up().changes == ()


def test_what_others_set_is_left_alone(site: OnCluster, engine: Builtin) -> None:
    site.declare("web()")
    fine(engine.up())
    path = f"/apis/apps/v1/namespaces/{site.namespace}/deployments/web"
    site.cluster.api.apply(
        path, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": {"owner": "me"}}}
    )
    site.declare('web(image="example/web:2")')
    fine(engine.up())
    assert site.deployment["metadata"]["labels"] == {"owner": "me"}


def test_ignored_fields_are_left_as_others_have_set_them(site: OnCluster, engine: Builtin) -> None:
    program = """
        k8s.apps.v1.Deployment(
            "web", metadata={"namespace": space, "name": "web"},
            spec={"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "example/web:TAG"}]},
            }},
            opts=at(depends_on=[ns], ignore_changes=["spec.replicas"]))
    """
    site.declare(program.replace("TAG", "1"))
    fine(engine.up())
    path = f"/apis/apps/v1/namespaces/{site.namespace}/deployments/web"
    site.cluster.api.apply(path, {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 3}})
    site.declare(program.replace("TAG", "2"))
    assert told(fine(engine.up())) == [("update", "web")]
    assert site.deployment["spec"]["replicas"] == 3


def test_data_of_a_config_map_with_a_made_up_name_is_replaced_and_its_users_follow(
    site: OnCluster, engine: Builtin
) -> None:
    program = """
        settings = k8s.core.v1.ConfigMap("settings", metadata={"namespace": space}, data={"x": "VALUE"},
                                         opts=at(depends_on=[ns]))
        web(volumes=[{"name": "s", "configMap": {"name": settings.metadata.name}}])
    """
    site.declare(program.replace("VALUE", "1"))
    fine(engine.up())
    [before] = [each["metadata"]["name"] for each in _maps(site)]
    site.declare(program.replace("VALUE", "2"))
    assert told(fine(engine.up())) == [("replace", "settings"), ("update", "web")]
    [after] = _maps(site)
    assert after["data"] == {"x": "2"}
    assert after["metadata"]["name"] != before


def test_data_of_a_mutable_config_map_is_changed_in_place(site: OnCluster, engine: Builtin) -> None:
    site.settings = "enable_config_map_mutable=True"
    program = """
        k8s.core.v1.ConfigMap("settings", metadata={"namespace": space, "name": "settings"},
                              data={"x": "VALUE"}, opts=at(depends_on=[ns]))
    """
    site.declare(program.replace("VALUE", "1"))
    fine(engine.up())
    site.declare(program.replace("VALUE", "2"))
    result = fine(engine.up())
    assert told(result) == [("update", "settings")]
    assert changed(result, "settings") == ("data.x",)
    assert site.get("configmaps/settings")["data"] == {"x": "2"}


def test_an_object_of_somebody_else_is_refused_and_not_touched(site: OnCluster, engine: Builtin) -> None:
    site.declare("")
    fine(engine.up())
    path = f"/api/v1/namespaces/{site.namespace}/configmaps/theirs"
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "theirs"},
        "data": {"x": "theirs"},
    }
    site.cluster.api.apply(path, theirs)
    site.declare("""
        k8s.core.v1.ConfigMap("ours", metadata={"namespace": space, "name": "theirs"}, data={"x": "ours"},
                              opts=at(depends_on=[ns]))
    """)
    result = engine.up()
    assert result.error is not None
    assert 'configmaps "theirs" already exists' in result.error
    assert site.get("configmaps/theirs")["data"] == {"x": "theirs"}


def test_a_workload_that_does_not_get_ready_is_an_error_that_says_why(
    site: OnCluster, engine: Builtin
) -> None:
    patience = '{"pulumi.com/timeoutSeconds": "2"}'
    site.declare(f'web(annotations={patience}, nodeSelector={{"no": "where"}})')
    result = engine.up()
    assert result.error is not None
    assert "did not get ready in 2 s: 0 of 1 pods are available" in result.error
    assert "didn't match Pod's node affinity/selector" in result.error
    site.declare(f"web(annotations={patience})")
    assert told(fine(engine.up())) == [("update", "web")]
    assert engine.up().changes == ()


def test_with_the_annotation_to_skip_it_nothing_is_awaited(site: OnCluster, engine: Builtin) -> None:
    site.declare('web(annotations={"pulumi.com/skipAwait": "true"}, nodeSelector={"no": "where"})')
    fine(engine.up())
    assert site.deployment["status"].get("availableReplicas") is None


def test_a_run_that_was_killed_while_it_waited_is_taken_up_again(site: OnCluster, engine: Builtin) -> None:
    site.declare('web(nodeSelector={"no": "where"})')
    run = begin(site)
    deadline = time.monotonic() + 60
    while site.deployment is None:
        assert time.monotonic() < deadline, "the deployment was not created"
        time.sleep(0.1)
    time.sleep(0.5)  # until the answer to the creation has arrived
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    site.declare("web()")
    fine(engine.up())
    assert site.deployment["status"]["availableReplicas"] == 1
    assert engine.up().changes == ()


def test_an_edit_by_others_is_found_and_put_right(site: OnCluster, engine: Builtin) -> None:
    site.declare("web(replicas=1)")
    fine(engine.up())
    path = f"/apis/apps/v1/namespaces/{site.namespace}/deployments/web"
    site.cluster.api.apply(path, {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 2}})
    found = fine(engine.refresh())
    assert told(found) == [("refresh", "web")]
    assert changed(found, "web") == ("spec.replicas",)
    assert told(engine.preview()) == [("update", "web")]


def test_an_object_that_is_gone_is_made_anew_after_a_refresh(site: OnCluster, engine: Builtin) -> None:
    site.declare("web()")
    fine(engine.up())
    site.cluster.api.delete(f"/apis/apps/v1/namespaces/{site.namespace}/deployments/web")
    assert ("delete", "web") in told(engine.refresh())
    assert told(fine(engine.up())) == [("create", "web")]


def test_destroy_leaves_nothing_and_waits_until_it_is_gone(site: OnCluster, engine: Builtin) -> None:
    site.declare("web()")
    fine(engine.up())
    fine(engine.destroy())
    assert not site.cluster.api.get(f"/api/v1/namespaces/{site.namespace}").ok
    assert [each["urn"] for each in site.resources(engine)] == []


def test_a_preview_without_changes_needs_no_cluster(site: OnCluster, engine: Builtin, tmp_path: Path) -> None:
    site.declare("web()")
    fine(engine.up())
    elsewhere = yaml.safe_load(site.cluster.kubeconfig.read_text())
    elsewhere["users"][0]["user"] = {"token": "of nobody"}
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(elsewhere))
    site.declare("web()", kubeconfig=tmp_path / "kubeconfig")
    assert told(fine(engine.preview())) == [("update", "cluster")]


def test_a_cluster_that_does_not_answer_is_an_error_that_names_it(
    site: OnCluster, engine: Builtin, tmp_path: Path
) -> None:
    elsewhere = yaml.safe_load(site.cluster.kubeconfig.read_text())
    elsewhere["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(elsewhere))
    site.declare("", kubeconfig=tmp_path / "kubeconfig")
    error = engine.up().error
    assert error is not None
    assert "the Kubernetes API at https://127.0.0.1:1 does not answer" in error


def _maps(site: OnCluster) -> list[Any]:
    found = site.get("configmaps")["items"]
    return [each for each in found if each["metadata"]["name"] != "kube-root-ca.crt"]


def test_a_creation_that_was_cut_off_is_recognised_as_ours(site: OnCluster, engine: Builtin) -> None:
    site.declare(MAP)
    fine(engine.up())
    _as_if_cut_off(engine, site.resources(engine))
    assert told(fine(engine.up())) == [("create", "map")]
    assert engine.up().changes == ()


def test_an_object_that_was_there_before_is_not_ours(site: OnCluster, engine: Builtin) -> None:
    site.declare(MAP)
    fine(engine.up())
    _as_if_cut_off(engine, site.resources(engine), created="2999-01-01T00:00:00.000000Z")
    error = engine.up().error
    assert error is not None
    assert 'configmaps "map" already exists' in error


MAP = """
    k8s.core.v1.ConfigMap("map", metadata={"namespace": space, "name": "map"}, data={"x": "1"},
                          opts=at(depends_on=[ns]))
"""


def _as_if_cut_off(engine: Builtin, resources: list[dict[str, Any]], **fields: str) -> None:
    """Give the engine the state that a run leaves which was killed while it created the map."""
    [begun] = [each for each in resources if each["urn"].endswith("::map")]
    rest = [each for each in resources if each is not begun]
    pending = [{"type": "creating", "resource": {**begun, "id": "", "outputs": {}, **fields}}]
    document = {"version": 3, "deployment": {"resources": rest, "pending_operations": pending}}
    engine.import_state(json.dumps(document))
