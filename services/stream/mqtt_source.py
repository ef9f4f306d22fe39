"""Events of Ditto come in from an MQTT broker.

MQTT 5, quality of service 1, with a session that the broker keeps while the program is away. Messages are
acknowledged only when the loop says so; the broker has at most `WINDOW` of them under way. Ditto has to
publish with quality of service 1 for that: what comes with 0 is taken too, but a broker promises nothing
for it.
"""

import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from services.stream.credentials import Credentials
from services.stream.inbox import Inbox
from services.stream.message import LostError, Message
from services.stream.transports import MqttInput

REACHED = 10.0  # seconds to wait for the broker
WINDOW = 1000  # messages that are not acknowledged yet
KEPT = 14 * 24 * 3600  # seconds for which the broker keeps messages of a program that is away
PORTS = {"mqtt": 1883, "mqtts": 8883}


class MqttSource:
    """Reads topics under a session of its own."""

    def __init__(self, source: MqttInput, secret: Credentials, client_id: str) -> None:
        self._source = source
        self._inbox = Inbox()
        self._subscribed = threading.Event()
        # Without the library's own reconnecting: the loop begins anew as a whole.
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if secret.username:
            self._client.username_pw_set(secret.username, secret.password)
        if urlsplit(source.url).scheme == "mqtts":
            self._client.tls_set_context(_context(secret))
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._answered
        self._client.on_message = self._received
        self._client.on_disconnect = self._disconnected

    def receive(self, most: int, patience: float) -> Sequence[Message]:
        """See `services.stream.pump.Source`."""
        return self._inbox.take(most, patience)

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """See `services.stream.pump.Source`."""
        self._inbox.check()
        for message in messages:
            if message.receipt is None:
                continue
            if self._client.ack(message.receipt, 1) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise LostError("input", f"{self._source.url} takes no acknowledgement")

    def open(self) -> None:
        """Connect and subscribe. Raises `LostError`."""
        place = urlsplit(self._source.url)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = KEPT
        properties.ReceiveMaximum = WINDOW
        self._client.connect_timeout = REACHED
        try:
            self._client.connect(
                place.hostname or "",
                place.port or PORTS[place.scheme],
                keepalive=30,
                clean_start=False,
                properties=properties,
            )
        except (OSError, ValueError) as error:
            raise LostError("input", f"{self._source.url} cannot be reached: {error}") from None
        self._client.loop_start()
        if not self._subscribed.wait(REACHED):
            self._inbox.lose(f"{self._source.url} does not answer")
        self._inbox.check()

    def close(self) -> None:
        """Disconnect; the broker keeps the session."""
        self._inbox.lose("the connection is closed")
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, _: Client, __: Any, ___: Any, code: ReasonCode, ____: Any) -> None:
        if code.is_failure:
            self._fail(f"lets nobody in: {code}")
            return
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        self._client.subscribe([(topic, options) for topic in self._source.topics])

    def _answered(self, _: Client, __: Any, ___: int, codes: list[ReasonCode], ____: Any) -> None:
        for topic, code in zip(self._source.topics, codes, strict=False):
            if code.is_failure:
                self._fail(f"does not let {topic} be read: {code}")
        self._subscribed.set()

    def _received(self, _: Client, __: Any, message: MQTTMessage) -> None:
        # What was published with quality of service 0 comes so, and wants no acknowledgement.
        receipt = message.mid if message.qos else None
        self._inbox.put(Message(bytes(message.payload), f"{message.topic} #{message.mid}", receipt=receipt))

    def _disconnected(self, _: Client, __: Any, ___: Any, code: ReasonCode, ____: Any) -> None:
        self._fail(f"has ended the connection: {code}")

    def _fail(self, why: str) -> None:
        self._inbox.lose(f"{self._source.url} {why}")
        self._subscribed.set()


@contextmanager
def mqtt_source(source: MqttInput, secret: Credentials, client: str) -> Iterator[MqttSource]:
    """A source, once the broker has taken its subscriptions. Raises `LostError`."""
    found = MqttSource(source, secret, client)
    try:
        found.open()
        yield found
    finally:
        found.close()


def _context(secret: Credentials) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=secret.ca)
        if secret.cert:
            context.load_cert_chain(secret.cert, secret.key)
    except (OSError, ssl.SSLError) as error:
        raise LostError("input", f"the certificates cannot be used: {error}") from None
    return context
