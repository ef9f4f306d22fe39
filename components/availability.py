"""Which services outlive the loss of any one node, and what the loss of the others means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components import hono_parts
from components.ditto import ScalingMember

if TYPE_CHECKING:
    from components.settings import Settings

MEMBERS = ("policies", "things", "things-search", "connectivity", "gateway")

# As long as it takes Kubernetes to notice.
_OTHERS = "the others answer, and within a minute nothing is sent to it any more"
_ANEW = "it starts anew on another node once Kubernetes gives the lost one up (five minutes)"
# Kubernetes never starts a StatefulSet's pod twice, so it waits until somebody says that the node is really gone.
_MOVES = "it starts anew on another node once the lost one is no node of the cluster any more, if its volume can follow"


@dataclass(frozen=True)
class Row:
    """A workload: how many pods it has, how many of them have to stay, and what happens when a node is lost.

    `needs` is 0 for one that does not claim to outlive that.
    """

    workload: str
    pods: int
    needs: int
    meanwhile: str

    @property
    def claims(self) -> bool:
        """Whether it outlives the loss of any one node."""
        return self.needs > 0


def availability(settings: Settings) -> list[Row]:
    """A row for each workload that the stack runs, as long as there are three nodes for it."""
    apart = settings.scheduling.spread == "required"

    def several(workload: str, pods: int, needs: int, well: str, else_: str) -> Row:
        keeps = apart and pods - _most_on_one(pods) >= needs
        return Row(workload, pods, needs if keeps else 0, well if keeps else else_)

    rows: list[Row] = []
    if settings.runs_mongodb:
        well = "another member is elected within seconds; what was acknowledged is on two"
        rows.append(several("mongodb", settings.mongodb.members, 2, well, f"Ditto stands still; {_MOVES}"))
    if not settings.ditto.external:
        rows += _ditto(settings, apart)
    rows.append(
        several(
            "extended-api",
            settings.extended_api.replicas,
            1,
            _OTHERS,
            f"types and composed twins cannot be edited in Grafana; {_ANEW}",
        )
    )
    if settings.runs_kafka:
        well = "other nodes lead its partitions within seconds; what was acknowledged is on two"
        rows.append(several("kafka", settings.kafka.replicas, 2, well, f"no events pass; {_MOVES}"))
    rows += _single(settings)
    return rows


def _most_on_one(pods: int, nodes: int = 3) -> int:
    """How many of a workload's pods are on one node at most when they are spread evenly."""
    return -(-pods // nodes)


def _ditto(settings: Settings, apart: bool) -> Iterator[Row]:
    ditto = settings.ditto
    named = {name: getattr(ditto, name.replace("-", "_")) for name in MEMBERS}
    pods = {name: member.replicas or ditto.replicas for name, member in named.items()}
    # Ditto's resolver ends a side of the cluster that is no majority: half of it is not enough.
    lost = sum(_most_on_one(number) for number in pods.values())
    majority = 2 * lost < sum(pods.values())
    for name, number in pods.items():
        keeps = apart and majority and number - _most_on_one(number) >= 1
        more = isinstance(named[name], ScalingMember) and named[name].autoscaling
        yield Row(
            f"ditto-{name}",
            number,
            1 if keeps else 0,
            f"its share moves to the others within a minute{'; it grows with the work' if more else ''}"
            if keeps
            else "Ditto's cluster may end and form anew, which takes minutes; no value that was stored is lost",
        )
    front = ditto.nginx.replicas or ditto.replicas
    keeps = apart and front - _most_on_one(front) >= 1
    yield Row(
        "ditto-nginx",
        front,
        1 if keeps else 0,
        _OTHERS if keeps else "Ditto cannot be reached until it runs on another node",
    )
    if ditto.ui.enabled:
        yield Row("ditto-ui", 1, 0, "only Ditto's own web interface is away until it runs on another node")


def _single(settings: Settings) -> Iterator[Row]:
    """Those that there can only be one of."""
    if settings.runs_mosquitto:
        yield Row("mosquitto", 1, 0, f"devices that speak MQTT keep or lose what they measure; {_MOVES}")
    if settings.runs_rabbitmq:
        yield Row("rabbitmq", 1, 0, f"devices that speak to it keep or lose what they measure; {_MOVES}")
    if settings.webgl.runs:
        yield Row(
            "webgl", settings.webgl.replicas, 0, "3D models are loaded from those that are left, or wait"
        )
    if not settings.influxdb.external:
        yield Row("influxdb", 1, 0, f"no history is shown, and events wait in the broker; {_MOVES}")
    if not settings.telegraf.external:
        yield Row("telegraf", 1, 0, "events wait in the broker until it runs on another node")
    if not settings.grafana.external:
        yield Row("grafana", 1, 0, f"no dashboards are shown, its database being a file; {_MOVES}")
    if settings.hono.runs:
        for name in hono_parts.adapters(settings):
            number = settings.hono.adapters[name.removeprefix("hono-")].replicas
            yield Row(
                name, number, 0, "what it needs behind it is single, so several adapters only share work"
            )
        yield Row(
            "hono-device-registry", 1, 0, f"devices that Hono does not know by heart cannot connect; {_MOVES}"
        )
    if settings.kafka_ml.runs:
        yield Row(
            "kafka-ml-backend",
            1,
            0,
            f"no training is started; models that predict go on; {_ANEW}, if its volume can follow",
        )
