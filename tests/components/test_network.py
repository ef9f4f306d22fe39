"""The network lets in what the wiring needs, and nothing else."""

import re
from typing import Any

import pytest

from tests.components.declared import Manifests, declare
from tests.components.options import OPTIONS

MEMBERS = {"ditto-policies", "ditto-things", "ditto-things-search", "ditto-connectivity", "ditto-gateway"}
NAME = "app.kubernetes.io/name"

# From whom, to whom, at which port. All of it.
ALLOWED = {
    *((member, other, port) for member in MEMBERS for other in MEMBERS for port in (2551, 7626)),
    *(("telegraf", member, 9095) for member in MEMBERS),
    *((member, "mongodb", 27017) for member in MEMBERS - {"ditto-gateway"}),
    ("mongodb-users", "mongodb", 27017),
    ("extended-api", "mongodb", 27017),
    ("ditto-nginx", "ditto-gateway", 8080),
    ("ditto-nginx", "ditto-ui", 8080),
    ("extended-api", "ditto-nginx", 8080),
    ("grafana", "ditto-nginx", 8080),
    ("grafana", "extended-api", 3001),
    ("grafana", "influxdb", 8086),
    ("telegraf", "influxdb", 8086),
    ("telegraf", "mosquitto", 1883),
    ("ditto-connectivity", "mosquitto", 1883),
}


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    among = all(
        labels.get(one["key"]) in one["values"]
        for one in selector.get("matchExpressions", [])
        if one["operator"] == "In"
    )
    return exact and among


def policies(program: Manifests, direction: str) -> list[dict[str, Any]]:
    found = [one.inputs["spec"] for one in program.kind("NetworkPolicy").values()]
    return [spec for spec in found if direction in spec["policyTypes"]]


def labels(program: Manifests) -> dict[str, dict[str, str]]:
    return {name: one.template["metadata"]["labels"] for name, one in program.workloads.items()}


def allowed(program: Manifests) -> set[tuple[str, str, int]]:
    """Every connection that the policies let in, pod by pod."""
    pods = labels(program)
    return {
        (source, target, int(port["port"]))
        for spec in policies(program, "Ingress")
        for target in pods
        if matches(spec["podSelector"], pods[target])
        for rule in spec.get("ingress", [])
        for peer in rule["from"]
        for source in pods
        if "podSelector" in peer and matches(peer["podSelector"], pods[source])
        for port in rule["ports"]
    }


def test_nothing_else_is_let_in() -> None:
    assert allowed(declare()) == ALLOWED


BY_OPTION: dict[str, set[tuple[str, str, int]]] = {
    "kafka": {
        ("ditto-connectivity", "kafka", 9092),
        ("kafka", "kafka", 9093),
        ("kafka", "kafka", 9094),
        ("kafka-users", "kafka", 9094),
    },
    "rabbitmq": {("ditto-connectivity", "rabbitmq", 5672), ("telegraf", "rabbitmq", 15692)},
    "webgl": set(),  # it is for browsers: see exposure
}


@pytest.mark.parametrize("option", BY_OPTION)
def test_an_option_opens_just_its_own_ways(option: str) -> None:
    assert allowed(declare(**OPTIONS[option])) - ALLOWED == BY_OPTION[option]


def test_with_kafka_as_the_broker_nothing_leads_to_mosquitto() -> None:
    ways = allowed(declare(**OPTIONS["kafka-as-the-broker"]))

    assert ("telegraf", "kafka", 9092) in ways
    assert not [way for way in ways if "mosquitto" in way]


def test_every_pod_is_closed_where_no_rule_opens_it() -> None:
    assert {"podSelector": {}, "policyTypes": ["Ingress"]} in policies(declare(), "Ingress")


def test_in_a_namespace_of_others_only_the_pods_of_the_platform_are_closed() -> None:
    given = declare(namespace="given", createNamespace="false")
    (closed,) = [spec for spec in policies(given, "Ingress") if not spec.get("ingress")]

    assert all(matches(closed["podSelector"], its) for its in labels(given).values())
    assert not matches(closed["podSelector"], {"app.kubernetes.io/name": "theirs"})


# What Kafka-ML's backend has to know without going there: who may call it, and what it tells the jobs it launches.
TOLD_ALONE = {
    ("kafka-ml-backend", "kafka-ml-frontend", 8085),
    ("kafka-ml-backend", "kafka-ml-backend", 8000),
}


def told(program: Manifests, namespace: str = "opentwins") -> set[tuple[str, str, int]]:
    """Every address inside that a pod's template, its files and its Secrets tell it: who, of whom, which port."""
    services = {name: one.inputs["spec"] for name, one in program.kind("Service").items()}
    contents = {one.name: str(one.files) for one in program.resources if one.kind in ("ConfigMap", "Secret")}
    found = set()
    for one in program.workloads.values():
        read = str(one.template) + "".join(
            contents[name.removeprefix("checksum/")]
            for name in one.template["metadata"].get("annotations", {})
        )
        for service, port in re.findall(rf"([a-z-]+)\.{namespace}\.svc:(\d+)", read):
            found.add((one.name, str(services[service]["selector"][NAME]), int(port)))
    return found


@pytest.mark.parametrize("config", [{}, *OPTIONS.values()], ids=["defaults", *OPTIONS])
def test_every_address_that_a_pod_is_told_is_let_in(config: dict[str, str]) -> None:
    program = declare(**config)
    addresses = told(program)

    assert len(addresses) > 15
    assert addresses - allowed(program) <= TOLD_ALONE


@pytest.mark.parametrize("config", [{}, *OPTIONS.values()], ids=["defaults", *OPTIONS])
def test_every_service_leads_to_pods_that_have_the_port(config: dict[str, str]) -> None:
    program = declare(**config)
    ports = {
        (one.name, port["name"]): port["containerPort"]
        for one in program.workloads.values()
        for container in one.containers
        for port in container.get("ports", [])
    }
    for service in program.kind("Service").values():
        for port in service.inputs["spec"]["ports"]:
            assert ports[service.inputs["spec"]["selector"][NAME], port["targetPort"]] == port["port"]


def test_no_service_is_exposed_outside_the_cluster() -> None:
    program = declare()

    assert {one.inputs["spec"]["type"] for one in program.kind("Service").values()} == {"ClusterIP"}
    assert not program.kind("Ingress")
    assert not program.kind("HTTPRoute")


def test_devices_are_let_in_from_where_the_settings_say() -> None:
    clients = '{"clients": {"namespaces": ["plant"], "networks": ["10.1.0.0/16"]}}'
    program = declare(mosquitto=clients)
    peers = program.kind("NetworkPolicy")["mosquitto"].inputs["spec"]["ingress"][0]["from"]

    assert {"ipBlock": {"cidr": "10.1.0.0/16"}} in peers
    assert any("namespaceSelector" in peer and "plant" in str(peer) for peer in peers)
    assert allowed(program) == ALLOWED


def test_what_has_nothing_to_seek_outside_does_not_get_there() -> None:
    def kept_inside(**config: str) -> set[str]:
        program = declare(**config)
        (spec,) = policies(program, "Egress")
        to_names = [rule for rule in spec["egress"] if "to" not in rule]
        assert {port["port"] for rule in to_names for port in rule["ports"]} == {53}
        return {name for name, its in labels(program).items() if matches(spec["podSelector"], its)}

    mine = {
        "mongodb",
        "mongodb-users",
        "mosquitto",
        "influxdb",
        "telegraf",
        "ditto-nginx",
        "ditto-ui",
        "extended-api",
    }
    theirs = {
        "secrets": '{"theirs": {"username": "them", "password": "x"}}',
        "ditto": '{"external": {"url": "https://ditto.example", "secret": "theirs"}}',
        "mosquitto": '{"clients": {"networks": ["192.0.2.0/24"]}}',
    }
    assert kept_inside() == mine
    assert "extended-api" not in kept_inside(**theirs)
