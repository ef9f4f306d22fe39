"""How a connection is doing: what Ditto says of it in the seconds after it was opened, and later."""

import asyncio
import ipaddress
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.ditto.connection_checks import Document, host_and_port

CLIENT = "connectivity"  # the pod that a connection lives in
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

    def __init__(self, timing: Timing) -> None:
        self._began = time.monotonic()
        self._timing = timing
        self.since = now()

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
        return head | {"liveStatus": "unknown", "recoveryStatus": "unknown"} | _parts(client, document, None)
    if reached != REACHABLE:
        failed = f"The Connection with ID '{connection_id}' failed to connect."
        details = f"<ConnectionFailedException>: {failed} {reason(document, reached)} At {opened.since}"
        client = _line("client", "misconfigured", "ongoing", details, opened.since)
        states = {"liveStatus": "misconfigured", "recoveryStatus": "ongoing"}
        return head | states | _parts(client, document, None)
    client = _line("client", "open", "succeeded", "CONNECTED", opened.since)
    states = {"liveStatus": "open", "recoveryStatus": "succeeded", "connectedSince": opened.since}
    return head | states | _parts(client, document, opened.since)


def reason(document: Document, reached: str) -> str:
    """Return how Ditto says why a broker is not ``reached``."""
    if reached == MISCONFIGURED:
        return "The server refused the credentials."
    host, port = host_and_port(document)
    return (
        f"Could not establish a connection on '{host}:{port}'. Make sure the endpoint is reachable"
        " and that no firewall prevents the connection."
    )


def _parts(client: dict[str, Any], document: Document, since: str | None) -> dict[str, Any]:
    """Return the status of the client, the sources and the targets, which are open ``since`` then or closed."""
    sources = [address for source in document["sources"] for address in source["addresses"]]
    targets = [target["address"] for target in document["targets"]]
    return {
        "clientStatus": [client],
        "sourceStatus": [_end("source", address, since, "Consumer started.") for address in sources],
        "targetStatus": [_end("target", address, since, "Producer started.") for address in targets],
    }


def _end(kind: str, address: str, since: str | None, started: str) -> dict[str, Any]:
    head = {"type": kind, "client": CLIENT, "address": address}
    if since is None:
        details = "Closed because of unknown/failure/misconfiguration status in client."
        return head | {"status": "closed", "statusDetails": details}
    if kind == "target" and "{{" in address:
        details = "Producers for targets with placeholders are started on-demand."
        return head | {"status": "unknown", "statusDetails": details, "inStateSince": since}
    return head | {"status": "open", "statusDetails": started, "inStateSince": since}


def _line(kind: str, state: str, recovery: str, details: str, since: str | None = None) -> dict[str, Any]:
    return {
        "type": kind,
        "client": CLIENT,
        "status": state,
        "recoveryStatus": recovery,
        "statusDetails": details,
        "inStateSince": since or now(),
    }


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def now() -> str:
    """Return the time as Ditto writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
