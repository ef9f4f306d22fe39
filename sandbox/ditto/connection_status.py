"""How a connection is doing: what Ditto says of it in the seconds after it was opened, and later."""

import asyncio
import ipaddress
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.ditto.connection_checks import Document, host_and_port

REACHABLE, UNREACHABLE, MISCONFIGURED = "reachable", "unreachable", "misconfigured"
PATIENCE = 1.0  # seconds to wait for a TCP connection on loopback


@dataclass
class Timing:
    """How long a freshly opened connection says what, in seconds after it was opened.

    A real Ditto takes about 1.5 and 2 to 5.5 seconds, and an identical PUT of an open one takes 4.5.
    """

    failed: float = 0.05
    unknown: float = 0.15
    reopening: float = 0.1


class Opened:
    """A connection whose wanted state is open, from the moment it was opened."""

    def __init__(self, document: Document, timing: Timing) -> None:
        self._began = time.monotonic()
        self._timing = timing
        self._document = document
        self.since = _now()

    def phase(self) -> str:
        """Say how far it is: ``failed`` and ``unknown`` mean nothing yet, ``settled`` is when it counts."""
        age = time.monotonic() - self._began
        if age < self._timing.failed:
            return "failed"
        return "unknown" if age < self._timing.unknown else "settled"


async def reach(document: Document, marks: dict[str, str]) -> str:
    """Say whether the connection's broker can be reached.

    What was marked (by host or ``host:port``) counts first; a loopback address is really tried; names, which
    only mean something inside a cluster, count as reachable.
    """
    host, port = host_and_port(document)
    for key in (f"{host}:{port}", host):
        if key in marks:
            return marks[key]
    if not _is_loopback(host):
        return REACHABLE
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return UNREACHABLE
    writer.close()
    return REACHABLE


def status(connection_id: str, document: Document, opened: Opened | None, reached: str) -> dict[str, Any]:
    """Return the answer to ``GET /connections/{id}/status``."""
    head = {
        "type": "connectivity.responses:retrieveConnectionStatus",
        "status": 200,
        "connectionId": connection_id,
        "connectionStatus": document["connectionStatus"],
    }
    if opened is None:
        client = _line("client", "closed", "unknown", "[DISCONNECTED] connection is closed")
        return head | {"liveStatus": "closed", "recoveryStatus": "unknown", "clientStatus": [client]}
    phase = opened.phase()
    if phase == "failed":
        details = "The <client> failed to report its status within the timeout."
        client = _line("client", "failed", "unknown", details)
        return head | {"liveStatus": "failed", "recoveryStatus": "unknown", "clientStatus": [client]}
    if phase == "unknown":
        client = _line("client", "unknown", "unknown", "initialized")
        parts = _parts(document, "unknown", None)
        return head | {
            "liveStatus": "unknown",
            "recoveryStatus": "unknown",
            "clientStatus": [client],
            **parts,
        }
    if reached != REACHABLE:
        failed = f"The Connection with ID '{connection_id}' failed to connect."
        reason = no_connection(document) if reached == UNREACHABLE else "The server refused the credentials."
        details = f"<ConnectionFailedException>: {failed} {reason}"
        client = _line("client", "misconfigured", "ongoing", details)
        parts = _parts(document, "closed", None)
        return head | {
            "liveStatus": "misconfigured",
            "recoveryStatus": "ongoing",
            "clientStatus": [client],
            **parts,
        }
    client = _line("client", "open", "succeeded", "CONNECTED", opened.since)
    return head | {
        "liveStatus": "open",
        "recoveryStatus": "succeeded",
        "connectedSince": opened.since,
        "clientStatus": [client],
        **_parts(document, "open", opened.since),
    }


def no_connection(document: Document) -> str:
    """Return how Ditto says that nobody answers."""
    host, port = host_and_port(document)
    return (
        f"Could not establish a connection on '{host}:{port}'. Make sure the endpoint is reachable"
        " and that no firewall prevents the connection."
    )


def _parts(document: Document, state: str, since: str | None) -> dict[str, Any]:
    sources = [
        _line("source", state, None, "Consumer started." if state == "open" else "", since, address)
        for source in document["sources"]
        for address in source["addresses"]
    ]
    targets = [
        _line(
            "target",
            "unknown",
            None,
            "Producers for targets with placeholders are started on-demand.",
            since,
            address,
        )
        if "{{" in address and state == "open"
        else _line("target", state, None, "Producer started." if state == "open" else "", since, address)
        for address in (target["address"] for target in document["targets"])
    ]
    return {"sourceStatus": sources, "targetStatus": targets}


def _line(
    kind: str,
    state: str,
    recovery: str | None,
    details: str,
    since: str | None = None,
    address: str | None = None,
) -> dict[str, Any]:
    line: dict[str, Any] = {"type": kind, "client": "sandbox", "status": state}
    if address is not None:
        line["address"] = address
    if recovery is not None:
        line["recoveryStatus"] = recovery
    return line | {"statusDetails": details, "inStateSince": since or _now()}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
