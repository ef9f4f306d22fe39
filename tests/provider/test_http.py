"""Requests to a service: tried again when that helps, at a pace that the server takes."""

import threading
import time
from email.utils import formatdate

import pytest
import requests

from provider.errors import ProviderError, Rejected, Unreachable, together
from provider.http import Client
from provider.pace import Pace, each
from tests.provider.conftest import Ditto, Stack


@pytest.fixture
def client(stack: Stack) -> Client:
    return stack.reach.ditto._client


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_busy_server_is_asked_again(client: Client, stack: Stack, ditto: Ditto, status: int) -> None:
    ditto.faults.refuse, ditto.faults.status, ditto.faults.retry_after = 3, status, None
    assert client.request("GET", "/api/2/things/my%3Athing").status == 404
    assert len(stack.pauses) == 3
    assert stack.pauses == sorted(stack.pauses)  # the pauses grow


@pytest.mark.parametrize("status", [400, 403, 409, 500])
def test_an_answer_that_will_not_change_is_taken_as_it_is(
    client: Client, stack: Stack, ditto: Ditto, status: int
) -> None:
    ditto.faults.refuse, ditto.faults.status = 1, status
    assert client.request("GET", "/api/2/things/my%3Athing").status == status
    assert stack.pauses == []


def test_a_server_that_stays_busy_is_an_error_in_its_own_words(
    client: Client, stack: Stack, ditto: Ditto
) -> None:
    ditto.faults.refuse, ditto.faults.retry_after = 100, 2
    with pytest.raises(Rejected, match=r"thing my:thing: Ditto refuses: .*\(503\)"):
        stack.reach.ditto.thing("my:thing")
    assert stack.pauses == [2.0] * 7


def test_a_date_to_come_back_at_is_understood_and_no_server_may_ask_for_too_long(
    client: Client, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = iter([formatdate(time.time() + 3600, usegmt=True), "7200", "soon", formatdate(0, usegmt=True)])

    def busy(self: requests.Session, method: str, url: str, **_: object) -> requests.Response:
        response = requests.Response()
        response.status_code, response._content = 503, b""
        wait = next(waits, None)
        if wait is None:
            response.status_code = 200
        else:
            response.headers["Retry-After"] = wait
        return response

    monkeypatch.setattr(requests.Session, "request", busy)
    client.request("GET", "/")
    assert stack.pauses[:2] == [60.0, 60.0]
    assert 0 < stack.pauses[2] <= 1  # not understood: our own pause


def test_a_connection_that_breaks_is_made_anew(client: Client, stack: Stack, ditto: Ditto) -> None:
    ditto.faults.drop = 2
    assert client.request("GET", "/api/2/things/my%3Athing").status == 404
    assert len(stack.pauses) == 2


def test_a_service_that_goes_away_is_one_clear_line(client: Client, stack: Stack, ditto: Ditto) -> None:
    ditto.faults.drop = 100
    with pytest.raises(Unreachable, match=r"^Ditto cannot be reached: .*(closed|reset|aborted)") as failure:
        client.request("GET", "/api/2/things/my%3Athing")
    assert "HTTPConnection" not in str(failure.value)


def test_ids_with_any_character_reach_the_thing_they_name(with_policy: Stack, ditto: Ditto) -> None:
    names = ["my:a b", "my:a?b#c", "my:100%", "my:a%2Fb", "my:..", "my:€", "my:🤖", "my:a:b", "my:~1+&'\""]
    for name in names:
        assert with_policy.reach.ditto.create_thing(
            name, {"policyId": "my:policy", "attributes": {"name": name}}
        )
        found = with_policy.reach.ditto.thing(name)
        assert found is not None
        assert (found["thingId"], found["attributes"]["name"]) == (name, name)


def test_a_pace_never_lets_more_through_than_it_may_and_finds_its_width() -> None:
    pace = Pace(most=4, first=2)
    inside, most = 0, 0
    lock = threading.Lock()

    def work(_: int) -> None:
        nonlocal inside, most
        with pace:
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.002)
            with lock:
                inside -= 1
        pace.eased()

    assert each(work, list(range(60))) == []
    assert most == pace.width == 4
    pace.strained()
    assert pace.width == 2
    for _ in range(9):
        pace.strained()
    assert pace.width == 1


def test_the_pace_of_requests_follows_how_the_server_fares(
    client: Client, stack: Stack, ditto: Ditto
) -> None:
    for _ in range(60):
        client.request("GET", "/api/2/things/my%3Athing")
    quick = client._pace.width
    assert quick > Pace().width
    ditto.faults.refuse, ditto.faults.status = 2, 429
    client.request("GET", "/api/2/things/my%3Athing")
    assert client._pace.width <= quick // 4 + 1


def test_one_failure_does_not_keep_the_others_from_being_done() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number % 2:
            raise ProviderError(f"{number} failed")
        done.append(number)

    problems = each(work, list(range(6)), at_once=3)
    assert sorted(done) == [0, 2, 4]
    assert [str(problem) for problem in problems] == ["1 failed", "3 failed", "5 failed"]


def test_nothing_is_begun_any_more_once_the_service_is_unreachable() -> None:
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        raise Unreachable("it is gone")

    assert len(each(work, list(range(100)), at_once=1)) == len(begun) == 1


def test_a_bug_is_not_taken_for_an_error_of_the_user() -> None:
    def work(number: int) -> None:
        raise KeyError(number)

    with pytest.raises(KeyError):
        each(work, [1, 2, 3])


def test_many_errors_are_one_that_can_be_read() -> None:
    error = together("30 things failed:", [ProviderError(f"thing {number}") for number in range(30)])
    lines = str(error).splitlines()
    assert lines[:2] == ["30 things failed:", "  - thing 0"]
    assert lines[-1] == "  - and 10 more"
    assert isinstance(together("x", [ProviderError("a"), Unreachable("b")]), Unreachable)
