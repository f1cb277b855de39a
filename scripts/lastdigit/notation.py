"""The three notations in which the sources printed numbers, written by NumPy's and Python's own formatters."""

import itertools
from collections.abc import Sequence
from typing import Literal

import numpy

Notation = Literal["python2-str", "python3-repr", "numpy-array"]


def print_numbers(notation: Notation, values: Sequence[float]) -> list[str]:
    """The strings a program of the time printed for these binary64 numbers.

    Args:
        notation: "python2-str", 12 significant digits, as `str` of a float in Python 2; "python3-repr", the shortest
            string that reads back as the same double; "numpy-array", the elements of one printed array: 8 decimals, in
            scientific form if the range is wide, less the zeros at the end that all elements share.
        values: the numbers printed together; the notation of an array depends on all of them.
    """
    if notation == "numpy-array":
        with numpy.printoptions(formatter=None, legacy=False):  # these two settings have no argument that resets them
            text = numpy.array2string(
                numpy.array(values, dtype=numpy.float64),
                precision=8,
                floatmode="maxprec",
                suppress_small=False,
                threshold=len(values) + 1,
                max_line_width=10**9,
                sign="-",
            )
        return text.strip("[]").split()
    if notation == "python3-repr":
        return [repr(float(value)) for value in values]
    return [_python2_str(value) for value in values]


def _python2_str(value: float) -> str:
    """Python 2 formatted with 12 digits and added a fraction to what would have looked like an integer."""
    text = f"{value:.12g}"
    return text + ".0" if text.lstrip("-").isdigit() else text


def significant_places(printed: str) -> list[int]:
    """The places in the string of a number at which its significant digits stand; of a zero, that of the last digit."""
    mantissa = printed.partition("e")[0]
    places = [place for place, character in enumerate(mantissa) if character.isdigit()]
    zeros = len(list(itertools.takewhile(lambda place: mantissa[place] == "0", places)))
    return places[min(zeros, len(places) - 1) :]


def split_where_wrong(printed: str, correct_digits: int | None) -> tuple[str, str, str]:
    """The string of a number in three: what is right, the digits that are rounding error, its power of ten.

    Sign, leading zeros and power of ten only place the digits: they are as right as the first of them, so that a number
    without a right digit is all rounding error. One of which nothing is known (None) is all first part.
    """
    mantissa, e, exponent = printed.partition("e")
    if correct_digits is None:
        return printed, "", ""
    if correct_digits == 0:
        return "", printed, ""
    cut = [*significant_places(mantissa), len(mantissa)][correct_digits]
    return mantissa[:cut], mantissa[cut:], e + exponent
