"""What goes wrong is told, and everything that it does not concern goes on."""

from sandbox.engine.api import Engine
from sandbox.engine.builtin import Builtin
from tests.engine.toy import Toy, told


def test_the_message_of_a_provider_is_the_error_and_names_the_resource(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", text="fail")')
    error = engine.up().error
    assert error is not None
    assert error.startswith("pulumi-python:dynamic/toy:Thing a: ")
    assert "no room for it" in error


def test_dependents_are_left_alone_and_others_go_on(toy: Toy, engine: Engine) -> None:
    toy.write("""
        bad = Thing("bad", text="fail")
        Thing("after", Options(depends_on=[bad]))
        Thing("uses", text=bad.size.apply(str))
        Thing("other")
    """)
    result = engine.up()
    assert told(result) == [("create", "other")]
    assert sorted(toy.called()) == ["create bad", "create other"]
    assert result.error is not None
    assert result.error.count("Exception: no room for it") == 1


def test_a_run_that_failed_is_finished_by_the_next_one(toy: Toy, engine: Engine) -> None:
    toy.write('bad = Thing("bad", text="fail")\nThing("after", Options(depends_on=[bad]))\nThing("other")')
    engine.up()
    toy.calls()
    toy.write('bad = Thing("bad", text="fine")\nThing("after", Options(depends_on=[bad]))\nThing("other")')
    assert told(engine.up()) == [("create", "after"), ("create", "bad")]
    assert toy.called() == ["create bad", "create after"]


def test_a_failed_update_leaves_the_state_as_it_was(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", text="fine")')
    engine.up()
    toy.write('Thing("a", text="fail")')
    assert engine.up().error is not None
    toy.write('Thing("a", text="fine")')
    assert engine.up().changes == ()


def test_what_a_failed_resource_needs_is_not_deleted(toy: Toy, engine: Engine) -> None:
    toy.write('old = Thing("old")\nThing("user", Options(depends_on=[old]))\nThing("unused")')
    engine.up()
    toy.calls()
    toy.write('Thing("user", text="fail")')
    result = engine.up()
    assert told(result) == [("delete", "unused")]
    assert toy.called() == ["update user", "delete unused"]


def test_inputs_that_are_wrong_are_all_told_before_anything_is_done(toy: Toy, builtin: Builtin) -> None:
    toy.write('Thing("a", text="")\nThing("b", text="")\nThing("c")')
    error = builtin.preview().error
    assert error is not None
    assert error.count("text: must not be empty") == 2


def test_once_inputs_are_found_wrong_nothing_more_is_begun_or_deleted(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a")')
    engine.up()
    toy.calls()
    toy.write("""
        bad = Thing("bad", text="")
        bad.urn.apply(lambda urn: Thing("late"))
    """)
    result = engine.up()
    assert told(result) == []
    assert toy.called() == []


def test_a_mistake_of_the_program_is_told_without_a_traceback(toy: Toy, engine: Engine) -> None:
    toy.write('raise pulumi.RunError("toy:size: must be a number")')
    assert engine.preview().error == "toy:size: must be a number"


def test_a_bug_of_the_program_is_told_with_its_own_part_of_the_traceback(toy: Toy, engine: Engine) -> None:
    toy.write("def deep():\n    raise KeyError('lost')\n\ndeep()")
    error = engine.preview().error
    assert error is not None
    assert error.startswith("Program failed with an unhandled exception:\nTraceback")
    assert error.endswith("KeyError: 'lost'")
    assert str(toy.project / "__main__.py") in error
    assert "runpy" not in error


def test_after_a_program_failed_nothing_is_deleted(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a")\npulumi.export("x", 1)')
    engine.up()
    toy.calls()
    toy.write('raise pulumi.RunError("no")')
    result = engine.up()
    assert result.changes == ()
    assert result.outputs == {"x": 1}
    assert toy.called() == []


def test_an_error_in_what_follows_from_an_output_is_an_error_of_the_run(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a").size.apply(lambda size: 1 / 0)')
    error = engine.up().error
    assert error is not None
    assert "ZeroDivisionError" in error


def test_a_program_that_just_leaves_is_an_error(toy: Toy, builtin: Builtin) -> None:
    toy.write("import os\nos._exit(3)")
    assert builtin.up().error == "the program ended with an error"


def test_two_resources_with_one_name_are_an_error(toy: Toy, builtin: Builtin) -> None:
    toy.write('Thing("a")\nThing("a")')
    error = builtin.preview().error
    assert error is not None
    assert "two resources with the URN" in error


def test_what_this_engine_cannot_do_is_refused_by_name(toy: Toy, builtin: Builtin) -> None:
    toy.write("""
        class Bucket(pulumi.CustomResource):
            def __init__(self):
                super().__init__("aws:s3/bucket:Bucket", "bucket", {})
        Bucket()
    """)
    error = builtin.preview().error
    assert error is not None
    assert "resources of the package aws need the Pulumi CLI" in error


def test_a_project_whose_dynamic_provider_cannot_be_loaded_is_told_so(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a")')
    engine.up()
    toy.write('Thing("a", text="new")')
    things = toy.project / "things.py"
    things.write_text(
        things.read_text().replace("class ThingProvider", "import nowhere\nclass ThingProvider")
    )
    error = engine.up().error
    assert error is not None
    assert "No module named 'nowhere'" in error
