"""Policies: made, merged, refused, and read back without false alarms."""

import json
from typing import Any

import pytest

from provider.errors import Foreign, Rejected
from provider.policy import PolicyProvider
from tests.provider.conftest import Ditto, Stack
from tests.provider.documents import OTHER, OWNER, policy, thing
from twins.canonical import dumps

ID = "my:policy"
DEVICE = {
    "subjects": {"connection:robot": {"type": "declared"}},
    "resources": {"thing:/features": {"grant": ["WRITE"], "revoke": []}},
    "importable": "implicit",
}
VIEWER = {
    "subjects": {"nginx:viewer": {"type": "by hand"}},
    "resources": {"thing:/": {"grant": ["READ"], "revoke": []}},
}


@pytest.fixture
def policies(stack: Stack) -> PolicyProvider:
    return stack.provider(PolicyProvider)


def inputs(adopt: bool = False, **entries: Any) -> dict[str, Any]:
    return {"id": ID, "document": dumps(policy(ID, OWNER, **entries)), "adopt": adopt}


def live(stack: Stack) -> dict[str, Any]:
    found = stack.reach.ditto.policy(ID)
    assert found is not None
    return found[0]


def by_hand(stack: Stack, **entries: Any) -> None:
    """Somebody changes entries of the policy; `None` removes one."""
    found = stack.reach.ditto.policy(ID)
    assert found is not None
    document, etag = found
    kept = {label: entry for label, entry in (document["entries"] | entries).items() if entry is not None}
    stack.reach.ditto.replace_policy(ID, document | {"entries": kept}, etag)


def test_a_policy_is_made_and_read_back_without_a_difference(policies: PolicyProvider) -> None:
    made = inputs(device={key: DEVICE[key] for key in ("subjects", "resources")})  # Ditto adds `importable`
    assert policies.create(made).id == ID
    assert policies.read(ID, made).inputs == made


def test_an_update_is_one_write_and_keeps_entries_that_others_added(
    policies: PolicyProvider, stack: Stack, ditto: Ditto
) -> None:
    old = inputs(device=DEVICE)
    policies.create(old)
    by_hand(stack, viewer=VIEWER)
    ditto.record.clear()

    policies.update(ID, old, inputs(robot=DEVICE))

    assert [request.method for request in ditto.writes()] == ["PUT"]
    assert sorted(live(stack)["entries"]) == ["opentwins", "robot", "viewer"]


def test_an_update_works_on_what_others_write_at_the_same_time(
    policies: PolicyProvider, stack: Stack, ditto: Ditto, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = inputs(device=DEVICE)
    policies.create(old)
    read = type(stack.reach.ditto).policy
    interventions = [VIEWER]

    def read_then_intervene(self: Any, policy_id: str) -> Any:
        found = read(self, policy_id)
        if interventions:
            by_hand(stack, viewer=interventions.pop())
        return found

    monkeypatch.setattr(type(stack.reach.ditto), "policy", read_then_intervene)
    policies.update(ID, old, inputs(robot=DEVICE))
    assert sorted(live(stack)["entries"]) == ["opentwins", "robot", "viewer"]


def test_a_foreign_policy_is_refused_and_not_touched(
    policies: PolicyProvider, stack: Stack, ditto: Ditto
) -> None:
    theirs = policy(ID, OTHER)
    stack.reach.ditto.create_policy(ID, theirs)
    with pytest.raises(
        Foreign, match=r"policy my:policy exists already .* marked as somebody/else/my:policy"
    ):
        policies.create(inputs(device=DEVICE))
    assert live(stack)["entries"] == theirs["entries"]


def test_adopting_puts_the_declared_entries_in_and_keeps_the_others(
    policies: PolicyProvider, stack: Stack
) -> None:
    stack.reach.ditto.create_policy(ID, policy(ID, OTHER, viewer=VIEWER))
    adopted = inputs(adopt=True, device=DEVICE)
    policies.create(adopted)
    assert sorted(live(stack)["entries"]) == ["device", "opentwins", "viewer"]
    assert policies.read(ID, adopted).inputs == adopted


def test_a_run_that_was_cut_off_can_be_run_again_without_another_write(
    policies: PolicyProvider, ditto: Ditto
) -> None:
    policies.create(inputs(device=DEVICE))
    ditto.record.clear()
    policies.create(inputs(device=DEVICE))
    assert [(request.method, request.status) for request in ditto.writes()] == [("PUT", 412)]


def test_a_refresh_reports_drift_of_declared_entries_only(policies: PolicyProvider, stack: Stack) -> None:
    declared = inputs(device=DEVICE)
    policies.create(declared)
    by_hand(stack, viewer=VIEWER)
    assert policies.read(ID, declared).inputs == declared

    by_hand(stack, device=DEVICE | {"subjects": {"nginx:intruder": {"type": "by hand"}}})
    found = policies.read(ID, declared)
    assert found.inputs is not None
    assert list(json.loads(found.inputs["document"])["entries"]["device"]["subjects"]) == ["nginx:intruder"]
    assert policies.diff(ID, found.inputs, declared).changes

    policies.update(ID, found.inputs, declared)
    assert live(stack)["entries"]["device"] == DEVICE


def test_a_declared_entry_that_is_missing_is_drift(policies: PolicyProvider, stack: Stack) -> None:
    declared = inputs(device=DEVICE)
    policies.create(declared)
    by_hand(stack, device=None)
    found = policies.read(ID, declared)
    assert found.inputs is not None
    assert list(json.loads(found.inputs["document"])["entries"]) == ["opentwins"]


def test_deleting_is_for_what_is_ours_and_twice_is_fine(policies: PolicyProvider, stack: Stack) -> None:
    mine = inputs()
    policies.create(mine)
    policies.delete(ID, mine)
    assert stack.reach.ditto.policy(ID) is None
    policies.delete(ID, mine)
    assert policies.read(ID, mine).id == ""

    stack.reach.ditto.create_policy(ID, policy(ID, OTHER))
    policies.delete(ID, mine)
    assert live(stack)["entries"] == policy(ID, OTHER)["entries"]
    assert "policy my:policy is left where it is" in stack.said[0]
    assert policies.read(ID, mine).id == ""


def test_what_ditto_refuses_is_said_in_its_words(policies: PolicyProvider) -> None:
    with pytest.raises(
        Rejected, match=r"policy my:policy: Ditto refuses: .*no-issuer.* \(400 policies:subjectid"
    ):
        policies.create(inputs(device=DEVICE | {"subjects": {"no-issuer": {"type": "declared"}}}))


def test_a_policy_that_things_of_others_use_is_left_to_them(policies: PolicyProvider, stack: Stack) -> None:
    mine = inputs()
    policies.create(mine)
    ditto = stack.reach.ditto
    ditto.create_thing("my:ours", thing("my:ours"))
    ditto.create_thing("my:unmarked", {"policyId": ID})
    ditto.create_thing("my:theirs", thing("my:theirs", owner=OTHER))

    policies.delete(ID, mine)
    assert stack.said == [
        "policy my:policy is left where it is: things that are not this stack's use it (my:theirs,"
        " my:unmarked), and nobody could reach them without it"
    ]
    assert ditto.thing("my:unmarked") is not None

    for other in ("my:theirs", "my:unmarked"):
        ditto.delete_thing(other, f'eq(thingId,"{other}")')
    policies.delete(ID, mine)
    assert ditto.policy(ID) is None


def test_a_search_that_does_not_work_keeps_no_policy_from_being_deleted(
    policies: PolicyProvider, stack: Stack, ditto: Ditto
) -> None:
    mine = inputs()
    policies.create(mine)
    ditto.faults.refuse, ditto.faults.status, ditto.faults.only = 1, 408, "/search/"
    policies.delete(ID, mine)
    assert stack.reach.ditto.policy(ID) is None
    assert stack.pauses == []
