"""Waiting for a connection to be what it is meant to be: open or closed.

A connection that was just stored says `failed`, then `unknown`, and gets open after two to six seconds;
meanwhile nothing is wrong. See
https://eclipse.dev/ditto/connectivity-manage-connections.html#retrieve-connection-status.
"""

from collections.abc import Callable

from provider.errors import ProviderError
from twins.document import Document

INTERVAL = 0.5  # seconds between two looks
# How long a state may last before it is an error, in seconds; others may last until the deadline.
PATIENCE = {"misconfigured": 15.0, "failed": 60.0}
UNREPORTED = "unknown-client"  # whose report Ditto waited for in vain
ON_DEMAND = "started on-demand"  # what Ditto says of a target whose address has placeholders: that is normal


def wait(
    what: str,
    wanted: str,
    status: Callable[[], Document],
    deadline: float,
    now: Callable[[], float],
    pause: Callable[[float], None],
) -> None:
    """Look until the connection is as wanted. Raises `ProviderError` with what Ditto says it suffers from."""
    began = since = now()
    last = ""
    while True:
        found = status()
        state = _state(found)
        if state == wanted:
            return
        if state != last:
            since, last = now(), state
        lasted, passed = now() - since, now() - began
        if lasted >= PATIENCE.get(state, deadline) or passed >= deadline:
            raise ProviderError(
                f"{what} is stored, but {state} after {passed:.0f} s instead of {wanted}. {_details(found)}"
            )
        pause(INTERVAL)


def _state(status: Document) -> str:
    """Ditto's `liveStatus`, unless what it is made of says better.

    A source of MQTT 5 with several addresses reports once, where Ditto waits for one report an address: such
    a connection says `failed` for ever, though all of it works.
    """
    clients = [*_parts(status, "clientStatus"), *_parts(status, "sshTunnelStatus")]
    states = {str(client.get("status")) for client in clients}
    reported = [part for part in _ends(status) if part.get("client") != UNREPORTED]
    if states == {"open"} and bool(reported) == bool(_ends(status)) and all(map(_is_well, reported)):
        return "open"
    return "misconfigured" if "misconfigured" in states else str(status.get("liveStatus"))


def _parts(status: Document, kind: str) -> list[Document]:
    return status.get(kind) or []


def _ends(status: Document) -> list[Document]:
    return [*_parts(status, "sourceStatus"), *_parts(status, "targetStatus")]


def _is_well(part: Document) -> bool:
    return part.get("status") == "open" or ON_DEMAND in str(part.get("statusDetails"))


def _details(status: Document) -> str:
    """What Ditto says of the clients that are not well, or else of the sources and targets; each thing once."""
    clients = [*_parts(status, "clientStatus"), *_parts(status, "sshTunnelStatus")]
    for parts in (clients, _ends(status)):
        lines: dict[str, None] = {}
        for part in parts:
            if not _is_well(part) and part.get("statusDetails"):
                whose = " ".join(str(part[key]) for key in ("type", "address") if part.get(key))
                lines[f"{whose} {part.get('status')}: {part['statusDetails']}"] = None
        if lines:
            return f"Ditto says: {'; '.join(lines)}"
    return "Ditto does not say why; `GET /api/2/connections/<id>/logs` may"
