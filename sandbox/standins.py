"""The stand-ins of a sandbox: programs that answer behind the simulated pods as Ditto and Grafana would."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.daemon import Daemon
from sandbox.kubernetes.files import write_private
from sandbox.kubernetes.identity import HOST, free_port

PORTS = "ports.json"
PATIENCE = 30.0  # seconds until a stand-in that does not answer is given up

# The stand-ins by name, and the port of their pods: what the platform's containers listen on.
POD_PORTS = {"ditto": 8080, "grafana": 3000}


class StandInError(Exception):
    """A stand-in did not come up; the message holds what it said last."""


def start(directory: Path, cluster: Cluster, namespace: str) -> dict[str, str]:
    """Start each stand-in that does not run, behind the pods of ``namespace``; return their pages by name.

    What they hold is kept in ``directory`` from one start to the next. Raises ``StandInError``.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    ports = _ports(directory)
    for name, port in ports.items():
        daemon = Daemon(directory, name)
        if not daemon.running():
            ports[name] = port = free_port(port)
            daemon.start(_command(name, port, cluster, namespace, directory))
    write_private(directory / PORTS, json.dumps(ports))
    for name, port in ports.items():
        _wait(Daemon(directory, name), f"http://{HOST}:{port}/sandbox/")
    cluster.route(namespace, {POD_PORTS[name]: f"{HOST}:{port}" for name, port in ports.items()})
    return {name: f"http://{HOST}:{port}/sandbox/" for name, port in ports.items()}


def stop(directory: Path) -> None:
    """End the stand-ins of ``directory``; what they hold stays for the next start."""
    for name in POD_PORTS:
        Daemon(directory, name).stop()


def _ports(directory: Path) -> dict[str, int]:
    try:
        known: Mapping[str, int] = json.loads((directory / PORTS).read_text())
    except FileNotFoundError:
        known = {}
    return {name: known.get(name, 0) for name in POD_PORTS}


def _command(name: str, port: int, cluster: Cluster, namespace: str, directory: Path) -> list[str]:
    return [
        "env",
        f"PYTHONPATH={Path(__file__).parent.parent}",  # the daemon works in its own folder
        sys.executable,
        "-m",
        f"sandbox.{name}",
        f"--port={port}",
        f"--kubeconfig={cluster.kubeconfig}",
        f"--namespace={namespace}",
        f"--journal={directory / name}.journal",
    ]


def _wait(daemon: Daemon, page: str) -> None:
    deadline = time.monotonic() + PATIENCE
    with requests.Session() as session:
        session.trust_env = False
        while True:
            try:
                if session.get(page, timeout=5).ok:
                    return
            except requests.RequestException:
                pass
            if not daemon.running() or time.monotonic() > deadline:
                raise StandInError(
                    f"{daemon.name} does not answer; the end of {daemon.log}:\n{daemon.last_words()}"
                )
            time.sleep(0.05)
