"""Types and twins in Ditto: what is written, what is left alone, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from provider.errors import Foreign, ProviderError, Rejected
from provider.thing import TwinProvider, TypeProvider
from tests.provider.conftest import Ditto, Stack
from tests.provider.documents import OTHER, OWNER, feature, policy, thing, twin
from twins.canonical import dumps

ROBOT = "my:robot"


@pytest.fixture
def twins(with_policy: Stack) -> TwinProvider:
    return with_policy.provider(TwinProvider)


def live(stack: Stack, thing_id: str) -> dict[str, Any]:
    found = stack.reach.ditto.thing(thing_id)
    assert found is not None
    return found


def device_writes(stack: Stack, ditto: Ditto, thing_id: str, path: str, value: Any) -> None:
    """Ditto takes a value, as if it came from a device."""
    from provider.ditto import _path

    answer = stack.reach.ditto._client.request(
        "PUT", _path("things", thing_id) + path, body=json.dumps(value)
    )
    assert answer.status in (201, 204)
    ditto.record.clear()


def changed(inputs: dict[str, Any], thing_id: str, **parts: Any) -> dict[str, Any]:
    """The inputs with the features or attributes of one of their things changed."""
    things = dict(inputs["things"])
    document = json.loads(things[thing_id])
    for part, values in parts.items():
        document[part] = {key: value for key, value in (document[part] | values).items() if value is not ...}
    return inputs | {"things": things | {thing_id: dumps(document)}}


def test_a_twin_and_its_children_are_made_parents_first(twins: TwinProvider, ditto: Ditto) -> None:
    inputs = twin(
        (ROBOT, thing(ROBOT)),
        ("my:robot:arm", thing("my:robot:arm", parent=ROBOT)),
        ("my:robot:arm:motor", thing("my:robot:arm:motor", parent="my:robot:arm")),
    )
    result = twins.create(inputs)

    assert (result.id, result.outs) == (ROBOT, inputs)
    assert [(request.method, request.path, request.status) for request in ditto.writes()] == [
        ("PUT", "/api/2/things/my%3Arobot", 201),
        ("PUT", "/api/2/things/my%3Arobot%3Aarm", 201),
        ("PUT", "/api/2/things/my%3Arobot%3Aarm%3Amotor", 201),
    ]


def test_one_changed_attribute_is_one_patch_of_one_leaf(twins: TwinProvider, ditto: Ditto) -> None:
    old = twin((ROBOT, thing(ROBOT, name="Robby", place={"room": 1, "floor": 2})))
    twins.create(old)
    ditto.record.clear()

    twins.update(ROBOT, old, changed(old, ROBOT, attributes={"place": {"room": 7, "floor": 2}}))

    [request] = ditto.record.requests
    assert (request.method, request.path.partition("?")[0]) == ("PATCH", "/api/2/things/my%3Arobot")
    assert json.loads(request.body) == {"attributes": {"place": {"room": 7}}}


def test_nothing_is_asked_of_ditto_for_things_that_did_not_change(twins: TwinProvider, ditto: Ditto) -> None:
    old = twin((ROBOT, thing(ROBOT)), ("my:robot:arm", thing("my:robot:arm", parent=ROBOT)))
    twins.create(old)
    ditto.record.clear()
    twins.update(ROBOT, old, changed(old, "my:robot:arm", attributes={"name": "Arm"}))
    assert ditto.requests() == [("PATCH", "/api/2/things/my%3Arobot%3Aarm")]


def test_a_value_that_a_device_wrote_survives_the_next_update(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT, {"arm": feature(angle=None, speed=0)}, name="Robby")))
    twins.create(old)
    device_writes(with_policy, ditto, ROBOT, "/features/arm/properties/angle", 42.5)

    twins.update(
        ROBOT, old, changed(old, ROBOT, attributes={"name": "Robot"}, features={"leg": feature(step=None)})
    )

    now = live(with_policy, ROBOT)
    assert now["attributes"]["name"] == "Robot"
    assert now["features"] == {"arm": feature(angle=42.5, speed=0), "leg": feature(step=None)}


def test_a_feature_that_a_device_began_before_it_was_declared_keeps_its_values(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT)))
    twins.create(old)
    device_writes(with_policy, ditto, ROBOT, "/features/arm", feature(angle=42.5))
    twins.update(
        ROBOT, old, changed(old, ROBOT, features={"arm": feature(angle=None), "leg": feature(step=None)})
    )
    assert live(with_policy, ROBOT)["features"] == {"arm": feature(angle=42.5), "leg": feature(step=None)}


def test_a_leaf_that_becomes_null_is_put_at_its_own_path(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT, {"arm": feature(angle=1, speed=2)})))
    twins.create(old)
    ditto.record.clear()

    twins.update(ROBOT, old, changed(old, ROBOT, features={"arm": feature(angle=None, speed=2)}))

    [request] = ditto.writes()
    path = request.path.partition("?")[0]
    assert (request.method, path, request.body) == (
        "PUT",
        "/api/2/things/my%3Arobot/features/arm/properties/angle",
        "null",
    )
    assert live(with_policy, ROBOT)["features"] == {"arm": feature(angle=None, speed=2)}


def test_what_is_not_declared_any_more_is_removed(twins: TwinProvider, with_policy: Stack) -> None:
    old = twin((ROBOT, thing(ROBOT, {"arm": feature(angle=1)}, name="Robby")))
    twins.create(old)
    twins.update(ROBOT, old, changed(old, ROBOT, attributes={"name": ...}, features={"arm": ...}))
    now = live(with_policy, ROBOT)
    assert "name" not in now["attributes"]
    assert now["features"] == {}


def test_children_come_and_go_with_the_twin(twins: TwinProvider, with_policy: Stack, ditto: Ditto) -> None:
    arm, motor, leg = "my:robot:arm", "my:robot:arm:motor", "my:robot:leg"
    root = (ROBOT, thing(ROBOT))
    old = twin(root, (arm, thing(arm, parent=ROBOT)), (motor, thing(motor, parent=arm)))
    twins.create(old)
    ditto.record.clear()

    twins.update(ROBOT, old, twin(root, (leg, thing(leg, parent=ROBOT))))

    assert ditto.requests() == [
        ("PUT", "/api/2/things/my%3Arobot%3Aleg"),
        ("DELETE", "/api/2/things/my%3Arobot%3Aarm%3Amotor"),
        ("DELETE", "/api/2/things/my%3Arobot%3Aarm"),
    ]


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
    assert live(with_policy, arm)["attributes"] == {"name": "mine"}


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

    now = live(with_policy, ROBOT)
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
    device_writes(with_policy, ditto, ROBOT, "/features/arm/properties/angle", 42.5)

    # The engine never heard of it; meanwhile the spec was changed as well.
    whole = twin(
        (ROBOT, thing(ROBOT, {"arm": feature(angle=None)}, name="Robot")), (arm, thing(arm, parent=ROBOT))
    )
    twins.create(whole)

    now = live(with_policy, ROBOT)
    assert (now["attributes"]["name"], now["features"]) == ("Robot", {"arm": feature(angle=42.5)})
    assert live(with_policy, arm)["attributes"]["_parents"] == ROBOT


def test_an_answer_that_got_lost_is_no_harm(twins: TwinProvider, with_policy: Stack, ditto: Ditto) -> None:
    ditto.faults.drop_after, ditto.faults.only = 1, "PUT"
    twins.create(twin((ROBOT, thing(ROBOT, name="Robby"))))
    assert [(request.method, request.status) for request in ditto.writes()] == [("PUT", 201), ("PUT", 412)]
    assert live(with_policy, ROBOT)["attributes"]["name"] == "Robby"


def test_a_server_that_asks_for_patience_gets_it(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    ditto.faults.refuse, ditto.faults.retry_after, ditto.faults.only = 2, 3, "PUT"
    twins.create(twin((ROBOT, thing(ROBOT))))
    assert with_policy.pauses == [3.0, 3.0]


def test_a_missing_policy_is_named_with_the_words_of_ditto(twins: TwinProvider, ditto: Ditto) -> None:
    with pytest.raises(Rejected) as refusal:
        twins.create(twin((ROBOT, thing(ROBOT, policy_id="my:missing"))))
    assert "thing my:robot: Ditto refuses: The Policy with ID 'my:missing' could not be found" in str(
        refusal.value
    )
    assert refusal.value.code == "policies:policy.notfound"


def test_a_thing_is_never_moved_to_a_policy_that_does_not_exist(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT)))
    twins.create(old)
    ditto.record.clear()
    with pytest.raises(ProviderError, match="thing my:robot: policy my:missing does not exist"):
        twins.update(ROBOT, old, twin((ROBOT, thing(ROBOT, policy_id="my:missing"))))
    assert ditto.writes() == []

    with_policy.reach.ditto.create_policy("my:other", policy("my:other", OWNER))
    twins.update(ROBOT, old, twin((ROBOT, thing(ROBOT, policy_id="my:other"))))
    assert live(with_policy, ROBOT)["policyId"] == "my:other"


def test_a_thing_that_grows_too_large_shows_the_words_of_ditto_and_the_line(
    twins: TwinProvider, with_policy: Stack
) -> None:
    (Path(with_policy.settings.specs) / "robots.yaml").write_text(f"kind: Twin\nid: {ROBOT}\n")
    old = twin((ROBOT, thing(ROBOT)))
    twins.create(old)
    with pytest.raises(
        Rejected, match=r"robots\.yaml:1: thing my:robot: .* exceeds the maximal allowed Thing size"
    ):
        twins.update(ROBOT, old, changed(old, ROBOT, attributes={"text": "x" * 110_000}))


def test_a_thing_that_somebody_else_has_taken_over_is_not_changed(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT, name="Robby")))
    twins.create(old)
    device_writes(with_policy, ditto, ROBOT, "/attributes/_managedBy", "somebody/else/my:robot")
    with pytest.raises(Foreign, match="somebody/else"):
        twins.update(ROBOT, old, changed(old, ROBOT, attributes={"name": "Robot"}))
    assert live(with_policy, ROBOT)["attributes"]["name"] == "Robby"


def test_a_thing_that_only_lost_its_marker_is_still_changed(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT, name="Robby")))
    twins.create(old)
    device_writes(with_policy, ditto, ROBOT, "/attributes", {"name": "Robby"})
    twins.update(ROBOT, old, changed(old, ROBOT, attributes={"name": "Robot"}))
    assert live(with_policy, ROBOT)["attributes"] == {"name": "Robot"}


def test_a_thing_that_is_gone_is_made_anew_by_an_update(twins: TwinProvider, with_policy: Stack) -> None:
    old = twin((ROBOT, thing(ROBOT, name="Robby")))
    new = changed(old, ROBOT, attributes={"name": "Robot"})
    twins.create(old)
    twins.delete(ROBOT, old)
    twins.update(ROBOT, old, new)
    assert live(with_policy, ROBOT)["attributes"]["name"] == "Robot"


def test_a_twin_is_deleted_children_first_and_deleting_it_again_is_fine(
    twins: TwinProvider, ditto: Ditto
) -> None:
    inputs = twin((ROBOT, thing(ROBOT)), ("my:robot:arm", thing("my:robot:arm", parent=ROBOT)))
    twins.create(inputs)
    ditto.record.clear()
    twins.delete(ROBOT, inputs)
    assert ditto.requests() == [
        ("DELETE", "/api/2/things/my%3Arobot%3Aarm"),
        ("DELETE", "/api/2/things/my%3Arobot"),
    ]
    twins.delete(ROBOT, inputs)


@pytest.mark.parametrize("now", [{"_managedBy": "somebody/else/my:robot"}, {}])
def test_what_does_not_carry_our_marker_any_more_is_not_deleted(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto, now: dict[str, Any]
) -> None:
    inputs = twin((ROBOT, thing(ROBOT)))
    twins.create(inputs)
    device_writes(with_policy, ditto, ROBOT, "/attributes", now)
    twins.delete(ROBOT, inputs)
    assert live(with_policy, ROBOT)["attributes"] == now
    assert "thing my:robot is left where it is" in with_policy.said[0]


def test_a_refresh_reports_drift_of_what_is_declared_and_only_there(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    inputs = twin((ROBOT, thing(ROBOT, {"arm": feature(angle=None), "leg": feature(step=0)}, name="Robby")))
    twins.create(inputs)
    device_writes(with_policy, ditto, ROBOT, "/features/arm/properties/angle", 42.5)
    device_writes(with_policy, ditto, ROBOT, "/features/own", feature(x=1))
    device_writes(with_policy, ditto, ROBOT, "/attributes/own", True)
    assert twins.read(ROBOT, inputs).inputs == inputs

    device_writes(with_policy, ditto, ROBOT, "/attributes/name", "changed")
    found = twins.read(ROBOT, inputs)
    assert found.inputs == changed(inputs, ROBOT, attributes={"name": "changed"})
    assert found.outs == found.inputs
    assert twins.diff(ROBOT, found.outs, inputs).changes

    twins.update(ROBOT, found.outs, inputs)
    assert live(with_policy, ROBOT)["attributes"]["name"] == "Robby"
    assert live(with_policy, ROBOT)["features"]["arm"] == feature(angle=42.5)


def test_a_refresh_notices_which_things_are_gone(twins: TwinProvider, with_policy: Stack) -> None:
    arm = "my:robot:arm"
    inputs = twin((ROBOT, thing(ROBOT)), (arm, thing(arm, parent=ROBOT)))
    twins.create(inputs)
    twins.delete(arm, {"id": arm, "things": {arm: inputs["things"][arm]}})
    found = twins.read(ROBOT, inputs)
    assert found.outs is not None
    assert list(found.outs["things"]) == [ROBOT]

    twins.update(ROBOT, found.outs, inputs)
    assert live(with_policy, arm)["attributes"]["_parents"] == ROBOT
    twins.delete(ROBOT, inputs)
    assert twins.read(ROBOT, inputs).id == ""


def test_a_refresh_lets_go_of_what_is_somebody_elses_now(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    inputs = twin((ROBOT, thing(ROBOT)))
    twins.create(inputs)
    device_writes(with_policy, ditto, ROBOT, "/attributes/_managedBy", "somebody/else/my:robot")
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


def test_a_type_is_one_thing(with_policy: Stack, ditto: Ditto) -> None:
    types = with_policy.provider(TypeProvider)
    document = thing("my:Robot", _isType=True)
    inputs = {"id": "my:Robot", "document": dumps(document), "adopt": False}
    types.create(inputs)
    assert live(with_policy, "my:Robot")["attributes"] == document["attributes"]

    document["attributes"]["name"] = "A robot"
    new = inputs | {"document": dumps(document)}
    ditto.record.clear()
    types.update("my:Robot", inputs, new)
    assert [json.loads(request.body) for request in ditto.writes()] == [{"attributes": {"name": "A robot"}}]
    assert types.read("my:Robot", new).inputs == new
    types.delete("my:Robot", new)
    assert types.read("my:Robot", new).id == ""
