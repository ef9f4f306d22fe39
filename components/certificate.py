"""The certificate that a service shows to those who come from outside: one that is there, or cert-manager's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import pulumi
import pulumi_kubernetes as k8s
from pydantic import model_validator

from components.model import Model, Name
from components.place import Place, labels

SOURCES = ("tlsSecret", "issuer", "clusterIssuer")

# The pods that cert-manager starts to answer an authority (https://cert-manager.io/docs/configuration/acme/http01/).
SOLVER = {"acme.cert-manager.io/http01-solver": "true"}
SOLVER_PORT = 8089


class Certificate(Model):
    """Where a certificate is from: one of three."""

    tls_secret: Name | None = None
    """Kubernetes Secret of type `kubernetes.io/tls` in the platform's namespace, made by others"""
    issuer: Name | None = None
    """cert-manager's Issuer in the platform's namespace, which makes it"""
    cluster_issuer: Name | None = None
    """cert-manager's ClusterIssuer, which makes it"""

    @property
    def sources(self) -> list[str]:
        """Those of the three that are given."""
        given = (self.tls_secret, self.issuer, self.cluster_issuer)
        return [name for name, value in zip(SOURCES, given, strict=True) if value]

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.tls_wanted and len(self.sources) != 1:
            found = " and ".join(self.sources) or "none"
            raise ValueError(f"TLS needs a certificate: exactly one of {', '.join(SOURCES)} ({found} given)")
        return self

    @property
    def tls_wanted(self) -> bool:
        """Whether there has to be a certificate."""
        return True


def certificate_secret(
    place: Place, name: str, chosen: Certificate, hosts: Sequence[str]
) -> tuple[str, list[pulumi.Resource]]:
    """The Secret with the certificate for these hosts, and what has to be there before it.

    One of cert-manager's is asked for here; see https://cert-manager.io/docs/usage/certificate/.
    """
    if chosen.tls_secret:
        return chosen.tls_secret, []
    secret = f"{name}-tls"
    issuer = (
        {"kind": "Issuer", "name": chosen.issuer}
        if chosen.issuer
        else {"kind": "ClusterIssuer", "name": chosen.cluster_issuer}
    )
    made = k8s.apiextensions.CustomResource(
        secret,
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata=k8s.meta.v1.ObjectMetaArgs(name=secret, namespace=place.namespace, labels=labels(name)),
        spec={"secretName": secret, "dnsNames": list(hosts), "issuerRef": issuer},
        opts=place.options(),
    )
    return secret, [made]
