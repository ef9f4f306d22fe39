"""The dashboard of a type: all of its twins compared, also those that are made later, or elsewhere."""

from collections.abc import Iterator, Sequence

from grafana import names, panels, queries
from grafana.declared import styled_by
from grafana.frame import APP, Section, document, link_app, link_out
from grafana.panels import Panel
from grafana.properties import Property, called, of_type
from twins.models import DashboardSpec, Document
from twins.specs import Specs

THING = "${__field.labels.thingId}"


def type_dashboard(
    type_id: str, specs: Specs, datasource: str, bucket: str, override: DashboardSpec | None = None
) -> Document:
    """The dashboard of a declared type; the panels of an override say what is compared, and how it looks.

    `datasource` is the uid of Grafana's InfluxDB data source, `bucket` the one that Telegraf writes to.
    """
    override = override or DashboardSpec(id=names.uid("type", type_id), type=type_id)
    properties = of_type(type_id, specs, frozenset(override.exclude))
    numbers = [each for each in properties if each.kind == "number"]
    if override.panels:
        numbers = [
            styled_by(spec, called(properties, spec.feature, spec.property)) for spec in override.panels
        ]
    return document(
        uid=override.id,
        title=override.title or type_id,
        tags=["opentwins", "type"],
        links=[link_app("In OpenTwins", "types", type_id)],
        sections=_sections(type_id, numbers, datasource, bucket),
        refresh=override.refresh,
        begin=override.from_,
    )


def _sections(type_id: str, shown: Sequence[Property], datasource: str, bucket: str) -> Iterator[Section]:
    count = panels.count("Twins with events", queries.reporting(bucket, type_id), datasource)
    yield Section("", [("reporting", count)])
    for each in shown:
        yield Section(each.label, list(_panels(type_id, each, datasource, bucket)))


def _panels(type_id: str, shown: Property, datasource: str, bucket: str) -> Iterator[tuple[str, Panel]]:
    most = f"the {queries.MOST_SERIES} highest"
    compared = panels.curve(
        f"By twin ({most})", shown, queries.compared(bucket, type_id, shown.field), datasource, THING
    )
    yield "compared", compared.data_links([link_out(THING, f"{APP}/twins/{THING}")])
    ranking = panels.bars(
        f"Now ({most})", shown, queries.ranking(bucket, type_id, shown.field), datasource, THING
    )
    yield "ranking", ranking
    spread = panels.curve(
        "Of all twins",
        shown,
        queries.spread(bucket, type_id, shown.field),
        datasource,
        "${__field.labels.what}",
    )
    yield "spread", spread
