"""The images hold what the programs need, and start them as is done here; none is built for that."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
PROGRAMS = ["feeder", "watchdog"]

# Packages whose import has another name.
IMPORTS = {
    "confluent-kafka": "confluent_kafka",
    "paho-mqtt": "paho",
    "prometheus-client": "prometheus_client",
}
IMPORTS |= {"python-qpid-proton": "proton", "PyYAML": "yaml"}


def instructions(program: str, stage: int = -1) -> list[tuple[str, str]]:
    """The instructions of a stage of the program's Dockerfile."""
    text = (SERVICES / program / "Dockerfile").read_text().replace("\\\n", "")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    stages: list[list[tuple[str, str]]] = [[]]
    for word, rest in lines:
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, rest))
    return stages[stage]


def requirements(file: Path) -> dict[str, str]:
    lines = [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    return dict(line.split("==") for line in lines if line)


@pytest.mark.parametrize("program", PROGRAMS)
def test_everything_that_is_copied_is_in_the_context_and_starts_the_program(
    program: str, tmp_path: Path
) -> None:
    for word, rest in instructions(program):
        if word == "COPY" and not rest.startswith("--from"):
            source, target = rest.split()
            place = tmp_path / target.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (SERVICES / source).is_dir() else shutil.copy
            copy(SERVICES / source, place)
    entry = next(json.loads(rest) for word, rest in instructions(program) if word == "ENTRYPOINT")
    folder = next(rest for word, rest in instructions(program) if word == "WORKDIR")
    assert entry == ["python", "-m", f"services.{program}"]

    file = tmp_path / "broken.yaml"
    file.write_text("id: 7\n")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*entry, "--config", str(file)],
        cwd=tmp_path / folder.lstrip("/"),
        env={"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert f"{file}: id: must be text" in done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_copied_is_not_ignored(program: str) -> None:
    kept = {
        line[1:] for line in (SERVICES / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    for stage in (1, 2):
        for word, rest in instructions(program, stage):
            if word == "COPY" and not rest.startswith("--from"):
                assert rest.split()[0].split("/")[0] in kept
                assert (SERVICES / rest.split()[0]).exists()


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_image_starts_from_a_pinned_one_and_runs_as_nobody_in_particular(program: str) -> None:
    text = (SERVICES / program / "Dockerfile").read_text()
    assert re.search(r"^ARG PYTHON=python:3\.11\.\d+-slim-\w+$", text, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) == {"${PYTHON}"}
    assert "pip install --no-cache-dir" in text
    user, group = dict(instructions(program))["USER"].split(":")
    assert int(user) >= 10_000
    assert int(group) >= 10_000


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_library_that_a_program_imports_is_pinned_in_its_requirements(program: str) -> None:
    pinned = requirements(SERVICES / program / "requirements.txt")
    known = {IMPORTS.get(name, name) for name in pinned}
    imported = set()
    for file in [*(SERVICES / "stream").glob("*.py"), *(SERVICES / program).glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert not node.level
                imported.add(str(node.module).split(".")[0])
    ours = {"services"}
    assert imported - set(sys.stdlib_module_names) - ours <= known
    # tzdata is there for its files.
    assert known - imported == {"tzdata"}


def test_both_programs_and_the_tests_have_the_same_versions() -> None:
    feeder, watchdog = (requirements(SERVICES / program / "requirements.txt") for program in PROGRAMS)
    assert feeder == watchdog
    for file in ("requirements.txt", "requirements-dev.txt"):
        here = requirements(ROOT / file)
        assert {name: here[name] for name in feeder.keys() & here.keys()} == {
            name: feeder[name] for name in feeder.keys() & here.keys()
        }


def test_the_specs_can_be_read_without_any_library_of_the_programs() -> None:
    """The program that declares them runs where only its own requirements are."""
    code = (
        "import sys\n"
        "import services.feeder.spec, services.watchdog.spec\n"
        "print({'confluent_kafka', 'proton', 'paho', 'prometheus_client'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "set()\n", done.stderr
