"""How Kafka is reached by its administrator: waited for once, then dialled anew for each order."""

import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from components.endpoint import Endpoint
from provider.cluster import Cluster
from provider.errors import ProviderError, Unreachable
from provider.forward import Forward
from provider.kafka_admin import KafkaAdmin
from provider.kafka_login import Mechanism

PATIENCE = 60.0  # seconds for an answer


def dialler(endpoint: Endpoint, cluster: Cluster, authority: str = "") -> Callable[[], Any]:
    """Opens connections to the endpoint: through the Kubernetes API when it is a Service.

    `authority` (PEM) is who has signed the certificate of one elsewhere, if that is no public one.
    """
    if endpoint.service is None:
        return lambda: _elsewhere(endpoint.address, authority)
    forward = Forward(cluster, endpoint.service)

    def dial() -> Any:
        relayed = forward.dial()
        pair = getattr(relayed, "_socket", relayed)  # the Kubernetes client wraps its end of a socket pair
        pair.settimeout(PATIENCE)
        return pair

    return dial


def _elsewhere(address: str, authority: str) -> socket.socket:
    scheme, _, place = address.partition("://")
    host, _, port = place.rpartition(":")
    plain = socket.create_connection((host, int(port)), PATIENCE)
    if scheme != "ssl":
        return plain
    try:
        context = ssl.create_default_context(cadata=authority or None)
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def opened(
    endpoint: Endpoint,
    cluster: Cluster,
    values: Mapping[str, str],
    deadline: float,
    now: Callable[[], float],
    pause: Callable[[float], None],
    say: Callable[[str], None],
) -> KafkaAdmin:
    """Kafka as its administrator, once it answers. Raises `Unreachable` when it does not by the deadline.

    `values` are those of the endpoint's Secret.
    """
    dial = dialler(endpoint, cluster, values.get("ca", ""))
    # Ours takes PLAIN from its administrator, through the Kubernetes API.
    mechanism: Mechanism = "PLAIN" if endpoint.service else "SCRAM-SHA-512"
    admin = KafkaAdmin(dial, (values["username"], values["password"]), pause, mechanism)
    began, said = now(), False
    while True:
        try:
            admin.open().__exit__()
            return admin
        except Unreachable:
            raise
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(
                f"the certificate of Kafka ({endpoint.address}) is not to be trusted: {error.verify_message}. The"
                " authority that has signed it belongs into the secret, as `ca`"
            ) from None
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
