"""Each query of each generated dashboard runs on the real InfluxDB and gives what its panel shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grafana.dashboards import dashboards, health_dashboard, twin_dashboard, type_dashboard
from grafana.queries import NUMBERS, TEXTS, states
from grafana.unity import unity_panel
from tests.grafana.reading import panel, panels
from tests.live.conftest import DataPath, data_path
from tests.live.events import ABSENT, event, topic
from tests.live.programs import BUCKET, eventually
from twins.load import Specs, load
from twins.models import Document, UnityPanelSpec, UnitySend

SPECS = """
kind: Policy
id: live:policy
---
kind: Type
id: live:sensor
policy: live:policy
features:
  temperature:
    properties: {value: 0, unit: celsius, fine: true}
    display: {value: {label: Temperature, thresholds: [{value: 30, colour: red}]}}
---
kind: Type
id: live:box
policy: live:policy
features: {lid: {properties: {angle: 0}}}
children: {live:sensor: 2}
---
kind: Twin
id: live:hall
policy: live:policy
---
kind: Twin
id: live:box_1
type: live:box
parent: live:hall
"""

FIRST, SECOND = "live:box_1:sensor_1", "live:box_1:sensor_2"


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Specs:
    folder = tmp_path_factory.mktemp("specs")
    documents = SPECS.strip().split("\n---\n")
    (folder / "specs.yaml").write_text(
        "\n---\n".join("apiVersion: opentwins/v1\n" + each for each in documents)
    )
    return load(folder)


def reading(thing: str, minute: int, feature: str, values: dict[str, object]) -> tuple[str, str]:
    """An event that a thing measured something at a minute after 20:00."""
    name = thing.removeprefix("live:")
    kind = "live:sensor" if "sensor" in thing else "live:box"
    parent = "live:box_1" if "sensor" in thing else "live:hall"
    extra = {"thingId": thing, "attributes": {"_parents": parent, "type": kind}}
    at = f"2026-11-24T20:{minute:02}:00Z"
    change = {feature: {"properties": values}}
    return topic(name), event(name, "/features", change, "merged", at, extra=extra)


@pytest.fixture(scope="module")
def path(binaries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataPath]:
    minutes = range(1, 21)
    messages = [
        reading(FIRST, minute, "temperature", {"value": 20 + minute, "unit": "celsius", "fine": minute < 11})
        for minute in minutes
    ]
    messages += [reading(SECOND, minute, "temperature", {"value": 10}) for minute in minutes]
    messages += [reading("live:box_1", minute, "lid", {"angle": 90}) for minute in minutes]
    with data_path(binaries, tmp_path_factory.mktemp("path")) as path:
        path.publish(messages)
        eventually(lambda: path.stored() == len(messages), "all readings are stored")
        yield path


def rows(path: DataPath, panel: Document, ref: str = "A") -> list[dict[str, str]]:
    (query,) = [target["query"] for target in panel["targets"] if target["refId"] == ref]
    return path.influxdb.query(query, start="2026-11-24T20:00:00Z", stop="2026-11-24T20:30:00Z", window="10m")


def values(found: list[dict[str, str]]) -> list[float]:
    return [float(row["_value"]) for row in found]


@pytest.fixture(scope="module")
def box(specs: Specs) -> Document:
    return twin_dashboard("live:box_1", specs, "source", BUCKET)


@pytest.fixture(scope="module")
def sensors(specs: Specs) -> Document:
    return type_dashboard("live:sensor", specs, "source", BUCKET)


def test_the_history_of_a_number_is_its_mean_in_each_window(path: DataPath, box: Document) -> None:
    assert values(rows(path, panel(box, "Temperature", row="sensor_1"))) == [25, 34.5, 40]
    assert values(rows(path, panel(box, "lid angle"))) == [90, 90, 90]


def test_the_history_of_a_text_and_a_boolean_is_the_last_of_a_window(path: DataPath, box: Document) -> None:
    texts = rows(path, panel(box, "temperature unit", row="sensor_1"))
    booleans = rows(path, panel(box, "temperature fine", row="sensor_1"))

    assert [row["_value"] for row in texts] == ["celsius"] * 3
    assert [row["_value"] for row in booleans] == ["true", "false", "false"]


def test_now_shows_the_value_of_a_property_and_nothing_beside_it(path: DataPath, box: Document) -> None:
    """Where there is no time, Grafana takes each column for a value: a text, too, where texts are shown."""
    now = panel(box, "Now", row="sensor_1")
    (hidden,) = [each["options"]["exclude"]["names"] for each in now["transformations"]]
    for ref, value in (("A", "40"), ("B", "celsius"), ("C", "false")):
        (row,) = rows(path, now, ref)
        assert {name: text for name, text in row.items() if name not in hidden} == {"_value": value}


def test_alarms_have_the_last_number_in_each_window(path: DataPath, box: Document) -> None:
    assert values(rows(path, panel(box, "Alarms", row="sensor_1"))) == [29, 39, 40]


def test_the_last_in_a_window_is_the_newest_whoever_wrote_it(path: DataPath, specs: Specs) -> None:
    def said(minute: int, by: str, value: float, unit: str) -> tuple[str, str]:
        at, change = (
            f"2026-11-24T20:0{minute}:00Z",
            {"temperature": {"properties": {"value": value, "unit": unit}}},
        )
        headers = {"ditto-originator": by}
        return topic("many"), event("many", "/features", change, "merged", at, headers=headers, extra=ABSENT)

    path.publish([said(2, "z:device", 1, "old"), said(4, "a:operator", 2, "new")])
    for measurement, name, expected in (
        (NUMBERS, "value_temperature_properties_value", "2"),
        (TEXTS, "value_temperature_properties_unit", "new"),
    ):
        query = states(BUCKET, "live:many", name, measurement)

        def newest(query: str = query, expected: str = expected) -> bool:
            found = path.influxdb.query(query, "2026-11-24T20:00:00Z", "2026-11-24T20:30:00Z", "10m")
            return [row["_value"] for row in found] == [expected]

        eventually(newest, f"the newest {name} is shown")


def test_the_table_of_parts_has_a_row_for_each_value(path: DataPath, specs: Specs, box: Document) -> None:
    found = rows(path, panel(box, "All parts now", row="Parts"))
    assert [(row["thing"], row["property"], row["value"]) for row in found] == [
        (FIRST, "value_temperature_properties_fine", "false"),
        (FIRST, "value_temperature_properties_unit", "celsius"),
        (FIRST, "value_temperature_properties_value", "40"),
        (SECOND, "value_temperature_properties_value", "10"),
    ]

    hall = twin_dashboard("live:hall", specs, "source", BUCKET)
    found = rows(path, panel(hall, "All parts now", row="Parts"))
    assert [(row["thing"], row["value"]) for row in found] == [("live:box_1", "90")]


def test_a_type_compares_its_twins_a_line_each(path: DataPath, sensors: Document) -> None:
    found = rows(path, panel(sensors, "By twin (the 50 highest)", row="Temperature"))

    lines = {thing: values([row for row in found if row["thingId"] == thing]) for thing in (FIRST, SECOND)}
    assert lines == {FIRST: [25, 34.5, 40], SECOND: [10, 10, 10]}
    assert len(found) == 6


def test_a_type_ranks_its_twins_and_counts_them(path: DataPath, sensors: Document) -> None:
    ranking = rows(path, panel(sensors, "Now (the 50 highest)", row="Temperature"))
    count = rows(path, panel(sensors, "Twins with events"))

    assert {row["thingId"]: float(row["_value"]) for row in ranking} == {FIRST: 40, SECOND: 10}
    assert values(count) == [2]


def test_a_type_shows_the_lowest_mean_and_highest_of_all_its_twins(path: DataPath, sensors: Document) -> None:
    found = rows(path, panel(sensors, "Of all twins", row="Temperature"))

    lines = {
        name: values([row for row in found if row["what"] == name]) for name in ("lowest", "mean", "highest")
    }
    assert lines == {"lowest": [10, 10, 10], "mean": [17.5, 22.25, 25], "highest": [29, 39, 40]}


def test_a_type_without_any_values_shows_nothing_and_is_no_error(path: DataPath, specs: Specs) -> None:
    document = type_dashboard("live:sensor", specs, "source", BUCKET)
    for each in panels(document):
        for target in each["targets"]:
            none = target["query"].replace('"live:sensor"', '"live:nothing"')
            assert values(path.influxdb.query(none)) in ([], [0])


def test_a_unity_scene_gets_a_row_for_each_thing_with_its_values_as_columns(path: DataPath) -> None:
    spec = UnityPanelSpec(id="scene", twin="live:box_1", build="https://x/y", send=UnitySend(method="Update"))
    targets = unity_panel(spec, "folder", "source", BUCKET)["model"]

    numbers = {row.pop("thingId"): row for row in rows(path, targets, "A")}
    assert numbers["live:box_1"]["value_lid_properties_angle"] == "90"
    assert numbers[SECOND]["value_temperature_properties_value"] == "10"
    assert rows(path, targets, "B") == [{"thingId": FIRST, "value_temperature_properties_unit": "celsius"}]
    assert rows(path, targets, "C") == [{"thingId": FIRST, "value_temperature_properties_fine": "false"}]


def test_the_queries_that_upstreams_users_have_still_answer(path: DataPath) -> None:
    found = path.influxdb.query(
        'import "strings"\n'
        f'from(bucket: "{BUCKET}") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)'
        ' |> filter(fn: (r) => r["_measurement"] == "mqtt_consumer")'
        ' |> filter(fn: (r) => strings.hasPrefix(v: r["thingId"], prefix: "live:box_1:"))'
        ' |> filter(fn: (r) => r["_field"] == "value_temperature_properties_value")'
        ' |> filter(fn: (r) => r["originator"] == "nginx:ditto" and r["parent"] == "live:box_1")'
        ' |> group() |> keep(columns: ["_time", "_value", "thingId"]) |> sort(columns: ["_time"])'
    )
    assert len(found) == 40


def test_all_queries_of_all_dashboards_run(path: DataPath, specs: Specs) -> None:
    silent = []
    for dashboard in dashboards(specs, "source", BUCKET):
        for each in panels(dashboard.document):
            found = [row for target in each["targets"] for row in rows(path, each, target["refId"])]
            silent += [] if found or dashboard.uid == "opentwins-health" else [(dashboard.uid, each["title"])]
    # The second sensor has never told these.
    assert {title for _, title in silent} == {"temperature unit", "temperature fine"}


def test_the_health_of_the_platform_is_shown(path: DataPath) -> None:
    document = health_dashboard("source", BUCKET)

    path.influxdb.all_answer(
        {each["title"]: each["targets"][0]["query"] for each in panels(document)},
        meanwhile=lambda: path.publish([(topic("box_1"), "malformed")]),
    )
