"""What a refresh sees of twins, what a difference is, and what a check finds."""

from pathlib import Path

import pulumi

from provider.thing import TwinProvider, TypeProvider
from tests.provider.conftest import Ditto, Stack
from tests.provider.documents import ROBOT, changed, feature, thing, twin


def test_a_refresh_reports_drift_of_what_is_declared_and_only_there(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    inputs = twin((ROBOT, thing(ROBOT, {"arm": feature(angle=None), "leg": feature(step=0)}, name="Robby")))
    twins.create(inputs)
    ditto.device_writes(ROBOT, "/features/arm/properties/angle", 42.5)
    ditto.device_writes(ROBOT, "/features/own", feature(x=1))
    ditto.device_writes(ROBOT, "/attributes/own", True)
    assert twins.read(ROBOT, inputs).inputs == inputs

    ditto.device_writes(ROBOT, "/attributes/name", "changed")
    found = twins.read(ROBOT, inputs)
    assert found.inputs == changed(inputs, ROBOT, attributes={"name": "changed"})
    assert found.outs == found.inputs
    assert twins.diff(ROBOT, found.outs, inputs).changes

    twins.update(ROBOT, found.outs, inputs)
    assert with_policy.live(ROBOT)["attributes"]["name"] == "Robby"
    assert with_policy.live(ROBOT)["features"]["arm"] == feature(angle=42.5)


def test_a_refresh_notices_which_things_are_gone(twins: TwinProvider, with_policy: Stack) -> None:
    arm = "my:robot:arm"
    inputs = twin((ROBOT, thing(ROBOT)), (arm, thing(arm, parent=ROBOT)))
    twins.create(inputs)
    twins.delete(ROBOT, inputs | {"things": {arm: inputs["things"][arm]}})
    found = twins.read(ROBOT, inputs)
    assert found.outs is not None
    assert list(found.outs["things"]) == [ROBOT]

    twins.update(ROBOT, found.outs, inputs)
    assert with_policy.live(arm)["attributes"]["_parents"] == ROBOT
    twins.delete(ROBOT, inputs)
    assert twins.read(ROBOT, inputs).id == ""


def test_a_refresh_lets_go_of_what_is_somebody_elses_now(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    inputs = twin((ROBOT, thing(ROBOT)))
    twins.create(inputs)
    ditto.device_writes(ROBOT, "/attributes/_managedBy", "somebody/else/my:robot")
    assert twins.read(ROBOT, inputs).id == ""
    assert "somebody/else" in with_policy.said[0]


def test_a_difference_is_shown_only_for_things_and_another_id_is_another_twin(twins: TwinProvider) -> None:
    old = twin((ROBOT, thing(ROBOT)))
    assert not twins.diff(
        ROBOT, old | {"__provider": "old"}, old | {"__provider": "new", "adopt": True}
    ).changes
    assert twins.diff(ROBOT, old, changed(old, ROBOT, attributes={"name": "x"})).replaces == []
    assert twins.diff(ROBOT, old, old | {"id": "my:other"}).replaces == ["id"]


def test_all_that_is_wrong_with_a_twin_is_said_at_once_with_its_line(
    twins: TwinProvider, with_policy: Stack
) -> None:
    (Path(with_policy.settings.specs) / "robots.yaml").write_text(f"kind: Twin\nid: {ROBOT}\n")
    inputs = twin((ROBOT, thing(ROBOT, text="x" * 110_000)))
    inputs["things"]["my:robot:arm"] = "[1]"
    failures = twins.check({}, inputs).failures
    assert [failure.property for failure in failures] == [
        "",
        "",
    ]  # of a named one the engine would print the value
    assert "robots.yaml:1: thing my:robot: it has 110" in failures[0].reason
    assert "thing my:robot:arm: it is not a JSON object" in failures[1].reason


def test_inputs_that_are_not_known_yet_are_let_through(twins: TwinProvider, with_policy: Stack) -> None:
    unknown = pulumi.output.Unknown()  # type: ignore[no-untyped-call]
    for inputs in ({"things": unknown}, {"things": {ROBOT: unknown}}):
        result = twins.check({}, {"id": ROBOT, "adopt": False, **inputs})
        assert (result.failures, result.inputs["things"]) == ([], inputs["things"])
    types = with_policy.provider(TypeProvider)
    assert types.check({}, {"id": "my:Robot", "document": unknown}).failures == []
