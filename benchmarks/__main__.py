"""``python -m benchmarks``: measure everything, print a table, write docs/benchmarks.json and its plots."""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.figures import creation, growth, path, platform, previews, real, resources
from benchmarks.plot import plot
from benchmarks.servers import ROOT
from benchmarks.setup import Setup
from sandbox.engine.choose import Choice

GROUPS: dict[str, Callable[[Setup], list[Figure]]] = {
    "creation": creation.figures,
    "previews": previews.figures,
    "growth": lambda setup: _grown(setup),
    "platform": platform.figures,
    "resources": resources.figures,
    "path": path.figures,
    "real": real.figures,
}
JSON = ROOT / "docs" / "benchmarks.json"
PLOT = ROOT / "docs" / "benchmarks.svg"


def main() -> int:
    """Measure what is asked for; what was not is kept as it was measured last."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast it is.")
    parser.add_argument("groups", nargs="*", help=f"which of {', '.join(GROUPS)}; by default all")
    parser.add_argument("--rows", type=int, default=100_000, help="of the fleet")
    parser.add_argument("--times", type=int, default=5, help="that each ratio is measured")
    parser.add_argument("--engine", choices=["builtin", "pulumi"], help="by default all that are there")
    parser.add_argument("--dry-run", action="store_true", help="write nothing into docs/")
    arguments = parser.parse_args()
    if unknown := set(arguments.groups) - GROUPS.keys():
        parser.error(f"there is no {', '.join(unknown)}; use {', '.join(GROUPS)}")
    engines: tuple[Choice, ...] = ("builtin", "pulumi") if shutil.which("pulumi") else ("builtin",)
    with tempfile.TemporaryDirectory(prefix="opentwins-bench-") as folder:
        os.environ["XDG_CACHE_HOME"] = _cache(Path(folder))
        # As on a workstation: compiled once, and not at every start of what is not yet compiled.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        setup = Setup(
            Path(folder),
            arguments.rows,
            arguments.times,
            (arguments.engine,) if arguments.engine else engines,
            lambda line: print(f"  {line}", file=sys.stderr, flush=True),
        )
        figures = []
        for name in arguments.groups or GROUPS:
            setup.say(f"{name} …")
            figures += GROUPS[name](setup)
    print(f"{'':>3}  {'ratio':>8}  {'target':>8}  {'':<6}  {'spread':<18}")
    for figure in figures:
        print(figure.line())
    if not arguments.dry_run:
        _write(figures)
    return 0


def _cache(folder: Path) -> str:
    """A cache in which no fleet is known, and the programs of the sandbox are."""
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "opentwins"
    cache = folder / "cache" / "opentwins"
    cache.mkdir(parents=True)
    for each in usual.iterdir() if usual.exists() else ():
        if each.name != "fleets":
            (cache / each.name).symlink_to(each)
    return str(cache.parent)


def _grown(setup: Setup) -> list[Figure]:
    figures, points = growth.figures(setup)
    PLOT.write_text(plot("A fleet: seconds of whole runs by rows", "rows", "seconds", points))
    return figures


def _write(figures: list[Figure]) -> None:
    known = json.loads(JSON.read_text()) if JSON.exists() else []
    today = datetime.now(UTC).date().isoformat()
    fresh = {each.name: each.entry() | {"measuredOn": today} for each in figures}
    kept = [entry for entry in known if entry["name"] not in fresh]
    entries = sorted([*kept, *fresh.values()], key=lambda entry: (entry["number"], entry["name"]))
    JSON.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
