"""What is wrong is said before anything is made, whole, in words, on each engine; and nothing is written."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from sandbox.engine.api import Result
from sandbox.engine.choose import Choice, choose
from sandbox.site import Site
from tests.scenarios.stack import kind, project

TWIN = "apiVersion: opentwins/v1\nkind: Twin\nid: {}\npolicy: example:raspberry_policy\n"
ENGINES: list[object] = [
    "builtin",
    pytest.param(
        "pulumi", marks=pytest.mark.skipif(not shutil.which("pulumi"), reason="the Pulumi CLI is not on PATH")
    ),
]
Run = Callable[[dict[str, str], dict[str, object]], Result]


@pytest.fixture(params=ENGINES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Brings up the shipped example with more specs and settings, where there is no cluster at all."""
    wanted: Choice = request.param

    def up(specs: dict[str, str], settings: dict[str, object]) -> Result:
        folder = project(tmp_path / "project")
        for name, text in specs.items():
            (folder / "twin_specs" / name).write_text(text)
        site = Site(folder, "sandbox", tmp_path / "site")
        config = yaml.safe_load(site.config.read_text())
        config["config"] |= settings
        site.config.write_text(yaml.safe_dump(config))
        nowhere = tmp_path / "kubeconfig"
        nowhere.write_text(_kubeconfig("https://127.0.0.1:9"))
        workspace = site.workspace(nowhere)
        return choose(wanted, workspace, lambda line: None).up()

    return up


def made(result: Result) -> list[str]:
    """The resources that were made, but for the stack itself."""
    return [f"{kind(step)} {step.name}" for step in result.steps if kind(step) != "Stack"]


def test_mistakes_in_specs_are_told_all_at_once_and_nothing_is_made(run: Run) -> None:
    result = run(
        {
            "unknown.yaml": TWIN.format("example:a") + "colour: red\n",
            "illegal.yaml": TWIN.format("no_namespace"),
            "syntax.yaml": "apiVersion: [\n",
            "empty.yaml": "",
        },
        {},
    )
    assert result.error is not None
    for line in (
        "twin_specs/unknown.yaml:5: colour:",
        "twin_specs/illegal.yaml:3: id:",
        "twin_specs/syntax.yaml:",
        "twin_specs/empty.yaml:",
    ):
        assert line in result.error
    assert "Traceback" not in result.error
    assert made(result) == []


def test_specs_that_do_not_fit_together_are_told_all_at_once(run: Run) -> None:
    result = run(
        {
            "missing.yaml": TWIN.format("example:b") + "type: example:nothing\n",
            "twice.yaml": TWIN.format("example:raspberry"),
        },
        {},
    )
    assert result.error is not None
    assert "twin_specs/missing.yaml:5: type:" in result.error
    assert "declared at twin_specs/twice.yaml:3 already" in result.error
    assert made(result) == []


def test_mistakes_in_settings_are_told_all_at_once_and_nothing_is_made(run: Run) -> None:
    result = run({}, {"opentwins:ditto": {"replicas": 0, "colour": "red"}, "opentwins:grafanna": {"port": 1}})
    assert result.error is not None
    for line in ("opentwins:ditto.replicas:", "opentwins:ditto.colour:", "opentwins:grafanna:"):
        assert line in result.error
    assert "Traceback" not in result.error
    assert made(result) == []


def test_a_secret_that_is_not_set_is_named_with_its_connection(run: Run) -> None:
    result = run(
        {
            "connection.yaml": "apiVersion: opentwins/v1\nkind: Connection\nid: out\ntype: mqtt\n"
            "uri: ssl://broker.example.org:8883\nsecret: nowhere\nsources:\n  - addresses: [a]\n"
        },
        {},
    )
    assert result.error is not None
    assert "twin_specs/connection.yaml:6: secret:" in result.error
    assert "opentwins:secrets" in result.error
    assert made(result) == []


def test_a_cluster_that_cannot_be_reached_is_one_clear_error(run: Run) -> None:
    result = run({}, {})
    assert result.error is not None
    assert "127.0.0.1:9" in result.error
    assert "Traceback" not in result.error
    assert not [one for one in made(result) if one.startswith(("Deployment", "Policy", "Twin"))]


def _kubeconfig(server: str) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "nowhere",
            "contexts": [{"name": "nowhere", "context": {"cluster": "nowhere", "user": "nobody"}}],
            "clusters": [{"name": "nowhere", "cluster": {"server": server}}],
            "users": [{"name": "nobody", "user": {"token": "none"}}],
        }
    )
