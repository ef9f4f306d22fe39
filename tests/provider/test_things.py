"""Types and twins in Ditto: what is written, and what is left alone."""

import json
from pathlib import Path

import pytest

from provider.errors import ProviderError, Rejected
from provider.thing import TwinProvider, TypeProvider
from tests.provider.conftest import Ditto, Stack
from tests.provider.documents import OWNER, ROBOT, changed, feature, policy, thing, twin
from twins.canonical import dumps


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
    ditto.device_writes(ROBOT, "/features/arm/properties/angle", 42.5)

    twins.update(
        ROBOT, old, changed(old, ROBOT, attributes={"name": "Robot"}, features={"leg": feature(step=None)})
    )

    now = with_policy.live(ROBOT)
    assert now["attributes"]["name"] == "Robot"
    assert now["features"] == {"arm": feature(angle=42.5, speed=0), "leg": feature(step=None)}


def test_a_feature_that_a_device_began_before_it_was_declared_keeps_its_values(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT)))
    twins.create(old)
    ditto.device_writes(ROBOT, "/features/arm", feature(angle=42.5))
    twins.update(
        ROBOT, old, changed(old, ROBOT, features={"arm": feature(angle=None), "leg": feature(step=None)})
    )
    assert with_policy.live(ROBOT)["features"] == {"arm": feature(angle=42.5), "leg": feature(step=None)}


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
    assert with_policy.live(ROBOT)["features"] == {"arm": feature(angle=None, speed=2)}


def test_what_is_not_declared_any_more_is_removed(twins: TwinProvider, with_policy: Stack) -> None:
    old = twin((ROBOT, thing(ROBOT, {"arm": feature(angle=1)}, name="Robby")))
    twins.create(old)
    twins.update(ROBOT, old, changed(old, ROBOT, attributes={"name": ...}, features={"arm": ...}))
    now = with_policy.live(ROBOT)
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


def test_an_answer_that_got_lost_is_no_harm(twins: TwinProvider, with_policy: Stack, ditto: Ditto) -> None:
    ditto.faults.drop_after, ditto.faults.only = 1, "PUT"
    twins.create(twin((ROBOT, thing(ROBOT, name="Robby"))))
    assert [(request.method, request.status) for request in ditto.writes()] == [("PUT", 201), ("PUT", 412)]
    assert with_policy.live(ROBOT)["attributes"]["name"] == "Robby"


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
    assert with_policy.live(ROBOT)["policyId"] == "my:other"


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


def test_a_type_is_one_thing(with_policy: Stack, ditto: Ditto) -> None:
    types = with_policy.provider(TypeProvider)
    document = thing("my:Robot", _isType=True)
    inputs = {"id": "my:Robot", "document": dumps(document), "adopt": False}
    types.create(inputs)
    assert with_policy.live("my:Robot")["attributes"] == document["attributes"]

    document["attributes"]["name"] = "A robot"
    new = inputs | {"document": dumps(document)}
    ditto.record.clear()
    types.update("my:Robot", inputs, new)
    assert [json.loads(request.body) for request in ditto.writes()] == [{"attributes": {"name": "A robot"}}]
    assert types.read("my:Robot", new).inputs == new
    types.delete("my:Robot", new)
    assert types.read("my:Robot", new).id == ""


def test_the_same_update_once_more_writes_nothing(
    twins: TwinProvider, with_policy: Stack, ditto: Ditto
) -> None:
    old = twin((ROBOT, thing(ROBOT, {"arm": feature(angle=1)}, name="Robby")))
    new = changed(old, ROBOT, attributes={"name": "Robot"}, features={"arm": feature(angle=None)})
    twins.create(old)
    twins.update(ROBOT, old, new)
    before = with_policy.reach.ditto.thing(ROBOT, "_revision")
    twins.update(ROBOT, old, new)  # the engine heard nothing of the first one
    assert with_policy.reach.ditto.thing(ROBOT, "_revision") == before
