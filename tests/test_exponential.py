"""The exponentials of IEEE operations alone: within their bounds, against MPFR, over the whole range of doubles."""

import itertools
import math
import random
import struct
from fractions import Fraction

import gmpy2
import pytest

from lastdigit import exponential
from lastdigit.arithmetic import Portable
from lastdigit.exponential import LN2, exp_between, exp_within_one_unit

RANDOM = random.Random(1)


def from_bits(bits: int) -> float:
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


ARGUMENTS = {
    "many uniform": [RANDOM.uniform(-746, 710) for _ in range(20000)],
    "many small": [RANDOM.uniform(-1, 1) for _ in range(20000)],
    "any bits": [from_bits(RANDOM.getrandbits(64)) for _ in range(5000)],
    "tiny": [RANDOM.choice((-1, 1)) * 2.0**-power for power in range(1075)],
    "subnormal results": [RANDOM.uniform(-746, -708) for _ in range(5000)],
    "multiples of half of ln 2": [
        math.nextafter(k * math.log(2) / 2, way) for k in range(-2150, 2050) for way in (-1e4, 1e4)
    ],
}
ARGUMENTS |= {kind: ARGUMENTS[f"many {kind}"][:2000] for kind in ("uniform", "small")}
CASES = [
    pytest.param(cases, id=name, marks=pytest.mark.slow if "many" in name else ()) for name, cases in ARGUMENTS.items()
]


def error_in_units(computed: float, x: float) -> float:
    """The error of exp(x), in units in the last place of the exact value's double."""
    with gmpy2.context(precision=200, emax=5000, emin=-5000):
        exact = gmpy2.exp(gmpy2.mpfr(x))
        return float(abs(gmpy2.mpfr(computed) - exact) / gmpy2.mpfr(math.ulp(float(exact))))


@pytest.mark.parametrize("arguments", CASES)
def test_error_is_below_one_unit_in_the_last_place(arguments: list[float]):
    finite = [x for x in arguments if math.isfinite(x) and -745 < x < 709.78]
    assert max(error_in_units(exp_within_one_unit(x), x) for x in finite) < 1


@pytest.mark.parametrize(
    "x, value",
    [
        (0.0, 1.0),
        (-0.0, 1.0),
        (710.0, math.inf),
        (1e300, math.inf),
        (math.inf, math.inf),
        (-746.0, 0.0),
        (-math.inf, 0.0),
    ],
)
def test_ends_of_the_range(x: float, value: float):
    assert exp_within_one_unit(x) == value


def test_nan_stays_nan():
    assert math.isnan(exp_within_one_unit(math.nan))
    assert all(math.isnan(part) for part in exp_between(math.nan)[:2])


def test_ln2_in_three_parts():
    """The sum is ln 2 to within 2^-140, and the first two have no more than 42 bits."""
    with gmpy2.context(precision=300):
        assert abs(gmpy2.log(gmpy2.mpfr(2)) - sum(map(gmpy2.mpfr, LN2))) < gmpy2.mpfr(2) ** -140
    for part in LN2[:2]:
        mantissa = Fraction(part).numerator
        assert mantissa.bit_length() - (mantissa & -mantissa).bit_length() < 42


def half_unit(below: float) -> float:
    """Half a unit in the last place of doubles up to a bound, and below it if that is a power of 2."""
    mantissa, exponent = math.frexp(below)
    return 2.0 ** (exponent - 54 - (mantissa == 0.5))


def bound(low: float, high: float) -> float:
    """The docstring's error bound for r between low and high, of one sign, in units in the last place of 1 + t."""
    r, negative = max(abs(low), abs(high)), high <= 0
    sums = [(1 / math.factorial(n), half_unit(1 / math.factorial(n))) for n in range(4, 15)]
    power, power_error = r, 0.0

    def product(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
        return a[0] * b[0], a[1] * b[0] + a[0] * b[1] + a[1] * b[1] + half_unit(a[0] * b[0])

    def add(a: tuple[float, float], b: tuple[float, float], subtracts: bool) -> tuple[float, float]:
        most = a[0] if subtracts else a[0] + b[0]
        return most, a[1] + b[1] + half_unit(most)

    first = True
    while len(sums) > 1:
        pairs = zip(sums[::2], sums[1::2], strict=False)
        sums = [add(a, product(b, (power, power_error)), negative and first) for a, b in pairs] + sums[
            len(sums) // 2 * 2 :
        ]
        power, power_error = product((power, power_error), (power, power_error))
        first = False
    q = sums[0]
    for coefficient in (1 / 6, 1 / 2):
        error = 0 if coefficient == 1 / 2 else half_unit(coefficient)
        q = add((coefficient, error), product((r, 0.0), q), negative)
    s = product(product((r, 0.0), (r, 0.0)), q)
    t = max(abs(math.expm1(low)), abs(math.expm1(high)))
    error = s[1] + half_unit(s[0])  # of s - low
    error += half_unit(t) + half_unit(r) * t  # rounding t; r in place of high - low
    error += 1.03 * r**15 / math.factorial(15) + 2.0**-85  # what the series leaves out, and the error of low
    return error * 2**53 + 0.5 if negative else error * 2**52 + 0.5


def test_the_bound_of_the_docstring():
    parts, most = 2000, math.log(2) / 2 * (1 + 2**-40)
    edges = [most * part / parts for part in range(parts + 1)]
    below = max(bound(-high, -low) for low, high in itertools.pairwise(edges))
    above = max(bound(low, high) for low, high in itertools.pairwise(edges) if low > 0)
    assert below < 0.966 and above < 1.596 / 2


def test_a_worse_polynomial_breaks_the_bound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exponential.math, "factorial", lambda n: math.prod(range(1, n + 1)) * (1 + (n == 13)))
    assert max(error_in_units(exp_within_one_unit(x), x) for x in ARGUMENTS["small"]) > 1


@pytest.mark.parametrize("arguments", CASES)
def test_pairs_round_correctly(arguments: list[float]):
    """Where both bounds are the same, which is nearly everywhere, that is what MPFR rounds to."""
    undecided = 0
    with Portable() as portable:
        for x in arguments:
            low, high, k = exp_between(x)
            expected = portable.exp_of(x)
            if math.isfinite(x) and low != high:
                undecided += 1
            elif math.isfinite(x) and (expected == 0 or expected >= 2.0**-1022):
                assert exponential.scale(low, k) == expected
    assert undecided == 0
