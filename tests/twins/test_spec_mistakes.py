"""Every mistake in a spec is named: all at once, each with its line and what to do."""

from pathlib import Path

import pytest

from tests.twins.conftest import Declare, Mistakes
from twins.load import SpecErrors, load
from twins.schema import KINDS

TYPE = "kind: Type\nid: n:t\npolicy: n:p\n"
TWIN = "kind: Twin\nid: n:w\npolicy: n:p\n"
MQTT = "kind: Connection\nid: c\ntype: mqtt-5\n"
SOURCES = "sources: [{addresses: [a/#]}]\n"
NAMES = (
    "write namespace:name, the namespace of ASCII letters, digits and _, its parts joined by . or - and"
    " each starting"
    " with a letter; in the name, leave out /, control characters and U+0080 to U+00FF (é, ü, °), which"
    " Ditto refuses"
)
FREE = "leave out /, control characters and U+0080 to U+00FF (é, ü, °), which Ditto refuses"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            TYPE + "attribtes: {}",
            "5: attribtes: this key is unknown; do you mean attributes?",
            id="an unknown key",
        ),
        pytest.param(
            MQTT + "service: mosquitto\nsources:\n- addresses: [a]\n  quality: 1",
            "8: sources[0].quality: this key is unknown; use one of acknowledgementRequests, addresses,"
            " consumerCount,"
            " enforcement, headerMapping, mappers, qos, replyTarget, subjects",
            id="an unknown key deep inside",
        ),
        pytest.param(
            TYPE + "client_count: 1",
            "5: client_count: this key is unknown; use one of adopt, apiVersion, attributes, children,"
            " definition,"
            " features, id, kind, policy",
            id="a key in snake case",
        ),
        pytest.param(
            TYPE + "attributes: [a]",
            "5: attributes: has to be a mapping of keys to values, not a list; correct it",
            id="a list for a mapping",
        ),
        pytest.param(
            TWIN + "dashboard: no",
            "5: dashboard: has to be true or false, not the text 'no'; correct it",
            id="a word of YAML 1.1 for a boolean",
        ),
        pytest.param(
            TYPE + "children: {n:t2: '2'}\n---\n" + TYPE.replace("n:t", "n:t2"),
            "5: children.n:t2: has to be a whole number, not the text '2'; correct it",
            id="a quoted number",
        ),
        pytest.param(
            TYPE + "children:\n  n:t2: 0\n---\n" + TYPE.replace("n:t", "n:t2"),
            "6: children.n:t2: has to be 1 or more, not 0; correct it",
            id="no children at all",
        ),
        pytest.param("kind: Type\nid: n:t", "1: policy: this key is missing; add it", id="a missing key"),
        pytest.param(
            "kind: twin\nid: n:t", "2: kind: there is no kind twin; do you mean Twin?", id="an unknown kind"
        ),
        pytest.param(
            "id: n:t",
            f"1: kind: this key is missing; use one of {', '.join(sorted(KINDS))}",
            id="no kind",
        ),
        pytest.param(
            "kind: [Type]",
            "2: kind: has to be text, not a list; do you mean Type?",
            id="a list of kinds",
        ),
        pytest.param(
            TWIN.replace("n:w", "w"), f"3: id: 'w' is not allowed; {NAMES}", id="an id without a namespace"
        ),
        pytest.param(
            TYPE + "features: {'*': {}}",
            f"5: features.*: '*' is not allowed; {FREE}, and do not use * alone",
            id="an illegal feature id",
        ),
        pytest.param(
            TYPE + "features:\n  a/b: {}",
            "6: features.a/b: the key holds /, a control character or U+0080 to U+00FF (é, ü, °), which"
            " Ditto refuses;"
            " rename it",
            id="a feature id with a slash",
        ),
        pytest.param(
            MQTT.replace("id: c", "id: a.b") + "service: mosquitto\n" + SOURCES,
            "3: id: 'a.b' is not allowed; use ASCII letters, digits, _, - and :",
            id="an illegal connection id",
        ),
        pytest.param(
            f"kind: Dashboard\nid: {'d' * 41}\ntype: n:t\n---\n{TYPE}",
            "3: id: 41 characters are too many; shorten it to 40",
            id="a dashboard id that is too long",
        ),
        pytest.param(
            f"{TYPE}---\n{TWIN}---\n{TYPE}",
            "13: id: Type n:t is declared at specs/spec.yaml:3 already; remove or rename one of them",
            id="a duplicate id",
        ),
        pytest.param(
            f"{TYPE}---\n{TWIN.replace('n:w', 'n:t')}",
            "8: id: n:t is a Type, declared at specs/spec.yaml:1; rename one of them",
            id="a twin with the id of a type",
        ),
        pytest.param(
            TWIN.replace("policy: n:p", "type: n:raspbery") + "---\n" + TYPE.replace("n:t", "n:raspberry"),
            "4: type: no Type n:raspbery is declared; do you mean n:raspberry?",
            id="a missing type",
        ),
        pytest.param(
            TYPE.replace("n:p", "x:policy"),
            "4: policy: no Policy x:policy is declared; use one of n:p",
            id="a missing policy",
        ),
        pytest.param(
            TWIN + "type: n:p",
            "5: type: n:p is a Policy, and a Type is needed; name one",
            id="a reference to another kind",
        ),
        pytest.param(
            TWIN + "children:\n  a:\n    children:\n      b: {type: n:none}",
            "8: children.a.children.b.type: no Type n:none is declared; there are none",
            id="a missing type of a grandchild",
        ),
        pytest.param(
            "kind: Twin\nid: n:w",
            "1: policy: a twin needs a policy; name one, or a type, which has one",
            id="a twin without type and policy",
        ),
        pytest.param(
            TWIN + "parent: [n:a, n:b]",
            "5: parent: a twin has one parent at most; name one",
            id="a list of parents",
        ),
        pytest.param(
            TWIN + "parent: n:none",
            "5: parent: no Twin n:none is declared; use one of n:w",
            id="a missing parent",
        ),
        pytest.param(
            TWIN + "attributes:\n  _parents: n:x",
            f"6: attributes._parents: '_parents' is not allowed; {FREE}, and do not use _isType, _parents,"
            " _managedBy,"
            " type, copyOf, which OpenTwins sets by itself",
            id="an attribute that is OpenTwins' own",
        ),
        pytest.param(
            TWIN + "attributes: {a: {'': 1}}",
            "5: attributes.a.: the key has no characters; name it",
            id="an empty key",
        ),
        pytest.param(
            TWIN + "attributes:\n  a:\n  - {Größe: 1}",
            "7: attributes.a[0].Größe: the key holds /, a control character or U+0080 to U+00FF (é, ü, °),"
            " which Ditto"
            " refuses; rename it",
            id="a key that Ditto refuses",
        ),
        pytest.param(
            TWIN + "attributes: {'{{ ~a.*~ }}': 1}",
            "5: attributes.{{ ~a.*~ }}: the key is a pattern by which Ditto would remove other keys;"
            " rename it",
            id="a key that would remove others",
        ),
        pytest.param(
            TWIN + 'attributes: {a: "\\0"}',
            "5: attributes.a: the text holds the character U+0000; remove it",
            id="a null character",
        ),
        pytest.param(
            TWIN + "definition: nonsense",
            "5: definition: 'nonsense' is not allowed; write namespace:name:version, or the http(s)"
            " address of a Thing"
            " Model",
            id="an illegal definition",
        ),
        pytest.param(
            TWIN + f"attributes: {{a: {'x' * 102_400}}}",
            "3: id: the thing n:w has 102606 characters of JSON; Ditto takes 102400, so split it",
            id="a document beyond the limit",
        ),
        pytest.param(
            TYPE + "features: {f: {properties: {v: 1}, display: {v: {thresholds: [{colour: grey}]}}}}",
            "5: features.f.display.v.thresholds[0].colour: 'grey' is not allowed; write #rrggbb, or red,"
            " orange, yellow, green, blue, purple, maybe with light- or dark- before it, or another name that"
            " Grafana knows, such as gray",
            id="a colour that Grafana does not know",
        ),
        pytest.param(
            f"kind: Dashboard\nid: d\ntype: n:t\nfrom: yesterday\nrefresh: 10\n---\n{TYPE}",
            "5: from: 'yesterday' is not allowed; write a time such as now-6h, now/d or 2024-01-31\n"
            "specs/spec.yaml:6: refresh: has to be text, not 10; quote it",
            id="times that Grafana does not know",
        ),
        pytest.param(
            "kind: UnityPanel\nid: u\ntype: n:t\nbuild: https://x/y\nsend: {method: ''}",
            "6: send.method: has to have 1 character or more, not the text ''; correct it",
            id="a method without a name",
        ),
        pytest.param(
            "kind: UnityPanel\nid: u\ntype: n:t\nbuild: https://x/y\nreceive: [{event: e, variable: a-b}]",
            "6: receive[0].variable: has to fit the pattern ^[A-Za-z0-9_]+$, not the text 'a-b'; correct it",
            id="a variable that no query can name",
        ),
        pytest.param(
            TYPE + "features: {f: {properties: {value: 1}, display: {valeu: {}}}}",
            "5: features.f.display.valeu: the feature has no property valeu; do you mean value?",
            id="a hint for a property that is not there",
        ),
    ],
)
def test_a_spec_with_a_mistake_is_refused(text: str, expected: str, mistakes: Mistakes) -> None:
    assert mistakes(text) == f"specs/spec.yaml:{expected}".split("\n")


@pytest.mark.parametrize(
    "name",
    [
        "1n:a",
        "_n:a",
        "n..m:a",
        ".n:a",
        "n.:a",
        "n.1:a",
        "n-1:a",
        "n-:a",
        ":a",
        "n:",
        "n:a/b",
        "n:é",
        "n:\\x7f",
        "ñ:a",
        "n",
    ],
)
def test_an_id_that_ditto_refuses_is_refused(name: str, mistakes: Mistakes) -> None:
    assert any(": id: " in line for line in mistakes(f'kind: Twin\nid: "{name}"\npolicy: n:p'))


@pytest.mark.parametrize(
    "name", ["a-b.c_d:x", "MY.Ns:a:b", "n: a ", "n:%2F", "n:€中😀", "n:..", "n:!\\\"#$&'()*+,;<=>?@[]^`{|}~"]
)
def test_an_id_that_ditto_takes_is_taken(name: str, declare: Declare) -> None:
    specs = declare(f'kind: Twin\nid: "{name}"\npolicy: n:p')
    assert len(specs.twins) == 1


def test_an_id_is_as_long_as_ditto_allows_with_its_children(mistakes: Mistakes, declare: Declare) -> None:
    long = "n:" + "a" * 252
    declare(f"kind: Twin\nid: {long}\npolicy: n:p\nchildren: {{b: {{}}}}")
    assert mistakes(f"kind: Twin\nid: {long}\npolicy: n:p\nchildren:\n  b: {{}}\n  cd: {{}}\n  ef: {{}}") == [
        f"specs/spec.yaml:7: children.cd: the id {long[:40]}… has 257 characters; Ditto takes 256, so"
        " shorten the names"
        " that it consists of",
        f"specs/spec.yaml:8: children.ef: the id {long[:40]}… has 257 characters; Ditto takes 256, so"
        " shorten the names"
        " that it consists of",
    ]


def test_a_character_outside_the_basic_plane_counts_twice_in_an_id(
    mistakes: Mistakes, declare: Declare
) -> None:
    declare(f"kind: Twin\nid: n:{'😀' * 127}\npolicy: n:p")
    assert mistakes(f"kind: Twin\nid: n:{'😀' * 128}\npolicy: n:p") == [
        "specs/spec.yaml:3: id: 258 characters are too many; shorten it to 256"
    ]


def test_all_mistakes_of_all_files_are_told_at_once(mistakes: Mistakes) -> None:
    lines = mistakes(
        TYPE + "x: 1\ny: 2", {"b/twin.yml": "apiVersion: opentwins/v1\nkind: Twin\nid: nocolon\n"}
    )
    assert [line.split(": ")[0] for line in lines] == [
        "specs/b/twin.yml:3",
        "specs/spec.yaml:5",
        "specs/spec.yaml:6",
    ]


def test_a_duplicate_across_files_names_both_places(mistakes: Mistakes) -> None:
    other = "\n\napiVersion: opentwins/v1\nkind: Twin\nid: n:w\npolicy: n:p\n"
    assert mistakes(TWIN, {"zoo/other.yaml": other}) == [
        "specs/zoo/other.yaml:5: id: Twin n:w is declared at specs/spec.yaml:3 already; remove or rename"
        " one of them"
    ]


def test_what_refers_to_a_spec_with_a_mistake_is_no_mistake(mistakes: Mistakes) -> None:
    lines = mistakes(f"{TYPE}bad: 1\n---\nkind: Twin\nid: n:w\ntype: n:t")
    assert lines == [
        "specs/spec.yaml:5: bad: this key is unknown; use one of adopt, apiVersion, attributes, children,"
        " definition, features, id, kind, policy"
    ]


def test_what_may_be_in_an_unreadable_file_is_not_missed(mistakes: Mistakes) -> None:
    lines = mistakes("kind: Twin\nid: n:w\ntype: n:elsewhere", {"broken.yaml": "a: [\n"})
    assert [line.split(": ")[0] for line in lines] == ["specs/broken.yaml:2"]


def test_a_missing_version_is_named(mistakes: Mistakes) -> None:
    assert mistakes(
        files={"a.yaml": "kind: Policy\nid: n:q\n", "b.yaml": "apiVersion: v2\nkind: Policy\nid: n:r\n"}
    ) == [
        "specs/a.yaml:1: apiVersion: this key is missing; write apiVersion: opentwins/v1",
        "specs/b.yaml:1: apiVersion: there is no version v2; write apiVersion: opentwins/v1",
    ]


def test_a_folder_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(
        SpecErrors, match=r"^nowhere:1: there is no such folder; make it, or name the right one$"
    ):
        load(folder.parent / "nowhere")
