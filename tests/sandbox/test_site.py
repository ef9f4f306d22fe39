"""What a sandbox says when its settings are wrong, and what it says of a run."""

from pathlib import Path

import pytest

from sandbox.engine.api import EngineError, Result, Step
from sandbox.site import Site
from sandbox.summary import summary


def site(folder: Path, settings: str) -> Site:
    (folder / "Pulumi.sandbox.yaml").write_text(settings)
    return Site(folder, "sandbox", folder / "site")


def test_the_namespace_is_the_one_of_the_settings(tmp_path: Path) -> None:
    assert site(tmp_path, "config:\n  opentwins:namespace: mine\n").namespace == "mine"
    assert site(tmp_path, "").namespace == "opentwins"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("config:\n  opentwins:namespace: Open_Twins\n", "opentwins:namespace: Open_Twins must be a name"),
        ("config:\n  opentwins:twins: [a", "Pulumi.sandbox.yaml is not YAML"),
        ("- a list\n", "Pulumi.sandbox.yaml is not YAML with a key config"),
    ],
)
def test_settings_that_are_wrong_are_named_before_anything_is_started(
    tmp_path: Path, settings: str, told: str
) -> None:
    with pytest.raises(EngineError, match=told):
        site(tmp_path, settings).start(print)
    assert not (tmp_path / "site").exists()


def test_a_run_without_changes_says_so_unless_it_failed() -> None:
    same = Step("same", "pulumi-python:dynamic/opentwins:Twin", "a:b", "urn")
    assert list(summary(Result((same,), {}))) == ["no changes"]
    assert list(summary(Result((same,), {}, error="no"))) == []


def test_a_run_is_told_by_the_names_of_twins_and_the_number_of_objects() -> None:
    steps = (
        Step("update", "pulumi-python:dynamic/opentwins:Twin", "a:b", "urn1", ("things.a:b.attributes.x",)),
        Step("create", "pulumi-python:dynamic/opentwins:Inventory", "twins", "urn2"),
        Step("create", "kubernetes:core/v1:Secret", "one", "urn3"),
        Step("create", "kubernetes:core/v1:Secret", "two", "urn4"),
    )
    assert list(summary(Result(steps, {}))) == [
        "Kubernetes objects: 2 made",
        "twin a:b changed: things.a:b.attributes.x",
    ]
