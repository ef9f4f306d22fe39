"""Changes told in words: how many of what, and each by name with what changes in it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from review.leaves import Leaf
from review.markdown import code, cut, pair, word
from review.plan import CREDENTIALS, ROWS, Change

MOST_LEAVES = 12  # values of one change
MOST_NAMES = 25  # names that stand together

SIGNS = {"change": "✏️", "add": "➕", "replace": "♻️", "remove": "➖"}
VERBS = {  # of one, of several
    "change": ("changes", "change"),
    "add": ("is new", "are new"),
    "replace": ("is replaced", "are replaced"),
    "remove": ("is removed", "are removed"),
}
ORDER = ("twin", "fleet", "type", "policy", "connection")
_SUMMARY = re.compile(r"((?:adds|changes|removes|retains) \d+ twins?) \(([^()]*)\)")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
DERIVED = frozenset({"Dashboard", "Folder"})  # mostly made from types and twins: where they differ is enough


def headline(changes: Sequence[Change]) -> str:
    """What a reader has to know at once, such as “3 twins, 1 type and a connection change; a twin is new”."""
    if not changes:
        return "no twin changes"
    counts = Counter[tuple[str, str]]()
    for change in changes:
        counts[change.operation, kind(change.kind)] += 1 + len(change.below)
    return "; ".join(
        _sentence(operation, {noun: counts[operation, noun] for op, noun in counts if op == operation})
        for operation in SIGNS
        if any(op == operation for op, _ in counts)
    )


def _sentence(operation: str, counts: dict[str, int]) -> str:
    nouns = sorted(counts, key=_rank)
    parts = [counted(counts[noun], noun) for noun in nouns]
    if counts[nouns[-1]] == 1 and len(nouns) > 1:
        parts[-1] = f"a {nouns[-1]}"
    one, several = VERBS[operation]
    return f"{listed(parts)} {one if sum(counts.values()) == 1 else several}"


def platform_headline(changes: Sequence[Change]) -> str:
    """Which parts of the platform change, such as “Ditto (2 objects change) and Grafana (1 object is new)”."""
    parts = []
    for part, group in groupby(sorted(changes, key=lambda change: change.part), lambda change: change.part):
        counts = Counter(change.operation for change in group)
        told = ", ".join(
            f"{counted(counts[operation], 'object')} {VERBS[operation][counts[operation] > 1]}"
            for operation in SIGNS
            if counts[operation]
        )
        parts.append(f"{word(part or 'the cluster')} ({told})")
    return listed(parts)


def operations(changes: Sequence[Change], noun: str) -> str:
    """Such as “2 resources change, 1 resource is new”."""
    counts = Counter(change.operation for change in changes)
    return ", ".join(
        f"{counted(counts[operation], noun)} {VERBS[operation][counts[operation] > 1]}"
        for operation in SIGNS
        if counts[operation]
    )


def items(changes: Iterable[Change], values: bool) -> Iterator[list[str]]:
    """Each change as an item of a list, in lines. Those that are the same change of several are one item."""
    signs = list(SIGNS)
    ordered = sorted(
        changes,
        key=lambda change: (
            change.part,
            _rank(kind(change.kind)),
            signs.index(change.operation),
            change.name,
        ),
    )
    groups: dict[object, list[Change]] = {}
    for place, change in enumerate(ordered):
        alike = (change.operation, change.kind, change.leaves, change.notes, change.part)
        groups.setdefault(place if change.below else alike, []).append(change)
    for group in groups.values():
        yield _item(group, values and group[0].kind not in DERIVED)


def _item(group: Sequence[Change], values: bool) -> list[str]:
    first = group[0]
    noun = kind(first.kind) if len(group) == 1 else plural(kind(first.kind))
    verb = VERBS[first.operation][len(group) > 1]
    line = f"- {SIGNS[first.operation]} {noun} {names([change.name for change in group])} {verb}"
    if first.below:
        line += f", with {names(first.below)} below it"
    if first.notes:
        line += f": {'; '.join(map(_note, first.notes))}"
    return [line, *_values(first.leaves, values)]


def _note(note: str) -> str:
    """A note: our own words as they are, a fleet's summary with its ids as code, and anything else as code."""
    if note in (CREDENTIALS, ROWS):
        return note
    parts = _SUMMARY.findall(note)
    if ", ".join(f"{does} ({ids})" for does, ids in parts) != note:
        return code(note, 400)
    return ", ".join(f"{does} ({', '.join(map(_id, ids.split(', ')))})" for does, ids in parts)


def _id(text: str) -> str:
    return text if text == "…" else code(text)


def names(given: Sequence[str]) -> str:
    """The first names of many."""
    told = [code(name) for name in given[:MOST_NAMES]]
    return listed([*told, f"{len(given) - MOST_NAMES} more"] if len(given) > MOST_NAMES else told)


def _values(leaves: Sequence[Leaf], values: bool) -> Iterator[str]:
    for leaf in leaves[:MOST_LEAVES]:
        yield f"  - {code('/'.join(leaf.path))}" + (f": {_told(leaf)}" if values else "")
    if len(leaves) > MOST_LEAVES:
        yield f"  - … and {len(leaves) - MOST_LEAVES} more values"


def _told(leaf: Leaf) -> str:
    if leaf.old is None:
        return f"{code(leaf.new or '')} (new)"
    if leaf.new is None:
        return f"~~{code(leaf.old)}~~ (gone)"
    if "\n" in leaf.old + leaf.new:
        return _text(leaf.old.splitlines(), leaf.new.splitlines())
    old, new = pair(leaf.old, leaf.new)
    return f"{code(old)} → {code(new)}"


def _text(old: Sequence[str], new: Sequence[str]) -> str:
    """A text of several lines: the first that differ."""
    before, after = Counter(old), Counter(new)
    gone = [line for line in old if before[line] > after[line]]
    fresh = [line for line in new if after[line] > before[line]]
    told = [f"~~{code(cut(line.strip()))}~~" for line in gone[:2] if line.strip()]
    told += [code(cut(line.strip())) for line in fresh[:2] if line.strip()]
    count = f"{counted(len(fresh), 'line')} new, {counted(len(gone), 'line')} gone"
    return f"{count}: {', '.join(told)}" if told else count


def _rank(noun: str) -> tuple[int, str]:
    """What people look for first comes first."""
    return (ORDER.index(noun) if noun in ORDER else len(ORDER), noun)


def listed(parts: Sequence[str]) -> str:
    """Such as “a, b and c”."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def counted(number: int, noun: str) -> str:
    """A number of something."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural(noun)}"


def plural(noun: str) -> str:
    """More than one of it."""
    if noun.endswith(("s", "x", "ch")):
        return noun + "es"
    return noun[:-1] + "ies" if noun[-2:-1] not in "aeiou" and noun.endswith("y") else noun + "s"


def kind(name: str) -> str:
    """`HonoTenant` → “hono tenant”; as code, if it is no name."""
    return word(_HUMPS.sub(" ", name).lower())
