"""Secrets stay in Secrets, and whoever reads one is replaced when it changes."""

import base64
import json

import pytest

from tests.components.declared import CREDENTIAL, Program, credential, declare, texts

USERS = json.dumps({"plant": {"username": "plc", "password": "open-sesame"}})


def templates(**config: str) -> dict[str, dict[str, object]]:
    return {name: one.template for name, one in declare(**config).workloads.items()}


def rolled(before: dict[str, dict[str, object]], after: dict[str, dict[str, object]]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def secret_texts(program: Program) -> list[str]:
    made = [one for one in program.resources if one.type == CREDENTIAL]
    values = [credential(one.name, int(one.inputs["rotation"]))["value"] for one in made]
    assert len(values) > 10
    plain = [*values, "open-sesame"]
    logins = [f"{user}:{text}" for text in plain for user in ("ditto", "devops")]
    return [*plain, *(base64.b64encode(login.encode()).decode() for login in logins)]


def test_no_password_is_anywhere_but_in_a_secret() -> None:
    program = declare(secrets=USERS, grafana='{"devopsForViewers": true}')
    hidden = secret_texts(program)
    outside = [text for one in program.resources if one.kind != "Secret" for text in texts(one.inputs)]
    shown = [*program.platform.addresses.values(), *program.platform.credentials.values()]

    assert not [text for text in [*outside, *shown] for word in hidden if word in text]


def test_the_values_of_every_secret_are_hidden_by_the_engine_too() -> None:
    secrets = declare(secrets=USERS).kind("Secret").values()

    assert {one.hidden for one in secrets} == {frozenset({"data"})}


def test_each_entry_of_the_users_secrets_becomes_a_secret_of_its_name() -> None:
    mine = declare(secrets=USERS).kind("Secret")["user-plant"]

    assert mine.inputs["metadata"]["name"] == "user-plant"
    assert mine.files == {"username": "plc", "password": "open-sesame"}


@pytest.mark.parametrize(
    "name",
    ["ditto-api", "ditto-devops", "grafana-admin", "mosquitto-ditto", "influxdb-admin", "mongodb-ditto"],
)
def test_the_secrets_that_endpoints_name_hold_a_login(name: str) -> None:
    assert declare().kind("Secret")[name].files.keys() >= {"username", "password"}


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
    before = declare(secrets=USERS).fingerprints
    other = declare(secrets=USERS.replace("open-sesame", "close-sesame")).fingerprints
    rotated = declare(secrets=USERS, rotation='{"mosquitto-ditto": 2}').fingerprints

    assert {name for name in before if before[name] != other[name]} == {"user-plant"}
    assert {name for name in before if before[name] != rotated[name]} == {"mosquitto-ditto"}
    assert "sesame" not in before["user-plant"]


def test_a_token_that_was_made_in_influxdb_takes_the_place_of_the_generated_one() -> None:
    given = json.dumps({"flux": {"username": "boss", "password": "long-enough", "token": "made-in-influxdb"}})
    program = declare(secrets=given, influxdb='{"secret": "flux"}')

    assert "influxdb-admin" not in program.kind("Credential")
    assert program.kind("Secret")["influxdb-admin"].files["token"] == "made-in-influxdb"


def test_the_operators_login_is_not_given_to_grafana_unless_the_settings_say_so() -> None:
    def mounted(**config: str) -> bool:
        return "grafana-ditto-devops" in set(texts(declare(**config).workloads["grafana"].pod))

    assert not mounted()
    assert mounted(grafana='{"devopsForViewers": true}')
