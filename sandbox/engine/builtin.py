"""The built-in engine: runs an unmodified Pulumi program in Python, without the Pulumi CLI.

It offers the gRPC services that Pulumi's own package defines, manages dynamic resources with the package's
own provider server, and Kubernetes' resources with a provider of ours. Its state is a Pulumi deployment.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.engine.api import EngineError, Progress, Result, Workspace
from sandbox.engine.book import Book
from sandbox.engine.checkpoint import Checkpoint, deployment
from sandbox.engine.config import Project, project, stack_config
from sandbox.engine.monitor import ORGANIZATION, PARALLEL, Monitor, Served
from sandbox.engine.passphrase import secrets_provider
from sandbox.engine.process import Child, script
from sandbox.engine.refreshing import refresh
from sandbox.engine.registration import Registration
from sandbox.engine.registry import Registry
from sandbox.engine.removal import remove
from sandbox.engine.report import Report, title
from sandbox.engine.run import Run
from sandbox.engine.urn import STACK, make, type_of
from sandbox.engine.values import Properties, masked


class Builtin:
    """Does with a stack what the Pulumi CLI would do."""

    name = "the built-in engine"

    def __init__(self, workspace: Workspace, progress: Progress = print) -> None:
        self._workspace = workspace
        self._progress = progress
        self._project = project(workspace)
        folder = workspace.state / "builtin" / self._project.name / workspace.stack
        self._checkpoint = Checkpoint(folder)

    def preview(self) -> Result:
        """Tell what `up` would do, and change nothing."""
        return self._with_program(preview=True)

    def up(self) -> Result:
        """Make everything be as the program declares it."""
        return self._with_program(preview=False)

    def refresh(self) -> Result:
        """Take into the state what providers say that there is."""
        return self._without_program(refresh)

    def destroy(self) -> Result:
        """Delete every resource of the stack."""
        return self._without_program(remove)

    def export_state(self) -> str:
        """The state as a Pulumi deployment in JSON, secrets in clear; once imported, a passphrase opens them.

        It is the one in `PULUMI_CONFIG_PASSPHRASE`, or else an empty one.
        """
        with self._checkpoint.held():
            states, pending = self._checkpoint.load()
        environment = {**os.environ, **self._workspace.environment}
        document = deployment(states, pending)
        document["deployment"]["secrets_providers"] = secrets_provider(
            environment.get("PULUMI_CONFIG_PASSPHRASE", "")
        )
        return json.dumps(document, indent=1)

    def import_state(self, text: str) -> None:
        """Put this deployment in the place of the state. Raises `EngineError` when it is none."""
        with self._checkpoint.held():
            self._checkpoint.replace(text)

    def _with_program(self, preview: bool) -> Result:
        with self._run(preview) as (run, environment):
            registration = Registration(run)
            root = self._workspace.project.resolve()
            monitor = Monitor(run, registration, root, stack_config(self._workspace, run.project))
            with Served(monitor) as address, run.interruptible():
                ended_well = _execute(self._project, run, address, root, environment)
            if not ended_well and not run.report.failed:
                run.report.error("the program ended with an error")
            outputs = _exported(run, monitor.outputs, complete=not run.report.failed)
            if ended_well and not registration.invalid:
                remove(run, run.book.unclaimed())
            _leave_unresolved(run)
            return run.report.result(masked(outputs))

    def _without_program(self, work: Callable[[Run, Any], None]) -> Result:
        with self._run(preview=False) as (run, _):
            work(run, run.book.all())
            if work is remove:
                _leave_unresolved(run)
            state = run.book.old(_stack_urn(run))
            left = state.outputs if state in run.book.all() and state else {}
            return run.report.result(masked(left))

    @contextmanager
    def _run(self, preview: bool) -> Iterator[tuple[Run, dict[str, str]]]:
        """Everything that a run needs; at its end the checkpoint is settled, and nothing is left running."""
        workspace = self._workspace
        config = stack_config(workspace, self._project.name)
        environment = {
            **workspace.environment,
            "PULUMI_PROJECT": self._project.name,
            "PULUMI_STACK": workspace.stack,
            "PULUMI_ORGANIZATION": ORGANIZATION,
            "PULUMI_CONFIG": json.dumps(config),
            "PULUMI_CONFIG_SECRET_KEYS": "[]",
            "PULUMI_DRY_RUN": "true" if preview else "false",
        }
        report = Report(self._progress, preview)
        with self._checkpoint.held():
            book = Book(self._checkpoint, preview)
            registry = Registry(
                self._project.interpreter, workspace.project, environment, config, report.message
            )
            registry.expect(state.type for state in book.all())
            try:
                yield (
                    Run(self._project.name, workspace.stack, preview, book, registry, report),
                    environment,
                )
            finally:
                registry.close()
                if not preview:
                    self._checkpoint.settle(book.unresolved())


def _execute(found: Project, run: Run, address: str, folder: Path, environment: dict[str, str]) -> bool:
    """Run the program to its end; say whether it ended well."""
    task = {
        "project": run.project,
        "stack": run.stack,
        "organization": ORGANIZATION,
        "engine": address,
        "dryRun": run.preview,
        "parallel": PARALLEL,
        "program": str(found.program),
    }
    if not found.program.exists():
        raise EngineError(f"the program {found.program} is not there")
    child = Child(script(found.interpreter, "program", task), folder, environment, run.report.message)
    try:
        return child.wait() == 0
    finally:
        child.stop()


def _leave_unresolved(run: Run) -> None:
    """After a run that went well, tell what an earlier one may have made and no later one will come back to."""
    if run.preview or run.report.failed:
        return
    for state in run.book.leave_unresolved():
        run.report.message(
            f"warning: an earlier run was cut off while it created {title(state.urn)}. The stack does not have"
            " it any more; see whether it is there, and delete it if so"
        )


def _stack_urn(run: Run) -> str:
    return make(run.stack, run.project, "", STACK, f"{run.project}-{run.stack}")


def _exported(run: Run, outputs: dict[str, Properties], complete: bool) -> Properties:
    """What the program exports; after a failure, over what was exported before. It goes into the state."""
    state = run.book.new(_stack_urn(run))
    exported = next((found for urn, found in outputs.items() if type_of(urn) == STACK), {})
    if state is None:
        return exported
    if not complete:
        exported = {**state.outputs, **exported}
    if not run.preview and state.outputs != exported:
        state.outputs = exported
        run.book.note(state)
    return exported
