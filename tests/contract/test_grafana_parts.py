"""Grafana's library panels, data sources, plugins and service accounts, and who gets in."""

from typing import Any

import pytest

from tests.contract.client import Client


@pytest.mark.parametrize("login", [None, ("admin", "wrong")])
def test_the_api_is_not_for_everyone(grafana: Client, login: tuple[str, str] | None) -> None:
    assert grafana.send("GET", "/api/org", login=login).status_code == 401


def test_health_is_for_everyone(grafana: Client) -> None:
    answer = grafana.send("GET", "/api/health", login=None)
    assert (answer.status_code, answer.json()["database"]) == (200, "ok")


def test_there_is_an_organisation(grafana: Client) -> None:
    assert grafana.send("GET", "/api/org").json()["id"] == 1


def panel(grafana: Client, **more: Any) -> dict[str, Any]:
    model = {"type": "ertis-unity-panel", "title": "Model", "options": {"x": 1}}
    return {
        "uid": f"{grafana.namespace}-panel",
        "name": f"{grafana.namespace} panel",
        "kind": 1,
        "model": model,
    } | more


def test_a_library_panel_lives_from_its_making_to_its_end(grafana: Client) -> None:
    path = f"/api/library-elements/{grafana.namespace}-panel"
    made = grafana.send("POST", "/api/library-elements", panel(grafana))
    assert made.status_code == 200
    result = made.json()["result"]
    assert (result["uid"], result["version"], result["type"]) == (
        f"{grafana.namespace}-panel",
        1,
        "ertis-unity-panel",
    )
    assert grafana.send("POST", "/api/library-elements", panel(grafana)).status_code == 400
    stale = grafana.send("PATCH", path, panel(grafana, version=7), content_type="application/json")
    assert stale.status_code == 412
    changed = panel(grafana, version=1, model={"type": "stat", "title": "Changed"})
    update = grafana.send("PATCH", path, changed, content_type="application/json")
    assert update.json()["result"]["version"] == 2
    assert grafana.send("GET", path).json()["result"]["model"]["title"] == "Changed"
    assert grafana.send("DELETE", path).status_code == 200
    assert grafana.send("GET", path).status_code == 404


def test_a_library_panel_in_use_stays(grafana: Client) -> None:
    path = f"/api/library-elements/{grafana.namespace}-panel"
    grafana.send("POST", "/api/library-elements", panel(grafana))
    used = {"uid": f"{grafana.namespace}-panel", "name": f"{grafana.namespace} panel"}
    board = {
        "uid": f"{grafana.namespace}-board",
        "title": "Board",
        "panels": [{"id": 1, "libraryPanel": used}],
    }
    assert grafana.send("POST", "/api/dashboards/db", {"dashboard": board}).status_code == 200
    assert grafana.send("DELETE", path).status_code == 403
    grafana.send("DELETE", f"/api/dashboards/uid/{grafana.namespace}-board")
    assert grafana.send("DELETE", path).status_code == 200


def source(grafana: Client, **more: Any) -> dict[str, Any]:
    return {
        "uid": f"{grafana.namespace}-source",
        "name": f"{grafana.namespace} source",
        "type": "influxdb",
        "access": "proxy",
        "url": "http://influxdb:8086",
        "jsonData": {"version": "Flux"},
        "secureJsonData": {"token": "of influxdb"},
    } | more


def test_a_data_source_never_shows_its_secrets_and_keeps_them(grafana: Client) -> None:
    path = f"/api/datasources/uid/{grafana.namespace}-source"
    assert grafana.send("POST", "/api/datasources", source(grafana)).status_code == 200
    stored = grafana.send("GET", path)
    assert "of influxdb" not in stored.text
    assert stored.json()["secureJsonFields"] == {"token": True}
    assert grafana.send("POST", "/api/datasources", source(grafana)).status_code == 409
    without = {
        key: value for key, value in source(grafana, url="http://other:8086").items() if key[:6] != "secure"
    }
    assert grafana.send("PUT", path, without).status_code == 200
    changed = grafana.send("GET", path).json()
    assert (changed["url"], changed["secureJsonFields"]) == ("http://other:8086", {"token": True})
    assert grafana.send("PUT", path, source(grafana, version=99)).status_code == 409
    assert grafana.send("DELETE", path).status_code == 200
    assert grafana.send("GET", path).status_code == 404


def test_a_plugins_settings_hide_their_secrets(grafana: Client) -> None:
    path = "/api/plugins/ertis-opentwins-app/settings"
    if grafana.send("GET", path).status_code == 404:
        pytest.skip("this Grafana runs without the OpenTwins app")
    body = {
        "enabled": True,
        "pinned": True,
        "jsonData": {"dittoURL": "http://ditto:8080"},
        "secureJsonData": {"dittoPassword": "of ditto"},
    }
    assert grafana.send("POST", path, body).status_code == 200
    stored = grafana.send("GET", path)
    assert "of ditto" not in stored.text
    assert stored.json()["enabled"] is True
    assert stored.json()["jsonData"]["dittoURL"] == "http://ditto:8080"
    assert stored.json()["secureJsonFields"]["dittoPassword"] is True


def test_a_service_accounts_token_opens_the_api_until_it_is_deleted(grafana: Client) -> None:
    account = grafana.send("POST", "/api/serviceaccounts", {"name": grafana.namespace, "role": "Admin"})
    assert account.status_code in (200, 201)
    path = f"/api/serviceaccounts/{account.json()['id']}"
    token = grafana.send("POST", f"{path}/tokens", {"name": grafana.namespace}).json()
    assert token["key"].startswith("glsa_")
    bearer = {"Authorization": f"Bearer {token['key']}"}
    assert grafana.send("GET", "/api/folders", login=None, headers=bearer).status_code == 200
    assert grafana.send("DELETE", f"{path}/tokens/{token['id']}").status_code == 200
    assert grafana.send("GET", "/api/folders", login=None, headers=bearer).status_code == 401
    assert grafana.send("DELETE", path).status_code == 200
