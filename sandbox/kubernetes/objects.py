"""The objects that every cluster of the sandbox holds from its start: nodes, a class of volumes, routes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from sandbox.kubernetes import build
from sandbox.kubernetes.identity import HOST

# A document and the path of the API that it goes to.
Object = tuple[str, Mapping[str, object]]

NODES = {"node-a": "zone-a", "node-b": "zone-b", "node-c": "zone-c"}
CAPACITY = {"cpu": "32", "memory": "128Gi", "ephemeral-storage": "1Ti", "pods": "250"}


def storage_class() -> Object:
    """Return the default class of volumes, which ``volumes.yaml`` provides."""
    return "/apis/storage.k8s.io/v1/storageclasses/standard", {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "standard",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "opentwins.sandbox/volumes",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    }


def nodes(port: int) -> Iterator[Object]:
    """Yield each node, and its status: where the API server reaches the one who pretends to be its kubelet."""
    for name, zone in NODES.items():
        path = f"/api/v1/nodes/{name}"
        labels = {
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "topology.kubernetes.io/region": "sandbox",
            "topology.kubernetes.io/zone": zone,
        }
        head = {"apiVersion": "v1", "kind": "Node"}
        yield path, head | {"metadata": {"name": name, "labels": labels}}
        yield (
            f"{path}/status",
            head
            | {
                "metadata": {"name": name},
                "status": {
                    "addresses": [
                        {"type": "InternalIP", "address": HOST},
                        {"type": "Hostname", "address": name},
                    ],
                    "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
                    "capacity": CAPACITY,
                    "allocatable": CAPACITY,
                },
            },
        )


def route_definition(programs: Path) -> Object:
    """Return the definition of kwok's ClusterPortForward, the kind of object that a route is."""
    document = yaml.safe_load((programs / build.ROUTES).read_text())
    return f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{document['metadata']['name']}", document


def route(namespace: str, ports: Mapping[int, str]) -> Object:
    """Return the route of all pods in ``namespace``: from each port to its address, written ``HOST:PORT``."""
    forwards = []
    for port, target in ports.items():
        address, _, target_port = target.rpartition(":")
        forwards.append({"ports": [port], "target": {"address": address, "port": int(target_port)}})
    return route_path(namespace), {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterPortForward",
        "metadata": {"name": namespace},
        "spec": {"selector": {"matchNamespaces": [namespace]}, "forwards": forwards},
    }


def route_path(namespace: str) -> str:
    """Return where the route of ``namespace`` is kept."""
    return f"/apis/kwok.x-k8s.io/v1alpha1/clusterportforwards/{namespace}"
