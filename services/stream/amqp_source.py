"""Telemetry comes in from an AMQP 1.0 peer, as Hono's messaging network is one.

Credit is given for `WINDOW` messages on each link, and again as they are acknowledged, so that no more than
these are ever under way. The library runs in a thread of its own: heartbeats go on while the loop waits.
See https://www.eclipse.org/hono/docs/api/telemetry/ for what a message says of its device.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from proton import (  # type: ignore[import-not-found,unused-ignore]
    Delivery,
    MessageException,
    ProtonException,
)
from proton import Message as AmqpMessage
from proton.handlers import (  # type: ignore[import-not-found,unused-ignore]
    IncomingMessageHandler,
    MessagingHandler,
)
from proton.reactor import (  # type: ignore[import-not-found,unused-ignore]
    ApplicationEvent,
    Container,
    EventInjector,
)

from services.stream import logs
from services.stream.amqp_pieces import domain, message, said
from services.stream.credentials import Credentials
from services.stream.inbox import Inbox
from services.stream.message import LostError, Message
from services.stream.transports import AmqpInput

REACHED = 10.0  # seconds to wait for the peer
WINDOW = 500  # messages of one link that are not acknowledged yet
HEARTBEAT = 10.0  # seconds; a peer that is silent for twice as long is gone


class _Tolerant(IncomingMessageHandler):  # type: ignore[misc,unused-ignore]
    """Hands over what is no AMQP message as an empty one, where the library would end its thread."""

    def on_delivery(self, event: Any) -> None:
        try:
            super().on_delivery(event)
        except MessageException:
            event.message = AmqpMessage(body=b"")
            self.on_message(event)


class AmqpSource(MessagingHandler):  # type: ignore[misc,unused-ignore]
    """Receives from addresses; each message is accepted when the loop says so."""

    handlers: list[Any]

    def __init__(self, source: AmqpInput, secret: Credentials, client: str) -> None:
        super().__init__(prefetch=0, auto_accept=False)
        self.handlers = [
            _Tolerant(False, handler.delegate) if isinstance(handler, IncomingMessageHandler) else handler
            for handler in self.handlers
        ]
        self._source = source
        self._secret = secret
        self._inbox = Inbox()
        self._open = threading.Event()
        self._links = 0
        self._connection: Any = None
        # Only the library's thread may hold its objects, even to let them go.
        self._received = 0
        self._unsettled: dict[int, Any] = {}
        self._orders = EventInjector()
        self._container = Container(self)
        self._container.container_id = client
        self._container.selectable(self._orders)
        self._thread = threading.Thread(target=self._run, daemon=True, name="amqp")

    def receive(self, most: int, patience: float) -> Sequence[Message]:
        """See `services.stream.pump.Source`."""
        return self._inbox.take(most, patience)

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """See `services.stream.pump.Source`."""
        self._inbox.check()
        receipts = [each.receipt for each in messages]
        done = threading.Event()

        def accept() -> None:
            for receipt in receipts:
                delivery = self._unsettled.pop(receipt)
                link = delivery.link
                delivery.update(Delivery.ACCEPTED)
                delivery.settle()
                link.flow(1)
            done.set()

        self._order(accept)
        if not done.wait(REACHED):
            raise LostError("input", f"{self._source.url} takes no acknowledgement")

    def open(self) -> None:
        """Connect and attach to every address. Raises `LostError`."""
        self._thread.start()
        if not self._open.wait(REACHED):
            self._inbox.lose(f"{self._source.url} does not answer")
        self._inbox.check()

    def close(self) -> None:
        """Close the connection; what is not acknowledged goes back to the peer."""
        self._inbox.lose("the connection is closed")

        def end() -> None:
            if self._connection is not None:
                self._connection.close()
            self._orders.close()

        self._order(end)
        self._thread.join(REACHED)

    def _order(self, act: Callable[[], None]) -> None:
        event = ApplicationEvent("order")
        event.act = act
        self._orders.trigger(event)

    def _run(self) -> None:
        try:
            self._container.run()
        except (ProtonException, OSError, ValueError) as error:
            self._lose(f"cannot be spoken to: {error}")
        except Exception:
            logs.bug("the AMQP thread has ended")
            self._lose("cannot be spoken to")
        finally:
            self._unsettled.clear()

    def _lose(self, why: str) -> None:
        self._inbox.lose(f"{self._source.url} {why}")
        self._open.set()

    def on_order(self, event: Any) -> None:
        """Something to be done in the library's thread, the only one that may touch its objects."""
        event.act()

    def on_start(self, event: Any) -> None:
        """Begin to connect."""
        secret = self._secret
        tls = urlsplit(self._source.url).scheme == "amqps"
        self._connection = event.container.connect(
            self._source.url,
            reconnect=False,
            heartbeat=HEARTBEAT,
            ssl_domain=domain(secret) if tls else None,
            user=secret.username or None,
            password=secret.password or None,
            allowed_mechs="PLAIN" if secret.username else "EXTERNAL" if secret.cert else "ANONYMOUS",
            allow_insecure_mechs=True,
        )

    def on_connection_opened(self, event: Any) -> None:
        """Attach to the addresses, with no credit yet."""
        for address in self._source.addresses:
            event.container.create_receiver(event.connection, address)

    def on_link_opened(self, event: Any) -> None:
        """Let messages come."""
        event.receiver.flow(WINDOW)
        self._links += 1
        if self._links == len(self._source.addresses):
            self._open.set()

    def on_message(self, event: Any) -> None:
        """Pass a message on to the loop."""
        self._received += 1
        self._unsettled[self._received] = event.delivery
        self._inbox.put(message(event.message, event.link.source.address or "", self._received))

    def on_link_error(self, event: Any) -> None:
        """An address is refused."""
        self._lose(f"does not let an address be read: {said(event.link)}")

    def on_link_closed(self, event: Any) -> None:
        """An address is taken away."""
        self._lose(f"has closed an address: {said(event.link)}")

    def on_connection_error(self, event: Any) -> None:
        """The peer ends the connection with a reason."""
        self._lose(f"has ended the connection: {said(event.connection)}")

    def on_connection_closed(self, _: Any) -> None:
        """The peer ends the connection."""
        self._lose("has ended the connection")

    def on_disconnected(self, _: Any) -> None:
        """The connection is gone."""
        self._lose("is gone")

    def on_transport_error(self, event: Any) -> None:
        """There is no connection, or it breaks."""
        self._lose(f"cannot be reached: {said(event.transport)}")


@contextmanager
def amqp_source(source: AmqpInput, secret: Credentials, client: str) -> Iterator[AmqpSource]:
    """A source, once the peer has attached every address. Raises `LostError`."""
    found = AmqpSource(source, secret, client)
    try:
        found.open()
        yield found
    finally:
        found.close()
