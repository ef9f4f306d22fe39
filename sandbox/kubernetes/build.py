"""Build the sandbox's programs from their Go modules, once for each version of what they are made of.

The first build takes minutes; what it makes is kept in a folder named after the sources' content,
so that a later one costs nothing and a change of version never meets an old binary.
"""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.kubernetes.files import exclusive

SOURCES = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "opentwins"

CONTROL_PLANE = "control-plane"
NODES = "kwok"
STAGES = "stages.yaml"
ROUTES = "routes.yaml"

# What kwok's own module holds of documents: how nodes and pods come to life, and the kind of our routes.
STAGE_DOCUMENTS = [
    "kustomize/stage/node/fast/node-initialize.yaml",
    "kustomize/stage/pod/fast/pod-ready.yaml",
    "kustomize/stage/pod/fast/pod-complete.yaml",
    "kustomize/stage/pod/fast/pod-delete.yaml",
]
ROUTES_DOCUMENT = "kustomize/crd/bases/kwok.x-k8s.io_clusterportforwards.yaml"

Report = Callable[[str], None]


class BuildError(Exception):
    """The programs could not be built; the message says why and what to do."""


def programs(cache: Path = CACHE, report: Report = print) -> Path:
    """Build what is not built yet; return the folder with ``CONTROL_PLANE``, ``NODES``, ``STAGES`` and ``ROUTES``.

    ``report`` is told, one line at a time, what is being built and for how long. Two processes never build at once.
    Raises ``BuildError`` when there is no Go toolchain, or when it fails.
    """
    folder = cache / _fingerprint()
    if folder.exists():
        return folder
    with exclusive(cache / "build.lock"):
        if not folder.exists():
            draft = folder.with_suffix(".new")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            _build(draft, report)
            draft.rename(folder)
    return folder


def _build(folder: Path, report: Report) -> None:
    kubernetes = _go("control-plane", "list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes")
    version = f"-X k8s.io/component-base/version.gitVersion={kubernetes}"
    report("building the sandbox's Kubernetes: some seven minutes on two cores, this once")
    _compile("control-plane", ".", version, folder / CONTROL_PLANE, report)
    _compile("nodes", "sigs.k8s.io/kwok/cmd/kwok", "", folder / NODES, report)
    module = Path(_go("nodes", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"))
    stages = [(module / document).read_text() for document in STAGE_DOCUMENTS]
    (folder / STAGES).write_text("---\n".join(stages))
    (folder / ROUTES).write_text((module / ROUTES_DOCUMENT).read_text())


def _compile(module: str, package: str, link_flags: str, target: Path, report: Report) -> None:
    """Compile ``package`` of our Go ``module`` into ``target``, with a line of report every half minute."""
    command = [
        "go",
        "build",
        "-trimpath",
        "-buildvcs=false",
        f"-ldflags=-s -w {link_flags}",
        "-o",
        str(target),
        package,
    ]
    began = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=SOURCES / module,
        # Without cgo: no C compiler is asked for, and the binary runs wherever it is copied.
        env=os.environ | {"CGO_ENABLED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as build:
        output = None
        while output is None:
            try:
                output, _ = build.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                report(f"  {target.name}: building for {time.monotonic() - began:.0f} s")
    if build.returncode:
        raise BuildError(f"{' '.join(command)} failed in {SOURCES / module}:\n{_last_lines(output)}")
    report(f"  {target.name}: built in {time.monotonic() - began:.0f} s")


def _fingerprint() -> str:
    """Tell apart whatever makes another binary: our sources, the modules they name, the toolchain and its target."""
    digest = hashlib.sha256(_go(".", "version").encode())
    for pattern in ("build.py", "*/go.mod", "*/go.sum", "*/*.go"):
        for source in sorted(SOURCES.glob(pattern)):
            digest.update(f"\n{source.relative_to(SOURCES)}\n".encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def _go(folder: str, *arguments: str) -> str:
    try:
        done = subprocess.run(["go", *arguments], cwd=SOURCES / folder, capture_output=True, text=True)
    except FileNotFoundError:
        raise BuildError(
            "the sandbox's Kubernetes is built from source and needs Go 1.26 or newer: no 'go' on PATH"
        ) from None
    if done.returncode:
        raise BuildError(f"go {' '.join(arguments)} failed:\n{_last_lines(done.stderr)}")
    return done.stdout.strip()


def _last_lines(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-20:])
