"""The network lets in what the wiring needs, and nothing else."""

import re
from typing import Any

from tests.components.declared import Declared, declare, workloads

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


def policies(declared: list[Declared], direction: str) -> list[dict[str, Any]]:
    found = [one.inputs["spec"] for one in declared if one.kind == "NetworkPolicy"]
    return [spec for spec in found if direction in spec["policyTypes"]]


def labels(declared: list[Declared]) -> dict[str, dict[str, str]]:
    return {one.name: one.template["metadata"]["labels"] for one in workloads(declared)}


def allowed(declared: list[Declared]) -> set[tuple[str, str, int]]:
    """Every connection that the policies let in, pod by pod."""
    pods = labels(declared)
    return {
        (source, target, int(port["port"]))
        for spec in policies(declared, "Ingress")
        for target in pods
        if matches(spec["podSelector"], pods[target])
        for rule in spec.get("ingress", [])
        for peer in rule["from"]
        for source in pods
        if "podSelector" in peer and matches(peer["podSelector"], pods[source])
        for port in rule["ports"]
    }


def test_nothing_else_is_let_in() -> None:
    assert allowed(declare()[0]) == ALLOWED


def test_every_pod_is_closed_where_no_rule_opens_it() -> None:
    assert {"podSelector": {}, "policyTypes": ["Ingress"]} in policies(declare()[0], "Ingress")


def test_every_address_that_a_pod_is_told_is_let_in() -> None:
    declared, _ = declare()
    services = {one.name: one.inputs["spec"] for one in declared if one.kind == "Service"}
    contents = {
        one.name: str(one.inputs.get("data") or one.inputs.get("stringData"))
        for one in declared
        if one.kind in ("ConfigMap", "Secret")
    }
    told = set()
    for one in workloads(declared):
        read = str(one.template) + "".join(
            contents[name.removeprefix("checksum/")]
            for name in one.template["metadata"].get("annotations", {})
        )
        for service, port in re.findall(r"([a-z-]+)\.opentwins\.svc:(\d+)", read):
            target = services[service]["selector"][NAME]
            told.add((one.name, target, int(port)))

    assert len(told) > 15
    assert told <= ALLOWED


def test_every_service_leads_to_pods_that_have_the_port() -> None:
    declared, _ = declare()
    ports = {
        (one.name, port["name"]): port["containerPort"]
        for one in workloads(declared)
        for container in one.containers
        for port in container.get("ports", [])
    }
    for service in declared:
        if service.kind == "Service":
            for port in service.inputs["spec"]["ports"]:
                assert ports[service.inputs["spec"]["selector"][NAME], port["targetPort"]] == port["port"]


def test_no_service_is_exposed_outside_the_cluster() -> None:
    declared, _ = declare()

    assert {one.inputs["spec"]["type"] for one in declared if one.kind == "Service"} == {"ClusterIP"}
    assert not [one for one in declared if one.kind in ("Ingress", "HTTPRoute")]


def test_devices_are_let_in_from_where_the_settings_say() -> None:
    clients = '{"clients": {"namespaces": ["plant"], "networks": ["10.1.0.0/16"]}}'
    declared, _ = declare(mosquitto=clients)
    (spec,) = [
        one.inputs["spec"] for one in declared if one.kind == "NetworkPolicy" and one.name == "mosquitto"
    ]
    peers = spec["ingress"][0]["from"]

    assert {"ipBlock": {"cidr": "10.1.0.0/16"}} in peers
    assert any("namespaceSelector" in peer and "plant" in str(peer) for peer in peers)
    assert allowed(declared) == ALLOWED


def test_what_has_nothing_to_seek_outside_does_not_get_there() -> None:
    def kept_inside(**config: str) -> set[str]:
        declared, _ = declare(**config)
        (spec,) = policies(declared, "Egress")
        to_names = [rule for rule in spec["egress"] if "to" not in rule]
        assert {port["port"] for rule in to_names for port in rule["ports"]} == {53}
        return {name for name, its in labels(declared).items() if matches(spec["podSelector"], its)}

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
    }
    assert kept_inside() == mine
    assert "extended-api" not in kept_inside(**theirs)
