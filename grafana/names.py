"""What things are called in Grafana, and by which uid: the same for the same id, whatever else there is."""

import hashlib
import re

from twins.models import DashboardSpec
from twins.specs import Specs

LONGEST = 40  # characters of a uid, by Grafana's rules


def uid(kind: str, id_: str) -> str:
    """A uid that tells at a glance what it is of, and that no other id shares."""
    digest = hashlib.sha256(id_.encode()).hexdigest()[:10]
    slug = re.sub(r"[^a-z0-9]+", "-", id_.lower()).strip("-")
    room = LONGEST - len(kind) - len(digest) - 2
    return "-".join(part for part in (kind, slug[:room].strip("-"), digest) if part)


def twin_uid(twin_id: str, specs: Specs) -> str:
    """The uid of a declared twin's dashboard."""
    overrides = overriding(specs, twin=twin_id)
    return overrides[0].id if overrides else uid("twin", twin_id)


def type_uid(type_id: str, specs: Specs) -> str:
    """The uid of a type's dashboard."""
    overrides = overriding(specs, type_=type_id)
    return overrides[0].id if overrides else uid("type", type_id)


def overriding(specs: Specs, twin: str | None = None, type_: str | None = None) -> list[DashboardSpec]:
    """The dashboards that were declared for a twin or a type, by uid."""
    declared = [each.spec for _, each in sorted(specs.dashboards.items())]
    return [spec for spec in declared if spec.twin == twin and spec.type == type_]


def title(id_: str, attributes: dict[str, object]) -> str:
    """What a thing is called: its attribute `name`, or the last part of its id."""
    name = attributes.get("name")
    return name.strip() if isinstance(name, str) and name.strip() else id_.rpartition(":")[2]


def has_dashboard(twin_id: str, specs: Specs) -> bool:
    """Whether a declared twin has a dashboard."""
    return specs.twins[twin_id].spec.dashboard or bool(overriding(specs, twin=twin_id))


def type_has_dashboard(type_id: str, specs: Specs) -> bool:
    """Whether a declared type has a dashboard: one without features has nothing to compare."""
    return bool(specs.types[type_id].spec.features) or bool(overriding(specs, type_=type_id))
