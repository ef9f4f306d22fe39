"""The specs in the description of the services are right, as they stand there."""

import re
from pathlib import Path

import pytest

from twins.load import load

TEXT = (Path(__file__).parents[2] / "docs" / "services.md").read_text(encoding="utf-8")
SPECS = [text for text in re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.M | re.S) if "kind:" in text]

# What the examples speak of.
BESIDE = """\
apiVersion: opentwins/v1
kind: Policy
id: plant:policy
---
apiVersion: opentwins/v1
kind: Twin
id: plant:press
policy: plant:policy
"""


@pytest.mark.parametrize("text", SPECS, ids=[re.findall(r"^kind: (\w+)", text, re.M)[0] for text in SPECS])
def test_its_examples_of_specs_are_taken(text: str, tmp_path: Path) -> None:
    head = "" if text.startswith("apiVersion") else "apiVersion: opentwins/v1\n"
    (tmp_path / "example.yaml").write_text(head + text)
    (tmp_path / "beside.yaml").write_text(BESIDE)
    specs = load(tmp_path, secrets={"robot": {"password"}})
    assert any(getattr(specs, name) for name in {*specs.__dataclass_fields__} - {"policies", "twins"})
