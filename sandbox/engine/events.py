"""What the Pulumi CLI writes into its event log, read as the steps, messages and outputs of a run."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.engine.api import Op, Step
from sandbox.engine.paths import differences
from sandbox.engine.refreshing import drifted
from sandbox.engine.report import Report
from sandbox.engine.urn import STACK, name_of
from sandbox.engine.values import SECRET, SIGNATURE, UNKNOWN, UNKNOWNS, Properties, Secret, masked

# A replacement shows as several operations; this is the one that says it was made.
_OPS: dict[str, Op] = {
    "same": "same",
    "create": "create",
    "update": "update",
    "delete": "delete",
    "create-replacement": "replace",
}
_NOISE = re.compile(
    r"^(update|preview|refresh|destroy) failed$|^using pulumi-\S+ from \$PATH at "
    r"|^Resource monitor has terminated, shutting down$"
    r"|^an unhandled error occurred: program exited with non-zero exit code"
)


class Events:
    """Reads one event after the other. `outputs` are the stack's, once the program has given them.

    `consequences` are errors that only say that there were others; now and then there were none.
    """

    def __init__(self, report: Report, refreshing: bool) -> None:
        self._report = report
        self._refreshing = refreshing
        self._components: dict[str, Step] = {}
        self._told: set[str] = set()
        self.outputs: Properties = {}
        self.consequences: list[str] = []

    def take(self, event: Mapping[str, Any]) -> None:
        """Take note of one event."""
        match event:
            case {"resourcePreEvent": {"metadata": metadata}}:
                self._begun(metadata)
            case {"resOutputsEvent": {"metadata": metadata}}:
                self._ended(metadata)
            case {"resOpFailedEvent": {"metadata": metadata}}:
                self._components.pop(metadata["urn"], None)
            case {"diagnosticEvent": diagnostic}:
                self._said(diagnostic)

    def close(self) -> None:
        """Tell the steps of which no end is written: those of components."""
        for step in self._components.values():
            self._report.step(step)

    def _begun(self, metadata: Mapping[str, Any]) -> None:
        new = metadata.get("new") or {}
        if metadata["op"] in _OPS and new and not new.get("custom"):
            self._components[metadata["urn"]] = _step(metadata)

    def _ended(self, metadata: Mapping[str, Any]) -> None:
        if metadata["type"] == STACK and metadata["op"] != "delete":
            self.outputs = masked(_read((metadata.get("new") or {}).get("outputs") or {}))
        self._components.pop(metadata["urn"], None)
        if metadata["op"] not in _OPS or metadata["urn"] in self._told:
            return  # the CLI writes the end of a component twice in a preview
        self._told.add(metadata["urn"])
        drifted_away = self._refreshing and metadata["op"] == "update"
        self._report.step(_refreshed(metadata) if drifted_away else _step(metadata))

    def _said(self, diagnostic: Mapping[str, Any]) -> None:
        text = str(diagnostic["message"]).strip()
        if diagnostic["severity"] == "debug" or diagnostic.get("ephemeral"):
            return
        if _NOISE.search(text):
            self.consequences += [text] if diagnostic["severity"] == "error" else []
        elif diagnostic["severity"] == "error":
            self._report.error(text, diagnostic.get("urn", ""))
        elif text:
            self._report.message(("warning: " if diagnostic["severity"] == "warning" else "") + text)


def _step(metadata: Mapping[str, Any]) -> Step:
    op = _OPS[metadata["op"]]
    old, new = metadata.get("old") or {}, metadata.get("new") or {}
    before, after = (_read(each.get("inputs") or {}) for each in (old, new))
    changed = differences(before, after) if op in ("update", "replace") else ()
    return Step(
        op,
        metadata["type"],
        name_of(metadata["urn"]),
        metadata["urn"],
        changed,
        masked(before) if old and op != "same" else None,
        masked(after) if new and op != "same" else None,
    )


def _refreshed(metadata: Mapping[str, Any]) -> Step:
    found = [
        _read((metadata.get(side) or {}).get(kind) or {})
        for kind in ("inputs", "outputs")
        for side in ("old", "new")
    ]
    return Step("refresh", metadata["type"], name_of(metadata["urn"]), metadata["urn"], drifted(*found))


def _read(value: Any) -> Any:
    """A value as it stands in the log, where secrets are masked."""
    match value:
        case dict() if value.get(SIGNATURE) == SECRET:
            return Secret(None)
        case dict():
            return {key: _read(element) for key, element in value.items()}
        case list():
            return [_read(element) for element in value]
        case str() if value in UNKNOWNS:
            return UNKNOWN
    return value
