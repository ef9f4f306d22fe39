"""The documents that are made of the code are made anew when it changed, and can be checked."""

from pathlib import Path

import pytest

from docs import generate
from docs.generate import GENERATED, main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", GENERATED)
def test_the_document_in_the_repository_is_up_to_date(name: str) -> None:
    assert (generate.HERE / name).read_text() == GENERATED[name]()


def test_each_document_is_written_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert sorted(file.name for file in folder.iterdir()) == sorted(GENERATED)
    assert capsys.readouterr().out == "".join(f"docs/{name} written\n" for name in GENERATED)
    assert main([]) == 0
    assert capsys.readouterr().out == ""


def test_a_check_names_what_is_stale_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([])
    stale = folder / "specs.schema.json"
    stale.write_text("{}")
    capsys.readouterr()
    assert main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/specs.schema.json is not up to date; run `make docs`\n"
    assert stale.read_text() == "{}"
    main([])
    assert main(["--check"]) == 0
