"""A Grafana that runs elsewhere is told where InfluxDB and Ditto are; what is secret is read when it is written."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from components.platform import Platform
from components.settings import load
from provider.errors import Foreign, ProviderError
from provider.grafana_elsewhere import declare_grafana
from provider.grafana_settings import AppProvider, DataSourceProvider
from tests.provider.conftest import LOGINS, TOKEN, Grafana, Stack
from twins.canonical import dumps, loads

UID, APP = "opentwins-influxdb", "ertis-opentwins-app"


@pytest.fixture
def stack(grafana: Grafana, stack_of: Callable[..., Stack]) -> Stack:
    return stack_of(grafana=grafana.url)


def source(owner: str = "opentwins/test", **more: Any) -> dict[str, Any]:
    document = {
        "name": "OpenTwins",
        "type": "influxdb",
        "access": "proxy",
        "url": "http://influxdb.example",
        "isDefault": False,
        "jsonData": {"version": "Flux", "managedBy": owner},
    }
    return {"uid": UID, "document": dumps(document | more), "secret": "user-influxdb", "fingerprint": "one"}


def app(**more: Any) -> dict[str, Any]:
    addresses = {"dittoURL": "https://ditto.example", "extendedURL": "https://api.example"} | more
    return {"id": APP, "document": dumps(addresses), "secret": "user-ditto", "fingerprint": "one"}


def written(grafana: Grafana) -> list[tuple[str, str, Any]]:
    return [
        (entry.method, entry.path, json.loads(entry.body or "null"))
        for entry in grafana.record.requests
        if entry.method in ("POST", "PUT", "DELETE")
    ]


def test_a_data_source_gets_the_token_of_the_secret_which_is_no_input(stack: Stack, grafana: Grafana) -> None:
    sources = stack.provider(DataSourceProvider)
    result = sources.create(source())

    assert TOKEN not in json.dumps(result.outs)
    (method, path, body) = written(grafana)[-1]
    assert (method, path) == ("POST", "/api/datasources")
    assert body["secureJsonData"] == {"token": TOKEN}
    live = stack.reach.grafana.data_source(UID)
    assert live is not None
    assert live["url"] == "http://influxdb.example"


def test_a_run_that_was_cut_off_goes_on_with_its_data_source(stack: Stack) -> None:
    sources = stack.provider(DataSourceProvider)
    sources.create(source())
    sources.create(source(url="http://other.example"))
    live = stack.reach.grafana.data_source(UID)
    assert live is not None
    assert live["url"] == "http://other.example"


def test_a_data_source_of_somebody_else_is_not_touched(stack: Stack) -> None:
    sources = stack.provider(DataSourceProvider)
    sources.create(source(owner="opentwins/other"))

    with pytest.raises(Foreign, match="not this stack's"):
        sources.create(source())
    sources.delete(UID, source())
    assert stack.reach.grafana.data_source(UID) is not None


def test_a_new_token_is_a_change_and_is_written(stack: Stack, grafana: Grafana) -> None:
    sources = stack.provider(DataSourceProvider)
    sources.create(source())
    renewed = source() | {"fingerprint": "two"}

    assert sources.diff(UID, source(), renewed).changes
    assert not sources.diff(UID, source(), source()).changes
    sources.update(UID, source(), renewed)
    assert written(grafana)[-1][2]["secureJsonData"] == {"token": TOKEN}


def test_what_somebody_changed_in_a_data_source_is_drift(stack: Stack) -> None:
    sources = stack.provider(DataSourceProvider)
    sources.create(source())
    assert sources.read(UID, source()).inputs == source()
    stack.reach.grafana.update_data_source(UID, loads(source(url="http://moved.example")["document"]))

    drift = sources.read(UID, source()).inputs
    assert drift is not None
    assert loads(drift["document"])["url"] == "http://moved.example"
    assert sources.diff(UID, drift, source()).changes


def test_the_app_is_told_where_ditto_is_and_how_to_log_in(stack: Stack, grafana: Grafana) -> None:
    apps = stack.provider(AppProvider)
    result = apps.create(app())

    assert LOGINS["password"] not in json.dumps(result.outs)
    (_, path, body) = written(grafana)[-1]
    assert path == f"/api/plugins/{APP}/settings"
    assert body["jsonData"]["dittoURL"] == "https://ditto.example"
    assert body["secureJsonData"]["dittoPassword"] == LOGINS["password"]
    assert apps.read(APP, app()).inputs == app()


def test_an_app_that_is_not_installed_is_named(stack: Stack) -> None:
    with pytest.raises(ProviderError, match="the app somebody-else is not installed in Grafana"):
        stack.provider(AppProvider).create(app() | {"id": "somebody-else"})


def test_an_app_that_is_not_wanted_any_more_is_switched_off(stack: Stack) -> None:
    apps = stack.provider(AppProvider)
    apps.create(app())
    apps.delete(APP, app())

    assert apps.read(APP, app()).id == ""


def declared(**config: Any) -> dict[str, dict[str, Any]]:
    """What a stack with these settings declares in Grafana, by type."""
    made: dict[str, dict[str, Any]] = {}

    class Recorder(mocks.Mocks):
        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            made[args.typ.rpartition(":")[2]] = args.inputs
            outputs = (
                {"value": "x", "salt": 12 * "00", "fingerprint": "f"} if "Credential" in args.typ else {}
            )
            return args.name, args.inputs | outputs

        def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
            raise AssertionError(args.token)

    settings = load({f"opentwins:{key}": json.dumps(value) for key, value in config.items()}, "test")
    mocks.set_mocks(Recorder(), project="opentwins", stack="test", preview=False)
    pulumi.runtime.test(
        lambda: declare_grafana(settings, Platform("opentwins", settings), "opentwins/test") and None
    )()  # type: ignore[no-untyped-call]
    return {name: made[name] for name in ("DataSource", "App") if name in made}


SECRETS = {"theirs": {"username": "them", "password": "open-sesame", "token": "sesame-too"}}


def test_a_grafana_elsewhere_gets_its_data_source_and_the_apps_addresses() -> None:
    external = {
        "url": "https://grafana.example",
        "secret": "theirs",
        "dataSource": {"url": "https://influxdb.example", "secret": "theirs"},
        "app": {"ditto": "https://ditto.example", "extendedApi": "https://api.example"},
    }
    made = declared(secrets=SECRETS, grafana={"external": external}, influxdb={"bucket": "plant"})

    source = loads(made["DataSource"]["document"])
    assert (source["url"], source["jsonData"]["defaultBucket"]) == ("https://influxdb.example", "plant")
    assert source["jsonData"]["managedBy"] == "opentwins/test"
    assert made["DataSource"]["secret"] == "user-theirs"
    assert loads(made["App"]["document"]) == {
        "dittoURL": "https://ditto.example",
        "extendedURL": "https://api.example",
    }
    assert made["App"]["secret"] == "ditto-api"
    assert "sesame" not in json.dumps([made["DataSource"]["document"], made["App"]["document"]])


def test_an_external_influxdb_is_the_data_source_unless_another_address_is_named() -> None:
    made = declared(
        secrets=SECRETS,
        grafana={"external": {"url": "https://grafana.example", "secret": "theirs"}},
        influxdb={"external": {"url": "https://influxdb.example", "secret": "theirs"}},
    )

    assert loads(made["DataSource"]["document"])["url"] == "https://influxdb.example"
    assert "App" not in made


def test_the_platforms_own_grafana_reads_its_settings_from_files() -> None:
    assert declared() == {}
