"""Rounding to decimals and to doubles in exact integers and rationals: no decision rests on a rounded float."""

import math
from decimal import Decimal
from fractions import Fraction


def leading_place(x: Fraction) -> int:
    """The place of the first significant digit of a number other than 0: the n with 10^n <= |x| < 10^(n+1)."""
    size = abs(x)
    if size >= 1:
        return Decimal(math.floor(size)).adjusted()
    return -1 - Decimal(math.ceil(1 / size) - 1).adjusted()  # 10^n <= size if and only if ceil(1/size) - 1 < 10^-n


def round_to_place(x: Fraction, place: int) -> Decimal:
    """The nearest multiple of 10^place, ties to even, as an exact decimal that ends in that place."""
    units = round(x / Fraction(10) ** place)
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), place))


def round_significant(x: Fraction, digits: int) -> Decimal:
    """The nearest decimal with this many significant digits, ties to even."""
    if x == 0:
        return Decimal(0)
    place = leading_place(x) - digits + 1
    rounded = round_to_place(x, place)
    # 9.996 to three digits is 10.0, not 10.00.
    return rounded if len(rounded.as_tuple().digits) == digits else round_to_place(x, place + 1)


def round_up(x: Fraction, digits: int) -> Decimal:
    """The least decimal with this many significant digits that is at least x."""
    if x == 0:
        return Decimal(0)
    unit = Fraction(10) ** (leading_place(x) - digits + 1)
    return round_significant(math.ceil(x / unit) * unit, digits)


def round_down(x: Fraction, digits: int) -> Decimal:
    """The greatest decimal with this many significant digits that is at most x."""
    return round_up(-x, digits).copy_negate()


def nearest_double(x: Fraction) -> float:
    """The nearest binary64, ties to even (CPython's quotient of two integers is correctly rounded).

    Raises:
        OverflowError: if that would be an infinity.
    """
    return x.numerator / x.denominator


def tenths_of_logarithm(error: Fraction) -> int:
    """The greatest k for which the error is at most 10^(-k/10): -10 · log10 rounded down, exactly."""
    power = error**10
    place = leading_place(power)
    return -place if power == Fraction(10) ** place else -place - 1
