"""Policies: what is stored of them, what Ditto adds, what it refuses."""

from typing import Any

import pytest

from tests.contract.client import WHOLE, Ditto, entry, refusal


def test_a_new_policy_is_answered_whole_with_what_ditto_adds(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.policy_path(), {"entries": {"owner": entry()}})
    assert answer.status_code == 201
    assert answer.json() == {
        "policyId": ditto.id("policy"),
        "imports": {},
        "entries": {"owner": entry() | {"importable": "implicit"}},
    }
    assert answer.headers["ETag"] == '"rev:1"'
    assert answer.headers["Location"].endswith(f"/api/2/policies/{ditto.id('policy')}")
    assert ditto.send("GET", ditto.policy_path()).json() == answer.json()


def test_the_same_policy_again_raises_its_revision_unless_that_is_to_be_skipped(ditto: Ditto) -> None:
    ditto.with_policy()
    again = ditto.send("PUT", ditto.policy_path(), {"entries": {"owner": entry()}})
    assert (again.status_code, again.text, again.headers["ETag"]) == (204, "", '"rev:2"')
    skipped = ditto.send(
        "PUT", ditto.policy_path(), {"entries": {"owner": entry()}}, headers={"if-equal": "skip"}
    )
    assert refusal(skipped) == (412, "policies:precondition.failed")
    assert "The previous value was equal to the new value" in skipped.json()["message"]
    assert ditto.send("GET", ditto.policy_path()).headers["ETag"] == '"rev:2"'


def test_a_policy_that_must_not_exist_but_does_is_left_alone(ditto: Ditto) -> None:
    ditto.with_policy()
    answer = ditto.send(
        "PUT", ditto.policy_path(), {"entries": {"other": entry()}}, headers={"If-None-Match": "*"}
    )
    assert refusal(answer) == (412, "policies:precondition.failed")
    assert answer.headers["ETag"] == '"rev:1"'
    assert list(ditto.send("GET", ditto.policy_path("policy", "/entries")).json()) == ["owner"]


def test_a_policys_hidden_fields_come_when_they_are_asked_for(ditto: Ditto) -> None:
    ditto.with_policy()
    fields = "?fields=policyId,_revision,_modified,_created"
    fresh = ditto.send("GET", ditto.policy_path("policy", fields)).json()
    assert fresh.keys() == {"policyId", "_revision", "_modified", "_created"}
    assert fresh["_revision"] == 1
    ditto.with_policy()
    assert "_created" not in ditto.send("GET", ditto.policy_path("policy", fields)).json()


def test_a_policy_that_is_not_there_is_not_found_and_not_deleted(ditto: Ditto) -> None:
    for method in ("GET", "DELETE"):
        answer = ditto.send(method, ditto.policy_path())
        assert refusal(answer) == (404, "policies:policy.notfound")
        assert ditto.id("policy") in answer.json()["message"]


@pytest.mark.parametrize(
    "document",
    [{}, {"entries": {}}, {"entries": {"other": entry("nginx:other")}}],
    ids=["empty", "no", "other"],
)
def test_nobody_creates_a_policy_that_locks_them_out_unless_they_say_so(ditto: Ditto, document: Any) -> None:
    answer = ditto.send("PUT", ditto.policy_path(), document)
    assert refusal(answer) == (403, "policies:policy.notcreatable")
    assert ditto.send("GET", ditto.policy_path()).status_code == 404


def test_a_lockout_that_is_allowed_leaves_a_policy_that_nobody_here_sees(ditto: Ditto) -> None:
    document = {"entries": {"other": entry("nginx:other")}}
    assert (
        ditto.send("PUT", ditto.policy_path("policy", "?allow-policy-lockout=true"), document).status_code
        == 201
    )
    assert refusal(ditto.send("GET", ditto.policy_path())) == (404, "policies:policy.notfound")
    assert refusal(ditto.send("PUT", ditto.policy_path(), document)) == (403, "policies:policy.notmodifiable")
    assert refusal(ditto.send("DELETE", ditto.policy_path())) == (403, "policies:policy.notmodifiable")


def test_a_change_may_lock_its_author_out_as_long_as_someone_can_write(ditto: Ditto) -> None:
    ditto.with_policy()
    handed_over = {"entries": {"other": entry("nginx:other")}}
    assert ditto.send("PUT", ditto.policy_path(), handed_over).status_code == 204
    assert ditto.send("GET", ditto.policy_path()).status_code == 404


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"policyId": "another:policy", "entries": {"owner": entry()}}, "policies:id.notsettable"),
        ({"entries": {"owner": entry("without-issuer")}}, "policies:subjectid.invalid"),
        ({"entries": {"a/b": entry()}}, "policies:entry.invalid"),
        ([], "json.invalid"),
        ("{not json", "json.invalid"),
        ("", "json.format.invalid"),
    ],
    ids=["other id", "subject without issuer", "slash in label", "array", "no JSON", "nothing"],
)
def test_a_document_that_is_no_policy_is_refused(ditto: Ditto, document: Any, expected: str) -> None:
    assert refusal(ditto.send("PUT", ditto.policy_path(), document)) == (400, expected)


def test_a_subject_cannot_expire_in_the_past(ditto: Ditto) -> None:
    owner = entry()
    owner["subjects"]["nginx:guest"] = {"type": "guest", "expiry": "2001-01-01T00:00:00Z"}
    answer = ditto.send("PUT", ditto.policy_path(), {"entries": {"owner": owner}})
    # Ditto registers two exceptions under one code; which of them an answer becomes depends on its build.
    assert refusal(answer) in [(400, "policies:subjectexpiry.invalid"), (400, "policies:label.invalid")]


def test_a_subject_expires_at_a_full_hour(ditto: Ditto) -> None:
    owner = entry()
    owner["subjects"]["nginx:guest"] = {"type": "guest", "expiry": "2099-01-01T00:10:00Z"}
    ditto.with_policy(owner=owner)
    path = ditto.policy_path("policy", "/entries/owner/subjects/nginx:guest")
    assert ditto.send("GET", path).json() == {"type": "guest", "expiry": "2099-01-01T01:00:00Z"}


def test_a_permission_that_ditto_does_not_know_is_stored_all_the_same(ditto: Ditto) -> None:
    dance = {"grant": ["DANCE"], "revoke": []}
    ditto.with_policy(owner=entry(resources=WHOLE | {"thing:/a": dance}))
    path = ditto.policy_path("policy", "/entries/owner/resources/thing:/a")
    assert ditto.send("GET", path).json() == dance


def test_an_import_of_a_policy_that_is_not_there_is_refused_by_its_name(ditto: Ditto) -> None:
    document = {"entries": {"owner": entry()}, "imports": {ditto.id("missing"): {}}}
    answer = ditto.send("PUT", ditto.policy_path(), document)
    assert refusal(answer) == (404, "policies:policy.notfound")
    assert ditto.id("missing") in answer.json()["message"]


def test_rights_come_with_an_import(ditto: Ditto) -> None:
    shared = ditto.with_policy("shared", reader=entry())
    own = {"policy:/": {"grant": ["READ", "WRITE"], "revoke": []}}
    document = {"entries": {"owner": entry(resources=own)}, "imports": {shared: {}}}
    assert ditto.send("PUT", ditto.policy_path(), document).status_code == 201
    assert ditto.send("PUT", ditto.thing_path(), {"policyId": ditto.id("policy")}).status_code == 201
    ditto.send("DELETE", ditto.policy_path("policy", f"/imports/{shared}"))
    assert ditto.send("GET", ditto.thing_path()).status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "HEAD"])
def test_policies_are_put_got_and_deleted_only(ditto: Ditto, method: str) -> None:
    ditto.with_policy()
    answer = ditto.send(method, ditto.policy_path(), {} if method == "PATCH" else None)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, PUT, DELETE"
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_policy_in_use_can_be_deleted_and_its_things_wait_for_it(ditto: Ditto) -> None:
    thing = ditto.with_thing()
    assert ditto.send("DELETE", ditto.policy_path()).status_code == 204
    read = ditto.send("GET", thing)
    assert refusal(read) == (404, "things:thing.notfound")
    assert "is not or no longer existing" in read.json()["message"]
    for method, body in (("PUT", {}), ("PATCH", {"attributes": {}}), ("DELETE", None)):
        assert refusal(ditto.send(method, thing, body)) == (403, "things:thing.notmodifiable"), method
    back = ditto.send("PUT", ditto.policy_path(), {"entries": {"owner": entry()}})
    assert (back.status_code, back.headers["ETag"]) == (201, '"rev:3"')
    assert ditto.send("GET", thing).status_code == 200


def test_a_policy_has_at_most_100_kilobytes(ditto: Ditto) -> None:
    owner = entry()
    owner["subjects"]["nginx:ditto"]["type"] = "x" * 103_000
    answer = ditto.send("PUT", ditto.policy_path(), {"entries": {"owner": owner}})
    assert refusal(answer) == (413, "policies:policy.toolarge")
    assert "exceeds the maximal allowed Policy size of '100' kB." in answer.json()["message"]


def test_one_entry_is_written_and_removed_by_itself(ditto: Ditto) -> None:
    ditto.with_policy()
    path = ditto.policy_path("policy", "/entries/guest")
    created = ditto.send("PUT", path, entry("nginx:guest"))
    assert created.status_code == 201
    assert created.json() == entry("nginx:guest") | {"importable": "implicit"}
    assert created.headers["ETag"].startswith('"hash:')
    assert ditto.send("PUT", path, entry("nginx:guest", "nginx:other")).status_code == 204
    assert ditto.send("GET", path).json()["subjects"].keys() == {"nginx:guest", "nginx:other"}
    assert ditto.send("DELETE", path).status_code == 204
    for method in ("GET", "DELETE"):
        assert refusal(ditto.send(method, path)) == (404, "policies:entry.notfound")


def test_subjects_and_resources_are_written_and_removed_by_themselves(ditto: Ditto) -> None:
    ditto.with_policy()
    subject = ditto.policy_path("policy", "/entries/owner/subjects/nginx:guest")
    resource = ditto.policy_path("policy", "/entries/owner/resources/thing:/attributes/secret")
    for path, value, code in (
        (subject, {"type": "guest"}, "policies:subject.notfound"),
        (resource, {"grant": [], "revoke": ["READ"]}, "policies:resource.notfound"),
    ):
        assert ditto.send("PUT", path, value).status_code == 201
        assert ditto.send("PUT", path, value).status_code == 204
        assert ditto.send("GET", path).json() == value
        assert ditto.send("DELETE", path).status_code == 204
        assert refusal(ditto.send("GET", path)) == (404, code)


def test_the_last_one_who_can_write_a_policy_stays(ditto: Ditto) -> None:
    ditto.with_policy()
    answer = ditto.send("DELETE", ditto.policy_path("policy", "/entries/owner"))
    assert answer.status_code == 403
    assert "would be invalid" in answer.json()["message"]
