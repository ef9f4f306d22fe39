"""Whole lives of resources: on the stand-in, and on the real Ditto that `OPENTWINS_DITTO_URL` names."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components.settings import load
from provider.connection import ConnectionProvider
from provider.errors import Foreign, ProviderError, Rejected
from provider.policy import PolicyProvider
from provider.thing import TwinProvider
from tests.provider.conftest import LOGINS, Secrets, Stack
from tests.provider.documents import OTHER, OWNER, changed, feature, policy, thing, twin
from twins.canonical import dumps
from twins.connections import connection_document
from twins.models import ConnectionSpec, SourceSpec, TargetSpec

REAL = "OPENTWINS_DITTO_URL"
AWKWARD = [
    "plain",
    "a b",
    'quote"s',
    "back\\slash",
    "til~de",
    "per%cent",
    "comma,(paren)",
    "dot.s",
    "€",
    "🤖",
]


@pytest.fixture(params=["stand-in", "real"])
def stack(request: pytest.FixtureRequest, stack_of: Callable[..., Stack], tmp_path: Path) -> Stack:
    if request.param == "stand-in":
        made = stack_of(request.getfixturevalue("ditto").url)
        logins = {"ditto": dict(LOGINS)}
    elif url := os.environ.get(REAL):
        made = stack_of(url)
        logins = {
            "ditto": login("OPENTWINS_DITTO", "ditto", "ditto"),
            "devops": login("OPENTWINS_DITTO_DEVOPS", "devops", "foobar"),
        }
        external = {"url": url, "secret": "ditto", "devopsSecret": "devops"}
        config = {
            "ditto": {"external": external},
            "mosquitto": {"clients": {"networks": ["127.0.0.0/8"]}},
            "secrets": logins,
            "twins": {"deadline": 60},
        }
        texts = {f"opentwins:{key}": json.dumps(value) for key, value in config.items()}
        made = Stack(load(texts | {"opentwins:specs": str(tmp_path / "specs")}, "test"), Secrets())
        made.waits_really()
    else:
        pytest.skip(f"{REAL} does not name a real Ditto")
    made.secrets.secrets.update(logins)
    made.secrets.secrets["broker"] = {"username": "robot", "password": "p@ss/w:rd", "ca": CERTIFICATE}
    return made


def login(prefix: str, user: str, password: str) -> dict[str, str]:
    return {
        "username": os.environ.get(f"{prefix}_USER", user),
        "password": os.environ.get(f"{prefix}_PASSWORD", password),
    }


CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUUwRFAjrmhpchTmhXGVMF3czhITIwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjQyMjMzMzhaGA8yMTI2MTAzMTIyMzMz
OFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABC9F
OgnD/JC/FkbIvJnky3EwK5LEIxP49td66cIBtENKjZpGsknbjgZpkM2+hepLuJiM
xlf/PDffqd4fr7Xx6aKjUzBRMB0GA1UdDgQWBBQHVkYC8bFehjT9xMogG4np2heh
UzAfBgNVHSMEGDAWgBQHVkYC8bFehjT9xMogG4np2hehUzAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIEpoJ4stEbwFgrMZA9o3hPy9PHLd9h1pYjxI
DgOxu0JnAiEA6P2dm3rY/WbIyEqqMlUpcnQRLyW5YIeyKwqRaL1MvVY=
-----END CERTIFICATE-----
"""


@pytest.fixture
def space(stack: Stack) -> Iterator[str]:
    """A namespace of its own, with the policy `<space>:policy` in it."""
    name = f"test{uuid.uuid4().hex[:8]}"
    policies = stack.provider(PolicyProvider)
    policy_id = f"{name}:policy"
    inputs = {"id": policy_id, "document": dumps(policy(policy_id, OWNER)), "adopt": False}
    policies.create(inputs)
    assert policies.read(policy_id, inputs).inputs == inputs
    yield name
    policies.delete(policy_id, inputs)


@pytest.fixture
def twins(stack: Stack) -> TwinProvider:
    return stack.provider(TwinProvider)


@pytest.mark.parametrize("name", AWKWARD)
def test_a_twin_with_an_awkward_name_lives_and_dies(
    stack: Stack, twins: TwinProvider, space: str, name: str
) -> None:
    twin_id, policy_id = f"{space}:{name}", f"{space}:policy"
    features = {name: feature(**{name: 1, "live": None})}
    document = thing(twin_id, features, policy_id=policy_id)
    document["attributes"][name] = 1
    old = twin((twin_id, document))
    twins.create(old)
    assert twins.read(twin_id, old).inputs == old

    new = changed(
        old,
        twin_id,
        attributes={name: 2},
        features={name: feature(**{name: None, "live": None}), "more": feature(x=None)},
    )
    twins.update(twin_id, old, new)
    twins.update(twin_id, old, new)  # the answer got lost: the same once more
    now = stack.live(twin_id)
    assert now["attributes"][name] == 2
    assert now["features"] == {name: feature(**{name: None, "live": None}), "more": feature(x=None)}
    assert twins.read(twin_id, new).inputs == new

    twins.delete(twin_id, new)
    assert twins.read(twin_id, new).id == ""
    twins.delete(twin_id, new)
    assert stack.said == []


def test_a_thing_that_is_missing_is_made_by_an_update_and_not_by_its_patch(
    stack: Stack, twins: TwinProvider, space: str
) -> None:
    twin_id = f"{space}:robot"
    old = twin((twin_id, thing(twin_id, policy_id=f"{space}:policy", name="Robby")))
    new = changed(old, twin_id, attributes={"name": "Robot"})
    twins.update(twin_id, old, new)
    assert stack.live(twin_id)["attributes"]["name"] == "Robot"
    assert stack.live(twin_id)["policyId"] == f"{space}:policy"
    twins.delete(twin_id, new)


def test_a_thing_of_somebody_else_is_neither_made_nor_changed_nor_deleted(
    stack: Stack, twins: TwinProvider, space: str
) -> None:
    twin_id, policy_id = f"{space}:robot", f"{space}:policy"
    theirs = thing(twin_id, policy_id=policy_id, owner=OTHER, name="theirs")
    stack.reach.ditto.create_thing(twin_id, theirs)
    mine = twin((twin_id, thing(twin_id, policy_id=policy_id, name="mine")))

    with pytest.raises(Foreign):
        twins.create(mine)
    with pytest.raises(Foreign):
        twins.update(twin_id, mine, changed(mine, twin_id, attributes={"name": "changed"}))
    twins.delete(twin_id, mine)
    assert stack.live(twin_id)["attributes"] == theirs["attributes"]

    twins.create(mine | {"adopt": True})
    assert stack.live(twin_id)["attributes"]["_managedBy"] == OWNER.mark(twin_id)
    twins.delete(twin_id, mine)
    assert twins.read(twin_id, mine).id == ""


def test_a_thing_without_a_marker_is_changed_but_not_deleted(
    stack: Stack, twins: TwinProvider, space: str
) -> None:
    twin_id, policy_id = f"{space}:robot", f"{space}:policy"
    stack.reach.ditto.create_thing(twin_id, {"policyId": policy_id, "attributes": {"name": "Robby"}})
    old = twin((twin_id, thing(twin_id, policy_id=policy_id, name="Robby")))
    twins.update(twin_id, old, changed(old, twin_id, attributes={"name": "Robot"}))
    assert stack.live(twin_id)["attributes"] == {"name": "Robot"}
    twins.delete(twin_id, old)
    assert stack.live(twin_id)["attributes"] == {"name": "Robot"}
    twins.create(old | {"adopt": True})
    twins.delete(twin_id, old)
    assert twins.read(twin_id, old).id == ""


def test_a_policy_is_changed_under_the_things_that_use_it(stack: Stack, space: str) -> None:
    policies, policy_id = stack.provider(PolicyProvider), f"{space}:other"
    device = {
        "subjects": {"connection:robot": {"type": "declared"}},
        "resources": {"thing:/features": {"grant": ["WRITE", "READ"], "revoke": []}},
        "importable": "implicit",
    }
    old = {"id": policy_id, "document": dumps(policy(policy_id, OWNER)), "adopt": False}
    new = old | {"document": dumps(policy(policy_id, OWNER, device=device))}
    policies.create(old)
    policies.update(policy_id, old, new)
    assert policies.read(policy_id, new).inputs == new
    policies.update(policy_id, new, old)
    found = policies.read(policy_id, new)
    assert found.inputs == old
    policies.delete(policy_id, old)
    assert policies.read(policy_id, old).id == ""


TARGETS = {"http-push": "POST:/robots", "kafka": "robots"}


def connection(connection_id: str, kind: str, uri: str, **spec: Any) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "open": False,
        "targets": [
            TargetSpec(
                address=TARGETS.get(kind, "robots/{{ thing:id }}"),
                topics=["_/_/things/twin/events?extraFields=attributes", "_/_/things/live/messages"],
                subjects=["connection:robot", "nginx:ditto"],
                header_mapping={} if kind in ("mqtt", "mqtt-5") else {"content-type": "application/json"},
            )
        ],
    }
    if kind != "http-push":
        wanted["sources"] = [SourceSpec(addresses=["b-robots", "a-robots"], subjects=["connection:robot"])]
    parsed = ConnectionSpec(id=connection_id, type=kind, uri=uri, **(wanted | spec))  # type: ignore[arg-type]
    keys = (
        ("username", "password", "ca")
        if uri.split(":")[0] in ("ssl", "amqps", "https")
        else ("username", "password")
    )
    document = connection_document(parsed, OWNER, Path(), uri, keys)
    return {
        "id": connection_id,
        "document": dumps(document),
        "secret": "user-broker",
        "fingerprint": "1",
        "adopt": False,
    }


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        ("mqtt", "tcp://broker.example.org:1883"),
        ("mqtt-5", "ssl://broker.example.org:8883"),
        ("kafka", "tcp://broker.example.org:9092"),
        ("amqp-10", "amqps://broker.example.org:5671"),
        ("amqp-091", "amqp://broker.example.org:5672/vhost"),
        ("http-push", "https://web.example.org:443"),
    ],
)
def test_a_connection_of_each_kind_is_read_back_as_it_was_declared(stack: Stack, kind: str, uri: str) -> None:
    connections, connection_id = stack.provider(ConnectionProvider), f"test-{uuid.uuid4().hex[:8]}"
    made = connection(connection_id, kind, uri, specific_config={"anything": "true"}, tags=["b", "a"])
    connections.create(made)
    try:
        assert connections.read(connection_id, made).inputs == made
        before = stack.reach.connections.connection(connection_id)
        connections.update(connection_id, made | {"fingerprint": "0"}, made)  # nothing in it is new
        connections.create(made)  # of a run that was cut off
        assert stack.reach.connections.connection(connection_id) == before
        new = connection(connection_id, kind, uri, client_count=1, failover=False)
        connections.update(connection_id, made, new)
        assert connections.read(connection_id, new).inputs == new
    finally:
        connections.delete(connection_id, made)
    assert connections.read(connection_id, made).id == ""


def test_a_connection_that_cannot_be_opened_shows_the_words_of_ditto(stack: Stack) -> None:
    connections, connection_id = stack.provider(ConnectionProvider), f"test-{uuid.uuid4().hex[:8]}"
    made = connection(connection_id, "mqtt-5", "tcp://127.0.0.1:9", open=True)
    try:
        with pytest.raises(ProviderError, match=r"misconfigured after .* Could not establish a connection"):
            connections.create(made)
    finally:
        connections.delete(connection_id, made)


def test_an_address_that_is_none_is_refused_without_its_password(stack: Stack) -> None:
    connections = stack.provider(ConnectionProvider)
    with pytest.raises(Rejected) as refusal:
        connections.create(connection("test-never-made", "mqtt-5", "nonsense://broker.example.org"))
    assert "p@ss" not in str(refusal.value)
    assert "p%40ss" not in str(refusal.value)
