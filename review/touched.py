"""Which stacks a change can touch, by the files that it changes. When in doubt, all."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

SPECS = "twin_specs"  # where specs are when a stack's settings do not say
LOCAL = "sandbox"  # the stack that lives on one machine: nothing of it can be previewed elsewhere
PROMOTION = ("dev", "staging", "prod")  # the order in which a change goes through the stacks

# What no stack is made of. Any other file may have to do with all of them.
ASIDE = frozenset({".ci", ".github", ".gitlab", "benchmarks", "docs", "review", "sandbox", "tests"})
ASIDE_FILES = frozenset(
    {".gitignore", ".gitlab-ci.yml", "LICENSE", "Makefile", "pyproject.toml", "requirements-dev.txt"}
)

_SETTINGS = re.compile(r"Pulumi\.([A-Za-z0-9_.-]+)\.yaml")


def touched(files: Iterable[str], stacks: Mapping[str, str]) -> list[str]:
    """Return the stacks that a change of these files can touch, in the order of promotion.

    `stacks` are those there are, each with the folder that its specs are in. Paths are relative to the project.
    """
    found: set[str] = set()
    for file in files:
        found.update(_touched(PurePosixPath(file), stacks))
    return sorted(found & stacks.keys() - {LOCAL}, key=_rank)


def _touched(path: PurePosixPath, stacks: Mapping[str, str]) -> Iterable[str]:
    if settings := _SETTINGS.fullmatch(str(path)):
        return {settings[1]}
    of_specs = {stack for stack, specs in stacks.items() if path.is_relative_to(specs)}
    if of_specs or path.parts[:1] == (SPECS,):
        return of_specs
    if path.parts[:1] and (path.parts[0] in ASIDE or str(path) in ASIDE_FILES):
        return ()
    return () if len(path.parts) == 1 and path.suffix == ".md" else stacks


def stacks_of(project: Path) -> dict[str, str]:
    """The stacks that a project has settings for, each with the folder that its specs are in."""
    found = {}
    for path in sorted(project.glob("Pulumi.*.yaml")):
        if settings := _SETTINGS.fullmatch(path.name):
            found[settings[1]] = _specs(path)
    return found


def _specs(path: Path) -> str:
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return str(PurePosixPath(document["config"]["opentwins:specs"]))
    except (yaml.YAMLError, KeyError, TypeError):  # what is wrong with the settings, their preview tells
        return SPECS


def _rank(stack: str) -> tuple[int, str]:
    return (PROMOTION.index(stack) if stack in PROMOTION else len(PROMOTION), stack)
