"""A fleet in a stack, driven as an engine would: checked, compared, and made or changed where that is needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from provider.errors import ProviderError
from provider.fleet import FleetProvider, FleetShardProvider
from provider.fleet_source import Sources
from provider.tally import planned
from tests.provider.conftest import Stack
from twins.fleet.compose import row_template
from twins.load import load

SPEC = """\
apiVersion: opentwins/v1
kind: Policy
id: my:policy
---
apiVersion: opentwins/v1
kind: Fleet
id: lamps
policy: my:policy
rows: {csv: lamps.csv}
shards: 3
twin:
  id: "city:lamp_{plate}"
  attributes: {street: "{street}", height: "{height:int}"}
  features: {light: {properties: {on: false, level: "{level:int}"}}}
"""

Rows = dict[str, tuple[str, int, int]]
MARKER = "opentwins/test/lamps"


def some(count: int) -> Rows:
    return {f"{plate:03}": (f"Street {plate % 7}", 4, 0) for plate in range(count)}


@dataclass
class FleetStack:
    """A stack's fleet `lamps`, and what the stack remembers of it."""

    stack: Stack
    folder: Path
    state: dict[int, dict[str, Any]] = field(default_factory=dict)
    whole: dict[str, Any] | None = None
    planned: str = ""

    def write(self, rows: Rows, spec: str = SPEC) -> None:
        """Write table and spec."""
        lines = [f"{plate},{street},{height},{level}" for plate, (street, height, level) in rows.items()]
        (self.folder / "lamps.csv").write_text("\n".join(["plate,street,height,level", *lines, ""]))
        (self.folder / "spec.yaml").write_text(spec)

    def preview(self) -> str:
        """Say what is to become of the fleet; nothing is done."""
        for shard, news in self.inputs().items():
            self._difference(shard, news)
        return planned("lamps")

    def up(self, between: Callable[[int], None] = lambda _: None) -> None:
        """Make all be as it is written; raises the fleet's error."""
        provider = self.stack.provider(FleetShardProvider)
        failed = []
        for shard, news in self.inputs().items():
            differs = self._difference(shard, news)
            if shard not in self.state:
                self.state[shard] = provider.create(dict(news)).outs  # type: ignore[assignment]
            elif differs:
                self.state[shard] = provider.update("id", self.state[shard], dict(news)).outs  # type: ignore[assignment]
            failed.append(self.state[shard]["failed"])
            between(shard)
        self.planned = planned("lamps")
        whole = self.stack.provider(FleetProvider)
        news = {"id": "lamps", "twins": 1.0, "rows": "x", "template": "y", "failed": failed}
        if self.whole is None or whole.diff("lamps", self.whole, news).changes:
            self.whole = whole.create(news).outs

    def refused(self) -> str:
        """The error that an `up` ends with."""
        with pytest.raises(ProviderError) as refusal:
            self.up()
        return str(refusal.value)

    def refresh(self) -> None:
        """Take in what is live."""
        self.stack.reach.fleets.sources = Sources(self.stack.settings)
        for shard, props in self.state.items():
            read = self.stack.provider(FleetShardProvider).read("id", dict(props))
            assert read.outs is not None
            self.state[shard] = dict(read.outs)

    def destroy(self) -> None:
        """Delete all shards."""
        for props in self.state.values():
            self.stack.provider(FleetShardProvider).delete("id", props)
        self.state.clear()

    def inputs(self) -> Mapping[int, dict[str, Any]]:
        """What the program declares now; the provider's process is a new one for each run."""
        self.stack.reach.fleets.sources = Sources(self.stack.settings)
        specs = load(self.folder)
        spec, survey = specs.fleets["lamps"].spec, specs.surveys["lamps"]
        return {
            shard: {
                "fleet": "lamps",
                "shard": float(shard),
                "shards": float(spec.shards),
                "twins": float(survey.counts[shard]),
                "rows": survey.fingerprints[shard],
                "template": row_template(spec, specs).digest,
                "marker": MARKER,
                "retain": spec.retain,
                "adopt": spec.adopt,
            }
            for shard in range(spec.shards)
        }

    def _difference(self, shard: int, news: dict[str, Any]) -> bool:
        provider = self.stack.provider(FleetShardProvider)
        olds = self.state.get(shard)
        checked = provider.check({key: olds[key] for key in news} if olds else {}, dict(news))
        assert not checked.failures, checked.failures[0].reason
        return bool(olds and provider.diff("id", olds, dict(news)).changes)
