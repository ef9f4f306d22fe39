"""What is wrong with a fleet's rule or its table is said with file, line and row, all at once."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.twins.conftest import Declare, Mistakes
from twins.fleet import rows

FLEET = """
kind: Fleet
id: lamps
policy: n:p
rows: {csv: lamps.csv}
twin:
  id: "city:lamp_{plate}"
  attributes: {street: "{street}", height: "{height:int}"}
"""


@pytest.fixture
def told(mistakes: Mistakes, tmp_path: Path) -> Callable[..., list[str]]:
    """What is said of a table, and of a fleet's spec where another than the usual is given."""

    def do(
        table: str | bytes = "plate,street,height\n1,A,4\n", spec: str = FLEET, name: str = "lamps.csv"
    ) -> list[str]:
        return mistakes(spec, {name: table}, cache=tmp_path / "cache")

    return do


def test_a_right_table_is_surveyed(declare: Declare, tmp_path: Path) -> None:
    specs = declare(FLEET, {"lamps.csv": "plate,street,height\n1,A,4\n2,B,5\n"}, cache=tmp_path / "cache")
    assert specs.surveys["lamps"].count == 2
    assert sum(specs.surveys["lamps"].counts) == 2


def test_a_template_that_names_an_unknown_column(told: Callable[..., list[str]]) -> None:
    assert told("plate,streat,height\n1,A,4\n") == [
        "specs/spec.yaml:8: twin.attributes.street: '{street}': the table has no column street; "
        "do you mean streat?"
    ]


@pytest.mark.parametrize(
    ("id_", "message"),
    [
        ("city:{plate", "a single { in 'city:{plate'; write {{ for a brace"),
        ("city:{}", "{} names no column; name one, or write {{}} for braces"),
        ("city:{plate:octal}", "there is no form 'octal'; use one of int, float, bool, json"),
        ("city:{plate:int}", "{plate:int} makes a value, and stands within a longer text"),
        ("city:lamp", "all twins would have the same id; let it say {number}, or a column"),
    ],
)
def test_a_template_that_says_nothing_clear(told: Callable[..., list[str]], id_: str, message: str) -> None:
    [line] = told(spec=FLEET.replace("city:lamp_{plate}", id_))
    assert line.startswith("specs/spec.yaml:7: twin.id: ")
    assert message in line


def test_a_ragged_row(told: Callable[..., list[str]]) -> None:
    assert told("plate,street,height\n1,A,4\n2,B\n3,C,4,5\n") == [
        "specs/lamps.csv:3: row 2: it has 2 values for 3 columns; correct it",
        "specs/lamps.csv:4: row 3: it has 4 values for 3 columns; correct it",
    ]


def test_two_rows_of_one_id(told: Callable[..., list[str]]) -> None:
    assert told("plate,street,height\n1,A,4\n2,B,4\n1,C,x\n") == [
        "specs/lamps.csv:4: row 3: city:lamp_1 is the twin of row 1 already; change one of them",
        "specs/lamps.csv:4: row 3: column height: 'x' is no whole number; correct it",
    ]


@pytest.mark.parametrize("plate", ["a/b", "é", "a:b", "x" * 300])
def test_an_illegal_id(told: Callable[..., list[str]], plate: str) -> None:
    [line] = told(f"plate,street,height\n1,A,4\n{plate},B,4\n")
    assert line.startswith("specs/lamps.csv:3: row 2: the id ")


def test_a_row_that_spans_lines_is_named_by_its_first(told: Callable[..., list[str]]) -> None:
    [line] = told('plate,street,height\n1,"A\nB\nC",4\n2,"D",x\n')
    assert line.startswith("specs/lamps.csv:5: row 2: column height")


def test_values_that_are_not_of_their_form(told: Callable[..., list[str]]) -> None:
    spec = FLEET.replace("{height:int}", "{height:bool}").replace('"{street}"', '["{street:json}"]')
    assert told('plate,street,height\n1,"[1,",true\n2,{},2\n3,9223372036854775808,true\n', spec) == [
        "specs/lamps.csv:2: row 1: column street: '[1,' is not JSON (Expecting value: line 1 column 4 (char 3)); "
        "correct it",
        "specs/lamps.csv:3: row 2: column height: '2' is neither true nor false; correct it",
        "specs/lamps.csv:4: row 3: column street: 9223372036854775808 is beyond 64 bits; write it as text",
    ]


def test_a_file_that_is_not_there(told: Callable[..., list[str]]) -> None:
    [line] = told(spec=FLEET.replace("lamps.csv", "lambs.csv"))
    assert line.startswith("specs/spec.yaml:5: rows.csv: lambs.csv cannot be read (No such file")


def test_a_file_that_is_not_utf_8(told: Callable[..., list[str]]) -> None:
    assert told("plate,street,height\n1,A,4\n2,Calle Ancón,4\n".encode("latin-1")) == [
        "specs/lamps.csv:3: byte 0xf3 is not UTF-8; save the file as UTF-8"
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (b"", "1: the first line names no columns"),
        (b"plate,street,plate\n", "1: two columns are called plate"),
        (b"plate,,height\n", "1: column 2 has no name"),
        (b"plate,street,height\n1,A,4\n2,\0,4\n", "3: the character U+0000 is here"),
        (b'plate,street,height\n1,"A"B,4\n', "2: this is not CSV"),
        (b"plate,street,height\r1,A,4\r2,B,4\r", "1: a line ends with CR alone here; save the file with LF"),
        (b"plate,street,height\n1,A\rB,4\n", "2: a line ends with CR alone here"),
    ],
)
def test_a_file_that_is_no_table(told: Callable[..., list[str]], table: bytes, message: str) -> None:
    [line] = told(table)
    assert line.startswith(f"specs/lamps.csv:{message}")


def test_a_table_with_very_many_mistakes_names_some_and_counts_the_others(
    told: Callable[..., list[str]],
) -> None:
    lines = told("plate,street,height\n" + "".join(f"{plate},A,high\n" for plate in range(100)))
    assert len([line for line in lines if "lamps.csv:" in line]) == 20
    assert "specs/spec.yaml:5: rows: 80 more rows of specs/lamps.csv are wrong; correct them too" in lines


def test_json_lines_that_are_none(told: Callable[..., list[str]]) -> None:
    spec = FLEET.replace("csv: lamps.csv", "jsonl: lamps.jsonl")
    table = '{"plate": 1, "street": "A", "height": 4}\n[1]\n{"plate": 2, "street": "A"}\n{"plate"\n'
    table += '{"plate": {}, "street": "A", "height": 1}\n{"plate": 3, "street": "\\ud800", "height": 1}\n'
    lines = told(table, spec, "lamps.jsonl")
    assert [line.removeprefix("specs/lamps.jsonl:").partition(";")[0] for line in lines] == [
        "2: row 2: it is a list, not an object",
        "3: row 3: it has no column height",
        "4: row 4: it is not JSON (Expecting ':' delimiter)",
        "5: row 5: column plate: a mapping is no text",
        "6: row 6: it holds half of a surrogate pair, which is no character",
    ]


def test_a_thing_that_gets_too_large(told: Callable[..., list[str]]) -> None:
    [line] = told(f'plate,street,height\n1,"{"x" * 60_000}",1\n2,"{"é" * 103_000}",1\n')
    assert line.startswith("specs/lamps.csv:3: row 2: the thing city:lamp_2 has ")


def test_twins_that_others_make_too(told: Callable[..., list[str]]) -> None:
    spec = (
        FLEET + "---\nkind: Twin\nid: city:lamp_1\npolicy: n:p\n---\n" + FLEET.replace("lamps\n", "lights\n")
    )
    assert told(spec=spec) == [
        "specs/spec.yaml:7: twin.id: city:lamp_1 is made by Twin city:lamp_1 at specs/spec.yaml:10 too; "
        "rename one of them",
        "specs/spec.yaml:21: twin.id: city:lamp_1 is a twin of fleet lamps at specs/spec.yaml:1 too; "
        "take its row out of one of them",
        "specs/spec.yaml:21: twin.id: city:lamp_1 is made by Twin city:lamp_1 at specs/spec.yaml:10 too; "
        "rename one of them",
    ]


def test_references_to_nothing(told: Callable[..., list[str]]) -> None:
    spec = FLEET.replace("policy: n:p", "type: city:lamp").replace(
        "twin:\n", "twin:\n  parent: city:street\n"
    )
    assert [line.partition(": ")[2] for line in told(spec=spec)] == [
        "type: no Type city:lamp is declared; there are none",
        "twin.parent: no Twin city:street is declared; there are none",
    ]


def test_rows_of_two_tables(told: Callable[..., list[str]]) -> None:
    [line] = told(spec=FLEET.replace("csv: lamps.csv", "csv: lamps.csv, count: 3"))
    assert "rows come from exactly one of csv, jsonl and count" in line


def test_a_file_that_changes_while_it_is_read(
    told: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = rows.csv_columns

    def later(file: io.BytesIO) -> list[str]:
        with Path("specs/lamps.csv").open("ab") as other:
            other.write(b"7,Z,9\n")
        return usual(file)

    # The columns are looked at once more after the file was hashed, and before its rows are read.
    monkeypatch.setattr(rows, "csv_columns", later)
    assert told() == [
        "specs/lamps.csv:1: the file changed while it was read; let it be finished, and run again"
    ]


def test_a_file_that_gets_other_columns_while_it_is_read(
    told: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = rows.csv_columns

    def later(file: io.BytesIO) -> list[str]:
        Path("specs/lamps.csv").write_text("plate,road,height\n1,A,4\n")
        return usual(file)

    monkeypatch.setattr(rows, "csv_columns", later)
    assert told() == ["specs/lamps.csv:1: there is no column street; add it, and run again"]


def test_two_gigabytes_without_a_line_are_refused_in_little_memory(tmp_path: Path) -> None:
    table = tmp_path / "zeros.csv"
    with table.open("wb") as file:
        os.truncate(file.fileno(), 2 << 30)
    with table.open("rb") as file, pytest.raises(rows.TableError, match=r"more than 1048576 bytes|U\+0000"):
        rows.csv_columns(file)


def test_memory_does_not_grow_with_the_table(tmp_path: Path) -> None:
    """200 MB of rows, of which no more than a few blocks are ever held; 2 GB are ten times as long.

    Twice: as a whole, and when a row in the midst has changed.
    """
    script = f"""
import resource, sys
from pathlib import Path
sys.path.insert(0, {str(Path.cwd())!r})
from twins.fleet.compose import row_template
from twins.fleet.survey import Findings, survey
from twins.models import FleetSpec
from twins.specs import Specs
folder = Path({str(tmp_path)!r})
spec = FleetSpec.model_validate({{
    "kind": "Fleet", "id": "lamps", "policy": "n:p", "rows": {{"csv": "rows.csv"}},
    "twin": {{"id": "n:{{id}}", "attributes": {{"text": "{{text}}"}}}},
}})
template = row_template(spec, Specs())
def peak(rows, changed=None):
    with (folder / "rows.csv").open("w") as file:
        file.write("id,text\\n")
        for number in range(rows):
            file.write(f"{{number}},{{('y' if number == changed else 'x') * 10_000}}\\n")
    findings = Findings()
    assert survey(spec, template, folder, folder / "cache", findings).count == rows
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak(1_000)
peak(20_000)
print(peak(20_000, changed=10_000) - before)
"""
    grown = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert int(grown.stdout) < 30_000  # kB
