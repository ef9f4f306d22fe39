import json
from typing import Any

from grafana.dashboards import dashboards, twin_dashboard
from grafana.names import twin_uid, type_uid
from tests.grafana.conftest import PUMPS, Declare
from tests.grafana.reading import overrides, panel, panels, queries
from twins.load import Specs
from twins.models import Document


def of(specs: Specs, twin: str = "plant:pump_1") -> Document:
    return twin_dashboard(twin, specs, "source", "a bucket")


def test_it_shows_each_property_of_the_twin_now_and_its_history(pumps: Specs) -> None:
    document = of(pumps)

    labels = ["pressure", "pressure axis x", "pressure axis y"]
    now = panel(document, "Now")
    assert [overrides(now, ref)["displayName"] for ref in "ABC"] == labels
    for title in labels:
        assert panel(document, title)["type"] == "timeseries"


def test_each_child_has_its_own_part_of_it(pumps: Specs) -> None:
    document = of(pumps)

    for child in ("motor_1", "motor_2"):
        query = panel(document, "Speed", row=child)["targets"][0]["query"]
        assert f'r.thingId == "plant:pump_1:{child}"' in query
        assert 'r._field == "value_speed_properties_value"' in query


def test_texts_and_booleans_are_shown_as_states(pumps: Specs) -> None:
    document = of(pumps)

    mode, locked = panel(document, "mode", row="motor_1"), panel(document, "mode locked", row="motor_1")
    assert (mode["type"], locked["type"]) == ("state-timeline", "state-timeline")
    assert "mqtt_consumer_text" in mode["targets"][0]["query"]
    assert "mqtt_consumer_boolean" in locked["targets"][0]["query"]


def test_hints_give_unit_range_digits_name_and_colours(pumps: Specs) -> None:
    document = of(pumps)
    steps = [
        {"value": None, "color": "blue"},
        {"value": 2500, "color": "orange"},
        {"value": 2800, "color": "red"},
    ]

    said = overrides(panel(document, "Now", row="motor_1"), "A")
    assert (said["displayName"], said["unit"], said["min"], said["max"]) == ("Speed", "rotrpm", 0, 3000)
    assert said["decimals"] == 0
    assert said["thresholds"] == {"mode": "absolute", "steps": steps}
    history = panel(document, "Speed", row="motor_1")["fieldConfig"]["defaults"]
    assert (history["unit"], history["min"], history["max"], history["decimals"]) == ("rotrpm", 0, 3000, 0)
    assert history["thresholds"]["steps"] == steps


def test_a_property_with_limits_has_alarms_and_no_other_has(pumps: Specs) -> None:
    document = of(pumps)

    alarms = panel(document, "Alarms", row="motor_1")
    assert [overrides(alarms, "A")["displayName"]] == ["Speed"]
    assert len(alarms["targets"]) == 1
    assert alarms["fieldConfig"]["defaults"]["color"] == {"mode": "thresholds"}
    assert sum(each["title"] == "Alarms" for each in panels(document)) == 2


def test_it_leads_up_to_its_parent_to_its_type_and_into_the_app(pumps: Specs) -> None:
    links = {link["title"]: link for link in of(pumps)["links"]}

    assert links["Up: Hall 7"]["url"] == f"/d/{twin_uid('plant:hall', pumps)}"
    assert links["Type: plant:pump"]["url"] == f"/d/{type_uid('plant:pump', pumps)}"
    assert links["In OpenTwins"]["url"] == "/a/ertis-opentwins-app/twins/plant:pump_1"


def test_it_leads_down_to_its_parts_by_a_tag_that_they_have(pumps: Specs) -> None:
    links = {link["title"]: link for link in of(pumps, "plant:hall")["links"]}

    (tag,) = links["Parts"]["tags"]
    assert links["Parts"]["type"] == "dashboards"
    tagged = [d.uid for d in dashboards(pumps, "source", "bucket") if tag in d.document["tags"]]
    assert tagged == [twin_uid("plant:pump_1", pumps)]


def test_no_link_leads_to_a_dashboard_that_is_not_made(declare: Declare) -> None:
    specs = declare(PUMPS.replace("attributes: {name: Hall 7}", "dashboard: false"))
    made = {d.uid for d in dashboards(specs, "source", "bucket")}

    assert twin_uid("plant:hall", specs) not in made
    assert [link["title"] for link in of(specs)["links"]] == ["Type: plant:pump", "In OpenTwins"]


def test_an_id_in_a_link_is_written_as_an_address_writes_it(declare: Declare) -> None:
    specs = declare('kind: Twin\nid: "n:a b?泵"\npolicy: plant:policy')

    assert of(specs, "n:a b?泵")["links"][0]["url"] == "/a/ertis-opentwins-app/twins/n:a%20b%3F%E6%B3%B5"


def test_the_same_specs_give_the_same_text_and_a_new_feature_moves_no_panels_id(declare: Declare) -> None:
    before, again = of(declare(PUMPS)), of(declare(PUMPS))
    assert json.dumps(before) == json.dumps(again)

    after = of(declare(PUMPS.replace("  pressure:", "  flow: {properties: {value: 0}}\n  pressure:")))
    assert {each["id"] for each in before["panels"]} < {each["id"] for each in after["panels"]}


def test_no_two_panels_have_one_id_or_lie_on_each_other(pumps: Specs) -> None:
    for document in (d.document for d in dashboards(pumps, "source", "bucket")):
        ids = [each["id"] for each in [*document["panels"], *panels(document)]]
        assert len({*ids}) == len({*map(json.dumps, [*document["panels"], *panels(document)])})
        assert_apart(document["panels"])


def test_panels_of_any_width_begin_a_new_line_where_there_is_no_room(declare: Declare) -> None:
    kinds = ("timeseries", "gauge", "timeseries", "gauge", "gauge")
    asked = ", ".join(f"{{feature: f{i}, kind: {kind}}}" for i, kind in enumerate(kinds))
    features = ", ".join(f"f{i}: {{properties: {{value: 0}}}}" for i in range(len(kinds)))
    specs = declare(
        f"kind: Twin\nid: n:w\npolicy: plant:policy\nfeatures: {{{features}}}\n---\n"
        f"kind: Dashboard\nid: own\ntwin: n:w\npanels: [{asked}]"
    )
    (document,) = (d.document for d in dashboards(specs, "source", "bucket") if d.uid == "own")

    assert_apart(document["panels"])
    places = [(each["gridPos"]["x"], each["gridPos"]["y"]) for each in document["panels"]]
    assert places == [(0, 0), (12, 0), (0, 8), (12, 8), (18, 8)]


def test_what_is_in_a_folded_row_has_places_of_its_own_below_it(declare: Declare) -> None:
    children = ", ".join(
        f"c{i}: {{features: {{f: {{properties: {{value: 0, level: 0}}}}}}}}" for i in range(5)
    )
    specs = declare(f"kind: Twin\nid: n:w\npolicy: plant:policy\nchildren: {{{children}}}")

    document = of(specs, "n:w")
    assert_apart(document["panels"])
    folded = [each for each in document["panels"] if each.get("panels")]
    assert len(folded) == 6
    for row in folded:
        assert_apart(row["panels"])
        assert min(each["gridPos"]["y"] for each in row["panels"]) == row["gridPos"]["y"] + 1


def assert_apart(shown: list[dict[str, Any]]) -> None:
    """No two panels lie on each other, and none sticks out of Grafana's 24 columns."""
    taken: set[tuple[int, int]] = set()
    for each in shown:
        place = each["gridPos"]
        assert place["x"] + place["w"] <= 24, each["title"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, each["title"]
        taken |= cells


def test_it_is_of_the_schema_of_the_grafana_that_runs_and_has_nothing_that_grafana_sets(pumps: Specs) -> None:
    document = of(pumps)

    assert document["schemaVersion"] == 42
    assert "id" not in document
    assert "version" not in document
    assert document["uid"] == twin_uid("plant:pump_1", pumps)


def test_all_queries_ask_the_bucket_and_the_data_source_that_were_given(pumps: Specs) -> None:
    document = of(pumps)

    assert all('from(bucket: "a bucket")' in query for query in queries(document))
    sources = [target["datasource"] for each in panels(document) for target in each["targets"]]
    assert sources
    assert all(source == {"type": "influxdb", "uid": "source"} for source in sources)


def test_a_tree_of_hundreds_of_things_shows_fifty_and_lists_the_others(declare: Declare) -> None:
    document = of(declare(PUMPS.replace("plant:motor: 2", "plant:motor: 300")))

    assert sum(each["title"] == "Now" for each in panels(document)) == 50
    assert 'prefix: "plant:pump_1:"' in panel(document, "All parts now", row="Parts")["targets"][0]["query"]


DECLARED = (
    PUMPS
    + """
---
kind: Dashboard
id: pump-one
twin: plant:pump_1
title: The pump
refresh: 1m
from: now-2d
"""
)


def test_a_declared_dashboard_replaces_the_generated_one_and_links_lead_to_it(declare: Declare) -> None:
    specs = declare(DECLARED)
    all_made = dashboards(specs, "source", "bucket")
    found = [d for d in all_made if "plant:pump_1" in json.dumps(d.document.get("links"))]

    (made,) = found
    document = made.document
    assert (document["uid"], document["title"], document["refresh"]) == ("pump-one", "The pump", "1m")
    assert document["time"] == {"from": "now-2d", "to": "now"}
    assert twin_uid("plant:pump_1", specs) == "pump-one"


def test_its_panels_replace_the_generated_ones(declare: Declare) -> None:
    specs = declare(
        DECLARED
        + """panels:
  - {feature: speed, child: motor_2, kind: gauge, title: How fast, max: 2000}
  - {feature: pressure, property: axis/x, kind: stat, unit: pressurebar, decimals: 2}
  - {feature: pressure}
  - {feature: mode, child: motor_1, kind: state}
"""
    )
    document = twin_dashboard("plant:pump_1", specs, "source", "b", specs.dashboards["pump-one"].spec)

    kinds = {each["title"]: each["type"] for each in panels(document)}
    assert kinds == {
        "How fast": "gauge",
        "pressure axis x": "stat",
        "pressure": "timeseries",
        "motor_1 / mode": "state-timeline",
    }
    fast = panel(document, "How fast")
    assert '"plant:pump_1:motor_2"' in fast["targets"][0]["query"]
    assert fast["fieldConfig"]["defaults"]["max"] == 2000
    assert fast["fieldConfig"]["defaults"]["unit"] == "rotrpm"
    axis = panel(document, "pressure axis x")["fieldConfig"]["defaults"]
    assert (axis["unit"], axis["decimals"]) == ("pressurebar", 2)


def test_excluded_features_have_no_panel(declare: Declare) -> None:
    specs = declare(DECLARED + "exclude: [speed]\n")
    document = twin_dashboard("plant:pump_1", specs, "source", "b", specs.dashboards["pump-one"].spec)

    assert not any("speed" in query for query in queries(document))
    assert any("pressure" in query for query in queries(document))
