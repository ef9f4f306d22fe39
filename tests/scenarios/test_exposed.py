"""What each stack shows to those outside, on the real API server: what its settings name, and nothing more.

The kinds HTTPRoute and Certificate are those of their projects, so the API server checks what is made of them.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import standins
from sandbox.site import Site
from tests.scenarios.definitions import install
from tests.scenarios.elsewhere import objects
from tests.scenarios.stack import ROOT, Stack
from tests.services.peers.fetched import MissingError

DOORS: dict[str, set[tuple[str, ...]]] = {"sandbox": set(), "dev": set(), "staging": set(), "prod": set()}

TLS = {"clusterIssuer": "letsencrypt"}
EVERY_WAY: dict[str, Any] = {
    "mosquitto": {"tls": {"hosts": ["mqtt.example.org"], "issuer": "ours"}},
    "hono": {"enabled": True},
    "webgl": {"image": "registry.example/builds:1.0"},
    "grafana": {"path": "/grafana"},
    "exposure": {
        "ditto": {"ingress": {"host": "twins.example.org", "class": "nginx", **TLS}},
        "grafana": {"ingress": {"host": "twins.example.org", "class": "nginx", "tlsSecret": "given"}},
        "influxdb": {
            "route": {
                "host": "history.example.org",
                "gateway": "public",
                "gatewayNamespace": "gateways",
                "listener": "https",
            }
        },
        "webgl": {
            "route": {"host": "models.example.org", "gateway": "public", "gatewayNamespace": "gateways"}
        },
        "mosquitto": {"loadBalancer": {"host": "mqtt.example.org", "networks": ["203.0.113.0/24"]}},
        "honoHttp": {"nodePort": {"port": 30443}},
        "honoMqtt": {"loadBalancer": {}},
    },
}


def doors(stack: Stack) -> set[tuple[str, ...]]:
    """Every way from outside that the API server knows of: its kind, where it is, and the Service behind it."""
    found: set[tuple[str, ...]] = set()
    for one in objects(stack, "apis/networking.k8s.io/v1/{}/ingresses"):
        for rule in one["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                found.add(
                    ("Ingress", rule["host"] + path["path"], f"{backend['name']}:{backend['port']['number']}")
                )
    for one in objects(stack, "apis/gateway.networking.k8s.io/v1/{}/httproutes"):
        (rule,) = one["spec"]["rules"]
        (backend,) = rule["backendRefs"]
        for host in one["spec"]["hostnames"]:
            found |= {
                ("HTTPRoute", host + match["path"]["value"], f"{backend['name']}:{backend['port']}")
                for match in rule["matches"]
            }
    for one in objects(stack, "api/v1/{}/services"):
        spec = one["spec"]
        if spec["type"] != "ClusterIP" or spec.get("externalIPs"):
            for port in spec["ports"]:
                pods = spec["selector"]["app.kubernetes.io/name"]
                at = str(port["nodePort"]) if spec["type"] == "NodePort" else str(port["port"])
                found.add((spec["type"], at, f"{pods}:{port['targetPort']}"))
    for path in ("apis/apps/v1/{}/deployments", "apis/apps/v1/{}/statefulsets"):
        for one in objects(stack, path):
            pod = one["spec"]["template"]["spec"]
            ports = [port for container in pod["containers"] for port in container.get("ports", [])]
            if pod.get("hostNetwork") or any("hostPort" in port for port in ports):
                found.add(("the node's network", one["metadata"]["name"]))
    return found


@pytest.fixture(scope="module", autouse=True)
def kinds(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        install(stack.cluster, tmp_path_factory.mktemp("kinds"))
    except MissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def other(stack: Stack, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """Another of the project's stacks, in the same cluster, in a namespace of its own."""
    name: str = request.param
    config = stack.site.project / f"Pulumi.{name}.yaml"
    settings = yaml.safe_load((ROOT / config.name).read_text())
    settings["config"]["opentwins:namespace"] = f"of-{name}"
    before = config.read_text() if config.exists() else None
    config.write_text(yaml.safe_dump(settings))
    site = Site(stack.site.project, name, tmp_path / "site")
    site.directory.mkdir()
    pages = standins.start(tmp_path / "stand-ins", stack.cluster, site.namespace)
    try:
        engine = site.engine("builtin", stack.cluster, lambda line: None)
        yield Stack("builtin", site, stack.cluster, pages, engine)
    finally:
        standins.stop(tmp_path / "stand-ins")
        config.unlink()
        if before:
            config.write_text(before)


@pytest.mark.parametrize("other", DOORS, indirect=True)
def test_of_each_stack_just_what_its_settings_name_is_reached_from_outside(
    other: Stack, stack: Stack
) -> None:
    if stack.wanted != "builtin":
        pytest.skip("once is enough")
    other.up()

    assert doors(other) == DOORS[other.site.stack]


def test_every_stack_of_the_project_is_looked_at() -> None:
    assert {path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")} == set(DOORS)


def test_the_api_server_takes_every_way_that_can_be_named_as_it_is_meant(stack: Stack) -> None:
    for key, value in EVERY_WAY.items():
        stack.set(key, value)
    stack.up()

    assert doors(stack) == {
        *(
            ("Ingress", f"twins.example.org{path}", "ditto:8080")
            for path in ("/api", "/ws", "/ui", "/health")
        ),
        ("Ingress", "twins.example.org/grafana", "grafana:3000"),
        ("HTTPRoute", "history.example.org/", "influxdb:8086"),
        ("HTTPRoute", "models.example.org/", "webgl:8081"),
        ("LoadBalancer", "8883", "mosquitto:8883"),
        ("LoadBalancer", "8883", "hono-mqtt:8883"),
        ("NodePort", "30443", "hono-http:8443"),
    }
    routes = {
        one["metadata"]["name"]: one["spec"]["parentRefs"][0]
        for one in objects(stack, "apis/gateway.networking.k8s.io/v1/{}/httproutes")
    }
    gateway = {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "name": "public",
        "namespace": "gateways",
    }
    assert routes == {"influxdb-outside": gateway | {"sectionName": "https"}, "webgl-outside": gateway}
    certificates = {
        one["metadata"]["name"]: one["spec"]
        for one in objects(stack, "apis/cert-manager.io/v1/{}/certificates")
    }
    assert certificates == {
        "ditto-outside-tls": {
            "secretName": "ditto-outside-tls",
            "dnsNames": ["twins.example.org"],
            "issuerRef": {"kind": "ClusterIssuer", "name": "letsencrypt"},
        },
        "mosquitto-tls": {
            "secretName": "mosquitto-tls",
            "dnsNames": ["mqtt.example.org"],
            "issuerRef": {"kind": "Issuer", "name": "ours"},
        },
    }


def test_what_is_not_named_any_more_is_closed(stack: Stack) -> None:
    shutil.copy(ROOT / "Pulumi.sandbox.yaml", stack.site.config)
    stack.set("allowDataLoss", ["hono"])
    stack.up()

    assert doors(stack) == set()
    assert not objects(stack, "apis/cert-manager.io/v1/{}/certificates")
