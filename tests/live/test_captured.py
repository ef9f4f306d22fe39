"""The events that a Ditto 3.9.6 really sent, replayed: one thing through all changes that its API knows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from grafana.queries import BOOLEANS, NUMBERS, TEXTS
from tests.live.conftest import DataPath, data_path
from tests.live.programs import BUCKET, eventually

EVENTS = (Path(__file__).parent / "captured.jsonl").read_text().splitlines()

THING = "captured:a"


@pytest.fixture(scope="module")
def path(binaries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataPath]:
    with data_path(binaries, tmp_path_factory.mktemp("path")) as path:
        path.publish([("opentwins/twin/events/captured/a", each) for each in EVENTS])
        eventually(lambda: series(path, NUMBERS, "value_q_properties_value") == ["1"], "the last is stored")
        yield path


def series(path: DataPath, measurement: str, field: str) -> list[str]:
    rows = path.influxdb.query(
        f'from(bucket: "{BUCKET}") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)'
        f' |> filter(fn: (r) => r._measurement == "{measurement}" and r.thingId == "{THING}"'
        f' and r._field == "{field}") |> group() |> sort(columns: ["_time"])'
    )
    return [row["_value"] for row in rows]


def test_a_value_that_was_set_in_seven_ways_is_one_series(path: DataPath) -> None:
    assert series(path, NUMBERS, "value_t_properties_value") == ["21.5", "22", "23", "24", "25", "26", "27"]


def test_what_stands_beside_it_is_in_its_place(path: DataPath) -> None:
    assert series(path, TEXTS, "value_t_properties_unit") == ["C"]
    assert series(path, NUMBERS, "value_t_properties_o_a_b") == ["1"]
    assert series(path, NUMBERS, "value_t_desiredProperties_value") == ["5"]
    assert series(path, NUMBERS, "value_q_properties_big") == ["9007199254740992"]


def test_nothing_else_is_stored(path: DataPath) -> None:
    rows = path.influxdb.query(
        f'from(bucket: "{BUCKET}") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)'
        f' |> filter(fn: (r) => r.thingId == "{THING}")'
    )

    assert len(rows) == 7 + 5
    assert {row["_measurement"] for row in rows} <= {NUMBERS, TEXTS, BOOLEANS}


def test_the_events_are_of_all_actions_and_of_all_depths() -> None:
    events = [json.loads(each) for each in EVENTS]

    assert {each["topic"].rpartition("/")[2] for each in events} == {
        "created",
        "modified",
        "merged",
        "deleted",
    }
    assert {each["path"].count("/") if each["path"] != "/" else 0 for each in events} == {0, 1, 2, 3, 4}
