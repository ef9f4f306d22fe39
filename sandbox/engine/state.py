"""What a stack's checkpoint holds of one resource, in the shape of Pulumi's deployments (version 3)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from sandbox.engine.urn import referenced
from sandbox.engine.values import Properties, from_state, to_state


@dataclass(eq=False)
class State:
    """One resource as it was last seen. Two with the same URN can exist while one replaces the other.

    `rest` keeps what other engines wrote and this one has no use for.
    """

    urn: str
    type: str
    custom: bool = False
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    delete: bool = False
    pending_replacement: bool = False
    external: bool = False
    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    init_errors: list[str] = field(default_factory=list)
    additional_secret_outputs: list[str] = field(default_factory=list)
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    created: str = ""
    modified: str = ""
    source_position: str = ""
    rest: dict[str, Any] = field(default_factory=dict)

    def urns_needed(self) -> Iterator[str]:
        """The URNs of all that has to be there before this resource, always in the same order."""
        if self.parent:
            yield self.parent
        if self.provider:
            yield referenced(self.provider)[0]
        yield from self.dependencies
        for needed in self.property_dependencies.values():
            yield from needed
        if self.deleted_with:
            yield self.deleted_with


_NAMES = {
    each.name: "".join(part.title() if place else part for place, part in enumerate(each.name.split("_")))
    for each in fields(State)
    if each.name != "rest"
}
_ALWAYS = {"urn", "type", "custom"}


def to_json(state: State) -> dict[str, Any]:
    """The resource as a checkpoint writes it; what is empty is left out."""
    document = dict(state.rest)
    for name, key in _NAMES.items():
        value = getattr(state, name)
        if value or name in _ALWAYS:
            document[key] = to_state(value) if name in ("inputs", "outputs") else value
    return document


def from_json(document: Mapping[str, Any]) -> State:
    """The resource that a checkpoint holds. Raises `EncryptedError`."""
    known = {name: document[key] for name, key in _NAMES.items() if document.get(key) is not None}
    for name in ("inputs", "outputs"):
        known[name] = from_state(known.get(name, {}))
    rest = {key: value for key, value in document.items() if key not in _NAMES.values()}
    return State(**known, rest=rest)


def in_order(states: Iterable[State]) -> list[State]:
    """The resources with each after all that it needs, as Pulumi wants checkpoints; else as they were."""
    states = list(states)
    by_urn: dict[str, list[State]] = {}
    for state in states:
        by_urn.setdefault(state.urn, []).append(state)
    ordered: dict[State, None] = {}
    entered: set[State] = set()
    for first in states:
        stack: list[tuple[State, Iterator[State]]] = []
        _enter(first, by_urn, entered, stack)
        while stack:
            state, needed = stack[-1]
            following = next(needed, None)
            if following is not None:
                _enter(following, by_urn, entered, stack)
            else:
                ordered[state] = None
                stack.pop()
    return list(ordered)


def _enter(
    state: State,
    by_urn: Mapping[str, list[State]],
    entered: set[State],
    stack: list[tuple[State, Iterator[State]]],
) -> None:
    if state not in entered:
        entered.add(state)
        stack.append((state, iter([each for urn in state.urns_needed() for each in by_urn.get(urn, [])])))


def now() -> str:
    """The time in the form that checkpoints use."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
