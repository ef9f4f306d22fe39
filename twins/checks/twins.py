"""What a twin's spec says of its parent and its children makes sense."""

import re
from collections.abc import Iterator

from twins.catalogue import LARGEST_TREE, Catalogue, Entry
from twins.graph import cycles
from twins.models import ChildSpec, TwinSpec, TypeSpec
from twins.origin import Path, Problem
from twins.tree import Member, child_names, members


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield twins without a policy, cycles of parents, too large trees, and children that nobody means."""
    parents = {
        key: [entry.spec.parent] if entry.spec.parent else [] for key, entry in catalogue.twins.items()
    }
    for cycle in cycles(parents):
        yield catalogue.twins[cycle[0]].problem(
            ("parent",),
            f"twins are each other's parents: {' → '.join([*cycle, cycle[0]])}; change one of these parents",
        )
    for entry in catalogue.twins.values():
        if not entry.spec.type and not entry.spec.policy:
            yield entry.problem(("policy",), "a twin needs a policy; name one, or a type, which has one")
        if (size := catalogue.size(entry.spec) or 0) > LARGEST_TREE:
            path = "type" if entry.spec.type else "children"
            yield entry.problem(
                (path,), f"this twin would consist of {size} things, and the most is {LARGEST_TREE}; split it"
            )
    for key, entry in catalogue.composable():
        for member in members(key, catalogue.specs):
            if member.type and member.own:
                yield from _unmeant(entry, member, member.type, member.own)


def _unmeant(
    entry: Entry[TwinSpec], member: Member, type_: TypeSpec, own: TwinSpec | ChildSpec
) -> Iterator[Problem]:
    """Yield children that collide with, or were probably meant as, those that the type makes."""
    made = {name: child for child, count in type_.children.items() for name in child_names(child, count)}
    stems = {re.sub(r"_\d+$", "", name) for name in made}
    around: Path = tuple(part for name in member.path for part in ("children", name))
    for name, child in own.children.items():
        path = (*around, "children", name)
        if name in made and child.type not in (None, made[name]):
            yield entry.problem(
                (*path, "type"),
                f"type {type_.id} makes {name} of type {made[name]}; leave the type out, or rename the child",
            )
        elif name not in made and not child.type and re.sub(r"_\d+$", "", name) in stems:
            names = ", ".join(
                each for each in made if re.sub(r"_\d+$", "", each) == re.sub(r"_\d+$", "", name)
            )
            yield entry.problem(
                path,
                f"type {type_.id} makes no {name}, but {names}; rename it, or give it a type",
            )
