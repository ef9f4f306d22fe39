"""What the tests need beside the repository, from registries, kept in the cache of the user."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.kubernetes.files import exclusive

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "opentwins"
PEERS = Path(__file__).parent
REQUIREMENTS = PEERS.parents[2] / "services" / "feeder" / "requirements.txt"
MINUTES = 10


class MissingError(Exception):
    """Something cannot be had on this machine; the message says what and why."""


def jars(name: str) -> Path:
    """The folder of a broker's jars: of the distribution in `OPENTWINS_<NAME>_HOME`, else from Maven."""
    home = os.environ.get(f"OPENTWINS_{name.upper()}_HOME")
    if home:
        found = [Path(home) / folder for folder in ("libs", "lib") if (Path(home) / folder).is_dir()]
        if not found:
            raise MissingError(f"OPENTWINS_{name.upper()}_HOME has no folder lib or libs: {home}")
        return found[0]
    _needs("java", "OpenJDK 17 or newer")
    _needs("mvn", "Apache Maven")
    project = PEERS / name / "pom.xml"

    def copy(folder: Path) -> None:
        command = ["mvn", "-q", "-B", "-f", str(project), "dependency:copy-dependencies"]
        _run([*command, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"])

    return _once(f"peers-{name}", project.read_bytes(), copy)


def interpreter() -> Path:
    """The Python of an environment with exactly what an image holds: its requirements, and nothing else."""

    def install(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", str(folder)])
        python = str(folder / "bin" / "python")
        _run(
            [
                python,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                str(REQUIREMENTS),
            ]
        )

    version = f"{sys.version} {sys.executable}".encode()
    return _once("services", REQUIREMENTS.read_bytes() + version, install) / "bin" / "python"


def _once(name: str, content: bytes, make: Callable[[Path], None]) -> Path:
    """A folder that is made once for what it is made of; half of one is never taken for it."""
    folder = CACHE / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}"
    done = folder / ".complete"
    if not done.exists():
        with exclusive(CACHE / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                done.touch()
    return folder


def _needs(command: str, what: str) -> None:
    if shutil.which(command) is None:
        raise MissingError(f"{what} is needed, and there is no '{command}' on PATH")


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60 * MINUTES)
    except subprocess.TimeoutExpired:
        raise MissingError(f"{command[0]} did not end in {MINUTES} minutes") from None
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise MissingError(f"{' '.join(command[:4])} … failed: {' / '.join(last)}")
