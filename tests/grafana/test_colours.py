"""The colours that specs may name are those that the pinned Grafana knows, by its own function."""

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from sandbox.kubernetes.build import CACHE
from sandbox.kubernetes.files import exclusive
from tests.grafana.test_schema import VERSION
from twins.colours import NAMES

# The package asks for others, of which none has to do with colours: something stands in for each.
ASK = """
const Module = require("module"), load = Module._load;
const anything = new Proxy(() => {}, { get: (_, key) => key === Symbol.toPrimitive ? () => "" : anything,
                                       apply: () => anything });
Module._load = (name, ...rest) => name === process.argv[1] ? load.call(Module, name, ...rest) : anything;
const { createVisualizationColors } = require(process.argv[1]);
const theme = { mode: "dark", background: { primary: "#111111" }, text: { primary: "#eeeeee" } };
const { getColorByName } = createVisualizationColors(theme);
const known = JSON.parse(process.argv[2]).filter((name) => getColorByName(name) !== name);
process.stdout.write(JSON.stringify(known));
"""


@pytest.fixture(scope="session")
def colours() -> Path:
    """The file of Grafana's that knows colours, fetched once."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("needs node and npm, to fetch the package @grafana/data and to run it")
    file = CACHE / f"grafana-colours-{VERSION}.cjs"
    with exclusive(CACHE / "grafana-colours.lock"):
        if not file.exists():
            command = [
                "npm",
                "pack",
                f"@grafana/data@{VERSION}",
                "--pack-destination",
                str(CACHE),
                "--silent",
            ]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            if done.returncode:
                pytest.skip(f"npm could not fetch @grafana/data: {done.stderr[-300:]}")
            package = CACHE / done.stdout.strip().splitlines()[-1]
            with tarfile.open(package) as content:
                member = content.extractfile("package/dist/cjs/themes/createVisualizationColors.cjs")
                assert member
                file.write_bytes(member.read())
            package.unlink()
    return file


def known(colours: Path, names: list[str]) -> set[str]:
    """Those of the names that Grafana makes a colour of."""
    command = ["node", "-e", ASK, str(colours), json.dumps(names)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


def test_specs_may_name_just_what_grafana_knows(colours: Path) -> None:
    words = {*re.findall(r"[a-z]+(?:-[a-z]+)*", colours.read_text())}

    assert {"grey", "indianred", "dark-teal", "nonsense"} & NAMES == set()
    assert known(colours, sorted(words | NAMES)) == NAMES
