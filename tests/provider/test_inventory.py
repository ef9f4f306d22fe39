"""The guard against changing too many twins at once."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from provider.inventory import InventoryProvider
from tests.provider.conftest import Stack
from twins.fleet.gathering import hash_of
from twins.fleet.sample import Sampler

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


def fleet(
    numbers: range, template: str = "t", retain: bool = False, changed: range = range(0)
) -> dict[str, Any]:
    """A fleet in brief, of lamps with these numbers."""
    sampler = Sampler()
    for number in numbers:
        sampler.take(hash_of(f"city:lamp_{number}"), b"other" if number in changed else b"12345")
    return {"twins": float(len(numbers)), "template": template, "sample": sampler.text(), "retain": retain}


def fleet_problems(
    stack: Stack, old: dict[str, Any], new: dict[str, Any], twins: dict[str, Any] | None = None
) -> list[str]:
    twins = twins or {}
    result = stack.provider(InventoryProvider).check(
        {"twins": twins, "fleets": old}, {"twins": twins, "fleets": new}
    )
    return [failure.reason for failure in result.failures]


FIVE = {f"my:twin{number}": "old" for number in range(5)}


@pytest.mark.parametrize("size", [100, 1000])
def test_rows_that_go_are_counted_as_twins(stack_of: Callable[..., Stack], size: int) -> None:
    old = {"lamps": fleet(range(size))}
    assert fleet_problems(stack_of(), old, {"lamps": fleet(range(size * 7 // 10))}) == []
    [problem] = fleet_problems(stack_of(), old, {"lamps": fleet(range(size * 6 // 10))})
    gone = size * 4 // 10
    assert problem.startswith(f"of {size} existing twins {gone} would be deleted (fleet lamps), more than ")
    [problem] = fleet_problems(stack_of(), old, {}, FIVE)
    assert problem.startswith(f"of {size + 5} existing twins {size} would be deleted (fleet lamps)")


def test_of_a_large_fleet_it_says_that_it_knows_about(stack_of: Callable[..., Stack]) -> None:
    old = {"lamps": fleet(range(20_000))}
    assert fleet_problems(stack_of(), old, {"lamps": fleet(range(16_000))}) == []
    [problem] = fleet_problems(stack_of(), old, {"lamps": fleet(range(12_000))})
    found = re.fullmatch(r"of 20000 existing twins about (\d+) would be deleted \(fleet lamps\), .*", problem)
    assert found
    assert abs(int(found[1]) - 8_000) < 1_000


@pytest.mark.parametrize("size", [100, 1000, 5000])
def test_rows_that_come_are_no_change_of_what_there_is(stack_of: Callable[..., Stack], size: int) -> None:
    old = {"lamps": fleet(range(size))}
    assert (
        fleet_problems(stack_of(), old, {"lamps": fleet(range(2 * size)), "more": fleet(range(size))}) == []
    )


def test_twins_and_fleets_count_together(stack_of: Callable[..., Stack]) -> None:
    old = {"lamps": fleet(range(100))}
    for count, refused in ((31, False), (32, True)):  # of 105, 31.5 are 30 %
        for new in (fleet(range(100 - count)), fleet(range(100), changed=range(count))):
            assert bool(fleet_problems(stack_of(), old, {"lamps": new}, FIVE)) is refused
    new = {"lamps": fleet(range(10, 90), changed=range(30))}
    assert fleet_problems(stack_of(), old, new, FIVE) != []
    [problem] = fleet_problems(stack_of(), old, {"lamps": fleet(range(80), changed=range(30))}, FIVE)
    assert problem.startswith(
        "of 105 existing twins 30 would be updated and 20 would be deleted (fleet lamps)"
    )
    [problem] = fleet_problems(stack_of(), old, {"lamps": fleet(range(100), template="u")}, FIVE)
    assert problem.startswith("of 105 existing twins 100 would be updated (fleet lamps)")


def test_another_number_of_shards_is_refused_before_any_shard_is_made(stack_of: Callable[..., Stack]) -> None:
    """New shards would take over twins of the old ones, and remove them when the number is as before."""
    old, new = (fleet(range(5)) | {"shards": float(shards)} for shards in (4, 8))
    for stack in (stack_of(), stack_of(allowMassChange=True)):
        [problem] = fleet_problems(stack, {"lamps": old}, {"lamps": new})
        assert problem == "fleet lamps has 4 shards, and that is fixed once the fleet exists; write shards: 4"
        assert fleet_problems(stack, {"lamps": old}, {"lamps": old | {"template": "u"}, "more": new}) == []


def test_twins_that_are_retained_are_not_deleted(stack_of: Callable[..., Stack]) -> None:
    kept, removed = fleet(range(100), retain=True), fleet(range(100))
    assert fleet_problems(stack_of(), {"lamps": kept}, {}) == []
    assert fleet_problems(stack_of(), {"lamps": kept}, {"lamps": fleet(range(50), retain=True)}) == []
    # What the spec says now decides about rows that go now.
    assert fleet_problems(stack_of(), {"lamps": removed}, {"lamps": fleet(range(50), retain=True)}) == []
    assert fleet_problems(stack_of(), {"lamps": kept}, {"lamps": fleet(range(50))}) != []
