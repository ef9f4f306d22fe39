"""What passes from a service to those who use it: where it is, how it is reached, and which Secret opens it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A Kubernetes Service: from outside the cluster it is reached by a port-forward."""

    namespace: str
    name: str
    port: int


@dataclass(frozen=True)
class Endpoint:
    """One service of the platform, whether the program runs it or the user does.

    `address` is the URL as pods see it; when `service` is None the service is an external one and the
    address is used from everywhere. `secret` names the Kubernetes Secret, in the platform's namespace,
    that holds the credentials.
    """

    name: str
    address: str
    service: Service | None
    secret: str | None
