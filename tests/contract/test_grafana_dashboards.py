"""Grafana's dashboards: saved whole, by uid and version."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.contract.client import Client


@pytest.fixture
def folder(grafana: Client) -> Iterator[str]:
    uid = f"{grafana.namespace}-folder"
    assert grafana.send("POST", "/api/folders", {"uid": uid, "title": grafana.namespace}).status_code == 200
    yield uid
    grafana.send("DELETE", f"/api/folders/{uid}")


def save(
    grafana: Client, folder: str, more: dict[str, Any] | None = None, **dashboard: Any
) -> requests.Response:
    body = {
        "dashboard": {"uid": f"{grafana.namespace}-board", "title": "Board", "panels": []} | dashboard,
        "folderUid": folder,
    }
    return grafana.send("POST", "/api/dashboards/db", body | (more or {}))


def read(grafana: Client) -> dict[str, Any]:
    return grafana.send("GET", f"/api/dashboards/uid/{grafana.namespace}-board").json()  # type: ignore[no-any-return]


def test_a_new_dashboard_has_version_one_and_an_id(grafana: Client, folder: str) -> None:
    panel = {"id": 1, "type": "stat", "title": "T", "targets": [{"refId": "A", "query": "from()"}]}
    answer = save(grafana, folder, panels=[panel], tags=["twin"])
    saved = answer.json()
    assert answer.status_code == 200
    assert (saved["uid"], saved["version"], saved["status"]) == (f"{grafana.namespace}-board", 1, "success")
    assert saved["url"] == f"/d/{grafana.namespace}-board/board"
    found = read(grafana)
    assert found["dashboard"]["id"] == saved["id"]
    assert (found["dashboard"]["panels"], found["dashboard"]["tags"]) == ([panel], ["twin"])
    assert (found["meta"]["folderUid"], found["meta"]["version"]) == (folder, 1)
    assert found["meta"]["provisioned"] is False


def test_a_dashboard_without_a_uid_gets_one(grafana: Client, folder: str) -> None:
    assert 0 < len(save(grafana, folder, uid=None).json()["uid"]) <= 40


def test_each_save_raises_the_version_of_who_knew_it(grafana: Client, folder: str) -> None:
    save(grafana, folder)
    assert save(grafana, folder, version=1, title="Two").json()["version"] == 2
    stale = save(grafana, folder, version=1, title="Three")
    assert (stale.status_code, stale.json()["status"]) == (412, "version-mismatch")
    assert read(grafana)["dashboard"]["title"] == "Two"


def test_a_known_uid_without_a_version_is_a_conflict_unless_overwritten(grafana: Client, folder: str) -> None:
    save(grafana, folder)
    assert save(grafana, folder, title="Two").status_code == 412
    assert save(grafana, folder, {"overwrite": True}, title="Two").json()["version"] == 2


def test_an_unknown_id_is_not_found(grafana: Client, folder: str) -> None:
    answer = save(grafana, folder, id=987654321)
    assert (answer.status_code, answer.json()["status"]) == (404, "not-found")


@pytest.mark.parametrize("dashboard", [{"title": ""}, {"uid": "a b"}, {"uid": "u" * 41}], ids=str)
def test_a_dashboard_needs_a_title_and_a_proper_uid(
    grafana: Client, folder: str, dashboard: dict[str, Any]
) -> None:
    answer = save(grafana, folder, **dashboard)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_an_unknown_folder_is_refused(grafana: Client, folder: str) -> None:
    assert save(grafana, f"{folder}-none").status_code == 400


def test_a_save_without_its_folder_moves_a_dashboard_to_the_root(grafana: Client, folder: str) -> None:
    save(grafana, folder)
    assert save(grafana, "", version=1).status_code == 200
    assert read(grafana)["meta"]["folderUid"] == ""
    grafana.send("DELETE", f"/api/dashboards/uid/{grafana.namespace}-board")


def test_a_deleted_dashboard_is_gone(grafana: Client, folder: str) -> None:
    save(grafana, folder)
    path = f"/api/dashboards/uid/{grafana.namespace}-board"
    assert grafana.send("DELETE", path).status_code == 200
    for method in ("GET", "DELETE"):
        assert grafana.send(method, path).status_code == 404


def test_search_finds_dashboards_by_folder_and_tag(grafana: Client, folder: str) -> None:
    save(grafana, folder, tags=["twin", grafana.namespace])
    for query in (f"folderUIDs={folder}", f"tag={grafana.namespace}"):
        found = grafana.send("GET", f"/api/search?type=dash-db&{query}").json()
        assert [hit["uid"] for hit in found] == [f"{grafana.namespace}-board"], query
    assert (found[0]["folderUid"], found[0]["title"]) == (folder, "Board")
