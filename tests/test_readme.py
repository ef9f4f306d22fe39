"""What the README says is so: its examples load, its commands are run."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from components.settings import load as load_settings
from twins.compose import Owner, twin_documents
from twins.load import load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
SPECS = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
EXAMPLE = "pulumi config set -s dev"


def test_the_examples_of_specs_are_one_garden(tmp_path: Path) -> None:
    for number, text in enumerate(SPECS):
        (tmp_path / f"{number}.yaml").write_text(text)
    specs = load(tmp_path)
    assert {
        kind for kind in ("policies", "types", "twins", "connections", "dashboards") if getattr(specs, kind)
    } == {
        "policies",
        "types",
        "twins",
        "connections",
        "dashboards",
    }
    north = twin_documents("garden:north", specs, Owner("opentwins/test", "nginx:ditto"))
    assert list(north) == ["garden:north", *(f"garden:north:probe_{n}" for n in (1, 2, 3))]
    assert north["garden:north:probe_1"]["attributes"]["depth"] == 10


def test_a_stack_whose_settings_are_the_examples_is_one_that_goes_together() -> None:
    """What `pulumi config set --path` writes, with the settings of the stack that the examples are for."""
    config = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
    examples = [shlex.split(command) for command in COMMANDS if command.startswith(EXAMPLE)]
    assert len(examples) > 2
    for words in examples:
        rest = [word for word in words[EXAMPLE.count(" ") + 1 :] if not word.startswith("--")]
        key, value = [*rest, "asked for"][:2]
        top, *path = key.replace("[0]", ".0").split(".")
        place = config.setdefault(top, {})
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = value
    clients = config["opentwins:mosquitto"]["clients"]
    clients["namespaces"] = list(clients["namespaces"].values())

    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    assert load_settings(texts, "dev").ditto.external


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make ")])
def test_every_make_command_is_run_by_ci(command: str) -> None:
    # `make install` is what every other target begins with.
    assert (
        re.search(rf"^\s*{command}\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
        or command == "make install"
    )


def test_every_other_command_is_one_of_pulumi_which_a_scenario_runs() -> None:
    assert {command.split()[0] for command in COMMANDS} == {"make", "pulumi"}


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!https?:)[^)#]+)", README))))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
