from typing import Any

import pytest
from pydantic import ValidationError

from grafana.dashboards import twin_dashboard
from grafana.unity import options, unity_panel
from tests.live.unity_plugin import calls
from twins.load import Specs
from twins.models import UnityPanelSpec

BUILD = "https://models.example/Build/pump"
BASE: dict[str, Any] = {"kind": "UnityPanel", "id": "pump-model", "twin": "plant:pump_1", "build": BUILD}


def spec(**more: Any) -> UnityPanelSpec:
    return UnityPanelSpec.model_validate(BASE | more)


def test_a_build_stands_for_its_four_files() -> None:
    assert options(spec())["unityModel"] == {
        "setFilesMode": "External links",
        "unityFiles": {
            "loaderUrl": f"{BUILD}.loader.js",
            "dataUrl": f"{BUILD}.data",
            "frameworkUrl": f"{BUILD}.framework.js",
            "codeUrl": f"{BUILD}.wasm",
        },
    }


def test_the_files_of_a_compressed_build_can_be_named_one_by_one() -> None:
    files = {"loader": "/l.js", "data": "/d.gz", "framework": "/f.js.gz", "code": "/c.wasm.gz"}
    named = options(spec(build=None, files=files))["unityModel"]["unityFiles"]

    assert list(named.values()) == ["/l.js", "/d.gz", "/f.js.gz", "/c.wasm.gz"]


def test_one_game_object_can_get_all_data() -> None:
    sent = options(spec(send={"method": "OnData", "gameObject": "Hub", "groupBy": ["thingId"]}))["sendData"]

    assert sent == {
        "mode": "Send all data to a single GameObject",
        "unityFunc": "OnData",
        "grafanaQuery": "",
        "groupBy": "thingId",
        "config": {"recvGameObj": "Hub"},
        "filter": {"dashboardVars": [], "columns": []},
    }


def test_without_one_each_thing_is_a_game_object() -> None:
    sent = options(spec(send={"method": "OnData"}))["sendData"]

    assert sent["mode"] == "Send data to GameObjects by ID column"
    assert sent["config"] == {"idColumn": "thingId"}
    assert "groupBy" not in sent


def test_nothing_is_called_in_a_scene_that_wants_no_data() -> None:
    assert options(spec())["sendData"] is None
    assert calls(options(spec()), [[{"thingId": "n:w"}], [], []]) == []
    assert calls({}, [[], [], []]) != []  # which is what a missing entry would come to


def test_events_of_the_scene_set_variables() -> None:
    received = options(spec(receive=[{"event": "Clicked", "variable": "part"}]))["receiveData"]

    assert received == [
        {
            "nameEvent": "Clicked",
            "type": "Text",
            "mode": "Store value in Grafana variable",
            "config": {"varId": "part"},
        }
    ]
    assert options(spec())["receiveData"] == []


def test_it_is_a_library_panel_of_the_plugin() -> None:
    document = unity_panel(spec(title="The pump"), "folder", "source", "bucket")

    assert (document["uid"], document["name"], document["kind"]) == ("pump-model", "The pump", 1)
    assert document["folderUid"] == "folder"
    model = document["model"]
    assert (model["type"], model["title"]) == ("ertis-unity-panel", "The pump")
    assert [target["refId"] for target in model["targets"]] == ["A", "B", "C"]
    assert all('prefix: "plant:pump_1:"' in target["query"] for target in model["targets"])


def test_it_can_show_all_twins_of_a_type() -> None:
    shown = unity_panel(spec(twin=None, type="plant:pump"), "folder", "source", "bucket")["model"]

    assert all('r.type == "plant:pump"' in target["query"] for target in shown["targets"])


def test_a_twins_dashboard_has_it_on_top_and_has_the_variables_that_it_sets(pumps: Specs) -> None:
    scene = spec(title="The pump", receive=[{"event": "Clicked", "variable": "part"}])
    document = twin_dashboard("plant:pump_1", pumps, "source", "bucket", unity=scene)
    without = twin_dashboard("plant:pump_1", pumps, "source", "bucket")

    top = document["panels"][0]
    assert top["libraryPanel"] == {"uid": "pump-model", "name": "The pump"}
    assert (top["gridPos"]["x"], top["gridPos"]["y"], top["gridPos"]["w"]) == (0, 0, 24)
    assert [each["id"] for each in document["panels"][1:]] == [each["id"] for each in without["panels"]]
    (variable,) = document["templating"]["list"]
    assert (variable["name"], variable["type"]) == ("part", "textbox")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"type": "plant:pump"}, "write either twin or type"),
        ({"twin": None}, "write either twin or type"),
        ({"build": None}, "write either build or files"),
        ({"receive": [{"event": "A", "variable": "v"}, {"event": "B", "variable": "v"}]}, "same variable"),
        ({"receive": [{"event": " ", "variable": "v"}]}, "receive.0.event"),
        ({"receive": [{"event": "A", "variable": "a-b"}]}, "receive.0.variable"),
        ({"send": {"method": ""}}, "send.method"),
        ({"send": {"method": "M", "groupBy": ["a;b"]}}, "send.groupBy.0"),
        ({"send": {"method": "M", "filter": {}}}, "Extra inputs are not permitted"),
        ({"setFilesMode": "Drag and drop"}, "Extra inputs are not permitted"),
    ],
)
def test_what_the_plugin_cannot_do_or_would_ignore_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        spec(**change)
