"""The Pulumi CLI as an engine, with a backend of files in the workspace: what is the user's is not touched.

Its state and a copy of the stack's config live in a folder of their own. The copy also holds the salt of the
stack's encryption, which the CLI would otherwise write into the user's file.
"""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import yaml

from sandbox.engine.api import EngineError, Progress, Result, Workspace
from sandbox.engine.config import project
from sandbox.engine.events import Events
from sandbox.engine.report import Report
from sandbox.kubernetes.files import exclusive, write_private

PARALLEL = 16
_PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


class PulumiCli:
    """Does with a stack what it is told by calling `pulumi`."""

    def __init__(self, workspace: Workspace, progress: Progress = print) -> None:
        self._workspace = workspace
        self._progress = progress
        self._project = project(workspace)
        self._program = find(workspace)
        self.name = f"the Pulumi CLI at {self._program}"
        self._folder = workspace.state.resolve() / "pulumi"
        self._home = self._folder / self._project.name / workspace.stack
        self._config = self._home / f"Pulumi.{workspace.stack}.yaml"

    def preview(self) -> Result:
        """Tell what `up` would do, and change nothing."""
        return self._run("preview", planning=True)

    def up(self) -> Result:
        """Make everything be as the program declares it."""
        return self._run("up", "--yes", "--skip-preview", "--continue-on-error")

    def refresh(self) -> Result:
        """Take into the state what providers say that there is."""
        return self._run("refresh", "--yes", "--skip-preview")

    def destroy(self) -> Result:
        """Delete every resource of the stack."""
        return self._run("destroy", "--yes", "--skip-preview", "--continue-on-error")

    def export_state(self) -> str:
        """The state as a Pulumi deployment in JSON, secrets in clear."""
        with self._ready():
            return self._ask("stack", "export", "--show-secrets")

    def import_state(self, text: str) -> None:
        """Put this deployment in the place of the state.

        The CLI encrypts what is secret in it as the deployment itself says: here, as this stack does.
        """
        try:
            document = json.loads(text)
            content = document["deployment"]
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError(f"this is not a Pulumi deployment: {error!r}") from None
        with self._ready():
            own = json.loads(self._ask("stack", "export"))["deployment"]
            content["secrets_providers"] = own.get("secrets_providers")
            self._ask("stack", "import", given=json.dumps(document))

    def _run(self, operation: str, *options: str, planning: bool = False) -> Result:
        report = Report(self._progress, planning)
        events = Events(report, refreshing=operation == "refresh")
        with self._ready(), tempfile.TemporaryDirectory(dir=self._home) as place:
            log = Path(place) / "events.jsonl"
            log.touch(mode=0o600)
            command = [
                *(str(self._program), operation, *options, "--stack", self._workspace.stack),
                *("--config-file", str(self._config), "--event-log", str(log), "--parallel", str(PARALLEL)),
                *("--non-interactive", "--color", "never", "--suppress-progress"),
            ]
            code, said = _followed(command, self._workspace.project, self._environment(), log, events)
        events.close()
        if code and not report.failed:
            report.error(
                "\n".join(events.consequences) or said.strip() or f"pulumi {operation} ended with {code}"
            )
        return report.result(events.outputs)

    @contextmanager
    def _ready(self) -> Iterator[None]:
        """Keep other runs out, and have everything in place that the CLI needs."""
        with exclusive(self._folder / "lock"):
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            described = {"name": self._project.name, "runtime": "python"}
            (self._home / "Pulumi.yaml").write_text(yaml.safe_dump(described))
            passphrase = self._folder / "passphrase"
            if not passphrase.exists():
                write_private(passphrase, secrets.token_hex(16))
            self._copy_config()
            stacks = self._folder / ".pulumi" / "stacks" / self._project.name
            if not any(stacks.glob(f"{self._workspace.stack}.json*")):
                self._ask("stack", "init", self._workspace.stack, named=False)
            # A lock that is there now is left from a run that was killed: the block above keeps ours apart.
            elif any((self._folder / ".pulumi" / "locks").rglob("*.json")):
                _mend(stacks / f"{self._workspace.stack}.json")
                self._ask("cancel", "--yes", self._workspace.stack, named=False)
            yield

    def _copy_config(self) -> None:
        """Put the user's config into the copy; the salt that the CLI has written there stays."""
        salt = _salt(self._config)
        text = self._workspace.config.read_text() if self._workspace.config.exists() else ""
        if salt and _salt(self._workspace.config) is None:
            text = f"{text.rstrip()}\nencryptionsalt: {salt}\n"
        write_private(self._config, text)

    def _ask(self, *words: str, given: str | None = None, named: bool = True) -> str:
        """Call the CLI apart from the project; return what it prints. Raises `EngineError`."""
        which = ["--stack", self._workspace.stack] if named else []
        done = subprocess.run(
            [str(self._program), *words, *which, "--non-interactive", "--color", "never"],
            cwd=self._home,
            env=self._environment(),
            input=given or "",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EngineError(f"pulumi {words[0]} {words[1]}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, **self._workspace.environment}
        if not any(name in environment for name in _PASSPHRASES):
            environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(self._folder / "passphrase")
        return environment | {
            "PULUMI_BACKEND_URL": self._folder.as_uri(),
            "PULUMI_DEBUG_COMMANDS": "true",  # without it there is no event log
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }


def find(workspace: Workspace) -> Path:
    """Where `pulumi` is. Raises `EngineError` when it is not on PATH."""
    path = workspace.environment.get("PATH", os.environ.get("PATH", ""))
    found = shutil.which("pulumi", path=path)
    if found is None:
        raise EngineError("the Pulumi CLI is asked for, but there is no `pulumi` on PATH")
    return Path(found)


def _mend(checkpoint: Path) -> None:
    """Put the last whole checkpoint in the place of one whose writing was cut off with the run."""
    kept = checkpoint.with_name(checkpoint.name + ".bak")
    if kept.exists() and not _whole(checkpoint):
        shutil.copy(kept, checkpoint)


def _whole(checkpoint: Path) -> bool:
    try:
        json.loads(checkpoint.read_text())
    except ValueError:
        return False
    return True


def _salt(config: Path) -> str | None:
    found = yaml.safe_load(config.read_text()) if config.exists() else None
    return found.get("encryptionsalt") if isinstance(found, dict) else None


def _followed(
    command: Sequence[str], folder: Path, environment: dict[str, str], log: Path, events: Events
) -> tuple[int, str]:
    """Run the command, and take each event as it comes; return the exit code, and what was printed."""
    with log.open() as written, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        ended = threading.Event()
        reader = threading.Thread(target=_read, args=(written, events, ended))
        reader.start()
        try:
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            ended.set()
            reader.join()
        said.seek(0)
        return code, said.read()


def _read(written: IO[str], events: Events, ended: threading.Event) -> None:
    rest = ""
    while True:
        last = ended.wait(0.05)
        rest += written.read()
        *lines, rest = rest.split("\n")
        for line in lines:
            event: Any = json.loads(line) if line else {}
            events.take(event)
        if last:
            return
