"""Printed numbers: the three notations of the articles, what a string in one of them means, and its correct digits."""

import itertools
import math
import operator
import sys
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy

from lastdigit.enclosure import Enclosure
from lastdigit.rounding import leading_place, nearest_double, round_significant, round_to_place, tenths_of_logarithm

Notation = Literal["python2-str", "python3-repr", "numpy-array"]

DECIMALS = 8  # of a printed array, unless its program sets another number
DIGITS_OF_DOUBLE = 17  # enough to tell any two doubles apart


def print_numbers(notation: Notation, values: Iterable[float]) -> list[str]:
    """The strings that a program of the time printed for these binary64 numbers.

    Args:
        notation: "python2-str", 12 significant digits, as `str` of a float in Python 2; "python3-repr", the shortest
            string that reads back as the same double; "numpy-array", the elements of one printed array: 8 decimals, in
            scientific form if the range is wide, without trailing zeros that all elements share.
        values: the numbers printed together; the notation of an array depends on all of them.
    """
    if notation == "numpy-array":
        with numpy.printoptions(legacy=False):  # no argument resets it, nor the formatter, which this resets, too
            text = numpy.array2string(
                numpy.array(values, dtype=numpy.float64),
                precision=DECIMALS,
                floatmode="maxprec",
                suppress_small=False,
                threshold=sys.maxsize,
                sign="-",
            )
        return text[1:-1].split()
    if notation == "python3-repr":
        return [repr(float(value)) for value in values]
    return [_python2_str(value) for value in values]


def _python2_str(value: float) -> str:
    """Python 2 formatted with 12 digits, and added ".0" to what would have looked like an integer."""
    text = f"{value:.12g}"
    return text + ".0" if text.removeprefix("-").isdigit() else text


def significant_places(printed: str) -> list[int]:
    """The positions of the significant digits in the string of a number; of a zero, that of its last digit."""
    mantissa = printed.partition("e")[0]
    places = [place for place, character in enumerate(mantissa) if character.isdigit()]
    zeros = len(list(itertools.takewhile(lambda place: mantissa[place] == "0", places)))
    return places[min(zeros, len(places) - 1) :]


class Print(NamedTuple):
    """A printed number and what its notation means.

    Attributes:
        text: the string as printed.
        notation: how it was printed.
    """

    text: str
    notation: Notation

    def rounding(self, x: Fraction) -> Decimal | float:
        """The real number x, correctly rounded as the notation does.

        To 12 significant digits; to 8 decimals, or in the scientific form of an array to 9 significant digits; or, for
        the shortest string that reads back as the same double, to the nearest double, or infinity on overflow.
        """
        if self.notation == "python3-repr":
            try:
                return nearest_double(x)
            except OverflowError:
                return math.copysign(math.inf, x / abs(x))
        return round_significant(x, self.length) if self.length else round_to_place(x, -DECIMALS)

    @property
    def length(self) -> int | None:
        """The number of significant digits to which the notation rounds, or None if it rounds in another way."""
        if self.notation == "numpy-array":
            return DECIMALS + 1 if "e" in self.text else None
        return 12 if self.notation == "python2-str" else None

    @property
    def value(self) -> Fraction:
        """The exact value of the string."""
        return Fraction(self.text)

    @property
    def significant_digits(self) -> int:
        """How many significant digits the string shows."""
        return len(significant_places(self.text))

    @property
    def last_place(self) -> int:
        """The place of the last digit shown, as a power of ten."""
        return int(Decimal(self.text).as_tuple().exponent)

    @property
    def unit(self) -> Fraction:
        """The unit of the last digit of the notation; trailing zeros that it leaves out are digits too."""
        if self.notation == "python3-repr":
            return Fraction(10) ** self.last_place
        return self._step(self.value)

    def _step(self, x: Fraction) -> Fraction:
        """The spacing near x of the numbers that a notation with a fixed number of digits or decimals can write."""
        if self.length is None:
            return Fraction(1, 10**DECIMALS)
        return Fraction(10) ** (leading_place(x) - self.length + 1) if x else Fraction(0)

    def is_correct(self, enclosure: Enclosure) -> bool | None:
        """Whether the string is the correct rounding of the number enclosed; None if the enclosure does not decide."""
        rounded = enclosure.agree(self.rounding)
        if rounded is None:
            return None
        if isinstance(rounded, float):
            return self.text == repr(rounded)
        return Fraction(rounded) == self.value

    def margin(self, enclosure: Enclosure) -> float:
        """The distance from the number to the nearest rounding boundary, in units of the last digit of the notation.

        Trailing zeros that the notation leaves out count as digits. The distance is the lesser of those of
        the two ends of the enclosure, rounded down to four decimals; 0 if they round differently. It is also 0 where
        there is no such unit: for a printed 0 in a notation without a fixed number of decimals, and on overflow.
        """
        rounded = enclosure.agree(self.rounding)
        if rounded is None or rounded in (-math.inf, math.inf) or not self.unit:
            return 0.0
        least = min(self._to_boundary(x) for x in (enclosure.low, enclosure.high)) / self.unit
        return math.floor(least * 10**4) / 10**4

    def _to_boundary(self, x: Fraction) -> Fraction:
        """The distance from x to the nearest rounding boundary."""
        rounded = Fraction(self.rounding(x))
        return min(abs(x - (rounded + neighbour) / 2) for neighbour in self.neighbours(rounded))

    def neighbours(self, rounded: Fraction) -> list[Fraction]:
        """The two numbers next to a rounded one that the notation can write."""
        if self.notation == "python3-repr":
            beside = (math.nextafter(float(rounded), infinity) for infinity in (-math.inf, math.inf))
            # IEEE 754 rounds to infinity as if the greatest double were followed by the next power of 2.
            return [Fraction(x) if math.isfinite(x) else rounded * 2**1024 / abs(rounded) for x in beside]
        step = self._step(rounded)
        # Below a power of ten the spacing is a tenth of that above it.
        inward = step
        if self.length and rounded and abs(rounded) == Fraction(10) ** leading_place(rounded):
            inward = step / 10
        sign = int(math.copysign(1, rounded))
        return [rounded - sign * inward, rounded + sign * step]

    def log_relative_error(self, enclosure: Enclosure) -> float | None:
        """The number of correct significant digits, at most those of the notation.

        The notation has 12 digits, or 9 in the scientific form of an array; those down to the 8th decimal; or the 17 of
        a double. Trailing zeros that it leaves out are among them: an array that shows 0.5 says 0.50000000.
        """
        most = self.length or (DIGITS_OF_DOUBLE if self.notation == "python3-repr" else self._digits_to_last_decimal)
        return log_relative_error(self.value, enclosure, most)

    @property
    def _digits_to_last_decimal(self) -> int:
        return max(1, leading_place(self.value) + 1 + DECIMALS) if self.value else 1

    def correct_digits(self, enclosure: Enclosure) -> int:
        """The number of leading significant digits that are right: all of a correct rounding, else those of the truth.

        The latter are the digits before the first in which the string differs from the number enclosed. The last digit
        is never among them: that of the correct rounding is another. Nor is a digit that the enclosure leaves open.
        """
        if self.is_correct(enclosure):
            return self.significant_digits
        for wrong in range(1, self.significant_digits):
            unit = Fraction(10) ** (self.last_place + wrong)
            if enclosure.agree(lambda x, unit=unit: int(x / unit)) == int(self.value / unit):  # type: ignore[misc]
                return self.significant_digits - wrong
        return 0


def log_relative_error(value: Fraction, enclosure: Enclosure, most: int) -> float | None:
    """The log relative error -log10(|value - x| / |x|) of a value for the number x enclosed: its correct digits.

    So defined by NIST's Statistical Reference Datasets, with the absolute error where x is 0. It is that of the worse
    end, rounded down to one decimal, and at most `most`; negative where the error is greater than the number. None if
    the enclosure contains 0 and other numbers, as the relative error is then unbounded.
    """
    if enclosure.low <= 0 <= enclosure.high and enclosure.low != enclosure.high:
        return None
    worst = max(abs(value - x) / (abs(x) or 1) for x in (enclosure.low, enclosure.high))
    return min(tenths_of_logarithm(worst) / 10, most) if worst else most


def is_slip(text: str, printed: str) -> bool:
    """Whether two texts differ by one slip of the hand: a character changed, left out or put in, or two swapped."""
    start = _alike(text, printed)
    end = _alike(text[start:][::-1], printed[start:][::-1])
    one, other = text[start : len(text) - end], printed[start : len(printed) - end]
    return max(len(one), len(other)) == 1 or (len(one) == 2 and one == other[::-1])


def _alike(one: str, other: str) -> int:
    """The length of the common beginning of two texts."""
    return sum(1 for _ in itertools.takewhile(bool, map(operator.eq, one, other)))


Part = Literal["right", "wrong", "different", "unknown"]
MEANINGS: dict[Part, str] = {"wrong": "rounding error", "different": "not what was computed"}


class Digits(NamedTuple):
    """A printed number and which of its digits are right.

    Attributes:
        printed: the string.
        correct: how many of its leading significant digits are right; None if nothing is proven of them.
        error: what the others are: "wrong", shown to be rounding error, or "different", not shown to be that.
    """

    printed: str
    correct: int | None
    error: Part = "wrong"

    @property
    def significant(self) -> int:
        """How many significant digits the string shows."""
        return len(significant_places(self.printed))

    @property
    def parts(self) -> list[tuple[Part, str]]:
        """The string, cut into what is right, the digits that are not, and the power of ten.

        Sign, leading zeros and power of ten are right if the first significant digit is: a number without a right digit
        is wrong as a whole.
        """
        if self.correct is None:
            return [("unknown", self.printed)]
        if self.correct == 0:
            return [(self.error, self.printed)]
        mantissa, e, exponent = self.printed.partition("e")
        cut = [*significant_places(mantissa), len(mantissa)][self.correct]
        parts: list[tuple[Part, str]] = [
            ("right", mantissa[:cut]),
            (self.error, mantissa[cut:]),
            ("right", e + exponent),
        ]
        return [(part, text) for part, text in parts if text]

    def to_html(self) -> str:
        """The string as HTML, with what is not right marked by its kind for the style sheet."""
        marked = (
            f'<span class="{part}" title="{MEANINGS[part]}">{text}</span>' if part in MEANINGS else text
            for part, text in self.parts
        )
        return f'<code class="digits">{"".join(marked)}</code>'
