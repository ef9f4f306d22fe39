"""Connections: their secrets, their defaults, and that they are seen to be open."""

import json
from pathlib import Path
from typing import Any

import pytest

from provider.connection import ConnectionProvider
from provider.errors import Foreign, ProviderError, Rejected
from tests.provider.conftest import Ditto, Stack
from tests.provider.documents import OTHER, OWNER
from twins.canonical import dumps
from twins.connections import connection_document
from twins.models import ConnectionSpec, SourceSpec
from twins.owner import Owner

ID = "robot"
BROKER = "tcp://broker.example.org:1883"
PASSWORD = "p@ss/w:rd"


def inputs(
    uri: str = BROKER, owner: Owner = OWNER, adopt: bool = False, secret: str = "user-broker", **spec: Any
) -> dict[str, Any]:
    """A connection's inputs, as the engine hands them over."""
    wanted = {"type": "mqtt-5", "sources": [SourceSpec(addresses=["robot/#"])]} | spec
    document = connection_document(
        ConnectionSpec(id=ID, uri=uri, **wanted),
        owner,
        Path(),
        uri,
        ("username", "password") if secret else (),
    )
    return {"id": ID, "document": dumps(document), "secret": secret, "fingerprint": "one", "adopt": adopt}


@pytest.fixture
def connections(stack: Stack) -> ConnectionProvider:
    stack.secrets.secrets["broker"] = {"username": "robot", "password": PASSWORD}
    return stack.provider(ConnectionProvider)


def live(stack: Stack) -> dict[str, Any]:
    found = stack.reach.connections.connection(ID)
    assert found is not None
    return found


def by_hand(stack: Stack, ditto: Ditto, **changes: Any) -> None:
    stack.reach.connections.put_connection(ID, live(stack) | changes)
    ditto.record.clear()


def test_a_connection_is_stored_with_its_secrets_and_seen_to_be_open(
    connections: ConnectionProvider, stack: Stack, ditto: Ditto
) -> None:
    result = connections.create(inputs())
    assert (result.id, result.outs) == (ID, inputs())
    assert live(stack)["uri"] == "tcp://robot:p%40ss%2Fw%3Ard@broker.example.org:1883"
    assert [request.method for request in ditto.writes()] == ["PUT"]
    assert ditto.requests()[-2] == ("GET", "/api/2/connections/robot/status")


def test_no_secret_is_in_what_the_engine_keeps(connections: ConnectionProvider) -> None:
    made = connections.create(inputs())
    read = connections.read(ID, inputs())
    assert PASSWORD not in json.dumps([made.outs, read.outs, read.inputs])
    assert "p%40ss" not in json.dumps([made.outs, read.outs, read.inputs])


@pytest.mark.parametrize("kind", ["mqtt", "mqtt-5", "amqp-10", "amqp-091", "kafka"])
def test_what_ditto_adds_is_no_difference(connections: ConnectionProvider, kind: str) -> None:
    scheme = "amqp" if kind.startswith("amqp") else "tcp"
    made = inputs(f"{scheme}://broker.example.org:1883", type=kind)
    connections.create(made)
    assert connections.read(ID, made).inputs == made


def test_a_rotated_password_is_one_put(connections: ConnectionProvider, stack: Stack, ditto: Ditto) -> None:
    old = inputs()
    connections.create(old)
    stack.secrets.secrets["broker"]["password"] = "another"
    new = old | {"fingerprint": "two"}
    ditto.record.clear()

    assert connections.diff(ID, old, new).changes
    assert not connections.diff(ID, old, new).replaces
    connections.update(ID, old, new)

    assert [request.method for request in ditto.writes()] == ["PUT"]
    assert live(stack)["uri"] == "tcp://robot:another@broker.example.org:1883"


def test_without_a_difference_there_is_no_put(connections: ConnectionProvider, ditto: Ditto) -> None:
    old = inputs()
    connections.create(old)
    ditto.record.clear()
    assert not connections.diff(ID, old, old | {"__provider": "new", "adopt": True}).changes
    connections.update(ID, old | {"fingerprint": "before"}, old)  # the last run got as far as the PUT
    assert ditto.writes() == []


def test_something_removed_from_the_spec_is_removed_from_the_connection(
    connections: ConnectionProvider, stack: Stack
) -> None:
    old = inputs(specific_config={"cleanSession": "true"})
    connections.create(old)
    connections.update(ID, old, inputs())
    assert "cleanSession" not in live(stack).get("specificConfig", {})


def test_another_type_replaces_the_connection(connections: ConnectionProvider) -> None:
    result = connections.diff(ID, inputs(), inputs(type="mqtt"))
    assert (result.replaces, result.delete_before_replace) == (["document"], True)


def test_a_connection_that_is_to_be_closed_is_seen_to_be_closed(
    connections: ConnectionProvider, stack: Stack
) -> None:
    connections.create(inputs(open=False))
    assert live(stack)["connectionStatus"] == "closed"


def test_a_misconfigured_connection_shows_the_words_of_ditto_and_the_line(
    connections: ConnectionProvider, stack: Stack, ditto: Ditto
) -> None:
    (Path(stack.settings.specs) / "robot.yaml").write_text(f"kind: Connection\nid: {ID}\n")
    ditto.brokers.timing.failed = ditto.brokers.timing.unknown = 0
    ditto.brokers.marks["broker.example.org"] = "unreachable"
    with pytest.raises(ProviderError) as failure:
        connections.create(inputs())
    message = str(failure.value)
    assert (
        "robot.yaml:1: connection robot is stored, but misconfigured after 15 s instead of open." in message
    )
    assert "Ditto says: client misconfigured: <ConnectionFailedException>" in message
    assert "Could not establish a connection on 'broker.example.org:1883'" in message
    assert sum(stack.pauses) == pytest.approx(15)


def test_a_run_after_that_goes_on_without_storing_it_again(
    connections: ConnectionProvider, ditto: Ditto
) -> None:
    ditto.brokers.timing.failed = ditto.brokers.timing.unknown = 0
    ditto.brokers.marks["broker.example.org"] = "unreachable"
    with pytest.raises(ProviderError):
        connections.create(inputs())
    ditto.brokers.marks.clear()
    ditto.record.clear()
    connections.create(inputs())
    assert [(request.method, request.status) for request in ditto.writes()] == [("PUT", 412)]


def test_a_late_answer_is_believed_only_after_a_look(
    connections: ConnectionProvider, stack: Stack, ditto: Ditto, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = inputs()
    connections.create(old)
    stack.secrets.secrets["broker"]["password"] = "another"
    put = type(stack.reach.connections).put_connection

    def put_and_time_out(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = put(self, *args, **kwargs)
        return type(answer)(504, answer.headers, "", {"error": "connectivity:connection.failed"})

    monkeypatch.setattr(type(stack.reach.connections), "put_connection", put_and_time_out)
    ditto.record.clear()
    connections.update(ID, old, old | {"fingerprint": "two"})
    assert [request.method for request in ditto.writes()] == ["PUT"]

    monkeypatch.setattr(
        type(stack.reach.connections),
        "put_connection",
        lambda self, *_: self._client.request("PUT", "/api/2/connections/robot", retried=()),
    )
    ditto.faults.refuse, ditto.faults.status, ditto.faults.only = 1, 504, "PUT"
    with pytest.raises(Rejected, match="504"):
        connections.update(ID, old, inputs(client_count=2) | {"fingerprint": "two"})


def test_no_error_shows_a_secret_that_ditto_repeats(
    connections: ConnectionProvider, stack: Stack, ditto: Ditto
) -> None:
    stack.secrets.secrets["broker"]["password"] = "quiteSecret"
    with pytest.raises(Rejected) as refusal:
        connections.create(inputs("nonsense://broker.example.org"))
    assert "quiteSecret" not in str(refusal.value)
    assert "nonsense://robot:***@broker.example.org" in str(refusal.value)


def test_a_key_that_the_secret_does_not_have_is_named(
    connections: ConnectionProvider, stack: Stack, ditto: Ditto
) -> None:
    del stack.secrets.secrets["broker"]["password"]
    with pytest.raises(ProviderError, match="Secret user-broker has no key password"):
        connections.create(inputs())
    assert ditto.writes() == []


def test_a_foreign_connection_is_refused_and_not_touched_and_adopted_when_told(
    connections: ConnectionProvider, stack: Stack, ditto: Ditto
) -> None:
    connections.create(inputs(owner=OTHER))
    before = live(stack)
    with pytest.raises(Foreign, match=r"connection robot exists already .* marked as somebody/else"):
        connections.create(inputs())
    assert live(stack) == before

    connections.create(inputs(adopt=True))
    assert live(stack)["tags"] == ["managed-by:opentwins/test"]


def test_a_refresh_shows_what_was_changed_by_hand_but_never_a_secret(
    connections: ConnectionProvider, stack: Stack, ditto: Ditto
) -> None:
    declared = inputs()
    connections.create(declared)
    by_hand(stack, ditto, uri="tcp://robot:guessed@elsewhere.example.org:1883", clientCount=2)

    found = connections.read(ID, declared)

    assert found.inputs is not None
    document = json.loads(found.inputs["document"])
    assert document["uri"] == "tcp://(changed; its value is not shown)@elsewhere.example.org:1883"
    assert document["clientCount"] == 2
    assert document | {"uri": "", "clientCount": 1} == json.loads(declared["document"]) | {"uri": ""}
    assert connections.diff(ID, found.inputs, declared).changes

    connections.update(ID, found.inputs, declared)
    assert live(stack)["uri"] == "tcp://robot:p%40ss%2Fw%3Ard@broker.example.org:1883"


def test_a_refresh_notices_what_is_gone_or_somebody_elses(
    connections: ConnectionProvider, stack: Stack, ditto: Ditto
) -> None:
    declared = inputs()
    connections.create(declared)
    by_hand(stack, ditto, tags=["managed-by:somebody/else"])
    assert connections.read(ID, declared).id == ""
    stack.reach.connections.delete_connection(ID)
    assert connections.read(ID, declared).id == ""


def test_deleting_is_for_what_is_ours_and_twice_is_fine(
    connections: ConnectionProvider, stack: Stack, ditto: Ditto
) -> None:
    mine = inputs()
    connections.create(mine)
    by_hand(stack, ditto, tags=[])
    connections.delete(ID, mine)
    assert "connection robot is left where it is" in stack.said[0]
    by_hand(stack, ditto, tags=["managed-by:opentwins/test"])
    connections.delete(ID, mine)
    connections.delete(ID, mine)
    assert stack.reach.connections.connection(ID) is None


def test_a_connection_without_a_secret_needs_none(connections: ConnectionProvider, stack: Stack) -> None:
    connections.create(inputs(secret=""))
    assert live(stack)["uri"] == BROKER
    assert connections.read(ID, inputs(secret="")).inputs == inputs(secret="")
