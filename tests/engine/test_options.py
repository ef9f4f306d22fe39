"""The options of resources mean what they mean to Pulumi."""

from sandbox.engine.api import Engine
from sandbox.engine.builtin import Builtin
from tests.engine.toy import Toy, fine, told


def test_protect_keeps_a_resource_from_being_deleted(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", Options(protect=True))\nThing("b")')
    fine(engine.up())
    toy.calls()
    toy.write("")
    result = engine.up()
    assert told(result) == [("delete", "b")]
    assert result.error is not None
    assert "Thing a: " in result.error
    assert "protected" in result.error
    assert engine.destroy().error is not None
    assert toy.called() == ["delete b"]


def test_once_it_is_taken_off_it_can_be_deleted(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", Options(protect=True))')
    fine(engine.up())
    toy.write('Thing("a")')
    assert told(fine(engine.up())) == []
    toy.write("")
    assert told(fine(engine.up())) == [("delete", "a")]


def test_children_inherit_protection(toy: Toy, engine: Engine) -> None:
    toy.write("""
        parent = pulumi.ComponentResource("toy:Group", "group", None, Options(protect=True))
        Thing("a", Options(parent=parent))
    """)
    fine(engine.up())
    error = engine.destroy().error
    assert error is not None
    assert "Thing a: " in error
    assert "protected" in error


def test_ignored_changes_are_no_changes(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", text="one")')
    fine(engine.up())
    toy.write('Thing("a", Options(ignore_changes=["text"]), text="two")')
    assert told(fine(engine.up())) == []
    toy.write('Thing("a", text="one")')
    assert told(fine(engine.up())) == []


def test_what_is_to_be_retained_is_only_forgotten(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", Options(retain_on_delete=True))')
    fine(engine.up())
    toy.calls()
    toy.write("")
    assert told(fine(engine.up())) == [("delete", "a")]
    assert toy.called() == []


def test_what_goes_with_another_resource_is_not_deleted_itself(toy: Toy, engine: Engine) -> None:
    toy.write('a = Thing("a")\nThing("b", Options(deleted_with=a))')
    fine(engine.up())
    toy.calls()
    assert {name for _, name in told(fine(engine.destroy()))} == {"a", "b"}
    assert toy.called() == ["delete a"]


def test_a_new_name_with_an_alias_is_the_same_resource(toy: Toy, engine: Engine) -> None:
    toy.write('a = Thing("old", name="n")\nThing("user", Options(depends_on=[a]))')
    fine(engine.up())
    toy.calls()
    toy.write(
        'a = Thing("new", Options(aliases=[pulumi.Alias(name="old")]), name="n")\n'
        'Thing("user", Options(depends_on=[a]))'
    )
    assert told(fine(engine.up())) == []
    toy.write('a = Thing("new", name="n")\nThing("user", Options(depends_on=[a]))')
    assert told(fine(engine.up())) == []
    assert toy.called() == []
    urns = [each["urn"].rpartition("::")[2] for each in toy.resources(engine)]
    assert "new" in urns
    assert "old" not in urns


def test_children_follow_a_parent_that_has_a_new_name(toy: Toy, engine: Engine) -> None:
    program = """
        group = pulumi.ComponentResource("toy:Group", "GROUP", None, Options(ALIAS))
        Thing("GROUP-a", Options(parent=group), name="n")
    """
    toy.write(program.replace("GROUP", "old").replace("ALIAS", ""))
    fine(engine.up())
    toy.calls()
    toy.write(program.replace("GROUP", "new").replace("ALIAS", 'aliases=[pulumi.Alias(name="old")]'))
    assert told(fine(engine.up())) == []
    assert toy.called() == []


def test_a_resource_that_moves_below_a_component_keeps_its_place_by_an_alias(
    toy: Toy, engine: Engine
) -> None:
    toy.write('Thing("a")')
    fine(engine.up())
    toy.calls()
    toy.write("""
        group = pulumi.ComponentResource("toy:Group", "group")
        alias = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
        Thing("a", Options(parent=group, aliases=[alias]))
    """)
    assert told(fine(engine.up())) == [("create", "group")]
    assert toy.called() == []


def test_timeouts_are_kept_in_seconds(toy: Toy, engine: Engine) -> None:
    toy.write('Thing("a", Options(custom_timeouts=pulumi.CustomTimeouts(create="1h2m", delete="90s")))')
    fine(engine.up())
    [timeouts] = [each["customTimeouts"] for each in toy.resources(engine) if "customTimeouts" in each]
    assert timeouts == {"create": 3720, "delete": 90}


def test_a_timeout_that_is_none_is_refused(toy: Toy, builtin: Builtin) -> None:
    toy.write('Thing("a", Options(custom_timeouts=pulumi.CustomTimeouts(create="soon")))')
    error = builtin.preview().error
    assert error is not None
    assert "'soon' is not a duration such as 5m" in error


def test_an_import_is_refused(toy: Toy, builtin: Builtin) -> None:
    toy.write('Thing("a", Options(import_="id-1"))')
    error = builtin.preview().error
    assert error is not None
    assert "the option import_ is not supported by the built-in engine" in error
