"""The project in a git repository of its own, as a CI job checks it out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = ["__main__.py", "components", "grafana", "provider", "services", "twins", "review", "sandbox"]
COPIED = ["twin_specs", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.staging.yaml", ".ci", "requirements.txt"]

# Whoever runs the tests has git settings of their own; these tests have none.
ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


class Checkout:
    """A clone whose `origin/main` is what a change is made against; its program is ours, or another one."""

    def __init__(self, folder: Path, program: str = "") -> None:
        self.folder = folder / "clone"
        origin = folder / "origin"
        origin.mkdir(parents=True)
        for name in PROGRAM:
            (origin / name).symlink_to(ROOT / name)
        for name in COPIED:
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, origin / name)
        if program:
            (origin / "__main__.py").unlink()
            (origin / "__main__.py").write_text(program)
        (origin / ".gitignore").write_text(".venv\nplans\n__pycache__\n")
        self._git(origin, "init", "--quiet", "--initial-branch", "main")
        self._git(origin, "add", ".")
        self._git(origin, "commit", "--quiet", "--message", "before")
        self._git(folder, "clone", "--quiet", str(origin), str(self.folder))
        (self.folder / ".venv").symlink_to(sys.prefix)

    def commit(self) -> str:
        """Commit what was edited; return what it is made against."""
        before = self.git("rev-parse", "HEAD")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        return before

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace the one place in a file."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))

    def git(self, *words: str) -> str:
        """Run git in it; return what it prints."""
        return self._git(self.folder, *words)

    def _git(self, folder: Path, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=folder, env=os.environ | ALONE, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()
