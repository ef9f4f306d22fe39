"""Every form of Ditto's events ends where the dashboards look for it, or is known not to be stored."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from grafana.dashboards import twin_dashboard
from grafana.queries import refused
from tests.grafana.reading import overrides, panel
from tests.live.conftest import DataPath, data_path
from tests.live.events import ABSENT, NAMESPACE, ORIGINATOR, PARENT, TYPE, event, topic
from tests.live.programs import BUCKET, eventually
from twins.load import Specs, load

SPECS = f"""
apiVersion: opentwins/v1
kind: Policy
id: {NAMESPACE}:policy
---
apiVersion: opentwins/v1
kind: Type
id: {TYPE}
policy: {NAMESPACE}:policy
features:
  temperature: {{properties: {{value: 0, unit: celsius, fine: true}}}}
  position: {{properties: {{at: {{x: 0, y: 0}}, route: [0, 0]}}}}
  with space: {{properties: {{odd-name.here: 0}}}}
"""

DOCUMENT = Path(__file__).parents[2] / "docs" / "data-path.md"

TEMPERATURE = {"properties": {"value": 21.5, "unit": "celsius", "fine": True}}
FEATURES = {"temperature": TEMPERATURE}
THING = {
    "thingId": f"{NAMESPACE}:x",
    "policyId": f"{NAMESPACE}:policy",
    "definition": "a:b:c",
    "attributes": {"floor": 3},
    "features": FEATURES,
}
ALL = {"temperature": "21.5", "temperature unit": "celsius", "temperature fine": "true"}
AT = {"position at x": "1", "position at y": "2"}

VALUE = "/features/temperature/properties/value"


@dataclass(frozen=True)
class Case:
    """Events of one twin, and the values that its dashboard then shows by their labels."""

    says: str
    shown: dict[str, str]
    events: tuple[str | bytes, ...]

    @property
    def name(self) -> str:
        return self.says.replace(" ", "-")


def case(says: str, shown: dict[str, str], *changes: tuple[Any, ...]) -> Case:
    """A case of changes, each written as path, value and, unless it is `modified`, the action."""
    name = says.replace(" ", "-")
    return Case(says, shown, tuple(event(name, *change) for change in changes))


STORED = [
    case("a thing is created", ALL, ("/", THING, "created")),
    case("a thing is replaced", ALL, ("/", THING)),
    case("a thing is merged", ALL, ("/", THING, "merged")),
    case("features are replaced", ALL, ("/features", FEATURES)),
    case("features are merged", ALL, ("/features", FEATURES, "merged")),
    case("a feature is created", ALL, ("/features/temperature", TEMPERATURE, "created")),
    case("a feature is replaced", ALL, ("/features/temperature", TEMPERATURE)),
    case("a feature is merged", ALL, ("/features/temperature", TEMPERATURE, "merged")),
    case("properties are replaced", ALL, ("/features/temperature/properties", TEMPERATURE["properties"])),
    case(
        "properties are merged",
        ALL,
        ("/features/temperature/properties", TEMPERATURE["properties"], "merged"),
    ),
    case("a number is replaced", {"temperature": "-0.00000015"}, (VALUE, -1.5e-7)),
    case("a number is merged", {"temperature": "4"}, (VALUE, 4, "merged")),
    case("a number is created", {"temperature": "0"}, (VALUE, 0, "created")),
    case("a text is set", {"temperature unit": 'a "b" \\ ü'}, (VALUE[:-5] + "unit", 'a "b" \\ ü')),
    case("a boolean is set", {"temperature fine": "false"}, (VALUE[:-5] + "fine", False)),
    case("an object is set", AT, ("/features/position/properties/at", {"x": 1, "y": 2})),
    case("a part of an object is set", {"position at y": "3"}, ("/features/position/properties/at/y", 3)),
    case(
        "an object is merged from the top",
        {"position at y": "2"},
        ("/", {"features": {"position": {"properties": {"at": {"y": 2}}}}}, "merged"),
    ),
    case(
        "a list is set",
        {"position route 0": "7", "position route 1": "8"},
        ("/features/position/properties/route", [7, 8]),
    ),
    case(
        "names are unusual",
        {"with space odd-name.here": "5"},
        ("/features/with space/properties/odd-name.here", 5),
    ),
    case(
        "a merge also removes something",
        {"temperature": "6"},
        (
            "/features",
            {"temperature": {"properties": {"value": 6, "unit": None}}, "position": None},
            "merged",
        ),
    ),
    case("the last feature is empty", ALL, ("/features", FEATURES | {"with space": {"properties": {}}})),
    case("a feature is empty", ALL, ("/features", {"position": {}} | FEATURES)),
    case(
        "a number is larger than a float tells apart", {"temperature": "9007199254740992"}, (VALUE, 2**53 + 1)
    ),
    case(
        "a number becomes a text and a number again",
        {"temperature": "2 broken", "temperature unit": "kelvin"},
        ("/features", {"temperature": {"properties": {"value": 1, "unit": "celsius"}}}),
        ("/features", {"temperature": {"properties": {"value": "broken", "unit": "kelvin"}}}),
        (VALUE, 2, "modified", "2026-11-24T20:00:01Z"),
    ),
    Case(
        "the event brings no extra fields",
        {"temperature": "8"},
        (event("the-event-brings-no-extra-fields", VALUE, 8, extra=ABSENT),),
    ),
]

NOT_STORED = [
    case("a thing is deleted", {}, ("/", ABSENT, "deleted")),
    case("a feature is deleted", {}, ("/features/temperature", ABSENT, "deleted")),
    case("a property is deleted", {}, (VALUE, ABSENT, "deleted")),
    case("a property is merged away", {}, (VALUE, None, "merged")),
    case("a feature is merged away", {}, ("/features/temperature", None, "merged")),
    case("an attribute is set", {}, ("/attributes/floor", 4)),
    case("a policy is given", {}, ("/policyId", "a:b")),
    case("a definition is given", {}, ("/features/temperature/definition", ["a:b:c"])),
    case("a list is long", {}, ("/features/position/properties/route", list(range(17)))),
    case("a text is long", {}, (VALUE[:-5] + "unit", "x" * 16385)),
    case("a name is long", {}, ("/features/temperature/properties/" + "n" * 8192, 1)),
    case("a number is beyond all floats", {}, (VALUE, 10**400)),
    Case(
        "a message is sent to a twin",
        {},
        (
            event(
                "a-message-is-sent-to-a-twin",
                "/inbox/messages/go",
                1,
                topic=f"{NAMESPACE}/x/things/live/messages/go",
            ),
        ),
    ),
    Case(
        "a message is malformed",
        {},
        (b'{"topic":', b"", b"words", b"42", b"[1]", b"null", b'{"topic":1,"path":2}', b"\xff\xfe\x00"),
    ),
]


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Specs:
    folder: Path = tmp_path_factory.mktemp("specs")
    twins = [
        f"apiVersion: opentwins/v1\nkind: Twin\nid: {NAMESPACE}:{each.name}\ntype: {TYPE}\n"
        for each in STORED + NOT_STORED
    ]
    (folder / "specs.yaml").write_text("---\n".join([SPECS, *twins]))
    return load(folder)


@pytest.fixture(scope="module")
def path(binaries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataPath]:
    """The data path after all events of all cases."""
    with data_path(binaries, tmp_path_factory.mktemp("path")) as path:
        path.publish([(topic(each.name), message) for each in NOT_STORED + STORED for message in each.events])
        last = STORED[-1]
        eventually(lambda: bool(stored(path, last.name)), "the last event is stored")
        yield path


def stored(path: DataPath, name: str) -> list[dict[str, str]]:
    """All that is stored of a twin, whatever it is."""
    return path.influxdb.query(
        f'from(bucket: "{BUCKET}") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)'
        f' |> filter(fn: (r) => r.thingId == "{NAMESPACE}:{name}")'
    )


def shown(path: DataPath, specs: Specs, name: str) -> dict[str, str]:
    """What the panel `Now` of a twin's dashboard shows; values of several types, with spaces between."""
    now = panel(twin_dashboard(f"{NAMESPACE}:{name}", specs, "source", BUCKET), "Now")
    found = {}
    for target in now["targets"]:
        values = sorted(row["_value"] for row in path.influxdb.query(target["query"]))
        if values:
            found[str(overrides(now, target["refId"])["displayName"])] = " ".join(values)
    return found


@pytest.mark.parametrize("each", STORED, ids=lambda each: each.says)
def test_its_dashboard_shows_what_an_event_tells_when(each: Case, path: DataPath, specs: Specs) -> None:
    assert shown(path, specs, each.name) == each.shown


@pytest.mark.parametrize("each", NOT_STORED, ids=lambda each: each.says)
def test_nothing_is_stored_and_nothing_is_held_up_when(each: Case, path: DataPath, specs: Specs) -> None:
    assert shown(path, specs, each.name) == {}
    assert stored(path, each.name) == []


def test_the_documented_reasons_are_those_that_are_counted(path: DataPath) -> None:
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", DOCUMENT.read_text().split("## ")[2], re.MULTILINE))
    counted: set[str] = set()

    def all_counted() -> bool:
        path.publish([(topic("a-number-is-set"), event("a-number-is-set", VALUE, 1))])
        now = datetime.now(UTC)
        start, stop = (now - timedelta(hours=1)).isoformat(), now.isoformat()
        counted.update(row["reason"] for row in path.influxdb.query(refused(BUCKET), start, stop))
        return len(counted) >= len(documented) - 1

    eventually(all_counted, "the counts are written")
    assert counted | {"too_old"} == documented  # this bucket keeps points for ever


def test_twin_parent_type_and_originator_are_told_apart_and_no_other_tag_makes_series(path: DataPath) -> None:
    rows = stored(path, "a-thing-is-replaced")

    columns = {"_start", "_stop", "_time", "_value", "_field", "_measurement"}
    tags = [{key: value for key, value in row.items() if key not in columns} for row in rows]
    assert tags
    for each in tags:
        assert each == {
            "thingId": f"{NAMESPACE}:a-thing-is-replaced",
            "parent": PARENT,
            "type": TYPE,
            "originator": ORIGINATOR,
        }


def test_a_point_has_the_time_of_its_event(path: DataPath) -> None:
    times = {row["_time"] for row in stored(path, "a-thing-is-merged")}

    assert times == {"2026-11-24T20:00:00.123456789Z"}
