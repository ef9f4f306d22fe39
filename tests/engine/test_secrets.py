"""Secrets reach the providers, and nobody else."""

from pathlib import Path

from sandbox.engine.builtin import Builtin
from tests.engine.toy import Toy, changed, fine

PROGRAM = """
    a = Thing("a", secret=pulumi.Output.secret("hunter2"), text="plain")
    pulumi.export("secret", a.secret if hasattr(a, "secret") else pulumi.Output.secret("hunter2"))
    pulumi.export("nested", {"open": 1, "hidden": pulumi.Output.secret({"x": "hunter2"})})
"""


def test_a_provider_gets_the_secret_itself(toy: Toy, builtin: Builtin) -> None:
    toy.write(PROGRAM)
    fine(builtin.up())
    assert toy.calls()[0]["secret"] == "hunter2"


def test_what_is_shown_masks_it(toy: Toy, builtin: Builtin) -> None:
    toy.write(PROGRAM)
    result = builtin.up()
    assert result.outputs == {"secret": "[secret]", "nested": {"open": 1, "hidden": "[secret]"}}
    assert "hunter2" not in repr(result)


def test_outputs_of_the_same_name_are_secret_too(toy: Toy, builtin: Builtin) -> None:
    toy.write(PROGRAM)
    fine(builtin.up())
    [state] = [each for each in toy.resources(builtin) if each["urn"].endswith("::a")]
    assert state["inputs"]["secret"]["plaintext"] == '"hunter2"'
    assert state["outputs"]["secret"]["plaintext"] == '"hunter2"'
    assert state["outputs"]["text"] == "plain"


def test_the_program_can_make_more_outputs_secret(toy: Toy, builtin: Builtin) -> None:
    toy.write('a = Thing("a", Options(additional_secret_outputs=["size"]))\npulumi.export("size", a.size)')
    assert builtin.up().outputs == {"size": "[secret]"}
    assert builtin.up().outputs == {"size": "[secret]"}


def test_a_change_of_a_secret_is_an_update_that_does_not_say_more(toy: Toy, builtin: Builtin) -> None:
    toy.write(PROGRAM)
    fine(builtin.up())
    toy.write(PROGRAM.replace("hunter2", "hunter3").replace('"plain"', '"new"'))
    result = builtin.up()
    assert changed(result, "a") == ("text",)
    assert "hunter" not in repr(result)


def test_the_state_is_for_its_owner_alone(toy: Toy, builtin: Builtin) -> None:
    toy.write(PROGRAM)
    fine(builtin.up())
    found = [path for path in (toy.folder / "state").rglob("*") if "hunter2" in _text(path)]
    assert found
    assert all(path.stat().st_mode & 0o077 == 0 for path in found)


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ""
