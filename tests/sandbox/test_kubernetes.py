"""The sandbox's cluster behaves as a real one in all that the program asks of it."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config
from kubernetes.stream import portforward

from sandbox.kubernetes import build
from sandbox.kubernetes.cluster import Cluster, daemons, find, start, stop
from sandbox.kubernetes.daemon import Daemon

IMAGE = "example/nothing:1.0"  # no node ever pulls it


@dataclass(frozen=True)
class Clients:
    """The clients that the tests speak to a cluster with."""

    core: client.CoreV1Api
    apps: client.AppsV1Api
    batch: client.BatchV1Api


def clients_of(cluster: Cluster) -> Clients:
    api = config.new_client_from_config(str(cluster.kubeconfig))
    return Clients(client.CoreV1Api(api), client.AppsV1Api(api), client.BatchV1Api(api))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    directory = tmp_path_factory.mktemp("cluster")
    yield start(directory)
    stop(directory)


@pytest.fixture(scope="module")
def clients(cluster: Cluster) -> Clients:
    return clients_of(cluster)


@pytest.fixture
def namespace(clients: Clients, request: pytest.FixtureRequest) -> str:
    return new_namespace(clients, re.sub(r"[^a-z]+", "-", request.node.name)[5:60].strip("-"))


def new_namespace(clients: Clients, name: str, labels: dict[str, str] | None = None) -> str:
    clients.core.create_namespace({"metadata": {"name": name, "labels": labels}})
    # A pod is refused until its namespace has an account for it.
    eventually(lambda: clients.core.list_namespaced_service_account(name).items)
    return name


def eventually(condition: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)


def pod(**spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "one", "labels": {"app": "one"}},
        "spec": {"containers": [{"name": "main", "image": IMAGE}], **spec},
    }


def set_of_pods(replicas: int, template: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "one"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "one"}},
            "template": template,
            **spec,
        },
    }


def running_pod(clients: Clients, namespace: str) -> None:
    clients.core.create_namespaced_pod(namespace, pod())
    eventually(lambda: clients.core.read_namespaced_pod("one", namespace).status.phase == "Running")


@contextmanager
def server_that_says(words: str) -> Iterator[str]:
    """Serve ``words`` over HTTP on loopback; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            self.wfile.write(words.encode())

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def answer_of_pod(clients: Clients, namespace: str, port: int) -> str:
    """Ask the pod over a port-forward; return the body of its answer, or "" if there is none."""
    forward = portforward(
        clients.core.connect_get_namespaced_pod_portforward, "one", namespace, ports=str(port)
    )
    with closing(forward.socket(port)) as connection:
        connection.settimeout(5)
        answer = HTTPResponse(connection)
        # The client's relay does not always say that the other side has closed: only then time runs out.
        with suppress(OSError, HTTPException):
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer.begin()
            return answer.read().decode()
    return ""


def pids(cluster: Cluster) -> dict[str, int]:
    return {daemon.name: int(daemon.pid_file.read_text()) for daemon in daemons(cluster.directory)}


def processes_in(directory: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == directory:
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # it has just ended
    return found


def test_a_cluster_that_runs_is_not_started_again(cluster: Cluster) -> None:
    before = pids(cluster)
    assert start(cluster.directory) == cluster == find(cluster.directory)
    assert pids(cluster) == before


def test_only_its_owner_can_read_what_opens_it(cluster: Cluster) -> None:
    assert cluster.directory.stat().st_mode & 0o077 == 0
    assert cluster.kubeconfig.stat().st_mode & 0o077 == 0


def test_there_is_a_node_in_each_of_three_zones(clients: Clients) -> None:
    nodes = clients.core.list_node().items
    assert len({node.metadata.labels["topology.kubernetes.io/zone"] for node in nodes}) == len(nodes) == 3


def test_a_restricted_namespace_refuses_pods_that_ask_for_too_much(clients: Clients) -> None:
    namespace = new_namespace(clients, "restricted", {"pod-security.kubernetes.io/enforce": "restricted"})
    with pytest.raises(client.ApiException) as refusal:
        clients.core.create_namespaced_pod(namespace, pod())
    assert refusal.value.status == 403
    assert "violates PodSecurity" in str(refusal.value.body)


def test_a_deployment_gets_available_with_its_pods_spread_over_the_zones(
    clients: Clients, namespace: str
) -> None:
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "one"}},
    }
    clients.apps.create_namespaced_deployment(
        namespace, set_of_pods(3, pod(topologySpreadConstraints=[spread]))
    )
    eventually(
        lambda: clients.apps.read_namespaced_deployment("one", namespace).status.available_replicas == 3
    )
    assert len({item.spec.node_name for item in clients.core.list_namespaced_pod(namespace).items}) == 3


def test_a_stateful_set_gets_volumes_that_go_with_their_claims(clients: Clients, namespace: str) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    clients.apps.create_namespaced_stateful_set(
        namespace, set_of_pods(2, pod(), serviceName="one", volumeClaimTemplates=[claim])
    )
    eventually(lambda: clients.apps.read_namespaced_stateful_set("one", namespace).status.ready_replicas == 2)
    claims = clients.core.list_namespaced_persistent_volume_claim(namespace).items
    assert [(item.status.phase, item.status.capacity) for item in claims] == [
        ("Bound", {"storage": "1Gi"})
    ] * 2

    clients.core.delete_namespace(namespace)
    eventually(lambda: not clients.core.list_persistent_volume().items)


def test_a_job_completes(clients: Clients, namespace: str) -> None:
    job = {"metadata": {"name": "one"}, "spec": {"template": pod(restartPolicy="Never")}}
    clients.batch.create_namespaced_job(namespace, job)
    eventually(lambda: clients.batch.read_namespaced_job("one", namespace).status.succeeded == 1)


def test_a_port_forward_ends_where_its_namespace_is_routed(
    cluster: Cluster, clients: Clients, namespace: str
) -> None:
    other = new_namespace(clients, "other")
    running_pod(clients, namespace)
    running_pod(clients, other)
    with server_that_says("first") as first, server_that_says("second") as second:
        cluster.route(namespace, {8080: first, 9090: second})
        cluster.route(other, {8080: second})
        eventually(lambda: answer_of_pod(clients, namespace, 8080) == "first", 30)
        assert answer_of_pod(clients, namespace, 9090) == "second"
        assert answer_of_pod(clients, other, 8080) == "second"

        cluster.route(namespace, {8080: second})
        eventually(lambda: answer_of_pod(clients, namespace, 8080) == "second", 30)
        assert answer_of_pod(clients, namespace, 9090) == ""

        cluster.unroute(namespace)
        eventually(lambda: answer_of_pod(clients, namespace, 8080) == "", 30)
        assert answer_of_pod(clients, other, 8080) == "second"
        cluster.unroute(namespace)


@pytest.mark.parametrize("name", ["etcd", "kube-apiserver", "kwok"])
def test_start_repairs_a_cluster_one_of_whose_programs_died(
    cluster: Cluster, clients: Clients, namespace: str, name: str
) -> None:
    os.kill(pids(cluster)[name], signal.SIGKILL)
    eventually(lambda: find(cluster.directory) is None, 5)

    assert start(cluster.directory).server == cluster.server
    running_pod(clients, namespace)
    with server_that_says("here") as address:
        cluster.route(namespace, {8080: address})
        eventually(lambda: answer_of_pod(clients, namespace, 8080) == "here", 30)


def test_a_second_cluster_keeps_its_objects_over_a_stop_that_leaves_nothing_running(
    cluster: Cluster, tmp_path: Path
) -> None:
    second = start(tmp_path)
    assert second.server != cluster.server
    namespace = new_namespace(clients_of(second), "kept")
    running_pod(clients_of(second), namespace)
    assert processes_in(tmp_path)

    stop(tmp_path)
    assert find(tmp_path) is None
    assert processes_in(tmp_path) == []
    assert find(cluster.directory) == cluster
    stop(tmp_path)

    again = clients_of(start(tmp_path))
    try:
        assert again.core.read_namespaced_pod("one", namespace).status.phase == "Running"
        again.core.delete_namespaced_pod("one", namespace)
        eventually(lambda: not again.core.list_namespaced_pod(namespace).items)
    finally:
        stop(tmp_path)


def test_where_there_never_was_a_cluster_nothing_is_found_nor_stopped(tmp_path: Path) -> None:
    assert find(tmp_path / "nothing") is None
    stop(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_a_pid_of_before_a_reboot_is_not_taken_for_the_program_that_has_it_now(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "sleeper")
    daemon.pid_file.write_text(str(os.getpid()))
    assert not daemon.running()
    daemon.stop()  # would end this very test

    daemon.start(["sleep", "60"])
    assert daemon.running()
    assert int(daemon.pid_file.read_text()) != os.getpid()
    daemon.stop()
    assert not daemon.running()


def test_without_go_the_build_says_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(build.BuildError, match=r"needs Go .* no 'go' on PATH"):
        build.programs(tmp_path)


def test_a_build_that_fails_shows_the_words_of_the_compiler_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLAGS", "-tags=,")
    monkeypatch.setenv("GOOS", "nowhere")
    with pytest.raises(build.BuildError, match="nowhere"):
        build.programs(tmp_path, report=lambda line: None)
    assert not [folder for folder in tmp_path.iterdir() if folder.is_dir() and folder.suffix != ".new"]
