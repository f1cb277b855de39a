"""What an enclosure proves about digits, decided with exact integers and rationals.

Everything here is exact: a statement is made only if it is the same at both ends of the enclosure, and rounding is
monotone, so that it holds for every number between them. No decision rests on a rounded float.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from lastdigit.notation import Notation, significant_places

T = TypeVar("T")

DECIMALS = 8  # of a printed array, unless its program sets another number


class Enclosure(NamedTuple):
    """A closed interval that is proven to contain a real number; both parts are m · 2^e as (m, e), dimensionless."""

    midpoint: tuple[int, int]
    radius: tuple[int, int]

    @classmethod
    def of(cls, ball: Any) -> "Enclosure | None":
        """The exact interval of an `arb`, or None where the ball is not finite and so proves nothing."""
        if not ball.is_finite():
            return None
        midpoint, radius = ([int(part) for part in half.man_exp()] for half in (ball.mid(), ball.rad()))
        return cls((midpoint[0], midpoint[1]), (radius[0], radius[1]))

    @property
    def centre(self) -> Fraction:
        """The exact midpoint."""
        return _dyadic(*self.midpoint)

    @property
    def low(self) -> Fraction:
        """The exact lower end."""
        return self.centre - _dyadic(*self.radius)

    @property
    def high(self) -> Fraction:
        """The exact upper end."""
        return self.centre + _dyadic(*self.radius)

    def agree(self, function: Callable[[Fraction], T]) -> T | None:
        """The value of a monotone function on the number enclosed, or None where the two ends disagree on it."""
        low, high = function(self.low), function(self.high)
        return low if low == high else None

    def digits_proven(self, most: int) -> int:
        """How many significant digits are proven, at most `most`: the ends round to the same decimal of that length."""
        if self.low <= 0 <= self.high and self.low != self.high:
            return 0
        return next((n for n in range(most, 0, -1) if self.to_decimal(n) is not None), 0)

    def to_decimal(self, digits: int) -> Decimal | None:
        """The number rounded to so many significant digits, or None if that is not proven."""
        return self.agree(lambda x: round_significant(x, digits))

    def to_text(self, digits: int) -> str:
        """Midpoint and radius in decimal, as "m +/- r"; r also covers the rounding of m to so many digits."""
        midpoint = round_significant(self.centre, digits)
        radius = self.high - self.centre + abs(self.centre - Fraction(midpoint))
        if radius == 0:
            return f"{midpoint} +/- 0"
        place = leading_place(radius) - 2  # three digits of radius, rounded up
        units = math.ceil(radius / Fraction(10) ** place)
        return f"{midpoint} +/- {Decimal((0, tuple(map(int, str(units))), place))}".replace("E", "e")

    def to_json(self) -> dict[str, list[Any]]:
        """Exact integers as strings, because many JSON readers would turn them into floats."""
        return {"midpoint": [str(self.midpoint[0]), self.midpoint[1]], "radius": [str(self.radius[0]), self.radius[1]]}

    @classmethod
    def from_json(cls, value: dict[str, list[Any]]) -> "Enclosure":
        """The inverse of `to_json`."""
        (mantissa, exponent), (radius, radius_exponent) = value["midpoint"], value["radius"]
        return cls((int(mantissa), int(exponent)), (int(radius), int(radius_exponent)))


def _dyadic(mantissa: int, exponent: int) -> Fraction:
    return Fraction(mantissa << exponent) if exponent >= 0 else Fraction(mantissa, 1 << -exponent)


def leading_place(x: Fraction) -> int:
    """The place of the first significant digit of a number other than 0: the n for which 10^n <= |x| < 10^(n+1)."""
    size = abs(x)
    place = math.floor((size.numerator.bit_length() - size.denominator.bit_length()) * math.log10(2))  # or one beside
    while Fraction(10) ** (place + 1) <= size:
        place += 1
    while Fraction(10) ** place > size:
        place -= 1
    return place


def round_to_place(x: Fraction, place: int) -> Decimal:
    """The nearest multiple of 10^place, ties to even, as an exact decimal that ends in that place."""
    units = round(x / Fraction(10) ** place)
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), place))


def round_significant(x: Fraction, digits: int) -> Decimal:
    """The nearest decimal of so many significant digits, ties to even."""
    if x == 0:
        return Decimal(0)
    place = leading_place(x) - digits + 1
    rounded = round_to_place(x, place)
    # 9.996 to three digits is 10.0, not 10.00.
    return rounded if len(rounded.as_tuple().digits) == digits else round_to_place(x, place + 1)


def nearest_double(x: Fraction) -> float:
    """The nearest binary64, ties to even (CPython divides integers with one correct rounding).

    Raises:
        OverflowError: if that would be an infinity.
    """
    return x.numerator / x.denominator


class Print(NamedTuple):
    """A printed number and what its notation means.

    Attributes:
        text: the string as printed.
        notation: how it was printed.
    """

    text: str
    notation: Notation

    def rounding(self, x: Fraction) -> Decimal | float:
        """What a flawless program would have printed of the real number x, as a number.

        12 significant digits; 8 decimals, or 9 significant digits in the scientific form of an array; or, for the
        shortest string that reads back as the same double, the nearest double.
        """
        if self.notation == "python3-repr":
            return nearest_double(x)
        return round_significant(x, self.length) if self.length else round_to_place(x, -DECIMALS)

    @property
    def length(self) -> int | None:
        """The number of significant digits that the notation rounds to, or None if it is not one that does that."""
        if self.notation == "numpy-array":
            return DECIMALS + 1 if "e" in self.text else None
        return 12 if self.notation == "python2-str" else None

    @property
    def value(self) -> Fraction:
        """The number that the string writes, exactly."""
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
        """The unit of the last digit of the notation: zeros left blank at the end are digits too."""
        if self.notation == "python3-repr":
            return Fraction(10) ** self.last_place
        return self._step(self.value)

    def _step(self, x: Fraction) -> Fraction:
        """The distance of the numbers near x that a notation of fixed length or fixed decimals can write."""
        if self.length is None:
            return Fraction(1, 10**DECIMALS)
        return Fraction(10) ** (leading_place(x) - self.length + 1) if x else Fraction(0)

    def is_correct(self, enclosure: Enclosure) -> bool | None:
        """Is the string the correct rounding of the number enclosed? None where the enclosure does not decide."""
        rounded = enclosure.agree(self.rounding)
        if rounded is None:
            return None
        if isinstance(rounded, float):
            return self.text == repr(rounded)
        return Fraction(rounded) == self.value

    def margin(self, enclosure: Enclosure) -> float:
        """The distance from the number to the nearest rounding boundary, in units of the last digit of the notation.

        That is the last one printed, where a zero that the notation leaves blank at the end counts as printed. The
        lesser of the two ends' distances, rounded down to four decimals; 0 where they may lie on either side.
        """
        if enclosure.agree(self.rounding) is None:
            return 0.0
        least = min(self._to_boundary(x) for x in (enclosure.low, enclosure.high)) / self.unit
        return math.floor(least * 10**4) / 10**4

    def _to_boundary(self, x: Fraction) -> Fraction:
        """The distance from x to the nearest number that would be rounded otherwise."""
        rounded = Fraction(self.rounding(x))
        return min(abs(x - (rounded + neighbour) / 2) for neighbour in self._neighbours(x, rounded))

    def _neighbours(self, x: Fraction, rounded: Fraction) -> tuple[Fraction, Fraction]:
        """What the notation can write next to a rounded number, on both sides."""
        if self.notation == "python3-repr":
            double = float(rounded)
            return Fraction(math.nextafter(double, -math.inf)), Fraction(math.nextafter(double, math.inf))
        step = self._step(rounded)
        # Below a power of ten the numbers that can be written lie ten times as close.
        inward = step
        if self.length and rounded and abs(rounded) == Fraction(10) ** leading_place(rounded):
            inward = step / 10
        sign = 1 if rounded > 0 else -1
        return rounded - sign * inward, rounded + sign * step

    def log_relative_error(self, enclosure: Enclosure) -> float | None:
        """The number of correct significant digits, -log10(|printed - x| / |x|), at most the digits printed.

        NIST's Statistical Reference Datasets define it so, with the absolute error where x is 0. The worse of the two
        ends, rounded down to one decimal; negative where the error is greater than the number. None where the enclosure
        holds 0 and other numbers, whose relative errors have no bound.
        """
        if enclosure.low <= 0 <= enclosure.high and enclosure.low != enclosure.high:
            return None
        worst = max(abs(self.value - x) / (abs(x) or 1) for x in (enclosure.low, enclosure.high))
        if worst == 0:
            return self.significant_digits
        return min(_tenths(worst) / 10, self.significant_digits)

    def correct_digits(self, enclosure: Enclosure) -> int:
        """How many leading significant digits are right: all of a correct rounding, else those of the exact number.

        The latter are the digits before the first in which the string and the number enclosed differ, and never the
        last, which the correct rounding would have otherwise. Where the enclosure does not tell, a digit is not right.
        """
        if self.is_correct(enclosure):
            return self.significant_digits
        for wrong in range(1, self.significant_digits):
            unit = Fraction(10) ** (self.last_place + wrong)
            if enclosure.agree(lambda x, unit=unit: int(x / unit)) == int(self.value / unit):  # type: ignore[misc]
                return self.significant_digits - wrong
        return 0


def _tenths(error: Fraction) -> int:
    """The greatest k for which the error is at most 10^(-k/10): -10 · log10 rounded down, exactly."""
    k = -10 * (leading_place(error) + 1)
    while error**10 * Fraction(10) ** (k + 1) <= 1:
        k += 1
    return k
