"""Figure 6: what a fleet costs grows with its rows, and no faster."""

import math
import shutil
import time
from itertools import pairwise
from statistics import median

from benchmarks import fleets, servers, workplace
from benchmarks.figure import Figure
from benchmarks.setup import Setup

SIZES = (1_000, 10_000, 100_000, 1_000_000)
CREATED = 100_000  # rows that the stand-in is given at most: beyond, nothing is made, and previews alone are measured
OFTEN = 10_000  # rows up to which each is measured several times

CREATING, FIRST, KNOWN = "up that creates them", "preview that creates them", "preview without a change"
Points = dict[str, list[tuple[int, float]]]


def figures(setup: Setup) -> tuple[list[Figure], Points]:
    """Measure whole runs, by the clock, on the first engine; return the points of the plot, too.

    What a run costs without any rows is taken off for the slope, which would otherwise be flattered by it.
    """
    points: Points = {CREATING: [], FIRST: [], KNOWN: []}
    least: dict[str, float] = {}
    for size in (1, *SIZES):
        rounds = [_round(setup, size) for _ in range(setup.times if size <= OFTEN else 1)]
        for what in points:
            if taken := [each[what] for each in rounds if what in each]:
                seconds = median(taken)
                least.setdefault(what, seconds)
                if size > 1:
                    points[what].append((size, seconds))
                    setup.say(f"{size} rows, {what}: {seconds:.2f} s")
    note = "the slopes on the log-log plot between neighbouring sizes, less what a run with one row takes: 1 is linear"
    found = []
    for what in (CREATING, FIRST):
        beyond = [(size, seconds - least[what]) for size, seconds in points[what] if size >= OFTEN]
        name = f"growth from {beyond[0][0]} to {beyond[-1][0]} rows: {what}"
        found.append(Figure(6, name, slopes_of(beyond), 1.15, notes=[note]))
    return found, points


def slopes_of(points: list[tuple[int, float]]) -> list[float]:
    """Return how steep the log-log plot is from each point to the next."""
    pairs = pairwise(points)
    return [math.log(after / before) / math.log(more / few) for (few, before), (more, after) in pairs]


def _round(setup: Setup, size: int) -> dict[str, float]:
    """The seconds of a preview of a new fleet, of the run that makes it, and of a preview after it."""
    folder = setup.new("growth")
    with servers.stand_in() as url, servers.secrets(folder, workplace.secret_values()) as kubeconfig:
        place = workplace.make(folder, "things", setup.engines[0], kubeconfig, **workplace.ditto_config(url))
        fleets.write(place.specs, size, name=f"g{time.time_ns()}_")
        seconds = {FIRST: place.preview(changes=True)}
        if size <= CREATED:
            seconds[CREATING] = place.up()
            seconds[KNOWN] = place.preview()
    shutil.rmtree(folder)
    return seconds
