"""The guard against changing too many twins at once."""

from collections.abc import Callable
from typing import Any

import pytest

from provider.inventory import InventoryProvider
from tests.provider.conftest import Stack

TWELVE = {f"my:twin{number:02}": "old" for number in range(12)}


def changed(count: int) -> dict[str, str]:
    return TWELVE | {f"my:twin{number:02}": "new" for number in range(count)}


def without(count: int) -> dict[str, str]:
    return dict.fromkeys(list(TWELVE)[count:], "old")


def problems(stack: Stack, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    result = stack.provider(InventoryProvider).check({"twins": old}, {"twins": new})
    assert result.inputs == {"twins": new}
    return [failure.reason for failure in result.failures]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TWELVE, TWELVE),
        (TWELVE, changed(3)),
        (TWELVE, without(3)),
        (TWELVE, TWELVE | {f"my:more{number}": "new" for number in range(50)}),
        (dict(list(TWELVE.items())[:9]), {}),
    ],
)
def test_a_plan_that_changes_a_few_passes_however_many_it_adds(
    stack_of: Callable[..., Stack], old: dict[str, str], new: dict[str, str]
) -> None:
    assert problems(stack_of(), old, new) == []


def test_a_plan_that_changes_many_is_refused_with_the_numbers_and_the_way_out(
    stack_of: Callable[..., Stack],
) -> None:
    [problem] = problems(stack_of(), TWELVE, changed(6) | {"my:twin00": "old"})
    assert problem.startswith("of 12 existing twins 5 would be updated (my:twin01, my:twin02, ")
    assert "share of 30%" in problem
    assert "opentwins:twins.allowMassChange: true" in problem
    [problem] = problems(stack_of(), TWELVE, without(12))
    assert "12 would be deleted (my:twin00, my:twin01, my:twin02, my:twin03, my:twin04, …)" in problem


def test_updates_and_deletions_count_together(stack_of: Callable[..., Stack]) -> None:
    new = changed(4)
    del new["my:twin00"], new["my:twin01"]
    [problem] = problems(stack_of(), TWELVE, new)
    assert "2 would be updated and 2 would be deleted" in problem


def test_the_stack_may_say_otherwise(stack_of: Callable[..., Stack]) -> None:
    assert problems(stack_of(allowMassChange=True), TWELVE, {}) == []
    assert problems(stack_of(maxChangeShare=0.5), TWELVE, changed(6)) == []
    assert problems(stack_of(maxChangeShare=0), TWELVE, changed(1)) != []


def test_the_first_run_has_nothing_to_compare(stack_of: Callable[..., Stack]) -> None:
    result = stack_of().provider(InventoryProvider).check({}, {"twins": TWELVE})
    assert result.failures == []


def test_it_never_shows_as_a_difference_itself(stack_of: Callable[..., Stack]) -> None:
    result = stack_of().provider(InventoryProvider).diff("inventory", {"twins": TWELVE}, {"twins": {}})
    assert result.changes is False
