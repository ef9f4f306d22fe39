"""A plan told in Markdown: first the twins, then the platform, then what only the engine cares about."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from review.plan import Change, Leaf, Plan

MOST_ITEMS = 60  # changes that are spelt out; a comment has an end, and a reader too
MOST_LEAVES = 12  # values of one change
LONGEST = 120  # characters of one value
LARGEST = 60_000  # characters of a comment; GitHub takes 65,536

SIGNS = {"add": "➕", "change": "✏️", "replace": "♻️", "remove": "➖"}
ORDER = ("twin", "fleet", "type", "policy", "connection")
PLURALS = {"policy": "policies", "library panel": "library panels"}


def marker(stack: str) -> str:
    """What the comment of a stack is found again by; nobody sees it."""
    return f"<!-- opentwins preview of {stack} -->"


def comment(plan: Plan, stack: str) -> str:
    """Return the whole comment. It never holds a secret's value: engines mask those, and of the platform only
    the names of what differs are told."""
    lines = [marker(stack), f"### `{stack}`: {headline(plan.twins)}", ""]
    if plan.problems:
        lines += ["**The preview failed.**", "", "```", *plan.problems, "```", ""]
    lines += _items(plan.twins, values=True)
    lines += _folded(f"The platform: {_sum(plan.platform, 'Kubernetes object')}", plan.platform)
    lines += _folded(f"The engine's own: {_sum(plan.engine, 'resource')}", plan.engine)
    text = "\n".join(lines).rstrip() + "\n"
    return text if len(text) <= LARGEST else text[:LARGEST] + "\n\n… the rest is left out\n"


def headline(changes: Sequence[Change]) -> str:
    """What a reader has to know at once, such as “3 twins, 1 type and 1 connection change”."""
    if not changes:
        return "no twin changes"
    counts = Counter(_kind(change.kind) for change in changes)
    parts = [_counted(counts[kind], kind) for kind in sorted(counts, key=_rank)]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{listed} {'changes' if len(changes) == 1 else 'change'}"


def _rank(kind: str) -> tuple[int, str]:
    """What people look for first comes first."""
    return (ORDER.index(kind) if kind in ORDER else len(ORDER), kind)


def _items(changes: Sequence[Change], values: bool) -> Iterator[str]:
    for change in sorted(changes, key=lambda change: _rank(_kind(change.kind)))[:MOST_ITEMS]:
        yield f"- {SIGNS[change.operation]} **{change.operation}** {_kind(change.kind)} `{change.name}`"
        yield from _values(change.leaves, values)
    if len(changes) > MOST_ITEMS:
        yield f"- … and {len(changes) - MOST_ITEMS} more"
    if changes:
        yield ""


def _values(leaves: Sequence[Leaf], values: bool) -> Iterator[str]:
    for leaf in leaves[:MOST_LEAVES]:
        yield f"  - {leaf.path}" + (f": {_told(leaf)}" if values else "")
    if len(leaves) > MOST_LEAVES:
        yield f"  - … and {len(leaves) - MOST_LEAVES} more values"


def _told(leaf: Leaf) -> str:
    if leaf.old is None:
        return f"{_code(leaf.new or '')} (new)"
    if leaf.new is None:
        return f"~~{_code(leaf.old)}~~ (gone)"
    return f"{_code(leaf.old)} → {_code(leaf.new)}"


def _code(value: str) -> str:
    """The value as code, on one line, whatever it holds."""
    line = " ".join(value.split()) or " "
    line = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    fence = "`"
    while fence in line:
        fence += "`"
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _folded(title: str, changes: Sequence[Change]) -> Iterable[str]:
    if not changes:
        return []
    items = list(_items(changes, values=False))
    return ["<details>", f"<summary>{title}</summary>", "", *items, "</details>", ""]


def _sum(changes: Sequence[Change], what: str) -> str:
    counts = Counter(change.operation for change in changes)
    return ", ".join(f"{_counted(counts[word], what)} to {word}" for word in SIGNS if counts[word])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {PLURALS.get(noun, noun + 's')}"


def _kind(name: str) -> str:
    """`HonoTenant` → “hono tenant”."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
