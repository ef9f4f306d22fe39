"""One sandbox: a folder with a cluster, stand-ins, and the state of the stack that lives on them."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox import standins
from sandbox.engine.api import Engine, EngineError, Workspace
from sandbox.engine.choose import Choice, choose
from sandbox.kubernetes import cluster as kubernetes
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.files import write_private

Report = Callable[[str], None]


@dataclass(frozen=True)
class Site:
    """The sandbox of a ``project``'s ``stack``; all that it leaves on the machine is in ``directory``."""

    project: Path
    stack: str
    directory: Path

    @property
    def config(self) -> Path:
        """The stack's settings."""
        return self.project / f"Pulumi.{self.stack}.yaml"

    @property
    def namespace(self) -> str:
        """The namespace that the stack's settings name. Raises ``EngineError`` when there can be none of that name."""
        try:
            settings = yaml.safe_load(self.config.read_text()) or {}
            name = (settings.get("config") or {}).get("opentwins:namespace", "opentwins")
        except (yaml.YAMLError, AttributeError) as error:
            raise EngineError(f"{self.config.name} is not YAML with a key config: {error}") from None
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", str(name)):
            raise EngineError(
                f"opentwins:namespace: {name} must be a name of at most 63 of a-z, 0-9 and -, with no - at either end"
            )
        return str(name)

    @property
    def exists(self) -> bool:
        """Say whether anything was ever started here."""
        return (self.directory / "cluster").exists()

    def start(self, report: Report) -> tuple[Cluster, dict[str, str]]:
        """Start what does not run yet; return the cluster, and the stand-ins' pages for people by name."""
        namespace = self.namespace
        cluster = kubernetes.start(self.directory / "cluster", report)
        return cluster, standins.start(self.directory / "stand-ins", cluster, namespace)

    def stop(self) -> None:
        """End all programs; what they hold stays for the next start."""
        standins.stop(self.directory / "stand-ins")
        kubernetes.stop(self.directory / "cluster")

    def forget(self) -> None:
        """Remove all that is left of a sandbox that was stopped."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def workspace(self, kubeconfig: Path) -> Workspace:
        """Return what an engine has to know of the stack to run it on the cluster of a kubeconfig."""
        return Workspace(
            project=self.project,
            stack=self.stack,
            state=self.directory / "state",
            config=self.config,
            environment={"KUBECONFIG": str(kubeconfig)},
        )

    def engine(self, wanted: Choice, cluster: Cluster, report: Report) -> Engine:
        """Return the engine: the one that is ``wanted``, with the state of whichever ran last.

        Raises ``EngineError`` when it cannot be had.
        """
        workspace = self.workspace(cluster.kubeconfig)
        engine = choose(wanted, workspace, progress=report)
        last = self._last_engine()
        if last and last != engine.name:
            report(f"taking the stack over from {last}")
            engine.import_state(self._of_name(last, workspace).export_state())
        write_private(self.directory / "engine.json", json.dumps(engine.name))
        return engine

    def _last_engine(self) -> str | None:
        try:
            return str(json.loads((self.directory / "engine.json").read_text()))
        except FileNotFoundError:
            return None

    def _of_name(self, name: str, workspace: Workspace) -> Engine:
        both: tuple[Choice, ...] = ("builtin", "pulumi")
        for wanted in both:
            try:
                engine = choose(wanted, workspace, progress=_nobody)
            except EngineError:
                continue
            if engine.name == name:
                return engine
        raise EngineError(
            f"the stack was last brought up by {name}, which is not on PATH any more."
            " Put it back, or take the sandbox down with it first"
        )


def _nobody(line: str) -> None:
    """Tell nobody."""
