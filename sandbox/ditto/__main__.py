"""``python -m sandbox.ditto --port P --kubeconfig K --namespace N --journal FILE``"""

import argparse
from pathlib import Path

from sandbox.ditto.server import application
from sandbox.ditto.store import Store
from sandbox.standin.cluster_secrets import ClusterSecrets
from sandbox.standin.journal import Journal
from sandbox.standin.running import run

parser = argparse.ArgumentParser(prog="python -m sandbox.ditto", description="A stand-in for Eclipse Ditto.")
parser.add_argument("--port", type=int, required=True, help="where it listens, on loopback")
parser.add_argument(
    "--kubeconfig",
    type=Path,
    required=True,
    help="the cluster whose Secrets ditto-api and ditto-devops open it",
)
parser.add_argument("--namespace", required=True, help="where those Secrets are")
parser.add_argument("--journal", type=Path, required=True, help="the file that remembers everything")
arguments = parser.parse_args()
run(
    application(
        ClusterSecrets(arguments.kubeconfig, arguments.namespace, api="ditto-api", devops="ditto-devops"),
        Store(Journal(arguments.journal)),
    ),
    arguments.port,
)
