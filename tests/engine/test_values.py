"""Values keep their meaning between program, engine, providers and state; paths say where they differ."""

import pytest

from sandbox.engine import paths
from sandbox.engine.values import (
    OUTPUT,
    REFERENCE,
    SIGNATURE,
    UNKNOWN,
    Properties,
    Secret,
    from_state,
    from_wire,
    has_secret,
    has_unknown,
    keep_secret,
    masked,
    plain,
    to_state,
    to_wire,
)

VALUES = {
    "text": "x",
    "whole": 3,
    "part": 2.5,
    "yes": True,
    "nothing": None,
    "list": [1, None, {"a": []}],
    "secret": Secret({"deep": ["hidden"]}),
}


def test_values_come_through_the_wire_whole() -> None:
    assert from_wire(to_wire(VALUES)) == VALUES


def test_a_provider_that_knows_no_secrets_gets_them_in_clear() -> None:
    assert from_wire(to_wire(VALUES, secrets=False))["secret"] == {"deep": ["hidden"]}


def test_references_to_resources_go_as_ids_to_those_who_do_not_know_them() -> None:
    thing = {SIGNATURE: REFERENCE, "urn": "urn:pulumi:dev::toy::t::a", "id": "id-a"}
    group = {SIGNATURE: REFERENCE, "urn": "urn:pulumi:dev::toy::t::b"}
    assert from_wire(to_wire({"a": thing, "b": group}, references=False)) == {
        "a": "id-a",
        "b": "urn:pulumi:dev::toy::t::b",
    }


def test_output_values_are_read_as_what_they_hold() -> None:
    known = {SIGNATURE: OUTPUT, "value": 1, "secret": True}
    unknown = {SIGNATURE: OUTPUT}
    assert from_wire(to_wire({"a": known, "b": unknown})) == {"a": Secret(1), "b": UNKNOWN}


def test_values_come_through_the_state_whole() -> None:
    assert from_state(to_state(VALUES)) == VALUES


def test_a_secret_is_in_no_text_about_it() -> None:
    assert "hidden" not in repr(Secret("hidden"))
    assert masked({"a": [Secret("hidden")], "b": UNKNOWN}) == {"a": ["[secret]"], "b": "[unknown]"}


def test_what_is_inside_secrets_and_lists_is_seen() -> None:
    assert has_unknown({"a": Secret([UNKNOWN])})
    assert has_secret([{"a": Secret(1)}])
    assert not has_secret({"a": [1]})
    assert plain({"a": Secret({"b": Secret(1)})}) == {"a": {"b": 1}}


def test_outputs_are_as_secret_as_the_inputs_of_the_same_name() -> None:
    inputs = {"a": Secret("x"), "b": {"c": Secret("y"), "d": 1}, "e": [Secret(1)], "f": 1}
    outputs = {"a": "x", "b": {"c": "y", "d": 1}, "e": [1, 2], "g": 1}
    assert keep_secret(outputs, inputs) == {
        "a": Secret("x"),
        "b": {"c": Secret("y"), "d": 1},
        "e": Secret([1, 2]),
        "g": 1,
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1.0}, ()),
        ({"a": 1}, {"a": True}, ("a",)),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ("a.c",)),
        ({"a": {"x.y": 1}}, {"a": {"x.y": 2}}, ('a["x.y"]',)),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, ("a[1]", "a[2]")),
        ({"a": {"b": {"c": 1}}}, {"a": {}}, ("a.b",)),
        ({"a": 1}, {"a": UNKNOWN}, ("a",)),
        ({"a": Secret(1)}, {"a": Secret(2)}, ()),
        ({"a": 1}, {"a": Secret(1)}, ("a",)),
        ({"__provider": "x"}, {"__provider": "y"}, ()),
        ({"a": '{"v": 1}'}, {"a": '{"v":2}'}, ("a.v",)),
        ({"a": '{"v": 1}'}, {"a": '{ "v": 1 }'}, ()),
        ({"a": "[1"}, {"a": "[2"}, ("a",)),
    ],
)
def test_differences_are_told_by_their_paths(
    old: Properties, new: Properties, expected: tuple[str, ...]
) -> None:
    assert paths.differences(old, new) == expected


@pytest.mark.parametrize("text", ["a", "a.b", "a[0].b", 'a["x.y"].z', '["x\\"y"]'])
def test_a_path_is_read_as_it_is_written(text: str) -> None:
    assert paths.show(paths.parse(text)) == text


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("a", "a.b", True),
        ("a.b", "a", False),
        ("a[*].b", "a[3].b.c", True),
        ("*", "a.b", True),
        ("a[0]", "a[1]", False),
    ],
)
def test_a_path_contains_what_lies_below_it(outer: str, inner: str, expected: bool) -> None:
    assert paths.contains(paths.parse(outer), paths.parse(inner)) is expected


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(ValueError, match="is not the path of a property"):
        paths.parse("a[")


@pytest.mark.parametrize(
    ("ignored", "expected"),
    [
        ("a", {"a": {"b": 1, "l": [1, 2]}, "n": 1}),
        ("a.b", {"a": {"b": 1, "l": [5, 6], "c": 3}, "n": 1}),
        ("a.c", {"a": {"b": 2, "l": [5, 6]}, "n": 1}),
        ("a.l[0]", {"a": {"b": 2, "l": [1, 6], "c": 3}, "n": 1}),
        ("a.l[*]", {"a": {"b": 2, "l": [1, 2], "c": 3}, "n": 1}),
        ("a.l[7]", {"a": {"b": 2, "l": [5, 6], "c": 3}, "n": 1}),
        ("n", {"a": {"b": 2, "l": [5, 6], "c": 3}}),
        ("*", {"a": {"b": 1, "l": [1, 2]}}),
        ("x.y", {"a": {"b": 2, "l": [5, 6], "c": 3}, "n": 1}),
    ],
)
def test_ignored_paths_keep_their_old_values(ignored: str, expected: Properties) -> None:
    old = {"a": {"b": 1, "l": [1, 2]}}
    new = {"a": {"b": 2, "l": [5, 6], "c": 3}, "n": 1}
    assert paths.kept_as_before(new, old, [ignored]) == expected
