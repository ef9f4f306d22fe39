"""What the pipelines promise, and that each of their commands does what it is there for."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from review.__main__ import arguments
from review.comment import MARKER
from review.plan import Change, Plan
from review.store import load, save
from review.touched import LOCAL, stacks_of
from sandbox.kubernetes.build import CACHE
from tests.review.checkout import ROOT, Checkout
from tests.review.forge import Forge, served
from tests.review.jobs import EXPRESSION, WORKFLOWS, Machine, action, gitlab, workflow

ACTIONLINT = "v1.7.7"
PULUMI = "./.github/actions/pulumi"
PROGRAM = "import pulumi\npulumi.ComponentResource('opentwins:Thing', 'a', {'n': 1})\n"
JOBS = [
    (name, job) for name in WORKFLOWS for job, found in workflow(name)["jobs"].items() if "steps" in found
]
SECRETS = {
    "vars.PULUMI_BACKEND_URL": "file:///state",
    "secrets.PULUMI_ACCESS_TOKEN": "",
    "secrets.PULUMI_CONFIG_PASSPHRASE": "phrase",
    "secrets.KUBECONFIG": "{apiVersion: v1}",
}


def steps(name: str, job: str) -> Iterator[dict[str, Any]]:
    for step in workflow(name)["jobs"][job]["steps"]:
        yield step
        if step.get("uses") == PULUMI:
            yield from action(PULUMI)["runs"]["steps"]


# What they promise


@pytest.fixture(scope="session")
def actionlint() -> Path:
    if not shutil.which("go"):
        pytest.skip("there is no Go to build actionlint with")
    folder = CACHE / f"actionlint-{ACTIONLINT}"
    if not (folder / "actionlint").exists():
        module = f"github.com/rhysd/actionlint/cmd/actionlint@{ACTIONLINT}"
        environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
        built = subprocess.run(
            ["go", "install", module], env=environment, capture_output=True, text=True, check=False
        )
        if built.returncode:
            pytest.skip(f"actionlint could not be built: {built.stderr.strip()[-200:]}")
    return folder / "actionlint"


def lint(actionlint: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    command = [str(actionlint), "-no-color", *map(str, files)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_workflows_pass_actionlint(actionlint: Path) -> None:
    found = lint(actionlint, *WORKFLOWS.values())
    assert (found.returncode, found.stdout) == (0, "")


def test_actionlint_would_find_a_mistake(actionlint: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS["up"].read_text().replace("matrix.stack", "matrix.stuck"))
    assert "stuck" in lint(actionlint, broken).stdout


def test_nobodys_code_runs_with_our_secrets() -> None:
    for name in WORKFLOWS:
        triggers = workflow(name)["on"]
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers), name
    assert list(workflow("preview")["on"]) == ["pull_request"]
    for name, job in JOBS:
        text = json.dumps(workflow(name)["jobs"][job])
        if name == "preview" and "secrets." in text:
            assert "needs.touched.outputs.trusted == 'true'" in workflow(name)["jobs"][job]["if"]
            assert "environment" in workflow(name)["jobs"][job]
    assert "secrets." not in json.dumps(workflow("preview")["jobs"]["offline"])
    assert "secrets" not in json.dumps(workflow("preview")["jobs"]["test"])


def test_only_the_job_that_comments_may_write_and_only_that() -> None:
    for name in WORKFLOWS:
        found = workflow(name)
        assert found["permissions"] in ({}, {"contents": "read"})
        for job, content in found["jobs"].items():
            expected = {"contents": "read"} | ({"pull-requests": "write"} if job == "comment" else {})
            assert content.get("permissions", found["permissions"]) == expected, (name, job)


def test_every_action_of_others_is_pinned_to_a_commit_that_its_version_is_told_of() -> None:
    for path in [*WORKFLOWS.values(), ROOT / PULUMI / "action.yml"]:
        for line in path.read_text().splitlines():
            if "uses:" in line and "./" not in line:
                assert re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_no_checkout_leaves_its_token_behind() -> None:
    for name, job in JOBS:
        for step in steps(name, job):
            if str(step.get("uses")).startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_no_script_holds_an_expression_that_somebody_else_fills_in() -> None:
    scripts = [step["run"] for name, job in JOBS for step in steps(name, job) if "run" in step]
    assert len(scripts) > 10
    assert not [script for script in scripts if EXPRESSION.search(script)]


def test_every_job_ends_sometime() -> None:
    assert not [(name, job) for name, job in JOBS if "timeout-minutes" not in workflow(name)["jobs"][job]]


def test_up_waits_for_the_tests_the_preview_and_an_approval_and_never_runs_twice_at_once() -> None:
    jobs = workflow("up")["jobs"]
    assert jobs["test"]["uses"] == "./.github/workflows/ci.yml"
    assert jobs["preview"]["needs"] == ["test", "touched"]
    assert "preview" in jobs["up"]["needs"]
    assert jobs["up"]["environment"] == "${{ matrix.stack }}"
    assert jobs["up"]["concurrency"] == {"group": "up-${{ matrix.stack }}", "cancel-in-progress": False}
    assert jobs["up"]["strategy"]["max-parallel"] == 1


def test_gitlab_knows_all_stacks_of_a_cluster() -> None:
    [matrix] = gitlab()[".stacks"]["parallel"]["matrix"]
    assert sorted(matrix["STACK"]) == sorted(stacks_of(ROOT).keys() - {LOCAL})


def test_gitlab_rolls_out_by_hand_one_at_a_time_what_passed_the_tests() -> None:
    up = gitlab()["up"]
    assert up["needs"] == ["test"]
    assert [rule["when"] for rule in up["rules"]] == ["manual"]
    assert (up["resource_group"], up["environment"]["name"]) == ("up-$STACK", "$STACK")


def test_the_commands_that_the_documentation_names_are_there() -> None:
    text = (ROOT / "docs" / "pull-requests.md").read_text()
    commands = re.findall(r"^\.venv/bin/python -m review (.*)$", text, re.MULTILINE)
    assert {shlex.split(command)[0] for command in commands} == {"touched", "preview", "offline", "comment"}
    for command in commands:
        arguments(shlex.split(command))


# What their commands do


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, PROGRAM)


@pytest.fixture
def machine(tmp_path: Path, checkout: Checkout) -> Machine:
    return Machine(checkout.folder, tmp_path / "machine")


def test_every_job_of_the_workflows_is_run_here() -> None:
    text = Path(__file__).read_text()
    for name, job in JOBS:
        assert f'github("{name}", "{job}")' in text, f"no test runs the commands of {name}.yml: {job}"
    for job, content in gitlab().items():
        if isinstance(content, dict) and "script" in content:
            assert f'gitlab("{job}", ' in text, f"no test runs the commands of GitLab's {job}"


def test_ci_is_what_runs_anywhere(machine: Machine) -> None:
    script = machine.checkout / ".ci" / "run"
    script.write_text(f"#!/bin/sh\necho ran >> {machine.folder}/calls\n")
    assert machine.github("ci", "test") == 0
    assert machine.calls == ["ran"]
    home = machine.folder / "home"
    (home / ".cache").mkdir(parents=True)
    assert machine.gitlab("test", {"HOME": str(home)}) == 0
    assert machine.calls[-1] == "ran"
    assert (home / ".cache" / "opentwins").resolve() == machine.checkout / ".cache" / "opentwins"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("twin_specs/new.yaml", '["dev", "staging"]'),
        ("Pulumi.staging.yaml", '["staging"]'),
        ("docs/ä b.md", "[]"),
    ],
)
def test_a_pull_request_previews_the_stacks_that_it_touches(
    machine: Machine, checkout: Checkout, file: str, expected: str
) -> None:
    (checkout.folder / file).parent.mkdir(exist_ok=True)
    (checkout.folder / file).write_text("# new\n")
    before = checkout.commit()
    machine.known = {"github.base_ref": "main"}
    assert machine.github("preview", "touched") == 0
    assert machine.outputs["stacks"] == expected
    machine.known = {"github.event.before": before}
    assert machine.github("up", "touched") == 0
    assert machine.outputs["stacks"] == expected


@pytest.mark.parametrize("before", ["", "0" * 40, "f" * 40])
def test_a_push_after_nothing_that_is_known_touches_all_stacks(machine: Machine, before: str) -> None:
    machine.known = {"github.event.before": before}
    assert machine.github("up", "touched") == 0
    assert machine.outputs["stacks"] == '["dev", "staging"]'


def test_a_preview_is_told_on_the_runs_page_and_kept_for_the_comment(machine: Machine) -> None:
    machine.known = SECRETS | {"matrix.stack": "dev"}
    kubeconfig = machine.folder / "temp" / "kubeconfig"
    called = f"pulumi preview --json --non-interactive --stack dev KUBECONFIG={kubeconfig}"
    assert machine.github("preview", "preview") == 0
    assert called in machine.calls
    assert "make install" in machine.calls
    assert "### `dev`: 1 policy is new" in machine.summary
    assert kubeconfig.read_text() == "{apiVersion: v1}\n"
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    assert len(load([machine.checkout / "plans" / "dev.json"])["dev"].twins) == 1
    assert machine.github("up", "preview") == 0
    assert machine.calls.count(called) == 2


def test_the_cli_is_the_one_that_the_program_was_written_for(machine: Machine) -> None:
    [version] = re.findall(r"^pulumi==([\d.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert (
        machine.run(f"uname() {{ echo x86_64; }}; export -f uname; .ci/pulumi {machine.folder}/cli", {}) == 0
    )
    assert machine.calls[-1].endswith(
        f"https://get.pulumi.com/releases/sdk/pulumi-v{version}-linux-x64.tar.gz"
    )
    assert (machine.folder / "cli" / "pulumi").exists()
    machine.stands_in("curl", "exit 22")
    assert machine.run(f".ci/pulumi {machine.folder}/other", {}) != 0
    assert machine.run("uname() { echo sparc; }; export -f uname; .ci/pulumi /nowhere", {}) == 1


def test_a_preview_that_fails_fails_the_job_and_is_told_all_the_same(machine: Machine) -> None:
    machine.pulumi("echo no passphrase >&2; exit 255")
    machine.known = SECRETS | {"matrix.stack": "dev"}
    assert machine.github("preview", "preview") == 1
    assert "### `dev`: the preview failed" in machine.summary
    assert load([machine.checkout / "plans" / "dev.json"])["dev"].problems


def test_up_brings_up_the_stack_that_was_approved(machine: Machine) -> None:
    machine.known = SECRETS | {"matrix.stack": "staging"}
    assert machine.github("up", "up") == 0
    kubeconfig = machine.folder / "temp" / "kubeconfig"
    assert machine.calls[-1] == f"pulumi up --yes --non-interactive --stack staging KUBECONFIG={kubeconfig}"


def test_a_fork_gets_a_preview_without_anything(machine: Machine, checkout: Checkout) -> None:
    checkout.edit("__main__.py", "'n': 1", "'n': 2")
    checkout.commit()
    machine.known = {"matrix.stack": "dev", "github.base_ref": "main"}
    assert machine.github("preview", "offline") == 0
    assert "1 resource changes" in machine.summary
    assert machine.calls == ["make install"]


@pytest.mark.parametrize("kind", ["github", "gitlab"])
@pytest.mark.parametrize("plans", [True, False])
def test_all_plans_become_one_comment(machine: Machine, kind: str, plans: bool) -> None:
    with served(Forge(kind)) as forge:
        forge.say(f"{MARKER}\nof an earlier push", forge.me)
        if plans:
            for stack in ("dev", "prod"):
                save(Plan(twins=(Change("change", "Twin", f"n:{stack}"),)), stack, machine.checkout / "plans")
        if kind == "github":
            machine.known = {"github.token": "of the job", "github.event.pull_request.number": "7"}
            machine.environment = {
                key: forge.environment[key] for key in ("GITHUB_API_URL", "GITHUB_REPOSITORY")
            }
            assert machine.github("preview", "comment") == 0
        else:
            assert machine.gitlab("comment", forge.environment) == 0
        [comment] = forge.comments
        told = (
            ["`dev`: 1 twin changes", "`prod`: 1 twin changes"]
            if plans
            else ["Nothing that a stack is made of"]
        )
        assert all(each in comment["body"] for each in told)


def test_gitlab_previews_and_rolls_out_the_stacks_that_a_change_touches(
    machine: Machine, checkout: Checkout
) -> None:
    (checkout.folder / "Pulumi.staging.yaml").write_text("config: {}\n")
    before = checkout.commit()
    request = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": before, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    push = {"CI_COMMIT_BEFORE_SHA": before, "CI_DEFAULT_BRANCH": "main"}
    assert machine.gitlab("preview", {**request, "STACK": "dev"}) == 0
    assert machine.gitlab("up", {**push, "STACK": "dev"}) == 0
    assert not [call for call in machine.calls if call.startswith("pulumi")]

    assert machine.gitlab("preview", {**request, "STACK": "staging"}) == 0
    assert "pulumi preview --json --non-interactive --stack staging KUBECONFIG=" in machine.calls
    assert load([machine.checkout / "plans" / "staging.json"])
    assert machine.gitlab("up", {**push, "STACK": "staging"}) == 0
    assert machine.calls[-1] == "pulumi up --yes --non-interactive --stack staging KUBECONFIG="


def test_gitlab_gives_a_fork_a_preview_without_anything(machine: Machine, checkout: Checkout) -> None:
    checkout.edit("__main__.py", "'n': 1", "'n': 2")
    before = checkout.commit()
    request = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": before, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
    assert machine.gitlab("offline", {**request, "STACK": "dev"}) == 0
    assert [change.name for change in load([machine.checkout / "plans" / "dev.json"])["dev"].engine] == ["a"]
