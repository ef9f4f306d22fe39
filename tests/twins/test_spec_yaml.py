"""YAML is read as the JSON that people mean by it, and no file can confuse or exhaust the program."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.twins.conftest import Declare, Mistakes
from twins.load import SpecErrors, load

ATTRIBUTES = "kind: Twin\nid: n:w\npolicy: n:p\nattributes:\n  value: "


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-17", -17),
        ("+5", 5),
        ("9223372036854775807", 9223372036854775807),
        ("-9223372036854775808", -9223372036854775808),
        ("1.0", 1.0),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("1E-400", 0.0),
        ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("12:30:00", "12:30:00"),
        ("1.2.3", "1.2.3"),
        ("=", "="),
        ("null and void", "null and void"),
        ('"\\u20ac \\U0001F600 \\x01"', "€ 😀 \x01"),
        ("{a: [1, {b: null}]}", {"a": [1, {"b": None}]}),
        ("|\n    two\n    lines\n", "two\nlines\n"),
        ("&a [1]\n  again: *a", [1]),
    ],
)
def test_a_value_means_what_json_knows(written: str, meant: Any, declare: Declare) -> None:
    value = declare(ATTRIBUTES + written).twins["n:w"].spec.attributes["value"]
    assert (type(value), value) == (type(meant), meant)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("9223372036854775808", "9223372036854775808 is beyond 64 bits; quote it if it is text"),
        ("-9223372036854775809", "-9223372036854775809 is beyond 64 bits; quote it if it is text"),
        ("9" * 5000, f"{'9' * 57}… is beyond 64 bits; quote it if it is text"),
        ("1e400", "1e400 is beyond what a number can hold; quote it if it is text"),
        (".inf", ".inf is no number in JSON; use a number or null, or quote it if it is text"),
        ("-.INF", "-.INF is no number in JSON; use a number or null, or quote it if it is text"),
        ("NaN", "NaN is no number in JSON; use a number or null, or quote it if it is text"),
        ("-Infinity", "-Infinity is no number in JSON; use a number or null, or quote it if it is text"),
        *(
            (
                number,
                f"{number} means different things to different programs; write a number in decimal without"
                " leading"
                " zeros, and quote what is text",
            )
            for number in ("0123", "00.5", "0x1F", "0o17", "0b11", "1_000")
        ),
        ("!!timestamp 2024-01-31", "JSON has no tags; remove this one"),
        ("!!int '5'", "JSON has no tags; remove this one"),
        ("!!set {a}", "JSON has no tags; remove this one"),
        ("!!python/object/apply:os.system [ls]", "JSON has no tags; remove this one"),
    ],
)
def test_what_json_does_not_know_is_refused(written: str, told: str, mistakes: Mistakes) -> None:
    assert mistakes(ATTRIBUTES + written) == [f"specs/spec.yaml:6: attributes.value: {told}"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1: a", "attributes.1: this key is not text; quote it"),
        ("null: a", "attributes.null: this key is not text; quote it"),
        ("true: {b: 0x1}", "attributes.true: this key is not text; quote it"),
        (".nan: a", "attributes..nan: this key is not text; quote it"),
        ("[a]: b", "attributes.?: a key has to be text; write it out"),
        ("? {a: 1}\n  : b", "attributes.?: a key has to be text; write it out"),
        ("value: 2", "attributes.value: the key is in line 6 already; remove one of the two"),
        (
            "<<: {a: 1}",
            "attributes.<<: nothing is merged here; write the keys out, or let a Type hold what is shared",
        ),
    ],
)
def test_a_key_that_is_no_text_or_is_there_already_is_refused(
    line: str, told: str, mistakes: Mistakes
) -> None:
    assert f"specs/spec.yaml:7: {told}" in mistakes(f"{ATTRIBUTES}1\n  {line}")


def test_keys_that_yaml_takes_for_booleans_are_text(declare: Declare) -> None:
    specs = declare(f"{ATTRIBUTES}1\n  on: 1\n  no: 2\n  '1': 3\n  2024-01-01: 4")
    assert list(specs.twins["n:w"].spec.attributes) == ["value", "on", "no", "1", "2024-01-01"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "1: the file holds no spec; write one, or remove the file"),
        (b"# nothing\n---\n---\n", "1: the file holds no spec; write one, or remove the file"),
        (
            b"a: 1\nb: c: d\n",
            "2: this is not YAML: mapping values are not allowed in this context; quote text that holds a"
            " colon and a"
            " space, and check the indentation",
        ),
        (
            b"a:\n\t- b\n",
            "2: this is not YAML: found character that cannot start any token; indent with spaces instead"
            " of tabs, and"
            " quote text that starts with @, ` or %",
        ),
        (
            b"a: [1, 2\nb: 3\n",
            "2: this is not YAML: did not find expected ',' or ']'; close the bracket of the line above",
        ),
        (b"a: caf\xe9\n", "1: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("a: 1\nb: 2".encode("utf-16"), "1: byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"a: 1\nb: \x07\n", "2: YAML has no character U+0007; write it as \\u in double quotes"),
        (b"a: 1\nb: *x\n", "2: *x stands for nothing; write &x before it"),
        (b"a: 1\nb: &x\n  c: [*x]\n", "3: *x is within what it stands for; write out what is meant"),
        (b"a: " + b"[" * 100, "1: more than 64 levels are in each other; flatten it"),
        (b"- a\n- b\n", "1: a spec is a mapping, not a list; start it with apiVersion and kind"),
        (b"just text", "1: a spec is a mapping, not just text; start it with apiVersion and kind"),
        (
            b'apiVersion: opentwins/v1\nkind: Policy\nid: n:q\nadopt: "\\ud83d"\n',
            "4: this is not YAML: found invalid Unicode character escape code; see this line and those"
            " above it",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_line(
    content: bytes, told: str, mistakes: Mistakes
) -> None:
    assert mistakes(files={"bad.yaml": content}) == [f"specs/bad.yaml:{told}"]


def test_documents_before_an_unreadable_place_are_still_checked(mistakes: Mistakes) -> None:
    lines = mistakes(
        files={"bad.yaml": "apiVersion: opentwins/v1\nkind: Type\nid: x\npolicy: n:p\n---\na: [\n"}
    )
    assert [line.split(": ")[0] for line in lines] == ["specs/bad.yaml:3", "specs/bad.yaml:7"]


@pytest.mark.parametrize(
    "text", ["a: b: c\n", "a: [1\nb: 2\n", "a:\n\t- b\n", "a: \x07\n", "a: *x\n", "a: {b: 0x1}\n"]
)
def test_without_libyaml_the_same_lines_are_wrong(
    text: str, mistakes: Mistakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def places() -> list[str]:
        return [line.split(": ")[0] for line in mistakes(files={"bad.yaml": text})]

    with_libyaml = places()
    monkeypatch.setattr("twins.reading._Parser", yaml.SafeLoader)
    assert places() == with_libyaml


def test_half_of_a_surrogate_pair_is_refused_by_any_parser(
    mistakes: Mistakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twins.reading._Parser", yaml.SafeLoader)
    assert mistakes(ATTRIBUTES + '"\\ud83d"') == [
        "specs/spec.yaml:6: attributes.value: the text holds half of a surrogate pair, which is no"
        " character; write the"
        " character itself"
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_fine(declare: Declare) -> None:
    content = b"\xef\xbb\xbfapiVersion: opentwins/v1\r\nkind: Twin\r\nid: n:w\r\npolicy: n:p\r\n"
    assert set(declare(files={"twin.yaml": content}).twins) == {"n:w"}


def test_json_is_yaml_too(declare: Declare) -> None:
    content = '{"apiVersion": "opentwins/v1", "kind": "Twin",\n"id": "n:w", "policy": "n:p"}'
    assert set(declare(files={"twin.yaml": content}).twins) == {"n:w"}


def test_aliases_that_multiply_are_stopped_early(mistakes: Mistakes) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    (told,) = mistakes(files={"bomb.yaml": "\n".join(lines)})
    assert told.endswith("more than 500000 values are in one document, aliases counted; split it")


def test_hidden_files_and_other_files_are_left_alone(declare: Declare) -> None:
    specs = declare(
        files={".hidden.yaml": "a: [", ".git/x.yaml": "a: [", "notes.txt": "a: [", "sub/.#twin.yml": "["}
    )
    assert set(specs.policies) == {"n:p", "n:other"}


def test_an_error_names_files_from_where_one_stands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.yaml").write_text("a: [")
    with pytest.raises(SpecErrors, match=r"^specs/a\.yaml:\d: "):
        load(folder.absolute())
    absolute = folder.absolute()
    monkeypatch.chdir("/")
    with pytest.raises(SpecErrors) as refusal:
        load(absolute)
    assert Path("/", str(refusal.value).split(":")[0]).exists()
