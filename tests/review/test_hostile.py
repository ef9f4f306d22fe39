"""Whatever a spec holds stays text: it is no mark-up, no mention, no link, and no secret gets out with it."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.comment import comment
from review.leaves import SECRET
from review.markdown import block, code
from review.plan import KUBERNETES, OURS, read
from tests.review.plans import STACK, cluster, document, preview, step, thing, twin

HOSTILE = [
    "`", "``", "a`b``c```d", "|", "a\nb", "\r\n\r\n# title", "<script>alert(1)</script>", "</details>", "<!-- x -->",
    "@everyone", "#1", "![x](http://evil.example/p.png)", "[x](javascript:x)", "https://evil.example", "&lt;",
    "\\", "*x*", "~~", "\u202eevil", "a\u200bb", "\x00\x1b[31m", "é漢字🙂", "", " ", "```\n</details>", "/merge",
    "- [ ] done", "::error::x",
]  # fmt: skip

CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


OURS_ALONE = re.compile(
    r"<!-- opentwins preview -->|</?details>|<summary>[\w ’:,]+</summary>|^### |\*\*[\w ]+:?\*\*|~~",
    re.MULTILINE,
)


def outside_code(text: str) -> str:
    """What of a comment is neither code, as CommonMark reads it, nor our own mark-up."""
    text = re.sub(r"^(`{3,})text\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return OURS_ALONE.sub("", CODE.sub("", text))


def everywhere(value: str) -> str:
    """A preview with the value in every place where someone could put it."""
    return preview(
        step("update", "Twin", value, twin({"n:a": thing(k=value)}), twin({"n:a": thing(**{value: value})})),
        step("create", "Twin", f"n{value}", None, twin({"n:b": thing(), f"n:b:{value}": thing()})),
        step("update", "Type", f"t{value}", document({"k": value + "1"}), document({"k": value + "2"})),
        step("update", "Fleet", "f", {"rows": "1"}, {"rows": "2"}),
        step("update", f"{OURS}K{value}", "k", {"a": 1}, {"a": 2}),
        step("update", f"a:P{value}${KUBERNETES}core/v1:C{value}", f"c{value}", {value: 1}, {value: 2}),
        step("delete", cluster("core/v1:PersistentVolumeClaim"), f"data-{value}", {}),
        step("update", f"pulumi:x:{value}", f"e{value}", {value: 1}, {value: 2}),
        errors=(f"x{value}y",),
        said=(f"fleet f: adds 1 twin ({value})",),
    )


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_gets_out_of_its_code(value: str) -> None:
    text = comment({"dev": read(everywhere(value))})
    assert re.fullmatch(r"[\w\s,;:.()’…→⚠️❌➕✏♻➖-]*", outside_code(text))
    assert not re.search("evil|www|http|everyone", outside_code(text))


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_code_is_one_line_that_commonmark_reads_as_one_span(value: str) -> None:
    span = code(value)
    assert "\n" not in span
    assert CODE.fullmatch(span)


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_block_ends_where_it_ends(value: str) -> None:
    first, *lines, last = block(value)
    assert first == f"{last}text"
    assert not any(line.strip().startswith(last) for line in lines)


def test_what_turns_a_line_around_is_written_out() -> None:
    assert code("a\u202eb\u200bc\x00") == r"`a\u{202e}b\u{200b}c\u{0}`"


@pytest.mark.parametrize(
    "old",
    [
        {"data": {"password": "aHVudGVyMg=="}},
        {"stringData": {"password": "hunter2"}},
        {"stringData": "hunter2"},
        {"hunter2-is-not-a-key": None, "data": ["hunter2", "aHVudGVyMg=="]},
    ],
)
def test_of_the_platform_only_names_are_told_though_an_engine_had_masked_nothing(
    old: dict[str, object],
) -> None:
    for kind in ("core/v1:Secret", "core/v1:ConfigMap"):
        text = comment(
            {"dev": read(preview(step("update", cluster(kind), "s", old, {"data": {"new": "hunter3"}})))}
        )
        assert "hunter3" not in text
        assert "hunter2`" not in text
        assert "aHVudGVyMg" not in text
        assert "`data" in text


def test_what_looks_like_a_secret_in_a_twins_part_is_masked() -> None:
    signature = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": '"hunter2"',
    }
    old = document(
        {"uri": "tcp://me:hunter2@broker:1883", "password": "hunter2", "deep": [{"apiKey": "hunter2"}]}
    )
    new = document({"uri": "tcp://me:hunter3@broker:1884", "password": "hunter3"}, other=signature)
    text = comment({"dev": read(preview(step("update", "Connection", "c", old, new)))})
    assert "hunter" not in text
    assert "`tcp://…@broker:1883` → `tcp://…@broker:1884`" in text
    assert f"`password`: `{SECRET}` → `{SECRET}`" in text


def test_the_engines_own_resources_are_told_without_values() -> None:
    credential = step("update", "Credential", "ditto-api", {"value": "hunter2"}, {"value": "hunter3"})
    other = step("update", "random:index:Password", "p", {"result": "hunter2"}, {"result": "hunter3"})
    assert "hunter" not in comment({"dev": read(preview(credential, other))})


def test_nothing_but_the_plan_is_kept_of_a_preview() -> None:
    text = json.dumps(json.loads(preview()) | {"config": {"opentwins:secrets": "hunter2"}})
    assert "hunter2" not in comment({"dev": read(text)}) + repr(read(text))


def test_urns_of_strangers_do_not_stop_it() -> None:
    strange = {"op": "create", "urn": f"{STACK}a:b:C::name::with::colons", "newState": None}
    assert read(json.dumps({"steps": [strange]})).engine[0].name == "name::with::colons"
