"""A pull request from a fork: what it declares otherwise, told without cluster, state or secrets."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from review.__main__ import main
from review.between import between
from review.plan import PlanError, read
from review.run import NOT_MADE
from review.store import load
from sandbox import offline
from sandbox.engine.api import EngineError
from tests.review.checkout import Checkout
from tests.review.plans import cluster, document, preview, step, thing, twin

RASPBERRY = "twin_specs/raspberry/raspberry.yaml"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_two_previews_without_a_state_tell_a_change() -> None:
    same = step("create", cluster("core/v1:Secret"), "s", None, {"data": "[secret]"})
    before = preview(
        same,
        step("create", "Twin", "n:a", None, twin({"n:a": thing(a=1)})),
        step("create", "Policy", "gone", None, document({})),
    )
    after = preview(
        same,
        step("create", "Twin", "n:a", None, twin({"n:a": thing(a=2)})),
        step("create", "Policy", "fresh", None, document({})),
    )
    told = {(change.operation, change.name) for change in read(between(before, after)).twins}
    assert told == {("change", "n:a"), ("add", "fresh"), ("remove", "gone")}
    assert read(between(before, after)).platform == ()


def test_where_one_of_them_failed_only_that_is_told() -> None:
    some = step("create", "Policy", "p", None, document({}))
    plan = read(between(preview(some), preview(errors=("a.yaml:1: no",))))
    assert (plan.twins, plan.problems) == ((), ("a.yaml:1: no",))


@pytest.mark.parametrize("text", ["", "[]", '{"steps": [{"op": "delete", "urn": "u"}]}'])
def test_what_is_no_such_preview_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        between(preview(), text)


def test_the_real_program_tells_what_a_change_of_a_type_does(
    checkout: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    edited = next(
        path
        for path in (checkout.folder / "twin_specs").rglob("*.yaml")
        if "position: outdoors" in path.read_text()
    )
    checkout.edit(str(edited.relative_to(checkout.folder)), "position: outdoors", "position: in the shed")
    settings = yaml.safe_load((checkout.folder / "Pulumi.dev.yaml").read_text())
    settings["config"]["opentwins:secrets"] = {"broker": {"password": {"secure": "v1:AAAA:BBBB"}}}
    (checkout.folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump(settings))
    checkout.commit()

    into = checkout.folder / "plans"
    arguments = [
        "offline",
        "dev",
        "--since",
        "origin/main",
        "--project",
        str(checkout.folder),
        "--into",
        str(into),
    ]
    assert main(arguments) == 0
    out = capfd.readouterr().out
    assert "### `dev`: 1 twin changes\n" in out
    assert "Told against what `origin/main` declares" in out
    assert "  - `attributes/position`: `outdoors` → `in the shed`" in out
    plan = load([into / "dev.json"])["dev"]
    assert [change.name for change in plan.platform] == ["user-broker"]
    assert checkout.git("worktree", "list").count("\n") == 0


def test_a_spec_with_a_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text(
        f"name: p\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    )
    (project / "Pulumi.dev.yaml").write_text("config: {p:a: {secure: xyz}, p:list: [{secure: xyz}, 1]}\n")
    (project / "__main__.py").write_text(
        "import pulumi\nc = pulumi.Config()\n"
        'raise pulumi.RunError(f\'twins.yaml:3: {c.require("a")}, {c.require_object("list")}\')\n'
    )
    result = offline.preview(project, "dev", lambda _: None)
    assert result.error == "twins.yaml:3: not known here, ['not known here', 1]"
    with pytest.raises(EngineError, match="the stack prod has no settings"):
        offline.preview(project, "prod", lambda _: None)


def test_a_commit_that_git_does_not_know_is_an_error(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    into = checkout.folder / "plans"
    arguments = [
        "offline",
        "dev",
        "--since",
        "nowhere",
        "--project",
        str(checkout.folder),
        "--into",
        str(into),
    ]
    assert main(arguments) == 1
    assert "git worktree: " in capsys.readouterr().err
    assert not into.exists()


def test_a_stack_that_neither_side_has_changes_nothing(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    into = checkout.folder / "plans"
    arguments = ["offline", "new", "--since", "HEAD", "--project", str(checkout.folder), "--into", str(into)]
    assert main(arguments) == 0
    assert "`new`: nothing changes" in capsys.readouterr().out


def test_a_program_that_cannot_run_is_a_failed_preview(
    checkout: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    (checkout.folder / "Pulumi.yaml").write_text("name: opentwins\nruntime: go\n")
    into = checkout.folder / "plans"
    arguments = ["offline", "dev", "--since", "HEAD", "--project", str(checkout.folder), "--into", str(into)]
    (checkout.folder / "Pulumi.dev.yaml").unlink()
    checkout.git("rm", "--cached", "--quiet", "Pulumi.dev.yaml")
    checkout.commit()
    (checkout.folder / "Pulumi.dev.yaml").write_text("")
    assert main(arguments) == 1
    assert load([into / "dev.json"])["dev"].problems == (NOT_MADE,)


def test_the_sandbox_writes_what_the_cli_would_print(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text(
        f"name: p\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    )
    (project / "Pulumi.dev.yaml").write_text("")
    (project / "__main__.py").write_text("import pulumi\npulumi.log.warn('careful')\nprint('hello')\n")
    command = [sys.executable, "-m", "sandbox", "preview", "--offline", str(project), "--stack", "dev"]
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "p.json")], check=True, capture_output=True, text=True
    )
    written = json.loads((tmp_path / "p.json").read_text())
    assert "would be created" in done.stdout
    assert [said["severity"] for said in written["diagnostics"] if "careful" in said["message"]] == [
        "warning"
    ]
    assert [said["severity"] for said in written["diagnostics"] if "hello" in said["message"]] == ["info"]
    refused = subprocess.run(
        [sys.executable, "-m", "sandbox", "up", "--json", "x"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "go with preview" in refused.stderr
