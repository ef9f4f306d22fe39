"""All volumes of a stack in brief, so that a plan which would take one away is stopped."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, Resource, UpdateResult

from components.mistakes import did_you_mean
from components.model import amount
from provider.base import Provider, own
from provider.errors import ProviderError

NAMESPACE = "namespace"  # what to confirm for the loss of the namespace itself

Volumes_ = Mapping[str, Mapping[str, str]]  # claim → holder, size and class


class VolumesProvider(Provider):
    """Compares the volumes that are there with those that are to be; the claims are resources of their own."""

    compared = ("volumes", "namespace")

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse to take away a volume that the settings do not give up, or to make one smaller."""
        problems = lost(_olds, news, frozenset())
        if problems:
            problems = lost(_olds, news, frozenset(self.reach.settings.allow_data_loss))
        return CheckResult(news, [CheckFailure("", problem) for problem in problems])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Shows which volumes come and go."""
        return DiffResult(changes=any(_olds.get(name) != _news.get(name) for name in self.compared))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Only the engine's state knows of it."""
        self._have_classes(props["volumes"], {})
        return CreateResult("volumes", own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Only the engine's state knows of it."""
        self._have_classes(_news["volumes"], _olds.get("volumes") or {})
        return UpdateResult(own(_news))

    def _have_classes(self, volumes: Volumes_, old: Volumes_) -> None:
        """Each new volume's storage class has to be in the cluster, before anything waits for it in vain."""
        wanted = {name: one for name, one in volumes.items() if name not in old}
        known = self.reach.storage_classes() if wanted else None
        if known is None:
            return
        problems = [problem for name, one in wanted.items() if (problem := _class_problem(name, one, known))]
        if problems:
            raise ProviderError("\n".join(problems))


def _class_problem(name: str, volume: Mapping[str, str], known: Mapping[str, bool]) -> str:
    wanted, where = volume["class"], f"the claim {name} of opentwins:{volume['holder']}"
    if wanted and wanted not in known:
        hint = did_you_mean(wanted, known) or f"; there are {', '.join(sorted(known)) or 'none'}"
        return f"{where}: the cluster has no storage class {wanted}{hint}"
    if not wanted and not any(known.values()):
        return (
            f"{where}: the cluster has no default storage class; name one in its setting storage.class"
            f" (there are {', '.join(sorted(known)) or 'none'})"
        )
    return ""


def lost(old: Mapping[str, Any], new: Mapping[str, Any], given_up: frozenset[str]) -> list[str]:
    """A line for each holder whose data would go without leave, and for each volume that would shrink."""
    before, after = old.get("volumes"), new.get("volumes")
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return []
    problems = []
    gone: dict[str, list[str]] = {}
    for name, volume in before.items():
        if name not in after:
            gone.setdefault(volume["holder"], []).append(f"{name} ({volume['size']})")
        elif amount(after[name]["size"]) < amount(volume["size"]):
            problems.append(
                f"the volume {name} of opentwins:{volume['holder']} has {volume['size']}, and none can become"
                f" smaller: {after[name]['size']} is less"
            )
    for holder, names in gone.items():
        if holder not in given_up:
            problems.append(
                f"{holder} would lose the data on {', '.join(names)}. To keep it there until {holder} runs"
                f" again, add {holder} to opentwins:keepData; to lose it, add {holder} to"
                " opentwins:allowDataLoss for this run"
            )
    mine, theirs = old.get("namespace"), new.get("namespace")
    if mine and mine != theirs and NAMESPACE not in given_up:
        problems.append(
            f"the namespace {mine} would be deleted with everything in it, volumes too. To lose it, add"
            f" {NAMESPACE} to opentwins:allowDataLoss for this run; to leave it to others, take it out of the"
            " stack with `pulumi state delete` first"
        )
    return problems


class Volumes(Resource, module="opentwins", name="Volumes"):
    """The volumes that a stack declares (claim → holder, size and class), and the namespace that it makes.

    `namespace` is empty when others have made it. All that the platform is made of depends on it.
    """

    def __init__(
        self,
        name: str,
        volumes: Volumes_,
        namespace: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"volumes": {key: dict(each) for key, each in volumes.items()}, "namespace": namespace}
        super().__init__(VolumesProvider(), name, inputs, opts)
