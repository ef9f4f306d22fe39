"""Figure 9: a fleet on a real Ditto, against the bare client there; its figures stand apart from the others'."""

import shutil
import time
from statistics import median

from benchmarks import bare, fleets, servers, workplace
from benchmarks.figure import Figure
from benchmarks.setup import Setup

ROWS = 500  # a Ditto of one pod each makes some hundred things a second, and is soon full of them
WIDTHS = (16, 32, 64)


def figures(setup: Setup) -> list[Figure]:
    """Measure it where OPENTWINS_DITTO_URL names a Ditto whose user is that of `servers.LOGIN`."""
    url = servers.real_ditto()
    if url is None:
        setup.say("OPENTWINS_DITTO_URL names no Ditto")
        return []
    servers.prepare(url)
    _bare(url, "warm", 16)  # a cold JVM is slow, whoever asks
    width = max(WIDTHS, key=lambda each: _bare(url, f"width{each}", each))
    ratios, rates = [], []
    for number in range(setup.times):
        before, ours = _bare(url, f"bare{number}", width), _fleet(setup, url)
        ratios.append(ours / before)
        rates.append((before, ours))
        setup.say(f"a real Ditto: bare {before:.0f}/s ({width} at once), fleet {ours:.0f}/s")
    before, ours = (median(each) for each in zip(*rates, strict=True))
    note = f"{ROWS} twins a round; medians: bare client {before:.0f} a second ({width} at once), fleet {ours:.0f}"
    return [
        Figure(
            9,
            "a real Ditto: a fleet's `up`, beyond one without a change, against a bare client",
            ratios,
            0.9,
            True,
            [note],
        )
    ]


def _bare(url: str, name: str, width: int) -> float:
    bodies = [fleets.body(row) for row in range(ROWS)]
    run = f"{name}{time.time_ns()}"
    ready = bare.requests(url, servers.LOGIN, [(f"{id_}{run}", body) for id_, body in bodies])
    return bare.send(url, ready, width)


def _fleet(setup: Setup, url: str) -> float:
    """The twins made in a second of the program's whole run, less what a run without a change takes."""
    folder = setup.new("real")
    with servers.secrets(folder, workplace.secret_values()) as kubeconfig:
        place = workplace.make(folder, "things", "builtin", kubeconfig, **workplace.ditto_config(url))
        name = f"r{time.time_ns()}_"
        fleets.write(place.specs, 1, name=name)
        place.up()
        idle = place.preview()
        fleets.write(place.specs, ROWS + 1, name=name)
        took = place.up()
    shutil.rmtree(folder)
    return ROWS / (took - idle)
