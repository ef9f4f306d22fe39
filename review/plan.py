"""A preview as the engine writes it (`pulumi preview --json`), reduced to what a reader wants to know."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twins.canonical import loads
from twins.compare import changes

OURS = "pulumi-python:dynamic/opentwins:"
KUBERNETES = "kubernetes:"
HIDDEN = frozenset({"Credential", "Inventory"})  # how the program works, not what somebody declared
DOCUMENTS = ("document", "things")  # the inputs that hold documents; their names tell a reader nothing

# What an operation is to a reader. `read` and `refresh` change nothing that is declared.
WORDS = {
    "create": "add",
    "update": "change",
    "delete": "remove",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": None,
    "same": None,
    "read": None,
    "refresh": None,
    "discard": None,
}


class PlanError(Exception):
    """The text is not a preview."""


@dataclass(frozen=True)
class Leaf:
    """One value that differs. `old` or `new` is None where there is none on that side."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Change:
    """What happens to one resource: `operation` is add, change, replace or remove."""

    operation: str
    kind: str
    name: str
    leaves: tuple[Leaf, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All changes of a preview, parted into what people declare and what runs underneath."""

    twins: tuple[Change, ...]
    platform: tuple[Change, ...]
    engine: tuple[Change, ...]
    problems: tuple[str, ...]


def read(text: str) -> Plan:
    """Return the plan in a preview's JSON. Raises `PlanError`."""
    try:
        document = json.loads(text)
        steps: Sequence[Mapping[str, Any]] = document.get("steps") or []
        found = [change for step in steps for change in _change(step)]
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise PlanError(f"this is not what `pulumi preview --json` prints: {error!r}") from None
    return Plan(
        twins=tuple(
            change for type_, change in found if type_.startswith(OURS) and change.kind not in HIDDEN
        ),
        platform=tuple(change for type_, change in found if type_.startswith(KUBERNETES)),
        engine=tuple(
            change
            for type_, change in found
            if not type_.startswith(KUBERNETES) and not (type_.startswith(OURS) and change.kind not in HIDDEN)
        ),
        problems=tuple(
            str(said.get("message", "")).strip()
            for said in document.get("diagnostics") or []
            if said.get("severity") == "error"
        ),
    )


def _change(step: Mapping[str, Any]) -> Iterator[tuple[str, Change]]:
    word = WORDS.get(step["op"])
    if word is None:
        return
    type_, _, name = str(step["urn"]).split("::", 2)[2].partition("::")
    type_ = type_.rpartition("$")[2]
    old = (step.get("oldState") or {}).get("inputs") or {}
    new = (step.get("newState") or {}).get("inputs") or {}
    leaves = tuple(_leaves(old, new)) if word in ("change", "replace") else ()
    yield type_, Change(word, type_.rpartition(":")[2], name, leaves)


def _leaves(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Leaf]:
    """The values that differ, documents in JSON text taken apart. What the engine adds for itself is left out."""
    for change in changes(_opened(old), _opened(new)):
        path = [part for part in change.path if part not in DOCUMENTS]
        if change.path and not change.path[0].startswith("__"):
            yield Leaf(
                " ".join(_quoted(part) for part in path),
                None if change.op == "add" else _shown(change.old),
                None if change.op == "remove" else _shown(change.new),
            )


def _opened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _opened(item) for name, item in value.items()}
    if isinstance(value, str) and value.startswith("{"):
        try:
            return loads(value)
        except ValueError:
            return value
    return value


def _quoted(part: str) -> str:
    return f"`{part}`" if ":" in part else part


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
