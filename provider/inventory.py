"""All twins by id and digest, so that a plan which would change too many of them at once is stopped."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, Resource, UpdateResult

from provider.base import WHOLE, Provider, own

FEW = 10  # with fewer twins than this, any of them is a large share
SHOWN = 5


class InventoryProvider(Provider):
    """Compares the twins that are there with those that are to be; it makes nothing."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse to update or delete more than the settings' share of the existing twins."""
        old, new = _olds.get("twins"), news.get("twins")
        limits = self.reach.settings.twins
        if not isinstance(old, Mapping) or not isinstance(new, Mapping) or limits.allow_mass_change:
            return CheckResult(news, [])
        problem = too_much(old, new, limits.max_change_share)
        return CheckResult(news, [CheckFailure(WHOLE, problem)] if problem else [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Never a difference: the twins themselves are resources and show theirs."""
        return DiffResult(changes=False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Only the engine's state knows of it."""
        return CreateResult("inventory", own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Only the engine's state knows of it."""
        return UpdateResult(own(_news))


def too_much(old: Mapping[str, Any], new: Mapping[str, Any], share: float) -> str:
    """Why this is too much change at once, or empty when it is not."""
    removed = sorted(old.keys() - new.keys())
    changed = sorted(twin for twin in old.keys() & new.keys() if old[twin] != new[twin])
    if len(old) < FEW or len(removed) + len(changed) <= share * len(old):
        return ""
    counts = [
        f"{len(ids)} would be {what}" for ids, what in ((changed, "updated"), (removed, "deleted")) if ids
    ]
    first = [*removed, *changed][:SHOWN]
    return (
        f"of {len(old)} existing twins {' and '.join(counts)} ({', '.join(first)}"
        f"{', …' if len(removed) + len(changed) > SHOWN else ''}), more than the share of {share:.0%} that"
        " opentwins:twins.maxChangeShare allows. If that is meant, set opentwins:twins.allowMassChange: true"
        " for this run"
    )


class Inventory(Resource, module="opentwins", name="Inventory"):
    """The twins that a stack declares, each with a digest of its documents. All twins depend on it."""

    def __init__(
        self, name: str, twins: Mapping[str, str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(InventoryProvider(), name, {"twins": dict(twins)}, opts)
