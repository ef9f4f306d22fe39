"""What a cluster is known by: ports, the administrator's token, a certificate, and the kubeconfig that holds them."""

import json
import secrets
import socket
import subprocess
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import yaml

from sandbox.kubernetes.files import write_private

HOST = "127.0.0.1"

IDENTITY = "identity.json"
KUBECONFIG = "kubeconfig"
TOKENS = "tokens.csv"
CERTIFICATE = "tls.crt"
KEY = "tls.key"


@dataclass(frozen=True)
class Identity:
    """Who the cluster of a directory is. It stays the same from one start to the next, unless a port was taken."""

    token: str
    server_port: int
    nodes_port: int

    @property
    def server(self) -> str:
        """The URL of the Kubernetes API."""
        return f"https://{HOST}:{self.server_port}"


def read(directory: Path) -> Identity | None:
    """Return who the cluster of ``directory`` is, or None where there never was one."""
    try:
        return Identity(**json.loads((directory / IDENTITY).read_text()))
    except FileNotFoundError:
        return None


def settle(directory: Path, control_plane: Path) -> Identity:
    """Return who the cluster of ``directory`` will be, with all its files in place and its ports free.

    To be called only while none of its programs runs. ``control_plane`` is the binary that makes the certificate.
    """
    known = read(directory) or Identity(secrets.token_hex(16), 0, 0)
    identity = replace(
        known, server_port=free_port(known.server_port), nodes_port=free_port(known.nodes_port)
    )
    if not (directory / CERTIFICATE).exists():
        subprocess.run([control_plane, "certificates", directory], check=True)
    write_private(directory / TOKENS, f"{identity.token},sandbox,sandbox,system:masters\n")
    write_private(directory / KUBECONFIG, yaml.safe_dump(_kubeconfig(directory, identity), sort_keys=False))
    write_private(directory / IDENTITY, json.dumps(asdict(identity)))
    return identity


def free_port(port: int = 0) -> int:
    """Return ``port`` if nobody has it, else one that nobody has."""
    for candidate in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no free port on {HOST}")


def _kubeconfig(directory: Path, identity: Identity) -> dict[str, object]:
    name = "sandbox"
    authority = str(directory / CERTIFICATE)
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [
            {"name": name, "cluster": {"server": identity.server, "certificate-authority": authority}}
        ],
        "users": [{"name": name, "user": {"token": identity.token}}],
    }
