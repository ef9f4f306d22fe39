"""Things that are not ours, or not any more: refused, adopted, left where they are."""

from pathlib import Path
from typing import Any

import pytest

from provider.errors import Foreign
from provider.thing import TwinProvider
from tests.provider.conftest import Ditto, Stack
from tests.provider.documents import OTHER, ROBOT, changed, feature, thing, twin


def test_a_foreign_thing_is_refused_and_not_touched(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    arm = "my:robot:arm"
    foreign = {"policyId": "my:policy", "attributes": {"name": "mine"}}
    with_policy.reach.ditto.create_thing(arm, foreign)
    ditto.record.clear()

    with pytest.raises(Foreign) as refusal:
        twins.create(twin((ROBOT, thing(ROBOT)), (arm, thing(arm, parent=ROBOT))))

    assert "thing my:robot:arm exists already and is not this stack's" in str(refusal.value)
    assert "`adopt: true`" in str(refusal.value)
    assert ditto.writes() == []  # not even the twin itself was made
    assert with_policy.live(arm)["attributes"] == {"name": "mine"}


def test_the_error_names_the_stack_whose_thing_it_is_and_the_line_of_the_spec(
    twins: TwinProvider, with_policy: Stack
) -> None:
    specs = Path(with_policy.settings.specs)
    (specs / "robots.yaml").write_text(f"# robots\n---\nkind: Twin\nid: {ROBOT}\n")
    with_policy.reach.ditto.create_thing(ROBOT, thing(ROBOT, owner=OTHER))
    with pytest.raises(
        Foreign, match=r"robots\.yaml:3: thing my:robot exists .* marked as somebody/else/my:robot"
    ):
        twins.create(twin((ROBOT, thing(ROBOT))))


def test_adopting_merges_what_is_declared_and_keeps_what_is_live(
    twins: TwinProvider, with_policy: Stack
) -> None:
    with_policy.reach.ditto.create_thing(
        ROBOT,
        {
            "policyId": "my:policy",
            "attributes": {"name": "old name", "bought": 2019},
            "features": {"arm": feature(angle=42.5), "extra": feature(x=1)},
        },
    )
    declared = thing(ROBOT, {"arm": feature(angle=None), "leg": feature(step=None)}, name="Robby")

    twins.create(twin((ROBOT, declared), adopt=True))

    now = with_policy.live(ROBOT)
    assert now["attributes"] == {"bought": 2019, **declared["attributes"]}
    assert now["features"] == {
        "arm": feature(angle=42.5),
        "extra": feature(x=1),
        "leg": feature(step=None),
    }


def test_a_run_that_was_cut_off_can_simply_be_run_again(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    arm = "my:robot:arm"
    twins.create(twin((ROBOT, thing(ROBOT, {"arm": feature(angle=None)}, name="Robby"))))
    ditto.device_writes(ROBOT, "/features/arm/properties/angle", 42.5)

    # The engine never heard of it; meanwhile the spec was changed as well.
    whole = twin(
        (ROBOT, thing(ROBOT, {"arm": feature(angle=None)}, name="Robot")), (arm, thing(arm, parent=ROBOT))
    )
    twins.create(whole)

    now = with_policy.live(ROBOT)
    assert (now["attributes"]["name"], now["features"]) == ("Robot", {"arm": feature(angle=42.5)})
    assert with_policy.live(arm)["attributes"]["_parents"] == ROBOT


def test_a_thing_that_somebody_else_has_taken_over_is_not_changed(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT, name="Robby")))
    twins.create(old)
    ditto.device_writes(ROBOT, "/attributes/_managedBy", "somebody/else/my:robot")
    with pytest.raises(Foreign, match="somebody/else"):
        twins.update(ROBOT, old, changed(old, ROBOT, attributes={"name": "Robot"}))
    assert with_policy.live(ROBOT)["attributes"]["name"] == "Robby"


def test_a_thing_that_only_lost_its_marker_is_still_changed(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT, name="Robby")))
    twins.create(old)
    ditto.device_writes(ROBOT, "/attributes", {"name": "Robby"})
    twins.update(ROBOT, old, changed(old, ROBOT, attributes={"name": "Robot"}))
    assert with_policy.live(ROBOT)["attributes"] == {"name": "Robot"}


def test_a_thing_that_is_gone_is_made_anew_by_an_update(twins: TwinProvider, with_policy: Stack) -> None:
    old = twin((ROBOT, thing(ROBOT, name="Robby")))
    new = changed(old, ROBOT, attributes={"name": "Robot"})
    twins.create(old)
    twins.delete(ROBOT, old)
    twins.update(ROBOT, old, new)
    assert with_policy.live(ROBOT)["attributes"]["name"] == "Robot"


@pytest.mark.parametrize("now", [{"_managedBy": "somebody/else/my:robot"}, {}])
def test_what_does_not_carry_our_marker_any_more_is_not_deleted(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto, now: dict[str, Any]
) -> None:
    inputs = twin((ROBOT, thing(ROBOT)))
    twins.create(inputs)
    ditto.device_writes(ROBOT, "/attributes", now)
    twins.delete(ROBOT, inputs)
    assert with_policy.live(ROBOT)["attributes"] == now
    assert "thing my:robot is left where it is" in with_policy.said[0]


def test_a_twin_that_becomes_the_child_of_another_is_not_lost(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    arm = "my:robot:arm"
    alone = twin((arm, thing(arm, {"arm": feature(angle=None)})))
    robot = twin((ROBOT, thing(ROBOT)))
    twins.create(alone)
    twins.create(robot)
    ditto.device_writes(arm, "/features/arm/properties/angle", 42.5)

    child = (arm, thing(arm, {"arm": feature(angle=None)}, parent=ROBOT))
    together = twin((ROBOT, thing(ROBOT)), child)
    twins.update(ROBOT, robot, together)
    twins.delete(arm, alone)  # the engine deletes last

    now = with_policy.live(arm)
    assert (now["attributes"]["_parents"], now["features"]) == (ROBOT, {"arm": feature(angle=42.5)})
    twins.delete(ROBOT, together)
    assert with_policy.reach.ditto.thing(arm) is None
