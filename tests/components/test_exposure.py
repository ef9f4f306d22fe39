"""What is reached from outside is what the settings name, in the way that they name, and nothing else."""

import json
from typing import Any

import pytest

from components.doors import doors, from_here
from components.endpoints import endpoints
from components.settings import Settings, SettingsError, load
from tests.components.declared import Declared, Program, declare
from tests.components.test_network import ALLOWED, allowed, labels, matches

TLS = {"clusterIssuer": "letsencrypt"}
INGRESS = {"ingress": {"host": "twins.example.org", **TLS}}
MQTT_TLS = {"tls": {"hosts": ["mqtt.example.org"], **TLS}}


def program(**config: Any) -> Program:
    return declare(**{key: json.dumps(value) for key, value in config.items()})


def settings(**config: Any) -> Settings:
    return load({f"opentwins:{key}": json.dumps(value) for key, value in config.items()}, "test")


def mistakes(**config: Any) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        settings(**config)
    return list(raised.value.mistakes)


def from_outside(made: Program) -> set[tuple[str, str, int]]:
    """From which namespaces and networks the policies let in, to which pods, at which port."""
    found = set()
    pods = labels(made)
    for policy in made.kind("NetworkPolicy").values():
        spec = policy.inputs["spec"]
        for rule in spec.get("ingress", []):
            for peer in rule["from"]:
                if "podSelector" in peer:
                    continue
                block, selector = peer.get("ipBlock"), peer.get("namespaceSelector")
                where = block["cidr"] if block else selector["matchExpressions"][0]["values"][0]
                found |= {
                    (where, pod, int(port["port"]))
                    for port in rule["ports"]
                    for pod in pods
                    if matches(spec["podSelector"], pods[pod])
                }
    return found


def other_than(made: Program) -> set[tuple[str, str]]:
    """What is declared that a stack without exposure does not have."""
    usual = {(one.kind, one.name) for one in declare().resources}
    return {(one.kind, one.name) for one in made.resources} - usual


def only(made: Program, kind: str) -> Declared:
    (one,) = made.kind(kind).values()
    return one


def test_nothing_is_reached_from_outside_by_default() -> None:
    made = declare()

    assert from_outside(made) == set()
    assert {one.inputs["spec"]["type"] for one in made.kind("Service").values()} == {"ClusterIP"}


def test_an_ingress_is_one_host_with_tls_and_the_network_lets_in_its_controller_alone() -> None:
    made = program(exposure={"grafana": INGRESS})

    assert other_than(made) == {
        ("Ingress", "grafana-outside"),
        ("Certificate", "grafana-outside-tls"),
        ("NetworkPolicy", "grafana-outside"),
        ("NetworkPolicy", "certificate-solvers"),
    }
    spec = only(made, "Ingress").inputs["spec"]
    assert spec["tls"] == [{"hosts": ["twins.example.org"], "secretName": "grafana-outside-tls"}]
    assert [rule["host"] for rule in spec["rules"]] == ["twins.example.org"]
    certificate = only(made, "Certificate").inputs["spec"]
    assert certificate["dnsNames"] == ["twins.example.org"]
    assert certificate["issuerRef"] == {"kind": "ClusterIssuer", "name": "letsencrypt"}
    assert from_outside(made) == {("ingress-nginx", "grafana", 3000)}
    assert allowed(made) == ALLOWED


@pytest.mark.parametrize(
    ("config", "opened"),
    [
        ({"exposure": {"grafana": INGRESS}}, True),
        ({"mosquitto": MQTT_TLS}, True),
        ({"mosquitto": {"tls": {"hosts": ["mqtt.example.org"], "tlsSecret": "mine"}}}, False),
        ({"exposure": {"grafana": {"ingress": {"host": "g.example.org", "tlsElsewhere": True}}}}, False),
    ],
)
def test_an_authority_gets_to_what_answers_it_for_a_certificate_of_cert_managers(
    config: dict[str, Any], opened: bool
) -> None:
    policy = program(**config).kind("NetworkPolicy").get("certificate-solvers")

    assert (policy is not None) == opened
    if policy:
        spec = policy.inputs["spec"]
        assert spec["podSelector"] == {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}}
        (rule,) = spec["ingress"]
        assert [int(port["port"]) for port in rule["ports"]] == [8089]


def test_a_controller_that_is_no_pod_is_let_in_by_its_networks() -> None:
    networks = {"networks": ["10.1.0.0/16"]}
    route = {"host": "i.example.org", "gateway": "public", "gatewayNamespace": "gateways"} | networks
    ingress = {"ingress": INGRESS["ingress"] | networks}
    made = program(exposure={"influxdb": {"route": route}, "grafana": ingress})

    assert from_outside(made) == {
        ("gateways", "influxdb", 8086),
        ("10.1.0.0/16", "influxdb", 8086),
        ("ingress-nginx", "grafana", 3000),
        ("10.1.0.0/16", "grafana", 3000),
    }


def test_a_certificate_that_is_there_is_used_as_it_is() -> None:
    made = program(exposure={"grafana": {"ingress": {"host": "g.example.org", "tlsSecret": "mine"}}})

    assert only(made, "Ingress").inputs["spec"]["tls"][0]["secretName"] == "mine"
    assert not made.kind("Certificate")


def test_of_ditto_an_ingress_shows_its_nginx_and_not_what_is_for_its_operator() -> None:
    made = program(exposure={"ditto": INGRESS})
    (rule,) = only(made, "Ingress").inputs["spec"]["rules"]
    paths = {path["path"]: path["backend"]["service"] for path in rule["http"]["paths"]}

    assert paths.keys() == {"/api", "/ws", "/ui", "/health"}
    assert {(service["name"], service["port"]["number"]) for service in paths.values()} == {("ditto", 8080)}
    assert from_outside(made) == {("ingress-nginx", "ditto-nginx", 8080)}


def test_a_route_of_the_gateway_api_is_for_a_gateway_whose_namespace_is_let_in() -> None:
    route = {"host": "i.example.org", "gateway": "public", "gatewayNamespace": "gateways"}
    made = program(exposure={"influxdb": {"route": route}})
    spec = only(made, "HTTPRoute").inputs["spec"]

    assert spec["parentRefs"] == [{"name": "public", "namespace": "gateways"}]
    assert spec["hostnames"] == ["i.example.org"]
    assert spec["rules"][0]["backendRefs"] == [{"name": "influxdb", "port": 8086}]
    assert from_outside(made) == {("gateways", "influxdb", 8086)}


def test_a_load_balancer_is_a_service_beside_the_inner_one_for_the_networks_that_are_named() -> None:
    balancer = {"networks": ["203.0.113.0/24"], "annotations": {"cloud": "internal"}}
    made = program(mosquitto=MQTT_TLS, exposure={"mosquitto": {"loadBalancer": balancer}})
    service = made.kind("Service")["mosquitto-outside"].inputs

    assert made.kind("Service")["mosquitto"].inputs["spec"]["type"] == "ClusterIP"
    assert service["spec"]["type"] == "LoadBalancer"
    assert service["spec"]["loadBalancerSourceRanges"] == ["203.0.113.0/24"]
    assert service["spec"]["externalTrafficPolicy"] == "Local"
    assert service["metadata"]["annotations"]["cloud"] == "internal"
    assert [port["port"] for port in service["spec"]["ports"]] == [8883]
    assert from_outside(made) == {("203.0.113.0/24", "mosquitto", 8883)}


def test_a_port_of_the_nodes_is_open_to_all_unless_networks_are_named() -> None:
    made = program(exposure={"grafana": {"nodePort": {"port": 30080}}})
    (port,) = made.kind("Service")["grafana-outside"].inputs["spec"]["ports"]

    assert (port["nodePort"], port["targetPort"]) == (30080, 3000)
    assert from_outside(made) == {("0.0.0.0/0", "grafana", 3000), ("::/0", "grafana", 3000)}


def test_mqtt_over_tls_is_a_second_port_with_a_certificate_for_its_hosts() -> None:
    made = program(mosquitto=MQTT_TLS)
    pod = made.workloads["mosquitto"].pod
    (container,) = pod["containers"]

    assert {port["name"]: port["containerPort"] for port in container["ports"]} == {
        "mqtt": 1883,
        "mqtts": 8883,
    }
    assert only(made, "Certificate").inputs["spec"]["dnsNames"] == ["mqtt.example.org"]
    mounted = {volume["name"]: volume for volume in pod["volumes"]}
    assert mounted["tls"]["secret"]["secretName"] == "mosquitto-tls"
    text = made.kind("ConfigMap")["mosquitto"].files["mosquitto.conf"]
    assert "listener 8883\ncertfile /mosquitto/tls/tls.crt\nkeyfile /mosquitto/tls/tls.key\n" in text


@pytest.mark.parametrize(
    ("config", "root", "path"),
    [
        ({}, "%(protocol)s://%(domain)s:%(http_port)s/", None),
        ({"grafana": {"path": "/grafana"}}, "%(protocol)s://%(domain)s:%(http_port)s/grafana/", None),
        ({"exposure": {"grafana": INGRESS}}, "https://twins.example.org/", "/"),
        (
            {"exposure": {"grafana": INGRESS, "ditto": INGRESS}, "grafana": {"path": "/grafana"}},
            "https://twins.example.org/grafana/",
            "/grafana",
        ),
        (
            {
                "exposure": {"grafana": {"nodePort": {"port": 30080, "host": "node"}}},
                "grafana": {"path": "/g"},
            },
            "http://node:30080/g/",
            None,
        ),
    ],
)
def test_grafana_knows_where_it_is(config: dict[str, Any], root: str, path: str | None) -> None:
    made = program(**config)

    assert f"root_url = {root}\n" in made.kind("ConfigMap")["grafana"].files["grafana.ini"]
    if path:
        (rule,) = made.kind("Ingress")["grafana-outside"].inputs["spec"]["rules"]
        assert [one["path"] for one in rule["http"]["paths"]] == [path]


def test_the_platform_tells_the_addresses_outside() -> None:
    made = program(exposure={"grafana": INGRESS})

    assert made.platform.addresses["grafana"].startswith("https://twins.example.org")
    assert "port-forward" in made.platform.addresses["ditto"]


def test_each_way_that_is_opened_is_a_door_with_its_address() -> None:
    found = doors(
        settings(
            mosquitto=MQTT_TLS,
            exposure={"ditto": INGRESS, "mosquitto": {"loadBalancer": {"host": "mqtt.example.org"}}},
        )
    )

    assert {door.key: door.address for door in found} == {
        "ditto": "https://twins.example.org",
        "mosquitto": "mqtts://mqtt.example.org:8883",
    }


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (
            {"exposure": {"grafana": {"ingress": {"issuer": "mine"}}}},
            "opentwins:exposure.grafana.ingress.host: is missing",
        ),
        (
            {"exposure": {"grafana": {"ingress": {"host": "g.example.org"}}}},
            "opentwins:exposure.grafana.ingress: TLS needs a certificate: exactly one of tlsSecret, issuer,"
            " clusterIssuer (none given)",
        ),
        (
            {"exposure": {"grafana": {"ingress": {"host": "g.example.org", "tlsElsewhere": True, **TLS}}}},
            "opentwins:exposure.grafana.ingress: tlsElsewhere and clusterIssuer are given at once; remove one"
            " of the two",
        ),
        (
            {"exposure": {"grafana": {**INGRESS, "nodePort": {"port": 30000}}}},
            "opentwins:exposure.grafana: needs exactly one of loadBalancer, nodePort, ingress, route"
            " (nodePort and ingress given)",
        ),
        (
            {"exposure": {"mosquitto": {"nodePort": {"port": 30083}}}},
            "opentwins:exposure.mosquitto: passwords would be readable on the way; give"
            " opentwins:mosquitto.tls a certificate first",
        ),
        (
            {"mosquitto": MQTT_TLS, "exposure": {"mosquitto": {"loadBalancer": {"host": "m.example.org"}}}},
            "opentwins:exposure.mosquitto.loadBalancer.host: m.example.org is not in opentwins:mosquitto.tls.hosts,"
            " so clients would refuse the certificate; add it there",
        ),
        (
            {"exposure": {"grafana": {"ingress": {"host": "*.example.org", "tlsSecret": "mine"}}}},
            "opentwins:exposure.grafana.ingress.host: must be a host name such as twins.example.org",
        ),
        (
            {"exposure": {"honoHttp": {"nodePort": {"port": 30083}}}},
            "opentwins:exposure.honoHttp: it does not run in this stack, so it cannot be exposed",
        ),
        (
            {"exposure": {"ditto": INGRESS, "grafana": INGRESS}},
            "opentwins:exposure.grafana.ingress: twins.example.org/ is in the way of ditto's"
            " twins.example.org/api; grafana.path can put Grafana elsewhere",
        ),
        (
            {
                "exposure": {
                    "ditto": {"nodePort": {"port": 30083}},
                    "grafana": {"nodePort": {"port": 30083}},
                }
            },
            "opentwins:exposure.grafana.nodePort.port: 30083 is opentwins:exposure.ditto.nodePort's already",
        ),
        (
            {"reach": "exposure", "exposure": {"grafana": INGRESS}},
            "opentwins:reach: ditto has no address outside the cluster; give opentwins:exposure.ditto a host,"
            " or let reach be forward",
        ),
    ],
)
def test_an_exposure_that_cannot_be_is_named(config: dict[str, Any], line: str) -> None:
    texts = {
        f"opentwins:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }
    with pytest.raises(SettingsError) as raised:
        load(texts, "test")

    assert list(raised.value.mistakes) == [line]


def test_a_certificate_may_be_for_all_names_under_one() -> None:
    tls = {"hosts": ["*.example.org"], "tlsSecret": "mine"}
    found = settings(
        mosquitto={"tls": tls}, exposure={"mosquitto": {"loadBalancer": {"host": "mqtt.example.org"}}}
    )

    assert doors(found)[0].address == "mqtts://mqtt.example.org:8883"


def test_the_provider_takes_the_address_outside_when_the_stack_says_so() -> None:
    config = {"exposure": {"ditto": INGRESS, "grafana": {"nodePort": {"port": 30080, "host": "node"}}}}
    inside = settings(**config)
    where = endpoints(inside)
    assert from_here(inside, where) == where

    texts = {f"opentwins:{key}": json.dumps(value) for key, value in config.items()}
    chosen = load(texts | {"opentwins:reach": "exposure"}, "test")
    found = from_here(chosen, endpoints(chosen))
    assert (found.ditto.address, found.ditto.service) == ("https://twins.example.org", None)
    assert (found.ditto_devops.address, found.ditto_devops.secret) == (
        "https://twins.example.org",
        "ditto-devops",
    )
    assert (found.grafana.address, found.grafana.secret) == ("http://node:30080", "grafana-admin")
    assert found.influxdb == where.influxdb
