"""Rights on parts of a thing: the nearest entry decides, a revoke beats a grant."""

from typing import Any

import pytest

from tests.contract.client import WHOLE, Ditto, entry, refusal

THING: dict[str, Any] = {
    "attributes": {"open": 1, "secret": {"code": 7}},
    "features": {"temperature": {"properties": {"value": 20}}, "hidden": {"properties": {"value": 1}}},
}


def revoked(*paths: str, rights: tuple[str, ...] = ("READ", "WRITE")) -> dict[str, Any]:
    """Return the entry of someone who may everything but these paths."""
    return entry(resources=WHOLE | {f"thing:{path}": {"grant": [], "revoke": list(rights)} for path in paths})


@pytest.fixture
def thing(ditto: Ditto) -> str:
    return ditto.with_thing(**THING)


def test_what_may_not_be_read_is_left_out(ditto: Ditto, thing: str) -> None:
    ditto.with_policy("policy", owner=revoked("/attributes/secret", "/features/hidden"))
    stored = ditto.send("GET", thing).json()
    assert stored["attributes"] == {"open": 1}
    assert list(stored["features"]) == ["temperature"]
    assert refusal(ditto.send("GET", thing + "/attributes/secret")) == (404, "things:attribute.notfound")
    assert refusal(ditto.send("GET", thing + "/features/hidden")) == (404, "things:feature.notfound")


def test_a_grant_below_a_revoke_counts(ditto: Ditto, thing: str) -> None:
    resources = revoked("/attributes/secret")["resources"]
    resources["thing:/attributes/secret/code"] = {"grant": ["READ"], "revoke": []}
    ditto.with_policy("policy", owner=entry(resources=resources))
    assert ditto.send("GET", thing + "/attributes").json() == {"open": 1, "secret": {"code": 7}}
    answer = ditto.send("PUT", thing + "/attributes/secret/code", 8)
    assert refusal(answer) == (403, "things:attribute.notmodifiable")


def test_a_revoke_beats_a_grant_at_the_same_place(ditto: Ditto, thing: str) -> None:
    other = entry(resources={"thing:/attributes/open": {"grant": ["READ"], "revoke": []}})
    ditto.with_policy("policy", owner=revoked("/attributes/open"), other=other)
    assert "open" not in ditto.send("GET", thing).json()["attributes"]


def test_a_patch_needs_the_right_to_write_what_it_touches_and_no_more(ditto: Ditto, thing: str) -> None:
    ditto.with_policy("policy", owner=revoked("/attributes/secret", rights=("WRITE",)))
    assert ditto.send("PATCH", thing, {"attributes": {"open": 2}}).status_code == 204
    answer = ditto.send("PATCH", thing, {"attributes": {"open": 3, "secret": {"code": 8}}})
    assert refusal(answer) == (403, "things:thing.notmodifiable")
    assert ditto.send("GET", thing + "/attributes/open").json() == 2


def test_a_patch_may_remove_what_holds_something_that_it_may_not_touch(ditto: Ditto, thing: str) -> None:
    ditto.with_policy("policy", owner=revoked("/attributes/secret", rights=("WRITE",)))
    assert ditto.send("PATCH", thing, {"attributes": None}).status_code == 204
    assert ditto.send("GET", thing + "/attributes").status_code == 404


def test_a_replacement_needs_the_right_to_write_all_of_it(ditto: Ditto, thing: str) -> None:
    ditto.with_policy("policy", owner=revoked("/attributes/secret", rights=("WRITE",)))
    answer = ditto.send("PUT", thing, {"attributes": {"open": 2}})
    assert refusal(answer) == (403, "things:thing.notmodifiable")
    assert refusal(ditto.send("DELETE", thing)) == (403, "things:thing.notdeletable")


def test_writing_is_not_reading(ditto: Ditto, thing: str) -> None:
    writing = {"thing:/": {"grant": ["WRITE"], "revoke": []}}
    owning = {"policy:/": {"grant": ["READ", "WRITE"], "revoke": []}}
    ditto.with_policy("policy", writer=entry(resources=writing), owner=entry(resources=owning))
    assert refusal(ditto.send("GET", thing)) == (404, "things:thing.notfound")
    assert ditto.send("PATCH", thing, {"attributes": {"open": 2}}).status_code == 204


def test_one_readable_leaf_shows_itself_and_the_things_id(ditto: Ditto, thing: str) -> None:
    leaf = {"thing:/features/temperature/properties/value": {"grant": ["READ"], "revoke": []}}
    owning = {"policy:/": {"grant": ["READ", "WRITE"], "revoke": []}}
    ditto.with_policy("policy", reader=entry(resources=leaf), owner=entry(resources=owning))
    assert ditto.send("GET", thing).json() == {
        "thingId": ditto.id("thing"),
        "features": {"temperature": {"properties": {"value": 20}}},
    }


def test_a_condition_may_only_ask_for_what_may_be_read(ditto: Ditto, thing: str) -> None:
    ditto.with_policy("policy", owner=revoked("/attributes/secret", rights=("READ",)))
    answer = ditto.send("GET", f"{thing}?condition=eq(attributes/secret/code,7)")
    assert refusal(answer) == (412, "things:condition.failed")


def test_a_thing_needs_the_right_to_write_things_by_its_policy(ditto: Ditto) -> None:
    owning = {"policy:/": {"grant": ["READ", "WRITE"], "revoke": []}}
    ditto.with_policy("policy", owner=entry(resources=owning))
    answer = ditto.send("PUT", ditto.thing_path(), {"policyId": ditto.id("policy")})
    assert refusal(answer) == (403, "things:thing.notmodifiable")
