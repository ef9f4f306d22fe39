"""A resource that cannot be changed in place is made anew, and what depends on it follows."""

from sandbox.engine.api import Engine
from tests.engine.toy import Toy, changed, fine, told


def test_the_new_one_is_made_before_the_old_one_is_deleted(toy: Toy, engine: Engine) -> None:
    toy.write("""
        a = Thing("a", key="k1")
        Thing("b", text=a.id)
    """)
    fine(engine.up())
    toy.calls()
    toy.write("""
        a = Thing("a", key="k2")
        Thing("b", text=a.id)
    """)
    planned = engine.preview()
    assert told(planned) == [("replace", "a"), ("update", "b")]
    assert changed(planned, "a") == ("key",)
    done = engine.up()
    assert done.changes == planned.changes
    assert toy.called() == ["create a", "update b", "delete a"]
    assert engine.up().changes == ()


def test_where_both_would_clash_the_old_one_goes_first(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", key="k1", clash="yes")')
    fine(engine.up())
    toy.calls()
    toy.write('Thing("a", key="k2", clash="yes")')
    assert told(fine(engine.up())) == [("replace", "a")]
    assert [(each["call"], each.get("key")) for each in toy.calls()] == [("delete", "k1"), ("create", None)]


def test_the_program_can_say_which_goes_first(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", key="k1", clash="yes")\nThing("b", key="k1")')
    fine(engine.up())
    toy.calls()
    toy.write("""
        Thing("a", Options(delete_before_replace=False), key="k2", clash="yes")
    """)
    fine(engine.up())
    assert toy.called()[0] == "create a"
    toy.write("""
        Thing("a", Options(delete_before_replace=True), key="k3")
    """)
    fine(engine.up())
    assert toy.called() == ["delete a", "create a"]


def test_what_cannot_be_without_it_is_deleted_before_it_and_made_after_it(toy: Toy, engine: Engine) -> None:
    program = """
        a = Thing("a", key="K", clash="yes")
        b = Thing("b", key=a.id)
        Thing("c", text=a.id)
    """
    toy.write(program.replace("K", "k1"))
    fine(engine.up())
    toy.calls()
    toy.write(program.replace("K", "k2"))
    planned = engine.preview()
    done = engine.up()
    assert sorted(calls := toy.called()) == ["create a", "create b", "delete a", "delete b", "update c"]
    assert calls[:3] == ["delete b", "delete a", "create a"]
    assert told(done) == [("replace", "a"), ("replace", "b"), ("update", "c")]
    assert told(planned) == told(done)
    assert engine.up().changes == ()


def test_one_that_is_protected_is_not_replaced(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", Options(protect=True), key="k1")')
    fine(engine.up())
    toy.calls()
    toy.write('Thing("a", Options(protect=True), key="k2")')
    result = engine.up()
    assert result.error is not None
    assert "protect" in result.error
    assert toy.called() == []


def test_a_replacement_that_was_cut_off_after_the_deletion_is_finished_by_the_next_run(
    toy: Toy, engine: Engine
) -> None:
    toy.write('Thing("a", key="k1", clash="yes")')
    fine(engine.up())
    toy.calls()
    toy.write('Thing("a", key="k2", clash="yes", text="fail")')
    assert engine.up().error is not None
    assert toy.called() == ["delete a", "create a"]
    toy.write('Thing("a", key="k2", clash="yes", text="fine")')
    assert told(fine(engine.up())) == [("replace", "a")]
    assert toy.called() == ["create a"]


def test_an_old_one_that_does_not_go_is_tried_again_by_the_next_run(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", key="k1", text="stuck")')
    fine(engine.up())
    toy.write('Thing("a", key="k2")')
    failed = engine.up()
    assert failed.error is not None
    assert "it does not go" in failed.error
    toy.calls()
    things = toy.project / "things.py"
    things.write_text(things.read_text().replace('"stuck"', '"unstuck"'))
    assert engine.up().error is None
    assert [(each["call"], each.get("key")) for each in toy.calls()] == [("delete", "k1")]
