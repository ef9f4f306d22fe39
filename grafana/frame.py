"""What all dashboards have in common, and how one becomes a document."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink, Row
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DashboardLinkType, GridPos

from grafana.panels import FULL, Panel, panel_id
from twins.models import Document

SCHEMA_VERSION = 42  # of Grafana 12.4, so that it has nothing to migrate

APP = "/a/ertis-opentwins-app"


@dataclass(frozen=True)
class Section:
    """Panels under a heading, or without one; a folded section asks for no data until it is opened."""

    title: str
    panels: Sequence[tuple[str, Panel]]
    """Each with a text that it is known by, whatever else is on the dashboard."""

    folded: bool = False


def document(
    uid: str,
    title: str,
    tags: Sequence[str],
    links: Iterable[DashboardLink],
    sections: Iterable[Section],
    refresh: str = "10s",
    begin: str = "now-6h",
    variables: Sequence[str] = (),
) -> Document:
    """The dashboard as Grafana takes and stores it; the same panels always give the same document.

    `variables` are the names of those that hold a text.
    """
    dashboard = (
        Dashboard(title)
        .uid(uid)
        .tags(list(tags))
        .timezone("browser")
        .editable()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .refresh(refresh)
        .time(begin, "now")
    )
    for link in links:
        dashboard.link(link)
    top = 0
    for section in sections:
        top = _place(dashboard, section, top)
    built: Document = json.loads(json.dumps(dashboard.build(), cls=JSONEncoder), parse_float=_number)
    texts = {"list": [_text(name) for name in variables]}
    return {"panels": []} | built | {"schemaVersion": SCHEMA_VERSION, "templating": texts}


def link_up(title: str, uid: str) -> DashboardLink:
    """A link to one other dashboard, which keeps the time range."""
    return (
        DashboardLink(title).type(DashboardLinkType.LINK).icon("dashboard").url(f"/d/{uid}").keep_time(True)
    )


def link_down(title: str, tag: str) -> DashboardLink:
    """A menu of all dashboards that have a tag."""
    return (
        DashboardLink(title)
        .type(DashboardLinkType.DASHBOARDS)
        .icon("external link")
        .tags([tag])
        .as_dropdown(True)
        .keep_time(True)
    )


def link_app(title: str, kind: str, id_: str) -> DashboardLink:
    """A link to a twin or type in the OpenTwins app; `kind` is `twins` or `types`."""
    return link_out(title, f"{APP}/{kind}/{quote(id_, safe=':')}")


def link_out(title: str, address: str) -> DashboardLink:
    """A link to an address, of which variables are part as Grafana writes them."""
    return DashboardLink(title).type(DashboardLinkType.LINK).icon("external link").url(address)


def _text(name: str) -> Document:
    """A variable that holds a text; the SDK would write it with what belongs to other kinds of variables."""
    return {"name": name, "type": "textbox", "query": "", "current": {"text": "", "value": ""}, "options": []}


def _number(text: str) -> int | float:
    """A number as Grafana gives it back: 80, where the SDK writes 80.0."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _place(dashboard: Dashboard, section: Section, top: int) -> int:
    """Put the section below a row of the grid; the first row that is free after it."""
    for key, panel in section.panels:
        panel.build().id_val = panel_id(section.title, key)
    panels = [panel for _, panel in section.panels]
    if not section.title:
        below = _in_lines(panels, top)
        for panel in panels:
            dashboard.with_panel(panel)
        return below
    place = GridPos(h=1, w=FULL, x=0, y=top)
    row = Row(section.title).id(panel_id(section.title)).grid_pos(place).collapsed(section.folded)
    below = _in_lines(panels, top + 1)
    if section.folded:
        for panel in panels:
            row.with_panel(panel)
        dashboard.with_row(row)
        return top + 1
    dashboard.with_row(row)
    for panel in panels:
        dashboard.with_panel(panel)
    return below


def _in_lines(panels: Iterable[Panel], top: int) -> int:
    """Give each panel its place, from left to right, in lines; the first row of the grid below them.

    The SDK does neither begin a new line where a panel is too wide, nor place what is in a folded row.
    """
    left = height = 0
    for panel in panels:
        built = panel.build()
        built.grid_pos = place = built.grid_pos or GridPos()
        if left + place.w > FULL:
            top, left, height = top + height, 0, 0
        place.x, place.y = left, top
        left, height = left + place.w, max(height, place.h)
    return top + height
