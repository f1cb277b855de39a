"""Two exponentials made of IEEE operations alone, which give the same bits in every language that has these.

Both reduce the argument to x = k · ln 2 + r, with an integer k and |r| <= ln(2)/2 (W. J. Cody and W. Waite, Software
Manual for the Elementary Functions, 1980), sum the Taylor series of exp(r), and scale by 2^k. They take floats, or
symbols, from which they are written in other languages. All values are dimensionless.
"""

import math
from fractions import Fraction
from typing import Any

# Adding and subtracting it rounds a number less than 2^51 to the nearest integer, ties to even.
WHOLE = 1.5 * 2.0**52
# Beyond these bounds the exponential rounds to 0 or to infinity.
LOW, HIGH = -746.0, 710.0
PER_LN2 = 1.4426950408889634  # 1 / ln 2; it only chooses k, so any number near it would do
# ln 2 as a sum of three floats, to within 2^-140. The first two have 42 bits, so that a product with k is exact.
LN2 = (float.fromhex("0x1.62e42fefa38p-1"), float.fromhex("0x1.ef35793c76p-45"), float.fromhex("0x1.cc01f97b57a08p-87"))


def clip(x: Any, low: float, high: float) -> Any:
    """x, or the bound nearest to it if it lies outside [low, high]; NaN stays NaN."""
    return (low if x < low else high if x > high else x) if isinstance(x, float) else x.clip(low, high)


def scale(x: Any, k: Any) -> Any:
    """x · 2^k, rounded once, for an integer k between -1100 and 1100; NaN stays NaN."""
    if not isinstance(x, float):
        return x.scale(k)
    if math.isnan(x):
        return x
    half = int(k) // 2
    return x * math.ldexp(1.0, half) * math.ldexp(1.0, int(k) - half)


def exp_within_one_unit(x: Any) -> Any:
    """The exponential, with an error of less than one unit in the last place; also of infinities and NaN.

    The reduced argument is high - low, where high is exact, and r is its rounding. The result before scaling is 1 + t,
    with t = high + (s - low), s = r² · q, q = 1/2 + r · (1/6 + r · (1/24 + …)). Bounds of the errors, in units of
    2^-53, for r < 0 and, after the slash, for r > 0:

    - rounding 1 + t: 1/2 / 1; rounding t, |t| < 1/2: 1/4 / 1/4;
    - r in place of high - low in s, a difference of at most 2^-55: 2^-55 · |exp(r) - 1|: 0.074 / 0.104;
    - rounding in s and in s - low: 0.141 / 0.241, half a unit in the last place of each operation, propagated through
      all of them, as tests/test_exponential.py does for 4000 parts of the range;
    - truncating the series after r^14/14!, a remainder of less than 1.03 · r^15/15!: 0.001 / 0.001.

    The sum is 0.966 for r < 0, where the unit in the last place of 1 + t is 2^-53, and 1.596 for r > 0, where it is
    twice that. Scaling is exact unless the result is subnormal; its unit is then at least twice as large, so the error
    is at most half as many units, and the second rounding adds half a unit.
    """
    x = clip(x, LOW, HIGH)
    k = (x * PER_LN2 + WHOLE) - WHOLE
    high, low = x - k * LN2[0], k * (LN2[1] + LN2[2])
    r = high - low
    sums, power = [1 / math.factorial(n) for n in range(4, 15)], r
    while len(sums) > 1:  # Estrin's scheme: pairs of neighbours, which a processor can evaluate at the same time
        sums = [a + b * power for a, b in zip(sums[::2], sums[1::2], strict=False)] + sums[len(sums) // 2 * 2 :]
        power = power * power
    return scale(1.0 + (high + (r * r * (0.5 + r * (1 / 6 + r * sums[0])) - low)), k)


def _sum(a: Any, b: Any) -> tuple[Any, Any]:
    """a + b rounded, and the rounding error, exactly (D. E. Knuth, Seminumerical Algorithms)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _halves(a: Any) -> tuple[Any, Any]:
    """A number split into two of at most 26 bits (T. J. Dekker, Numerische Mathematik 18, 224-242, 1971)."""
    scaled = 134217729.0 * a
    high = scaled - (scaled - a)
    return high, a - high


def _product(a: Any, b: Any) -> tuple[Any, Any]:
    """a · b rounded, and the rounding error, exactly (Dekker, as above)."""
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    product = a * b
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def exp_between(x: Any) -> tuple[Any, Any, Any]:
    """Bounds of the exponential: where low and high are equal, low · 2^k is its correct rounding, if that is normal.

    The series is summed in pairs of floats (double-double), whose operations have errors of about 2^-104, except for
    the powers of r from the 13th on: they contribute less than 2^-52 of the sum, and their rounding errors less than
    2^-102. So 2^-100 of the sum bounds the error. Where low and high differ, for about one argument in 2^46, more
    digits would be needed.

    Returns:
        low, high and k.
    """
    x = clip(x, LOW, HIGH)
    k = (x * PER_LN2 + WHOLE) - WHOLE
    r, r_rest = _sum(x - k * LN2[0], -(k * LN2[1]))
    r, r_rest = _sum(r, r_rest - k * LN2[2])
    total: Any = 1 / math.factorial(26)
    for power in range(25, 12, -1):
        total = total * r + 1 / math.factorial(power)
    rest: Any = 0.0
    for power in range(12, -1, -1):
        product, error = _product(total, r)
        error = error + (total * r_rest + rest * r)
        coefficient = 1 / math.factorial(power)
        remainder = float(Fraction(1, math.factorial(power)) - Fraction(coefficient))
        total, rest = _sum(coefficient, product)
        total, rest = _sum(total, rest + (error + remainder))
    margin = total * 2.0**-100
    return total + (rest - margin), total + (rest + margin), k
