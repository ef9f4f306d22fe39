"""Who may talk to whom: nothing gets in but what the wiring needs.

Several services ask nobody who they are: Ditto's gateway believes whoever reaches it, its cluster's ports
have no password at all, and the Extended API acts for everybody. So these rules are part of what keeps the
platform safe, and need a network plug-in that enforces them. Port-forwards and probes come from the node
itself and are not affected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as k8s

from components import broker_network, ditto_cluster, ditto_nginx, influxdb, mongodb_access, optional_network
from components.certificate import SOLVER, SOLVER_PORT, Certificate
from components.doors import ANYWHERE, doors
from components.endpoints import endpoints
from components.place import PART_OF, Place, labels
from components.rule import NAME, Rule

if TYPE_CHECKING:
    from components.settings import Settings

net = k8s.networking.v1
meta = k8s.meta.v1

MEMBERS = ("ditto-policies", "ditto-things", "ditto-things-search", "ditto-connectivity", "ditto-gateway")
KEEPERS = MEMBERS[:4]  # those that keep state in MongoDB

# Services that have nothing to seek outside. Of the others, Ditto asks the Kubernetes API, whose address is
# not known here, connectivity speaks to whatever connections name, and Grafana fetches plugins and asks what
# data sources name.
INSIDE_ONLY = ("mongodb", "mongodb-users", "mosquitto", "influxdb", "telegraf", "ditto-nginx", "ditto-ui")


def rules(settings: Settings) -> list[Rule]:
    """All connections that are let in."""
    api = endpoints(settings).extended_api.service

    grafana = settings.grafana.external
    elsewhere = (grafana.namespace,) if grafana and grafana.namespace else ()

    def to(name: str, port: int, *sources: str) -> Rule:
        return Rule(name, (port,), sources, {NAME: name}, elsewhere if "grafana" in sources else ())

    found = [
        *broker_network.rules(settings),
        to("extended-api", api.port if api else 0, "grafana"),
    ]
    if not settings.influxdb.external:
        found.append(to("influxdb", influxdb.PORT, "telegraf", "grafana"))
    if settings.runs_mongodb:
        members = ("mongodb",) if settings.mongodb.members > 1 else ()
        found.append(to("mongodb", mongodb_access.PORT, *KEEPERS, "mongodb-users", "extended-api", *members))
    if not settings.ditto.external:
        ports = ditto_cluster.PORTS
        found += [
            Rule("ditto-cluster", (ports["remoting"], ports["management"]), MEMBERS, ditto_cluster.MEMBER),
            Rule("ditto-metrics", (ports["metrics"],), ("telegraf",), ditto_cluster.MEMBER),
            to("ditto-gateway", ditto_cluster.HTTP, "ditto-nginx"),
            to("ditto-nginx", ditto_nginx.PORT, "extended-api", "grafana"),
            to("ditto-ui", ditto_nginx.PORT, "ditto-nginx"),
        ]
    return [*found, *optional_network.rules(settings), *_outside(settings), *_certificates(settings)]


def _outside(settings: Settings) -> Iterator[Rule]:
    """The ways from outside that the settings open."""
    for door in doors(settings):
        inner = door.inner
        yield Rule(
            f"{inner.service}-outside", (inner.port,), (), {NAME: inner.pods}, door.namespaces, door.networks
        )


def _certificates(settings: Settings) -> Iterator[Rule]:
    """The way of an authority (ACME, HTTP-01) to the pods in which cert-manager answers it, in this namespace.

    Through which controller it comes is the issuer's matter; all it can read there is made to be public.
    """
    ways = (door.way for door in doors(settings))
    chosen: list[Certificate] = [way for way in ways if isinstance(way, Certificate)]
    if settings.runs_mosquitto and settings.mosquitto.tls:
        chosen.append(settings.mosquitto.tls)
    if any(one.issuer or one.cluster_issuer for one in chosen):
        yield Rule("certificate-solvers", (SOLVER_PORT,), (), SOLVER, networks=ANYWHERE)


def inside_only(settings: Settings) -> tuple[str, ...]:
    """The services that may open connections to the platform's own pods alone."""
    outward = set()
    if settings.influxdb.external or settings.mosquitto.external or settings.kafka.external:
        outward.add("telegraf")
    if settings.ditto.external or settings.mongodb.external:
        outward.add("extended-api")
    return tuple(name for name in (*INSIDE_ONLY, "extended-api") if name not in outward)


class Network(pulumi.ComponentResource):
    """The NetworkPolicies of a namespace."""

    def __init__(self, name: str, settings: Settings, place: Place, opts: pulumi.ResourceOptions) -> None:
        super().__init__("opentwins:Network", name, None, opts)
        place = place.inside(self)
        # In a namespace that others look after, there may be pods of theirs, which are none of our business.
        everything = meta.LabelSelectorArgs(match_labels=None if settings.create_namespace else PART_OF)
        _policy(
            place,
            "deny-ingress",
            net.NetworkPolicySpecArgs(pod_selector=everything, policy_types=["Ingress"]),
        )
        for rule in rules(settings):
            _policy(place, rule.name, _ingress(rule))
        _policy(place, "inside-only", _egress(inside_only(settings)))
        narrow = broker_network.inside_only(settings) | optional_network.inside_only(settings)
        for name, pods in narrow.items():
            _policy(place, name, _egress(pods))
        for name, pods in optional_network.nowhere(settings).items():
            nothing = net.NetworkPolicySpecArgs(pod_selector=_named(pods), policy_types=["Egress"])
            _policy(place, name, nothing)
        self.register_outputs({})


def let_in(place: Place, rule: Rule) -> None:
    """Make the NetworkPolicy of a rule that comes with a resource of its own."""
    _policy(place, rule.name, _ingress(rule))


def _policy(place: Place, name: str, spec: net.NetworkPolicySpecArgs) -> None:
    metadata = meta.ObjectMetaArgs(name=name, namespace=place.namespace, labels=labels(name))
    net.NetworkPolicy(name, metadata=metadata, spec=spec, opts=place.options())


def _ingress(rule: Rule) -> net.NetworkPolicySpecArgs:
    peers = [net.NetworkPolicyPeerArgs(pod_selector=_named(rule.sources))] if rule.sources else []
    if rule.namespaces:
        namespaces = _among("kubernetes.io/metadata.name", rule.namespaces)
        peers.append(net.NetworkPolicyPeerArgs(namespace_selector=namespaces))
    peers += [net.NetworkPolicyPeerArgs(ip_block=net.IPBlockArgs(cidr=network)) for network in rule.networks]
    if not peers:  # a rule without any would let everybody in
        return net.NetworkPolicySpecArgs(
            pod_selector=meta.LabelSelectorArgs(match_labels=rule.labels), policy_types=["Ingress"]
        )
    return net.NetworkPolicySpecArgs(
        pod_selector=meta.LabelSelectorArgs(match_labels=rule.labels),
        policy_types=["Ingress"],
        ingress=[
            net.NetworkPolicyIngressRuleArgs(
                from_=peers,
                ports=[net.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in rule.ports],
            )
        ],
    )


def _egress(names: Sequence[str]) -> net.NetworkPolicySpecArgs:
    names_too = [net.NetworkPolicyPortArgs(port=53, protocol=protocol) for protocol in ("UDP", "TCP")]
    own = net.NetworkPolicyPeerArgs(pod_selector=meta.LabelSelectorArgs())
    return net.NetworkPolicySpecArgs(
        pod_selector=_named(names),
        policy_types=["Egress"],
        egress=[
            net.NetworkPolicyEgressRuleArgs(to=[own]),
            # To anywhere, as a node's own cache of names is not a pod.
            net.NetworkPolicyEgressRuleArgs(ports=names_too),
        ],
    )


def _named(names: Sequence[str]) -> meta.LabelSelectorArgs:
    return _among(NAME, names)


def _among(key: str, values: Sequence[str]) -> meta.LabelSelectorArgs:
    some = meta.LabelSelectorRequirementArgs(key=key, operator="In", values=list(values))
    return meta.LabelSelectorArgs(match_expressions=[some])
