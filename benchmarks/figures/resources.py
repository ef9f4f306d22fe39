"""Figure 8: a thousand separate twins, against a thousand dynamic resources that do nothing."""

import shutil
from statistics import median

from benchmarks import servers, workplace
from benchmarks.figure import Figure
from benchmarks.fleets import SPEC
from benchmarks.setup import Setup
from sandbox.engine.choose import Choice

COUNT = 1_000
TWIN = """\
---
apiVersion: opentwins/v1
kind: Twin
id: city:twin_{number}
policy: city:policy
attributes: {{street: Street {number}, height: 4}}
features: {{light: {{properties: {{on: false}}}}}}
"""


def figures(setup: Setup) -> list[Figure]:
    """Measure it on each engine."""
    return [_on(engine, setup) for engine in setup.engines]


def _on(engine: Choice, setup: Setup) -> Figure:
    folder = setup.new("resources")
    with servers.stand_in() as url, servers.secrets(folder, workplace.secret_values()) as kubeconfig:
        bare = workplace.make(folder, "bare", engine, count=COUNT)
        place = workplace.make(folder, "things", engine, kubeconfig, **workplace.ditto_config(url))
        policy = SPEC.partition("---\n")[0]
        twins = "".join(TWIN.format(number=number) for number in range(COUNT))
        (place.specs / "twins.yaml").write_text(policy + twins)
        bare.up()
        place.up()
        rounds = [(bare.preview(), place.preview()) for _ in range(setup.times)]
    shutil.rmtree(folder)
    before, ours = (median(each) for each in zip(*rounds, strict=True))
    note = f"medians: bare resources {before:.2f} s, twins {ours:.2f} s"
    setup.say(f"{engine}: {note}")
    ratios = [twin / other for other, twin in rounds]
    name = f"no-op preview of {COUNT} twins, against {COUNT} bare dynamic resources ({engine})"
    return Figure(8, name, ratios, 1.5, notes=[note])
