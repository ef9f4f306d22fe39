"""A fleet's life: rows come, change, fail and go, and only their twins are touched, on each engine alike."""

import pytest

from tests.scenarios.stack import REAL_DITTO, Stack, told

FLEET = """\
apiVersion: opentwins/v1
kind: Type
id: city:sensor
policy: example:raspberry_policy
features: {noise: {properties: {level: null}}}
---
apiVersion: opentwins/v1
kind: Type
id: city:lamp
policy: example:raspberry_policy
attributes: {maker: somebody}
children: {city:sensor: 1}
---
apiVersion: opentwins/v1
kind: Fleet
id: lamps
type: city:lamp
rows: {csv: lamps.csv}
twin:
  id: "city:lamp_{number_plate}"
  attributes: {street: "{street}", height: "{height:int}"}
  features: {light: {properties: {on: false}}}
shards: 4
"""


def table(stack: Stack, rows: dict[str, tuple[str, int]]) -> None:
    lines = [f"{plate},{street},{height}" for plate, (street, height) in rows.items()]
    stack.write("lamps.csv", "\n".join(["number_plate,street,height", *lines, ""]))


ROWS = {f"{plate:03}": (f"Street {plate % 7}", 4) for plate in range(60)}


@pytest.fixture(scope="module")
def lamps(stack: Stack) -> Stack:
    stack.up()
    stack.write("fleet.yaml", FLEET)
    table(stack, ROWS)
    return stack


def fleet_changes(result: object) -> list[tuple[str, str]]:
    return [(op, of) for op, of, _ in told(result) if of in ("Fleet", "FleetShard")]  # type: ignore[arg-type]


def test_a_fleet_is_some_shards_and_its_preview_counts_the_twins(lamps: Stack) -> None:
    preview = lamps.preview()
    assert sorted(fleet_changes(preview)) == [("create", "Fleet"), *[("create", "FleetShard")] * 4]
    assert said(preview) == [
        "fleet lamps: adds 60 twins (city:lamp_000, city:lamp_001, city:lamp_002, city:lamp_003, "
        "city:lamp_004, …)"
    ]
    assert told(lamps.up()) == told(preview)
    twin = lamps.thing("city:lamp_042")
    assert twin["attributes"] == {
        "_isType": False,
        "_managedBy": "opentwins/sandbox/lamps",
        "height": 4,
        "maker": "somebody",
        "street": "Street 0",
        "type": "city:lamp",
    }
    assert twin["features"] == {"light": {"properties": {"on": False}}}
    assert lamps.thing("city:lamp_042:sensor")["attributes"]["_parents"] == "city:lamp_042"


def said(result: object) -> list[str]:
    return [line for line in result.messages if "fleet lamps" in line]  # type: ignore[attr-defined]


def test_a_second_up_changes_nothing(lamps: Stack) -> None:
    assert told(lamps.preview()) == []
    assert told(lamps.up()) == []


def test_one_row_changed_is_one_request(lamps: Stack) -> None:
    table(lamps, ROWS | {"007": ("Elsewhere", 5)})
    preview = lamps.preview()
    assert fleet_changes(preview) == [("update", "Fleet"), ("update", "FleetShard")]
    assert said(preview) == ["fleet lamps: changes 1 twin (city:lamp_007)"]
    lamps.writes()
    assert told(lamps.up()) == told(preview)
    if not REAL_DITTO:
        patch = {"attributes": {"height": 5, "street": "Elsewhere"}}
        assert lamps.writes() == [("PATCH", "/api/2/things/city:lamp_007", patch)]
    assert lamps.thing("city:lamp_007")["attributes"]["street"] == "Elsewhere"
