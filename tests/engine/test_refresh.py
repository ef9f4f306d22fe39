"""A refresh takes into the state what the provider finds."""

from sandbox.engine.builtin import Builtin
from tests.engine.toy import Toy, changed, fine, told


def test_what_is_as_it_was_is_no_change(toy: Toy, builtin: Builtin) -> None:
    toy.write('Thing("a", text="one")')
    fine(builtin.up())
    assert builtin.refresh().changes == ()


def test_what_was_changed_by_others_is_told_and_put_right_by_the_next_up(toy: Toy, builtin: Builtin) -> None:
    toy.write('Thing("a", text="one")\nThing("b", text="one")')
    fine(builtin.up())
    toy.calls()
    toy.world({"a": "edited"})
    found = builtin.refresh()
    assert told(found) == [("refresh", "a")]
    assert changed(found, "a") == ("text",)
    assert told(fine(builtin.up())) == [("update", "a")]
    assert toy.called() == ["update a"]


def test_what_is_gone_is_told_and_made_anew_by_the_next_up(toy: Toy, builtin: Builtin) -> None:
    toy.write('Thing("a")')
    fine(builtin.up())
    toy.world({"a": None})
    assert told(fine(builtin.refresh())) == [("delete", "a")]
    assert told(fine(builtin.up())) == [("create", "a")]


def test_the_outputs_of_the_stack_stay(toy: Toy, builtin: Builtin) -> None:
    toy.write('pulumi.export("size", Thing("a", text="one").size)')
    fine(builtin.up())
    assert builtin.refresh().outputs == {"size": 3}
