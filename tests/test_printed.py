"""The three notations, on facts that can be checked by hand and against what Python itself prints."""

import math
from decimal import Decimal
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastdigit.printed import Notation, print_numbers

fixed = settings(derandomize=True, deadline=None)
doubles = st.floats(allow_nan=False, allow_infinity=False)

# What `str` of a float gave in Python 2: format with 12 significant digits, and show that an integer is a float.
PYTHON2 = [
    (1.0, "1.0"),
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (-3.0, "-3.0"),
    (0.1, "0.1"),
    (0.1 + 0.2, "0.3"),
    (1 / 3, "0.333333333333"),
    (2 / 3, "0.666666666667"),
    (-2 / 3, "-0.666666666667"),
    (0.0001, "0.0001"),
    (0.00001, "1e-05"),
    (0.000123456789012345, "0.000123456789012"),
    (123456789012.0, "123456789012.0"),
    (123456.7890126, "123456.789013"),
    (1e11, "100000000000.0"),
    (1e12, "1e+12"),
    (1e16, "1e+16"),
    (1e100, "1e+100"),
    (1.5e-300, "1.5e-300"),
    (2.0**-1074, "4.94065645841e-324"),
    (0.9999999999999, "1.0"),
    (0.4964100319027255, "0.496410031903"),
]

ARRAYS: list[tuple[str, list[float], list[str]]] = [
    ("zeros at the end that all share", [0.5, 0.25], ["0.5", "0.25"]),
    ("eight decimals at most", [1 / 3, 2 / 3], ["0.33333333", "0.66666667"]),
    ("a zero left blank", [0.2689864, 0.36375058], ["0.2689864", "0.36375058"]),
    ("integers", [1.0, -2.0, 0.0], ["1.", "-2.", "0."]),
    ("one number", [0.99993704], ["0.99993704"]),
    ("no number", [], []),
    ("down to 0.0001 fixed", [0.0001, 0.01], ["0.0001", "0.01"]),
    ("below 0.0001 scientific", [0.00009, 0.01], ["9.e-05", "1.e-02"]),
    ("a range of 1000 fixed", [0.5, 500.0], ["0.5", "500."]),
    ("a range beyond 1000 scientific", [0.5, 500.5], ["5.000e-01", "5.005e+02"]),
    ("up to 10^8 fixed", [99999999.0], ["99999999."]),
    ("from 10^8 on scientific", [1e8], ["1.e+08"]),
    ("eight decimals at most, scientific", [1 / 3, 1e-5], ["3.33333333e-01", "1.00000000e-05"]),
    ("three digits of exponent", [1e-300, 1.0], ["1.e-300", "1.e+000"]),
    ("zero has no range", [0.0, 0.5], ["0.", "0.5"]),
    ("nearly 1", [6.66133815e-15, 1.0, 0.9999999999999911], ["6.66133815e-15", "1.00000000e+00", "1.00000000e+00"]),
]


@pytest.mark.parametrize("value, text", PYTHON2, ids=[text for _, text in PYTHON2])
def test_python2_gives_twelve_digits(value: float, text: str) -> None:
    assert print_numbers("python2-str", [value]) == [text]


@pytest.mark.parametrize("values, texts", [array[1:] for array in ARRAYS], ids=[array[0] for array in ARRAYS])
def test_an_array_drops_only_the_zeros_that_its_notation_leaves_blank(values: list[float], texts: list[str]) -> None:
    assert print_numbers("numpy-array", values) == texts


@settings(fixed, max_examples=300)
@given(doubles)
def test_python2_is_the_general_format_of_c(value: float) -> None:
    (text,) = print_numbers("python2-str", [value])
    # What looks like an integer gets a fraction, and nothing else is added.
    assert text.removesuffix(".0") == format(value, ".12g")
    assert any(character in text for character in ".e")


@settings(fixed, max_examples=300)
@given(doubles)
def test_python3_gives_the_shortest_string_that_reads_back_as_the_same_double(value: float) -> None:
    (text,) = print_numbers("python3-repr", [value])
    assert float(text).hex() == value.hex()
    digits = len(Decimal(text).normalize().as_tuple().digits)
    assert digits == 1 or float(f"{value:.{digits - 2}e}") != value


@fixed
@given(st.sampled_from(["python2-str", "python3-repr"]), st.lists(doubles, max_size=5))
def test_outside_an_array_a_number_is_printed_alike_in_any_company(notation: Notation, values: list[float]) -> None:
    alone = [text for value in values for text in print_numbers(notation, [value])]
    assert print_numbers(notation, values) == alone


@fixed
@given(st.lists(doubles, min_size=1, max_size=8))
def test_an_array_prints_each_of_its_numbers(values: list[float]) -> None:
    texts = print_numbers("numpy-array", values)
    assert len(texts) == len(values)
    assert len({"e" in text for text in texts}) == 1
    assert [math.copysign(1, float(text)) for text in texts] == [math.copysign(1, value) for value in values]


@pytest.mark.parametrize("notation", ["python2-str", "python3-repr", "numpy-array"])
def test_elements_of_an_array_print_as_floats_do(notation: Notation) -> None:
    values = [0.1, 0.2, 0.30000000000000004]
    assert print_numbers(notation, numpy.array(values)) == print_numbers(notation, values)


def test_a_long_array_is_neither_shortened_nor_broken_into_lines() -> None:
    values = [number + 0.5 for number in range(100, 2100)]
    assert print_numbers("numpy-array", values) == [f"{number}.5" for number in range(100, 2100)]


def test_whole_numbers_of_an_array_are_printed_as_doubles() -> None:
    assert print_numbers("numpy-array", [1, 0]) == ["1.", "0."]


OPTIONS: list[dict[str, Any]] = [
    {"precision": 3},
    {"threshold": 1},
    {"edgeitems": 1},
    {"linewidth": 5},
    {"suppress": True},
    {"nanstr": "?"},
    {"sign": "+"},
    {"sign": " "},
    {"floatmode": "fixed"},
    {"floatmode": "unique"},
    {"formatter": {"float_kind": lambda _: "?"}},
    {"legacy": "1.13"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=[" ".join(each) for each in OPTIONS])
@pytest.mark.parametrize("values", [[1 / 3, 0.5, -0.25], [1 / 3, -1e-7, 2.0], [0.5, 1e-7], [0.1 + 0.2]], ids=str)
def test_the_settings_of_numpy_change_nothing(values: list[float], options: dict[str, Any]) -> None:
    expected = print_numbers("numpy-array", values)
    with numpy.printoptions(**options):
        assert print_numbers("numpy-array", values) == expected
