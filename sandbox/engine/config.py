"""A project's `Pulumi.yaml` and a stack's `Pulumi.<stack>.yaml`, as far as a Python program needs them."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.engine.api import EngineError, Workspace


@dataclass(frozen=True)
class Project:
    """What `Pulumi.yaml` says: the project's name, the program, and the interpreter that runs it."""

    name: str
    program: Path
    interpreter: Path


def project(workspace: Workspace) -> Project:
    """Read `Pulumi.yaml`. Raises `EngineError`."""
    path = workspace.project / "Pulumi.yaml"
    document = _mapping(path)
    name, runtime = document.get("name"), document.get("runtime")
    options = runtime.get("options") or {} if isinstance(runtime, dict) else {}
    language = runtime.get("name") if isinstance(runtime, dict) else runtime
    if not isinstance(name, str) or language != "python":
        raise EngineError(f"{path}: a project needs a name and the runtime python")
    return Project(
        name=name,
        program=(workspace.project / (document.get("main") or ".")).resolve(),
        interpreter=_interpreter(workspace.project, options.get("virtualenv")),
    )


def _interpreter(folder: Path, virtualenv: str | None) -> Path:
    if virtualenv is None:
        return Path(sys.executable)
    python = folder / virtualenv / "bin" / "python"
    if not python.exists():
        raise EngineError(f"{folder / 'Pulumi.yaml'}: there is no virtual environment {virtualenv}")
    return python


def stack_config(workspace: Workspace, project_name: str) -> dict[str, str]:
    """The stack's configuration: full keys, and texts as the engine hands them to programs (objects as JSON).

    Raises `EngineError`, also for a value that is encrypted: only the Pulumi CLI can read those.
    """
    described = workspace.project / "Pulumi.yaml"
    if _mapping(described).get("config"):
        raise EngineError(
            f"{described}: the built-in engine knows no config there; put it into the stack's file"
        )
    path = workspace.config
    if not path.exists():
        return {}
    values = _mapping(path).get("config") or {}
    if not isinstance(values, dict):
        raise EngineError(f"{path}: config is to be a mapping")
    found = {}
    for key, value in values.items():
        full = key if ":" in str(key) else f"{project_name}:{key}"
        if _secure(value):
            raise EngineError(
                f"{path}: {full} is encrypted, and only the Pulumi CLI can read it. Put `pulumi` on PATH, or"
                " set the value in clear in a stack that is for the sandbox alone"
            )
        found[full] = _text(value)
    return found


def _secure(value: Any) -> bool:
    match value:
        case {"secure": str()}:
            return len(value) == 1
        case dict():
            return any(_secure(each) for each in value.values())
        case list():
            return any(_secure(each) for each in value)
    return False


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return json.dumps(value, separators=(",", ":"), sort_keys=True)
    return str(value)


def _mapping(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise EngineError(f"{path} is not there") from None
    except (yaml.YAMLError, OSError) as error:
        raise EngineError(f"{path} cannot be read: {error}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise EngineError(f"{path}: a mapping is expected")
    return document
