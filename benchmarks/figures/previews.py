"""Figures 3, 4 and 5: what a fleet of 100,000 costs when nothing, or one row, has changed; state and memory."""

import shutil
from statistics import median

import requests

from benchmarks import fleets, servers, workplace
from benchmarks.figure import Figure
from benchmarks.processes import peak_memory
from benchmarks.setup import Setup
from benchmarks.workplace import Workplace
from sandbox.engine.choose import Choice

FEW = 10  # rows of the fleet that the state of a large one is held against


def figures(setup: Setup) -> list[Figure]:
    """Measure the three on each engine."""
    return [figure for engine in setup.engines for figure in _on(engine, setup)]


def _on(engine: Choice, setup: Setup) -> list[Figure]:
    folder = setup.new("previews")
    with servers.stand_in() as url, servers.secrets(folder, workplace.secret_values()) as kubeconfig:
        empty = workplace.make(folder, "empty", engine)
        empty.up()  # once before it is measured: what is imported only once would count as its own
        with peak_memory() as without:
            empty.up()
        small = workplace.make(folder / "small", "things", engine, kubeconfig, **workplace.ditto_config(url))
        small.up()
        place = workplace.make(folder, "things", engine, kubeconfig, **workplace.ditto_config(url))
        fleets.write(place.specs, FEW)
        place.up()
        size = place.state_size()
        fleets.write(place.specs, setup.rows)
        with peak_memory() as peak:
            place.up()
        size = place.state_size() - size
        _forget(url)
        rounds = [_round(empty, small, place, url, setup.rows, number) for number in range(setup.times)]
    shutil.rmtree(folder)
    bare, ours, no_fleet, one = (median(each) for each in zip(*rounds, strict=True))
    said = (
        f"medians: empty Pulumi program {bare:.2f} s, this program without a fleet {no_fleet:.2f} s,"
        f" with it {ours:.2f} s"
    )
    setup.say(f"{engine}: {said}, one row changed {one:.2f} s")
    rows, more = setup.rows, (peak.bytes - without.bytes) / 1e6
    on = f" ({engine})"
    return [
        Figure(
            3,
            f"no-op preview with {rows} rows, against an empty program's{on}",
            [fleet / empty_ for empty_, fleet, _, _ in rounds],
            2,
            notes=[said, "no request was made"],
        ),
        Figure(
            3,
            f"of that, the fleet's part: no-op preview with {rows} rows, against this program's without{on}",
            [fleet / alone for _, fleet, alone, _ in rounds],
            2,
        ),
        Figure(
            4,
            f"one row of {rows} changed: the whole `up`, against 3{on}",
            [changed / fleet for _, fleet, _, changed in rounds],
            1.5,
            notes=["one write request in each; its own time is not taken off"],
        ),
        Figure(5, f"state: bytes a twin{on}", [size / (rows - FEW)], 24),
        Figure(5, f"peak memory of `up` with {rows} rows: MB above the empty program's{on}", [more], 250),
    ]


def _round(
    empty: Workplace, small: Workplace, place: Workplace, url: str, rows: int, number: int
) -> tuple[float, float, float, float]:
    """Preview three times, change one row; return the seconds: empty, with the fleet, without, one row."""
    bare, ours, alone = empty.preview(), place.preview(), small.preview()
    if count := len(_things(url)):
        raise RuntimeError(f"a preview made {count} requests")
    fleets.write(place.specs, rows, changed=number + 1)
    one = place.up()
    writes = [each for each in _things(url) if each["method"] != "GET"]
    if len(writes) != 1:
        raise RuntimeError(f"{len(writes)} writes for one row that changed")
    _forget(url)
    return bare, ours, alone, one


def _things(url: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = requests.get(f"{url}/sandbox/requests", timeout=60).json()
    return [each for each in found if each["path"].startswith("/api/")]


def _forget(url: str) -> None:
    requests.delete(f"{url}/sandbox/requests", timeout=60)
