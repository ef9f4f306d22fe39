"""Dashboards that someone made in Grafana's editor and saved as JSON, so that they are managed too."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from grafana import folders
from grafana.dashboards import DashboardDocument
from grafana.frame import SCHEMA_VERSION

# What Grafana counts and sets by itself, what only an export has, and what is said to us.
NOT_OURS = ("id", "version", "iteration", "__inputs", "__elements", "__requires", "adopt")


FOLDER = Path("grafana")  # of the project, beside the code that makes dashboards


class SavedError(Exception):
    """The file is not a dashboard that can be managed; the message says why and what to do."""


def saved_dashboard(text: str) -> DashboardDocument:
    """The dashboard of a file, as Grafana's export or its API writes it. Raises `SavedError`."""
    try:
        document: Any = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise SavedError(f"line {error.lineno}: this is not JSON: {error.msg}") from None
    adopt = isinstance(document, dict) and document.get("adopt", False)
    if isinstance(document, dict) and isinstance(document.get("dashboard"), dict):
        document = document["dashboard"]
    if not isinstance(document, dict):
        raise SavedError("this is not a dashboard; export one with Share → Export → Save to file")
    if wrong := [*_mistakes(document), *_mistakes_of_adopt(adopt)]:
        raise SavedError("\n".join(wrong))
    kept = {key: value for key, value in document.items() if key not in NOT_OURS}
    return DashboardDocument(kept["uid"], folders.ROOT, kept, adopt)


def _refuse(constant: str) -> float:
    raise SavedError(f"{constant} is no number in JSON; write null, or a number")


def _mistakes_of_adopt(adopt: Any) -> Iterator[str]:
    if not isinstance(adopt, bool):
        yield "adopt: write true, to take over a dashboard that Grafana has already, or leave it out"


def _mistakes(document: dict[str, Any]) -> Iterator[str]:
    again = f"open it in Grafana 12.4, save it and export it again as classic JSON of schema {SCHEMA_VERSION}"
    if "apiVersion" in document or "elements" in document:
        yield f"this dashboard is in another format than the classic one; {again}"
        return
    if document.get("schemaVersion") != SCHEMA_VERSION:
        yield f"schemaVersion: {document.get('schemaVersion')} is not {SCHEMA_VERSION}; {again}"
    if document.get("__inputs"):
        yield (
            "__inputs: this export leaves out which data source it is for; "
            "export it without 'Export for sharing externally'"
        )
    uid = document.get("uid")
    if not isinstance(uid, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", uid):
        yield "uid: write one, of at most 40 letters, digits, _ and -; it is what it is known by"
    title = document.get("title")
    if not isinstance(title, str) or not title.strip():
        yield "title: write one; Grafana refuses a dashboard without"
    if not isinstance(document.get("panels"), list):
        yield "panels: there are none; export the dashboard, not a panel"


def saved_dashboards(
    others: Sequence[DashboardDocument] = (), folder: Path = FOLDER
) -> list[DashboardDocument]:
    """The dashboards of all JSON files in a folder. Raises `SavedError` with everything that is wrong there.

    `others` are those that are made of specs: no file may have the uid of one.
    """
    taken = {each.uid: "one that is made of the specs" for each in others}
    found: list[DashboardDocument] = []
    wrong: list[str] = []
    for file in sorted(folder.glob("*.json")):
        try:
            each = saved_dashboard(file.read_text(encoding="utf-8"))
        except (SavedError, UnicodeDecodeError) as error:
            wrong += [f"{file}: {line}" for line in str(error).splitlines()]
            continue
        if each.uid in taken:
            wrong.append(f"{file}: uid: {each.uid} is that of {taken[each.uid]}; give one of them another")
        taken.setdefault(each.uid, str(file))
        found.append(each)
    if wrong:
        raise SavedError("\n".join(wrong))
    return found
