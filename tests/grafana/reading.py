"""What a test asks of a dashboard's document."""

from collections.abc import Iterator
from typing import Any

from twins.models import Document


def panels(document: Document) -> Iterator[Document]:
    """All panels, also those in folded rows; not the rows themselves."""
    for panel in document["panels"]:
        yield from panel.get("panels", []) if panel["type"] == "row" else [panel]


def panel(document: Document, title: str, row: str = "") -> Document:
    """The one panel of that title, under the row of that title."""
    current = ""
    found: list[Document] = []
    for each in document["panels"]:
        if each["type"] == "row":
            current = each["title"]
        inside = each.get("panels", []) if each["type"] == "row" else [each]
        found += [one for one in inside if one["title"] == title and current == row]
    assert len(found) == 1, f"{len(found)} panels are called {title}"
    return found[0]


def overrides(shown: Document, ref: str) -> dict[str, Any]:
    """What a panel says of the values of one of its queries."""
    for each in shown["fieldConfig"]["overrides"]:
        if each["matcher"] == {"id": "byFrameRefID", "options": ref}:
            return {prop["id"]: prop["value"] for prop in each["properties"]}
    raise AssertionError(f"nothing is said of {ref}")


def queries(document: Document) -> Iterator[str]:
    """All queries of a dashboard."""
    for each in panels(document):
        for target in each.get("targets", []):
            yield target["query"]
