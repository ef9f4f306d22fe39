"""JSON as Ditto takes it: keys, numbers, sizes."""

import json
from typing import Any

import pytest

from tests.contract.client import Ditto, refusal

LIMIT = 102_400  # characters of a thing's own JSON


@pytest.mark.parametrize("key", [*".$:%~# ", "a.b", '"', "\u20ac", "\u4e2d", "_x"])
def test_these_keys_are_taken_for_attributes_and_features(ditto: Ditto, key: str) -> None:
    path = ditto.with_thing(attributes={key: 1}, features={key: {}})
    stored = ditto.send("GET", path).json()
    assert (stored["attributes"], stored["features"]) == ({key: 1}, {key: {}})


@pytest.mark.parametrize("key", ["a/b", "\u00e9", "\u00fc", "\u007f", "\t"])
def test_these_keys_are_refused_at_any_depth(ditto: Ditto, key: str) -> None:
    policy = ditto.with_policy()
    everywhere: list[dict[str, Any]] = [
        {"attributes": {key: 1}},
        {"attributes": {"deep": {key: 1}}},
        {"features": {key: {}}},
    ]
    for parts in everywhere:
        answer = ditto.send("PUT", ditto.thing_path(), {"policyId": policy, **parts})
        assert refusal(answer) == (400, "json.key.invalid"), parts


def test_the_empty_key_is_no_json_to_ditto(ditto: Ditto) -> None:
    body = {"policyId": ditto.with_policy(), "attributes": {"": 1}}
    assert refusal(ditto.send("PUT", ditto.thing_path(), body)) == (400, "json.invalid")


def test_the_last_of_two_equal_keys_wins(ditto: Ditto) -> None:
    body = f'{{"policyId": "{ditto.with_policy()}", "attributes": {{"a": 1, "a": 2}}}}'
    assert ditto.send("PUT", ditto.thing_path(), body).json()["attributes"] == {"a": 2}


@pytest.mark.parametrize("text", ["\u0001\u001f", "\U0001f600", "\u00e9/\u007f", 'quo"te\\'])
def test_strings_hold_what_keys_may_not(ditto: Ditto, text: str) -> None:
    path = ditto.with_thing(attributes={"text": text})
    assert ditto.send("GET", path + "/attributes/text").json() == text


def test_the_character_zero_is_forbidden(ditto: Ditto) -> None:
    body = {"policyId": ditto.with_policy(), "attributes": {"text": "\u0000"}}
    answer = ditto.send("PUT", ditto.thing_path(), json.dumps(body))
    assert refusal(answer) == (400, "json.invalid")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("1", "1"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1.0", "1.0"),
        ("1.10", "1.1"),
        ("1E2", "100.0"),
        ("1e15", "1.0E15"),
        ("9999999.5", "9999999.5"),
        ("1e7", "1.0E7"),
        ("0.001", "0.001"),
        ("0.00012", "1.2E-4"),
        ("123456789.123456789", "1.2345678912345679E8"),
        ("-1.5e-9", "-1.5E-9"),
        ("1e-400", "0.0"),
        ("1e400", "Infinity"),
        ("-1e400", "-Infinity"),
    ],
)
def test_numbers_come_back_as_java_prints_them(ditto: Ditto, sent: str, stored: str) -> None:
    body = f'{{"policyId": "{ditto.with_policy()}", "attributes": {{"number": {sent}}}}}'
    answer = ditto.send("PUT", ditto.thing_path(), body)
    assert answer.status_code == 201
    assert ditto.send("GET", ditto.thing_path("thing", "/attributes/number")).text == stored


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "1" * 40])
def test_integers_have_64_bits(ditto: Ditto, number: str) -> None:
    body = f'{{"policyId": "{ditto.with_policy()}", "attributes": {{"number": {number}}}}}'
    assert refusal(ditto.send("PUT", ditto.thing_path(), body)) == (400, "json.invalid")


def filled(ditto: Ditto, size: int, letter: str = "x") -> dict[str, Any]:
    """Return the body of a thing whose own JSON will have ``size`` characters."""
    thing: dict[str, Any] = {
        "thingId": ditto.id("thing"),
        "policyId": ditto.id("policy"),
        "attributes": {"a": ""},
    }
    missing = size - len(json.dumps(thing, separators=(",", ":")))
    return thing | {"attributes": {"a": letter * missing}}


def test_a_thing_may_have_so_many_characters_and_no_more(ditto: Ditto) -> None:
    ditto.with_policy()
    assert ditto.send("PUT", ditto.thing_path(), filled(ditto, LIMIT)).status_code == 201
    answer = ditto.send("PUT", ditto.thing_path(), filled(ditto, LIMIT + 1))
    assert refusal(answer) == (413, "things:thing.toolarge")
    assert answer.json()["message"] == (
        "The size of '100.001' kB exceeds the maximal allowed Thing size of '100' kB."
    )


def test_a_things_size_is_not_counted_in_bytes(ditto: Ditto) -> None:
    ditto.with_policy()
    assert ditto.send("PUT", ditto.thing_path(), filled(ditto, 60_000, "\u20ac")).status_code == 201


def test_what_is_hidden_counts_when_a_thing_is_patched(ditto: Ditto) -> None:
    ditto.with_policy()
    path = ditto.thing_path()
    ditto.send("PUT", path, filled(ditto, LIMIT - 100))
    answer = ditto.send("PATCH", path, {"attributes": {"b": 1}})
    assert refusal(answer) == (413, "things:thing.toolarge")
    ditto.send("PUT", path, filled(ditto, LIMIT - 300))
    assert ditto.send("PATCH", path, {"attributes": {"b": 1}}).status_code == 204


def test_a_patch_may_not_make_a_thing_too_large(ditto: Ditto) -> None:
    ditto.with_policy()
    ditto.send("PUT", ditto.thing_path(), filled(ditto, LIMIT - 1000))
    answer = ditto.send("PATCH", ditto.thing_path(), {"attributes": {"b": "y" * 5000}})
    assert refusal(answer) == (413, "things:thing.toolarge")


def test_a_body_beyond_a_mebibyte_is_cut_off_without_a_word(ditto: Ditto) -> None:
    answer = ditto.send("PUT", ditto.thing_path(), {"attributes": {"a": "x" * 1_060_000}})
    assert answer.status_code == 413
