"""``python -m sandbox.grafana --port P --kubeconfig K --namespace N --journal FILE``"""

import argparse
from pathlib import Path

from sandbox.grafana.server import application
from sandbox.grafana.store import Store
from sandbox.standin.cluster_secrets import ClusterSecrets
from sandbox.standin.journal import Journal
from sandbox.standin.running import run

parser = argparse.ArgumentParser(prog="python -m sandbox.grafana", description="A stand-in for Grafana.")
parser.add_argument("--port", type=int, required=True, help="where it listens, on loopback")
parser.add_argument(
    "--kubeconfig", type=Path, required=True, help="the cluster whose Secret grafana-admin opens it"
)
parser.add_argument("--namespace", required=True, help="where that Secret is")
parser.add_argument("--journal", type=Path, required=True, help="the file that remembers everything")
parser.add_argument("--strict", action="store_true", help="writes that overlap fail, as they do on SQLite")
arguments = parser.parse_args()
run(
    application(
        ClusterSecrets(arguments.kubeconfig, arguments.namespace, admin="grafana-admin"),
        Store(Journal(arguments.journal)),
        strict=arguments.strict,
    ),
    arguments.port,
)
