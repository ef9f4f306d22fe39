"""Makes previews: with the Pulumi CLI where there are a state and secrets, and without either for a fork."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from review.between import between
from review.plan import Plan, PlanError, read

NOT_MADE = "the preview could not be made; the job's log says why"


class RunError(Exception):
    """A program that is needed is not there, or has not done what it is to do."""


def preview(stack: str, project: Path) -> Plan:
    """Ask the Pulumi CLI what `up` would do. What goes wrong is in the plan, and in the log.

    Raises `RunError` when there is no CLI.
    """
    command = ["pulumi", "preview", "--json", "--non-interactive", "--stack", stack]
    try:
        # What it prints on standard error goes to the log, and nowhere else.
        done = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, check=False)  # noqa: S603
    except FileNotFoundError:
        raise RunError("there is no `pulumi` on PATH") from None
    return _plan(done.stdout.decode(errors="replace"), done.returncode)


def offline(stack: str, project: Path, since: str) -> Plan:
    """Tell what the project declares otherwise than its commit `since`, with no cluster, state or secret.

    Raises `RunError` when git does not know the commit.
    """
    project = project.resolve()
    with _checked_out(project, since) as base, tempfile.TemporaryDirectory() as folder:
        texts, code = [], 0
        for name, where in (("before", base), ("after", project)):
            file = Path(folder) / name
            if not (where / f"Pulumi.{stack}.yaml").exists():
                texts.append("{}")  # the stack is new, or goes
                continue
            command = [sys.executable, "-m", "sandbox", "preview", "--stack", stack]
            command += ["--offline", str(where), "--json", str(file)]
            # Only the project's own copy of the sandbox is run, also for the project as it was.
            code |= subprocess.run(command, cwd=project, check=False).returncode  # noqa: S603
            texts.append(file.read_text(encoding="utf-8") if file.exists() else "")
        try:
            return _plan(between(*texts), code, since)
        except PlanError:
            return Plan(problems=(NOT_MADE,), since=since)


def _plan(text: str, code: int, since: str = "") -> Plan:
    try:
        plan = read(text, since)
    except PlanError:
        return Plan(problems=(NOT_MADE,), since=since)
    for line in plan.problems:
        print(line, file=sys.stderr)
    if code and not plan.problems:
        return Plan(plan.twins, plan.platform, plan.engine, plan.losses, (NOT_MADE,), since)
    return plan


@contextmanager
def _checked_out(project: Path, commit: str) -> Iterator[Path]:
    """The project as it was at a commit, in a folder of its own, with this one's virtual environment."""
    with tempfile.TemporaryDirectory(prefix="opentwins-base-") as folder:
        tree = Path(folder) / "tree"
        base = tree / _git(project, "rev-parse", "--show-prefix").strip()
        _git(project, "worktree", "add", "--detach", "--quiet", str(tree), commit)
        try:
            if not (base / ".venv").exists():
                (base / ".venv").symlink_to(Path(sys.prefix).resolve())
            yield base
        finally:
            _git(project, "worktree", "remove", "--force", str(tree))


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise RunError(f"git {words[0]}: {done.stderr.strip()}")
    return done.stdout
