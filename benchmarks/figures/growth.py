"""Figure 6: what a fleet costs grows with its rows, and no faster."""

import math
import shutil
import time
from itertools import pairwise
from pathlib import Path

from benchmarks import fleets
from benchmarks.figure import Figure
from benchmarks.setup import Setup
from twins.fleet.compose import row_template
from twins.fleet.survey import Findings, survey
from twins.models import FleetSpec
from twins.specs import Specs

SIZES = (1_000, 10_000, 100_000, 1_000_000)

Points = dict[str, list[tuple[int, float]]]


def figures(setup: Setup) -> tuple[list[Figure], Points]:
    """Measure the first look at tables and the one that finds it known; return the points of the plot, too."""
    folder = setup.new("growth")
    points: Points = {"first look at the table": [], "table that is known": []}
    for size in SIZES:
        first, again = _looks(folder, size, 1 if size >= 1_000_000 else setup.times)
        points["first look at the table"].append((size, first))
        points["table that is known"].append((size, again))
        setup.say(f"{size} rows: {first:.3f} s at first, {again:.3f} s when known")
    shutil.rmtree(folder)
    slopes = slopes_of(points["first look at the table"])
    note = "the slope on the log-log plot between neighbouring sizes: 1 is linear"
    return [Figure(6, "growth of a preview from 1,000 to 1,000,000 rows", slopes, 1.15, notes=[note])], points


def slopes_of(points: list[tuple[int, float]]) -> list[float]:
    """Return how steep the log-log plot is from each point to the next."""
    pairs = pairwise(points)
    return [math.log(after / before) / math.log(more / few) for (few, before), (more, after) in pairs]


def _looks(folder: Path, size: int, times: int) -> tuple[float, float]:
    fleets.write(folder, size)
    document = fleets.spec()
    spec = FleetSpec.model_validate(document)
    template = row_template(spec, Specs())
    first: list[float] = []
    again: list[float] = []
    for number in range(times):
        cache = folder / f"cache-{size}-{number}"
        for found in (first, again):
            began = time.process_time()
            if survey(spec, template, folder, cache, Findings()) is None:
                raise RuntimeError("the table is wrong")
            found.append(time.process_time() - began)
        shutil.rmtree(cache)
    return min(first), min(again)
