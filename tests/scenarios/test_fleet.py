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


def test_rows_that_fail_are_named_and_the_next_up_makes_just_those(lamps: Stack) -> None:
    theirs = {"policyId": "example:raspberry_policy", "attributes": {"_managedBy": "somebody else"}}
    lamps.ditto("PUT", "/things/city:lamp_new_1", json=theirs)
    table(lamps, ROWS | {"new_1": ("Street 1", 1), "new_2": ("Street 2", 2)})
    result = lamps.engine.up()
    assert result.error is not None
    assert "row 61 (city:lamp_new_1): thing city:lamp_new_1 exists already" in result.error
    assert lamps.thing("city:lamp_new_2")["attributes"]["street"] == "Street 2"

    lamps.ditto("DELETE", "/things/city:lamp_new_1")
    if not REAL_DITTO:
        lamps.writes()
    assert said(lamps.preview()) == ["fleet lamps: adds 1 twin (city:lamp_new_1)"]
    lamps.up()
    if not REAL_DITTO:
        made = [path for _, path, _ in lamps.writes()]
        assert made == ["/api/2/things/city:lamp_new_1", "/api/2/things/city:lamp_new_1:sensor"]
    assert told(lamps.preview()) == []


def test_a_row_removed_deletes_its_twin_with_its_children(lamps: Stack) -> None:
    table(lamps, {plate: row for plate, row in ROWS.items() if plate != "011"})
    preview = lamps.preview()
    assert said(preview) == ["fleet lamps: removes 3 twins (city:lamp_011, city:lamp_new_1, city:lamp_new_2)"]
    lamps.up()
    assert lamps.absent("city:lamp_011")
    assert lamps.absent("city:lamp_011:sensor")
    assert lamps.thing("city:lamp_012")


def test_what_others_did_is_seen_by_a_refresh_and_repaired(lamps: Stack) -> None:
    lamps.ditto("PUT", "/things/city:lamp_020/attributes/street", json="Elsewhere")
    lamps.ditto("DELETE", "/things/city:lamp_021")
    assert told(lamps.engine.refresh())
    assert said(lamps.preview()) == [
        "fleet lamps: adds 1 twin (city:lamp_021), changes 1 twin (city:lamp_020)"
    ]
    lamps.up()
    assert lamps.thing("city:lamp_020")["attributes"]["street"] == "Street 6"
    assert lamps.thing("city:lamp_021")["attributes"]["street"] == "Street 0"
    assert told(lamps.preview()) == []


def test_a_plan_that_would_change_too_many_twins_is_refused(lamps: Stack) -> None:
    table(lamps, dict.fromkeys(ROWS, ("Street", 1)))
    result = lamps.engine.preview()
    assert result.error is not None
    assert "more than the share of 30% that opentwins:twins.maxChangeShare allows" in result.error


def test_a_table_with_mistakes_stops_everything_before_any_write(lamps: Stack) -> None:
    table(lamps, ROWS | {"a/b": ("Street", 1)})
    if not REAL_DITTO:
        lamps.writes()
    result = lamps.engine.up()
    assert result.error is not None
    assert "lamps.csv:62: row 61: the id 'city:lamp_a/b' is not allowed" in result.error
    if not REAL_DITTO:
        assert lamps.writes() == []


def test_a_fleet_that_is_not_declared_any_more_is_removed(lamps: Stack) -> None:
    (lamps.specs / "fleet.yaml").unlink()
    lamps.set("twins", {"deadline": 120, "allowMassChange": True})
    result = lamps.up()
    removed = [each for each in fleet_changes(result) if each[0] == "delete"]
    assert sorted(removed) == [("delete", "Fleet"), *[("delete", "FleetShard")] * 4]
    assert lamps.absent("city:lamp_042")
    assert lamps.absent("city:lamp_042:sensor")
