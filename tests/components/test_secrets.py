"""Secrets stay in Secrets, and whoever reads one is replaced when it changes."""

import base64
import json

import pytest

from tests.components.declared import CREDENTIAL, Declared, credential, declare, texts, workloads

USERS = json.dumps({"plant": {"username": "plc", "password": "open-sesame"}})


def templates(**config: str) -> dict[str, dict[str, object]]:
    return {one.name: one.template for one in workloads(declare(**config)[0])}


def rolled(before: dict[str, dict[str, object]], after: dict[str, dict[str, object]]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def secret_texts(declared: list[Declared]) -> list[str]:
    values = [
        credential(one.name, int(one.inputs["rotation"]))["value"]
        for one in declared
        if one.type == CREDENTIAL
    ]
    assert len(values) > 10
    plain = [*values, "open-sesame"]
    return plain + [
        base64.b64encode(f"{user}:{text}".encode()).decode() for text in plain for user in ("ditto", "devops")
    ]


def test_no_password_is_anywhere_but_in_a_secret() -> None:
    declared, platform = declare(secrets=USERS, grafana='{"devopsForViewers": true}')
    hidden = secret_texts(declared)
    outside = [one for one in declared if one.kind != "Secret"]
    shown = [*platform.addresses.values(), *platform.credentials.values()]

    assert not [
        (one.name, text) for one in outside for text in texts(one.inputs) for word in hidden if word in text
    ]
    assert not [text for text in shown for word in hidden if word in text]


def test_every_value_of_a_secret_is_a_secret_to_the_engine_too() -> None:
    for one in declare(secrets=USERS)[0]:
        if one.kind == "Secret":
            assert set(one.secret_keys) == set(one.inputs["stringData"]), one.name


def test_each_entry_of_the_users_secrets_becomes_a_secret_of_its_name() -> None:
    (mine,) = [one for one in declare(secrets=USERS)[0] if one.name == "user-plant"]

    assert mine.inputs["metadata"]["name"] == "user-plant"
    assert mine.inputs["stringData"] == {"username": "plc", "password": "open-sesame"}


@pytest.mark.parametrize(
    "name",
    ["ditto-api", "ditto-devops", "grafana-admin", "mosquitto-ditto", "influxdb-admin", "mongodb-ditto"],
)
def test_the_secrets_that_endpoints_name_hold_a_login(name: str) -> None:
    (secret,) = [one for one in declare()[0] if one.kind == "Secret" and one.name == name]

    assert secret.inputs["stringData"].keys() >= {"username", "password"}


@pytest.mark.parametrize(
    ("name", "pods"),
    [
        ("ditto-api", {"ditto-nginx", "extended-api", "grafana"}),
        ("ditto-devops", {"ditto-gateway"}),
        ("ditto-status", {"ditto-gateway"}),
        ("grafana-admin", {"grafana"}),
        ("mosquitto-telegraf", {"mosquitto", "telegraf"}),
        ("mosquitto-ditto", {"mosquitto"}),
        ("mosquitto-device", {"mosquitto"}),
        ("mongodb-extended-api", {"mongodb-users", "extended-api"}),
        (
            "mongodb-ditto",
            {"mongodb-users", "ditto-policies", "ditto-things", "ditto-things-search", "ditto-connectivity"},
        ),
    ],
)
def test_a_rotated_credential_replaces_just_the_pods_that_use_it(name: str, pods: set[str]) -> None:
    assert rolled(templates(), templates(rotation=json.dumps({name: 2}))) == pods


@pytest.mark.parametrize(
    ("config", "pods"),
    [
        ({"mosquitto": '{"users": {"device": {"publish": ["telemetry/#"]}}}'}, {"mosquitto"}),
        ({"ditto": '{"ui": {"enabled": false}}'}, {"ditto-nginx"}),
        ({"grafana": '{"plugins": {"unity": null}}'}, {"grafana"}),
        ({"influxdb": '{"bucket": "plant"}'}, {"influxdb", "telegraf", "grafana"}),
    ],
)
def test_a_changed_config_file_replaces_the_pods_that_read_it(config: dict[str, str], pods: set[str]) -> None:
    before, after = templates(), templates(**config)

    assert rolled({name: before[name] for name in before.keys() & after.keys()}, after) == pods


def test_the_fingerprint_of_a_secret_follows_its_values_and_gives_nothing_away() -> None:
    def fingerprints(**config: str) -> dict[str, str]:
        declared, platform = declare(**config)
        return platform.known_fingerprints  # type: ignore[attr-defined,no-any-return]

    before = fingerprints(secrets=USERS)
    other = fingerprints(secrets=USERS.replace("open-sesame", "close-sesame"))
    rotated = fingerprints(secrets=USERS, rotation='{"mosquitto-ditto": 2}')

    assert {name for name in before if before[name] != other[name]} == {"user-plant"}
    assert {name for name in before if before[name] != rotated[name]} == {"mosquitto-ditto"}
    assert "sesame" not in before["user-plant"]


def test_a_token_that_was_made_in_influxdb_takes_the_place_of_the_generated_one() -> None:
    given = json.dumps({"flux": {"username": "boss", "password": "long-enough", "token": "made-in-influxdb"}})
    declared, _ = declare(secrets=given, influxdb='{"secret": "flux"}')
    (admin,) = [one for one in declared if one.name == "influxdb-admin"]

    assert admin.kind == "Secret"
    assert admin.inputs["stringData"]["token"] == "made-in-influxdb"


def test_the_operators_login_is_not_given_to_grafana_unless_the_settings_say_so() -> None:
    def mounted(**config: str) -> bool:
        grafana = next(one for one in workloads(declare(**config)[0]) if one.name == "grafana")
        return "grafana-ditto-devops" in set(texts(grafana.pod))

    assert not mounted()
    assert mounted(grafana='{"devopsForViewers": true}')
