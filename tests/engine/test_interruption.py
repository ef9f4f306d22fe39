"""A run that is killed half-way has lost nothing of what it had done, and the next one finishes it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.engine.api import EngineError
from sandbox.engine.builtin import Builtin
from tests.engine.toy import Toy, fine, quiet, told

RUN = """
import signal
import sys
from pathlib import Path
from sandbox.engine.api import Workspace
from sandbox.engine.{module} import {engine}

signal.signal(signal.SIGINT, signal.default_int_handler)
project, state = map(Path, sys.argv[1:])
{engine}(Workspace(project, "dev", state, project / "Pulumi.dev.yaml")).up()
"""


def begin(toy: Toy, module: str = "builtin", engine: str = "Builtin") -> subprocess.Popen[bytes]:
    """Begin an up in a process of its own."""
    workspace = toy.workspace
    program = RUN.format(module=module, engine=engine)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(workspace.project), str(workspace.state)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def until_asked(toy: Toy, name: str) -> None:
    """Wait until the provider has been asked to create the resource."""
    deadline = time.monotonic() + 60
    log = toy.project / "calls.jsonl"
    while not (log.exists() and f'"name": "{name}"' in log.read_text()):
        assert time.monotonic() < deadline, f"{name} was not asked for"
        time.sleep(0.05)


def children_of(pid: int) -> set[int]:
    """All processes below this one."""
    found = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found |= {int(child)} | children_of(int(child))
    return found


def gone(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True


@pytest.fixture
def killed(toy: Toy) -> Toy:
    """A stack whose first run was killed while it created `b`, after `a` was made."""
    toy.write('a = Thing("a")\nThing("b", Options(depends_on=[a]), text="wait")')
    run = begin(toy)
    until_asked(toy, "b")
    below = children_of(run.pid)
    run.send_signal(signal.SIGKILL)
    run.wait()
    deadline = time.monotonic() + 20
    while not all(gone(pid) for pid in below):
        assert time.monotonic() < deadline, "what it had started is still there"
        time.sleep(0.05)
    assert below
    toy.calls()
    toy.write('a = Thing("a")\nThing("b", Options(depends_on=[a]), text="quick")')
    return toy


def test_what_was_made_is_known_and_what_was_cut_off_is_tried_again(killed: Toy) -> None:
    engine = Builtin(killed.workspace, quiet)
    assert told(engine.preview()) == [("create", "b")]
    assert told(fine(engine.up())) == [("create", "b")]
    assert killed.called() == ["create b"]
    assert engine.up().changes == ()


def test_the_state_says_what_was_under_way(killed: Toy) -> None:
    engine = Builtin(killed.workspace, quiet)
    [pending] = json.loads(engine.export_state())["deployment"]["pending_operations"]
    assert pending["type"] == "creating"
    assert pending["resource"]["urn"].endswith("::b")
    fine(engine.up())
    assert json.loads(engine.export_state())["deployment"]["pending_operations"] == []


def test_a_run_that_fails_before_it_comes_to_it_forgets_nothing(killed: Toy) -> None:
    engine = Builtin(killed.workspace, quiet)
    killed.write('raise pulumi.RunError("not today")')
    assert engine.up().error == "not today"
    [pending] = json.loads(engine.export_state())["deployment"]["pending_operations"]
    assert pending["resource"]["urn"].endswith("::b")


def test_a_refresh_forgets_nothing_either(killed: Toy) -> None:
    engine = Builtin(killed.workspace, quiet)
    fine(engine.refresh())
    assert len(json.loads(engine.export_state())["deployment"]["pending_operations"]) == 1


def test_what_may_have_been_made_and_is_not_declared_any_more_is_told(killed: Toy) -> None:
    engine = Builtin(killed.workspace, quiet)
    [message] = fine(engine.destroy()).messages
    assert message.startswith(
        "warning: an earlier run was cut off while it created pulumi-python:dynamic/toy:Thing b."
    )
    assert fine(engine.destroy()).messages == ()


def test_while_a_run_is_under_way_another_is_refused(toy: Toy) -> None:
    toy.write('Thing("a", text="wait")')
    run = begin(toy)
    try:
        until_asked(toy, "a")
        with pytest.raises(EngineError, match="another run of this stack is under way"):
            Builtin(toy.workspace, quiet).preview()
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()


def test_an_interruption_ends_a_run_at_once_and_in_order(toy: Toy) -> None:
    toy.write('a = Thing("a")\nThing("b", Options(depends_on=[a]), text="wait")\nThing("c", text="wait")')
    run = begin(toy)
    until_asked(toy, "b")
    run.send_signal(signal.SIGINT)
    assert run.wait(30) != 0
    state = toy.resources(Builtin(toy.workspace, quiet))
    assert "a" in [each["urn"].rpartition("::")[2] for each in state]
    assert not (toy.folder / "state" / "builtin" / "toy" / "dev" / "journal.jsonl").exists()
