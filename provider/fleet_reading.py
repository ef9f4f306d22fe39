"""What became of a shard's twins: which are still there and ours, and which are not as their rows declare."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from provider.ditto import Ditto
from provider.errors import ProviderError
from provider.fleet_rows import Rows
from provider.fleet_source import Source
from provider.pace import each
from provider.tree import marker
from twins.compare import declared_part
from twins.document import Document
from twins.fleet.filling import Filling, document
from twins.fleet.index import DIGEST, NOTHING, Index
from twins.fleet.rows import opened
from twins.fleet.template import RowTemplate

AT_ONCE = 50  # things that are asked for in one request; a URL has room for some more
FIELDS = "thingId,policyId,definition,attributes,features"


@dataclass
class Seen:
    """The index as it is live. `gone` are twins that do not exist any more, or are somebody else's."""

    index: Index
    gone: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def look(
    index: Index, template: RowTemplate, ours: str, source: Source | None, shard: int, ditto: Ditto
) -> Seen:
    """Ask Ditto for all twins of a shard.

    `source` is None when the table is not any more what the twins were made by: then it is not known what is
    declared of them, and only seen whether they are there.
    """
    seen = Seen(dict(index))
    declared = _declared(source, shard, ours) if source else lambda _: {}
    suffixes = [thing.suffix for thing in template.things]
    per_request = max(1, AT_ONCE // len(suffixes))

    def batch(twins: Sequence[str]) -> None:
        wanted = [twin + suffix for twin in twins for suffix in suffixes]
        live = {str(thing["thingId"]): thing for thing in _things(ditto, wanted)}
        wished = declared(twins)
        for twin in twins:
            _judge(twin, [twin + suffix for suffix in suffixes], live, wished, ours, seen)

    twins = list(index)
    groups = [twins[at : at + per_request] for at in range(0, len(twins), per_request)]
    for problem in each(batch, groups):
        raise problem
    seen.gone.sort()
    seen.changed.sort()
    return seen


def _judge(
    twin: str,
    ids: Sequence[str],
    live: Mapping[str, Document],
    declared: Mapping[str, Document],
    ours: str,
    seen: Seen,
) -> None:
    root = live.get(twin)
    if root is None or marker(root) not in ("", ours):
        del seen.index[twin]
        seen.gone.append(twin)
        return
    for thing_id in ids:
        thing = live.get(thing_id)
        if thing is None or (thing_id in declared and declared_part(declared[thing_id], thing) is not None):
            seen.index[twin] = NOTHING * (len(seen.index[twin]) // DIGEST)
            seen.changed.append(twin)
            return


def _declared(source: Source, shard: int, ours: str) -> Callable[[Sequence[str]], Mapping[str, Document]]:
    """Return what gives the documents that some twins' rows declare, by thing id."""
    places = source.shard(shard)
    filling = Filling(source.template, ours)
    suffixes = [thing.suffix for thing in source.template.things]

    def of(twins: Sequence[str]) -> Mapping[str, Document]:
        found: dict[str, Document] = {}
        with source.opened() as file:
            rows = Rows(source, opened(source.spec.rows, source.template.columns, file), filling)
            for twin in twins:
                if twin in places:
                    texts = rows.texts(twin, places[twin])
                    pairs = zip(suffixes, texts, strict=True)
                    found |= {twin + suffix: document(text) for suffix, text in pairs}
        return found

    return of


def _things(ditto: Ditto, ids: Sequence[str]) -> Iterator[Document]:
    listed = [thing_id for thing_id in ids if "," not in thing_id]
    if listed:
        yield from ditto.things(listed, FIELDS)
    for thing_id in ids:
        if "," in thing_id and (thing := ditto.thing(thing_id, FIELDS)) is not None:
            yield thing


def unchanged(source: Callable[[], Source]) -> Source | None:
    """Return the source, or None when spec and table are not those that the twins were made by."""
    try:
        return source()
    except ProviderError:
        return None
