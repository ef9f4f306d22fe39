"""Build Telegraf and InfluxDB from their Go modules, once for each version, where the machine has none.

Each is kept in a folder of the cache named after what it is made of. Telegraf has just the plugins that our
configuration names: it takes a minute or two on two cores. InfluxDB needs a Rust and a C compiler too, for
Flux, and takes some eight minutes.
"""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.kubernetes.build import CACHE, BuildError
from sandbox.kubernetes.files import exclusive

SOURCES = Path(__file__).parent

Report = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """A program, the Go module of ours that pins its version, and what it is built with."""

    name: str
    package: str
    version: str
    """The variable that the program's version is written to."""

    duration: str
    tags: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ("go",)

    def path(self, cache: Path = CACHE) -> Path:
        """Where it is, or will be once it is built."""
        digest = hashlib.sha256(Path(__file__).read_bytes())
        for file in ("go.mod", "go.sum"):
            digest.update((SOURCES / self.name / file).read_bytes())
        return cache / f"{self.name}-{digest.hexdigest()[:16]}" / self.name


TELEGRAF = Program(
    "telegraf",
    "github.com/influxdata/telegraf/cmd/telegraf",
    version="github.com/influxdata/telegraf/internal.Version",
    duration="a minute or two",
    tags=(
        "custom",
        "inputs.http",
        "inputs.internal",
        "inputs.kafka_consumer",
        "inputs.mqtt_consumer",
        "outputs.health",
        "outputs.influxdb_v2",
        "parsers.prometheus",
        "parsers.value",
        "processors.starlark",
    ),
    variables={"CGO_ENABLED": "0"},
)
INFLUXD = Program(
    "influxd",
    "github.com/influxdata/influxdb/v2/cmd/influxd",
    version="main.version",
    duration="some eight minutes",
    needs=("go", "cargo", "cc"),
)


def find(program: Program, cache: Path = CACHE) -> Path | None:
    """The program where `OPENTWINS_<NAME>` says, as it was built here, or on PATH; None if nowhere."""
    if named := os.environ.get(f"OPENTWINS_{program.name.upper()}"):
        return Path(named)
    built = program.path(cache)
    if built.exists():
        return built
    on_path = shutil.which(program.name)
    return Path(on_path) if on_path else None


def build(program: Program, cache: Path = CACHE, report: Report = print) -> Path:
    """Build the program unless it is in the cache already; return where it is.

    `report` is told, one line at a time, what is being built and for how long. Raises `BuildError` when a
    compiler is missing, or fails.
    """
    path = program.path(cache)
    if path.exists():
        return path
    for tool in program.needs:
        if not shutil.which(tool):
            raise BuildError(f"{program.name} is built from source and needs '{tool}': it is not on PATH")
    with exclusive(cache / f"{program.name}.lock"):
        if not path.exists():
            draft = path.parent.with_suffix(".new")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            report(f"building {program.name}: {program.duration} on two cores, this once")
            _compile(program, draft, report)
            shutil.rmtree(draft / "tools", ignore_errors=True)
            draft.rename(path.parent)
    return path


def _compile(program: Program, draft: Path, report: Report) -> None:
    module = program.package.partition("/cmd/")[0]
    version = _run(["go", "list", "-m", "-f", "{{.Version}}", module], program, {})
    version = version.strip().removeprefix("v")
    command = ["go", "build", "-trimpath", "-buildvcs=false", "-tags", ",".join(program.tags)]
    command += [f"-ldflags=-s -w -X {program.version}={version}", "-o", str(draft / program.name)]
    environment = dict(program.variables)
    if "cargo" in program.needs:
        environment |= _flux(program, draft)
    began = time.monotonic()
    _run([*command, program.package], program, environment, report)
    report(f"  {program.name} {version}: built in {time.monotonic() - began:.0f} s")


def _flux(program: Program, draft: Path) -> dict[str, str]:
    """What makes `go build` build Flux, InfluxDB's query language, which is written in Rust.

    cgo asks `pkg-config` where the library is; InfluxData's own program of that name builds it. Flux treats
    warnings as errors, so that each newer compiler would break it, and `--cap-lints` has to come as a
    wrapper: flags given in any other way do not reach a build that names its target, as this one does.
    """
    tools = draft / "tools"
    tools.mkdir()
    _run(["go", "build", "-o", str(tools / "pkg-config"), "github.com/influxdata/pkg-config"], program, {})
    lenient = tools / "rustc-lenient"
    lenient.write_text('#!/bin/sh\nexec "$@" --cap-lints warn\n')
    lenient.chmod(0o755)
    environment = {
        "RUSTC_WORKSPACE_WRAPPER": str(lenient),
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
    }
    if shutil.which("rustup"):
        # Flux asks for a toolchain of its own, which would have to be fetched; the one that is there does.
        environment["RUSTUP_TOOLCHAIN"] = _run(["rustup", "show", "active-toolchain"], program, {}).split()[0]
    return environment


def _run(
    command: list[str], program: Program, environment: Mapping[str, str], report: Report | None = None
) -> str:
    """Run a command in the program's Go module; return what it printed."""
    began = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=SOURCES / program.name,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        output = None
        while output is None:
            try:
                output, _ = process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                if report:
                    report(f"  {program.name}: building for {time.monotonic() - began:.0f} s")
    if process.returncode:
        last = "\n".join(output.strip().splitlines()[-20:])
        raise BuildError(f"{' '.join(command)} failed in {SOURCES / program.name}:\n{last}")
    return output
