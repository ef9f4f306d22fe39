"""Which stacks a change can touch."""

import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from review.__main__ import main
from review.touched import ASIDE, stacks_of, touched

ROOT = Path(__file__).parents[2]
STACKS = {
    "dev": "twin_specs",
    "prod": "twin_specs/prod",
    "sandbox": "twin_specs",
    "staging": "elsewhere/specs",
}
ALL = ["dev", "staging", "prod"]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("twin_specs/raspberry/raspberry.yaml", ["dev"]),
        ("twin_specs/prod/a.yaml", ["dev", "prod"]),  # dev reads all folders below its own
        ("twin_specs/prod/mapper.js", ["dev", "prod"]),
        ("elsewhere/specs/a.csv", ["staging"]),
        ("elsewhere/specs.md", ALL),
        ("Pulumi.prod.yaml", ["prod"]),
        ("Pulumi.sandbox.yaml", []),
        ("Pulumi.gone.yaml", []),
        ("nested/Pulumi.prod.yaml", ALL),
        ("Pulumi.yaml", ALL),
        ("__main__.py", ALL),
        ("components/ditto.py", ALL),
        ("provider/thing.py", ALL),
        ("services/feeder/pump.py", ALL),
        ("requirements.txt", ALL),
        ("something/new.txt", ALL),
        ("README.md", []),
        ("components/README.md", ALL),
        ("docs/configuration.md", []),
        ("tests/twins/test_graphs.py", []),
        ("sandbox/site.py", []),
        ("review/words.py", []),
        (".github/workflows/up.yml", []),
        (".ci/run", []),
        ("requirements-dev.txt", []),
        ("twin_specs_of_old/a.yaml", ALL),
        ("docsish.py", ALL),
    ],
)
def test_a_file_touches_the_stacks_that_it_is_a_part_of(file: str, expected: list[str]) -> None:
    assert touched([file], STACKS) == expected


def test_several_files_touch_what_any_of_them_does_in_the_order_of_promotion() -> None:
    assert touched(["Pulumi.prod.yaml", "docs/a.md", "Pulumi.dev.yaml"], STACKS) == ["dev", "prod"]
    others = {"zoo": "s", "prod": "s", "acme": "s", "dev": "s"}
    assert touched(["__main__.py"], others) == ["dev", "prod", "acme", "zoo"]


def test_specs_that_no_stack_reads_touch_none() -> None:
    assert touched(["twin_specs/a.yaml"], {"dev": "mine"}) == []


def test_no_change_touches_nothing() -> None:
    assert touched([], STACKS) == []


def test_stacks_are_those_that_there_are_settings_for(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: x")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {opentwins:specs: ./specs/}")
    (tmp_path / "Pulumi.empty.yaml").write_text("")
    (tmp_path / "Pulumi.broken.yaml").write_text("{")
    assert stacks_of(tmp_path) == {"dev": "specs", "empty": "twin_specs", "broken": "twin_specs"}


def test_the_shipped_specs_touch_every_stack_of_a_cluster() -> None:
    shipped = next((ROOT / "twin_specs").rglob("*.yaml")).relative_to(ROOT)
    stacks = stacks_of(ROOT)
    assert {"dev", "staging", "prod", "sandbox"} <= stacks.keys()
    assert touched([str(shipped)], stacks) == ALL


def test_every_folder_that_is_left_aside_is_none_that_the_program_imports() -> None:
    rooms = ("components", "provider", "twins", "grafana")
    for path in [ROOT / "__main__.py", *(path for room in rooms for path in (ROOT / room).rglob("*.py"))]:
        text = "\n" + path.read_text()
        assert not [room for room in ASIDE if re.search(rf"\n *(from|import) {re.escape(room)}\b", text)], (
            path
        )


def test_the_command_prints_a_list_for_a_matrix(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["touched", "--project", str(ROOT), "Pulumi.prod.yaml", "docs/a.md"]) == 0
    assert json.loads(capsys.readouterr().out) == ["prod"]
    names = "docs/a b.md\0Pulumi.dev.yaml\0tests/é\n.py\0".encode()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(names)))
    assert main(["touched", "--project", str(ROOT), "-"]) == 0
    assert capsys.readouterr().out == '["dev"]\n'
