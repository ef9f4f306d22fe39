"""The Pulumi CLI as an engine: how it is chosen, and how its event log is read. Nothing here needs it."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.api import EngineError, Step
from sandbox.engine.builtin import Builtin
from sandbox.engine.choose import choose
from sandbox.engine.cli import PulumiCli
from sandbox.engine.events import Events
from sandbox.engine.report import Report
from sandbox.engine.values import SECRET, SIGNATURE
from tests.engine.toy import Toy, quiet

TYPE = "pulumi-python:dynamic/toy:Thing"
URN = f"urn:pulumi:dev::toy::{TYPE}::a"
HIDDEN = {SIGNATURE: SECRET, "ciphertext": "[secret]"}


@pytest.fixture
def without(tmp_path: Path) -> Toy:
    (tmp_path / "bin").mkdir()
    return Toy(tmp_path, environment={"PATH": str(tmp_path / "bin")})


@pytest.fixture
def with_cli(without: Toy) -> Toy:
    program = without.folder / "bin" / "pulumi"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return without


def test_without_the_cli_the_built_in_engine_is_chosen_and_named(without: Toy) -> None:
    said: list[str] = []
    assert isinstance(choose("auto", without.workspace, said.append), Builtin)
    assert said == ["the stack is run on the built-in engine"]


def test_with_the_cli_on_path_it_is_chosen_and_named(with_cli: Toy) -> None:
    said: list[str] = []
    assert isinstance(choose("auto", with_cli.workspace, said.append), PulumiCli)
    assert said == [f"the stack is run on the Pulumi CLI at {with_cli.folder}/bin/pulumi"]


def test_the_built_in_engine_can_be_asked_for(with_cli: Toy) -> None:
    assert isinstance(choose("builtin", with_cli.workspace, quiet), Builtin)


def test_the_cli_that_is_asked_for_and_not_there_is_an_error(without: Toy) -> None:
    with pytest.raises(EngineError, match="no `pulumi` on PATH"):
        choose("pulumi", without.workspace, quiet)


def test_what_a_broken_cli_says_is_the_error(with_cli: Toy) -> None:
    program = with_cli.folder / "bin" / "pulumi"
    program.write_text("#!/bin/sh\necho 'error: no backend today' >&2\nexit 255\n")
    with pytest.raises(EngineError, match="pulumi stack init: error: no backend today"):
        choose("pulumi", with_cli.workspace, quiet).up()


def event(
    kind: str, op: str, old: Any = None, new: Any = None, urn: str = URN, custom: bool = True
) -> dict[str, Any]:
    def side(values: Any) -> Any:
        return None if values is None else {"custom": custom, **values}

    type_ = urn.split("::")[2].rpartition("$")[2]
    return {kind: {"metadata": {"op": op, "urn": urn, "type": type_, "old": side(old), "new": side(new)}}}


def read(*events: dict[str, Any], refreshing: bool = False) -> tuple[list[Step], Events, Report]:
    report = Report(quiet, planning=False)
    log = Events(report, refreshing)
    for each in events:
        log.take(each)
    log.close()
    return list(report.result(log.outputs).steps), log, report


def test_a_step_is_read_when_it_has_ended() -> None:
    begun = event("resourcePreEvent", "create", new={"inputs": {"a": 1}})
    assert read(begun)[0] == []
    ended = event("resOutputsEvent", "create", new={"inputs": {"a": 1}})
    assert read(begun, ended)[0] == [Step("create", TYPE, "a", URN)]


def test_what_differs_is_read_from_the_inputs_by_the_common_rule() -> None:
    old = {"inputs": {"text": '{"v": 1}', "secret": HIDDEN, "same": 1}}
    new = {
        "inputs": {
            "text": '{"v": 2}',
            "secret": HIDDEN,
            "same": 1,
            "unknown": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        }
    }
    [step] = read(event("resOutputsEvent", "update", old, new))[0]
    assert step.changed == ("text.v", "unknown")


def test_a_replacement_is_one_step() -> None:
    old, new = {"inputs": {"k": 1}}, {"inputs": {"k": 2}}
    steps, _, _ = read(
        event("resOutputsEvent", "create-replacement", old, new),
        event("resOutputsEvent", "replace", old, new),
        event("resOutputsEvent", "delete-replaced", old),
    )
    assert steps == [Step("replace", TYPE, "a", URN, ("k",))]


def test_a_component_has_begun_and_never_ends() -> None:
    urn = "urn:pulumi:dev::toy::toy:Group::g"
    begun = event("resourcePreEvent", "create", new={}, urn=urn, custom=False)
    assert read(begun)[0] == [Step("create", "toy:Group", "g", urn)]


def test_a_failed_step_is_none() -> None:
    begun = event("resourcePreEvent", "update", {}, {}, custom=False)
    failed = event("resOpFailedEvent", "update", {}, {})
    assert read(begun, failed)[0] == []


def test_providers_that_nobody_declared_are_left_out() -> None:
    urn = "urn:pulumi:dev::toy::pulumi:providers:pulumi-python::default"
    assert read(event("resOutputsEvent", "create", new={}, urn=urn))[0] == []


def test_a_drift_is_read_from_the_inputs_or_else_the_outputs() -> None:
    old = {"inputs": {"a": 1}, "outputs": {"a": 1, "size": 1}}
    by_inputs = {"inputs": {"a": 2}, "outputs": {"a": 2, "size": 2}}
    by_outputs = {"inputs": {"a": 1}, "outputs": {"a": 1, "size": 2}}
    [step] = read(event("resOutputsEvent", "update", old, by_inputs), refreshing=True)[0]
    assert (step.op, step.changed) == ("refresh", ("a",))
    [step] = read(event("resOutputsEvent", "update", old, by_outputs), refreshing=True)[0]
    assert (step.op, step.changed) == ("refresh", ("size",))


def test_outputs_of_the_stack_are_masked() -> None:
    urn = "urn:pulumi:dev::toy::pulumi:pulumi:Stack::toy-dev"
    outputs = {"open": {"x": 1, "hidden": HIDDEN}}
    _, log, _ = read(event("resOutputsEvent", "same", {}, {"outputs": outputs}, urn=urn, custom=False))
    assert log.outputs == {"open": {"x": 1, "hidden": "[secret]"}}


def test_messages_and_errors_are_told_apart_and_noise_is_left_out() -> None:
    def said(severity: str, message: str, **more: Any) -> dict[str, Any]:
        return {"diagnosticEvent": {"severity": severity, "message": message, **more}}

    _, _, report = read(
        said("debug", "inner workings"),
        said("info", "hello\n"),
        said("warning", "beware"),
        said("info", "50 %", ephemeral=True),
        said("error", "no room", urn=URN),
        said("error", "update failed"),
    )
    result = report.result({})
    assert result.messages == ("hello", "warning: beware")
    assert result.error == f"{TYPE} a: no room"
