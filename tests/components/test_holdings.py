"""The list of volumes that previews go by is that of the claims that are declared."""

import json
from typing import Any

import pytest

from components.holdings import COMPONENTS, volumes
from components.settings import load
from tests.components.declared import Program, declare

EVERYTHING: dict[str, Any] = {
    "mongodb": {"members": 3},
    "kafka": {"enabled": True, "replicas": 3},
    "rabbitmq": {"enabled": True},
    "hono": {"enabled": True},
    "kafkaMl": {"enabled": True},
}
THEIRS = {"username": "them", "password": "open-sesame", "token": "sesame-too"}
ELSEWHERE: dict[str, Any] = {
    "secrets": {"theirs": THEIRS},
    "mongodb": {"external": {"uri": "mongodb://db.example:27017/ditto", "secret": "theirs"}},
    "influxdb": {"external": {"url": "https://influxdb.example", "secret": "theirs"}},
    "grafana": {"external": {"url": "https://grafana.example", "secret": "theirs"}},
    "mosquitto": {"external": {"url": "ssl://mqtt.example:8883", "secret": "theirs"}},
}
KEPT = ["mongodb", "influxdb", "grafana", "mosquitto", "kafka", "rabbitmq", "hono", "kafkaMl"]
CONFIGS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "everything": EVERYTHING,
    "elsewhere": ELSEWHERE,
    "kept": ELSEWHERE | {"keepData": KEPT},
    "hono on kafka": {"kafka": {"enabled": True}, "hono": {"enabled": True, "messaging": "kafka"}},
}


def program(config: dict[str, Any]) -> Program:
    return declare(
        **{key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    )


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_each_claim_is_in_the_list_and_each_entry_has_its_claim(config: dict[str, Any]) -> None:
    settings = load({f"opentwins:{key}": json.dumps(value) for key, value in config.items()}, "test")
    listed = {volume.claim: volume.storage.size for volume in volumes(settings)}
    claims = program(config).kind("PersistentVolumeClaim")

    assert listed == {
        name: one.inputs["spec"]["resources"]["requests"]["storage"] for name, one in claims.items()
    }


def test_what_is_guarded_is_what_is_listed() -> None:
    made = program(EVERYTHING)
    guard = made.kind("Volumes")["volumes"].inputs

    assert {name.partition("/")[2] for name in guard["volumes"]} == set(made.kind("PersistentVolumeClaim"))
    assert {one["holder"] for one in guard["volumes"].values()} == set(COMPONENTS)
    assert guard["namespace"] == "opentwins"


def test_a_service_that_is_kept_leaves_its_claims_under_the_same_names_and_its_passwords() -> None:
    kept, before = program(CONFIGS["kept"]), program(EVERYTHING | {"mongodb": {}, "kafka": {"enabled": True}})
    tokens = {(one.type, one.name) for one in before.resources}

    assert {(one.type, one.name) for one in kept.resources if one.kind == "PersistentVolumeClaim"} == {
        (one.type, one.name) for one in before.resources if one.kind == "PersistentVolumeClaim"
    }
    components = set(COMPONENTS.values())
    assert components <= {(one.type, one.name) for one in kept.resources} & tokens
    passwords = {one.name for one in before.resources if one.kind == "Credential"}
    held = ("mongodb", "influxdb", "grafana", "mosquitto", "kafka", "rabbitmq", "hono")
    assert {name for name in passwords if name.startswith(held)} <= {
        one.name for one in kept.resources if one.kind == "Credential"
    }
    assert "influxdb" not in kept.workloads


def test_a_namespace_that_others_have_made_is_neither_made_nor_guarded() -> None:
    made = program({"createNamespace": False, "namespace": "given"})

    assert not made.kind("Namespace")
    assert made.kind("Volumes")["volumes"].inputs["namespace"] == ""
    assert made.kind("Service")["ditto"].inputs["metadata"]["namespace"] == "given"
