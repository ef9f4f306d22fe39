"""Everything that can be wrong with specs beyond the shape of a single document."""

from collections.abc import Callable, Iterator

from twins.catalogue import Catalogue
from twins.checks import (
    connections,
    dashboards,
    fleets,
    hono,
    inputs,
    kafka,
    kafka_ml,
    mappers,
    policies,
    programs,
    readers,
    references,
    secrets,
    things,
    twins,
    types,
    unity,
)
from twins.checks.texts import of_text
from twins.origin import Problem

__all__ = ["all_of", "of_text"]

CHECKS: tuple[Callable[[Catalogue], Iterator[Problem]], ...] = (
    references.check,
    policies.check,
    types.check,
    twins.check,
    things.check,
    fleets.check,
    connections.check,
    mappers.check,
    secrets.check,
    dashboards.check,
    hono.check,
    kafka_ml.check,
    inputs.check,
    kafka.check,
    programs.check,
    readers.check,
    unity.check,
)


def all_of(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with how the specs fit together."""
    for check in CHECKS:
        yield from check(catalogue)
