"""The table of measured figures in docs/scale.md, out of docs/benchmarks.json, which `make bench` writes."""

import json
from pathlib import Path

HERE = Path(__file__).parent
BEGIN, END = "<!-- figures: written by `make docs` out of benchmarks.json -->", "<!-- /figures -->"


def scale() -> str:
    """The whole document with its table as it was measured last."""
    text = (HERE / "scale.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


def table() -> str:
    """A row for each figure."""
    entries = json.loads((HERE / "benchmarks.json").read_text(encoding="utf-8"))
    rows = ["| | figure | ratio | target | | spread |", "| --- | --- | --- | --- | --- | --- |"]
    for entry in entries:
        low, high = entry["spread"]
        wanted = f"{'≥' if entry['atLeast'] else '≤'} {entry['target']:g}"
        met = "met" if entry["met"] else "**missed**"
        rows.append(
            f"| {entry['number']} | {entry['name']} | {entry['ratio']:g} | {wanted} | {met} | {low:g} … {high:g} |"
        )
    notes = [f"- {entry['number']}: {note}" for entry in entries for note in entry["notes"]]
    return "\n".join([*rows, "", *notes, ""])
