"""Policies that import others."""

from collections.abc import Iterator

from twins.catalogue import Catalogue
from twins.checks.limits import LIMIT, NOBODY, size
from twins.compose import policy_document
from twins.explain import unknown
from twins.graph import cycles
from twins.origin import Problem


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield cycles of imports, imports of entries that are not there, and policies that are too large."""
    for cycle in cycles({key: list(entry.spec.imports) for key, entry in catalogue.policies.items()}):
        yield catalogue.policies[cycle[0]].problem(
            ("imports", [*cycle, cycle[0]][1]),
            f"policies import each other: {' → '.join([*cycle, cycle[0]])}; remove one of these imports",
        )
    for key, entry in catalogue.policies.items():
        if (characters := size(policy_document(entry.spec, NOBODY) | {"policyId": key})) > LIMIT:
            yield entry.problem(
                ("entries",), f"the policy has {characters} characters of JSON, Ditto takes {LIMIT}; split it"
            )
        for policy, wanted in entry.spec.imports.items():
            imported = catalogue.policies.get(policy)
            for place, label in enumerate(wanted.entries):
                if imported and label not in imported.spec.entries:
                    yield entry.problem(
                        ("imports", policy, "entries", place),
                        f"{policy} has no entry {label}; {unknown(label, list(imported.spec.entries))}",
                    )
