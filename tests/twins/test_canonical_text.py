"""A document has one text, whatever the order its keys were written in, and nothing is lost in it."""

from typing import Any

import pytest
from hypothesis import given

from tests.twins.json_values import VALUES
from twins.canonical import digest, dumps, loads


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(inner) for key, inner in reversed(value.items())}
    return [reversed_keys(inner) for inner in value] if isinstance(value, list) else value


@given(VALUES)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert dumps(loads(dumps(value))) == dumps(value)
    assert loads(dumps(value)) == value


@given(VALUES)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    assert dumps(reversed_keys(value)) == dumps(value)
    assert digest(reversed_keys(value)) == digest(value)


@given(VALUES, VALUES)
def test_digests_differ_as_texts_do(one: Any, other: Any) -> None:
    assert (digest(one) == digest(other)) == (dumps(one) == dumps(other))


def test_the_text_is_compact_and_in_the_characters_themselves() -> None:
    assert dumps({"b": [1, 1.0, None], "a": "€"}) == '{"a":"€","b":[1,1.0,null]}'


def test_integers_keep_all_their_digits() -> None:
    assert loads(dumps(2**63 - 1)) == 2**63 - 1


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_lacks_has_no_text(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"a": number})


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "-Infinity", "1e400", "{'a': 1}", ""])
def test_a_text_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — the reader's own words differ
        loads(text)
