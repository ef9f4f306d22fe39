"""Types are composed of each other without cycles, and their children's names differ."""

from collections.abc import Iterator

from twins.catalogue import LARGEST_TREE, Catalogue, Entry
from twins.checks import displays, fields
from twins.compose import feature_documents
from twins.graph import cycles
from twins.models import TypeSpec
from twins.origin import Problem
from twins.tree import child_names


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield cycles, children of the same name, and hints for properties that are not there."""
    for cycle in cycles({key: list(entry.spec.children) for key, entry in catalogue.types.items()}):
        yield catalogue.types[cycle[0]].problem(
            ("children", [*cycle, cycle[0]][1]),
            f"types are composed in a cycle: {' → '.join([*cycle, cycle[0]])}; remove one of these children",
        )
    for entry in catalogue.types.values():
        yield from _namesakes(entry)
        for name, feature in entry.spec.features.items():
            for path, message in displays.faults(feature, feature.properties or {}):
                yield entry.problem(("features", name, *path), message)
        for path, message in fields.faults(feature_documents(entry.spec.features)):
            yield entry.problem(path, message)


def _namesakes(entry: Entry[TypeSpec]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for child, count in entry.spec.children.items():
        if count > LARGEST_TREE:
            yield entry.problem(
                ("children", child), f"{count} children are too many; the most is {LARGEST_TREE}"
            )
            continue
        for name in child_names(child, count):
            if name in first:
                yield entry.problem(
                    ("children", child),
                    f"a child would be called {name}, as one of {first[name]} is; rename a type",
                )
                break
            first[name] = child
