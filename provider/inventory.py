"""All twins in brief, so that a plan which would change too many of them at once is stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, Resource, UpdateResult

from provider.base import Provider, own
from provider.origins import origin
from twins.fleet import sample
from twins.fleet.store import Survey
from twins.fleet.template import RowTemplate

FEW = 10  # with fewer twins than this, any of them is a large share
SHOWN = 5


class InventoryProvider(Provider):
    """Compares the twins that are there with those that are to be; it makes nothing."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse to update or delete more than the settings' share of the existing twins."""
        old, new = _olds.get("twins"), news.get("twins")
        if not isinstance(old, Mapping) or not isinstance(new, Mapping):
            return CheckResult(news, [])
        before, after = _olds.get("fleets") or {}, news.get("fleets") or {}
        if (old, before) == (new, after):
            return CheckResult(news, [])
        if problems := [f"{self._where(fleet)}{why}" for fleet, why in resharded(before, after)]:
            return CheckResult(news, [CheckFailure("fleets", problem) for problem in problems])
        limits = self.reach.settings.twins
        if limits.allow_mass_change:
            return CheckResult(news, [])
        fleets = fleet_changes(before, after)
        problem = too_much(old, new, limits.max_change_share, fleets)
        return CheckResult(news, [CheckFailure("twins", problem)] if problem else [])

    def _where(self, fleet: str) -> str:
        where = origin(Path(self.reach.settings.specs), "Fleet", fleet)
        return f"{where}: " if where else ""

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Never a difference: the twins themselves are resources and show theirs."""
        return DiffResult(changes=False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Only the engine's state knows of it."""
        return CreateResult("inventory", own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Only the engine's state knows of it."""
        return UpdateResult(own(_news))


@dataclass(frozen=True)
class FleetChange:
    """What would become of a fleet's twins."""

    fleet: str
    change: sample.Change


def fleet_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FleetChange]:
    """What would become of each fleet that there is; one that is gone loses all its twins, or retains them."""
    found = []
    for fleet, before in old.items():
        # One that stays does as its spec says now, one that goes as it was made.
        after = new.get(fleet) or before | {"twins": 0, "sample": ""}
        same = after["template"] == before["template"]
        change = sample.change(
            int(before["twins"]), before["sample"], int(after["twins"]), after["sample"], same
        )
        if after["retain"]:
            change = replace(change, deleted=0)
        found.append(FleetChange(fleet, change))
    return found


def resharded(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Fleets that are to have another number of shards, and what is wrong with that.

    It is said here, before any shard: one that was made meanwhile would take over twins of another shard, and
    remove them as soon as the number is as before.
    """
    found = []
    for fleet in sorted(old.keys() & new.keys()):
        before, after = old[fleet].get("shards"), new[fleet].get("shards")
        if before is not None and before != after:
            fixed = (
                f"{before:.0f} shards, and that is fixed once the fleet exists; write shards: {before:.0f}"
            )
            found.append((fleet, f"fleet {fleet} has {fixed}"))
    return found


def too_much(
    old: Mapping[str, Any], new: Mapping[str, Any], share: float, fleets: list[FleetChange] | None = None
) -> str:
    """Why this is too much change at once, or empty when it is not."""
    fleets = fleets or []
    removed = sorted(old.keys() - new.keys())
    changed = sorted(twin for twin in old.keys() & new.keys() if old[twin] != new[twin])
    existing = len(old) + sum(each.change.existing for each in fleets)
    updated = len(changed) + sum(each.change.updated for each in fleets)
    deleted = len(removed) + sum(each.change.deleted for each in fleets)
    if existing < FEW or updated + deleted <= share * existing:
        return ""
    about = "" if all(each.change.is_exact for each in fleets) else "about "
    counts = [
        f"{about}{count} would be {what}"
        for count, what in ((updated, "updated"), (deleted, "deleted"))
        if count
    ]
    touched = [each.fleet for each in fleets if each.change.updated or each.change.deleted]
    first = [*removed, *changed, *(f"fleet {fleet}" for fleet in touched)]
    shown = first if len(first) <= SHOWN else [*first[:SHOWN], "…"]
    return (
        f"of {existing} existing twins {' and '.join(counts)} ({', '.join(shown)}), more than the share of"
        f" {share:.0%} that opentwins:twins.maxChangeShare allows. If that is meant, set"
        " opentwins:twins.allowMassChange: true for this run"
    )


def brief(template: RowTemplate, survey: Survey, retain: bool = False) -> dict[str, Any]:
    """A fleet in brief: all that the inventory has to know of it."""
    return {
        "twins": survey.count,
        "shards": len(survey.counts),
        "template": template.digest,
        "sample": survey.sample,
        "retain": retain,
    }


class Inventory(Resource, module="opentwins", name="Inventory"):
    """The twins that a stack declares, each with a digest of its documents, and its fleets in brief.

    All twins and fleets depend on it.
    """

    def __init__(
        self,
        name: str,
        twins: Mapping[str, str],
        fleets: Mapping[str, Mapping[str, Any]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"twins": dict(twins), "fleets": {key: dict(each) for key, each in (fleets or {}).items()}}
        super().__init__(InventoryProvider(), name, inputs, opts)
