"""Specs that are right one by one but do not fit together are refused, and the error names what to change."""

import pytest

from tests.twins.conftest import Mistakes

TYPE = "kind: Type\nid: n:t\npolicy: n:p\n"
TWIN = "kind: Twin\nid: n:w\npolicy: n:p\n"


class TestTypes:
    def test_a_cycle_is_printed(self, mistakes: Mistakes) -> None:
        text = (
            "kind: Type\nid: n:b\npolicy: n:p\nchildren: {n:c: 1}\n---\n"
            "kind: Type\nid: n:c\npolicy: n:p\nchildren: {n:a: 2}\n---\n"
            "kind: Type\nid: n:a\npolicy: n:p\nchildren:\n  n:b: 1\n---\n"
            "kind: Twin\nid: n:w\ntype: n:a"
        )
        assert mistakes(text) == [
            "specs/spec.yaml:18: children.n:b: types are composed in a cycle: n:a → n:b → n:c → n:a;"
            " remove one of these children"
        ]

    def test_a_type_in_itself_is_a_cycle(self, mistakes: Mistakes) -> None:
        assert mistakes(TYPE + "children: {n:t: 1}") == [
            "specs/spec.yaml:5: children.n:t: types are composed in a cycle: n:t → n:t; remove one of"
            " these children"
        ]

    def test_children_of_the_same_name_are_refused(self, mistakes: Mistakes) -> None:
        text = TYPE + "children:\n  a:s: 2\n  b:s_1: 1\n"
        others = "".join(f"---\n{TYPE}".replace("n:t", other) for other in ("a:s", "b:s_1"))
        assert mistakes(text + others) == [
            "specs/spec.yaml:7: children.b:s_1: a child would be called s_1, as one of a:s is; rename a type"
        ]

    def test_types_that_multiply_beyond_measure_are_refused_without_being_composed(
        self, mistakes: Mistakes
    ) -> None:
        types = [f"kind: Type\nid: n:t{i}\npolicy: n:p\nchildren: {{n:t{i + 1}: 1000}}\n" for i in range(9)]
        last = TYPE.replace("n:t", "n:t9")
        lines = mistakes("---\n".join([*types, last, "kind: Twin\nid: n:w\ntype: n:t0\n"]))
        assert lines == [
            "specs/spec.yaml:63: type: this twin would consist of 1001001001001001001001001001 things, and"
            " the most is"
            " 20000; split it"
        ]


class TestTwins:
    def test_parents_in_a_cycle_are_printed(self, mistakes: Mistakes) -> None:
        text = "".join(
            f"kind: Twin\nid: n:{a}\npolicy: n:p\nparent: n:{b}\n---\n" for a, b in ("ab", "bc", "ca")
        )
        assert mistakes(text.removesuffix("---\n")) == [
            "specs/spec.yaml:5: parent: twins are each other's parents: n:a → n:b → n:c → n:a;"
            " change one of these parents"
        ]

    def test_two_parents_are_both_named(self, mistakes: Mistakes) -> None:
        text = (
            f"{TWIN}children:\n  arm: {{}}\n---\nkind: Twin\nid: n:other\npolicy: n:p\n---\n"
            "kind: Twin\nid: n:w:arm\npolicy: n:p\nparent: n:other"
        )
        assert mistakes(text) == [
            "specs/spec.yaml:6: children.arm: n:w:arm would have two parents: n:w here, and n:other by its"
            " own spec at"
            " specs/spec.yaml:17; take it out of one of them"
        ]

    def test_a_child_with_a_spec_of_its_own_is_refused(self, mistakes: Mistakes) -> None:
        text = (
            "kind: Twin\nid: n:w\ntype: n:t\n---\nkind: Twin\nid: n:w:s\npolicy: n:p\nparent: n:w\n---\n"
            f"{TYPE}children: {{n:s: 1}}\n---\n{TYPE.replace('n:t', 'n:s')}"
        )
        assert mistakes(text) == [
            "specs/spec.yaml:4: type: the child n:w:s has a spec of its own at specs/spec.yaml:6; move"
            " what it says"
            " below children here, or rename it"
        ]

    def test_a_made_child_keeps_its_type(self, mistakes: Mistakes) -> None:
        text = (
            "kind: Twin\nid: n:w\ntype: n:t\nchildren:\n  s: {type: n:t2}\n---\n"
            f"{TYPE}children: {{n:s: 1}}\n---\n{TYPE.replace('n:t', 'n:s')}---\n{TYPE.replace('n:t', 'n:t2')}"
        )
        assert mistakes(text) == [
            "specs/spec.yaml:6: children.s.type: type n:t makes s of type n:s; leave the type out, or"
            " rename the child"
        ]

    @pytest.mark.parametrize("name", ["s_3", "s"])
    def test_a_child_that_the_type_makes_under_another_name_is_refused(
        self, name: str, mistakes: Mistakes
    ) -> None:
        text = (
            f"kind: Twin\nid: n:w\ntype: n:t\nchildren:\n  {name}: {{attributes: {{a: 1}}}}\n---\n"
            f"{TYPE}children: {{n:s: 2}}\n---\n{TYPE.replace('n:t', 'n:s')}"
        )
        assert mistakes(text) == [
            f"specs/spec.yaml:6: children.{name}: type n:t makes no {name}, but s_1, s_2; rename it, or"
            " give it a type"
        ]

    def test_what_a_type_repeats_is_told_once(self, mistakes: Mistakes) -> None:
        text = (
            f"kind: Twin\nid: n:{'a' * 250}\ntype: n:t\n---\n"
            f"{TYPE}children: {{n:sensor: 500}}\n---\n{TYPE.replace('n:t', 'n:sensor')}"
        )
        assert len(mistakes(text)) == 1


class TestPolicies:
    def test_its_parts_are_checked(self, mistakes: Mistakes) -> None:
        text = """
        kind: Policy
        id: n:q
        entries:
          opentwins: {subjects: [a:b], resources: {}}
          device:
            subjects: [device]
            resources:
              things:/: {grant: [READ]}
              thing:/: {grant: [DANCE]}
        imports:
          n:p: {entries: [nothing]}
          n:none: {}
        """
        lines = mistakes(text)
        assert [line.split(";")[0] for line in lines] == [
            "specs/spec.yaml:5: entries.opentwins: 'opentwins' is not allowed",
            "specs/spec.yaml:7: entries.device.subjects.device: 'device' is not allowed",
            "specs/spec.yaml:9: entries.device.resources.things:/: 'things:/' is not allowed",
            "specs/spec.yaml:10: entries.device.resources.thing:/.grant[0]: has to be READ, WRITE or EXECUTE,"
            " not the text 'DANCE'",
        ]

    def test_imports_lead_to_entries_that_are_there(self, mistakes: Mistakes) -> None:
        text = """
        kind: Policy
        id: n:q
        imports:
          n:p: {entries: [nothing]}
          n:none: {}
        """
        assert mistakes(text) == [
            "specs/spec.yaml:5: imports.n:p.entries[0]: n:p has no entry nothing; there are none",
            "specs/spec.yaml:6: imports.n:none: no Policy n:none is declared; use one of n:p, n:q",
        ]

    def test_imports_in_a_cycle_are_printed(self, mistakes: Mistakes) -> None:
        text = "kind: Policy\nid: n:q\nimports: {n:r: {}}\n---\nkind: Policy\nid: n:r\nimports: {n:q: {}}"
        assert mistakes(text) == [
            "specs/spec.yaml:4: imports.n:r: policies import each other: n:q → n:r → n:q; remove one of"
            " these imports"
        ]

    def test_a_policy_beyond_the_limit_is_refused(self, mistakes: Mistakes) -> None:
        subjects = ", ".join(f"issuer:subject-{number:04}" for number in range(3000))
        entry = f"{{subjects: [{subjects}], resources: {{'thing:/': {{}}}}}}"
        text = f"kind: Policy\nid: n:q\nentries:\n  all: {entry}"
        (line,) = mistakes(text)
        assert line.endswith("characters of JSON, Ditto takes 102400; split it")


class TestFeatures:
    def test_hints_are_for_what_is_there_and_can_be(self, mistakes: Mistakes) -> None:
        text = """
        kind: Type
        id: n:t
        policy: n:p
        features:
          f:
            properties: {value: 1, state: on, ok: true, place: {x: 1}}
            display:
              value: {min: 5, max: 5, thresholds: [{colour: red}, {colour: blue}]}
              state: {label: State, decimals: 1}
              ok: {thresholds: [{colour: red}]}
              place/x: {min: 0}
              place/y: {min: 0}
        """
        assert mistakes(text) == [
            "specs/spec.yaml:9: features.f.display.value.max: 5 is not above min, 5; swap or correct them",
            "specs/spec.yaml:9: features.f.display.value.thresholds[1]: there is a threshold without a value"
            " already; remove one of them",
            "specs/spec.yaml:10: features.f.display.state.decimals: the property's value is a text, and"
            " this is"
            " for numbers; remove it",
            "specs/spec.yaml:11: features.f.display.ok.thresholds: the property's value is a boolean, and"
            " this is"
            " for numbers; remove it",
            "specs/spec.yaml:13: features.f.display.place/y: the feature has no property place/y; do you mean"
            " place?",
        ]

    def test_hints_are_for_values_and_not_for_what_is_made_of_several(self, mistakes: Mistakes) -> None:
        text = """
        kind: Type
        id: n:t
        policy: n:p
        features:
          f:
            properties: {place: {x: 1}, route: [1, 2], empty: {}}
            display:
              place: {unit: degree}
              route: {unit: degree}
              route/1: {unit: degree}
              route/2: {unit: degree}
              empty: {unit: degree}
        ---
        kind: Dashboard
        id: d
        type: n:t
        panels: [{feature: f, property: place}, {feature: f, property: route/0}]
        """
        parts = "which is shown part by part; write"
        assert mistakes(text) == [
            f"specs/spec.yaml:9: features.f.display.place: the property's value is an object, {parts}"
            " place/x for one of them",
            f"specs/spec.yaml:10: features.f.display.route: the property's value is a list, {parts}"
            " route/0 for one of them",
            "specs/spec.yaml:12: features.f.display.route/2: the feature has no property route/2; do you mean"
            " route?",
            f"specs/spec.yaml:19: panels[0].property: the property's value is an object, {parts}"
            " place/x for one of them",
        ]

    def test_hints_of_a_twin_may_be_for_what_its_type_has(self, mistakes: Mistakes) -> None:
        text = (
            "kind: Twin\nid: n:w\ntype: n:t\nfeatures:\n  f:\n"
            "    display: {value: {min: 1}, no: {min: 1}}\n---\n"
            f"{TYPE}features: {{f: {{properties: {{value: 1}}}}}}"
        )
        assert mistakes(text) == [
            "specs/spec.yaml:7: features.f.display.no: the feature has no property no; use one of value"
        ]

    def test_no_two_properties_are_stored_under_one_name(self, mistakes: Mistakes) -> None:
        text = f"{TYPE}features:\n  f: {{properties: {{a_b: 1, a: {{b: 1}}, a b: {{c: 2}}}}}}\n"
        assert mistakes(text) == [
            "specs/spec.yaml:6: features.f: f/properties/a_b would be stored under the same name as"
            " f/properties/a/b, value_f_properties_a_b; rename one"
        ]


class TestDashboards:
    TEXT = (
        "kind: Twin\nid: n:w\npolicy: n:p\nfeatures: {speed: {properties: {value: 1}}}\n"
        "children: {arm: {features: {angle: {properties: {value: up}}}}}\n---\nkind: Dashboard\nid: d\n"
    )

    def test_it_shows_one_thing(self, mistakes: Mistakes) -> None:
        assert mistakes(self.TEXT + "twin: n:w\ntype: n:t\n---\n" + TYPE) == [
            "specs/spec.yaml:11: twin: a dashboard shows a twin or a type; name one of the two"
        ]

    def test_a_thing_has_one_dashboard(self, mistakes: Mistakes) -> None:
        assert mistakes(self.TEXT + "twin: n:w\n---\nkind: Dashboard\nid: e\ntwin: n:w") == [
            "specs/spec.yaml:16: twin: n:w has the dashboard d, declared at specs/spec.yaml:8; keep one"
        ]

    def test_its_panels_show_what_is_there(self, mistakes: Mistakes) -> None:
        text = (
            self.TEXT
            + "twin: n:w\npanels:\n- {feature: sped}\n- {feature: speed, property: x}\n- {feature: angle}\n"
            "- {feature: angle, child: leg}\n- {feature: angle, child: arm}\nexclude: [hue]"
        )
        assert mistakes(text) == [
            "specs/spec.yaml:13: panels[0].feature: there is no feature sped; do you mean speed?",
            "specs/spec.yaml:14: panels[1].property: the feature has no property x; use one of value",
            "specs/spec.yaml:15: panels[2].feature: there is no feature angle; child arm has it",
            "specs/spec.yaml:16: panels[3].child: there is no child leg; use one of arm",
            "specs/spec.yaml:18: exclude[0]: there is no feature hue; use one of angle, speed",
        ]

    def test_its_scales_fit_what_is_shown(self, mistakes: Mistakes) -> None:
        text = (
            self.TEXT.replace("1}}}", "1}, display: {value: {max: 5}}}}")
            + "twin: n:w\npanels:\n- {feature: speed, min: 5}\n"
            "- {feature: angle, child: arm, kind: gauge}\n- {feature: angle, child: arm, decimals: 1}"
        )
        assert mistakes(text) == [
            "specs/spec.yaml:13: panels[0].max: 5 is not above min, 5; swap or correct them",
            "specs/spec.yaml:14: panels[1].kind: a gauge shows numbers, and the property's value is none; use"
            " stat or state",
            "specs/spec.yaml:15: panels[2].decimals: the property's value is a text, and this is for numbers;"
            " remove it",
        ]

    def test_that_of_a_type_compares_its_twins(self, mistakes: Mistakes) -> None:
        text = (
            f"{TYPE}features: {{f: {{properties: {{value: 1}}}}}}\n---\nkind: Dashboard\nid: d\ntype: n:t\n"
        )
        assert mistakes(text + "panels:\n- {feature: f, kind: stat}") == [
            "specs/spec.yaml:12: panels[0].kind: a type's dashboard compares twins over time; use timeseries"
        ]

    def test_that_of_a_type_shows_no_children(self, mistakes: Mistakes) -> None:
        text = f"{TYPE}---\nkind: Dashboard\nid: d\ntype: n:t\npanels: [{{child: a, feature: f}}]"
        assert mistakes(text) == [
            "specs/spec.yaml:10: panels[0].child: a type's dashboard shows no children; make one of the"
            " child's type"
        ]
