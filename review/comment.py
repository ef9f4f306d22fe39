"""The comment on a pull request: for each stack first the twins, then the platform, then what is the engine's own."""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence

from review.markdown import block, code
from review.plan import Change, Plan
from review.words import headline, items, listed, names, operations, platform_headline

MARKER = "<!-- opentwins preview -->"  # what the comment is found again by; nobody sees it
NOTHING = "Nothing that a stack is made of changes here."

LARGEST = 60_000  # characters of a comment; GitHub takes 65,536
SHORT = 8  # objects of the platform that are listed in the open
MOST_PROBLEMS = 40  # lines


def comment(plans: Mapping[str, Plan]) -> str:
    """Return the whole comment on these stacks' plans. Stacks of which the same is to be said share a section.

    It never holds a secret's value: engines mask those, what looks like one is masked again, and of the
    platform only the names of what differs are told.
    """
    together: dict[Plan, list[str]] = {}
    for stack, plan in plans.items():
        together.setdefault(plan, []).append(stack)
    if not together:
        return f"{MARKER}\n{NOTHING}\n"
    room = (LARGEST - len(MARKER)) // len(together)
    sections = (_section(stacks, plan, room) for plan, stacks in together.items())
    return MARKER + "\n" + "\n".join(sections)


def _section(stacks: Sequence[str], plan: Plan, room: int) -> str:
    lines = [f"### {listed([code(stack) for stack in stacks])}: {_title(plan)}", ""]
    if plan.since:
        lines += [
            f"Told against what {code(plan.since)} declares: no cluster was asked, so what is there already is"
            " not known.",
            "",
        ]
    if plan.losses:
        what, its = ("volumes", "them") if len(plan.losses) > 1 else ("volume", "it")
        lines += [
            f"⚠️ **Data goes for good:** the {what} {names(plan.losses)}, with all that is on {its}.",
            "",
        ]
    if plan.problems:
        lines += ["❌ **The preview failed**; what follows is what it had found until then.", ""]
        lines += [*block("\n".join(_first(plan.problems))), ""]
    room -= sum(len(line) + 1 for line in lines)
    twins = _list(items(plan.twins, values=True), room * 7 // 10)
    room -= sum(len(line) + 1 for line in twins)
    platform = _list(items(plan.platform, values=False), room * 6 // 10)
    room -= sum(len(line) + 1 for line in platform)
    engine = _list(items(plan.engine, values=False), room - 1_000)
    lines += twins
    lines += _platform(plan.platform, platform)
    lines += _folded(f"The engine’s own: {operations(plan.engine, 'resource')}", engine)
    return "\n".join(lines).rstrip() + "\n"


def _title(plan: Plan) -> str:
    if plan.problems and not plan.twins:
        return "the preview failed"
    if not (plan.twins or plan.platform or plan.engine):
        return "nothing changes"
    return headline(plan.twins)


def _first(lines: Sequence[str]) -> Iterator[str]:
    yield from (line[:500] for line in lines[:MOST_PROBLEMS])
    if len(lines) > MOST_PROBLEMS:
        yield f"… and {len(lines) - MOST_PROBLEMS} more lines; the job's log has them all"


def _list(given: Iterable[list[str]], room: int) -> list[str]:
    """As many items as there is room for, and how many there are besides."""
    lines: list[str] = []
    left_out = 0
    for item in given:
        size = sum(len(line) + 1 for line in item)
        if left_out or size > room:
            left_out += 1
            continue
        room -= size
        lines += item
    if left_out:
        lines.append(f"- … and {left_out} more; the job's log has them all")
    return [*lines, ""] if lines else []


def _platform(changes: Sequence[Change], lines: list[str]) -> list[str]:
    if not changes:
        return []
    title = f"**The platform:** {platform_headline(changes)}"
    if len(changes) <= SHORT:
        return [title, "", *lines]
    return [title, "", *_folded(operations(changes, "object"), lines)]


def _folded(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    return ["<details>", f"<summary>{html.escape(title)}</summary>", "", *lines, "</details>", ""]
