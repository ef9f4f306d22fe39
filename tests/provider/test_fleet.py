"""A fleet's twins are made, changed and removed row by row, and whatever goes wrong holds up nothing else."""

import json
from pathlib import Path

import pytest

from provider import http
from provider.errors import ProviderError
from provider.fleet import FleetShardProvider
from tests.provider.conftest import Ditto, Stack
from tests.provider.documents import OTHER, OWNER, policy, thing
from tests.provider.fleets import MARKER, SPEC, FleetStack, some
from twins.fleet import store


@pytest.fixture
def fleet(with_policy: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FleetStack:
    monkeypatch.setattr(store, "CACHE", tmp_path / "cache")
    return FleetStack(with_policy, tmp_path / "specs")


def test_each_row_is_one_request(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(50))
    assert fleet.preview().startswith("adds 50 twins (city:lamp_0")
    assert ditto.requests() == []
    fleet.up()
    assert sorted(ditto.requests()) == sorted(
        ("PUT", f"/api/2/things/city:lamp_{plate}") for plate in some(50)
    )
    assert fleet.stack.live("city:lamp_008") == {
        "thingId": "city:lamp_008",
        "policyId": "my:policy",
        "attributes": {"_isType": False, "_managedBy": MARKER, "street": "Street 1", "height": 4},
        "features": {"light": {"properties": {"on": False, "level": 0}}},
    }


def test_nothing_changed_is_no_request(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(50))
    fleet.up()
    ditto.record.clear()
    assert fleet.preview() == ""
    fleet.up()
    assert ditto.requests() == []


def test_one_row_changed_is_one_request_of_what_changed(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(50))
    fleet.up()
    ditto.device_writes("city:lamp_007", "/features/light/properties/level", 99)
    fleet.write(some(50) | {"007": ("Elsewhere", 4, 0)})
    assert fleet.preview() == "changes 1 twin (city:lamp_007)"
    fleet.up()
    [request] = ditto.writes()
    assert request.method == "PATCH"
    assert json.loads(request.body) == {"attributes": {"street": "Elsewhere", "height": 4}}
    assert fleet.stack.live("city:lamp_007")["features"]["light"]["properties"]["level"] == 99


def test_an_initial_value_changed_is_written(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(50))
    fleet.up()
    ditto.record.clear()
    fleet.write(some(50) | {"007": ("Street 0", 4, 5)})
    fleet.up()
    [request] = ditto.writes()
    assert json.loads(request.body) == {"features": {"light": {"properties": {"level": 5}}}}


def test_rows_that_come_and_go_touch_no_others(fleet: FleetStack, ditto: Ditto) -> None:
    rows = some(50)
    fleet.write(rows)
    fleet.up()
    ditto.record.clear()
    del rows["003"]
    fleet.write({"new": ("First", 1, 1), **rows})
    assert fleet.preview() == "adds 1 twin (city:lamp_new), removes 1 twin (city:lamp_003)"
    fleet.up()
    assert sorted(ditto.requests()) == [
        ("DELETE", "/api/2/things/city%3Alamp_003"),
        ("PUT", "/api/2/things/city:lamp_new"),
    ]


def test_a_fleet_that_retains_leaves_its_twins_where_they_are(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(20), SPEC + "retain: true\n")
    fleet.up()
    ditto.record.clear()
    fleet.write(some(15), SPEC + "retain: true\n")
    assert fleet.preview().startswith("retains 5 twins (city:lamp_015, ")
    fleet.up()
    fleet.destroy()
    assert ditto.requests() == []


def test_destroy_removes_all_twins_that_are_still_ours(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(20))
    fleet.up()
    ditto.device_writes("city:lamp_011", "/attributes/_managedBy", "somebody else")
    fleet.destroy()
    assert fleet.stack.reach.ditto.thing("city:lamp_012") is None
    assert fleet.stack.reach.ditto.thing("city:lamp_011") is not None
    assert any("city:lamp_011 is left where it is" in line for line in fleet.stack.said)


def test_a_template_that_changes_changes_each_twin_by_one_request(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(20))
    fleet.up()
    ditto.record.clear()
    fleet.write(some(20), SPEC.replace('height: "{height:int}"', 'height: "{height:int}", made: 2026'))
    assert fleet.preview().startswith("changes 20 twins (city:lamp_000, ")
    fleet.up()
    assert {request.body for request in ditto.writes()} == {'{"attributes":{"made":2026}}'}
    assert len(ditto.writes()) == 20


def test_a_tree_for_each_row(fleet: FleetStack, ditto: Ditto) -> None:
    types = "apiVersion: opentwins/v1\nkind: Type\nid: city:{}\npolicy: my:policy\nchildren: {}\n---\n"
    spec = (
        types.format("bulb", "{}")
        + types.format("lamp", "{city:bulb: 2}")
        + SPEC.replace("policy: my:policy\nrows", "type: city:lamp\nrows")
    )
    fleet.write(some(5), spec)
    fleet.up()
    assert len(ditto.writes()) == 15
    of_one = [path for _, path in ditto.requests() if "lamp_003" in path]
    assert of_one[0] == "/api/2/things/city:lamp_003"
    assert set(of_one[1:]) == {f"/api/2/things/city:lamp_003:bulb_{number}" for number in (1, 2)}

    fleet.write(some(4), spec.replace("city:bulb: 2", "city:bulb: 1"))
    fleet.up()
    assert {
        entity
        for entity in ("", ":bulb", ":bulb_1", ":bulb_2")
        if fleet.stack.reach.ditto.thing(f"city:lamp_003{entity}")
    } == {"", ":bulb"}
    assert not [
        1 for entity in ("", ":bulb_1", ":bulb_2") if fleet.stack.reach.ditto.thing(f"city:lamp_004{entity}")
    ]


def test_rows_that_fail_are_named_and_only_they_are_tried_again(fleet: FleetStack, ditto: Ditto) -> None:
    reach = fleet.stack.reach
    reach.ditto.create_thing("city:lamp_004", thing("city:lamp_004", owner=OTHER))
    reach.ditto.create_thing("city:lamp_009", thing("city:lamp_009"))
    ditto.record.clear()
    fleet.write(some(20))
    error = fleet.refused()
    assert "row 5 (city:lamp_004): thing city:lamp_004 exists already and is not this stack's" in error
    assert "row 10 (city:lamp_009)" in error
    assert error.count("row ") == 2
    assert all(reach.ditto.thing(f"city:lamp_{plate}") for plate in some(20))
    for plate in ("004", "009"):
        reach.ditto.delete_thing(f"city:lamp_{plate}", "exists(attributes/_isType)")
    ditto.record.clear()
    assert fleet.preview() == "adds 2 twins (city:lamp_004, city:lamp_009)"
    fleet.up()
    assert sorted(ditto.requests()) == [
        ("PUT", "/api/2/things/city:lamp_004"),
        ("PUT", "/api/2/things/city:lamp_009"),
    ]


def test_a_fleet_that_adopts_takes_over_what_there_is(fleet: FleetStack) -> None:
    fleet.stack.reach.ditto.create_thing("city:lamp_004", thing("city:lamp_004", owner=OTHER, theirs=1))
    fleet.write(some(20), SPEC + "adopt: true\n")
    fleet.up()
    attributes = fleet.stack.live("city:lamp_004")["attributes"]
    assert attributes == {
        "_isType": False,
        "_managedBy": MARKER,
        "street": "Street 4",
        "height": 4,
        "theirs": 1,
    }


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(30))
    fleet.up()
    fleet.state.clear()  # nothing was remembered
    for plate in ("004", "009"):
        fleet.stack.reach.ditto.delete_thing(f"city:lamp_{plate}", "exists(attributes/_isType)")
    ditto.device_writes("city:lamp_007", "/features/light/properties/level", 99)
    fleet.up()
    made = [request for request in ditto.writes() if request.status in (201, 204)]
    assert sorted(request.path for request in made) == [
        f"/api/2/things/city:lamp_{plate}" for plate in ("004", "009")
    ]
    assert fleet.stack.live("city:lamp_007")["features"]["light"]["properties"]["level"] == 99


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_obeyed(fleet: FleetStack, ditto: Ditto, status: int) -> None:
    ditto.faults.refuse, ditto.faults.status, ditto.faults.only = 12, status, "PUT /api/2/things"
    fleet.write(some(30))
    fleet.up()
    answers = [request.status for request in ditto.writes()]
    assert answers.count(201) == 30
    assert answers.count(status) == 12


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("gone", [False, True])
def test_a_server_that_does_nothing_any_more_is_not_asked_for_every_row(
    fleet: FleetStack, ditto: Ditto, monkeypatch: pytest.MonkeyPatch, status: int, gone: bool
) -> None:
    monkeypatch.setattr(http, "ATTEMPTS", 2)
    fleet.write(some(600))
    fleet.up()
    ditto.record.clear()
    ditto.faults.refuse, ditto.faults.status = 1_000_000, status
    ditto.faults.only = "DELETE /api/2/things" if gone else "PATCH /api/2/things"
    if gone:
        with pytest.raises(ProviderError, match="nothing gets through any more"):
            fleet.destroy()
    else:
        fleet.write(dict.fromkeys(some(600), ("Elsewhere", 5, 0)))
        assert "was given up: nothing gets through any more" in fleet.refused()
    assert len(ditto.writes()) < 300
    ditto.faults.refuse = 0
    if gone:
        fleet.destroy()
        assert fleet.stack.reach.ditto.thing("city:lamp_000") is None
    else:
        fleet.up()
        assert fleet.stack.live("city:lamp_599")["attributes"]["street"] == "Elsewhere"


def test_connections_that_break_are_made_anew(fleet: FleetStack, ditto: Ditto) -> None:
    ditto.faults.drop, ditto.faults.drop_after, ditto.faults.only = 5, 5, "PUT /api/2/things"
    fleet.write(some(30))
    fleet.up()
    assert len([1 for plate in some(30) if fleet.stack.reach.ditto.thing(f"city:lamp_{plate}")]) == 30


def test_what_ditto_refuses_is_told_row_by_row(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(
        some(30),
        SPEC.replace("policy: my:policy\nrows", "policy: my:other\nrows").replace(
            "id: my:policy", "id: my:other"
        ),
    )
    error = fleet.refused()
    assert "my:other" in error
    assert "(404 policies:policy.notfound)" in error
    assert len(error.splitlines()) <= 22
    fleet.stack.reach.ditto.create_policy("my:other", policy("my:other", OWNER))
    ditto.record.clear()
    fleet.up()
    assert len(ditto.writes()) == 30


def test_a_table_that_changes_while_it_is_applied_stops_the_run(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(30))
    inputs = fleet.inputs()
    provider = fleet.stack.provider(FleetShardProvider)
    provider.check({}, dict(inputs[0]))
    table = fleet.folder / "lamps.csv"
    table.write_text(table.read_text().replace("Street", "Avenue"))
    outs = provider.create(dict(inputs[0])).outs
    assert outs is not None
    assert "lamps.csv was changed while it was read; let it be finished, and run again" in outs["failed"][0]
    assert ditto.writes() == []
    fleet.state[0] = outs
    fleet.up()
    assert fleet.stack.live("city:lamp_008")["attributes"]["street"] == "Avenue 1"


def test_a_table_that_gets_other_columns_stops_the_run(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(30))
    inputs = fleet.inputs()
    provider = fleet.stack.provider(FleetShardProvider)
    provider.check({}, dict(inputs[0]))
    table = fleet.folder / "lamps.csv"
    table.write_text(table.read_text().replace("street", "road"))
    outs = provider.create(dict(inputs[0])).outs
    assert outs is not None
    assert "shard 0 was given up: there is no column street; add it, and run again" in outs["failed"][0]
    assert ditto.writes() == []


def test_the_number_of_shards_is_fixed(fleet: FleetStack) -> None:
    fleet.write(some(30))
    fleet.up()
    fleet.write(some(30), SPEC.replace("shards: 3", "shards: 2"))
    with pytest.raises(AssertionError, match="it has 3 shards, and that is fixed once the fleet exists"):
        fleet.up()


def test_a_password_that_changes_is_read_anew(fleet: FleetStack, ditto: Ditto) -> None:
    fleet.write(some(5))
    assert fleet.stack.reach.crowd is not None
    fleet.stack.reach.crowd._way._headers = b"Host: here\r\nAuthorization: Basic bm9ib2R5Om5vdGhpbmc=\r\n"  # type: ignore[attr-defined]
    fleet.up()
    assert len([1 for request in ditto.writes() if request.status == 201]) == 5


def test_a_refresh_sees_what_became_of_the_twins_and_the_next_run_repairs_just_that(
    fleet: FleetStack, ditto: Ditto
) -> None:
    fleet.write(some(30))
    fleet.up()
    ditto.device_writes("city:lamp_003", "/attributes/street", "Elsewhere")
    ditto.device_writes("city:lamp_004", "/features/light/properties/level", 99)  # which is the device's
    ditto.device_writes("city:lamp_005", "/attributes/_managedBy", "somebody else")
    fleet.stack.reach.ditto.delete_thing("city:lamp_006", "exists(attributes/_isType)")
    ditto.record.clear()
    fleet.refresh()
    assert not ditto.writes()
    assert len(ditto.requests()) == 3
    assert fleet.preview() == "adds 2 twins (city:lamp_005, city:lamp_006), changes 1 twin (city:lamp_003)"
    error = fleet.refused()
    assert "city:lamp_005 exists already and is not this stack's" in error
    assert fleet.stack.live("city:lamp_003")["attributes"]["street"] == "Street 3"
    assert fleet.stack.live("city:lamp_006")["attributes"]["street"] == "Street 6"
    assert fleet.stack.live("city:lamp_004")["features"]["light"]["properties"]["level"] == 99
    assert fleet.preview() == "adds 1 twin (city:lamp_005)"


def test_a_refresh_without_drift_changes_nothing(fleet: FleetStack) -> None:
    fleet.write(some(30))
    fleet.up()
    before = {shard: dict(props) for shard, props in fleet.state.items()}
    fleet.refresh()
    assert fleet.state == before


def test_a_refresh_whose_table_is_another_one_by_now_sees_what_is_gone(fleet: FleetStack) -> None:
    fleet.write(some(30))
    fleet.up()
    fleet.write(dict.fromkeys(some(30), ("New", 1, 1)))
    fleet.stack.reach.ditto.delete_thing("city:lamp_006", "exists(attributes/_isType)")
    fleet.refresh()
    assert fleet.preview().startswith("adds 1 twin (city:lamp_006), changes 29 twins (")
