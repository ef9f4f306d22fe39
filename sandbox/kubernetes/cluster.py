"""Start, find and stop a cluster, which is a directory and the programs that run in it."""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import requests

from sandbox.kubernetes import build, objects
from sandbox.kubernetes.api import Api
from sandbox.kubernetes.control_plane import STORE, WORKERS, commands
from sandbox.kubernetes.daemon import Daemon
from sandbox.kubernetes.files import exclusive
from sandbox.kubernetes.identity import HOST, KUBECONFIG, Identity, read, settle

PATIENCE = 120.0  # seconds until a start is given up, many times what it takes on two busy cores
LOCK = "lock"


class ClusterError(Exception):
    """The cluster did not come up; the message holds what its programs said last."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster: where it lives and who it is."""

    directory: Path
    identity: Identity

    @property
    def kubeconfig(self) -> Path:
        """The file that makes any client of Kubernetes the cluster's administrator."""
        return self.directory / KUBECONFIG

    @property
    def server(self) -> str:
        """The URL of the Kubernetes API."""
        return self.identity.server

    @cached_property
    def api(self) -> Api:
        """A session with the API, with the rights of the administrator."""
        return Api(self.directory, self.identity)

    def route(self, namespace: str, ports: Mapping[int, str]) -> None:
        """Let a port-forward to port N of any pod in ``namespace`` end at ``ports[N]``, an address ``HOST:PORT``.

        Replaces the namespace's earlier routes, is seen within milliseconds, and outlives a restart of the cluster.
        """
        self.api.apply(*objects.route(namespace, ports))

    def unroute(self, namespace: str) -> None:
        """Refuse port-forwards into ``namespace``, as before its first route."""
        self.api.delete(objects.route_path(namespace))


def start(directory: Path, report: build.Report = print) -> Cluster:
    """Return the cluster of ``directory``, which is started, with all the objects it held before, unless it runs.

    One that runs only in part, or answers no more, is started again. The programs are built first where they are not
    (see ``build.programs``); ``report`` is told what takes time. The cluster goes on when the caller ends.
    Raises ``BuildError``, or ``ClusterError`` after everything was stopped again.
    """
    directory = directory.resolve()
    programs = build.programs(report=report)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusive(directory / LOCK):
        cluster = find(directory)
        if cluster is None:
            _stop(directory)
            cluster = Cluster(directory, settle(directory, programs / build.CONTROL_PLANE))
            try:
                _start(cluster, programs)
            except BaseException:
                _stop(directory)
                raise
    return cluster


def find(directory: Path) -> Cluster | None:
    """Return the cluster of ``directory`` if all of it runs and it answers, else None."""
    directory = directory.resolve()
    identity = read(directory)
    if identity is None or not all(daemon.running() for daemon in daemons(directory)):
        return None
    cluster = Cluster(directory, identity)
    return cluster if _ready(cluster) else None


def stop(directory: Path) -> None:
    """End every program of the cluster of ``directory``, and wait for that; its objects stay for the next start."""
    directory = directory.resolve()
    if directory.exists():
        with exclusive(directory / LOCK):
            _stop(directory)


def daemons(directory: Path) -> list[Daemon]:
    """Return the programs of the cluster of ``directory`` in the order in which they start."""
    return [Daemon(directory, name) for name in STORE + WORKERS]


def _start(cluster: Cluster, programs: Path) -> None:
    lines = commands(programs, cluster.identity)
    for name in STORE:
        Daemon(cluster.directory, name).start(lines[name])
    _wait(cluster, STORE, _ready)
    for path, document in [
        objects.route_definition(programs),
        objects.storage_class(),
        *objects.nodes(cluster.identity.nodes_port),
    ]:
        cluster.api.apply(path, document)
    for name in WORKERS:
        Daemon(cluster.directory, name).start(lines[name])
    _wait(cluster, STORE + WORKERS, _settled)


def _stop(directory: Path) -> None:
    for daemon in reversed(daemons(directory)):
        daemon.stop()


def _wait(cluster: Cluster, names: tuple[str, ...], condition: Callable[[Cluster], bool]) -> None:
    """Wait until ``condition`` is met, for as long as the named programs run."""
    deadline = time.monotonic() + PATIENCE
    while not condition(cluster):
        for name in names:
            daemon = Daemon(cluster.directory, name)
            if not daemon.running():
                raise ClusterError(f"{name} ended at once; the end of {daemon.log}:\n{daemon.last_words()}")
        if time.monotonic() > deadline:
            raise ClusterError(
                f"the cluster is not ready after {PATIENCE:.0f} s; see the logs in {cluster.directory}"
            )
        time.sleep(0.1)


def _ready(cluster: Cluster) -> bool:
    """Say whether the API server is ready to serve."""
    try:
        return cluster.api.get("/readyz").ok
    except requests.RequestException:
        return False


def _settled(cluster: Cluster) -> bool:
    """Say whether the workers do their work: a pod that is created now gets its account, its node, and runs."""
    nodes = cluster.api.get("/api/v1/nodes").json()["items"]
    with socket.socket() as kubelet:
        listening = kubelet.connect_ex((HOST, cluster.identity.nodes_port)) == 0
    return (
        listening
        and all(not node["spec"].get("taints") for node in nodes)
        and cluster.api.get("/api/v1/namespaces/default/serviceaccounts/default").ok
    )
