import re
from pathlib import Path

import pytest

from grafana import properties, queries

EVENTS = (Path(__file__).parents[2] / "components" / "telegraf_events.star").read_text()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", '"plain"'),
        ('say "no"', r'"say \"no\""'),
        ("back\\slash", r'"back\\slash"'),
        ("${code}", r'"\${code}"'),
        ("$5 {and} ü", '"$5 {and} ü"'),
        ("two\nlines\tand\r", r'"two\nlines\tand\r"'),
    ],
)
def test_a_text_in_a_query_stays_a_text(value: str, written: str) -> None:
    assert queries.text(value) == written


def test_an_id_cannot_break_out_of_its_query() -> None:
    query = queries.history("bucket", 'x" or true or r.thingId == "', "field")

    assert 'r.thingId == "x\\" or true or r.thingId == \\""' in query


def test_a_field_is_called_as_upstream_calls_it() -> None:
    assert queries.field("temperature", ["value"]) == "value_temperature_properties_value"
    assert queries.field("my sensor", ["at", "x y"]) == "value_my_sensor_properties_at_x_y"


def test_queries_read_the_measurements_that_telegraf_writes() -> None:
    def constant(name: str) -> str:
        found = re.search(rf'^{name} = "?([^"\s]+)', EVENTS, re.MULTILINE)
        assert found
        return found[1]

    assert (constant("NUMBERS"), constant("TEXTS")) == (queries.NUMBERS, queries.TEXTS)
    assert (constant("BOOLEANS"), constant("TALLY")) == (queries.BOOLEANS, queries.TALLY)
    assert str(properties.LONGEST_LIST) == constant("LONGEST_LIST")
