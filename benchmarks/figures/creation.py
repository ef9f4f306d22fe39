"""Figures 1 and 2: how fast a fleet is made, against the bare client and against the Extended API's way."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from benchmarks import bare, fleets, servers, workplace
from benchmarks.figure import Figure
from benchmarks.setup import Setup

SHORT = 4_000  # requests by which the best number at once is found
EXTENDED_API = Path(__file__).parents[1] / "programs" / "extended_api.mjs"
ONE_BY_ONE = 300  # twins that are made the Extended API's way

_WRK = """\
local number = 0
local id = 0
function setup(thread) thread:set("id", id); id = id + 1 end
function request()
  number = number + 1
  return wrk.format("PUT", "/api/2/things/city:wrk_" .. id .. "_" .. number, {headers}, '{body}')
end
"""


def figures(setup: Setup) -> list[Figure]:
    """Measure both; each round has a server of its own for each of the two."""
    width = best_width()
    setup.say(f"the bare client serves the stand-in best with {width} requests at once")
    ratios, rates, whole, against = [], [], [], []
    for _ in range(setup.times):
        bare_rate = _bare(setup.rows, width)
        ours, took = _fleet(setup)
        by_node, by_bare = _extended_api()
        one_by_one = by_node or by_bare
        ratios.append(ours / bare_rate)
        whole.append(setup.rows / took / bare_rate)
        against.append(ours / one_by_one)
        rates.append((bare_rate, ours, by_node, by_bare))
        setup.say(f"bare {bare_rate:.0f}/s, fleet {ours:.0f}/s, one after another {one_by_one:.0f}/s")
    bare_median, ours_median, node_median, slow_median = (median(each) for each in zip(*rates, strict=True))
    notes = [
        f"{setup.rows} twins, the built-in engine; medians: bare client {bare_median:.0f} a second ({width} at once),"
        f" fleet {ours_median:.0f} a second; wrk: {_wrk()}",
        f"with the program's start, the look at the table and the state's writing: {median(whole):.2f}",
    ]
    slow = (
        "count, GET, PUT and search for children, on one connection: "
        + (
            f"{node_median:.0f} twins a second by Node's client, which it has"
            if node_median
            else "there is no Node"
        )
        + f"; by the bare client, which does nothing with the answers, {slow_median:.0f} a second"
    )
    return [
        Figure(1, "creating a fleet: requests a second, against a bare client's", ratios, 0.9, True, notes),
        Figure(2, "creating a fleet, against the Extended API's way", against, 10, True, [slow]),
    ]


def best_width() -> int:
    """How many requests at once serve the server best."""
    return max(bare.WIDTHS, key=lambda width: _bare(SHORT, width))


def _bare(rows: int, width: int) -> float:
    with servers.stand_in() as url:
        servers.prepare(url)
        ready = bare.requests(url, servers.LOGIN, [fleets.body(row) for row in range(rows)])
        bare.send(url, ready, width)
        return servers.rate_at(url)


def _fleet(setup: Setup) -> tuple[float, float]:
    """Return the requests a second that the server saw, and the seconds of the whole run."""
    folder = setup.new("creation")
    with servers.stand_in() as url, servers.secrets(folder, workplace.secret_values()) as kubeconfig:
        place = workplace.make(folder, "things", "builtin", kubeconfig, **workplace.ditto_config(url))
        fleets.write(place.specs, setup.rows)
        took = place.up()
        rate = servers.rate_at(url)
    shutil.rmtree(folder)
    return rate, took


def _extended_api() -> tuple[float, float]:
    """Make twins as the Extended API makes each: by Node's client, which it has, and by the bare client.

    Returns the twins a second of both; 0 by Node where there is none.
    """
    return _one_by_one(_by_node) if shutil.which("node") else 0, _one_by_one(_by_bare)


def _one_by_one(make: Callable[[str], float]) -> float:
    with servers.stand_in() as url:
        servers.prepare(url)
        kind = json.dumps({"policyId": "city:policy", "attributes": {"_isType": True}})
        bare.send(url, [bare.put(url, servers.LOGIN, "/api/2/things/city:type", kind)], 1)
        return make(url)


def _by_node(url: str) -> float:
    twins = json.dumps([fleets.body(row) for row in range(ONE_BY_ONE)])
    command = ["node", str(EXTENDED_API), url, ":".join(servers.LOGIN), twins]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _by_bare(url: str) -> float:
    ready = [each for row in range(ONE_BY_ONE) for each in _of_one(url, row)]
    return bare.send(url, ready, 1) / len(_of_one(url, 0))


def _of_one(url: str, row: int) -> list[bytes]:
    """Return the requests by which the Extended API makes a twin of a type."""
    thing_id, body = fleets.body(row)
    count = urlencode({"filter": f'eq(thingId,"{thing_id}")'})
    kind = urlencode({"condition": "eq(attributes/_isType,true)"})
    children = urlencode({"filter": "exists(attributes/_parents/city:type)", "option": "size(200)"})
    return [
        bare.get(url, servers.LOGIN, f"/api/2/search/things/count?{count}"),
        bare.get(url, servers.LOGIN, f"/api/2/things/city:type?{kind}"),
        bare.put(url, servers.LOGIN, f"/api/2/things/{thing_id}", body),
        bare.get(url, servers.LOGIN, f"/api/2/search/things?{children}"),
    ]


def _wrk() -> str:
    """The rate of wrk, the C client, or why there is none."""
    if not shutil.which("wrk"):
        return "not on PATH"
    with servers.stand_in() as url:
        servers.prepare(url)
        authorization = bare.authorization(servers.LOGIN)
        headers = f'["Authorization"]="{authorization}", ["Content-Type"]="application/json"'
        script = _WRK.replace("{headers}", f"{{{headers}}}").replace("{body}", fleets.body(1)[1])
        path = Path(f"/tmp/opentwins-wrk-{urlsplit(url).port}.lua")
        path.write_text(script)
        try:
            done = subprocess.run(
                ["wrk", "-t1", "-c16", "-d5s", "-s", str(path), url],
                capture_output=True,
                text=True,
                check=True,
            )
        finally:
            path.unlink()
        found = re.search(r"Requests/sec:\s*([0-9.]+)", done.stdout)
        return f"{float(found[1]):.0f} a second" if found else "no rate"
