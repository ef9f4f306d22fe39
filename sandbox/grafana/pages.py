"""Pages for people: what there is, and a dashboard as the list of its panels."""

from collections.abc import Iterator
from html import escape
from typing import Any

from sandbox.grafana import dashboards
from sandbox.grafana.store import DASHBOARD, ELEMENT, FOLDER, SOURCE, Document, Store
from sandbox.standin.pages import document, page


def overview(store: Store) -> str:
    """Return the page with the tree of folders and dashboards, the library panels and the data sources."""
    sources = "".join(
        f"<li><b>{escape(row['name'])}</b> <small>{escape(row['type'])} {escape(row['url'])}</small>"
        for row in store.all(SOURCE)
    )
    elements = "".join(
        f"<li><b>{escape(row['name'])}</b> <small>{escape(row['model'].get('type', ''))}</small>"
        for row in store.all(ELEMENT)
    )
    return page(
        "Grafana",
        f"<h2>Dashboards</h2>{_folder(store, '')}<h2>Library panels</h2><ul>{elements}</ul>"
        f"<h2>Data sources</h2><ul>{sources}</ul>",
    )


def dashboard(row: Document) -> str:
    """Return the page of one dashboard."""
    body = row["dashboard"]
    panels = "".join(_panels(body.get("panels") or []))
    settings = f"refresh {body.get('refresh') or 'off'}, from {(body.get('time') or {}).get('from', '?')}"
    return page(
        body["title"],
        f"<p><small>{escape(settings)}, version {row['version']}</small></p>{panels}{document(body)}",
    )


def _folder(store: Store, uid: str) -> str:
    inside = "".join(
        f"<li>{escape(row['title'])}{_folder(store, row['uid'])}"
        for row in store.all(FOLDER)
        if row["parentUid"] == uid
    )
    own = "".join(
        f'<li><a href="{escape(dashboards.url(row))}">{escape(row["dashboard"]["title"])}</a>'
        for row in store.all(DASHBOARD)
        if row["folderUid"] == uid
    )
    return f"<ul>{inside}{own}</ul>"


def _panels(panels: list[Any]) -> Iterator[str]:
    for panel in panels:
        if panel.get("type") == "row":
            yield f"<h2>{escape(panel.get('title') or '')}</h2>"
            yield from _panels(panel.get("panels") or [])
            continue
        queries = "".join(
            f"<pre>{escape(str(target.get('query') or target.get('expr') or ''))}</pre>"
            for target in panel.get("targets") or []
        )
        unit = ((panel.get("fieldConfig") or {}).get("defaults") or {}).get("unit") or ""
        kind = panel.get("type") or "library panel"
        yield (
            f"<details open><summary><b>{escape(panel.get('title') or '')}</b> <small>{escape(kind)}"
            f" {escape(unit)}</small></summary>{queries}</details>"
        )
