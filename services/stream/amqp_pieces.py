"""What the AMQP source makes of the library's objects."""

import ssl
from datetime import UTC, datetime
from typing import Any

from proton import Message as AmqpMessage  # type: ignore[import-not-found,unused-ignore]
from proton import ProtonException, SSLDomain

from services.stream.credentials import Credentials
from services.stream.message import LostError, Message


def domain(secret: Credentials) -> SSLDomain:
    """The rules of TLS: the peer's certificate is checked, name included. Raises `LostError`."""
    found = SSLDomain(SSLDomain.MODE_CLIENT)
    system = ssl.get_default_verify_paths()
    try:
        found.set_trusted_ca_db(str(secret.ca or system.cafile or system.capath))
        if secret.cert and secret.key:
            found.set_credentials(str(secret.cert), str(secret.key), None)
        found.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    except ProtonException:
        raise LostError("input", "the certificates cannot be used") from None
    return found


def said(endpoint: Any) -> str:
    """The reason that the other side gives."""
    condition = getattr(endpoint, "remote_condition", None) or getattr(endpoint, "condition", None)
    return str(condition.description or condition.name) if condition else "no reason given"


def message(found: AmqpMessage, address: str, receipt: int) -> Message:
    """The message with what Hono says of it; a body that is neither bytes nor text counts as none."""
    told = {**(found.properties or {}), **(found.annotations or {})}
    body = found.body
    if isinstance(body, str):
        body = body.encode()
    elif isinstance(body, memoryview):
        body = bytes(body)
    device = told.get("device_id")
    return Message(
        body=body if isinstance(body, bytes) else b"",
        where=f"{address} #{receipt}",
        device=str(device) if device else None,
        sent=_moment(found.creation_time),
        content_type=str(found.content_type or ""),
        receipt=receipt,
    )


def _moment(seconds: float | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):  # no time that a calendar has
        return None
