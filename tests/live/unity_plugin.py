"""What Grafana and the panel plugin `ertis-unity-panel` 1.0.0 make of a query's rows: the calls of a Unity scene.

Grafana's part is that of its InfluxDB data source: a frame for each query, a field for each column. The plugin's
is `getAllData`, `groupBy` and `sendData` of https://github.com/ertis-research/grafana-panel-unity, by its options.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from twins.models import Document

Row = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """`SendMessage(game_object, method, text)`."""

    game_object: str
    method: str
    text: str


# What Grafana puts in for a missing `sendData`, by the plugin's `defaults.ts`.
DEFAULT = {
    "mode": "Send all data to a single GameObject",
    "unityFunc": "",
    "grafanaQuery": "",
    "config": {"recvGameObj": ""},
    "filter": {"dashboardVars": [], "columns": []},
}

KINDS: Sequence[Callable[[str], Any]] = (lambda text: _number(text), str, lambda text: text == "true")


def frames(answers: Sequence[Sequence[Mapping[str, str]]]) -> list[list[Row]]:
    """The answers to the panel's queries for numbers, texts and booleans, as values."""
    return [
        [
            {
                name: text if name == "thingId" else (kind(text) if text else None)
                for name, text in row.items()
            }
            for row in rows
        ]
        for rows, kind in zip(answers, KINDS, strict=True)
    ]


def calls(options: Document, series: Sequence[Sequence[Row]]) -> list[Call]:
    """What the plugin calls; with null for `sendData`, nothing."""
    send = options.get("sendData", DEFAULT)
    if not send:
        return []
    columns = [name.strip() for name in send["groupBy"].split(";")] if "groupBy" in send else []
    rows = [row for each in series for row in each]
    if send["mode"] == "Send data to GameObjects by ID column":
        grouped = _grouped(rows, [send["config"]["idColumn"], *columns])
        return [Call(name, send["unityFunc"], _text(data)) for name, data in grouped.items()]
    data = _grouped(rows, columns) if columns else series
    return [Call(send["config"]["recvGameObj"], send["unityFunc"], _text(data))]


def address_after(options: Document, dashboard: str, event: str, value: str) -> str:
    """The dashboard's address once the scene has dispatched an event."""
    set_ = [
        f"var-{each['config']['varId']}={quote(value, safe=':')}"
        for each in options["receiveData"]
        if each["nameEvent"] == event
    ]
    return "?".join([dashboard, "&".join(set_)]) if set_ else dashboard


def _grouped(rows: Sequence[Row], columns: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        rest = {name: value for name, value in row.items() if name != columns[0]}
        found.setdefault(_key(row, columns[0]), []).append(rest)
    if len(columns) > 1:
        return {key: _grouped(group, columns[1:]) for key, group in found.items()}
    return {key: _merged(group) for key, group in found.items()}


def _merged(rows: list[Row]) -> Any:
    """One object of all rows, if no two have a column in common."""
    names = [name for row in rows for name in row]
    if len(set(names)) < len(names):
        return rows
    return {name: value for row in rows for name, value in row.items()}


def _key(row: Row, column: str) -> str:
    """The value as JavaScript names a property after it."""
    value = row.get(column, "undefined")
    return value if isinstance(value, str) else json.dumps(value)


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() else value


def _text(data: Any) -> str:
    return json.dumps({"series": data}, separators=(",", ":"), ensure_ascii=False)
