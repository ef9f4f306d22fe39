"""A document becomes another by the smallest request, and whatever others wrote in between stays."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twins.json_values import DOCUMENTS, KEYS, VALUES
from twins.canonical import dumps
from twins.compare import Change, Update, changes, declared_part, same, update

THING = {
    "policyId": "n:p",
    "definition": "a:b:1",
    "attributes": {"name": "x", "place": {"room": 1, "floor": 2}, "tags": [1, 2]},
    "features": {
        "speed": {"definition": ["a:speed:1"], "properties": {"value": None, "unit": "kmh"}},
        "horn": {},
    },
}


def merged(target: Any, patch: Any) -> Any:
    """Apply a merge patch as RFC 7396 defines it, word by word."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merged(target.get(name), value)
    return target


def applied(document: dict[str, Any], wanted: Update) -> dict[str, Any]:
    """Apply an update as Ditto would: the patch, then each value at its path."""
    result: dict[str, Any] = merged(copy.deepcopy(document), wanted.patch or {})
    for path, value in wanted.puts:
        place = result
        for part in path[:-1]:
            place = place[part]  # what a value is put into has to be there
        place[path[-1]] = copy.deepcopy(value)
    return result


def edited(changed: Any, *path: str, **to: Any) -> Any:
    """Return a copy of a document in which keys at a path are set, or with `...` removed."""
    document = copy.deepcopy(changed)
    place = document
    for part in path:
        place = place[part]
    for key, value in to.items():
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return document


@given(DOCUMENTS, DOCUMENTS)
def test_an_update_makes_the_old_document_the_new_one(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert dumps(applied(old, update(old, new))) == dumps(new)


@given(DOCUMENTS, DOCUMENTS, KEYS, VALUES)
def test_what_neither_document_speaks_of_stays(old: Any, new: Any, key: str, foreign: Any) -> None:
    def with_foreign(document: Any) -> Any:
        return document | {"foreign": foreign, key: document[key] | {"foreign": foreign}}

    old[key], new[key] = {"x": 1}, {"x": 2}
    live = with_foreign(old)
    assert dumps(applied(live, update(old, new))) == dumps(with_foreign(new))


@given(DOCUMENTS, DOCUMENTS, KEYS, VALUES)
def test_a_live_value_in_a_leaf_that_stays_survives(old: Any, new: Any, key: str, live: Any) -> None:
    old[key], new[key] = {"x": {"value": None, "y": 1}}, {"x": {"value": None, "y": 2}}
    result = applied(edited(old, key, "x", value=live), update(old, new))
    assert dumps(result) == dumps(edited(new, key, "x", value=live))


@given(DOCUMENTS)
def test_equal_documents_need_no_request(document: dict[str, Any]) -> None:
    again = copy.deepcopy(document)
    assert not update(document, again)
    assert changes(document, again) == []


@given(DOCUMENTS, DOCUMENTS)
def test_there_is_a_request_exactly_if_something_changed(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert bool(update(old, new)) == bool(changes(old, new)) == (dumps(old) != dumps(new))


@given(DOCUMENTS, DOCUMENTS)
def test_a_patch_is_never_empty_and_says_nothing_twice(old: dict[str, Any], new: dict[str, Any]) -> None:
    wanted = update(old, new)
    assert wanted.patch != {}
    paths = [path for path, _ in wanted.puts]
    assert len(set(paths)) == len(paths)
    for path in paths:
        place: Any = wanted.patch or {}
        for part in path[:-1]:
            place = place.get(part, {})
        assert path[-1] not in place


@given(VALUES, VALUES)
def test_values_are_the_same_exactly_if_their_text_is(one: Any, other: Any) -> None:
    assert same(one, other) == (dumps(one) == dumps(other))


@pytest.mark.parametrize(
    ("old", "new"), [(1, 1.0), (1, True), (0, False), (0, None), ("1", 1), ([1], [1.0]), ({}, None)]
)
def test_values_that_python_confuses_are_told_apart(old: Any, new: Any) -> None:
    assert changes({"a": old}, {"a": new}) == [Change(("a",), "change", old, new)]


@pytest.mark.parametrize(
    ("new", "wanted"),
    [
        pytest.param(
            edited(THING, "attributes", "place", room=3),
            Update({"attributes": {"place": {"room": 3}}}),
            id="one leaf",
        ),
        pytest.param(
            edited(THING, "attributes", "place", room=...),
            Update({"attributes": {"place": {"room": None}}}),
            id="a key that is removed becomes null",
        ),
        pytest.param(
            edited(THING, "attributes", "place", room=None),
            Update(None, [(("attributes", "place", "room"), None)]),
            id="a leaf that becomes null is put",
        ),
        pytest.param(
            edited(THING, "attributes", tags=[1]),
            Update({"attributes": {"tags": [1]}}),
            id="an array is replaced",
        ),
        pytest.param(
            edited(THING, "attributes", tags=[None]),
            Update({"attributes": {"tags": [None]}}),
            id="a null in an array may go by patch",
        ),
        pytest.param(
            edited(THING, "attributes", place="here"),
            Update({"attributes": {"place": "here"}}),
            id="another type of value replaces",
        ),
        pytest.param(
            edited(THING, "features", mood={"properties": {"value": 1}}),
            Update({"features": {"mood": {"properties": {"value": 1}}}}),
            id="a new object without null may go by patch",
        ),
        pytest.param(
            edited(THING, "features", mood={"properties": {"value": None}}),
            Update(None, [(("features", "mood"), {"properties": {"value": None}})]),
            id="a new object with null is put whole",
        ),
        pytest.param(
            edited(THING, "features", "horn", properties={}),
            Update({"features": {"horn": {"properties": {}}}}),
            id="an empty object is not a missing one",
        ),
        pytest.param(
            edited(THING, features={}), Update({"features": {"speed": None, "horn": None}}), id="none is left"
        ),
    ],
)
def test_an_update_of_a_thing_is_as_small_as_can_be(new: dict[str, Any], wanted: Update) -> None:
    assert update(THING, new) == wanted


def test_changes_are_told_leaf_by_leaf_in_order() -> None:
    new = edited(THING, "attributes", place={"room": 1.0}, more={"a": {"b": 1}, "c": {}})
    assert changes(THING, edited(new, "features", horn=...)) == [
        Change(("attributes", "more", "a", "b"), "add", new=1),
        Change(("attributes", "more", "c"), "add", new={}),
        Change(("attributes", "place", "floor"), "remove", old=2),
        Change(("attributes", "place", "room"), "change", old=1, new=1.0),
        Change(("features", "horn"), "remove", old={}),
    ]


class TestDrift:
    def test_values_that_devices_wrote_are_none(self) -> None:
        live = edited(
            THING, "features", "speed", properties={"value": 80, "time": 1}, desiredProperties={"value": 1}
        )
        assert declared_part(THING, live) is None

    def test_what_others_added_is_none(self) -> None:
        live = edited(edited(THING, thingId="n:t"), "attributes", note=1)
        live = edited(edited(live, "attributes", "place", door=1), "features", extra={})
        assert declared_part(THING, live) is None

    @pytest.mark.parametrize(
        "drifted",
        [
            edited(THING, policyId="n:other"),
            edited(THING, definition="a:b:2"),
            edited(THING, "attributes", name="y"),
            edited(THING, "attributes", name=...),
            edited(THING, "attributes", "place", room=1.0),
            edited(THING, "attributes", place=None),
            edited(THING, "attributes", tags=[1, 2, 3]),
            edited(THING, attributes=...),
            edited(THING, "features", horn=...),
            edited(THING, "features", "speed", definition=["a:speed:2"]),
            edited(THING, "features", "speed", definition=...),
        ],
    )
    def test_what_was_declared_and_is_otherwise_is_told_as_it_is(self, drifted: dict[str, Any]) -> None:
        assert declared_part(THING, drifted) == drifted

    def test_only_what_drifted_is_taken_from_the_live_document(self) -> None:
        live = edited(THING, "attributes", name="y", note=1)
        live = edited(live, "features", horn=..., speed={"properties": {"value": 80}})
        assert declared_part(THING, live) == {
            "policyId": "n:p",
            "definition": "a:b:1",
            "attributes": {"name": "y", "place": {"room": 1, "floor": 2}, "tags": [1, 2]},
            "features": {"speed": {"properties": {"value": None, "unit": "kmh"}}},
        }

    def test_features_may_be_null_or_without_anything(self) -> None:
        assert declared_part(THING, edited(THING, features=None)) == edited(THING, features={})
        assert declared_part(THING, edited(THING, "features", horn=None)) is None
        assert declared_part({"policyId": "n:p", "features": {"f": {}}}, {"policyId": "n:p"}) == {
            "policyId": "n:p",
            "features": {},
        }

    @given(DOCUMENTS, st.dictionaries(KEYS, VALUES))
    def test_a_document_that_was_just_written_never_drifted(self, attributes: Any, features: Any) -> None:
        thing = {"policyId": "n:p", "attributes": attributes, "features": features}
        assert declared_part(thing, copy.deepcopy(thing) | {"thingId": "n:t", "_revision": 1}) is None
