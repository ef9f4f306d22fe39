"""A refresh takes into the state what the provider finds."""

from sandbox.engine.api import Engine
from tests.engine.toy import Toy, changed, fine, told


def test_what_is_as_it_was_is_no_change(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", text="one")')
    fine(engine.up())
    assert engine.refresh().changes == ()


def test_what_was_changed_by_others_is_told_and_put_right_by_the_next_up(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", text="one")\nThing("b", text="one")')
    fine(engine.up())
    toy.calls()
    toy.world({"a": "edited"})
    found = engine.refresh()
    assert told(found) == [("refresh", "a")]
    assert changed(found, "a") == ("text",)
    assert told(fine(engine.up())) == [("update", "a")]
    assert toy.called() == ["update a"]


def test_what_is_gone_is_told_and_made_anew_by_the_next_up(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a")')
    fine(engine.up())
    toy.world({"a": None})
    assert told(fine(engine.refresh())) == [("delete", "a")]
    assert told(fine(engine.up())) == [("create", "a")]


def test_the_outputs_of_the_stack_stay(toy: Toy, engine: Engine) -> None:
    toy.write('pulumi.export("size", Thing("a", text="one").size)')
    fine(engine.up())
    assert engine.refresh().outputs == {"size": 3}
