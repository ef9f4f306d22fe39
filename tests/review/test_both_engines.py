"""The same change gives the same comment, whichever engine previews it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from review import run
from review.comment import comment
from review.plan import read
from sandbox.engine.api import Result
from sandbox.engine.builtin import Builtin
from sandbox.engine.cli import PulumiCli
from sandbox.engine.preview_json import document
from tests.engine.toy import Toy, fine, quiet

needs_cli = pytest.mark.skipif(not shutil.which("pulumi"), reason="the Pulumi CLI is not on PATH")

# Resources of the program's own types, which need nothing to be there.
PROGRAM = """
import json
from pulumi.dynamic import Resource
from things import ThingProvider

def kind(name):
    class Made(Resource, module="opentwins", name=name):
        def __init__(self, resource, opts=None, **props):
            super().__init__(ThingProvider(), resource, {"name": resource, "text": "t", "key": "k", **props}, opts)
    return Made

Twin, Type, Connection, Credential = map(kind, ["Twin", "Type", "Connection", "Credential"])

class Platform(pulumi.ComponentResource):
    def __init__(self, replicas):
        super().__init__("opentwins:Platform", "platform", {"replicas": replicas})
        Credential("password", Options(parent=self), secret=pulumi.Output.secret("HUSH"), text=str(replicas))

Platform(REPLICAS)
def thing(**attributes):
    return json.dumps({"attributes": attributes, "features": {"f": {"properties": {"value": None}}}})
"""
BEFORE = """
Twin("n:a", things={"n:a": thing(at="here", n=1), "n:a:child": thing()}, text="1")
Twin("n:gone", things={"n:gone": thing()})
Type("n:type", document=thing(name="one"))
Connection("c", document=json.dumps({"uri": "tcp://${secret:username}@x"}), fingerprint="1", text="1")
Connection("d", key="k1")
"""
AFTER = """
Twin("n:a", things={"n:a": thing(at="there", n=1.5), "n:a:other": thing()}, text="2")
Twin("n:new", things={"n:new": thing()}, secret=pulumi.Output.secret("HUSH"))
Type("n:type", document=thing(name="one"))
Connection("c", document=json.dumps({"uri": "tcp://${secret:username}@y"}), fingerprint="2", text="2")
Connection("d", key="k2")
print("fleet n:f: adds 1 twin (n:f_1)")
"""


def asked(engine: PulumiCli, toy: Toy) -> str:
    """What `pulumi preview --json` itself prints, on the state of the engine."""
    with engine._ready():
        done = subprocess.run(
            ["pulumi", "preview", "--json", "--stack", toy.stack, "--config-file", str(engine._config)],
            cwd=toy.project,
            env=engine._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout


def told(result: Result) -> str:
    return comment({"dev": read(json.dumps(document(result)))})


def test_the_built_in_engine_tells_a_change_in_the_clis_shape(tmp_path: Path) -> None:
    toy = Toy(tmp_path)
    engine = Builtin(toy.workspace, quiet)
    toy.write(PROGRAM.replace("REPLICAS", "1") + BEFORE)
    fine(engine.up())
    toy.write(PROGRAM.replace("REPLICAS", "2") + AFTER)
    written = document(fine(engine.preview()))
    assert "HUSH" not in json.dumps(written)
    steps = {step["urn"].split("::", 3)[3]: step for step in written["steps"]}
    assert {name: step["op"] for name, step in steps.items()} == {
        "platform": "update", "password": "update", "n:a": "update", "n:gone": "delete", "n:new": "create",
        "c": "update", "d": "replace",
    }  # fmt: skip
    assert "newState" not in steps["n:gone"]
    assert "oldState" not in steps["n:new"]
    assert steps["d"]["oldState"]["inputs"]["key"] == "k1"
    assert steps["d"]["newState"]["inputs"]["key"] == "k2"
    assert steps["n:new"]["newState"]["inputs"]["secret"] == "[secret]"
    assert "HUSH" not in told(engine.preview())


@needs_cli
def test_both_engines_give_the_same_comment(tmp_path: Path) -> None:
    toys = [Toy(tmp_path / "one"), Toy(tmp_path / "two")]
    builtin, cli = Builtin(toys[0].workspace, quiet), PulumiCli(toys[1].workspace, quiet)
    for toy in toys:
        toy.write(PROGRAM.replace("REPLICAS", "1") + BEFORE)
    assert told(fine(builtin.preview())) == comment({"dev": read(asked(cli, toys[1]))})
    fine(builtin.up())
    fine(cli.up())
    for toy in toys:
        toy.write(PROGRAM.replace("REPLICAS", "2") + AFTER)
    expected = told(fine(builtin.preview()))
    assert "### `dev`: 1 twin and a connection change; 2 twins are new; " in expected
    assert comment({"dev": read(asked(cli, toys[1]))}) == expected
    assert told(fine(cli.preview())) == expected

    for toy in toys:
        toy.write(PROGRAM.replace("REPLICAS", "2") + 'Twin("n:a", things={}, text="")\n')
    expected = told(builtin.preview())
    assert "\ntwin n:a: text: must not be empty\n" in expected
    assert comment({"dev": read(asked(cli, toys[1]))}) == expected


@needs_cli
def test_the_command_previews_with_the_cli_and_keeps_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = Toy(tmp_path)
    toy.write(PROGRAM.replace("REPLICAS", "1") + BEFORE)
    (tmp_path / "backend").mkdir()
    monkeypatch.setenv("PULUMI_BACKEND_URL", (tmp_path / "backend").as_uri())
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    subprocess.run(["pulumi", "stack", "init", "dev"], cwd=toy.project, check=True, capture_output=True)
    plan = run.preview("dev", toy.project)
    assert plan.problems == ()
    assert "3 twins, 1 type and 2 connections are new" in comment({"dev": plan})
    assert run.preview("nowhere", toy.project).problems == (run.NOT_MADE,)


def test_without_a_cli_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(run.RunError, match="no `pulumi` on PATH"):
        run.preview("dev", tmp_path)


@pytest.mark.parametrize(
    ("printed", "code", "problems"),
    [("", 1, (run.NOT_MADE,)), ('{"steps": []}', 1, (run.NOT_MADE,)), ('{"steps": []}', 0, ())],
)
def test_a_preview_that_ends_badly_is_no_preview_without_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, code: int, problems: tuple[str, ...]
) -> None:
    stub = tmp_path / "pulumi"
    stub.write_text(f"#!/bin/sh\necho '{printed}'\nexit {code}\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert run.preview("dev", tmp_path).problems == problems
