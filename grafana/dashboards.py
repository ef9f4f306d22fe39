"""All dashboards that the specs ask for: of twins, of types, and of the platform's health."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from grafana import folders, names
from grafana.health import USUAL, health_dashboard
from grafana.of_twin import twin_dashboard
from grafana.of_type import type_dashboard
from twins.models import Document
from twins.specs import Specs

__all__ = ["DashboardDocument", "dashboards", "health_dashboard", "twin_dashboard", "type_dashboard"]


@dataclass(frozen=True)
class DashboardDocument:
    """A dashboard of Grafana, and the uid of the folder that it is in."""

    uid: str
    folder: str
    document: Document
    adopt: bool = False


def dashboards(
    specs: Specs, datasource: str, bucket: str, parts: Collection[str] = USUAL
) -> list[DashboardDocument]:
    """All dashboards, in the order of their uids.

    `datasource` is the uid of Grafana's InfluxDB data source, `bucket` the one that Telegraf writes to, and
    `parts` are those of the platform that Telegraf gathers numbers of.
    """
    health = health_dashboard(datasource, bucket, parts)
    found = [DashboardDocument(health["uid"], folders.ROOT, health)]
    found += _of_twins(specs, datasource, bucket)
    found += _of_types(specs, datasource, bucket)
    return sorted(found, key=lambda each: each.uid)


def _of_twins(specs: Specs, datasource: str, bucket: str) -> Iterator[DashboardDocument]:
    unity = {each.spec.twin: each.spec for each in specs.unity_panels.values() if each.spec.twin}
    for twin_id, declared in specs.twins.items():
        folder = folders.twin_folder(twin_id, specs)
        overrides = names.overriding(specs, twin=twin_id)
        for override in overrides:
            document = twin_dashboard(twin_id, specs, datasource, bucket, override, unity.get(twin_id))
            yield DashboardDocument(override.id, folder, document, override.adopt)
        if declared.spec.dashboard and not overrides:
            document = twin_dashboard(twin_id, specs, datasource, bucket, unity=unity.get(twin_id))
            yield DashboardDocument(document["uid"], folder, document)


def _of_types(specs: Specs, datasource: str, bucket: str) -> Iterator[DashboardDocument]:
    for type_id, declared in specs.types.items():
        overrides = names.overriding(specs, type_=type_id)
        for override in overrides:
            document = type_dashboard(type_id, specs, datasource, bucket, override)
            yield DashboardDocument(override.id, folders.TYPES, document, override.adopt)
        if declared.spec.features and not overrides:
            document = type_dashboard(type_id, specs, datasource, bucket)
            yield DashboardDocument(document["uid"], folders.TYPES, document)
