"""Numbers become the bytes that Kafka-ML takes for a numpy array."""

import pytest

from services.stream.layout import Dtype
from services.stream.numbers import number, vector


@pytest.mark.parametrize(
    ("dtype", "values", "bytes_"),
    [
        ("float64", [21.5, -1], "0000000000803540 000000000000f0bf"),
        ("float32", [21.5, 0.1], "0000ac41 cdcccc3d"),
        ("float16", [1.5, -2], "003e 00c0"),
        ("int64", [-2, 9_007_199_254_740_993], "feffffffffffffff 0100000000002000"),
        ("int32", [1, 2.9], "01000000 02000000"),
        ("int16", [-1.9], "ffff"),
        ("int8", [-128], "80"),
        ("uint16", [65_535], "ffff"),
        ("uint8", [255, 0], "ff 00"),
        ("bool", [0, 0.5], "00 01"),
    ],
)
def test_numbers_stand_one_after_the_other_little_endian(
    dtype: Dtype, values: list[float], bytes_: str
) -> None:
    assert vector(values, dtype) == bytes.fromhex(bytes_)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("uint8", 256),
        ("uint8", -1),
        ("int8", 200),
        ("float16", 70_000),
        ("float32", 1e39),
        ("float64", 10**400),
    ],
)
def test_a_number_that_does_not_fit_its_type_is_refused_rather_than_bent(dtype: Dtype, value: float) -> None:
    with pytest.raises(ValueError, match=f"does not fit into {dtype}"):
        vector([value], dtype)


@pytest.mark.parametrize(
    ("value", "found"),
    [(21.456, 21.46), (21, 21), (True, 1), ("21.456", 21.46), (" 7 ", 7.0), (2**60 + 1, 2**60 + 1)],
)
def test_numbers_booleans_and_text_that_is_a_number_are_taken_and_rounded(
    value: object, found: float
) -> None:
    assert number(value, 2, None) == found


def test_without_decimals_a_number_stays_as_it_is() -> None:
    assert number(21.456789, None, None) == 21.456789


@pytest.mark.parametrize("value", ["warm", "", [21], {"value": 21}, None, "inf", float("inf")])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is "):
        number(value, 2, None)


def test_a_field_s_own_type_comes_before_the_vector_s() -> None:
    assert number(21.9, 2, "int32") == 21
    assert number(0.1, None, "float32") == pytest.approx(0.1)
    assert number(0.1, None, "float32") != 0.1
    with pytest.raises(ValueError, match="uint8"):
        number(300, 2, "uint8")
