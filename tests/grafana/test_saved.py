import json
from typing import Any

import pytest

from grafana.dashboards import twin_dashboard
from grafana.saved import SavedError, saved_dashboard
from twins.load import Specs

GOOD: dict[str, Any] = {
    "id": 17,
    "uid": "mine",
    "title": "Mine",
    "version": 4,
    "schemaVersion": 42,
    "panels": [],
    "tags": ["own"],
}


def test_an_exported_dashboard_is_taken_without_what_grafana_counts_by_itself() -> None:
    found = saved_dashboard(json.dumps(GOOD))

    assert found.uid == "mine"
    assert found.document == {
        "uid": "mine",
        "title": "Mine",
        "schemaVersion": 42,
        "panels": [],
        "tags": ["own"],
    }


def test_an_answer_of_the_api_is_taken_too() -> None:
    answer = json.dumps({"dashboard": GOOD, "meta": {"version": 4}})

    assert saved_dashboard(answer) == saved_dashboard(json.dumps(GOOD))


def test_a_generated_dashboard_that_was_exported_is_taken_as_it_is(pumps: Specs) -> None:
    generated = twin_dashboard("plant:pump_1", pumps, "source", "bucket")

    assert saved_dashboard(json.dumps(generated)).document == generated


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"uid": ', "line 1: this is not JSON"),
        ("[]", "this is not a dashboard"),
        (json.dumps(GOOD | {"schemaVersion": 30}), "schemaVersion: 30 is not 42; open it in Grafana 12.4"),
        (json.dumps(GOOD | {"schemaVersion": 43}), "schemaVersion: 43 is not 42"),
        (json.dumps(GOOD | {"schemaVersion": None}), "schemaVersion: None is not 42"),
        (
            json.dumps({"apiVersion": "dashboard.grafana.app/v2", "spec": {}}),
            "another format than the classic",
        ),
        (json.dumps(GOOD | {"elements": {}}), "another format than the classic"),
        (
            json.dumps(GOOD | {"__inputs": [{"name": "DS"}]}),
            "__inputs: this export leaves out which data source",
        ),
        (json.dumps(GOOD | {"uid": ""}), "uid: write one"),
        (json.dumps(GOOD | {"uid": "a b"}), "uid: write one"),
        (json.dumps(GOOD | {"title": " "}), "title: write one"),
        (json.dumps(GOOD | {"panels": None}), "panels: there are none"),
        (json.dumps(GOOD | {"refresh": float("nan")}), "NaN is no number in JSON"),
        (json.dumps(GOOD | {"adopt": "yes"}), "adopt: write true"),
    ],
)
def test_what_cannot_be_managed_is_refused_with_the_reason(text: str, told: str) -> None:
    with pytest.raises(SavedError, match=told):
        saved_dashboard(text)


def test_all_that_is_wrong_with_a_file_is_told_at_once() -> None:
    with pytest.raises(SavedError) as raised:
        saved_dashboard(json.dumps(GOOD | {"schemaVersion": 30, "uid": "", "title": ""}))

    assert [line.split(":")[0] for line in str(raised.value).splitlines()] == [
        "schemaVersion",
        "uid",
        "title",
    ]


def test_a_file_may_say_that_what_is_in_grafana_is_taken_over() -> None:
    found = saved_dashboard(json.dumps(GOOD | {"adopt": True}))

    assert found.adopt
    assert found.document == saved_dashboard(json.dumps(GOOD)).document
