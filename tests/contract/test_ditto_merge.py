"""Merge patches: the leaves that differ, and what a null does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.client import JSON, MERGE, Ditto, refusal

PARTS: dict[str, Any] = {
    "definition": "example:thing:1.0",
    "attributes": {"room": "lab", "floor": {"number": 2}},
    "features": {"temperature": {"properties": {"value": 20.5, "unit": "C"}}, "humidity": {}},
}


def test_a_patch_changes_what_it_names_and_nothing_else(ditto: Ditto) -> None:
    path = ditto.with_thing(**PARTS)
    answer = ditto.send("PATCH", path, {"features": {"temperature": {"properties": {"value": 21}}}})
    assert (answer.status_code, answer.text, answer.headers["ETag"]) == (204, "", '"rev:2"')
    stored = ditto.send("GET", path).json()
    assert stored["features"]["temperature"]["properties"] == {"value": 21, "unit": "C"}
    assert stored["attributes"] == PARTS["attributes"]


@pytest.mark.parametrize(
    ("patch", "gone", "left"),
    [
        ({"attributes": {"floor": {"number": None}}}, "/attributes/floor/number", ("/attributes/floor", {})),
        ({"attributes": {"room": None}}, "/attributes/room", ("/attributes/floor/number", 2)),
        ({"attributes": None}, "/attributes", ("/features/humidity", {})),
        ({"features": {"humidity": None}}, "/features/humidity", ("/attributes/room", "lab")),
        (
            {"features": {"temperature": {"properties": {"unit": None}}}},
            "/features/temperature/properties/unit",
            ("/features/temperature/properties/value", 20.5),
        ),
        ({"features": None}, "/features", ("/attributes/room", "lab")),
        ({"definition": None}, "/definition", ("/attributes/room", "lab")),
    ],
    ids=str,
)
def test_a_null_removes_and_emptied_parents_stay(
    ditto: Ditto, patch: Any, gone: str, left: tuple[str, Any]
) -> None:
    path = ditto.with_thing(**PARTS)
    assert ditto.send("PATCH", path, patch).status_code == 204
    assert ditto.send("GET", path + gone).status_code == 404
    assert ditto.send("GET", path + left[0]).json() == left[1]


@pytest.mark.parametrize(
    "patch", [{"attributes": {"absent": None}}, {"attributes": {"room": "lab"}}], ids=str
)
def test_a_patch_that_changes_nothing_still_raises_the_revision(ditto: Ditto, patch: Any) -> None:
    path = ditto.with_thing(**PARTS)
    assert ditto.send("PATCH", path, patch).headers["ETag"] == '"rev:2"'


def test_the_order_of_keys_makes_no_difference_to_a_patch(ditto: Ditto) -> None:
    path = ditto.with_thing(attributes={"a": 1, "b": 2})
    answer = ditto.send("PATCH", path, {"attributes": {"b": 2, "a": 1}}, headers={"if-equal": "skip"})
    assert refusal(answer) == (412, "things:precondition.failed")


@pytest.mark.parametrize("word", ["skip", "skip-minimizing-merge"])
def test_a_patch_that_changes_nothing_can_be_skipped(ditto: Ditto, word: str) -> None:
    path = ditto.with_thing(**PARTS)
    answer = ditto.send("PATCH", path, {"attributes": {"room": "lab"}}, headers={"if-equal": word})
    assert refusal(answer) == (412, "things:precondition.failed")
    assert ditto.send("GET", path).headers["ETag"] == '"rev:1"'


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("{}", "things:merge.invalid"),
        ("null", "things:merge.invalid"),
        ("[]", "json.invalid"),
        ('{"unknown": 1}', "things:merge.invalid"),
        ('{"policyId": null}', "things:policyId.notdeletable"),
        ('{"thingId": "another:thing"}', "things:id.notsettable"),
        ('{"attributes": {"a/b": 1}}', "json.key.invalid"),
    ],
)
def test_what_is_no_patch_is_refused(ditto: Ditto, patch: str, expected: str) -> None:
    path = ditto.with_thing(**PARTS)
    assert refusal(ditto.send("PATCH", path, patch)) == (400, expected)
    assert ditto.send("GET", path).headers["ETag"] == '"rev:1"'


def test_a_patch_of_a_missing_thing_creates_it_without_the_nulls(ditto: Ditto) -> None:
    patch = {"policyId": ditto.with_policy(), "attributes": {"a": None, "b": 1, "c": {"d": None}}}
    answer = ditto.send("PATCH", ditto.thing_path(), patch)
    assert answer.status_code == 201
    assert answer.json()["attributes"] == {"b": 1, "c": {}}


def test_nulls_in_arrays_are_values(ditto: Ditto) -> None:
    path = ditto.with_thing(**PARTS)
    ditto.send("PATCH", path, {"attributes": {"list": [{"a": None}, 2]}})
    assert ditto.send("GET", path + "/attributes/list").json() == [{"a": None}, 2]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [(MERGE, 204), (f"{MERGE}; charset=utf-8", 204), (JSON, 415), ("application/json-patch+json", 415)],
)
def test_a_patch_says_that_it_is_a_merge_patch(ditto: Ditto, content_type: str, status: int) -> None:
    path = ditto.with_thing(**PARTS)
    answer = ditto.send("PATCH", path, {"attributes": {"room": "hall"}}, content_type=content_type)
    assert answer.status_code == status
    if status == 415:
        assert refusal(answer) == (415, "mediatype.unsupported")
        assert MERGE in answer.json()["description"]


def test_a_part_is_patched_at_its_own_path(ditto: Ditto) -> None:
    path = ditto.with_thing(**PARTS)
    answer = ditto.send("PATCH", path + "/attributes", {"room": None, "door": 1})
    assert answer.status_code == 204
    assert answer.headers["ETag"].startswith('"hash:')
    assert ditto.send("GET", path + "/attributes").json() == {"floor": {"number": 2}, "door": 1}


def test_patches_of_one_thing_at_once_lose_none(ditto: Ditto) -> None:
    path = ditto.with_thing(attributes={})
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda n: ditto.send("PATCH", path, {"attributes": {f"k{n}": n}}), range(40))
        )
    assert {answer.status_code for answer in answers} == {204}
    assert len({answer.headers["ETag"] for answer in answers}) == 40
    assert len(ditto.send("GET", path + "/attributes").json()) == 40
