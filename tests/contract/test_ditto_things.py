"""Things: created, replaced, read and deleted, whole and in parts."""

from typing import Any

import pytest

from tests.contract.client import JSON, MERGE, Ditto, entry, refusal

PARTS: dict[str, Any] = {
    "attributes": {"room": "lab", "floor": {"number": 2}},
    "features": {"temperature": {"properties": {"value": 20.5}}},
}


def test_a_new_thing_is_answered_whole(ditto: Ditto) -> None:
    policy = ditto.with_policy()
    answer = ditto.send(
        "PUT", ditto.thing_path(), {"policyId": policy, **PARTS}, headers={"If-None-Match": "*"}
    )
    assert answer.status_code == 201
    assert answer.json() == {"thingId": ditto.id("thing"), "policyId": policy, **PARTS}
    assert answer.headers["ETag"] == '"rev:1"'
    assert answer.headers["entity-revision"] == "1"
    assert answer.headers["Location"].endswith(f"/api/2/things/{ditto.id('thing')}")


def test_create_only_leaves_a_thing_that_exists_alone(ditto: Ditto) -> None:
    path = ditto.with_thing(**PARTS)
    answer = ditto.send("PUT", path, {"policyId": ditto.id("policy")}, headers={"If-None-Match": "*"})
    assert refusal(answer) == (412, "things:precondition.failed")
    assert answer.headers["ETag"] == '"rev:1"'
    assert "Header value: '*', actual entity-tag: '\"rev:1\"'" in answer.json()["message"]
    assert ditto.send("GET", path).json()["attributes"] == PARTS["attributes"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_only_creates_nothing(ditto: Ditto, method: str) -> None:
    body = {"policyId": ditto.with_policy()}
    answer = ditto.send(method, ditto.thing_path(), body, headers={"If-Match": "*"})
    assert refusal(answer) == (412, "things:precondition.failed")
    assert "actual entity-tag: 'null'" in answer.json()["message"]
    assert ditto.send("GET", ditto.thing_path()).status_code == 404


def test_a_replacement_drops_what_it_leaves_out_except_the_policy(ditto: Ditto) -> None:
    path = ditto.with_thing(definition="example:thing:1.0", **PARTS)
    answer = ditto.send("PUT", path, {"attributes": {"room": "hall"}})
    assert (answer.status_code, answer.text, answer.headers["ETag"]) == (204, "", '"rev:2"')
    assert ditto.send("GET", path).json() == {
        "thingId": ditto.id("thing"),
        "policyId": ditto.id("policy"),
        "attributes": {"room": "hall"},
    }


def test_the_same_thing_again_raises_its_revision(ditto: Ditto) -> None:
    path = ditto.with_thing(**PARTS)
    assert ditto.send("PUT", path, {"policyId": ditto.id("policy"), **PARTS}).headers["ETag"] == '"rev:2"'


def test_equal_things_are_skipped(ditto: Ditto) -> None:
    path = ditto.with_thing(attributes={"a": 1, "b": 2})
    body = {"attributes": {"a": 1, "b": 2}, "policyId": ditto.id("policy")}
    answer = ditto.send("PUT", path, body, headers={"if-equal": "skip"})
    assert refusal(answer) == (412, "things:precondition.failed")
    assert ditto.send("GET", path).headers["ETag"] == '"rev:1"'


@pytest.mark.parametrize("change", ["no policy", "a double", "another order"])
def test_what_differs_in_form_is_not_skipped(ditto: Ditto, change: str) -> None:
    path = ditto.with_thing(attributes={"a": 1, "b": 2})
    attributes: dict[str, Any] = {"a": 1, "b": 2}
    if change == "a double":
        attributes = {"a": 1.0, "b": 2}
    if change == "another order":
        attributes = {"b": 2, "a": 1}
    body = {"attributes": attributes} | ({} if change == "no policy" else {"policyId": ditto.id("policy")})
    assert ditto.send("PUT", path, body, headers={"if-equal": "skip"}).headers["ETag"] == '"rev:2"'


def test_a_thing_without_a_policy_gets_one_of_its_own_which_outlives_it(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.thing_path(), {"attributes": {}})
    ditto.created.append(ditto.policy_path("thing"))
    assert (answer.status_code, answer.json()["policyId"]) == (201, ditto.id("thing"))
    policy = ditto.send("GET", ditto.policy_path("thing")).json()
    assert policy["entries"]["DEFAULT"]["subjects"] == {"nginx:ditto": {"type": "generated"}}
    assert ditto.send("DELETE", ditto.thing_path()).status_code == 204
    assert ditto.send("GET", ditto.policy_path("thing")).status_code == 200


def test_a_thing_can_bring_its_policy_along(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.thing_path(), {"_policy": {"entries": {"mine": entry()}}})
    ditto.created.append(ditto.policy_path("thing"))
    assert (answer.status_code, answer.json()["policyId"]) == (201, ditto.id("thing"))
    assert list(ditto.send("GET", ditto.policy_path("thing", "/entries")).json()) == ["mine"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_thing_of_a_policy_that_is_not_there_is_not_created_until_it_is(ditto: Ditto, method: str) -> None:
    body = {"policyId": ditto.id("policy")}
    answer = ditto.send(method, ditto.thing_path(), body)
    assert refusal(answer) == (404, "policies:policy.notfound")
    assert ditto.id("policy") in answer.json()["message"]
    ditto.with_policy()
    assert ditto.send(method, ditto.thing_path(), body).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_thing_moved_to_a_policy_that_is_not_there_is_bricked_until_it_is(
    ditto: Ditto, method: str
) -> None:
    path = ditto.with_thing(attributes={"a": 1})
    assert (
        ditto.send(method, path, {"policyId": ditto.id("later"), "attributes": {"a": 1}}).status_code == 204
    )
    assert refusal(ditto.send("GET", path)) == (404, "things:thing.notfound")
    for again, body in (
        ("PUT", {"policyId": ditto.id("policy")}),
        ("PATCH", {"attributes": {}}),
        ("DELETE", None),
    ):
        assert refusal(ditto.send(again, path, body)) == (403, "things:thing.notmodifiable"), again
    ditto.with_policy("later")
    assert ditto.send("GET", path).json()["policyId"] == ditto.id("later")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"policyId": "nocolon"}, "policies:id.invalid"),
        ({"policyId": 5}, "json.invalid"),
        ({"policyId": None, "thingId": None}, "things:id.notsettable"),
        ({"thingId": "another:thing"}, "things:id.notsettable"),
        ({"features": {"f": 5}}, "json.invalid"),
        ({"features": {"f": {"properties": []}}}, "json.invalid"),
        ({"definition": "nonsense"}, "things:definition.identifier.invalid"),
        ({"definition": 5}, "json.format.invalid"),
        ({"_modified": "now"}, "json.invalid"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_document_that_is_no_thing_is_refused(ditto: Ditto, body: Any, expected: str) -> None:
    answer = ditto.send("PUT", ditto.thing_path(), body)
    assert refusal(answer) == (400, expected)


def test_what_ditto_does_not_know_of_a_thing_is_dropped_without_a_word(ditto: Ditto) -> None:
    moment = "2026-01-01T00:00:00Z"
    unknown: dict[str, Any] = {"note": 1, "_revision": 7, "_created": moment, "_modified": moment}
    path = ditto.with_thing(**unknown, features={"f": {"properties": {"v": 1}, "unit": "m"}})
    assert ditto.send("GET", path).json() == {
        "thingId": ditto.id("thing"),
        "policyId": ditto.id("policy"),
        "features": {"f": {"properties": {"v": 1}}},
    }


@pytest.mark.parametrize(
    "parts",
    [
        {"attributes": None, "features": None},
        {"features": {"f": None}},
        {"features": {"f": {"properties": None}}},
        {"features": {"f": {}}},
        {"attributes": {"value": None, "deep": {"x": None}}},
        {"features": {"f": {"properties": {"value": None}}}},
        {"attributes": {"_x": 1, "_ditto": 2, "__z": 3}, "features": {"_f": {}}},
    ],
    ids=str,
)
def test_nulls_and_underscores_are_kept_as_they_come(ditto: Ditto, parts: dict[str, Any]) -> None:
    path = ditto.with_thing(**parts)
    stored = ditto.send("GET", path).json()
    assert {key: stored[key] for key in parts} == parts


def test_a_property_is_put_to_null_by_itself(ditto: Ditto) -> None:
    path = ditto.with_thing(**PARTS) + "/features/temperature/properties/value"
    assert ditto.send("PUT", path, "null").status_code == 204
    answer = ditto.send("GET", path)
    assert (answer.status_code, answer.text) == (200, "null")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("text/plain", 415), (JSON, 201), (f"{JSON}; charset=utf-8", 201)],
)
def test_a_thing_is_json_by_its_content_type(ditto: Ditto, content_type: str, status: int) -> None:
    body = {"policyId": ditto.with_policy()}
    answer = ditto.send("PUT", ditto.thing_path(), body, content_type=content_type)
    assert answer.status_code == status
    if status == 415:
        assert refusal(answer) == (415, "mediatype.unsupported")


@pytest.mark.parametrize("body", ["{not json", "[]", '{"attributes": {"a": NaN}}'])
def test_what_is_not_a_json_object_is_no_thing(ditto: Ditto, body: str) -> None:
    assert refusal(ditto.send("PUT", ditto.thing_path(), body)) == (400, "json.invalid")


def test_an_empty_body_is_no_thing(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.thing_path(), "", content_type=JSON)
    assert refusal(answer) == (400, "json.format.invalid")


@pytest.mark.parametrize("option", ["response-required=false", "timeout=0"])
def test_who_wants_no_answer_gets_a_202(ditto: Ditto, option: str) -> None:
    policy = ditto.with_policy()
    ditto.created.append(ditto.thing_path())
    answer = ditto.send("PUT", ditto.thing_path("thing", f"?{option}"), {"policyId": policy})
    assert (answer.status_code, answer.text) == (202, "")


def test_a_generated_id_is_in_dittos_own_namespace(ditto: Ditto) -> None:
    answer = ditto.send("POST", "/api/2/things", {"policyId": ditto.with_policy()})
    assert answer.status_code == 201
    assert answer.json()["thingId"].startswith("org.eclipse.ditto:")


def test_a_deleted_thing_is_gone_and_counts_on_when_it_comes_back(ditto: Ditto) -> None:
    path = ditto.with_thing()
    assert ditto.send("DELETE", path).status_code == 204
    for method in ("GET", "DELETE"):
        assert refusal(ditto.send(method, path)) == (404, "things:thing.notfound")
    back = ditto.send("PUT", path, {"policyId": ditto.id("policy")}, headers={"If-None-Match": "*"})
    assert (back.status_code, back.headers["ETag"]) == (201, '"rev:3"')


def test_things_cannot_be_asked_for_their_head(ditto: Ditto) -> None:
    answer = ditto.send("HEAD", ditto.with_thing())
    assert answer.status_code == 405


def test_fields_select_what_is_shown_and_unknown_ones_are_left_out(ditto: Ditto) -> None:
    path = ditto.with_thing(**PARTS)
    fields = "thingId,attributes/room,features(temperature/properties),nonsense"
    answer = ditto.send("GET", f"{path}?fields={fields}")
    assert answer.json() == {
        "thingId": ditto.id("thing"),
        "attributes": {"room": "lab"},
        "features": PARTS["features"],
    }
    assert answer.headers["ETag"] == '"rev:1"'
    assert refusal(ditto.send("GET", f"{path}?fields=(")) == (400, "json.fieldselector.invalid")


def test_hidden_fields_come_only_when_they_are_asked_for(ditto: Ditto) -> None:
    path = ditto.with_thing()
    assert not [key for key in ditto.send("GET", path).json() if key.startswith("_")]
    shown = ditto.send("GET", f"{path}?fields=_revision,_modified,_created,_policy").json()
    assert shown.keys() == {"_revision", "_modified", "_created", "_policy"}
    assert shown["_revision"] == 1
    assert shown["_policy"]["policyId"] == ditto.id("policy")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("/attributes/none", "things:attribute.notfound"),
        ("/features/none", "things:feature.notfound"),
        ("/features/temperature/properties/none", "things:feature.property.notfound"),
        ("/definition", "things:definition.notfound"),
    ],
)
def test_a_part_that_is_not_there_is_not_found_by_its_kind(ditto: Ditto, part: str, expected: str) -> None:
    path = ditto.with_thing(**PARTS)
    assert refusal(ditto.send("GET", path + part)) == (404, expected)
    assert refusal(ditto.send("DELETE", path + part)) == (404, expected)


@pytest.mark.parametrize(
    ("part", "value", "other"),
    [
        ("/attributes/new", {"deep": 1}, 2),
        ("/features/humidity", {"properties": {"value": 1}}, {"properties": {"value": 2}}),
        ("/features/temperature/properties/unit", "C", "F"),
        ("/features/temperature/desiredProperties/value", 21, 22),
        ("/definition", "example:thing:1.0", "example:thing:2.0"),
    ],
)
def test_a_part_is_created_replaced_and_deleted_by_itself(
    ditto: Ditto, part: str, value: Any, other: Any
) -> None:
    path = ditto.with_thing(**PARTS) + part
    value_text, other_text = (f'"{text}"' if isinstance(text, str) else text for text in (value, other))
    created = ditto.send("PUT", path, value_text if isinstance(value, str) else value)
    assert (created.status_code, created.json()) == (201, value)
    assert created.headers["ETag"].startswith('"hash:')
    assert created.headers["Location"].endswith(part)
    replaced = ditto.send("PUT", path, other_text if isinstance(other, str) else other)
    assert (replaced.status_code, replaced.text) == (204, "")
    assert replaced.headers["ETag"] != created.headers["ETag"]
    assert ditto.send("GET", path).json() == other
    assert ditto.send("DELETE", path).status_code == 204
    assert ditto.send("GET", path).status_code == 404


def test_several_things_are_read_at_once_and_missing_ones_left_out(ditto: Ditto) -> None:
    policy = ditto.with_policy()
    ditto.with_thing("one", policyId=policy)
    ditto.with_thing("two", policyId=policy)
    ids = ",".join(ditto.id(name) for name in ("one", "missing", "two"))
    found = ditto.send("GET", f"/api/2/things?ids={ids}&fields=thingId").json()
    assert sorted(thing["thingId"] for thing in found) == [ditto.id("one"), ditto.id("two")]


def test_a_policy_change_counts_from_the_next_request_on(ditto: Ditto) -> None:
    path = ditto.with_thing(**PARTS)
    reading = entry(resources={"thing:/": {"grant": ["READ"], "revoke": []}})
    writing = entry(resources={"policy:/": {"grant": ["READ", "WRITE"], "revoke": []}})
    ditto.with_policy("policy", reader=reading, owner=writing)
    assert refusal(ditto.send("PUT", path, PARTS)) == (403, "things:thing.notmodifiable")
    assert ditto.send("GET", path).status_code == 200


def test_a_patch_is_no_put(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.thing_path(), {"policyId": ditto.with_policy()}, content_type=MERGE)
    assert refusal(answer) == (415, "mediatype.unsupported")
