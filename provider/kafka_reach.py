"""How the platform's own Kafka is reached: waited for once, then dialled anew for each order."""

import socket
from collections.abc import Callable
from typing import Any

from components.endpoint import Endpoint
from provider.cluster import Cluster
from provider.errors import ProviderError, Unreachable
from provider.forward import Forward
from provider.kafka_admin import KafkaAdmin

PATIENCE = 60.0  # seconds for an answer


def dialler(endpoint: Endpoint, cluster: Cluster) -> Callable[[], Any]:
    """Opens connections to the endpoint: through the Kubernetes API when it is a Service."""
    if endpoint.service is None:
        host, _, port = endpoint.address.partition("://")[2].rpartition(":")
        return lambda: socket.create_connection((host, int(port)), PATIENCE)
    forward = Forward(cluster, endpoint.service)

    def dial() -> Any:
        relayed = forward.dial()
        pair = getattr(relayed, "_socket", relayed)  # the Kubernetes client wraps its end of a socket pair
        pair.settimeout(PATIENCE)
        return pair

    return dial


def opened(
    endpoint: Endpoint,
    cluster: Cluster,
    login: tuple[str, str],
    deadline: float,
    now: Callable[[], float],
    pause: Callable[[float], None],
    say: Callable[[str], None],
) -> KafkaAdmin:
    """Kafka as its administrator, once it answers. Raises `Unreachable` when it does not by the deadline."""
    admin = KafkaAdmin(dialler(endpoint, cluster), login, pause)
    began, said = now(), False
    while True:
        try:
            admin.open().__exit__()
            return admin
        except Unreachable:
            raise
        except ProviderError as refused:
            raise Unreachable(str(refused)) from None
        except OSError as error:
            passed = now() - began
            if passed >= deadline:
                raise Unreachable(
                    f"Kafka ({endpoint.address}) did not answer within {deadline:.0f} s"
                    f" (opentwins:twins.deadline): {error}"
                ) from None
            if not said:
                say(f"waiting for Kafka ({endpoint.address}), up to {deadline:.0f} s: {error}")
                said = True
            pause(min(2.0, deadline - passed))
