"""What a reviewer is told of a change of the real program: the same on each engine, and in the CLI's own words."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from review.comment import comment
from review.plan import read
from sandbox.engine.cli import PulumiCli
from sandbox.engine.preview_json import document
from tests.scenarios.stack import Stack

EXPECTED = Path(__file__).with_name("review.md")


@pytest.fixture(scope="module")
def changed(stack: Stack) -> Stack:
    """A stack that is up, and of which much was changed since."""
    stack.write("rows.csv", "name,place\na,north\nb,south\nc,west\n")
    stack.write(
        "pots.yaml",
        "apiVersion: opentwins/v1\nkind: Fleet\nid: pots\npolicy: example:raspberry_policy\nrows: {csv: rows.csv}\n"
        "twin: {id: 'example:pot_{name}', attributes: {place: '{place}'}}\n"
        "---\napiVersion: opentwins/v1\nkind: Twin\nid: example:shed\npolicy: example:raspberry_policy\n",
    )
    stack.set("rotation", {"mosquitto-ditto": 1})
    stack.up()
    stack.write("rows.csv", "name,place\na,north\nb,east\nd,west\n")
    stack.edit("position: outdoors", "position: in the shed")
    stack.edit("id: example:shed", "id: example:barn")
    stack.set("rotation", {"mosquitto-ditto": 2})
    stack.set("images", {"mosquitto": "eclipse-mosquitto:2.0.22"})
    return stack


def test_a_preview_reads_the_same_on_each_engine(changed: Stack) -> None:
    result = changed.preview()
    assert comment({"sandbox": read(json.dumps(document(result)))}) == EXPECTED.read_text(encoding="utf-8")


def test_and_in_what_the_cli_itself_prints(changed: Stack) -> None:
    if not isinstance(changed.engine, PulumiCli):
        pytest.skip("this engine is not the CLI")
    engine = changed.engine
    with engine._ready():
        command = ["pulumi", "preview", "--json", "--non-interactive", "--stack", changed.site.stack]
        done = subprocess.run(
            [*command, "--config-file", str(engine._config)],
            cwd=changed.site.project,
            env=os.environ | engine._environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    assert comment({"sandbox": read(done.stdout)}) == EXPECTED.read_text(encoding="utf-8")


def test_no_secret_of_the_stack_is_in_it(changed: Stack) -> None:
    text = json.dumps(document(changed.preview()))
    for name in ("ditto-api", "mosquitto-ditto", "grafana-admin"):
        for key, value in changed.secret(name).items():
            assert key == "username" or not re.search(re.escape(value), text)
