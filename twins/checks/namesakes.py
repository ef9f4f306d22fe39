"""No twin of a fleet has the id of anything else that is declared, another fleet's twins included."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import combinations

from twins.catalogue import Catalogue, Entry
from twins.fleet.gathering import shard_of
from twins.fleet.store import LostError, Survey
from twins.fleet.template import RowTemplate
from twins.models import Spec
from twins.origin import Problem
from twins.tree import members


def check(catalogue: Catalogue, templates: Mapping[str, RowTemplate]) -> Iterator[Problem]:
    """Yield ids that a fleet's twin and something else would have."""
    if not catalogue.surveys:
        return
    try:
        yield from _found(catalogue, templates)
    except LostError as error:
        yield next(iter(catalogue.fleets.values())).problem(("rows",), str(error))


def _found(catalogue: Catalogue, templates: Mapping[str, RowTemplate]) -> Iterator[Problem]:
    made = dict(_made(catalogue))
    for key, survey in catalogue.surveys.items():
        entry, template = catalogue.fleets[key], templates[key]
        for id_, other in _claimed(template, survey, made):
            whose = f"{other.text.value['kind']} {other.text.value['id']} at {other.text.origin}"
            message = f"{id_} is made by {whose} too; rename one of them"
            yield entry.problem(("twin", "id"), message)
    for first, second in combinations(catalogue.surveys, 2):
        if _may_meet(templates[first], templates[second]):
            for id_ in _shared(catalogue.surveys[first], catalogue.surveys[second]):
                where = catalogue.fleets[first].text.origin
                message = f"{id_} is a twin of fleet {first} at {where} too; take its row out of one of them"
                yield catalogue.fleets[second].problem(("twin", "id"), message)


def _made(catalogue: Catalogue) -> Iterator[tuple[str, "Entry[Spec]"]]:
    """Yield the ids of all things that are not of a fleet, each with the spec that makes it."""
    yield from catalogue.types.items()  # type: ignore[misc]
    yield from catalogue.twins.items()  # type: ignore[misc]
    for key, entry in catalogue.composable():
        for member in members(key, catalogue.specs):
            yield member.id, entry  # type: ignore[misc]


def _claimed(
    template: RowTemplate, survey: Survey, made: Mapping[str, "Entry[Spec]"]
) -> Iterator[tuple[str, "Entry[Spec]"]]:
    """Yield which of the made ids a thing of the fleet would have; only likely ones are looked up."""
    parts = [template.id] if isinstance(template.id, str) else template.id.parts
    likely = re.compile("".join(re.escape(part) if isinstance(part, str) else ".*" for part in parts))
    suffixes = {"", *template.suffixes}
    wanted: dict[int, list[tuple[str, str]]] = {}
    for id_ in made:
        namespace, _, name = id_.partition(":")
        first, colon, rest = name.partition(":")
        root = f"{namespace}:{first}"
        if colon + rest in suffixes and likely.fullmatch(root):
            wanted.setdefault(shard_of(root, len(survey.counts)), []).append((root, id_))
    for shard, ids in wanted.items():
        there = survey.index(shard)
        for root, id_ in ids:
            if root in there:
                yield id_, made[id_]


def _may_meet(one: RowTemplate, other: RowTemplate) -> bool:
    first, second = _start(one), _start(other)
    return first.startswith(second) or second.startswith(first)


def _start(template: RowTemplate) -> str:
    start = template.id if isinstance(template.id, str) else template.id.parts[0]
    return start if isinstance(start, str) else ""


def _shared(one: Survey, other: Survey) -> Iterator[str]:
    """Yield some ids that two fleets have both. That they have none is remembered with the survey."""
    remembered = one.folder / f"apart-{other.key}"
    if remembered.exists():
        return
    for shard in range(len(one.counts)):
        ids = one.index(shard).keys()
        same = len(one.counts) == len(other.counts)
        for theirs in [shard] if same else range(len(other.counts)):
            common = sorted(ids & other.index(theirs).keys())
            yield from common[:5]
            if common:
                return
    with suppress(OSError):
        remembered.touch()
