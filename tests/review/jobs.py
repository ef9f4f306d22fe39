"""Runs the commands of a workflow's job, as GitHub's or GitLab's runner does, with stand-ins for what is elsewhere."""

import io
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.review.checkout import ALONE, ROOT

WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
Steps = list[dict[str, Any]]


def workflow(name: str) -> dict[str, Any]:
    """A workflow as a document."""
    found: dict[Any, Any] = yaml.safe_load(WORKFLOWS[name].read_text())
    return {"on" if key is True else key: value for key, value in found.items()}  # `on` is true to YAML 1.1


def action(uses: str) -> dict[str, Any]:
    """One of our own actions."""
    found: dict[str, Any] = yaml.safe_load((ROOT / uses / "action.yml").read_text())
    return found


@dataclass
class Machine:
    """Where jobs run: a checkout, a PATH with stand-ins first, and what they were called with."""

    checkout: Path
    folder: Path
    known: Mapping[str, str] = field(default_factory=dict)  # what expressions stand for
    outputs: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stands_in("make", "exit 0")
        self.stands_in("apt-get", "exit 0")
        self.pulumi(f"[ $1 = up ] || echo '{_POLICY}'")
        for name in ("output", "env", "path", "summary"):
            (self.folder / name).touch()

    def stands_in(self, name: str, script: str) -> None:
        """Put a program on PATH that writes down how it is called."""
        path = self.folder / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.folder}/calls\n{script}\n')
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """How stand-ins were called so far."""
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def summary(self) -> str:
        """What is shown on the run's own page."""
        return (self.folder / "summary").read_text()

    def github(self, name: str, job: str) -> int:
        """Run a job of a workflow; return the exit code of the first command that fails, or 0."""
        found = workflow(name)["jobs"][job]
        return self._steps(found["steps"], self._resolved(found.get("env") or {}), {})

    def _steps(self, steps: Steps, given: Mapping[str, str], inputs: Mapping[str, str]) -> int:
        for step in steps:
            environment = {**given, **self._resolved(step.get("env") or {}, inputs)}
            if str(step.get("uses", "")).startswith("./"):
                called = self._resolved(step.get("with") or {})
                named = {f"inputs.{name}": value for name, value in called.items()}
                code = self._steps(action(step["uses"])["runs"]["steps"], given, named)
            elif "run" in step:
                code = self._bash(step["run"], environment)
            else:
                code = 0
            if code:
                return code
        return 0

    def _resolved(self, values: Mapping[str, Any], more: Mapping[str, str] | None = None) -> dict[str, str]:
        known = {**self.known, **(more or {})}
        return {
            key: EXPRESSION.sub(lambda found: known[found[1]], str(value)) for key, value in values.items()
        }

    def _bash(self, script: str, environment: Mapping[str, str]) -> int:
        files = {f"GITHUB_{name}": str(self.folder / file) for name, file in _FILES.items()}
        code = self.run(
            script, {**self.environment, **environment, **files, "RUNNER_TEMP": str(self.folder / "temp")}
        )
        for name, into in (("output", self.outputs), ("env", self.environment)):
            for line in (self.folder / name).read_text().splitlines():
                key, _, value = line.partition("=")
                into[key] = value
        self.path = (self.folder / "path").read_text().splitlines()
        return code

    def gitlab(self, job: str, environment: Mapping[str, str]) -> int:
        """Run a job of GitLab's pipeline: all its lines are one script."""
        pipeline = gitlab()
        lines = [*pipeline["default"]["before_script"], *_flat(pipeline[job]["script"])]
        return self.run("\n".join(lines), environment)

    def run(self, script: str, environment: Mapping[str, str]) -> int:
        """Run a script as the runners do; show what it prints when it fails."""
        (self.folder / "temp").mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        search = os.pathsep.join([*self.path, str(self.folder / "bin"), os.environ["PATH"]])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.checkout,
            env={**kept, **ALONE, **environment, "PATH": search},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        print(done.stdout, done.stderr)
        return done.returncode

    def pulumi(self, script: str) -> None:
        """Let the Pulumi CLI that is downloaded do this, and write down how it is called."""
        text = f'#!/bin/sh\necho "pulumi $* KUBECONFIG=$KUBECONFIG" >> {self.folder}/calls\n{script}\n'
        self.folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(self.folder / "pulumi.tar.gz", "w:gz") as archive:
            entry = tarfile.TarInfo("pulumi/pulumi")
            entry.size, entry.mode = len(text.encode()), 0o755
            archive.addfile(entry, io.BytesIO(text.encode()))
        self.stands_in("curl", f"cat {self.folder}/pulumi.tar.gz")


# A preview of one policy.
_POLICY = '{"steps": [{"op": "create", "urn": "urn:pulumi:s::p::pulumi-python:dynamic/opentwins:Policy::x"}]}'
_FILES = {"OUTPUT": "output", "ENV": "env", "PATH": "path", "STEP_SUMMARY": "summary"}


class _Loader(yaml.SafeLoader):
    """Knows GitLab's `!reference`."""


def _reference(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> tuple[str, ...]:
    return "!reference", *loader.construct_sequence(node)


_Loader.add_constructor("!reference", _reference)


def gitlab() -> dict[str, Any]:
    """GitLab's pipeline, references resolved."""
    document: dict[str, Any] = yaml.load((ROOT / ".gitlab-ci.yml").read_text(), _Loader)

    def resolved(value: Any) -> Any:
        if isinstance(value, tuple) and value[:1] == ("!reference",):
            found: Any = document
            for part in value[1:]:
                found = found[part]
            return resolved(found)
        if isinstance(value, dict):
            return {key: resolved(item) for key, item in value.items()}
        return [resolved(item) for item in value] if isinstance(value, list) else value

    return {key: resolved(value) for key, value in document.items()}


def _flat(lines: list[Any]) -> Iterator[str]:
    for line in lines:
        yield from _flat(line) if isinstance(line, list) else [line]
