"""What the cluster is told about the ways from outside: Ingresses, HTTPRoutes, and Services with an address.

See https://kubernetes.io/docs/concepts/services-networking/ingress/ and
https://gateway-api.sigs.k8s.io/api-types/httproute/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as k8s

from components.certificate import certificate_secret
from components.doors import Door, doors
from components.exposure_settings import (
    IngressSettings,
    LoadBalancerSettings,
    NodePortSettings,
    RouteSettings,
)
from components.place import Place, labels
from components.workloads import UNAWAITED

if TYPE_CHECKING:
    from components.settings import Settings

net = k8s.networking.v1
core = k8s.core.v1

# WebSockets, and requests that Ditto answers late, last longer than ingress-nginx's minute.
_PATIENT = {
    "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
    "nginx.ingress.kubernetes.io/proxy-send-timeout": "3600",
}


class Exposure(pulumi.ComponentResource):
    """The ways from outside. The Services inside the cluster stay as they are."""

    def __init__(self, name: str, settings: Settings, place: Place, opts: pulumi.ResourceOptions) -> None:
        super().__init__("opentwins:Exposure", name, None, opts)
        place = place.inside(self)
        for door in doors(settings):
            if isinstance(door.way, IngressSettings):
                _ingress(place, door, door.way)
            elif isinstance(door.way, RouteSettings):
                _route(place, door, door.way)
            else:
                _service(place, door, door.way)
        self.register_outputs({})


def _ingress(place: Place, door: Door, way: IngressSettings) -> None:
    name, inner = _outside(door), door.inner
    tls = None
    if way.tls_wanted:
        secret, _ = certificate_secret(place, name, way, [way.host])
        tls = [net.IngressTLSArgs(hosts=[way.host], secret_name=secret)]
    backend = net.IngressBackendArgs(
        service=net.IngressServiceBackendArgs(
            name=inner.service, port=net.ServiceBackendPortArgs(number=inner.port)
        )
    )
    paths = [net.HTTPIngressPathArgs(path=path, path_type="Prefix", backend=backend) for path in inner.paths]
    net.Ingress(
        name,
        # Pulumi does not wait for the controller to give it an address: the controller may well come later.
        metadata=_metadata(place, name, {**UNAWAITED, **_PATIENT, **way.annotations}),
        spec=net.IngressSpecArgs(
            ingress_class_name=way.class_name,
            tls=tls,
            rules=[
                net.IngressRuleArgs(host=way.host, http=net.HTTPIngressRuleValueArgs(paths=paths)),
            ],
        ),
        opts=place.options(),
    )


def _route(place: Place, door: Door, way: RouteSettings) -> None:
    name, inner = _outside(door), door.inner
    parent = {"name": way.gateway, "namespace": way.gateway_namespace}
    matches = [{"path": {"type": "PathPrefix", "value": path}} for path in inner.paths]
    k8s.apiextensions.CustomResource(
        name,
        api_version="gateway.networking.k8s.io/v1",
        kind="HTTPRoute",
        metadata=_metadata(place, name, {}),
        spec={
            "parentRefs": [parent | ({"sectionName": way.listener} if way.listener else {})],
            "hostnames": [way.host],
            "rules": [
                {"matches": matches, "backendRefs": [{"name": inner.service, "port": inner.port}]},
            ],
        },
        opts=place.options(),
    )


def _service(place: Place, door: Door, way: LoadBalancerSettings | NodePortSettings) -> None:
    name, inner = _outside(door), door.inner
    balanced = isinstance(way, LoadBalancerSettings)
    annotations = dict(way.annotations) if isinstance(way, LoadBalancerSettings) else {}
    core.Service(
        name,
        metadata=_metadata(place, name, {**UNAWAITED, **annotations}),
        spec=core.ServiceSpecArgs(
            type="LoadBalancer" if balanced else "NodePort",
            load_balancer_class=way.class_name if isinstance(way, LoadBalancerSettings) else None,
            load_balancer_source_ranges=(list(way.networks) or None) if balanced else None,
            # Else the network sees a node's address in place of the client's, and cannot tell who it is.
            external_traffic_policy="Local" if way.networks else "Cluster",
            selector={"app.kubernetes.io/name": inner.pods},
            ports=[
                core.ServicePortArgs(
                    name=inner.scheme,
                    port=inner.port,
                    target_port=inner.port,
                    node_port=way.port if isinstance(way, NodePortSettings) else None,
                )
            ],
        ),
        opts=place.options(),
    )


def _outside(door: Door) -> str:
    return f"{door.inner.service}-outside"


def _metadata(place: Place, name: str, annotations: dict[str, str]) -> k8s.meta.v1.ObjectMetaArgs:
    return k8s.meta.v1.ObjectMetaArgs(
        name=name, namespace=place.namespace, labels=labels(name), annotations=annotations or None
    )
