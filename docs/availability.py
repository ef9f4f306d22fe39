"""What a stack outlives, as Markdown, out of the settings of `Pulumi.prod.yaml`."""

import json
from pathlib import Path

import yaml

from components.availability import Row, availability
from components.settings import Settings, load

ROOT = Path(__file__).parents[1]

_HEAD = """\
# What the stack `prod` outlives

<!-- Written by `make docs` out of Pulumi.prod.yaml: change it there. -->

`Pulumi.prod.yaml` is a platform that goes on when any one of its nodes is lost, on a cluster of three nodes or more.
Pods of one service are never started on a node that has more of them than another one (`scheduling.spread:
required`), so a lost node takes only its share along; disruption budgets let a drain take one pod of a service at a
time. A test places the stack with the real scheduler, takes each node away, and counts what is left.

On just three nodes, what a lost or drained node had waits until the node, or another one, is there. Nodes that are
tainted, such as those of a control plane, count as nodes with no pods: name the others in `scheduling.nodeSelector`, or
each of them gets one pod of a service at most, and what grows with the work does not grow.

Kubernetes starts a pod with a volume anew only when it knows that the old one is gone. A cloud tells it so when it
takes the machine away. Otherwise it is told by hand, once the machine is off for certain: `kubectl delete node NAME`,
or `kubectl taint node NAME node.kubernetes.io/out-of-service=gone:NoExecute` for one that comes back. A volume that
is a disk of the node's own does not follow.

Not everything can be had twice. Of Mosquitto, InfluxDB 2.x, Telegraf and Grafana (whose database is a file) there is
one, and they do not claim to outlive their node: the table says what their absence means. To have more, use external
ones (`influxdb.external`, `mosquitto.external`, `grafana.external`).

Three of each of Ditto's services, and not two: of two, a node may hold exactly half of the cluster's members, and a
half is no majority.

| service | pods | outlives any one node | when its node is lost |
| --- | --- | --- | --- |
"""


def stack_settings(stack: str) -> Settings:
    """The settings of one of the stacks that the project comes with."""
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return load(texts, stack)


def markdown() -> str:
    """The page: a row for each workload of the stack `prod`."""
    return _HEAD + "".join(_row(row) for row in availability(stack_settings("prod")))


def _row(row: Row) -> str:
    return f"| {row.workload} | {row.pods} | {'yes' if row.claims else 'no'} | {row.meanwhile} |\n"
