"""The fleet that is measured: lamps of a city, a street and a height each."""

import json
from pathlib import Path
from typing import Any

import yaml

SPEC = """\
apiVersion: opentwins/v1
kind: Policy
id: city:policy
entries:
  owner:
    subjects: {"nginx:ditto": {type: operator}}
    resources: {"thing:/": {grant: [READ, WRITE]}}
---
apiVersion: opentwins/v1
kind: Fleet
id: lamps
policy: city:policy
rows: {csv: lamps.csv}
twin:
  id: "city:lamp_{plate}"
  attributes: {street: "{street}", height: "{height:int}", place: {latitude: "{latitude:float}"}}
  features: {light: {properties: {lit: false}}, power: {properties: {watts: 0.0}}}
"""


def write(folder: Path, rows: int, changed: int = 0, name: str = "") -> None:
    """Write the fleet's spec and table; the first rows may be other ones than usual, and all ids begin with a name."""
    (folder / "fleet.yaml").write_text(SPEC)
    with (folder / "lamps.csv").open("w") as file:
        file.write("plate,street,height,latitude\n")
        for row in range(rows):
            height = 12 if row < changed else 4 + row % 5
            file.write(f"{name}{row:07},Street {row % 997},{height},{36.5 + row / 1e7:.7f}\n")


def body(row: int) -> tuple[str, str]:
    """Id and document of a row, as the fleet makes them."""
    attributes = {
        "_isType": False,
        "_managedBy": "opentwins/bench/lamps",
        "height": 4 + row % 5,
        "place": {"latitude": float(f"{36.5 + row / 1e7:.7f}")},
        "street": f"Street {row % 997}",
    }
    features = {"light": {"properties": {"lit": False}}, "power": {"properties": {"watts": 0.0}}}
    document = {"attributes": attributes, "features": features, "policyId": "city:policy"}
    return f"city:lamp_{row:07}", json.dumps(document, separators=(",", ":"))


def spec() -> dict[str, Any]:
    """The fleet's spec as a document."""
    documents: list[dict[str, Any]] = list(yaml.safe_load_all(SPEC))
    return documents[-1]
