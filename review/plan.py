"""A preview as an engine writes it (`pulumi preview --json`), reduced to what a reader wants to know."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from review import twins
from review.leaves import Leaf, leaves, opened
from review.problems import problems

OURS = "pulumi-python:dynamic/opentwins:"
KUBERNETES = "kubernetes:"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"

# How the program works, not what somebody declared.
HIDDEN = frozenset({"Certificates", "Credential", "FleetShard", "Inventory", "Volumes"})

# What an operation is to a reader; what is not here changes nothing that is declared. A replacement shows as
# up to three operations, of which one is told.
WORDS = {
    "create": "add",
    "update": "change",
    "delete": "remove",
    "replace": "replace",
    "create-replacement": "replace",
}

CREDENTIALS = "its credentials change"
ROWS = "rows of its table change"

_FLEET = re.compile(r"^fleet (\S+): (.+)$", re.MULTILINE)


class PlanError(Exception):
    """The text is not a preview."""


@dataclass(frozen=True)
class Change:
    """What happens to one resource, or to one twin of a tree: `operation` is add, change, replace or remove.

    `leaves` are the values that differ, `below` the names of what comes or goes along with it, `notes` what
    else there is to say. `part` is the part of the platform that it belongs to.
    """

    operation: str
    kind: str
    name: str
    leaves: tuple[Leaf, ...] = ()
    below: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True)
class Plan:
    """All changes of a stack's preview, parted into what people declare and what runs underneath.

    `losses` are the volumes whose data would go. `since` names what a plan without a state is told against.
    """

    twins: tuple[Change, ...] = ()
    platform: tuple[Change, ...] = ()
    engine: tuple[Change, ...] = ()
    losses: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    since: str = ""


def read(text: str, since: str = "") -> Plan:
    """Return the plan in a preview's JSON. Raises `PlanError`."""
    try:
        document = json.loads(text)
        diagnostics = list(document.get("diagnostics") or [])
        fleets = dict(_fleets(diagnostics))
        found = list(_changes(document.get("steps") or [], fleets))
        wrong = problems(diagnostics)
    except (ValueError, AttributeError, KeyError, TypeError, IndexError) as error:
        raise PlanError(f"this is not what `pulumi preview --json` prints: {error!r}") from None
    return Plan(
        twins=tuple(change for type_, change in found if _declared(type_)),
        platform=tuple(change for type_, change in found if type_.startswith(KUBERNETES)),
        engine=tuple(
            change for type_, change in found if not _declared(type_) and not type_.startswith(KUBERNETES)
        ),
        losses=tuple(
            change.name
            for type_, change in found
            if type_ == CLAIM and change.operation in ("remove", "replace")
        ),
        problems=wrong,
        since=since,
    )


def _declared(type_: str) -> bool:
    return type_.startswith(OURS) and type_.removeprefix(OURS) not in HIDDEN


def _fleets(diagnostics: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """What the provider says of each fleet: the resources hold digests, not rows."""
    for said in diagnostics:
        yield from _FLEET.findall(str(said.get("message", "")))


def _changes(steps: Sequence[Mapping[str, Any]], fleets: Mapping[str, str]) -> Iterator[tuple[str, Change]]:
    told = set()
    for step in sorted(steps, key=lambda step: (str(step["urn"]).split("::", 2)[2], step["op"])):
        word = WORDS.get(step["op"])
        if word is None or step["urn"] in told:
            continue
        told.add(step["urn"])
        yield from _told(word, str(step["urn"]), _inputs(step, "oldState"), _inputs(step, "newState"), fleets)


def _inputs(step: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (step.get(side) or {}).get("inputs") or {}
    return found


def _told(
    word: str, urn: str, old: Mapping[str, Any], new: Mapping[str, Any], fleets: Mapping[str, str]
) -> Iterator[tuple[str, Change]]:
    types, name = urn.split("::", 3)[2:]
    *parents, type_ = types.split("$")
    kind = type_.rpartition(":")[2]
    if type_ == OURS + "Twin":
        for each in twins.changes(word, name, opened(old), opened(new)):
            yield type_, Change(each.operation, kind, each.name, each.leaves, each.below)
        return
    found: Sequence[Leaf] = ()
    notes: Sequence[str] = ()
    if word in ("change", "replace"):
        found, notes = _parted(leaves(opened(old), opened(new)))
    if kind == "Fleet" and _declared(type_):
        found, notes = _of_fleet(found, fleets.get(name, ""))
    if type_.startswith(KUBERNETES):
        # Whether or not an engine has masked them: what the cluster's objects hold is nobody's business here.
        found = tuple(Leaf(leaf.path, None, None) for leaf in found)
    part = parents[-1].rpartition(":")[2] if parents else ""
    yield type_, Change(word, kind, name, tuple(found), (), tuple(notes), part)


def _parted(found: Sequence[Leaf]) -> tuple[Sequence[Leaf], Sequence[str]]:
    """Values that tell a reader something, and in words the one that does not."""
    notes = [CREDENTIALS] if any(leaf.path[0] == "fingerprint" for leaf in found) else []
    return [leaf for leaf in found if leaf.path[0] != "fingerprint"], notes


def _of_fleet(found: Sequence[Leaf], said: str) -> tuple[Sequence[Leaf], Sequence[str]]:
    rows = any(leaf.path[0] == "rows" for leaf in found)
    notes = [said] if said else [ROWS] * rows
    return [leaf for leaf in found if leaf.path[0] not in ("rows", "failed")], notes
