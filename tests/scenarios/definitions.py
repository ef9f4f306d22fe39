"""The kinds that the Gateway API and cert-manager add to a cluster, out of their own Go modules."""

import json
import os
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from sandbox.kubernetes.cluster import Cluster
from tests.services.peers.fetched import MissingError
from tests.services.peers.processes import eventually

DOCUMENTS = {
    "sigs.k8s.io/gateway-api@v1.4.1": "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
    "github.com/cert-manager/cert-manager@v1.19.1": "deploy/crds/cert-manager.io_certificates.yaml",
}
KINDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def fetched(folder: Path) -> list[dict[str, Any]]:
    """The definitions as their projects publish them. Raises `MissingError` when they cannot be had."""
    if shutil.which("go") is None:
        raise MissingError("the kinds of others come in Go modules, and there is no 'go' on PATH")
    found = []
    for module, document in DOCUMENTS.items():
        done = subprocess.run(
            ["go", "mod", "download", "-json", module],
            cwd=folder,
            env=os.environ | {"GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode:
            raise MissingError(f"the Go module {module} cannot be had: {done.stdout or done.stderr}".strip())
        found.append(yaml.safe_load((Path(json.loads(done.stdout)["Dir"]) / document).read_text()))
    return found


def install(cluster: Cluster, folder: Path) -> None:
    """Let the cluster know the kinds, as their installation would. Raises `MissingError`."""
    for document in fetched(folder):
        path = f"{KINDS}/{document['metadata']['name']}"
        cluster.api.apply(path, document)
        eventually(partial(_established, cluster, path), f"{path} is established")


def _established(cluster: Cluster, path: str) -> bool:
    conditions = cluster.api.get(path).json().get("status", {}).get("conditions") or []
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
