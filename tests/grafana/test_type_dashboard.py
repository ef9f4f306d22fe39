from grafana.dashboards import dashboards, type_dashboard
from tests.grafana.conftest import PUMPS, Declare
from tests.grafana.reading import panel, panels, queries
from twins.load import Specs


def test_it_compares_each_number_of_the_types_twins(pumps: Specs) -> None:
    document = type_dashboard("plant:motor", pumps, "source", "bucket")

    rows = [each["title"] for each in document["panels"] if each["type"] == "row"]
    assert rows == ["Speed"]
    assert all('r.type == "plant:motor"' in query for query in queries(document))


def test_a_line_is_called_by_its_thing_and_leads_to_it_in_the_app(pumps: Specs) -> None:
    document = type_dashboard("plant:motor", pumps, "source", "bucket")
    defaults = panel(document, "By twin (the 50 highest)", row="Speed")["fieldConfig"]["defaults"]

    assert defaults["displayName"] == "${__field.labels.thingId}"
    (link,) = defaults["links"]
    assert link["url"] == "/a/ertis-opentwins-app/twins/${__field.labels.thingId}"
    assert (defaults["unit"], defaults["max"]) == ("rotrpm", 3000)


def test_it_leads_to_the_type_in_the_app(pumps: Specs) -> None:
    (link,) = type_dashboard("plant:motor", pumps, "source", "bucket")["links"]

    assert link["url"] == "/a/ertis-opentwins-app/types/plant:motor"


def test_a_type_without_features_has_none(declare: Declare) -> None:
    specs = declare("kind: Type\nid: n:bare\npolicy: plant:policy\nchildren: {}")

    assert [d.uid for d in dashboards(specs, "source", "bucket")] == ["opentwins-health"]


def test_a_declared_one_says_what_is_compared_and_how_it_looks(declare: Declare) -> None:
    specs = declare(
        PUMPS
        + """
---
kind: Dashboard
id: motors
type: plant:motor
title: All motors
panels: [{feature: speed, unit: percent, min: 0, max: 100}]
"""
    )
    found = [d for d in dashboards(specs, "source", "bucket") if d.uid.startswith("type-plant-motor")]
    document = type_dashboard("plant:motor", specs, "source", "bucket", specs.dashboards["motors"].spec)

    assert found == []
    assert (document["uid"], document["title"]) == ("motors", "All motors")
    shown = [each["fieldConfig"]["defaults"] for each in panels(document) if each["title"] == "Of all twins"]
    assert [(each["unit"], each["max"]) for each in shown] == [("percent", 100)]
