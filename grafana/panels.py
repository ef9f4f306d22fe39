"""The panels that dashboards are made of. Each has an id that stays the same when others come or go."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from grafana_foundation_sdk.builders import bargauge, common, gauge, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.builders.dashboard import Panel as AnyPanel
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueColorMode,
    BigValueGraphMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    FieldColorModeId,
    LibraryPanelRef,
)
from grafana_foundation_sdk.models.dashboard import Panel as Model
from grafana_foundation_sdk.models.table import Options as TableOptions

from grafana.properties import Property
from grafana.style import has_limits, override, styled

Panel = Builder[Model]

FULL = 24  # columns of Grafana's grid
HALF = FULL // 2
HIGH, LOW = 8, 4  # rows of it

# Grafana 12.4 draws dials anew, with options that the SDK, which is of 11.6, does not know.
DIAL = {
    "reduceOptions": {"calcs": ["lastNotNull"], "values": False, "fields": ""},
    "orientation": "auto",
    "shape": "gauge",
    "barShape": "flat",
    "barWidthFactor": 0.5,
    "effects": {"barGlow": False, "centerGlow": False, "gradient": True},
    "segmentCount": 1,
    "segmentSpacing": 0.3,
    "sizing": "auto",
    "minVizHeight": 75,
    "minVizWidth": 75,
    "showThresholdLabels": False,
    "showThresholdMarkers": True,
    "sparkline": False,
}

ALL_FIELDS = "/.*/"  # texts and booleans too: by default only numbers are shown

# Of a table without a time, Grafana takes each column for a value, also that which tells the tables apart.
VALUES_ALONE = DataTransformerConfig(
    id_val="filterFieldsByName", options={"exclude": {"names": ["_measurement"]}}
)


@dataclass(frozen=True)
class Flux(Dataquery, Builder[Dataquery]):
    """A Flux query of a panel, which the SDK has no model of."""

    query: str
    datasource: str
    ref: str = "A"

    def build(self) -> Dataquery:
        """Itself: the SDK asks for a builder."""
        return self

    def to_json(self) -> dict[str, object]:
        """What Grafana's InfluxDB data source reads."""
        return {"refId": self.ref, "datasource": source(self.datasource), "query": self.query}


def source(uid: str) -> DataSourceRef:
    """The reference to the InfluxDB data source of that uid."""
    return DataSourceRef("influxdb", uid)


def panel_id(*parts: str) -> int:
    """A number for a panel, out of what it shows."""
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:4]) % 2_000_000_000 + 1


def refs(count: int) -> list[str]:
    """What the queries of a panel are called: A to Z, then AA to ZZ."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [(letters[index // 26 - 1] if index >= 26 else "") + letters[index % 26] for index in range(count)]


def now(title: str, shown: Sequence[tuple[Property, str]], datasource: str) -> stat.Panel:
    """The last value of each property, with its query, side by side."""
    panel = (
        stat.Panel()
        .title(title)
        .datasource(source(datasource))
        .with_transformation(VALUES_ALONE)
        .reduce_options(_last(ALL_FIELDS))
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .span(FULL)
        .height(LOW if len(shown) <= 8 else HIGH)
        .no_value("–")
    )
    for ref, (each, query) in zip(refs(len(shown)), shown, strict=True):
        panel.with_target(Flux(query, datasource, ref)).override_by_query(ref, override(each))
    return panel


def number_now(title: str, shown: Property, query: str, datasource: str) -> stat.Panel:
    """The last value of one property, in large."""
    panel = (
        stat.Panel()
        .title(title)
        .datasource(source(datasource))
        .with_target(Flux(query, datasource))
        .with_transformation(VALUES_ALONE)
        .reduce_options(_last(ALL_FIELDS))
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .span(HALF // 2)
        .height(HIGH)
        .no_value("–")
    )
    return styled(panel, shown)


def dial(title: str, shown: Property, query: str, datasource: str) -> gauge.Panel:
    """The last value of one property on a dial, within its range."""
    panel = (
        gauge.Panel()
        .title(title)
        .datasource(source(datasource))
        .with_target(Flux(query, datasource))
        .span(HALF // 2)
        .height(HIGH)
        .no_value("–")
    )
    panel.build().options = DIAL
    return styled(panel, shown)


def curve(
    title: str, shown: Property, query: str, datasource: str, name: str | None = None
) -> timeseries.Panel:
    """Numbers over time; `name` is what a line is called, by default the property's label."""
    limits = GraphThresholdsStyleMode.DASHED if has_limits(shown.display) else GraphThresholdsStyleMode.OFF
    panel = (
        timeseries.Panel()
        .title(title)
        .datasource(source(datasource))
        .with_target(Flux(query, datasource))
        .line_width(1)
        .fill_opacity(10 if name is None else 0)
        .show_points(VisibilityMode.AUTO)
        .thresholds_style(common.GraphThresholdsStyleConfig().mode(limits))
        .legend(_legend(shown=name is not None))
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .span(HALF)
        .height(HIGH)
    )
    return styled(panel, shown, name)


def timeline(title: str, shown: Property, query: str, datasource: str) -> statetimeline.Panel:
    """States over time: texts, booleans, or numbers by the colours of their thresholds."""
    panel = (
        statetimeline.Panel()
        .title(title)
        .datasource(source(datasource))
        .with_target(Flux(query, datasource))
        .show_value(VisibilityMode.AUTO)
        .merge_values(True)
        .legend(_legend(shown=False))
        .span(HALF)
        .height(LOW + 2)
    )
    return styled(panel, shown)


def alarms(title: str, shown: Sequence[tuple[Property, str]], datasource: str) -> statetimeline.Panel:
    """When each property was beyond which of its limits, by their colours."""
    panel = (
        statetimeline.Panel()
        .title(title)
        .datasource(source(datasource))
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .show_value(VisibilityMode.NEVER)
        .merge_values(True)
        .legend(_legend(shown=False))
        .span(FULL)
        .height(3 + len(shown))
    )
    for ref, (each, query) in zip(refs(len(shown)), shown, strict=True):
        panel.with_target(Flux(query, datasource, ref)).override_by_query(ref, override(each))
    return panel


def rows(title: str, query: str, datasource: str) -> table.Panel:
    """A table, as the query gives it."""
    panel = (
        table.Panel()
        .title(title)
        .datasource(source(datasource))
        .with_target(Flux(query, datasource))
        .frame_index(0)
        .show_header(True)
        .span(FULL)
        .height(HIGH + 2)
    )
    # The SDK is of Grafana 11, where a table had a footer of this kind.
    cast(TableOptions, panel.build().options).footer = None
    return panel


def bars(title: str, shown: Property, query: str, datasource: str, name: str) -> bargauge.Panel:
    """A bar for each table of the query; `name` is what a bar is called."""
    panel = (
        bargauge.Panel()
        .title(title)
        .datasource(source(datasource))
        .with_target(Flux(query, datasource))
        .reduce_options(_last())
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .span(HALF)
        .height(HIGH)
        .no_value("–")
    )
    return styled(panel, shown, name)


def from_library(uid: str, name: str) -> AnyPanel:
    """A panel that stands in Grafana's library, where its document is."""
    return (
        AnyPanel()
        .type("library-panel-ref")
        .title(name)
        .library_panel(LibraryPanelRef(name, uid))
        .span(FULL)
        .height(2 * HIGH)
    )


def count(title: str, query: str, datasource: str) -> stat.Panel:
    """One number that has no unit and no history."""
    return (
        stat.Panel()
        .title(title)
        .datasource(source(datasource))
        .with_target(Flux(query, datasource))
        .reduce_options(_last())
        .graph_mode(BigValueGraphMode.NONE)
        .span(HALF // 2)
        .height(LOW)
        .no_value("0")
    )


def _last(fields: str = "") -> common.ReduceDataOptions:
    return common.ReduceDataOptions().values(False).calcs(["lastNotNull"]).fields(fields)


def _legend(shown: bool) -> common.VizLegendOptions:
    mode = LegendDisplayMode.LIST if shown else LegendDisplayMode.HIDDEN
    return (
        common.VizLegendOptions()
        .show_legend(shown)
        .display_mode(mode)
        .placement(LegendPlacement.BOTTOM)
        .calcs([])
    )
