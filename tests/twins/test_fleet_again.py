"""A table that has changed in one place is looked at there, and all is as if it had been looked at as a whole."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twins.fleet import again, blocks, rows, sample
from twins.fleet import survey as surveys
from twins.fleet.compose import row_template
from twins.fleet.store import Survey
from twins.fleet.survey import Findings, survey
from twins.models import FleetSpec
from twins.specs import Specs

PLAIN = "n:{id}"
NUMBERED = "n:{id}_{number}"


def spec_of(kind: str, id_: str = PLAIN) -> FleetSpec:
    twin = {
        "id": id_,
        "attributes": {"text": "{text}"},
        "features": {"f": {"properties": {"v": "{value:json}"}}},
    }
    fleet = {
        "kind": "Fleet",
        "id": "lamps",
        "policy": "n:p",
        "rows": {kind: f"t.{kind}"},
        "twin": twin,
        "shards": 3,
    }
    return FleetSpec.model_validate(fleet)


def look(spec: FleetSpec, folder: Path, cache: Path) -> tuple[Survey | None, Findings]:
    findings = Findings()
    return survey(spec, row_template(spec, Specs()), folder, cache, findings), findings


def content(made: Survey | None) -> dict[str, Any] | None:
    """All that a survey says; its blocks may be other ones."""
    if made is None:
        return None
    files = {file.name: file.read_bytes() for file in made.folder.iterdir() if file.name != "blocks.json"}
    return files | {"survey": (made.count, made.fingerprints, made.counts, made.sample, made.key)}


def sound(made: Survey, table: bytes) -> None:
    """The blocks are those of the table, without a gap."""
    file = made.folder / "blocks.json"
    if not file.exists():
        return
    end, *raw = json.loads(file.read_text())
    assert end == len(table)
    found = [blocks.Block(*each) for each in raw]
    assert found[0].offset == 0
    places = sorted(place for shard in range(len(made.counts)) for place in made.shard(shard).values())
    for block, after in zip(found, [*(each.offset for each in found[1:]), end], strict=True):
        assert block.hash == blocks.hash_of_bytes(table[block.offset : after])
        assert block.lines == table[: block.offset].count(b"\n")
        assert block.rows == sum(place.offset < block.offset for place in places)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the rows that are parsed."""
    numbers: list[int] = []
    usual = surveys._gathered

    def counting(spec: Any, template: Any, rows: Iterator[rows.Row], *others: Any) -> Survey:
        def counted() -> Iterator[Any]:
            for row in rows:
                numbers.append(row.number)
                yield row

        return usual(spec, template, counted(), *others)

    monkeypatch.setattr(surveys, "_gathered", counting)
    return numbers


Put = Callable[..., Survey]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Write a table, and look at it."""
    monkeypatch.setattr(blocks, "SIZE", 200)

    def do(lines: list[str], kind: str = "csv", id_: str = PLAIN) -> Survey:
        table = ("".join(lines)).encode()
        (tmp_path / f"t.{kind}").write_bytes(table)
        made, findings = look(spec_of(kind, id_), tmp_path, tmp_path / "cache")
        whole, _ = look(spec_of(kind, id_), tmp_path, tmp_path / f"whole-{len(list(tmp_path.iterdir()))}")
        assert not findings.problems
        assert made
        assert content(made) == content(whole)
        sound(made, table)
        return made

    return do


HEAD = "id,text,value\n"
LINES = [HEAD, *(f"{number:05},Street {number % 7},{number}\n" for number in range(1, 2001))]


def changed(place: int, *lines: str, gone: int = 1) -> list[str]:
    return [*LINES[:place], *lines, *LINES[place + gone :]]


# Of each, in the look at the change alone: the whole look that it is held against parses all rows as well.
@pytest.mark.parametrize(
    ("other", "most"),
    [
        (changed(1000, "01000,Elsewhere,1\n"), 40),
        (changed(1, "00001,Elsewhere,1\n"), 40),
        (changed(2000, "02000,Elsewhere,1\n"), 40),
        (changed(1000, "new,A,1\n", "newer,B,2\n", gone=0), 40),
        (changed(1000, gone=100), 40),
        (changed(2001, "new,A,1\n", gone=0), 40),
        (changed(1001, gone=1000), 40),
        (changed(1, gone=1), 40),
        ([*LINES[:500], LINES[550], *LINES[501:550], LINES[500], *LINES[551:]], 100),
    ],
)
def test_only_what_is_around_a_change_is_read(
    put: Put, parsed: list[int], other: list[str], most: int
) -> None:
    put(LINES)
    parsed.clear()
    made = put(other)
    assert len(parsed) - (len(other) - 1) <= most
    assert made.count == len(other) - 1


def test_rows_that_bear_their_number_are_read_again_when_that_changes(put: Put, parsed: list[int]) -> None:
    put(LINES, id_=NUMBERED)
    parsed.clear()
    put(changed(1000, "01000,Elsewhere,1\n"), id_=NUMBERED)
    assert len(parsed) - 2000 <= 40
    parsed.clear()
    put(changed(1000, "new,A,1\n", gone=0), id_=NUMBERED)
    assert len(parsed) >= 2 * 2001


def test_a_change_back_is_found(put: Put, parsed: list[int]) -> None:
    put(LINES)
    put(changed(1000, "01000,Elsewhere,1\n"))
    parsed.clear()
    put(LINES)
    assert len(parsed) == 2000  # by the whole look alone


def test_the_sample_is_made_anew_when_a_row_of_it_is_gone(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "KEPT", 50)
    made = put(LINES)
    for place in range(1, 2000, 90):
        put(changed(place, gone=60))
        put(changed(place, f"{place:05},Elsewhere,1\n"))
    assert len(made.sample) == 50 * 16


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        *(
            ("blocks.json", text)
            for text in ("", "[", "[1]", "[5, [0]]", '{"a": 1}', "null", '[1, ["a", 1, 2, 3]]')
        ),
        *(("shard-1", text) for text in ("", "n:00001\n", "n:00001\t00\ta\tb\tc\td\n")),
    ],
)
def test_a_survey_that_is_broken_is_not_built_upon(put: Put, name: str, broken: str) -> None:
    made = put(LINES)
    (made.folder / name).write_text(broken)
    put(changed(1000, "01000,Elsewhere,1\n"))


def test_a_last_survey_that_is_gone_is_not_missed(put: Put) -> None:
    made = put(LINES)
    for file in made.folder.iterdir():
        file.unlink()
    made.folder.rmdir()
    put(changed(1000, "01000,Elsewhere,1\n"))


@pytest.mark.parametrize(
    "line",
    [
        "00007,A,1\n",  # an id of another row
        "01000,A\n",
        "a/b,A,1\n",
        '01000,"A,1\n',
        "01000,A,{\n",
        "01000,\0,1\n",
        "01000,\udce9,1\n",
        f"01000,{'x' * 2_000_000},1\n",
    ],
)
def test_what_is_wrong_is_said_as_ever(tmp_path: Path, put: Put, line: str) -> None:
    put(LINES)
    (tmp_path / "t.csv").write_bytes("".join(changed(1000, line)).encode(errors="surrogateescape"))
    made, findings = look(spec_of("csv"), tmp_path, tmp_path / "cache")
    whole, others = look(spec_of("csv"), tmp_path, tmp_path / "other")
    assert made is whole is None
    assert findings == others
    assert findings.problems


JSON = [f'{{"id": "{number}", "text": "A", "value": 1}}\n' for number in range(20)]
FEW = [HEAD, *(f"{number:02},A,1\n" for number in range(20))]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        # A row that ends nowhere, where rows that are as they were follow.
        ("csv", FEW, [*FEW[:9], "08,B,1", *FEW[10:]]),
        ("jsonl", JSON, [*JSON[:9], JSON[9][:-2], *JSON[10:]]),
        # The last row went on.
        ("csv", [*FEW[:-1], "19,A,1"], [*FEW[:-1], "19,A,1,1\n"]),
        # The mark of the table's start, elsewhere.
        ("jsonl", JSON, [*JSON[:9], "\ufeff" + JSON[9].replace("A", "B"), *JSON[10:]]),
        ("jsonl", ["\ufeff", *JSON[1:]], [JSON[0], "\ufeff", *JSON[1:]]),
    ],
)
def test_a_change_that_runs_into_what_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, old: list[str], new: list[str]
) -> None:
    monkeypatch.setattr(blocks, "SIZE", 1)
    table = tmp_path / f"t.{kind}"
    table.write_bytes("".join(old).encode())
    assert look(spec_of(kind), tmp_path, tmp_path / "cache")[0]
    table.write_bytes("".join(new).encode())
    made, findings = look(spec_of(kind), tmp_path, tmp_path / "cache")
    whole, others = look(spec_of(kind), tmp_path, tmp_path / "other")
    assert made is whole is None
    assert findings == others


def test_what_nobody_used_for_a_week_is_removed(tmp_path: Path, put: Put) -> None:
    made = put(LINES)
    for each in made.folder.parent.iterdir():
        os.utime(each, (0, 0))
    again_made = put(changed(1000, "01000,Elsewhere,1\n"), "csv", NUMBERED)
    left = {each.name for each in made.folder.parent.iterdir()}
    assert left == {again_made.key, *(name for name in left if name.endswith(".last"))}
    assert len(left) == 2


def test_a_table_that_changes_while_it_is_looked_at_again(
    tmp_path: Path, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(LINES)
    table = tmp_path / "t.csv"
    table.write_text("".join(changed(1000, "01000,Elsewhere,1\n")))
    usual = again.look_again

    def slow(*arguments: Any) -> Survey:
        made = usual(*arguments)
        table.write_text("".join(changed(1000, "01000,Elsewhere,2\n")))
        return made

    monkeypatch.setattr(surveys, "look_again", slow)
    made, findings = look(spec_of("csv"), tmp_path, tmp_path / "cache")
    assert made is None
    assert [message for _, message in findings.problems] == [
        "the file changed while it was read; let it be finished, and run again"
    ]
    assert not [each for each in (tmp_path / "cache").iterdir() if each.name.startswith(".")]


IDS = st.text("abcé", min_size=1, max_size=3).map(lambda text: text.replace("é", "ж"))
TEXTS = st.sampled_from(["A", '"A, B"', '"A ""B"""', '"two\nlines"', '"two\r\nlines\n\n"', "Ж", ""])
VALUES = st.sampled_from(["1", "null", '"[1, 2]"', "wrong"] + ["2.50"] * 20)
ENDS = st.sampled_from(["\n", "\r\n"])
CSV_ROW = st.builds(lambda *parts: "{},{},{}{}".format(*parts), IDS, TEXTS, VALUES, ENDS)
CSV = CSV_ROW | CSV_ROW | CSV_ROW | st.sampled_from(["\n", "\r\n", "\ufeffa,b,1\n"])
JSON_ROW = st.builds(
    lambda id_, text, value, end: (
        json.dumps({"id": id_, "text": text, "value": value}, ensure_ascii=False) + end
    ),
    IDS,
    st.sampled_from(["A", "Ж", 1, None]),
    st.sampled_from([1, None, "1", [2.5]]),
    ENDS,
)
JSONL = JSON_ROW | JSON_ROW | JSON_ROW | st.sampled_from(["\n", " \r\n", "\ufeff\n", "[1]\n"])
HEADS = st.sampled_from(
    [HEAD] * 8 + ["\ufeff" + HEAD, "text,value,id\r\n", '"id","text","value"\n\n', "id,text\n", ""]
)


@st.composite
def edits(draw: st.DrawFn, row: st.SearchStrategy[str]) -> Callable[[list[str]], list[str]]:
    """A change of a table's rows, of which some may be wrong."""
    what = draw(st.sampled_from(["change", "insert", "delete", "append", "move", "cut", "bytes"]))
    at, to, size = (draw(st.floats(0, 1)) for _ in range(3))
    new = draw(st.lists(row, min_size=1, max_size=4))

    def edit(lines: list[str]) -> list[str]:
        place = round(at * len(lines))
        count = round(size * 3)
        match what:
            case "change":
                return [*lines[:place], *new[:1], *lines[place + 1 :]]
            case "insert":
                return [*lines[:place], *new, *lines[place:]]
            case "delete":
                return [*lines[:place], *lines[place + count :]]
            case "append":
                return [*lines, *new]
            case "move":
                rest = [*lines[:place], *lines[place + count :]]
                other = round(to * len(rest))
                return [*rest[:other], *lines[place : place + count], *rest[other:]]
            case "cut":
                return ["".join(lines)[: round(at * len("".join(lines)))]]
            case _:
                text = "".join(lines)
                byte = round(at * len(text))
                return [text[:byte] + new[0][:2] + text[byte + count :]]

    return edit


TABLES = st.one_of(
    st.tuples(
        st.just("csv"), HEADS, st.lists(CSV, max_size=25), st.lists(st.tuples(HEADS, edits(CSV)), max_size=5)
    ),
    st.tuples(
        st.just("jsonl"),
        st.sampled_from(["", "\ufeff", "\n\n"]),
        st.lists(JSONL, max_size=25),
        st.lists(st.tuples(st.just(""), edits(JSONL)), max_size=5),
    ),
)


def unique(lines: list[str], kind: str) -> list[str]:
    """Most tables are right: of two rows of one id, the first stays."""
    found = {
        line.split("," if kind == "csv" else '"text"')[0].removeprefix("\ufeff")
        if "," in line
        else str(place): line
        for place, line in reversed([*enumerate(lines)])
    }
    return [*reversed(found.values())]


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(TABLES, st.sampled_from([PLAIN, PLAIN, NUMBERED]), st.sampled_from([1, 30, 90]), st.booleans())
def test_looks_at_a_change_and_at_the_whole_find_the_same(
    table: Any, id_: str, size: int, right: bool
) -> None:
    kind, head, lines, changes = table
    spec = spec_of(kind, id_)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        patch.setattr(blocks, "SIZE", size)
        patch.setattr(sample, "KEPT", 5)
        folder = Path(name)
        for number, (new_head, edit) in enumerate([(None, list), *changes]):
            lines = edit(unique(lines, kind) if right else lines)
            head = new_head if new_head and number % 3 == 2 else head
            data = (head + "".join(lines)).encode()
            (folder / f"t.{kind}").write_bytes(data)
            made, findings = look(spec, folder, folder / "cache")
            whole, others = look(spec, folder, folder / f"whole-{number}")
            assert findings == others
            assert content(made) == content(whole)
            if made:
                sound(made, data)
