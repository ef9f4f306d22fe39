"""What a stack may say about who reaches a service from outside the cluster: nobody, unless it is named here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from components.certificate import Certificate
from components.model import Model, Name, Network


def _host(text: str) -> str:
    if len(text) > 253 or not re.fullmatch(
        r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*", text
    ):
        raise ValueError("must be a host name such as twins.example.org")
    return text


def _hosts(text: str) -> str:
    return text[:2] + _host(text[2:]) if text.startswith("*.") else _host(text)


Host = Annotated[str, AfterValidator(_host)]
Hosts = Annotated[str, AfterValidator(_hosts)]  # of a certificate, which may be for all that are under a name
Annotations = Annotated[Mapping[str, str], Field(default_factory=dict)]


class IngressSettings(Certificate):
    """An Ingress, which a controller in the cluster acts on."""

    host: Host
    """the name under which the service is reached; several services may share one"""
    class_name: Name | None = Field(None, alias="class")
    """which controller acts on it; the cluster's default when left out"""
    controller: Name = "ingress-nginx"
    """namespace of the controller's pods: the network lets these in, and no others"""
    networks: tuple[Network, ...] = ()
    """networks that requests come from too: of a controller outside the cluster, such as a cloud's load
    balancer, or of the nodes, whose network its pods share (`hostNetwork`)"""
    tls_elsewhere: bool = False
    """TLS ends before the controller, at a load balancer of the cloud's; no certificate is needed here"""
    annotations: Annotations
    """for the controller"""

    @property
    def tls_wanted(self) -> bool:
        """Whether there has to be a certificate."""
        return not self.tls_elsewhere

    @model_validator(mode="after")
    def _one_end_of_tls(self) -> Self:
        if self.tls_elsewhere and self.sources:
            raise ValueError(f"tlsElsewhere and {self.sources[0]} are given at once; remove one of the two")
        return self


class RouteSettings(Model):
    """An HTTPRoute of the Gateway API. TLS is the Gateway's own matter."""

    host: Host
    """the name under which the service is reached; several services may share one"""
    gateway: Name
    """the Gateway that it is for"""
    gateway_namespace: Name
    """where that is"""
    listener: str | None = None
    """the one of its listeners; any that fits when left out"""
    controller: Name | None = None
    """namespace of the pods that pass the requests on, which the network lets in; that of the Gateway when
    left out"""
    networks: tuple[Network, ...] = ()
    """networks that requests come from too: of a Gateway outside the cluster, such as a cloud's load
    balancer, or of the nodes, whose network its pods share (`hostNetwork`)"""


class LoadBalancerSettings(Model):
    """A Service of type LoadBalancer, for which the cloud makes an address. It passes connections on as they are."""

    host: Host | None = None
    """a name that leads to its address, if there is one"""
    networks: tuple[Network, ...] = ()
    """networks that may connect, such as 203.0.113.0/24; all when left out"""
    class_name: str | None = Field(None, alias="class")
    """what makes the address, where there are several"""
    annotations: Annotations
    """for the cloud"""


class NodePortSettings(Model):
    """A port of every node. It passes connections on as they are."""

    host: Host | None = None
    """a name that leads to a node, if there is one"""
    port: Annotated[int, Field(ge=30000, le=32767)]
    """its number"""
    networks: tuple[Network, ...] = ()
    """networks that may connect; all when left out. With them, only a node that runs a pod of the service answers, as
    only there it can be told who connects"""


class PortExposure(Model):
    """A way from outside to the port of a service: one of those here."""

    load_balancer: LoadBalancerSettings | None = None
    """a Service of type LoadBalancer"""
    node_port: NodePortSettings | None = None
    """a port of every node"""

    @property
    def ways(self) -> dict[str, Model]:
        """Those that are given, by key."""
        fields = type(self).model_fields.items()
        every = {field.alias or name: getattr(self, name) for name, field in fields}
        return {name: way for name, way in every.items() if way is not None}

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len(self.ways) != 1:
            known = ", ".join(field.alias or name for name, field in type(self).model_fields.items())
            given = " and ".join(self.ways) or "none"
            raise ValueError(f"needs exactly one of {known} ({given} given)")
        return self


class Exposure(PortExposure):
    """A way from outside to a service that speaks HTTP: one of those here."""

    ingress: IngressSettings | None = None
    """an Ingress"""
    route: RouteSettings | None = None
    """an HTTPRoute of the Gateway API"""


class ExposureSettings(Model):
    """The services that are reached from outside the cluster, and how.

    The Extended API and Kafka-ML are not among them, as they ask nobody who they are.
    """

    ditto: Exposure | None = None
    """Ditto's HTTP API, WebSocket and web interface (not its operator's `/devops` and `/status`, save through
    loadBalancer and nodePort, which know no paths)"""
    grafana: Exposure | None = None
    """Grafana"""
    influxdb: Exposure | None = None
    """InfluxDB"""
    mosquitto: PortExposure | None = None
    """Mosquitto's port for MQTT over TLS; needs `mosquitto.tls`"""
    webgl: Exposure | None = None
    """the host of the WebGL builds"""
    hono_http: PortExposure | None = None
    """Hono's HTTP adapter, over TLS"""
    hono_mqtt: PortExposure | None = None
    """Hono's MQTT adapter, over TLS"""
    hono_amqp: PortExposure | None = None
    """Hono's AMQP adapter, over TLS"""

    @property
    def given(self) -> dict[str, PortExposure]:
        """Those that are exposed, by key."""
        fields = type(self).model_fields.items()
        every = {field.alias or name: getattr(self, name) for name, field in fields}
        return {name: exposure for name, exposure in every.items() if exposure is not None}
