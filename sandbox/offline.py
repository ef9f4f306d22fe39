"""A preview with nothing at hand: no cluster, no state, no secrets.

It tells all that a stack declares. Two of them, of a change and of what it is made against, tell what the change
does, which is how a pull request from a fork is previewed.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from sandbox.engine.api import EngineError, Result, Workspace
from sandbox.engine.builtin import Builtin

CLOSED = "not known here"  # in place of each value that is encrypted in the stack's settings


def preview(project: Path, stack: str, report: Callable[[str], None]) -> Result:
    """Tell what `up` would make of the project's stack if there was nothing yet. Raises `EngineError`."""
    config = project / f"Pulumi.{stack}.yaml"
    if not config.exists():
        raise EngineError(f"{config} is not there: the stack {stack} has no settings")
    with tempfile.TemporaryDirectory(prefix="opentwins-offline-") as folder:
        copy = Path(folder) / config.name
        copy.write_text(yaml.safe_dump(_opened(_settings(config))))
        nowhere = Path(folder) / "kubeconfig"
        workspace = Workspace(project, stack, Path(folder) / "state", copy, {"KUBECONFIG": str(nowhere)})
        return Builtin(workspace, report).preview()


def _settings(config: Path) -> Any:
    try:
        return yaml.safe_load(config.read_text())
    except yaml.YAMLError as error:
        raise EngineError(f"{config} cannot be read: {error}") from None


def _opened(value: Any) -> Any:
    match value:
        case {"secure": str()} if len(value) == 1:
            return CLOSED
        case dict():
            return {key: _opened(each) for key, each in value.items()}
        case list():
            return [_opened(each) for each in value]
    return value
