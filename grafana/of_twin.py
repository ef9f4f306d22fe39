"""The dashboard of a twin: state now, alarms and history, of itself and of the things it is made of."""

from collections.abc import Iterator, Sequence

from grafana_foundation_sdk.builders.dashboard import DashboardLink

from grafana import names, panels, queries
from grafana.declared import panel
from grafana.frame import Section, document, link_app, link_down, link_up
from grafana.panels import Panel
from grafana.properties import MEASUREMENTS, Property, Thing, called, things
from grafana.style import has_limits
from twins.models import DashboardSpec, Document, UnityPanelSpec
from twins.specs import Specs

MOST_THINGS = 50  # that have panels of their own; all the others are in the table


def twin_dashboard(
    twin_id: str,
    specs: Specs,
    datasource: str,
    bucket: str,
    override: DashboardSpec | None = None,
    unity: UnityPanelSpec | None = None,
) -> Document:
    """The dashboard of a declared twin and its whole tree; an override's panels replace those of features.

    A Unity panel is on top of all, and the variables that its events set are the dashboard's.

    `datasource` is the uid of Grafana's InfluxDB data source, `bucket` the one that Telegraf writes to.
    """
    spec = specs.twins[twin_id].spec
    override = override or DashboardSpec(id=names.uid("twin", twin_id), twin=twin_id)
    tree = things(twin_id, specs, frozenset(override.exclude))
    if override.panels:
        sections = [Section("", list(_declared(override, tree, datasource, bucket)))]
    else:
        sections = list(_sections(tree, bool(_parts(twin_id, specs)), datasource, bucket))
    if unity:
        sections.insert(0, Section("", [("unity", panels.from_library(unity.id, unity.title_shown))]))
    return document(
        uid=override.id,
        title=override.title or names.title(twin_id, dict(spec.attributes)),
        tags=["opentwins", "twin", *([_part_of(spec.parent)] if spec.parent else [])],
        links=_links(twin_id, specs),
        sections=sections,
        refresh=override.refresh,
        begin=override.from_,
        variables=[each.variable for each in unity.receive] if unity else [],
    )


def _links(twin_id: str, specs: Specs) -> Iterator[DashboardLink]:
    spec = specs.twins[twin_id].spec
    if spec.parent and names.has_dashboard(spec.parent, specs):
        parent = specs.twins[spec.parent].spec
        yield link_up(
            f"Up: {names.title(parent.id, dict(parent.attributes))}", names.twin_uid(parent.id, specs)
        )
    if any(names.has_dashboard(part, specs) for part in _parts(twin_id, specs)):
        yield link_down("Parts", _part_of(twin_id))
    if spec.type and names.type_has_dashboard(spec.type, specs):
        yield link_up(f"Type: {spec.type}", names.type_uid(spec.type, specs))
    yield link_app("In OpenTwins", "twins", twin_id)


def _parts(twin_id: str, specs: Specs) -> list[str]:
    return [each for each, declared in specs.twins.items() if declared.spec.parent == twin_id]


def _part_of(twin_id: str) -> str:
    return f"part of {twin_id}"


def _sections(tree: Sequence[Thing], parts: bool, datasource: str, bucket: str) -> Iterator[Section]:
    shown = [thing for thing in tree if thing.properties]
    for thing in shown[:MOST_THINGS]:
        title = " / ".join(thing.path)
        # What is below is folded up where there is much of it: a folded row asks for no data.
        yield Section(title, list(_panels(thing, datasource, bucket)), folded=bool(title) and len(shown) > 4)
    if len(tree) > 1 or parts:
        table = panels.rows("All parts now", queries.below(bucket, tree[0].id), datasource)
        yield Section("Parts", [("below", table)], folded=bool(shown))


def _panels(thing: Thing, datasource: str, bucket: str) -> Iterator[tuple[str, Panel]]:
    shown = [(each, queries.last(bucket, thing.id, each.field)) for each in thing.properties]
    yield "now", panels.now("Now", shown, datasource)
    limited = [each for each in thing.properties if each.kind == "number" and has_limits(each.display)]
    if limited:
        alarms = [(each, queries.states(bucket, thing.id, each.field, queries.NUMBERS)) for each in limited]
        yield "alarms", panels.alarms("Alarms", alarms, datasource)
    for each in thing.properties:
        yield each.field, _history(thing, each, datasource, bucket)


def _history(thing: Thing, shown: Property, datasource: str, bucket: str) -> Panel:
    if shown.kind == "number":
        return panels.curve(shown.label, shown, queries.history(bucket, thing.id, shown.field), datasource)
    query = queries.states(bucket, thing.id, shown.field, MEASUREMENTS[shown.kind])
    return panels.timeline(shown.label, shown, query, datasource)


def _declared(
    override: DashboardSpec, tree: Sequence[Thing], datasource: str, bucket: str
) -> Iterator[tuple[str, Panel]]:
    by_path = {":".join(thing.path): thing for thing in tree}
    for spec in override.panels:
        thing = by_path[spec.child or ""]
        shown = called(thing.properties, spec.feature, spec.property)
        yield panel(spec, shown, thing, datasource, bucket)
