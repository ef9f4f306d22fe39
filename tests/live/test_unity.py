"""What a Unity scene is sent and sends back is what docs/unity.md shows: its examples are made here, from its specs.

`OPENTWINS_WRITE_DOCS=1` writes the examples anew.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.names import twin_uid
from grafana.unity import options, unity_panel
from tests.live.conftest import DataPath, data_path
from tests.live.events import event
from tests.live.programs import BUCKET, eventually
from tests.live.unity_plugin import Call, address_after, calls, frames
from twins.load import Specs, load
from twins.models import UnityPanelSpec, UnitySend

DOCUMENT = Path(__file__).parents[2] / "docs" / "unity.md"
TEXT = DOCUMENT.read_text()

POLICY = "apiVersion: opentwins/v1\nkind: Policy\nid: plant:policy\n"


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Specs:
    folder = tmp_path_factory.mktemp("specs")
    documents = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    (folder / "specs.yaml").write_text("---\n".join([POLICY, *documents]))
    return load(folder)


def measured(name: str, minute: int, **features: dict[str, object]) -> tuple[str, str]:
    """An event that the thing `plant:<name>` measured something."""
    changes = {feature: {"properties": values} for feature, values in features.items()}
    text = event(
        name,
        "/features",
        changes,
        "merged",
        f"2026-11-24T20:{minute:02}:00Z",
        topic=f"plant/{name}/things/twin/events/merged",
        extra={"thingId": f"plant:{name}", "attributes": {}},
    )
    return f"opentwins/twin/events/plant/{name}", text


MESSAGES = [
    measured("press", 1, pressure={"value": 3.5}),
    measured("press", 2, pressure={"value": 4.25}),
    measured("press:motor_1", 1, speed={"value": 1480}, state={"value": "running", "locked": False}),
    measured("press:motor_2", 3, speed={"value": 0}, state={"value": "off", "locked": True}),
]


@pytest.fixture(scope="module")
def path(binaries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataPath]:
    with data_path(binaries, tmp_path_factory.mktemp("path")) as path:
        path.publish(MESSAGES)
        eventually(lambda: path.stored() == len(MESSAGES), "all events are stored")
        yield path


@pytest.fixture(scope="module")
def panel(specs: Specs) -> UnityPanelSpec:
    """The document's panel."""
    return specs.unity_panels["press-model"].spec


def sending(panel: UnityPanelSpec) -> list[UnityPanelSpec]:
    """The panel with each `send` that the document speaks of: all to one object, nested, and an object a thing."""
    written = [yaml.safe_load(text)["send"] for text in re.findall(r"`(send: \{.*?\})`", TEXT)]
    assert len(written) == 3
    return [panel.model_copy(update={"send": UnitySend.model_validate(each)}) for each in written]


Scene = Callable[[UnityPanelSpec], list[Call]]


@pytest.fixture(scope="module")
def scene(path: DataPath) -> Scene:
    """The calls that the scene of a Unity panel gets."""

    def do(spec: UnityPanelSpec) -> list[Call]:
        model = unity_panel(spec, "folder", "source", BUCKET)["model"]
        answers = [path.influxdb.query(target["query"]) for target in model["targets"]]
        return calls(model["options"], frames(answers))

    return do


def shown(name: str, made: str) -> None:
    """The document's example of that name is what was made."""
    block = re.compile(
        rf"(<!-- made by tests/live/test_unity.py: {name} -->\n```\w*\n)(.*?)(^```$)", re.M | re.S
    )
    text = DOCUMENT.read_text()
    found = block.search(text)
    assert found, f"docs/unity.md has no example {name}"
    if os.environ.get("OPENTWINS_WRITE_DOCS"):
        DOCUMENT.write_text(block.sub(lambda match: f"{match[1]}{made}\n{match[3]}", text))
    else:
        assert found[2] == made + "\n"


def readable(text: str) -> str:
    """JSON with a line for each row, short as they are here."""
    data = json.loads(text)
    assert list(data) == ["series"]
    return '{"series": ' + _lines(data["series"]) + "}"


def _lines(data: Any, indent: str = "") -> str:
    """Whatever holds lists or objects with a line for each of them, and the others in one line."""
    inner = indent + "  "
    held = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    if not any(isinstance(each, dict | list) for each in held):
        return json.dumps(data)
    if isinstance(data, list):
        return "[\n" + ",\n".join(f"{inner}{_lines(each, inner)}" for each in data) + f"\n{indent}]"
    parts = [f"{inner}{json.dumps(key)}: {_lines(each, inner)}" for key, each in data.items()]
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


def test_one_game_object_gets_all_in_one_text(panel: UnityPanelSpec, scene: Scene) -> None:
    (call,) = scene(sending(panel)[0])

    assert (call.game_object, call.method) == ("Hub", "OnData")
    assert len(json.loads(call.text)["series"]) == 3  # numbers, texts, booleans
    shown("all", readable(call.text))


def test_it_can_be_grouped_by_thing(panel: UnityPanelSpec, scene: Scene) -> None:
    (call,) = scene(sending(panel)[1])

    by_thing = json.loads(call.text)["series"]
    assert by_thing["plant:press:motor_2"]["value_state_properties_value"] == "off"
    shown("grouped", readable(call.text))


def test_each_thing_can_be_a_game_object_of_its_own(panel: UnityPanelSpec, scene: Scene) -> None:
    found = scene(sending(panel)[2])

    assert {call.method for call in found} == {"OnData"}
    names = [call.game_object for call in found]
    assert names == ["plant:press", "plant:press:motor_1", "plant:press:motor_2"]
    shown("objects", "\n".join(f"{call.game_object}\n  {call.text}" for call in found))


def test_before_there_is_data_the_list_is_empty(panel: UnityPanelSpec) -> None:
    empty = [[call.text for call in calls(options(spec), [])] for spec in sending(panel)]

    assert empty == [['{"series":[]}'], ['{"series":{}}'], []]
    assert all(f"`{text}`" in TEXT for texts in empty for text in texts)


def test_an_event_of_the_scene_sets_the_dashboards_variable(panel: UnityPanelSpec, specs: Specs) -> None:
    dashboard = f"/d/{twin_uid('plant:press', specs)}"

    shown("event", address_after(options(panel), dashboard, "Clicked", "plant:press:motor_2"))
    assert address_after(options(panel), dashboard, "Other", "1") == dashboard
