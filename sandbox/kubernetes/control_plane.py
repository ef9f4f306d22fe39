"""How each program of a cluster is called."""

from pathlib import Path

from sandbox.kubernetes import build
from sandbox.kubernetes.identity import CERTIFICATE, HOST, KEY, KUBECONFIG, TOKENS, Identity

# The first two hold the objects and serve them; the others work on the objects and need them served.
STORE = ("etcd", "kube-apiserver")
WORKERS = ("kube-controller-manager", "kube-scheduler", "kwok")

VOLUMES = Path(__file__).with_name("volumes.yaml")

# A client may ask as often as it likes: the usual brakes protect a server that many share.
UNHURRIED = ["--kube-api-qps=500", "--kube-api-burst=1000"]
# One process of each: no need to elect a leader, nor to serve its own metrics.
ALONE = ["--leader-elect=false", "--secure-port=0"]


def commands(programs: Path, identity: Identity) -> dict[str, list[str]]:
    """Return the command line of each program by its name, out of the ``programs`` that were built.

    Files of the cluster are named relative to its directory, in which a command is to be run.
    """
    control_plane = str(programs / build.CONTROL_PLANE)
    return {
        "etcd": [
            control_plane,
            "etcd",
            "--name=sandbox",
            "--data-dir=etcd",
            # Sockets in the cluster's directory: nobody else on the machine gets in. The port is but part of a name.
            "--listen-client-urls=unix://etcd.sock:0",
            "--advertise-client-urls=unix://etcd.sock:0",
            "--listen-peer-urls=unix://etcd-peer.sock:0",
            "--initial-advertise-peer-urls=unix://etcd-peer.sock:0",
            "--initial-cluster=sandbox=unix://etcd-peer.sock:0",
            # Objects survive the end of any process; that they survive a power cut is not worth the waiting.
            "--unsafe-no-fsync",
            "--log-level=warn",
        ],
        "kube-apiserver": [
            control_plane,
            "kube-apiserver",
            "--etcd-servers=unix://etcd.sock:0",
            f"--bind-address={HOST}",
            f"--advertise-address={HOST}",
            f"--secure-port={identity.server_port}",
            f"--tls-cert-file={CERTIFICATE}",
            f"--tls-private-key-file={KEY}",
            f"--token-auth-file={TOKENS}",
            "--authorization-mode=RBAC",
            "--allow-privileged",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={KEY}",
            f"--service-account-signing-key-file={KEY}",
            # The nodes' names mean nothing to the machine's resolver.
            "--kubelet-preferred-address-types=InternalIP",
            # No pod can reach the server, and Kubernetes refuses loopback addresses as endpoints.
            "--endpoint-reconciler-type=none",
        ],
        "kube-controller-manager": [
            control_plane,
            "kube-controller-manager",
            f"--kubeconfig={KUBECONFIG}",
            f"--root-ca-file={CERTIFICATE}",
            f"--service-account-private-key-file={KEY}",
            # It makes the folder it looks for plugins in: not outside the cluster's directory.
            "--flex-volume-plugin-dir=plugins",
            # A node that is late because the machine is busy, or slept, is not lost: nobody else would run its pods.
            "--node-monitor-grace-period=87600h",
            *ALONE,
            *UNHURRIED,
        ],
        "kube-scheduler": [control_plane, "kube-scheduler", f"--kubeconfig={KUBECONFIG}", *ALONE, *UNHURRIED],
        "kwok": [
            str(programs / build.NODES),
            f"--kubeconfig={KUBECONFIG}",
            f"--config={programs / build.STAGES}",
            f"--config={VOLUMES}",
            "--enable-crds=ClusterPortForward",
            "--manage-all-nodes",
            f"--node-ip={HOST}",
            f"--node-port={identity.nodes_port}",
            f"--server-address={HOST}:{identity.nodes_port}",
            f"--tls-cert-file={CERTIFICATE}",
            f"--tls-private-key-file={KEY}",
        ],
    }
