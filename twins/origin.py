"""Where something stands, and what is wrong there."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path as File

# Where in a document something is: keys of mappings and places in lists.
Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Origin:
    """A line of a spec file; `path` can be opened from here, lines count from 1."""

    path: File
    line: int

    def __str__(self) -> str:
        near = os.path.relpath(self.path)
        return f"{self.path if near.startswith('..') else near}:{self.line}"


@dataclass(frozen=True)
class Problem:
    """One mistake in a spec; the message says what is wrong and, after a semicolon, what to do."""

    origin: Origin
    path: Path
    message: str

    def __str__(self) -> str:
        where = f"{dotted(self.path)}: " if self.path else ""
        return f"{self.origin}: {where}{self.message}"


class SpecErrors(Exception):  # noqa: N818 — it holds many of them
    """The specs hold mistakes; the text names all of them, a line each, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = sorted(set(problems), key=lambda each: (each.origin, str(each)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(path: Path) -> str:
    """Return a path as people write it: `sources[0].qos`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """Return a value as people write it, cut where it is long."""
    words = {None: "null", True: "true", False: "false"}
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = words[value] if value is None or isinstance(value, bool) else str(value)
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:80])
    return text if len(text) <= 60 else f"{text[:57]}…"
