"""What a connection did: its logs and its metrics, which are those of one that nothing passes through."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.ditto.connection_checks import Document, host_and_port
from sandbox.ditto.connection_status import UNREACHABLE, Opened

_INBOUND = ("consumed", "mapped", "other", "dropped", "enforced", "acknowledged", "throttled")
_OUTBOUND = ("dispatched", "filtered", "mapped", "other", "dropped", "published", "acknowledged")
_NOTHING = {"PT1M": 0, "PT1H": 0, "PT24H": 0, "lastMessageAt": None}


def logs(connection_id: str, document: Document, opened: Opened | None, reached: str) -> dict[str, Any]:
    """Return the answer to ``GET /connections/{id}/logs``, which turns logging on for an hour."""
    if opened is None:
        return _logs(connection_id, [], None, None)
    entries = []
    if reached == UNREACHABLE:
        host, port = host_and_port(document)
        entries.append(
            {
                "correlationId": "<not-provided>",
                "timestamp": opened.since,
                "category": "connection",
                "type": "other",
                "level": "failure",
                "message": f"Socket could not be opened for {host}:{port} due to Connection refused",
            }
        )
    begin = datetime.now(UTC)
    return _logs(connection_id, entries, begin, begin + timedelta(hours=1))


def metrics(connection_id: str, document: Document, opened: Opened | None) -> dict[str, Any]:
    """Return the answer to ``GET /connections/{id}/metrics``."""
    sources = [address for source in document["sources"] for address in source["addresses"]]
    targets = [target["address"] for target in document["targets"]]
    running = opened is not None
    return {
        "type": "connectivity.responses:retrieveConnectionMetrics",
        "status": 200,
        "connectionId": connection_id,
        "containsFailures": False,
        "connectionMetrics": {
            "inbound": _counted(_INBOUND) if running else None,
            "outbound": _counted(_OUTBOUND) if running else None,
        },
        "sourceMetrics": {"addressMetrics": dict.fromkeys(sources, _counted(_INBOUND)) if running else None},
        "targetMetrics": {"addressMetrics": dict.fromkeys(targets, _counted(_OUTBOUND)) if running else None},
    }


def _counted(kinds: tuple[str, ...]) -> dict[str, Any]:
    return {kind: {"success": _NOTHING, "failure": _NOTHING} for kind in kinds}


def _logs(
    connection_id: str, entries: list[dict[str, Any]], begin: datetime | None, end: datetime | None
) -> dict[str, Any]:
    return {
        "connectionId": connection_id,
        "connectionLogs": entries,
        "enabledSince": f"{begin:%Y-%m-%dT%H:%M:%SZ}" if begin else None,
        "enabledUntil": f"{end:%Y-%m-%dT%H:%M:%SZ}" if end else None,
    }
