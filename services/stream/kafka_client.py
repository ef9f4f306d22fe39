"""How Kafka is reached, by sink and source alike.

Settings are those of librdkafka: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import confluent_kafka as ck

from services.stream.credentials import Credentials
from services.stream.message import LostError
from services.stream.transports import KafkaAccess

REACHED = 10.0  # seconds to wait for an answer of the cluster

_HOPELESS = (ck.KafkaError._ALL_BROKERS_DOWN, ck.KafkaError._AUTHENTICATION, ck.KafkaError._FATAL)


class Cluster:
    """A cluster as one client sees it: the client's settings, and what librdkafka says in passing."""

    def __init__(self, part: str, access: KafkaAccess, secret: Credentials) -> None:
        self._part = part
        self._access = access
        self._secret = secret
        self._said = ""
        self.down = False

    @property
    def settings(self) -> dict[str, Any]:
        """What producer and consumer need in common."""
        access, secret = self._access, self._secret
        found: dict[str, Any] = {
            "bootstrap.servers": access.bootstrap_servers,
            "security.protocol": ("SASL_" if access.sasl else "") + ("SSL" if access.tls else "PLAINTEXT"),
            "reconnect.backoff.max.ms": 2_000,
            "error_cb": self._hear,
            "log_level": 2,  # else it says every 50 ms that a cluster is gone, which `_hear` hears too
        }
        if access.sasl:
            found["sasl.mechanism"] = access.sasl.upper()
            found["sasl.username"] = secret.username
            found["sasl.password"] = secret.password
        files = {"ca": secret.ca, "certificate": secret.cert, "key": secret.key}
        if access.tls:
            found |= {f"ssl.{name}.location": str(file) for name, file in files.items() if file}
        return found

    def reach(self, client: ck.Producer | ck.Consumer, listen: Callable[[], object]) -> Mapping[str, Any]:
        """The topics that there are, once the cluster has answered. Raises `LostError`.

        `listen` lets the client tell what it has to tell, as only that says why there is no answer.
        """
        deadline = time.monotonic() + REACHED
        while True:
            try:
                found: Mapping[str, Any] = client.list_topics(timeout=1).topics
                return found
            except ck.KafkaException as error:
                listen()
                if self.down or time.monotonic() > deadline:
                    raise self.lost("there is no answer", error) from None

    def lost(self, what: str, error: BaseException | None = None) -> LostError:
        """The error to raise, with librdkafka's own words."""
        said = self._said or (reason(error) if error else "")
        return LostError(self._part, f"Kafka at {self._access.bootstrap_servers}: {what}: {said}")

    def _hear(self, error: ck.KafkaError) -> None:
        # That all brokers are down is said after the reason, which is worth more.
        if error.code() != ck.KafkaError._ALL_BROKERS_DOWN or not self._said:
            self._said = error.str()
        self.down = self.down or error.code() in _HOPELESS


def reason(error: BaseException) -> str:
    """librdkafka's words for an error."""
    first = error.args[0] if error.args else error
    return first.str() if isinstance(first, ck.KafkaError) else str(error)
