"""What an enclosure proves about digits, decided in exact integers and rationals.

A statement is made only if it is the same at both ends of the enclosure; rounding is monotone, so it then holds for
every number between them. No decision rests on a rounded float.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from lastdigit.rounding import leading_place, round_significant

T = TypeVar("T")

# The greatest exponent of 2 in a number to certify: no network needs numbers beyond 10^6000, and they take long.
MOST_EXPONENT = 20_000


class Enclosure(NamedTuple):
    """A closed interval proven to contain a real number; midpoint and radius are m · 2^e as (m, e), dimensionless."""

    midpoint: tuple[int, int]
    radius: tuple[int, int]

    @classmethod
    def of(cls, ball: Any) -> "Enclosure | None":
        """The exact interval of an `arb`, or None if it is not finite or an exponent exceeds MOST_EXPONENT."""
        if not ball.is_finite():
            return None
        midpoint, radius = ([int(part) for part in half.man_exp()] for half in (ball.mid(), ball.rad()))
        if max(abs(midpoint[1]), abs(radius[1])) > MOST_EXPONENT:
            return None
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
        """The value of a monotone function at the number enclosed, or None if the two ends give different values."""
        low, high = function(self.low), function(self.high)
        return low if low == high else None

    def digits_proven(self, most: int) -> int:
        """How many significant digits are proven, at most `most`: rounded to them, both ends are the same decimal."""
        if self.low <= 0 <= self.high and self.low != self.high:
            return 0
        digits = most
        if self.low != self.high:
            # Ends that round to the same multiple of a unit are at most a unit apart; one digit more, because a number
            # may be rounded up to a power of ten.
            leading = max(leading_place(self.low), leading_place(self.high))
            digits = min(most, leading - leading_place(self.high - self.low) + 2)
        return next((n for n in range(digits, 0, -1) if self.to_decimal(n) is not None), 0)

    def to_decimal(self, digits: int) -> Decimal | None:
        """The number rounded to this many significant digits, or None if that is not proven."""
        return self.agree(lambda x: round_significant(x, digits))

    def certified(self, digits: int) -> str | None:
        """The number rounded to this many significant digits, as text, or None for no digits."""
        return str(self.to_decimal(digits)).lower() if digits else None

    def to_text(self, digits: int) -> str:
        """Midpoint and radius in decimal, as "m +/- r"; m has this many digits, and r covers its rounding."""
        midpoint = round_significant(self.centre, digits)
        radius = self.high - self.centre + abs(self.centre - Fraction(midpoint))
        if radius == 0:
            return f"{midpoint} +/- 0"
        place = leading_place(radius) - 2  # three digits of radius, rounded up
        units = math.ceil(radius / Fraction(10) ** place)
        return f"{midpoint} +/- {Decimal((0, tuple(map(int, str(units))), place))}".replace("E", "e")


def _dyadic(mantissa: int, exponent: int) -> Fraction:
    return Fraction(mantissa << max(exponent, 0), 1 << max(-exponent, 0))
