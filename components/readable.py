"""What can be said of settings that cannot all be read: the contradictions among those that can."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from components.mistakes import NAMESPACE, key

Path = tuple[str, ...]

# What decides whether a service runs: where it cannot be read, neither can be told what is open or made.
_DECIDES = frozenset({"external", "enabled"})
# Which services a top-level key decides about.
_DECIDED: Mapping[str, tuple[str, ...]] = {"broker": ("kafka", "mosquitto")}


def unreadable(places: Iterable[tuple[str | int, ...]]) -> set[Path]:
    """The settings to leave out so that the rest can be read, by the places of what is wrong."""
    return {tuple(str(part) for part in place[:2]) for place in places}


def without(given: Mapping[str, Any], left_out: Iterable[Path]) -> dict[str, Any]:
    """What was given but for these settings, each of which is a top-level key or a key of one."""
    found = dict(given)
    for top, *inner in left_out:
        value = found.get(top)
        if inner and isinstance(value, dict) and inner[0] in value:
            found[top] = {name: its for name, its in value.items() if name != inner[0]}
        else:
            found.pop(top, None)
    return found


def certain(lines: Iterable[str], left_out: Collection[Path]) -> list[str]:
    """Those of the contradictions that hold whatever the settings that were left out would have said."""
    doubtful = {key(["rotation"])}  # which credentials there are depends on all the others
    for path in left_out:
        doubtful.add(key(path))
        doubtful |= {key([name]) for name in _DECIDED.get(path[0], ())}
        if len(path) == 1 or path[1] in _DECIDES:
            doubtful |= {key([path[0]]), key(["exposure", path[0]])}
    idle = any(path[0] == "keepData" for path in left_out)  # what is kept of a service may have an effect
    return [
        line
        for line in lines
        if not any(_touches(told, doubtful) for told in _told(line))
        and not (idle and "has no effect" in line)
    ]


def _told(line: str) -> list[str]:
    """The keys that stand in a line."""
    return [found.rstrip(".") for found in re.findall(rf"{NAMESPACE}[\w.-]+", line)]


def _touches(told: str, doubtful: Iterable[str]) -> bool:
    return any(f"{told}.".startswith(f"{one}.") for one in doubtful)
