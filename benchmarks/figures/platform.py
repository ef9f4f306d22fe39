"""Figure 7: the platform's own program, against a Pulumi program with nothing in it."""

import shutil
import time
from statistics import median

from benchmarks import workplace
from benchmarks.figure import Figure
from benchmarks.servers import ROOT
from benchmarks.setup import Setup
from sandbox.engine.choose import Choice
from sandbox.site import Site


def figures(setup: Setup) -> list[Figure]:
    """Measure it on each engine; for that, the platform is brought up in a sandbox of its own."""
    return [figure for engine in setup.engines for figure in _on(engine, setup)]


def _on(engine: Choice, setup: Setup) -> list[Figure]:
    folder = setup.new("platform")
    empty = workplace.make(folder, "empty", engine)
    empty.up()
    site = Site(ROOT, "sandbox", folder / "site")
    try:
        cluster, _ = site.start(_nobody)
        platform = site.engine(engine, cluster, _nobody)
        result = platform.up()
        if result.error is not None:
            raise RuntimeError(result.error)
        rounds = []
        for _ in range(setup.times):
            bare = empty.preview()
            began = time.perf_counter()
            platform.preview()
            previewed = time.perf_counter()
            # As `make up` does it: see that all runs, then bring the stack up.
            cluster, _ = site.start(_nobody)
            site.engine(engine, cluster, _nobody).up()
            rounds.append((bare, previewed - began, time.perf_counter() - previewed))
    finally:
        site.stop()
        shutil.rmtree(folder)
    bare_median, preview, up = (median(each) for each in zip(*rounds, strict=True))
    note = f"medians: empty program {bare_median:.2f} s, preview {preview:.2f} s, warm up {up:.2f} s"
    setup.say(f"{engine}: {note}")
    on = f" ({engine})"
    return [
        Figure(
            7,
            f"preview of the whole platform, against an empty program's{on}",
            [ours / other for other, ours, _ in rounds],
            2,
            notes=[note],
        ),
        Figure(
            7,
            f"warm `make up` without changes, against an empty program's preview{on}",
            [ours / other for other, _, ours in rounds],
            3,
        ),
    ]


def _nobody(line: str) -> None:
    """Tell nobody."""
