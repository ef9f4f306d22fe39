"""Whatever a spec refers to is declared."""

from collections.abc import Iterator, Mapping

from twins.catalogue import Catalogue, Entry, own_members
from twins.explain import unknown
from twins.models import ChildSpec, DashboardSpec, FleetSpec, PolicySpec, TwinSpec, TypeSpec
from twins.origin import Path, Problem, shown

Reference = tuple[Path, str, str | None]  # where, to which kind, to which id


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield references to nothing."""
    for policy in catalogue.policies.values():
        yield from _dangling(policy, _of_policy(policy.spec), catalogue)
    for type_ in catalogue.types.values():
        yield from _dangling(type_, _of_type(type_.spec), catalogue)
    for twin in catalogue.twins.values():
        yield from _dangling(twin, _of_twin(twin.spec), catalogue)
    for fleet in catalogue.fleets.values():
        yield from _dangling(fleet, _of_fleet(fleet.spec), catalogue)
    for dashboard in catalogue.dashboards.values():
        yield from _dangling(dashboard, _of_dashboard(dashboard.spec), catalogue)


def _dangling(
    entry: Entry[PolicySpec] | Entry[TypeSpec] | Entry[TwinSpec] | Entry[FleetSpec] | Entry[DashboardSpec],
    references: Iterator[Reference],
    catalogue: Catalogue,
) -> Iterator[Problem]:
    for path, kind, key in references:
        known = catalogue.ids.get(kind, {})
        # What is not there may be in a file that could not be read.
        if key is None or key in known or catalogue.unread:
            continue
        others = [other for other, ids in catalogue.ids.items() if key in ids]
        if others:
            message = f"{shown(key)} is a {others[0]}, and a {kind} is needed; name one"
        else:
            message = f"no {kind} {shown(key)} is declared; {unknown(key, list(known))}"
        yield entry.problem(path, message)


def _of_policy(spec: PolicySpec) -> Iterator[Reference]:
    for policy in spec.imports:
        yield ("imports", policy), "Policy", policy


def _of_type(spec: TypeSpec) -> Iterator[Reference]:
    yield ("policy",), "Policy", spec.policy
    for child in spec.children:
        yield ("children", child), "Type", child


def _of_twin(spec: TwinSpec) -> Iterator[Reference]:
    yield ("parent",), "Twin", spec.parent
    for path, member in own_members(spec):
        yield (*path, "type"), "Type", member.type
        yield (*path, "policy"), "Policy", member.policy


def _of_fleet(spec: FleetSpec) -> Iterator[Reference]:
    yield ("type",), "Type", spec.type
    yield ("policy",), "Policy", spec.policy
    yield ("twin", "parent"), "Twin", spec.twin.parent
    waiting: list[tuple[Path, Mapping[str, ChildSpec]]] = [(("twin",), spec.twin.children)]
    while waiting:
        path, children = waiting.pop()
        for name, child in children.items():
            here = (*path, "children", name)
            yield (*here, "type"), "Type", child.type
            yield (*here, "policy"), "Policy", child.policy
            waiting.append((here, child.children))


def _of_dashboard(spec: DashboardSpec) -> Iterator[Reference]:
    yield ("twin",), "Twin", spec.twin
    yield ("type",), "Type", spec.type
