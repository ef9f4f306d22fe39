"""A stack of one of the measured programs, in a folder of its own."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import yaml

from benchmarks.servers import LOGIN, ROOT
from sandbox.engine.api import Engine, Result, Workspace
from sandbox.engine.choose import Choice, choose

ROOMS = ("components", "grafana", "provider", "services", "twins")
PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Workplace:
    """The stack: what it declares is in `specs`."""

    folder: Path
    engine: Engine
    state: Path

    @property
    def specs(self) -> Path:
        """The folder of the specs."""
        return self.folder / "twin_specs"

    def up(self) -> float:
        """Make everything be as it is declared; return the seconds that it took."""
        return _seconds(self.engine.up)

    def preview(self, changes: bool = False) -> float:
        """Preview; return the seconds that it took. There must be nothing to do unless there may be `changes`."""
        return _seconds(self.engine.preview, changes)

    def state_size(self) -> int:
        """The bytes of the state as the engine keeps it."""
        return sum(file.stat().st_size for file in self.state.rglob("*.json") if _is_current(file))


def make(
    folder: Path, program: str, engine: Choice, kubeconfig: Path | None = None, **config: Any
) -> Workplace:
    """Lay out a stack of a program on an engine; `config` is the stack's."""
    project = folder / program
    project.mkdir(parents=True)
    for room in ROOMS:
        (project / room).symlink_to(ROOT / room)
    (project / "twin_specs").mkdir()
    (project / ".venv").symlink_to(ROOT / ".venv")
    for file in PROGRAMS.glob(f"{program}*.py"):
        shutil.copy(file, project / ("__main__.py" if file.stem == program else file.name))
    runtime = {"name": "python", "options": {"virtualenv": ".venv"}}
    (project / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "opentwins", "runtime": runtime}))
    (project / "Pulumi.bench.yaml").write_text(
        yaml.safe_dump({"config": {f"opentwins:{key}": value for key, value in config.items()}})
    )
    workspace = Workspace(
        project=project,
        stack="bench",
        state=project / "state",
        config=project / "Pulumi.bench.yaml",
        # The CLI writes its whole state at every step, or at the end alone when told so; previews write none.
        environment={
            "PULUMI_SKIP_CHECKPOINTS": "true",
            **({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {}),
        },
    )
    return Workplace(project, choose(engine, workspace, progress=_nobody), project / "state")


def ditto_config(url: str) -> dict[str, Any]:
    """The settings of a stack whose Ditto runs elsewhere."""
    username, password = LOGIN
    return {
        "ditto": {"external": {"url": url, "secret": "ditto"}},
        "mosquitto": {"clients": {"networks": ["127.0.0.0/8"]}},
        "secrets": {"ditto": {"username": username, "password": password}},
        "twins": {"allowMassChange": True},
    }


def secret_values() -> Mapping[str, Mapping[str, str]]:
    """The Secrets that such a stack's provider reads."""
    return {"user-ditto": {"username": LOGIN[0], "password": LOGIN[1]}}


def _seconds(run: Any, changes: bool = True) -> float:
    began = perf_counter()
    result: Result = run()
    took = perf_counter() - began
    if result.error is not None:
        raise RuntimeError(result.error)
    if not changes and result.changes:
        raise RuntimeError(f"something changed: {json.dumps([step.urn for step in result.changes])}")
    return took


def _is_current(file: Path) -> bool:
    return "history" not in file.parts and "backups" not in file.parts and not file.name.endswith(".bak")


def _nobody(line: str) -> None:
    """Tell nobody."""
