"""What is the Ditto stand-in's own, or takes too long to ask of a real one."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from aiohttp import web

from sandbox.ditto.connection_status import Timing
from sandbox.ditto.connections import Brokers
from sandbox.ditto.server import BROKERS, application
from sandbox.standin.credentials import Fixed
from sandbox.standin.running import serving

RIGHTS = {f"{kind}:/": {"grant": ["READ", "WRITE"], "revoke": []} for kind in ("thing", "policy", "message")}
POLICY = {"entries": {"owner": {"subjects": {"nginx:ditto": {"type": "test"}}, "resources": RIGHTS}}}


class Service:
    """The stand-in, and the sessions of those who use it."""

    def __init__(self, url: str, app: web.Application) -> None:
        self.url, self.app = url, app
        self.sessions = {user: requests.Session() for user in ("ditto", "other", "devops")}
        for user, session in self.sessions.items():
            session.trust_env = False
            session.auth = (user, f"of {user}")

    def ask(self, method: str, path: str, user: str = "ditto", **more: Any) -> requests.Response:
        return self.sessions[user].request(method, f"{self.url}/api/2/{path}", timeout=10, **more)

    def status(self, connection: str) -> dict[str, Any]:
        return self.ask("GET", f"connections/{connection}/status", "devops").json()  # type: ignore[no-any-return]

    def settled(self, connection: str) -> dict[str, Any]:
        deadline = time.monotonic() + 10
        while (seen := self.status(connection))["liveStatus"] in ("failed", "unknown"):
            assert time.monotonic() < deadline
        return seen


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    brokers = getattr(request, "param", None) or Brokers(
        timing=Timing(failed=0.1, unknown=0.3, reopening=0.01)
    )
    users = Fixed(api={"ditto": "of ditto", "other": "of other"}, devops={"devops": "of devops"})
    app = application(users, brokers=brokers)
    with serving(app) as url:
        yield Service(url, app)


def mqtt(uri: str) -> dict[str, Any]:
    source = {"addresses": ["a/#"], "qos": 1, "authorizationContext": ["nginx:ditto"]}
    return {"connectionType": "mqtt-5", "connectionStatus": "open", "uri": uri, "sources": [source]}


def test_each_user_is_a_subject(service: Service) -> None:
    service.ask("PUT", "policies/a:p", json=POLICY)
    service.ask("PUT", "things/a:t", json={"policyId": "a:p"})
    assert service.ask("GET", "things/a:t").status_code == 200
    assert service.ask("GET", "things/a:t", "other").status_code == 404
    assert service.ask("GET", "policies/a:p", "other").status_code == 404
    assert service.ask("DELETE", "policies/a:p", "other").status_code == 403
    guest = {"subjects": {"nginx:other": {"type": "test"}}, "resources": {"thing:/": RIGHTS["thing:/"]}}
    service.ask("PUT", "policies/a:p/entries/guest", json=guest)
    assert service.ask("GET", "things/a:t", "other").status_code == 200


def test_a_fresh_connection_is_failed_then_unknown_then_open(service: Service) -> None:
    service.ask("PUT", "connections/c", "devops", json=mqtt("tcp://mosquitto:1883"))
    seen: list[str] = []
    deadline = time.monotonic() + 10
    while not seen or (seen[-1] != "open" and time.monotonic() < deadline):
        state = service.status("c")["liveStatus"]
        if state not in seen:
            seen.append(state)
    assert seen == ["failed", "unknown", "open"]
    assert service.status("c")["recoveryStatus"] == "succeeded"


@pytest.mark.parametrize(
    ("mark", "details"),
    [("unreachable", "Could not establish a connection on 'mosquitto:1883'"), ("misconfigured", "refused")],
)
def test_a_broker_can_be_marked(service: Service, mark: str, details: str) -> None:
    service.app[BROKERS].marks["mosquitto:1883"] = mark
    service.ask("PUT", "connections/c", "devops", json=mqtt("tcp://mosquitto:1883"))
    seen = service.settled("c")
    assert (seen["liveStatus"], seen["recoveryStatus"]) == ("misconfigured", "ongoing")
    assert details in seen["clientStatus"][0]["statusDetails"]
    requests.put(f"{service.url}/sandbox/brokers", json={}, timeout=10)
    assert service.settled("c")["liveStatus"] == "open"


@pytest.mark.parametrize("service", [Brokers(blocked=["forbidden.example"])], indirect=True)
@pytest.mark.parametrize("host", ["forbidden.example", "127.0.0.1"])
def test_a_blocked_host_is_refused_and_with_any_blocked_loopback_too(service: Service, host: str) -> None:
    answer = service.ask("PUT", "connections/c", "devops", json=mqtt(f"tcp://{host}:1883"))
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "connectivity:connection.configuration.invalid",
    )
    assert f"The configured host '{host}' may not be used" in answer.json()["message"]


def test_half_a_surrogate_pair_is_never_answered(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.ditto.server.NEVER", 0.01)
    service.ask("PUT", "policies/a:p", json=POLICY)
    body = '{"policyId": "a:p", "attributes": {"text": "\\ud83d"}}'
    answer = service.ask("PUT", "things/a:t", data=body)
    assert (answer.status_code, answer.json()["error"]) == (503, "ask.error")
    answer = service.ask("PUT", "things/a:t?timeout=5s", data=body)
    assert (answer.status_code, answer.json()["error"]) == (408, "command.timeout")


def test_a_model_on_the_web_cannot_be_read(service: Service) -> None:
    service.ask("PUT", "policies/a:p", json=POLICY)
    thing = {"policyId": "a:p", "definition": "https://example.com/model.jsonld"}
    refused = service.ask("PUT", "things/a:t", json=thing)
    assert (refused.status_code, refused.json()["error"]) == (421, "wot:tm.notfound")
    service.ask("PUT", "things/a:t", json={"policyId": "a:p"})
    assert service.ask("PUT", "things/a:t", json=thing).status_code == 204
