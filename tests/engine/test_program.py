"""The built-in engine runs a program as the Pulumi CLI does (`test_both` runs one on each)."""

from pathlib import Path

import pytest

from sandbox.engine.api import EngineError
from sandbox.engine.builtin import Builtin
from tests.engine.toy import Toy, changed, fine, quiet, told

TWO = """
    a = Thing("a", text="one")
    b = Thing("b", text=a.size.apply(lambda size: f"{size} long"))
    pulumi.export("size", b.size)
"""


def test_a_first_up_creates_what_is_declared_in_the_order_of_its_dependencies(
    toy: Toy, builtin: Builtin
) -> None:
    toy.write(TWO)
    result = builtin.up()
    assert result.error is None
    assert told(result) == [("create", "a"), ("create", "b")]
    assert [(call["name"], call["text"]) for call in toy.calls()] == [("a", "one"), ("b", "3 long")]
    assert result.outputs == {"size": 6}


def test_a_second_up_changes_nothing_and_asks_the_provider_for_nothing(toy: Toy, builtin: Builtin) -> None:
    toy.write(TWO)
    fine(builtin.up())
    toy.calls()
    again = builtin.up()
    assert again.changes == ()
    assert {step.op for step in again.steps} == {"same"}
    assert again.outputs == {"size": 6}
    assert toy.called() == []


def test_a_preview_tells_the_same_steps_and_touches_nothing(toy: Toy, builtin: Builtin) -> None:
    toy.write(TWO)
    planned = builtin.preview()
    assert toy.called() == []
    assert planned.outputs == {"size": "[unknown]"}
    done = builtin.up()
    assert planned.changes == done.changes


def test_a_preview_of_a_change_tells_what_follows_from_it_without_knowing_its_value(
    toy: Toy, builtin: Builtin
) -> None:
    toy.write(TWO)
    fine(builtin.up())
    toy.calls()
    toy.write(TWO.replace('"one"', '"another"'))
    planned = builtin.preview()
    assert told(planned) == [("update", "a"), ("update", "b")]
    assert changed(planned, "a") == ("text",)
    assert changed(planned, "b") == ("text",)
    assert toy.called() == []


def test_an_update_changes_just_what_differs(toy: Toy, builtin: Builtin) -> None:
    toy.write('Thing("a", text="one")\nThing("b", text="same")')
    fine(builtin.up())
    toy.calls()
    toy.write('Thing("a", text="two")\nThing("b", text="same")')
    assert told(fine(builtin.up())) == [("update", "a")]
    assert toy.called() == ["update a"]


def test_a_json_text_is_compared_leaf_by_leaf(toy: Toy, builtin: Builtin) -> None:
    toy.write("""Thing("a", text='{"v": 1, "deep": {"x": [1, 2], "y": null}}')""")
    fine(builtin.up())
    toy.write("""Thing("a", text='{"deep": {"y": null, "x": [1, 3]}, "v": 1, "new.one": {}}')""")
    assert changed(builtin.preview(), "a") == ("text.deep.x[1]", 'text["new.one"]')


def test_what_the_program_no_longer_has_is_deleted_last_and_in_reverse_order(
    toy: Toy, builtin: Builtin
) -> None:
    toy.write("""
        a = Thing("a")
        b = Thing("b", Options(depends_on=[a]))
        c = Thing("c", Options(depends_on=[b]))
    """)
    fine(builtin.up())
    toy.calls()
    toy.write('Thing("d")')
    result = builtin.up()
    assert toy.called() == ["create d", "delete c", "delete b", "delete a"]
    assert told(result) == [("create", "d"), ("delete", "a"), ("delete", "b"), ("delete", "c")]


def test_destroy_leaves_nothing(toy: Toy, builtin: Builtin) -> None:
    toy.write(TWO)
    fine(builtin.up())
    toy.calls()
    gone = builtin.destroy()
    assert toy.called() == ["delete b", "delete a"]
    assert ("delete", "a") in told(gone)
    assert gone.outputs == {}
    assert told(fine(builtin.preview())) == [("create", "a"), ("create", "b")]


def test_independent_resources_are_made_at_the_same_time(toy: Toy, builtin: Builtin) -> None:
    toy.write("""
        for number in range(4):
            Thing(f"t{number}", together=4)
    """)
    result = builtin.up()
    assert result.error is None
    assert len(told(result)) == 4


def test_components_have_their_children_below_them_and_take_part_in_dependencies(
    toy: Toy, builtin: Builtin
) -> None:
    toy.write("""
        class Pair(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("toy:Pair", name)
                self.one = Thing(f"{name}-one", Options(parent=self))
                self.two = Thing(f"{name}-two", Options(parent=self))
                self.register_outputs({"one": self.one.size})

        pair = Pair("pair")
        Thing("after", Options(depends_on=[pair]))
    """)
    result = builtin.up()
    urns = {step.name: step.urn for step in result.steps}
    assert urns["pair-one"] == "urn:pulumi:dev::toy::toy:Pair$pulumi-python:dynamic/toy:Thing::pair-one"
    assert toy.called()[-1] == "create after"
    assert builtin.up().changes == ()


def test_the_program_finds_its_config_its_stack_and_its_folder(toy: Toy, builtin: Builtin) -> None:
    toy.configure({"greeting": "good day", "size": 3, "list": ["a", 1], "on": True})
    toy.write("""
        import os
        config = pulumi.Config()
        Thing("a")
        pulumi.export("seen", {
            "greeting": config.require("greeting"), "size": config.require_int("size"),
            "list": config.require_object("list"), "on": config.require_bool("on"),
            "stack": pulumi.get_stack(), "project": pulumi.get_project(), "here": os.path.exists("things.py"),
        })
    """)
    result = builtin.up()
    assert result.outputs["seen"] == {
        "greeting": "good day",
        "size": 3,
        "list": ["a", 1],
        "on": True,
        "stack": "dev",
        "project": "toy",
        "here": True,
    }
    assert toy.calls()[0]["greeting"] == "good day"


def test_what_program_and_provider_print_is_passed_on(toy: Toy, builtin: Builtin) -> None:
    toy.write('print("printed")\npulumi.info("told")\npulumi.warn("beware")\nThing("a")')
    assert set(builtin.preview().messages) >= {"printed", "told", "warning: beware"}


def test_the_environment_of_the_workspace_reaches_the_program(tmp_path: Path) -> None:
    toy = Toy(tmp_path, environment={"TOY_COLOUR": "blue"})
    toy.write('import os\npulumi.export("colour", os.environ["TOY_COLOUR"])')
    assert Builtin(toy.workspace, quiet).preview().outputs == {"colour": "blue"}


def test_each_run_has_a_fresh_interpreter(toy: Toy, builtin: Builtin) -> None:
    toy.write(
        "import things\npulumi.export('seen', getattr(things, 'seen', 'nothing'))\nthings.seen = 'before'"
    )
    assert builtin.up().outputs == {"seen": "nothing"}
    assert builtin.up().outputs == {"seen": "nothing"}


def test_without_a_project_there_is_nothing_to_run(toy: Toy) -> None:
    (toy.project / "Pulumi.yaml").unlink()
    with pytest.raises(EngineError, match=r"Pulumi\.yaml is not there"):
        Builtin(toy.workspace, quiet)


def test_config_where_it_would_not_be_read_is_refused(toy: Toy, builtin: Builtin) -> None:
    with (toy.project / "Pulumi.yaml").open("a") as file:
        file.write("config:\n  size: 3\n")
    toy.write('Thing("a")')
    with pytest.raises(EngineError, match=r"Pulumi\.yaml: the built-in engine knows no config there"):
        builtin.preview()


def test_an_encrypted_setting_is_refused_by_its_name(toy: Toy, builtin: Builtin) -> None:
    toy.configure({"password": {"secure": "v1:abc"}})
    toy.write('Thing("a")')
    with pytest.raises(EngineError, match="toy:password is encrypted, and only the Pulumi CLI"):
        builtin.up()
