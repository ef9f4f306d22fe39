"""``python -m sandbox.kubernetes start|stop|status DIRECTORY``"""

import argparse
import sys
from pathlib import Path

from sandbox.kubernetes.build import BuildError
from sandbox.kubernetes.cluster import ClusterError, daemons, find, start, stop


def main() -> int:
    """Do what the command line asks; return 1 if it failed, or if a cluster whose status is asked does not run."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.kubernetes", description="A Kubernetes API on loopback."
    )
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument(
        "directory", type=Path, help="where the cluster keeps its objects, logs and kubeconfig"
    )
    arguments = parser.parse_args()
    directory: Path = arguments.directory
    try:
        match arguments.action:
            case "start":
                cluster = start(directory)
                print(f"{cluster.server} answers; export KUBECONFIG={cluster.kubeconfig}")
            case "stop":
                stop(directory)
            case "status":
                for daemon in daemons(directory):
                    print(f"{daemon.name}: {'running' if daemon.running() else 'not running'}")
                return 0 if find(directory) else 1
    except (BuildError, ClusterError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


sys.exit(main())
