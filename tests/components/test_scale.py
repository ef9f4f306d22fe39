"""Several pods, kept apart; more with the work; on the nodes that the settings name."""

import json
from typing import Any

import pytest

from components.settings import SettingsError, load
from tests.components.declared import Program, declare


def program(**config: Any) -> Program:
    return declare(**{key: json.dumps(value) for key, value in config.items()})


def mistakes(**config: Any) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load({f"opentwins:{key}": json.dumps(value) for key, value in config.items()}, "test")
    return list(raised.value.mistakes)


def environment(made: Program, workload: str) -> dict[str, Any]:
    return {one["name"]: one.get("value") for one in made.workloads[workload].pod["containers"][0]["env"]}


def test_the_stateless_grow_between_their_replicas_and_the_most() -> None:
    scaling = {"autoscaling": {"most": 5, "cpu": 60}}
    made = program(
        ditto={"replicas": 2, "gateway": scaling, "things": scaling, "connectivity": scaling},
        extendedApi=scaling,
        hono={"enabled": True, "http": {"replicas": 2} | scaling},
    )
    scalers = {name: one.inputs["spec"] for name, one in made.kind("HorizontalPodAutoscaler").items()}

    assert {name: (spec["minReplicas"], spec["maxReplicas"]) for name, spec in scalers.items()} == {
        "ditto-gateway": (2, 5),
        "ditto-things": (2, 5),
        "ditto-connectivity": (2, 5),
        "extended-api": (1, 5),
        "hono-http": (2, 5),
    }
    for name, spec in scalers.items():
        assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
        assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 60
        assert "cpu" in made.workloads[name].containers[-1]["resources"]["requests"]
    # A new cluster of Ditto's forms of those that there are in any case.
    assert environment(made, "ditto-things")["CLUSTER_BS_REQUIRED_CONTACTS"] == "10"


@pytest.mark.parametrize(
    ("ditto", "spread", "contacts"),
    [
        ({"replicas": 3}, "required", 10),
        ({"replicas": 3}, "preferred", 15),  # a node may hold any number of them
        ({"replicas": 2}, "required", 10),  # half of them could be two clusters
        ({"replicas": 1}, "required", 5),
        ({"replicas": 3, "gateway": {"replicas": 4}}, "required", 10),  # of 16
    ],
)
def test_dittos_cluster_forms_without_a_node_that_is_lost_and_never_twice(
    ditto: dict[str, Any], spread: str, contacts: int
) -> None:
    made = program(ditto=ditto, scheduling={"spread": spread})

    assert environment(made, "ditto-things")["CLUSTER_BS_REQUIRED_CONTACTS"] == str(contacts)


def test_pods_keep_apart_where_they_can_or_where_they_must() -> None:
    def rules(**config: Any) -> dict[str, str]:
        pod = program(ditto={"replicas": 2}, **config).workloads["ditto-things"].pod
        return {one["topologyKey"]: one["whenUnsatisfiable"] for one in pod["topologySpreadConstraints"]}

    zone, node = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
    assert rules() == {zone: "ScheduleAnyway", node: "ScheduleAnyway"}
    assert rules(scheduling={"spread": "required"}) == {zone: "ScheduleAnyway", node: "DoNotSchedule"}


def test_the_pods_of_an_update_are_spread_among_themselves() -> None:
    pod = program(ditto={"replicas": 2}).workloads["ditto-things"].pod

    assert {key for one in pod["topologySpreadConstraints"] for key in one["matchLabelKeys"]} == {
        "pod-template-hash"
    }


def test_every_pod_runs_on_the_nodes_and_with_the_priority_that_the_settings_name() -> None:
    made = program(
        hono={"enabled": True},
        kafka={"enabled": True},
        scheduling={
            "nodeSelector": {"pool": "twins"},
            "tolerations": [{"key": "dedicated", "value": "twins", "effect": "NoSchedule"}],
            "priorityClass": "high",
            "services": {"mongodb": {"nodeSelector": {"disk": "fast"}}, "ditto": {"priorityClass": "higher"}},
        },
    )

    for name, one in made.workloads.items():
        selector = {"disk": "fast"} if name.startswith("mongodb") else {"pool": "twins"}
        assert one.pod["nodeSelector"] == selector, name
        assert one.pod["tolerations"][0]["key"] == "dedicated", name
        assert one.pod["priorityClassName"] == ("higher" if name.startswith("ditto") else "high"), name


def test_mongodb_is_a_replica_set_whose_members_know_each_other_by_a_file() -> None:
    made = program(mongodb={"members": 3})
    spec = made.workloads["mongodb"].inputs["spec"]
    (server,) = made.workloads["mongodb"].pod["containers"]

    assert (spec["replicas"], spec["podManagementPolicy"]) == (3, "Parallel")
    assert server["args"][1:3] == ["--replSet", "opentwins"]
    assert "--keyFile" in server["args"]
    front = made.kind("Service")["mongodb"].inputs["spec"]
    assert (front["clusterIP"], front["publishNotReadyAddresses"]) == ("None", True)
    assert made.kind("PodDisruptionBudget")["mongodb"].inputs["spec"]["maxUnavailable"] == 1
    hosts = ",".join(f"mongodb-{number}.mongodb.opentwins.svc:27017" for number in range(3))
    assert environment(made, "mongodb-users")["MEMBERS"] == hosts
    uri = made.kind("Secret")["mongodb-ditto-uri"].files["uri"]
    assert uri.endswith(f"@{hosts}/ditto?authSource=admin&replicaSet=opentwins")


def test_what_ditto_writes_is_on_two_members_before_it_counts() -> None:
    def concern(members: int) -> Any:
        made = program(mongodb={"members": members})
        return environment(made, "ditto-things")["PEKKO_PERSISTENCE_MONGO_JOURNAL_WRITE_CONCERN"]

    assert (concern(1), concern(3)) == ("Journaled", "ReplicaAcknowledged")


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (
            {"grafana": {"replicas": 2}},
            "opentwins:grafana.replicas: opentwins:grafana cannot have several pods; it runs as one",
        ),
        (
            {"mosquitto": {"autoscaling": {"most": 2}}},
            "opentwins:mosquitto.autoscaling: opentwins:mosquitto cannot have several pods; it runs as one",
        ),
        (
            {"ditto": {"replicas": 3, "gateway": {"replicas": 4, "autoscaling": {"most": 3}}}},
            "opentwins:ditto.gateway.autoscaling.most: 3 is less than opentwins:ditto.gateway.replicas: 4",
        ),
        (
            {"ditto": {"replicas": 3, "things": {"autoscaling": {"most": 2}}}},
            "opentwins:ditto.things.autoscaling.most: 2 is less than opentwins:ditto.replicas: 3",
        ),
        (
            {"scheduling": {"services": {"mongo": {"priorityClass": "high"}}}},
            "opentwins:scheduling: services.mongo: there is no such service; there are ditto, extended-api,"
            " grafana, hono, influxdb, kafka, kafka-ml, mongodb, mosquitto, rabbitmq, telegraf, webgl",
        ),
        (
            {"keepData": ["influxdb"], "allowDataLoss": ["influxdb"]},
            "opentwins:keepData: influxdb is in opentwins:allowDataLoss too; remove it from one of the two",
        ),
    ],
)
def test_a_scale_that_cannot_be_is_named(config: dict[str, Any], line: str) -> None:
    assert mistakes(**config) == [line]
