"""Folders and dashboards in Grafana: versions are respected; what Grafana makes of them is no difference."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from provider.dashboard import DashboardProvider
from provider.errors import Foreign, ProviderError
from provider.folder import FolderProvider
from tests.provider.conftest import Grafana, Stack
from twins.canonical import dumps

UID = "twin-robot"
OURS, THEIRS = "managed-by:opentwins/test", "managed-by:somebody/else"


@pytest.fixture
def in_grafana(grafana: Grafana, stack_of: Callable[..., Stack]) -> Stack:
    return stack_of(grafana=grafana.url)


@pytest.fixture
def dashboards(in_grafana: Stack) -> DashboardProvider:
    return in_grafana.provider(DashboardProvider)


@pytest.fixture
def folders(in_grafana: Stack) -> FolderProvider:
    return in_grafana.provider(FolderProvider)


def folder(
    uid: str = "robots", title: str = "Robots", parent: str = "", adopt: bool = False
) -> dict[str, Any]:
    return {"uid": uid, "title": title, "parent": parent, "adopt": adopt}


def dashboard(title: str = "Robot", in_folder: str = "", adopt: bool = False, **more: Any) -> dict[str, Any]:
    document = {"uid": UID, "title": title, "tags": [OURS], "panels": [], "schemaVersion": 41} | more
    return {"uid": UID, "document": dumps(document), "folder": in_folder, "adopt": adopt}


def live(stack: Stack) -> dict[str, Any]:
    found = stack.reach.grafana.dashboard(UID)
    assert found is not None
    return found


def test_a_dashboard_is_made_in_its_folder_and_its_version_is_remembered(
    folders: FolderProvider, dashboards: DashboardProvider, in_grafana: Stack
) -> None:
    folders.create(folder())
    result = dashboards.create(dashboard(in_folder="robots"))
    assert (result.id, result.outs) == (UID, dashboard(in_folder="robots") | {"version": 1})
    assert live(in_grafana)["meta"]["folderUid"] == "robots"


def test_what_grafana_makes_of_a_dashboard_is_no_difference(dashboards: DashboardProvider) -> None:
    made = dashboard(" Robot ")
    outs = dashboards.create(made).outs or {}
    found = dashboards.read(UID, outs)
    assert found.inputs == made
    assert found.outs is not None
    assert not dashboards.diff(UID, found.outs, made).changes


def test_an_update_is_one_write_on_the_version_that_was_seen_last(
    dashboards: DashboardProvider, grafana: Grafana
) -> None:
    outs = dashboards.create(dashboard()).outs or {}
    grafana.record.clear()
    result = dashboards.update(UID, outs, dashboard("Robby"))
    assert result.outs == dashboard("Robby") | {"version": 2}
    [request] = grafana.record.requests
    assert (request.method, json.loads(request.body)["dashboard"]["version"]) == ("POST", 1)


def test_what_somebody_saved_meanwhile_is_reported_and_not_overwritten(
    dashboards: DashboardProvider, in_grafana: Stack, grafana: Grafana
) -> None:
    outs = dashboards.create(dashboard()).outs or {}
    grafana.save(live(in_grafana)["dashboard"] | {"title": "Mine now"})

    with pytest.raises(ProviderError) as conflict:
        dashboards.update(UID, outs, dashboard("Robby"))

    assert "dashboard twin-robot was saved in Grafana by somebody at 2" in str(conflict.value)
    assert "it is version 2 instead of 1. It was not overwritten." in str(conflict.value)
    assert "`pulumi refresh`" in str(conflict.value)
    assert live(in_grafana)["dashboard"]["title"] == "Mine now"

    found = dashboards.read(UID, outs)  # `pulumi refresh`
    assert found.outs is not None
    assert json.loads(found.outs["document"])["title"] == "Mine now"
    dashboards.update(UID, found.outs, dashboard("Robby"))
    assert live(in_grafana)["dashboard"]["title"] == "Robby"


def test_moving_a_dashboard_by_hand_is_drift(
    folders: FolderProvider, dashboards: DashboardProvider, in_grafana: Stack, grafana: Grafana
) -> None:
    folders.create(folder())
    made = dashboard(in_folder="robots")
    outs = dashboards.create(made).outs or {}
    grafana.save(live(in_grafana)["dashboard"], folder="")
    found = dashboards.read(UID, outs)
    assert found.outs is not None
    assert dashboards.diff(UID, found.outs, made).changes
    dashboards.update(UID, found.outs, made)
    assert live(in_grafana)["meta"]["folderUid"] == "robots"


def test_a_foreign_dashboard_is_refused_and_not_touched_and_adopted_when_told(
    dashboards: DashboardProvider, in_grafana: Stack, grafana: Grafana
) -> None:
    grafana.save({"uid": UID, "title": "Theirs", "tags": [THEIRS]})
    with pytest.raises(
        Foreign, match=r"dashboard twin-robot exists in Grafana already .* managed-by:somebody/else"
    ):
        dashboards.create(dashboard())
    assert live(in_grafana)["dashboard"]["title"] == "Theirs"

    assert dashboards.create(dashboard(adopt=True)).outs == dashboard(adopt=True) | {"version": 2}
    assert live(in_grafana)["dashboard"]["title"] == "Robot"


def test_a_dashboard_of_the_editor_is_taken_over_when_it_is_just_what_its_file_says(
    dashboards: DashboardProvider, in_grafana: Stack, grafana: Grafana
) -> None:
    made = {"uid": UID, "title": "Robot", "panels": [], "schemaVersion": 41}
    grafana.save(made | {"title": "Changed since"})
    with pytest.raises(Foreign, match=r"`adopt: true` in .* or in the file in grafana/ that it is of"):
        dashboards.create(dashboard())
    assert live(in_grafana)["dashboard"]["title"] == "Changed since"

    grafana.save(live(in_grafana)["dashboard"] | made)
    assert (dashboards.create(dashboard()).outs or {})["version"] == 3
    assert live(in_grafana)["dashboard"]["tags"] == [OURS]

    grafana.save(live(in_grafana)["dashboard"] | {"tags": [THEIRS]})
    with pytest.raises(Foreign):
        dashboards.create(dashboard())


def test_a_run_that_was_cut_off_can_be_run_again(
    dashboards: DashboardProvider, in_grafana: Stack, grafana: Grafana
) -> None:
    outs = dashboards.create(dashboard()).outs or {}
    assert (dashboards.create(dashboard()).outs or {})["version"] == 1  # it was there already
    assert (dashboards.create(dashboard("Robby")).outs or {})[
        "version"
    ] == 2  # and the spec changed meanwhile
    assert (dashboards.update(UID, outs, dashboard("Robby")).outs or {})[
        "version"
    ] == 2  # the same of an update
    assert live(in_grafana)["dashboard"]["version"] == 2


def test_another_uid_is_another_dashboard(dashboards: DashboardProvider) -> None:
    old = dashboard()
    assert dashboards.diff(UID, old, old | {"uid": "other"}).replaces == ["uid"]
    assert not dashboards.diff(UID, old | {"version": 7}, old).changes


def test_deleting_a_dashboard_is_for_what_is_ours_and_twice_is_fine(
    dashboards: DashboardProvider, in_grafana: Stack, grafana: Grafana
) -> None:
    outs = dashboards.create(dashboard()).outs or {}
    grafana.save(live(in_grafana)["dashboard"] | {"tags": [THEIRS]})
    dashboards.delete(UID, outs)
    assert "dashboard twin-robot is left in Grafana" in in_grafana.said[0]
    assert dashboards.read(UID, outs).id == ""
    grafana.save(live(in_grafana)["dashboard"] | {"tags": [OURS]})
    dashboards.delete(UID, outs)
    dashboards.delete(UID, outs)
    assert in_grafana.reach.grafana.dashboard(UID) is None
    assert dashboards.read(UID, outs).id == ""


def test_writes_come_one_at_a_time(in_grafana: Stack, grafana: Grafana) -> None:
    # The stand-in's database locks like SQLite: of two writes at once, one fails.
    failures: list[Exception] = []

    def make(number: int) -> None:
        try:
            in_grafana.provider(FolderProvider).create(folder(f"f{number}", f"Folder {number}"))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_folder_is_made_renamed_and_moved(folders: FolderProvider, in_grafana: Stack) -> None:
    folders.create(folder("top", "Top"))
    outs = folders.create(folder()).outs or {}
    assert folders.read("robots", outs).inputs == folder()
    outs = folders.update("robots", outs, folder(title="All robots")).outs or {}
    outs = folders.update("robots", outs, folder(title="All robots", parent="top")).outs or {}
    found = in_grafana.reach.grafana.folder("robots")
    assert found is not None
    assert (found["title"], found["parentUid"]) == ("All robots", "top")
    assert folders.read("robots", outs).outs == outs


def test_a_folder_that_somebody_renamed_is_reported_and_not_overwritten(
    folders: FolderProvider, in_grafana: Stack
) -> None:
    outs = folders.create(folder()).outs or {}
    in_grafana.reach.grafana.rename_folder("robots", "Mine", 1)
    with pytest.raises(
        ProviderError, match=r"folder robots was changed in Grafana by ditto .* version 2 instead of 1"
    ):
        folders.update("robots", outs, folder(title="All robots"))
    found = folders.read("robots", outs)
    assert found.inputs == folder(title="Mine")
    folders.update("robots", found.outs or {}, folder(title="All robots"))


def test_a_folder_that_exists_is_taken_only_if_nothing_has_to_be_changed_or_when_told(
    folders: FolderProvider, in_grafana: Stack, grafana: Grafana
) -> None:
    grafana.make_folder(uid="robots", title="Robots")
    assert folders.create(folder()).id == "robots"
    before = in_grafana.reach.grafana.folder("robots")
    with pytest.raises(
        Foreign,
        match=r"folder robots exists in Grafana already, as 'Robots'. It was not touched. Call it 'All robots'"
        " there, in no other folder, to have it used; or delete it there",
    ):
        folders.create(folder(title="All robots"))
    assert in_grafana.reach.grafana.folder("robots") == before
    folders.create(folder(title="All robots", adopt=True))
    found = in_grafana.reach.grafana.folder("robots")
    assert found is not None
    assert found["title"] == "All robots"


def test_a_folder_with_something_in_it_is_not_deleted(
    folders: FolderProvider, in_grafana: Stack, grafana: Grafana
) -> None:
    outs = folders.create(folder()).outs or {}
    grafana.save({"uid": "other", "title": "Not ours"}, folder="robots")
    folders.delete("robots", outs)
    assert in_grafana.said == ["folder robots is left in Grafana, as there is something in it (dashboard: 1)"]
    in_grafana.reach.grafana.delete_dashboard("other")
    folders.delete("robots", outs)
    folders.delete("robots", outs)
    assert folders.read("robots", outs).id == ""


def test_a_dashboard_that_changes_is_made_with_its_folder_in_a_grafana_that_has_neither(
    dashboards: DashboardProvider, in_grafana: Stack
) -> None:
    before, after = dashboard(in_folder="opentwins"), dashboard("Another title", in_folder="opentwins")
    dashboards.update(UID, before | {"version": 3}, after)

    assert live(in_grafana)["meta"]["folderUid"] == "opentwins"
    folder = in_grafana.reach.grafana.folder("opentwins")
    assert folder is not None
    assert folder["title"] == "OpenTwins"
