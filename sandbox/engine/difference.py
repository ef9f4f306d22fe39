"""What the engine makes of a provider's opinion on whether a resource differs."""

from collections.abc import Sequence
from dataclasses import replace

from sandbox.engine.paths import contains, parse
from sandbox.engine.provider import Difference
from sandbox.engine.values import Properties, plain


def judged(found: Difference, old: Properties, new: Properties) -> Difference:
    """The difference, decided by comparing the inputs where the provider leaves that to the engine."""
    if found.changes is not None:
        return found
    before, after = plain(old), plain(new)
    paths = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return replace(found, changes=bool(paths) or bool(found.replaces), paths=paths)


def replacing_on(found: Difference, wanted: Sequence[str]) -> Difference:
    """The difference, with what the program wants to be replaced for among what has to be."""
    if not found.changes:
        return found
    outer = [parse(text) for text in wanted]
    more = [path for path in found.paths if any(contains(each, parse(path)) for each in outer)]
    return replace(found, replaces=[*found.replaces, *more])
