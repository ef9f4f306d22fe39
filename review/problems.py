"""What a failed preview says went wrong, in the same lines whichever engine says it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_NOISE = re.compile(
    r"^$|^(update|preview) failed$|^Resource monitor has terminated|^the program ended with an error$"
    r"|^an unhandled error occurred: program exited with non-zero exit code"
)
# How the Pulumi CLI tells what a provider's check found: with the value, which may be anything.
_CHECKED = re.compile(
    r"(?P<type>\S+) resource '(?P<name>[^']*)'(?: has a problem|: property (?P<key>.*?) value \{.*\} has a problem)"
    r": (?P<reason>.*)",
    re.DOTALL,
)
_TITLED = re.compile(r"(?P<type>pulumi-python:dynamic/\S+) (?P<name>[^\s:]\S*?): (?P<rest>.*)", re.DOTALL)


def problems(diagnostics: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the lines of all errors."""
    return tuple(line for said in diagnostics if said.get("severity") == "error" for line in _lines(said))


def _lines(said: Mapping[str, Any]) -> Iterator[str]:
    text = str(said.get("message", "")).strip().removeprefix("error: ")
    if found := _CHECKED.fullmatch(text):
        key = f"{found['key']}: " if found["key"] else ""
        text = f"{_kind(found['type'])} {found['name']}: {key}{found['reason']}"
    for line in text.splitlines():
        stripped = line.rstrip()
        if titled := _TITLED.fullmatch(stripped):
            stripped = f"{_kind(titled['type'])} {titled['name']}: {titled['rest']}"
        if not _NOISE.search(stripped.strip()):
            yield stripped


def _kind(type_: str) -> str:
    return type_.rpartition(":")[2].lower()
