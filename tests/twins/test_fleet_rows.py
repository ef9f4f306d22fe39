"""What a row becomes: documents in OpenTwins' data model, and a place in a shard that never changes."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twins.conftest import Declare
from twins.compare import update
from twins.compose import twin_documents
from twins.fleet.compose import row_template
from twins.fleet.filling import Filling, before, document
from twins.fleet.gathering import shard_of
from twins.fleet.index import compare, fingerprint, pack, unpack
from twins.fleet.rows import opened, path_of
from twins.fleet.sample import KEPT, Change, Sampler, change
from twins.fleet.template import read
from twins.owner import Owner
from twins.specs import Specs

OWNER = Owner("project/stack", "nginx:ditto")

TYPES = """
kind: Type
id: city:sensor
policy: n:p
attributes: {maker: "{nobody}"}
features: {noise: {properties: {level: 7}}}
---
kind: Type
id: city:lamp
policy: n:p
definition: city:lamp:1
children: {city:sensor: 2}
"""

Made = dict[str, dict[str, Any]]
Make = Callable[..., list[Made]]


def made(specs: Specs, fleet: str = "lamps") -> list[Made]:
    """The documents of all rows, by id, row by row."""
    declared = specs.fleets[fleet]
    template = read(row_template(declared.spec, specs).text)  # as it comes back from a stack's state
    filling = Filling(template, OWNER.mark(fleet))
    path = path_of(declared.spec.rows, declared.origin.path.parent)
    found = []
    with (path or Path("/dev/null")).open("rb") as file:
        table = opened(declared.spec.rows, template.columns, file if path else None)
        survey = specs.surveys[fleet]
        places = {
            id_: place for shard in range(len(survey.counts)) for id_, place in survey.shard(shard).items()
        }
        for id_, place in sorted(places.items(), key=lambda each: each[1].number):
            values = table.at(place.number, place.offset, place.size)
            assert filling.identify(values) == id_
            texts = filling.texts(id_, values)
            suffixes = [thing.suffix for thing in template.things]
            found.append(
                {id_ + suffix: json.loads(text) for suffix, text in zip(suffixes, texts, strict=True)}
            )
    return found


@pytest.fixture
def rows(declare: Declare, tmp_path: Path) -> Make:
    def do(spec: str, table: str | bytes = "", name: str = "rows.csv") -> list[Made]:
        return made(declare(spec, {name: table} if table else None, cache=tmp_path / "cache"))

    return do


def test_a_row_is_what_a_twin_of_the_same_words_is(declare: Declare, tmp_path: Path) -> None:
    body = """
type: city:lamp
parent: city:street
attributes: {name: "Lamp {1}"}
features: {light: {properties: {on: false, level: null}}}
children: {sensor_2: {attributes: {side: left}}, extra: {type: city:sensor}}
"""
    fleet_body = body.replace("\n", "\n  ").replace("  type: city:lamp\n", "").replace("{1}", "{{1}}")
    specs = declare(
        f"{TYPES}---\nkind: Twin\nid: city:street\npolicy: n:p\n---\nkind: Twin\nid: city:one{body}---\n"
        f"kind: Fleet\nid: lamps\ntype: city:lamp\nrows: {{count: 1}}\ntwin:\n  id: 'city:two{{number}}'{fleet_body}",
        cache=tmp_path / "cache",
    )
    [row] = made(specs)
    twin = twin_documents("city:one", specs, OWNER)
    assert [id_.replace("city:two1", "city:one") for id_ in row] == list(twin)
    for id_, thing in row.items():
        assert thing["attributes"].pop("_managedBy") == "project/stack/lamps"
        other = twin[id_.replace("city:two1", "city:one")]
        del other["attributes"]["_managedBy"]
        assert json.loads(json.dumps(thing).replace("city:two1", "city:one")) == other


def test_what_columns_become(rows: Make) -> None:
    spec = """
kind: Fleet
id: lamps
policy: n:p
rows: {csv: rows.csv}
twin:
  id: "city:{name}"
  attributes:
    text: "{text}"
    whole: "{count:int}"
    real: "{count:float}"
    yes: "{yes:bool}"
    any: ["{any:json}", "{{{text}}} of {number}"]
    place: {padded: "{number:04}", plain: "{number}"}
"""
    head = "\ufeffname,text,count,yes,any,unused\r\n"
    table = head + 'a b,"Calle ""Ancón"" 50%, \\n",007,true,"{""x"": [null, 1.50]}",\r\n'
    [row] = rows(spec, table)
    text = 'Calle "Ancón" 50%, \\n'
    assert row["city:a b"]["attributes"] == {
        "_isType": False,
        "_managedBy": "project/stack/lamps",
        "text": text,
        "whole": 7,
        "real": 7.0,
        "yes": True,
        "any": [{"x": [None, 1.5]}, f"{{{text}}} of 1"],
        "place": {"padded": "0001", "plain": 1},
    }


def test_json_lines_keep_their_types(rows: Make) -> None:
    spec = """
kind: Fleet
id: lamps
policy: n:p
rows: {jsonl: rows.jsonl}
twin:
  id: "city:lamp_{n}"
  attributes: {a: "{a}", b: "{a} is a", c: "{c}"}
"""
    lines = ['{"n": 1, "a": 1.0, "c": {"deep": [null]}}', "", '{"n": "x", "a": "text", "c": null, "more": 1}']
    first, second = rows(spec, "\n".join(lines), "rows.jsonl")
    kept = ("a", "b", "c")
    assert [first["city:lamp_1"]["attributes"][key] for key in kept] == [1.0, "1.0 is a", {"deep": [None]}]
    assert [second["city:lamp_x"]["attributes"][key] for key in kept] == ["text", "text is a", None]


def test_braces_in_a_type_are_just_braces(rows: Make) -> None:
    spec = f"{TYPES}---\nkind: Fleet\nid: lamps\ntype: city:lamp\nrows: {{count: 1}}\ntwin: {{id: 'city:l{{number}}'}}"
    [row] = rows(spec)
    assert row["city:l1:sensor_1"]["attributes"]["maker"] == "{nobody}"
    assert row["city:l1:sensor_1"]["features"] == {"noise": {"properties": {"level": None}}}


def test_ten_levels_and_ten_thousand_children(rows: Make) -> None:
    types = [
        f"kind: Type\nid: deep:t{level}\npolicy: n:p\nchildren: {{deep:t{level + 1}: 1}}"
        for level in range(10)
    ]
    types.append("kind: Type\nid: deep:t10\npolicy: n:p\nchildren: {deep:leaf: 10000}")
    types.append("kind: Type\nid: deep:leaf\npolicy: n:p\nfeatures: {f: {properties: {v: null}}}")
    fleet = "kind: Fleet\nid: lamps\ntype: deep:t0\nrows: {count: 2}\ntwin: {id: 'deep:root{number}'}"
    first, second = rows("\n---\n".join([*types, fleet]))
    assert len(first) == len(second) == 10_011
    path = "".join(f":t{level}" for level in range(1, 11))
    assert second[f"deep:root2{path}:leaf_10000"]["attributes"]["_parents"] == f"deep:root2{path}"


def test_what_changed_is_patched_and_live_values_are_left_alone(declare: Declare, tmp_path: Path) -> None:
    def template(attributes: str, value: str) -> Any:
        specs = declare(
            f"kind: Fleet\nid: lamps\npolicy: n:p\nrows: {{count: 1}}\ntwin:\n  id: 'city:l{{number}}'\n"
            f"  attributes: {attributes}\n  features: {{light: {{properties: {{level: {value}}}}}}}",
            cache=tmp_path / "cache",
        )
        return row_template(specs.fleets["lamps"].spec, specs)

    old = template("{a: '{number}', gone: 1, same: x}", "'{number}'")
    new = template("{a: '{number}', new: 2, same: x}", "'{number}'")
    filling = Filling(new, "mark")
    [now] = [document(text) for text in filling.texts("city:l1", [1])]

    def patch(known: dict[bool, bool]) -> Any:
        return update(before(old.things[0], new.things[0], now, "city:l1", known), now).patch

    assert patch({False: True, True: True}) == {"attributes": {"gone": None, "new": 2}}
    assert patch({False: False, True: True}) == {"attributes": {"a": 1, "gone": None, "new": 2}}
    assert patch({False: True, True: False}) == {
        "attributes": {"gone": None, "new": 2},
        "features": {"light": {"properties": {"level": 1}}},
    }


INDEXES = st.dictionaries(
    st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), min_size=1, max_size=60),
    st.binary(min_size=5, max_size=5),
)


@given(INDEXES)
def test_an_index_comes_back_as_it_was(index: dict[str, bytes]) -> None:
    assert unpack(pack(index)) == index
    assert list(unpack(pack(index))) == sorted(index)


@given(INDEXES, INDEXES)
def test_indexes_that_differ_have_other_fingerprints(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    one, other = dict(sorted(one.items())), dict(sorted(other.items()))
    assert (fingerprint(one) == fingerprint(other)) is (one == other)
    delta = compare(one, other)
    assert bool(delta.added or delta.changed or delta.removed) is (one != other)


def test_a_twin_of_a_fleet_takes_less_than_24_bytes() -> None:
    index = {f"city:lamp_{number:06}": os.urandom(5) for number in range(6_000)}
    assert len(pack(index)) < 12 * len(index)


def test_rows_stay_in_their_shards_when_others_come_and_go() -> None:
    counts = [0] * 16
    for number in range(16_000):
        counts[shard_of(f"city:lamp_{number}", 16)] += 1
    assert 850 < min(counts) <= max(counts) < 1150
    # Written down, as other versions of this program have to find the same.
    assert [shard_of(f"city:lamp_{number}", 16) for number in range(8)] == SHARDS


SHARDS = [6, 4, 8, 11, 7, 13, 15, 9]


def _sample(rows: dict[int, bytes]) -> str:
    sampler = Sampler()
    for key, digest in rows.items():
        sampler.take(key, digest)
    return sampler.text()


@given(
    st.dictionaries(st.integers(0, (1 << 63) - 1), st.binary(min_size=4, max_size=4), max_size=30), st.data()
)
def test_what_changes_in_a_small_fleet_is_known_exactly(rows: dict[int, bytes], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from(sorted(rows)))) if rows else set()
    other = {key: value for key, value in rows.items() if key not in gone}
    changed = data.draw(st.sets(st.sampled_from(sorted(other)))) if other else set()
    new = {
        key: (b"\1\2\3\4" if value != b"\1\2\3\4" else b"....") if key in changed else value
        for key, value in other.items()
    }
    found = change(
        len(rows), _sample(rows), len(new) + 1, _sample(new | {1 << 63: b"new "}), same_template=True
    )
    assert found == Change(len(rows), len(changed), len(gone))


def test_what_changes_in_a_large_fleet_is_known_about() -> None:
    chance = random.Random(1)
    rows = {chance.getrandbits(64): b"1234" for _ in range(50 * KEPT)}
    new = {
        key: b"5678" if place % 10 == 0 else value
        for place, (key, value) in enumerate(rows.items())
        if place % 5
    }
    found = change(len(rows), _sample(rows), len(new), _sample(new), same_template=True)
    assert abs(found.deleted / len(rows) - 0.2) < 0.05
    assert found.updated == 0
    found = change(len(rows), _sample(rows), len(rows), _sample(rows), same_template=False)
    assert found.updated == len(rows)
    assert not found.is_exact


def test_a_fleet_that_fits_its_sample_is_known_exactly() -> None:
    rows = {number << 40: b"1234" for number in range(KEPT)}
    half = dict(list(rows.items())[: KEPT // 2])
    other = half | {(number << 40) + 1: b"1234" for number in range(KEPT // 2)}
    found = change(KEPT, _sample(rows), KEPT, _sample(other), same_template=True)
    assert found == Change(KEPT, 0, KEPT // 2)
