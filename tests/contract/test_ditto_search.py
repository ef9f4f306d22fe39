"""Search: what the Extended API and the Grafana app ask for."""

from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.contract.client import Ditto, eventually

ROOT = "or(not(exists(attributes/_parents)),eq(attributes/_parents,null))"
TWIN, TYPE = "not(eq(attributes/_isType,true))", "eq(attributes/_isType,true)"


@pytest.fixture
def found(ditto: Ditto) -> Ditto:
    """A type and a tree of twins, seen by the search."""
    answer = ditto.send("GET", f"/api/2/search/things/count?namespaces={ditto.namespace}&timeout=10s")
    if answer.status_code != 200:
        pytest.skip("this Ditto runs without its search")
    policy = ditto.with_policy()
    things: dict[str, dict[str, Any]] = {
        "type": {"_isType": True, "name": "Type"},
        "root": {"_isType": False, "name": "Root", "floor": 2},
        "left": {"_isType": False, "_parents": ditto.id("root"), "name": "Left", "floor": 1},
        "right": {"_isType": False, "_parents": ditto.id("root"), "name": "Right"},
        "part": {"_isType": True, "_parents": {ditto.id("type"): 2}},
        "orphan": {"_parents": None},
    }
    for name, attributes in things.items():
        ditto.with_thing(name, policyId=policy, attributes=attributes)
    eventually(lambda: count(ditto, ""), lambda seen: seen == len(things))
    return ditto


def search(ditto: Ditto, query: str, more: str = "") -> requests.Response:
    return ditto.send("GET", f"/api/2/search/things?namespaces={ditto.namespace}&filter={quote(query)}{more}")


def names(answer: requests.Response) -> list[str]:
    return [item["thingId"].partition(":")[2] for item in answer.json()["items"]]


def count(ditto: Ditto, query: str) -> int:
    path = f"/api/2/search/things/count?namespaces={ditto.namespace}&filter={quote(query)}"
    return int(ditto.send("GET", path).text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"and({TWIN},{ROOT})", {"root", "orphan"}),
        (f"and({TYPE},{ROOT})", {"type"}),
        ("ne(attributes/_isType,true)", {"root", "left", "right", "orphan"}),
        ("eq(attributes/_parents,'{ns}:root')", {"left", "right"}),
        ("exists(attributes/_parents/{ns}:type)", {"part"}),
        ("eq(thingId,'{ns}:left')", {"left"}),
        ('like(attributes/name,"R*t")', {"root", "right"}),
        ("in(attributes/floor,1,2,3)", {"root", "left"}),
        ("gt(attributes/floor,1)", {"root"}),
    ],
)
def test_a_query_finds_what_it_describes(found: Ditto, query: str, expected: set[str]) -> None:
    query = query.replace("{ns}", found.namespace)
    assert set(names(search(found, query))) == expected
    assert count(found, query) == len(expected)


def test_pages_are_followed_by_their_cursor(found: Ditto) -> None:
    option = "&option=size(2),sort(%2BthingId)"
    seen: list[str] = []
    answer = search(found, TWIN, option)
    while "cursor" in answer.json():
        seen += names(answer)
        answer = search(found, TWIN, f"&option=size(2),cursor({answer.json()['cursor']})")
    assert seen + names(answer) == ["left", "orphan", "right", "root"]


def test_results_are_sorted_and_reduced_to_fields(found: Ditto) -> None:
    answer = search(found, "exists(attributes/name)", "&option=sort(-attributes/name)&fields=thingId")
    assert [list(item) for item in answer.json()["items"]] == [["thingId"]] * 4
    assert names(answer) == ["type", "root", "right", "left"]


@pytest.mark.parametrize("query", ["eq(attributes/a", "nonsense(a,1)"])
def test_what_is_no_query_is_refused(found: Ditto, query: str) -> None:
    assert search(found, query).status_code == 400


@pytest.mark.parametrize("option", ["size(0)", "size(201)", "nonsense(1)"])
def test_what_is_no_option_is_refused(found: Ditto, option: str) -> None:
    assert search(found, TWIN, f"&option={option}").status_code == 400
