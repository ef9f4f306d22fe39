"""How Hono's services log in to Kafka."""

from components.endpoint import Endpoint

USER_SECRET = "kafka-hono"  # noqa: S105 - its name


def client(kafka: Endpoint, username: str, password: str) -> dict[str, str]:
    """The properties of a Kafka client; with no Secret at the endpoint, of one that needs no password."""
    scheme, _, servers = kafka.address.partition("://")
    secure = scheme == "ssl"
    found = {"bootstrap.servers": servers}
    if kafka.secret is None:
        return found | ({"security.protocol": "SSL"} if secure else {})
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return found | {
        "security.protocol": "SASL_SSL" if secure else "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": f'{module} required username="{username}" password="{password}";',
    }
