"""Types and twins become things in exactly the data model that OpenTwins' Extended API writes."""

import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.twins.conftest import Declare
from twins.compose import Owner, policy_document, twin_displays, twin_documents, type_document
from twins.fleet.compose import row_template
from twins.fleet.filling import Filling
from twins.fleet.template import read
from twins.models import Display, Threshold
from twins.specs import Specs
from twins.tree import members

OWNER = Owner("opentwins/dev", "nginx:ditto")

TYPES = """
kind: Type
id: n:car
policy: n:p
definition: org.example:car:1.0.0
attributes: {wheels: 4, colour: {body: red, roof: black}, tags: [a, b]}
features:
  speed:
    definition: [org.example:speed:1.0.0]
    properties: {value: 12.5, unit: kmh, nested: {a: true, b: [1, {c: x}], empty: {}}, none: null}
    desiredProperties: {value: 50}
    display: {value: {unit: velocitykmh, max: 200}}
  horn: {}
children: {n:wheel: 2, x.y:motor: 1}
---
kind: Type
id: n:wheel
policy: n:p
features: {pressure: {properties: {value: 2}}}
children: {n:deep:valve: 1}
---
kind: Type
id: x.y:motor
policy: n:q
---
kind: Type
id: n:deep:valve
policy: n:p
---
kind: Policy
id: n:q
"""
CAR = """
kind: Twin
id: n:herbie
type: n:car
"""


def test_a_twin_is_its_whole_tree_with_parents_first(declare: Declare) -> None:
    things = twin_documents("n:herbie", declare(f"{TYPES}---{CAR}"), OWNER)
    # A child's name is the second part of its type's id, with a number only if there are several.
    assert list(things) == [
        "n:herbie",
        "n:herbie:wheel_1",
        "n:herbie:wheel_1:deep",
        "n:herbie:wheel_2",
        "n:herbie:wheel_2:deep",
        "n:herbie:motor",
    ]


def test_attributes_are_copied_and_feature_values_become_null(declare: Declare) -> None:
    things = twin_documents("n:herbie", declare(f"{TYPES}---{CAR}"), OWNER)
    assert things["n:herbie"] == {
        "policyId": "n:p",
        "definition": "org.example:car:1.0.0",
        "attributes": {
            "wheels": 4,
            "colour": {"body": "red", "roof": "black"},
            "tags": ["a", "b"],
            "type": "n:car",
            "_isType": False,
            "_managedBy": "opentwins/dev/n:herbie",
        },
        "features": {
            "speed": {
                "definition": ["org.example:speed:1.0.0"],
                "properties": {
                    "value": None,
                    "unit": None,
                    "nested": {"a": None, "b": [None, {"c": None}], "empty": {}},
                    "none": None,
                },
                "desiredProperties": {"value": None},
            },
            "horn": {},
        },
    }


def test_each_child_has_its_own_type_and_policy_and_one_parent(declare: Declare) -> None:
    things = twin_documents("n:herbie", declare(f"{TYPES}---{CAR}"), OWNER)
    assert things["n:herbie:motor"] == {
        "policyId": "n:q",
        "attributes": {
            "type": "x.y:motor",
            "_isType": False,
            "_parents": "n:herbie",
            "_managedBy": "opentwins/dev/n:herbie:motor",
        },
        "features": {},
    }
    assert things["n:herbie:wheel_2:deep"]["attributes"]["_parents"] == "n:herbie:wheel_2"


def test_a_type_is_a_thing_that_counts_its_parents(declare: Declare) -> None:
    specs = declare(TYPES)
    assert type_document("n:wheel", specs, OWNER) == {
        "policyId": "n:p",
        "attributes": {"_isType": True, "_parents": {"n:car": 2}, "_managedBy": "opentwins/dev/n:wheel"},
        "features": {"pressure": {"properties": {"value": 2}}},
    }
    assert "_parents" not in type_document("n:car", specs, OWNER)["attributes"]


def test_what_the_twin_says_goes_over_what_its_type_says(declare: Declare) -> None:
    text = """
kind: Twin
id: n:herbie
type: n:car
policy: n:q
definition: org.example:beetle:53.0.0
attributes: {colour: {body: white}, tags: [c], number: 53, wheels: null}
features:
  speed: {properties: {value: 7, nested: {b: [9]}}}
  mood: {properties: {value: happy}}
"""
    herbie = twin_documents("n:herbie", declare(f"{TYPES}---{text}"), OWNER)["n:herbie"]
    assert herbie["policyId"] == "n:q"
    assert herbie["definition"] == "org.example:beetle:53.0.0"
    assert herbie["attributes"] | {"_managedBy": 0} == {
        "colour": {"body": "white", "roof": "black"},
        "tags": ["c"],
        "number": 53,
        "wheels": None,
        "type": "n:car",
        "_isType": False,
        "_managedBy": 0,
    }
    assert herbie["features"]["mood"] == {"properties": {"value": "happy"}}
    assert herbie["features"]["speed"]["properties"] == {
        "value": 7,
        "unit": None,
        "nested": {"a": None, "b": [9], "empty": {}},
        "none": None,
    }


def test_children_are_changed_and_added_at_any_depth(declare: Declare) -> None:
    text = """
kind: Twin
id: n:herbie
type: n:car
children:
  wheel_2:
    attributes: {flat: true}
    children:
      deep: {policy: n:q}
      cap: {features: {shine: {properties: {value: 1}}}}
  radio: {type: n:wheel}
"""
    things = twin_documents("n:herbie", declare(f"{TYPES}---{text}"), OWNER)
    assert list(things)[3:] == [
        "n:herbie:wheel_2",
        "n:herbie:wheel_2:deep",
        "n:herbie:wheel_2:cap",
        "n:herbie:motor",
        "n:herbie:radio",
        "n:herbie:radio:deep",
    ]
    assert things["n:herbie:wheel_2"]["attributes"]["flat"] is True
    assert things["n:herbie:wheel_2:deep"]["policyId"] == "n:q"
    # A child without type and policy has its parent's policy.
    assert things["n:herbie:wheel_2:cap"] == {
        "policyId": "n:p",
        "attributes": {
            "_isType": False,
            "_parents": "n:herbie:wheel_2",
            "_managedBy": "opentwins/dev/n:herbie:wheel_2:cap",
        },
        "features": {"shine": {"properties": {"value": 1}}},
    }
    assert things["n:herbie:radio"]["attributes"]["type"] == "n:wheel"


def test_a_twin_without_a_type_keeps_its_values_and_may_have_a_parent(declare: Declare) -> None:
    text = "kind: Twin\nid: n:a\npolicy: n:p\nfeatures: {f: {properties: {v: 1}}}\nparent: n:b\n---\n"
    things = twin_documents("n:a", declare(text + "kind: Twin\nid: n:b\npolicy: n:p"), OWNER)
    assert things == {
        "n:a": {
            "policyId": "n:p",
            "attributes": {"_isType": False, "_parents": "n:b", "_managedBy": "opentwins/dev/n:a"},
            "features": {"f": {"properties": {"v": 1}}},
        }
    }


def test_no_document_shares_anything_with_another(declare: Declare) -> None:
    specs = declare(f"{TYPES}---{CAR}")
    before = json.dumps(twin_documents("n:herbie", specs, OWNER))
    for document in twin_documents("n:herbie", specs, OWNER).values():
        document["attributes"].clear()
        for feature in document["features"].values():
            feature.get("properties", {}).clear()
    type_document("n:car", specs, OWNER)["attributes"]["colour"].clear()
    assert json.dumps(twin_documents("n:herbie", specs, OWNER)) == before


def test_hints_for_dashboards_are_merged_and_kept_from_ditto(declare: Declare) -> None:
    text = """
kind: Twin
id: n:herbie
type: n:car
features:
  speed: {display: {nested/a: {label: Nested}}}
  mood:
    properties: {value: 1}
    display: {value: {thresholds: [{colour: gray}, {value: 5, colour: dark-red}]}}
"""
    specs = declare(f"{TYPES}---{text}")
    assert twin_displays("n:herbie", specs)["n:herbie"] == {
        "speed": {"value": Display(unit="velocitykmh", max=200), "nested/a": Display(label="Nested")},
        "horn": {},
        "mood": {
            "value": Display(thresholds=[Threshold(colour="gray"), Threshold(value=5, colour="dark-red")])
        },
    }
    assert "display" not in json.dumps(twin_documents("n:herbie", specs, OWNER))


def test_a_policy_has_an_entry_that_keeps_its_owner_in(declare: Declare) -> None:
    text = """
kind: Policy
id: n:q
entries:
  device:
    subjects: [connection:a, connection:b]
    resources: {"thing:/features": {grant: [WRITE]}}
  people:
    subjects: {"google:me": {type: a person}}
    resources: {"thing:/": {grant: [READ], revoke: [WRITE]}, "policy:/": {}}
    importable: never
imports: {n:p: {}}
"""
    spec = declare(text).policies["n:q"].spec
    everything = {"grant": ["READ", "WRITE"], "revoke": []}
    # Written as Ditto answers, so that what was sent and what is read are the same.
    assert policy_document(spec, OWNER) == {
        "entries": {
            "device": {
                "subjects": {"connection:a": {"type": "declared"}, "connection:b": {"type": "declared"}},
                "resources": {"thing:/features": {"grant": ["WRITE"], "revoke": []}},
                "importable": "implicit",
            },
            "people": {
                "subjects": {"google:me": {"type": "a person"}},
                "resources": {
                    "thing:/": {"grant": ["READ"], "revoke": ["WRITE"]},
                    "policy:/": {"grant": [], "revoke": []},
                },
                "importable": "never",
            },
            "opentwins": {
                "subjects": {"nginx:ditto": {"type": "opentwins/dev/n:q"}},
                "resources": {"message:/": everything, "policy:/": everything, "thing:/": everything},
                "importable": "never",
            },
        },
        "imports": {"n:p": {"entries": []}},
    }


def _chain(levels: int, width: int) -> str:
    """Return types in which each has the next as a child, the last one `width` times."""
    types = [
        f"kind: Type\nid: n:t{level}\npolicy: n:p\nfeatures: {{f: {{properties: {{v: 1}}}}}}\n"
        + (
            f"children: {{n:t{level + 1}: {width if level == levels - 2 else 1}}}\n"
            if level < levels - 1
            else ""
        )
        for level in range(levels)
    ]
    return "---\n".join([*types, "kind: Twin\nid: n:w\ntype: n:t0\n"])


def test_ten_levels_and_ten_thousand_children_compose(declare: Declare) -> None:
    specs = declare(_chain(levels=11, width=10_000))
    things = twin_documents("n:w", specs, OWNER)
    assert len(things) == 10 + 10_000
    assert list(things)[-1] == "n:w:t1:t2:t3:t4:t5:t6:t7:t8:t9:t10_10000"


def _calls(work: Callable[[], object]) -> int:
    """How many functions are called in doing something: a measure of it that no busy machine alters."""
    count = 0

    def called(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_work_grows_as_the_tree_does(declare: Declare, tmp_path: Path) -> None:
    fleet = "---\nkind: Fleet\nid: l\ntype: n:t0\nrows: {count: 2}\ntwin: {id: 'n:r{number}'}\n"

    def work(width: int) -> list[int]:
        text = _chain(levels=10, width=width) + fleet
        found: list[Specs] = []

        def rows() -> list[str]:
            template = read(row_template(found[0].fleets["l"].spec, found[0]).text)
            return Filling(template, "mark").texts("n:r1", [1])

        return [
            _calls(lambda: found.append(declare(text, cache=tmp_path / f"cache-{width}"))),
            _calls(lambda: twin_documents("n:w", found[0], OWNER)),
            _calls(rows),
        ]

    for few, many in zip(work(400), work(4_000), strict=True):
        assert many < 10.5 * few


def test_a_chain_of_types_is_limited_by_its_ids_and_not_by_recursion(declare: Declare) -> None:
    specs = declare(_chain(levels=60, width=1))
    depth = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 40)
    try:
        paths = [len(member.path) for member in members("n:w", specs)]
    finally:
        sys.setrecursionlimit(depth)
    assert paths == list(range(60))
