"""From what a configuration says to a source; only the library of the transport that is used is loaded."""

from contextlib import AbstractContextManager

from services.stream.credentials import Credentials
from services.stream.pump import Source
from services.stream.transports import Input


def source(given: Input, secret: Credentials, client: str) -> AbstractContextManager[Source]:
    """The source that is configured, named `client` at its broker. Entering it raises `LostError`."""
    if given.amqp:
        from services.stream.amqp_source import amqp_source

        return amqp_source(given.amqp, secret, client)
    if given.kafka:
        from services.stream.kafka_source import kafka_source

        return kafka_source(given.kafka, secret, client)
    if given.mqtt:
        from services.stream.mqtt_source import mqtt_source

        return mqtt_source(given.mqtt, secret, client)
    raise AssertionError("an input is one of these")
