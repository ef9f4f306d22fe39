"""Grafana's folders: in each other, with a version, deleted with all that lies in them."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.contract.client import Client


@pytest.fixture
def root(grafana: Client) -> Iterator[str]:
    """A folder that is this test's own; it is deleted with all that the test put into it."""
    uid = f"{grafana.namespace}-root"
    assert create(grafana, "root", parent="").status_code == 200
    yield uid
    grafana.send("DELETE", f"/api/folders/{uid}")


def create(grafana: Client, name: str, parent: str | None = None, **more: Any) -> requests.Response:
    uid = f"{grafana.namespace}-{name}"
    above = f"{grafana.namespace}-root" if parent is None else parent
    return grafana.send("POST", "/api/folders", {"uid": uid, "title": name, "parentUid": above} | more)


def test_a_folder_lies_in_its_parent(grafana: Client, root: str) -> None:
    made = create(grafana, "inner")
    assert made.status_code == 200
    folder = grafana.send("GET", f"/api/folders/{grafana.namespace}-inner").json()
    assert (folder["title"], folder["version"], folder["parentUid"]) == ("inner", 1, root)
    assert [above["uid"] for above in folder["parents"]] == [root]
    listed = grafana.send("GET", f"/api/folders?parentUid={root}").json()
    assert [found["uid"] for found in listed] == [folder["uid"]]


def test_a_folder_without_a_uid_gets_one(grafana: Client, root: str) -> None:
    made = grafana.send("POST", "/api/folders", {"title": "unnamed", "parentUid": root}).json()
    assert 0 < len(made["uid"]) <= 40


def test_a_folder_that_exists_is_not_made_again(grafana: Client, root: str) -> None:
    create(grafana, "inner")
    assert create(grafana, "inner").status_code in (409, 412)


@pytest.mark.parametrize(
    "body", [{"title": ""}, {"title": "x", "uid": "a b"}, {"title": "x", "uid": "u" * 41}], ids=str
)
def test_a_folder_needs_a_title_and_a_proper_uid(grafana: Client, root: str, body: dict[str, str]) -> None:
    answer = grafana.send("POST", "/api/folders", body | {"parentUid": root})
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_folder_that_is_not_there_is_not_found(grafana: Client) -> None:
    path = f"/api/folders/{grafana.namespace}-none"
    assert grafana.send("GET", path).status_code == 404
    assert grafana.send("PUT", path, {"title": "x", "version": 1}).status_code == 404
    assert grafana.send("DELETE", path).status_code == 404


def test_a_title_changes_for_who_knows_the_version(grafana: Client, root: str) -> None:
    path = f"/api/folders/{root}"
    stale = grafana.send("PUT", path, {"title": "mine", "version": 7})
    assert (stale.status_code, stale.json()["status"]) == (412, "version-mismatch")
    assert grafana.send("PUT", path, {"title": "mine", "version": 1}).json()["version"] == 2
    forced = grafana.send("PUT", path, {"title": "forced", "overwrite": True}).json()
    assert (forced["title"], forced["version"]) == ("forced", 3)


def test_a_folder_moves_by_a_request_of_its_own(grafana: Client, root: str) -> None:
    create(grafana, "one")
    create(grafana, "two")
    one, two = f"{grafana.namespace}-one", f"{grafana.namespace}-two"
    update = {"title": "one", "overwrite": True, "parentUid": two}
    assert grafana.send("PUT", f"/api/folders/{one}", update).status_code == 200
    assert grafana.send("GET", f"/api/folders/{one}").json()["parentUid"] == root
    assert grafana.send("POST", f"/api/folders/{one}/move", {"parentUid": two}).status_code == 200
    assert grafana.send("GET", f"/api/folders/{one}").json()["parentUid"] == two


def test_folders_are_four_deep_at_most(grafana: Client, root: str) -> None:
    parent = root
    for depth in (2, 3, 4):
        assert create(grafana, f"d{depth}", parent=parent).status_code == 200
        parent = f"{grafana.namespace}-d{depth}"
    assert create(grafana, "d5", parent=parent).status_code == 400


def test_a_folder_goes_with_all_that_lies_in_it(grafana: Client, root: str) -> None:
    create(grafana, "inner")
    uid = f"{grafana.namespace}-board"
    board = {"dashboard": {"uid": uid, "title": "Board"}, "folderUid": f"{grafana.namespace}-inner"}
    assert grafana.send("POST", "/api/dashboards/db", board).status_code == 200
    assert grafana.send("DELETE", f"/api/folders/{root}").status_code == 200
    for path in (f"/api/folders/{grafana.namespace}-inner", f"/api/dashboards/uid/{uid}"):
        assert grafana.send("GET", path).status_code == 404
