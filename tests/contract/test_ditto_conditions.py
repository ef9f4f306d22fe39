"""Requests that depend on what is there: entity tags and conditions."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.client import Ditto, refusal


@pytest.mark.parametrize(
    ("method", "body"), [("PUT", {"attributes": {}}), ("PATCH", {"attributes": {"a": 2}}), ("DELETE", None)]
)
def test_a_wrong_tag_keeps_a_thing_as_it_is(ditto: Ditto, method: str, body: object) -> None:
    path = ditto.with_thing(attributes={"a": 1})
    answer = ditto.send(method, path, body, headers={"If-Match": '"rev:9"'})
    assert refusal(answer) == (412, "things:precondition.failed")
    assert answer.headers["ETag"] == '"rev:1"'
    assert ditto.send("GET", path).json()["attributes"] == {"a": 1}


def test_one_right_tag_of_several_is_enough(ditto: Ditto) -> None:
    path = ditto.with_thing()
    answer = ditto.send("PUT", path, {"attributes": {}}, headers={"If-Match": '"rev:9", "rev:1"'})
    assert answer.status_code == 204


def test_a_tag_without_quotes_is_an_invalid_header(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.with_thing(), {}, headers={"If-Match": "rev:1"})
    assert refusal(answer) == (400, "header.invalid")
    assert answer.json()["invalidHeaderKey"] == "if-match"


def test_a_missing_thing_is_not_found_rather_than_unmatched_when_deleted(ditto: Ditto) -> None:
    answer = ditto.send("DELETE", ditto.thing_path(), headers={"If-Match": "*"})
    assert refusal(answer) == (404, "things:thing.notfound")


def test_who_has_the_current_state_is_told_so(ditto: Ditto) -> None:
    path = ditto.with_thing()
    assert ditto.send("GET", path, headers={"If-None-Match": '"rev:1"'}).status_code == 304
    assert ditto.send("GET", path, headers={"If-None-Match": '"rev:2"'}).status_code == 200


def test_of_many_updates_with_one_tag_one_wins(ditto: Ditto) -> None:
    path = ditto.with_thing(attributes={})

    def update(number: int) -> int:
        headers = {"If-Match": '"rev:1"'}
        return ditto.send("PATCH", path, {"attributes": {"n": number}}, headers=headers).status_code

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(update, range(12))) == [204, *[412] * 11]


def test_of_many_creations_of_one_thing_one_wins(ditto: Ditto) -> None:
    body = {"policyId": ditto.with_policy()}

    def create(_: int) -> int:
        return ditto.send("PUT", ditto.thing_path(), body, headers={"If-None-Match": "*"}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(create, range(12))) == [201, *[412] * 11]


TWIN: dict[str, Any] = {"_isType": False, "_parents": "a:parent", "count": 3, "name": "it's", "nothing": None}

HOLDS = [
    "eq(attributes/_isType,false)",
    "not(eq(attributes/_isType,true))",
    "ne(attributes/_isType,true)",
    "eq(attributes/_parents,'a:parent')",
    'eq(attributes/_parents,"a:parent")',
    "exists(attributes/_parents)",
    "not(exists(attributes/none))",
    "and(eq(attributes/count,3),gt(attributes/count,2.5))",
    "or(eq(attributes/count,4),le(attributes/count,3))",
    "in(attributes/count,1,2,3)",
    'like(attributes/_parents,"a:*")',
    "eq(_revision,1)",
    'eq(thingId,"{thing}")',
    "eq(attributes/_isType,'false')",  # a condition compares different kinds by their texts
    "eq(attributes/count,'3')",
    "exists(attributes/nothing)",
    "eq(attributes/nothing,null)",
]
FAILS = [
    "eq(attributes/_isType,true)",
    "eq(attributes/none,1)",
    "not(exists(attributes/count))",
    "lt(attributes/count,3)",
    "and(eq(attributes/count,3),eq(attributes/count,4))",
    'like(attributes/_parents,"b*")',
]


@pytest.mark.parametrize("condition", HOLDS)
def test_a_condition_that_holds_lets_a_request_through(ditto: Ditto, condition: str) -> None:
    path = ditto.with_thing(attributes=TWIN)
    condition = condition.format(thing=ditto.id("thing"))
    answer = ditto.send("GET", path, headers={"condition": condition})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("condition", FAILS)
def test_a_condition_that_does_not_hold_stops_a_request(ditto: Ditto, condition: str) -> None:
    path = ditto.with_thing(attributes=TWIN)
    for method, body in (("GET", None), ("PATCH", {"attributes": {"x": 1}}), ("DELETE", None)):
        answer = ditto.send(method, f"{path}?condition={condition}", body)
        assert refusal(answer) == (412, "things:condition.failed"), method
    assert ditto.send("GET", path).headers["ETag"] == '"rev:1"'


@pytest.mark.parametrize(
    "condition",
    [
        "eq(attributes/a",
        "nonsense(attributes/a,1)",
        "eq(attributes/a,)",
        "eq(attributes/a, 1)",
        "exists(features)",
    ],
)
def test_a_condition_that_is_no_query_is_refused(ditto: Ditto, condition: str) -> None:
    answer = ditto.send("GET", f"{ditto.with_thing()}?condition={condition}")
    assert answer.status_code == 400
