"""Library panels in Grafana: versions are respected, and what is somebody else's is left alone."""

from collections.abc import Callable
from typing import Any

import pytest

from provider.errors import Foreign, ProviderError
from provider.library_panel import LibraryPanelProvider, marked
from tests.provider.conftest import Grafana, Stack
from twins.canonical import dumps, loads

UID = "press-model"


@pytest.fixture
def in_grafana(grafana: Grafana, stack_of: Callable[..., Stack]) -> Stack:
    return stack_of(grafana=grafana.url)


@pytest.fixture
def panels(in_grafana: Stack) -> LibraryPanelProvider:
    return in_grafana.provider(LibraryPanelProvider)


def panel(
    url: str = "one", uid: str = UID, owner: str = "opentwins/test", adopt: bool = False
) -> dict[str, Any]:
    model = {"type": "ertis-unity-panel", "title": uid, "description": "", "options": {"url": url}}
    element = {"uid": uid, "name": uid, "kind": 1, "folderUid": "", "model": model}
    return {"uid": uid, "document": dumps(marked(element, owner)), "adopt": adopt}


def test_it_is_made_read_without_a_difference_and_deleted(
    panels: LibraryPanelProvider, in_grafana: Stack
) -> None:
    made = panels.create(panel())
    assert made.outs == panel() | {"version": 1}
    read = panels.read(UID, made.outs)
    assert (read.inputs, read.outs) == (panel(), panel() | {"version": 1})

    panels.delete(UID, panel())
    assert in_grafana.reach.grafana.element(UID) is None
    assert panels.read(UID, made.outs).id == ""


def test_a_change_is_saved_on_the_version_that_was_seen_last(panels: LibraryPanelProvider) -> None:
    panels.create(panel())
    assert panels.diff(UID, panel(), panel("two")).changes
    assert panels.update(UID, panel() | {"version": 1}, panel("two")).outs == panel("two") | {"version": 2}


def test_what_somebody_has_saved_meanwhile_is_not_overwritten_and_a_refresh_sees_it(
    panels: LibraryPanelProvider, in_grafana: Stack
) -> None:
    panels.create(panel())
    in_grafana.reach.grafana.save_element(loads(panel("theirs")["document"]), 1)
    with pytest.raises(ProviderError, match="version 2 instead of 1"):
        panels.update(UID, panel() | {"version": 1}, panel("two"))

    read = panels.read(UID, panel() | {"version": 1})
    assert read.outs == panel("theirs") | {"version": 2}
    assert read.outs
    assert panels.update(UID, read.outs, panel("two")).outs == panel("two") | {"version": 3}


def test_one_of_somebody_elses_is_refused_unless_it_is_to_be_adopted(panels: LibraryPanelProvider) -> None:
    panels.create(panel("theirs", owner="other/stack"))
    with pytest.raises(Foreign, match=r"marked as other/stack.*adopt: true"):
        panels.create(panel())
    assert panels.create(panel(adopt=True)).outs == panel(adopt=True) | {"version": 2}


def test_a_run_that_was_cut_off_can_be_run_again(panels: LibraryPanelProvider) -> None:
    panels.create(panel())
    assert panels.create(panel("two")).outs == panel("two") | {"version": 2}
    assert panels.update(UID, panel() | {"version": 1}, panel("two")).outs == panel("two") | {"version": 2}


def test_a_name_that_is_taken_in_the_folder_is_an_error_that_says_so(panels: LibraryPanelProvider) -> None:
    panels.create(panel())
    other = loads(panel(uid="other")["document"]) | {"name": UID}
    with pytest.raises(ProviderError, match="give this one another title"):
        panels.create({"uid": "other", "document": dumps(other), "adopt": False})


def test_one_that_dashboards_of_others_use_or_that_is_not_ours_any_more_is_left(
    panels: LibraryPanelProvider, grafana: Grafana, in_grafana: Stack
) -> None:
    panels.create(panel())
    used = {"id": 1, "libraryPanel": {"uid": UID, "name": UID}, "gridPos": {"x": 0, "y": 0, "w": 1, "h": 1}}
    grafana.save({"uid": "theirs", "title": "Theirs", "panels": [used], "schemaVersion": 42})
    panels.delete(UID, panel())
    panels.delete(UID, panel(owner="other/stack"))

    assert in_grafana.reach.grafana.element(UID) is not None
    assert ["dashboards use it" in line for line in in_grafana.said] == [True, False]
