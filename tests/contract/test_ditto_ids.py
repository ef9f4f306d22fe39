"""Which ids things and policies may have."""

from urllib.parse import quote

import pytest

from tests.contract.client import Ditto, entry, refusal

NAMES = [
    " ",
    " led",
    "led ",
    *"!\"#$%&'()*+,-.:;<=>?@[\\]^_`{|}~",
    "..",
    "a%2Fb",
    "\u20ac",
    "\u4e2d",
    "\U0001f600",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_may_hold_nearly_anything(ditto: Ditto, name: str) -> None:
    ditto.with_policy()
    answer = ditto.send("PUT", ditto.thing_path(name), {"policyId": ditto.id("policy")})
    assert answer.status_code == 201, answer.text
    assert ditto.send("GET", ditto.thing_path(name)).json()["thingId"] == ditto.id(name)
    assert ditto.send("DELETE", ditto.thing_path(name)).status_code == 204
    ditto.created.remove(next(path for path in ditto.created if "/things/" in path))


@pytest.mark.parametrize("name", ["", "a/b", "\t", "\u007f", "\u00e9", "\u00fc", "\u00df", "\u00b0"])
def test_these_names_are_refused(ditto: Ditto, name: str) -> None:
    assert refusal(ditto.send("PUT", ditto.thing_path(name), {})) == (400, "things:id.invalid")
    policy = {"entries": {"owner": entry()}}
    assert refusal(ditto.send("PUT", ditto.policy_path(name), policy)) == (400, "policies:id.invalid")


@pytest.mark.parametrize(
    "namespace", ["1a", "_a", "-a", "a..b", ".a", "a.", "a.1b", "a.-b", "a b", "a\u00e9", "a+b"]
)
def test_these_namespaces_are_refused(ditto: Ditto, namespace: str) -> None:
    path = f"/api/2/things/{quote(namespace, safe='')}:name"
    assert refusal(ditto.send("GET", path)) == (400, "things:id.invalid")


@pytest.mark.parametrize("namespace", ["my-ns", "my_ns", "MY.Ns", "a1", "a.b2.c_3"])
def test_these_namespaces_are_taken(ditto: Ditto, namespace: str) -> None:
    assert refusal(ditto.send("GET", f"/api/2/things/{namespace}:none")) == (404, "things:thing.notfound")


def test_an_id_without_a_colon_says_what_an_id_is(ditto: Ditto) -> None:
    answer = ditto.send("GET", "/api/2/things/nocolon")
    assert refusal(answer) == (400, "things:id.invalid")
    assert answer.json()["message"] == "Thing ID 'nocolon' is not valid!"
    assert "namespaced entity ID notation" in answer.json()["description"]
    assert "href" in answer.json()


def test_an_id_has_at_most_256_characters(ditto: Ditto) -> None:
    fits = "n" * (256 - len(ditto.namespace) - 1)
    ditto.with_policy()
    body = {"policyId": ditto.id("policy")}
    assert ditto.send("PUT", ditto.thing_path(fits), body).status_code == 201
    assert refusal(ditto.send("PUT", ditto.thing_path(fits + "n"), body)) == (400, "things:id.invalid")


def test_ids_know_upper_from_lower_case(ditto: Ditto) -> None:
    ditto.with_thing("Led")
    assert ditto.send("GET", ditto.thing_path("led")).status_code == 404


def test_a_slash_that_is_not_encoded_is_another_route(ditto: Ditto) -> None:
    answer = ditto.send("GET", f"/api/2/things/{ditto.id('a')}/b")
    assert (answer.status_code, answer.text) == (404, "The requested resource could not be found.")
    assert answer.headers["Content-Type"].startswith("text/plain")
