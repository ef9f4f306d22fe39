"""What a run made, said so that one can go on from there."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.engine.api import Result, Step

# The parts that a user thinks in, by how the types of their resources begin.
TWINS = "pulumi-python:dynamic/opentwins:"
KUBERNETES = "kubernetes:"
HIDDEN = (
    "Certificates",
    "Credential",
    "FleetShard",
    "Inventory",
    "Volumes",
)  # they are how it works, not what was asked for

DONE = {"create": "made", "update": "changed", "replace": "replaced", "delete": "removed"}
PLANNED = {"create": "to make", "update": "to change", "replace": "to replace", "delete": "to remove"}


def summary(result: Result, planned: bool = False) -> Iterator[str]:
    """Yield lines that say what the run did (or, when ``planned``, would do), the twins by name."""
    words = PLANNED if planned else DONE
    twins = [step for step in result.changes if step.type.startswith(TWINS) and _kind(step) not in HIDDEN]
    platform = [step for step in result.changes if step.type.startswith(KUBERNETES)]
    if platform:
        counts = Counter[str](step.op for step in platform)
        yield "Kubernetes objects: " + ", ".join(
            f"{counts[op]} {word}" for op, word in words.items() if counts[op]
        )
    for step in twins:
        yield f"{_kind(step).lower()} {step.name} {words.get(step.op, step.op)}" + _where(step)
    if not result.changes and result.error is None:
        yield "no changes"


def places(outputs: Mapping[str, Any], pages: Mapping[str, str], kubeconfig: str) -> Iterator[str]:
    """Yield lines that say where everything is and how each credential is had."""
    yield "where to look on this machine:"
    for name, page in pages.items():
        yield f"  {name:<16} {page}"
    yield "endpoints, as pods of the cluster see them:"
    for name, address in sorted(outputs.get("endpoints", {}).items()):
        yield f"  {name:<16} {address}"
    yield f"credentials, with KUBECONFIG={kubeconfig}:"
    for name, command in sorted(outputs.get("credentials", {}).items()):
        yield f"  {name:<16} {command}"


def _kind(step: Step) -> str:
    return step.type.rpartition(":")[2]


def _where(step: Step) -> str:
    if not step.changed:
        return ""
    return ": " + textwrap.shorten(", ".join(step.changed), 100, placeholder=" …")
