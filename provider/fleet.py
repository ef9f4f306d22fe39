"""A fleet as resources: some shards, each a part of its twins, and one that says what becomes of the whole.

Why so: the engine writes its whole state at every step, so a resource for each of 100,000 twins would take days.
A shard holds the twins whose ids' hashes fall to it: rows that come or go touch only their own shards. Its state
is an index of ids and digests (`twins.fleet.index`) and the template that the twins were made by; the rows stay
in their file. `diff` compares indexes, and `Fleet`, which comes after the shards, says what they found.

A shard whose rows failed succeeds, with an index of what stands and the failures as an output: a dynamic provider
that raises an error would lose what it did. `Fleet` depends on these outputs and raises the error for all; the
next run finds shards whose index is not what it should be, and does what is left.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    UpdateResult,
)

from provider.base import Provider, own
from provider.errors import SHOWN, ProviderError, together
from provider.pace import Hope, each
from provider.tally import Tally, note, planned
from twins.fleet.index import Delta, compare, fingerprint, pack, unpack
from twins.fleet.template import RowTemplate, read

if TYPE_CHECKING:  # what reads tables and speaks to Ditto is imported when there is something to do
    from provider.fleet_rows import Means, Outcome
    from provider.fleet_source import Source
    from twins.fleet.store import Survey

# What the program declares of a shard; all else of its properties is what was made of it.
INPUTS = ("fleet", "shard", "shards", "twins", "rows", "template", "marker", "retain", "adopt")
UNFINISHED = "unfinished"  # in place of a shard's rows or template: it is not what it should be


class FleetShardProvider(Provider):
    """Some of a fleet's twins."""

    spec = "Fleet"
    identity = "fleet"
    compared = ("rows", "template", "retain", "adopt", "marker")

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse another number of shards: twins would move between shards, and be made and removed at once."""
        old, new = _olds.get("shards"), news.get("shards")
        if old is not None and old != new:
            problem = (
                f"it has {old:.0f} shards, and that is fixed once the fleet exists; write shards: {old:.0f}"
            )
            return CheckResult(news, [CheckFailure("shards", self._origin(news["fleet"]) + problem)])
        if not _olds:
            source = self._source(news)
            note(news["fleet"], Delta(list(source.index(int(news["shard"]))), [], []))
        return CheckResult(news, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare digests, and where they differ, the twins."""
        found = super().diff(_id, _olds, _news)
        if found.changes:
            new = self._source(_news).index(int(_news["shard"]))
            same = _olds.get("template") == _news["template"]
            delta = compare(unpack(_olds.get("index", "")), new, not same)
            note(_news["fleet"], delta, bool(_news.get("retain")))
        return found

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the twins that are not there; what a run that was cut off has made is found again."""
        with self.about(props):
            outcome = self._work(props, {}, None)
        return CreateResult(f"{props['fleet']}-{props['shard']:.0f}", self._stands(props, outcome))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Make, change and remove just those twins whose rows differ."""
        was = _unwrapped(_olds["made_by"])
        with self.about(_news):
            outcome = self._work(_news, unpack(_olds["index"]), was)
        return UpdateResult(self._stands(_news, outcome))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The index as it is live: twins that are gone are not in it, those that differ are noted to do so."""
        from provider.fleet_reading import look, unchanged

        index, template, shard = unpack(props["index"]), _unwrapped(props["made_by"]), int(props["shard"])
        source = unchanged(lambda: self._source(props))
        with self.about(props):
            seen = look(index, template, props["marker"], source, shard, self.reach.ditto)
        if not (seen.gone or seen.changed):
            return ReadResult(id_, own(props), {key: props[key] for key in INPUTS})
        found = Tally()
        found.add({"is without": seen.gone, "differs in": seen.changed})
        self.reach.say(f"fleet {props['fleet']}, shard {shard}: {found}")
        outs = own(props) | {"rows": fingerprint(seen.index), "index": pack(seen.index)}
        return ReadResult(id_, outs, {key: outs[key] for key in INPUTS})

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove all twins that are still ours, unless they are to be retained."""
        if _props.get("retain") or not (index := unpack(_props["index"])):
            return
        from provider.fleet_rows import Removal

        removal = Removal(self._means(_props, crowd=False), _unwrapped(_props["made_by"]))
        done = self.reach.fleets.progress(_props["fleet"]).done

        hope = Hope()

        def one(twin: str) -> None:
            try:
                removal(twin)
            except ProviderError as error:
                hope.lost(error)
                raise
            hope.good()
            done("removed")

        if problems := each(one, list(index)):
            raise together(f"{len(problems)} of {len(index)} twins could not be removed:", problems)

    def _source(self, props: Mapping[str, Any]) -> Source:
        """The fleet as its table says now; it must be what the program saw."""
        source = self.reach.fleets.sources.get(props["fleet"])
        shard = int(props["shard"])
        if (source.survey.fingerprints[shard], source.template.digest) != (props["rows"], props["template"]):
            raise ProviderError(
                f"fleet {props['fleet']}: its spec or its table was changed while this run was under way; run it"
                " again"
            )
        return source

    def _means(self, props: Mapping[str, Any], crowd: bool = True) -> Means:
        from provider.fleet_rows import Means

        fleet = props["fleet"]
        return Means(
            ditto=self.reach.ditto,
            crowd=self.reach.crowd if crowd else None,
            fleet=fleet,
            marker=props["marker"],
            adopt=bool(props.get("adopt")),
            retain=bool(props.get("retain")),
            say=self.reach.say,
            done=self.reach.fleets.progress(fleet).done,
        )

    def _work(self, props: Mapping[str, Any], old: dict[str, bytes], was: RowTemplate | None) -> Outcome:
        from provider.fleet_rows import Work

        return Work(self._source(props), int(props["shard"]), self._means(props), old, was).do()

    def _stands(self, props: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
        """The outputs: what stands, which the next diff starts from."""
        failed = outcome.failed[:SHOWN]
        if len(outcome.failed) > SHOWN:
            failed.append(f"and {len(outcome.failed) - SHOWN} more rows of shard {props['shard']:.0f}")
        if outcome.stopped:
            failed.insert(0, f"shard {props['shard']:.0f} was given up: {outcome.stopped}")
        rows = fingerprint(outcome.index)
        template = self._source(props).template
        return own(props) | {
            "rows": UNFINISHED if failed and rows == props["rows"] else rows,
            "index": pack(outcome.index),
            "made_by": _wrapped(template),
            "failed": failed,
        }


class FleetProvider(Provider):
    """What becomes of a whole fleet: it makes nothing itself."""

    spec = "Fleet"

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Say what the shards found out."""
        if plan := planned(news["id"]):
            self.reach.say(f"fleet {news['id']}: {plan}")
        return CheckResult(news, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another table or template, or failures of this run (which a preview cannot know)."""
        changes = any(_olds.get(key) != _news.get(key) for key in ("rows", "twins", "template"))
        return DiffResult(changes=changes or bool(_failures(_news)))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Raise what failed."""
        with self.about(props):
            _raise(props)
        return CreateResult(props["id"], own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Raise what failed."""
        with self.about(_news):
            _raise(_news)
        return UpdateResult(own(_news))


def _failures(props: Mapping[str, Any]) -> list[str]:
    """What the shards failed at; unknown ones, in a preview, are none yet."""
    shards = props.get("failed")
    if not isinstance(shards, Sequence):
        return []
    return [line for failed in shards if isinstance(failed, Sequence) for line in failed]


def _raise(props: Mapping[str, Any]) -> None:
    if failed := _failures(props):
        raise together(
            f"fleet {props['id']}: these failed, all others are as they should be, and the next run tries just"
            " these again:",
            failed,
        )


def _wrapped(template: RowTemplate) -> str:
    return base64.b64encode(zlib.compress(template.text.encode(), 9)).decode()


def _unwrapped(text: str) -> RowTemplate:
    return read(zlib.decompress(base64.b64decode(text)).decode())


class FleetShard(Resource, module="opentwins", name="FleetShard"):
    """One of a fleet's shards: `failed` is what could not be done, a line each."""

    failed: pulumi.Output[list[str]]

    def __init__(
        self,
        fleet: str,
        shard: int,
        template: RowTemplate,
        survey: Survey,
        marker: str,
        retain: bool = False,
        adopt: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "fleet": fleet,
            "shard": shard,
            "shards": len(survey.counts),
            "twins": survey.counts[shard],
            "rows": survey.fingerprints[shard],
            "template": template.digest,
            "marker": marker,
            "retain": retain,
            "adopt": adopt,
        }
        # Named here so that a preview, which makes nothing, has them as unknown outputs.
        outputs = {"index": None, "made_by": None, "failed": None}
        super().__init__(FleetShardProvider(), f"{fleet}-{shard}", inputs | outputs, opts)


class Fleet(Resource, module="opentwins", name="Fleet"):
    """A fleet as a whole, with its template for people to see what changes."""

    def __init__(
        self,
        fleet: str,
        template: RowTemplate,
        survey: Survey,
        shards: Sequence[FleetShard],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "id": fleet,
            "twins": survey.count,
            "rows": survey.digest,
            "template": template.shown,
            "failed": [shard.failed for shard in shards],
        }
        super().__init__(FleetProvider(), fleet, inputs, opts)
