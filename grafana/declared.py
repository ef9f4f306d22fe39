"""The panels that a `Dashboard` spec asks for by name."""

from dataclasses import replace

from grafana import panels, queries
from grafana.panels import Panel
from grafana.properties import MEASUREMENTS, Property, Thing
from twins.models import PanelSpec


def styled_by(spec: PanelSpec, shown: Property) -> Property:
    """The property with what the panel says of its look, over what its feature says."""
    said = {
        "unit": spec.unit,
        "min": spec.min,
        "max": spec.max,
        "decimals": spec.decimals,
    }
    given = {key: value for key, value in said.items() if value is not None}
    return replace(shown, display=shown.display.model_copy(update=given))


def panel(spec: PanelSpec, shown: Property, thing: Thing, datasource: str, bucket: str) -> tuple[str, Panel]:
    """The panel, with the text that it is known by."""
    shown = styled_by(spec, shown)
    title = spec.title or " / ".join([*thing.path, shown.label])
    key = "\n".join([thing.id, shown.field, spec.kind])
    match spec.kind:
        case "timeseries":
            query = queries.history(bucket, thing.id, shown.field)
            return key, panels.curve(title, shown, query, datasource)
        case "state":
            query = queries.states(bucket, thing.id, shown.field, MEASUREMENTS[shown.kind])
            return key, panels.timeline(title, shown, query, datasource)
        case "gauge":
            query = queries.last(bucket, thing.id, shown.field, [queries.NUMBERS])
            return key, panels.dial(title, shown, query, datasource)
        case "stat":
            query = queries.last(bucket, thing.id, shown.field)
            return key, panels.number_now(title, shown, query, datasource)
