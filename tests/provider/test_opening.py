"""When a connection counts as open, and what is said when it does not get there."""

from typing import Any

import pytest

from provider.errors import ProviderError
from provider.opening import wait

ON_DEMAND = "Producers for targets with placeholders are started on-demand."
UNREPORTED = {
    "type": "source",
    "client": "unknown-client",
    "status": "failed",
    "statusDetails": "The <source> failed to report its status within the timeout.",
}


def part(status: str, details: str = "", kind: str = "client", **more: str) -> dict[str, str]:
    return {"type": kind, "client": "connectivity-0", "status": status, "statusDetails": details, **more}


def status(live: str, *clients: dict[str, str], **ends: list[dict[str, str]]) -> dict[str, Any]:
    return {"liveStatus": live, "clientStatus": list(clients), **ends}


STARTING = [
    status("failed", part("failed", "The <client> failed to report its status within the timeout.")),
    status("unknown", part("unknown", "initialized")),
]
OPEN = status("open", part("open", "CONNECTED"))
UNREACHABLE = status(
    "misconfigured",
    part("misconfigured", "Could not establish a connection on '127.0.0.1:9'."),
    sourceStatus=[part("closed", "Closed because of …", kind="source", address="a")],
)


class Clock:
    """Time that passes only by waiting; each look finds the next status, and the last one for ever."""

    def __init__(self, *statuses: dict[str, Any]) -> None:
        self.time = 0.0
        self._statuses = list(statuses)

    def wait(self, wanted: str = "open", deadline: float = 600) -> float:
        wait("connection robot", wanted, self._look, deadline, lambda: self.time, self._pause)
        return self.time

    def _look(self) -> dict[str, Any]:
        return self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]

    def _pause(self, seconds: float) -> None:
        self.time += seconds


def test_failed_and_unknown_are_normal_at_first() -> None:
    assert Clock(*STARTING * 4, OPEN).wait() == 4


def test_a_target_that_is_started_on_demand_keeps_no_connection_from_being_open() -> None:
    target = part("unknown", ON_DEMAND, kind="target", address="robots/{{ thing:id }}")
    assert Clock(status("unknown", part("open"), targetStatus=[target])).wait() == 0


def test_several_addresses_of_a_source_that_report_as_one_are_open() -> None:
    sources = [part("open", "Consumer started.", kind="source", address="a;b"), UNREPORTED]
    assert Clock(status("failed", part("open"), sourceStatus=sources)).wait() == 0


@pytest.mark.parametrize(
    "found",
    [
        status("failed", part("open"), sourceStatus=[UNREPORTED]),
        status("failed", part("open"), sourceStatus=[part("closed", kind="source"), UNREPORTED]),
        status("failed", part("open"), part("failed", "The <client> failed to report its status")),
        status("unknown", part("open"), sourceStatus=[part("unknown", kind="source")]),
        status("unknown"),
    ],
)
def test_a_connection_of_which_something_is_not_there_yet_is_not_open(found: dict[str, Any]) -> None:
    assert Clock(found, found, OPEN).wait() == 1


def test_a_state_that_needs_a_human_is_an_error_once_it_persists() -> None:
    clock = Clock(*STARTING, UNREACHABLE)
    with pytest.raises(ProviderError) as failure:
        clock.wait()
    assert clock.time == 16  # a second of starting, then a quarter of a minute
    assert str(failure.value) == (
        "connection robot is stored, but misconfigured after 16 s instead of open. Ditto says: client"
        " misconfigured: Could not establish a connection on '127.0.0.1:9'."
    )


def test_a_broker_that_comes_back_in_time_is_no_error() -> None:
    assert Clock(*[UNREACHABLE] * 20, STARTING[1], *[UNREACHABLE] * 20, OPEN).wait() == 20.5


def test_a_client_that_is_misconfigured_counts_also_where_ditto_calls_the_whole_failed() -> None:
    found = UNREACHABLE | {"liveStatus": "failed", "sourceStatus": [UNREPORTED]}
    with pytest.raises(ProviderError, match="misconfigured after 15 s"):
        Clock(found).wait()


def test_the_deadline_ends_it_whatever_the_state() -> None:
    clock = Clock(status("unknown", part("unknown", "initialized")))
    with pytest.raises(
        ProviderError, match=r"unknown after 30 s instead of open\. Ditto says: client unknown: initialized"
    ):
        clock.wait(deadline=30)
    assert clock.time == 30


def test_when_ditto_says_nothing_the_error_says_where_to_look() -> None:
    with pytest.raises(
        ProviderError, match=r"Ditto does not say why; `GET /api/2/connections/<id>/logs` may"
    ):
        Clock({"liveStatus": "failed"}).wait()


def test_what_is_to_be_closed_is_seen_to_be_closed() -> None:
    closed = status("closed", part("closed", "[DISCONNECTED] connection is closed"))
    assert Clock(OPEN, OPEN, closed).wait("closed") == 1
