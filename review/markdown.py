"""Markdown of values that may hold anything: whoever wrote them cannot make them more than text."""

import re
import unicodedata

LONGEST = 120  # characters of one value

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]*")


def code(value: str, longest: int = LONGEST) -> str:
    """The value as code on one line. In code there are no mentions, no links, no tags."""
    line = cut(visible(value), longest) or " "
    runs = re.findall("`+", line)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def block(text: str) -> list[str]:
    """The lines of a text as a block of code."""
    lines = [visible(line) for line in text.splitlines()]
    fence = "`" * (max([2, *(len(run) for line in lines for run in re.findall("`+", line))]) + 1)
    return [f"{fence}text", *lines, fence]


def word(text: str) -> str:
    """A name from the program as it is, if it is no more than that; else as code."""
    return text if _WORD.fullmatch(text) else code(text)


def cut(line: str, longest: int = LONGEST) -> str:
    """The line, or its beginning."""
    return line if len(line) <= longest else line[: longest - 1] + "…"


def pair(old: str, new: str) -> tuple[str, str]:
    """Two values, so shortened that one sees where they differ."""
    old, new = visible(old), visible(new)
    if max(len(old), len(new)) <= LONGEST:
        return old, new
    same = next(
        (at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
    )
    start = max(0, same - LONGEST // 3)
    lead = "…" if start else ""
    return cut(lead + old[start:]), cut(lead + new[start:])


def visible(text: str) -> str:
    """The text on one line, with what one would not see, or what would turn the line around, written out."""
    return "".join(_seen(character) for character in text.replace("\r\n", "\n"))


def _seen(character: str) -> str:
    if character == "\n":
        return "↵"
    if character == "\t":
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"\\u{{{ord(character):x}}}"
    return character
