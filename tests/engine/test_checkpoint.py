"""The checkpoint keeps what it is told, however a run ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.api import EngineError
from sandbox.engine.checkpoint import Checkpoint, deployment
from sandbox.engine.state import State
from sandbox.engine.values import Secret

TYPE = "pulumi-python:dynamic/toy:Thing"


def state(name: str, **fields: Any) -> State:
    return State(f"urn:pulumi:dev::toy::{TYPE}::{name}", TYPE, True, f"id-{name}", **fields)


def names(states: list[State]) -> list[str]:
    return [each.urn.rpartition("::")[2] for each in states]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    found = Checkpoint(tmp_path / "state")
    with found.held():
        found.replace(json.dumps(deployment([])))
    return found


def reloaded(tmp_path: Path) -> tuple[list[State], list[tuple[str, State]]]:
    return Checkpoint(tmp_path / "state").load()


def test_what_was_put_is_there_without_a_proper_end(checkpoint: Checkpoint, tmp_path: Path) -> None:
    checkpoint.load()
    checkpoint.put(state("a", outputs={"x": Secret({"deep": [1, None]})}), state("b"))
    states, pending = reloaded(tmp_path)
    assert names(states) == ["a", "b"]
    assert states[0].outputs == {"x": Secret({"deep": [1, None]})}
    assert pending == []


def test_a_line_that_was_cut_off_is_as_if_it_had_not_been_begun(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    checkpoint.load()
    checkpoint.put(state("a"))
    journal = tmp_path / "state" / "journal.jsonl"
    with journal.open("a") as file:
        file.write('{"key": 7, "resource": {"urn": "urn:pul')
    assert names(reloaded(tmp_path)[0]) == ["a"]
    later = Checkpoint(tmp_path / "state")
    later.load()
    later.put(state("b"))
    assert names(reloaded(tmp_path)[0]) == ["a", "b"]


def test_one_that_takes_the_place_of_another_is_the_only_one(checkpoint: Checkpoint, tmp_path: Path) -> None:
    checkpoint.load()
    old = state("a")
    checkpoint.put(old)
    checkpoint.succeed(old, state("a", inputs={"new": True}))
    [found] = reloaded(tmp_path)[0]
    assert found.inputs == {"new": True}


def test_what_had_begun_and_not_ended_is_known(checkpoint: Checkpoint, tmp_path: Path) -> None:
    checkpoint.load()
    checkpoint.end(checkpoint.begin("creating", state("a")))
    checkpoint.begin("creating", state("b"))
    _, [(operation, resource)] = reloaded(tmp_path)
    assert (operation, resource.id) == ("creating", "id-b")


def test_a_journal_that_belongs_to_another_state_is_not_replayed(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    checkpoint.load()
    checkpoint.put(state("a"))
    journal = tmp_path / "state" / "journal.jsonl"
    kept = journal.read_text()
    checkpoint.replace(json.dumps(deployment([state("imported")])))
    journal.write_text(kept)
    assert names(reloaded(tmp_path)[0]) == ["imported"]


def test_a_settled_checkpoint_is_a_deployment_in_the_order_that_pulumi_wants(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    checkpoint.load()
    a = state("a")
    checkpoint.put(state("b", dependencies=[a.urn]), a)
    checkpoint.settle()
    document = json.loads((tmp_path / "state" / "checkpoint.json").read_text())
    assert document["version"] == 3
    assert [each["id"] for each in document["deployment"]["resources"]] == ["id-a", "id-b"]
    assert not (tmp_path / "state" / "journal.jsonl").exists()


def test_a_deployment_has_no_references_to_what_is_gone() -> None:
    gone = state("gone").urn
    document = deployment([state("a", dependencies=[gone], property_dependencies={"x": [gone]})])
    [resource] = document["deployment"]["resources"]
    assert "dependencies" not in resource
    assert resource["propertyDependencies"] == {"x": []}


def test_a_deployment_refers_to_a_renamed_resource_by_its_new_name() -> None:
    old, new = state("old").urn, state("new")
    new.aliases = [old]
    document = deployment([state("a", dependencies=[old]), new])
    first, second = document["deployment"]["resources"]
    assert first["urn"] == new.urn
    assert second["dependencies"] == [new.urn]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 3}', '{"version": 9, "deployment": {}}'])
def test_what_is_no_deployment_is_refused(checkpoint: Checkpoint, text: str) -> None:
    with pytest.raises(EngineError, match=r"not a Pulumi deployment|version 9"):
        checkpoint.replace(text)


def test_encrypted_secrets_are_refused_with_a_way_out(checkpoint: Checkpoint) -> None:
    document = deployment([state("a", inputs={"x": Secret("y")})])
    text = json.dumps(document).replace("plaintext", "ciphertext")
    with pytest.raises(EngineError, match="stack export --show-secrets"):
        checkpoint.replace(text)
