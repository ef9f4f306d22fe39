"""Specs out of a text, as the program reads them."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from twins.load import Specs, load

Declare = Callable[[str], Specs]

POLICY = """
apiVersion: opentwins/v1
kind: Policy
id: plant:policy
"""


@pytest.fixture
def declare(tmp_path: Path) -> Declare:
    """Read documents, each without its apiVersion; a policy `plant:policy` is there already."""

    def do(text: str) -> Specs:
        documents = ["apiVersion: opentwins/v1\n" + each for each in dedent(text).strip().split("\n---\n")]
        (tmp_path / "specs.yaml").write_text("\n---\n".join([POLICY.strip(), *documents]))
        return load(tmp_path)

    return do


PUMPS = """
kind: Type
id: plant:motor
policy: plant:policy
attributes: {name: Motor}
features:
  speed:
    properties: {value: 0}
    display:
      value:
        {label: Speed, unit: rotrpm, min: 0, max: 3000, decimals: 0,
         thresholds: [{value: 2800, colour: red}, {value: 2500, colour: orange}, {colour: blue}]}
  mode: {properties: {value: "off", locked: false}}
---
kind: Type
id: plant:pump
policy: plant:policy
features:
  pressure: {properties: {value: null, axis: {x: 0.0, y: 0.0}}}
children: {plant:motor: 2}
---
kind: Twin
id: plant:hall
policy: plant:policy
attributes: {name: Hall 7}
---
kind: Twin
id: plant:pump_1
type: plant:pump
parent: plant:hall
"""


@pytest.fixture
def pumps(declare: Declare) -> Specs:
    """A hall with a pump in it, which has two motors."""
    return declare(PUMPS)
