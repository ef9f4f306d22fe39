"""JSON files in the folder `grafana/` are dashboards that are managed too."""

import json
from pathlib import Path

import pytest

from grafana.dashboards import DashboardDocument
from grafana.saved import SavedError, saved_dashboards
from provider.inputs import InputError, read


def save(folder: Path, name: str, **document: object) -> None:
    (folder / name).write_text(json.dumps({"title": "Mine", "schemaVersion": 42, "panels": []} | document))


def test_each_file_is_a_dashboard(tmp_path: Path) -> None:
    save(tmp_path, "a.json", uid="one", version=7)
    save(tmp_path, "b.json", uid="two")
    (tmp_path / "code.py").write_text("")

    found = saved_dashboards(folder=tmp_path)

    assert [each.uid for each in found] == ["one", "two"]
    assert "version" not in found[0].document


def test_what_is_wrong_is_told_for_all_files_at_once(tmp_path: Path) -> None:
    save(tmp_path, "a.json", uid="one", schemaVersion=30)
    save(tmp_path, "b.json", uid="two")
    save(tmp_path, "c.json", uid="two")
    save(tmp_path, "d.json", uid="made")
    with pytest.raises(SavedError) as raised:
        saved_dashboards([DashboardDocument("made", "", {})], tmp_path)

    lines = str(raised.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        str(tmp_path / name) for name in ("a.json", "c.json", "d.json")
    ]
    assert "schemaVersion" in lines[0]
    assert f"two is that of {tmp_path / 'b.json'}" in lines[1]
    assert "one that is made of the specs" in lines[2]


def test_a_run_refuses_what_it_cannot_manage_before_it_makes_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("grafana", "twin_specs"):
        (tmp_path / name).mkdir()
    save(tmp_path / "grafana", "mine.json", uid="mine", schemaVersion=36)
    (tmp_path / "twin_specs" / "wrong.yaml").write_text("apiVersion: [\n")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError) as raised:
        read({}, "dev")

    assert [line.split(":")[0] for line in str(raised.value).splitlines()] == [
        "twin_specs/wrong.yaml",
        "grafana/mine.json",
    ]
    assert "schemaVersion: 36 is not 42; open it in Grafana 12.4, save it and export it" in str(raised.value)


def test_a_file_with_the_uid_of_a_dashboard_of_the_specs_is_refused_with_all_else_that_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("grafana", "twin_specs"):
        (tmp_path / name).mkdir()
    save(tmp_path / "grafana", "health.json", uid="opentwins-health")
    save(tmp_path / "grafana", "old.json", uid="", schemaVersion=36)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError) as raised:
        read({}, "dev")

    lines = str(raised.value).splitlines()
    assert lines[0].startswith(
        "grafana/health.json: uid: opentwins-health is that of one that is made of the"
    )
    assert [line.split(": ")[:2] for line in lines[1:]] == [
        ["grafana/old.json", "schemaVersion"],
        ["grafana/old.json", "uid"],
    ]
