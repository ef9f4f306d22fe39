"""Which engine a stack is run on."""

from typing import Literal

from sandbox.engine.api import Engine, EngineError, Progress, Workspace
from sandbox.engine.builtin import Builtin
from sandbox.engine.cli import PulumiCli, find

Choice = Literal["auto", "builtin", "pulumi"]


def choose(engine: Choice, workspace: Workspace, progress: Progress = print) -> Engine:
    """The engine that is asked for; with `auto` the Pulumi CLI where it is on PATH, else the built-in one.

    `progress` is told which it is. Raises `EngineError` when the CLI is asked for and not there, or when
    there is no project to run.
    """
    if engine == "auto":
        try:
            find(workspace)
        except EngineError:
            engine = "builtin"
    chosen: Engine = Builtin(workspace, progress) if engine == "builtin" else PulumiCli(workspace, progress)
    progress(f"the stack is run on {chosen.name}")
    return chosen
