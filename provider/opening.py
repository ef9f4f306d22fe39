"""Waiting for a connection to be what it is meant to be: open or closed.

A connection that was just stored says `failed`, then `unknown`, and gets open after two to six seconds;
meanwhile nothing is wrong. See
https://eclipse.dev/ditto/connectivity-manage-connections.html#retrieve-connection-status.
"""

from collections.abc import Callable, Iterable
from typing import Any

from provider.errors import ProviderError
from twins.document import Document

INTERVAL = 0.5  # seconds between two looks
# How long a state may last before it is an error, in seconds; others may last until the deadline.
PATIENCE = {"misconfigured": 15.0, "failed": 60.0}
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
        state = "open" if _is_open(found) else str(found.get("liveStatus"))
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


def _parts(status: Document) -> Iterable[Document]:
    for kind in ("clientStatus", "sshTunnelStatus", "sourceStatus", "targetStatus"):
        yield from status.get(kind) or []


def _is_open(status: Document) -> bool:
    if status.get("liveStatus") == "open":
        return True
    return bool(status.get("clientStatus")) and all(map(_is_well, _parts(status)))


def _is_well(part: Document) -> bool:
    return part.get("status") == "open" or ON_DEMAND in str(part.get("statusDetails"))


def _details(status: Document) -> str:
    """What Ditto says of each client, source and target that is not well, each thing once."""
    lines: dict[Any, None] = {}
    for part in _parts(status):
        if not _is_well(part) and part.get("statusDetails"):
            whose = " ".join(str(part[key]) for key in ("type", "address") if part.get(key))
            lines[f"{whose} {part.get('status')}: {part['statusDetails']}"] = None
    said = "; ".join(lines)
    return f"Ditto says: {said}" if said else "Ditto does not say why; `GET /api/2/connections/<id>/logs` may"
