"""From a twin's spec and the types it is made of to each thing of its tree."""

from collections.abc import Iterator
from dataclasses import dataclass

from twins.models import ChildSpec, TwinSpec, TypeSpec
from twins.specs import Specs


@dataclass(frozen=True)
class Member:
    """A thing of a twin's tree, before its document is written."""

    id: str
    parent: str | None
    policy: str | None
    type: TypeSpec | None
    own: TwinSpec | ChildSpec | None
    path: tuple[str, ...]
    """The names that lead from the twin to it; empty for the twin itself."""


def child_names(type_id: str, count: int) -> Iterator[str]:
    """Yield what the children of a type are called: by the second part of its id, numbered if several."""
    name = type_id.split(":")[1]
    if count == 1:
        yield name
    else:
        yield from (f"{name}_{number}" for number in range(1, count + 1))


def members(twin_id: str, specs: Specs) -> Iterator[Member]:
    """Yield all things of a declared twin's tree, each parent before its children.

    The types must be free of cycles, and all that is referred to must be declared.
    """
    twin = specs.twins[twin_id].spec
    waiting = [_member(twin_id, twin.parent, None, twin.type, twin, (), specs)]
    while waiting:
        member = waiting.pop()
        yield member
        waiting.extend(reversed(list(_children(member, specs))))


def _children(parent: Member, specs: Specs) -> Iterator[Member]:
    own = dict(parent.own.children) if parent.own else {}
    made = parent.type.children if parent.type else {}
    named = [(name, type_id) for type_id, count in made.items() for name in child_names(type_id, count)]
    for name, type_id in named:
        yield _child(parent, name, type_id, own.pop(name, None), specs)
    for name, child in own.items():
        yield _child(parent, name, child.type, child, specs)


def _child(parent: Member, name: str, type_id: str | None, own: ChildSpec | None, specs: Specs) -> Member:
    return _member(f"{parent.id}:{name}", parent.id, parent.policy, type_id, own, (*parent.path, name), specs)


def _member(
    thing_id: str,
    parent: str | None,
    fallback: str | None,
    type_id: str | None,
    own: TwinSpec | ChildSpec | None,
    path: tuple[str, ...],
    specs: Specs,
) -> Member:
    type_ = specs.types[type_id].spec if type_id else None
    policy = (own.policy if own else None) or (type_.policy if type_ else fallback)
    return Member(thing_id, parent, policy, type_, own, path)
