"""What an enclosure proves about digits, against libmpdec, MPFR and definitions written out with exact rationals."""

import decimal
import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import flint
import gmpy2
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from lastdigit.enclosure import MOST_EXPONENT, Enclosure
from lastdigit.printed import Notation, Print, print_numbers
from lastdigit.rounding import (
    leading_place,
    nearest_double,
    round_down,
    round_significant,
    round_to_place,
    round_up,
    tenths_of_logarithm,
)

fixed = settings(derandomize=True, deadline=None)

# Enough digits, and exponents far enough, that every binary64 and every sum of a few of them is exact.
EXACT = decimal.Context(prec=3000, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX, traps=[decimal.Inexact])
WIDE = {"Emin": decimal.MIN_EMIN, "Emax": decimal.MAX_EMAX, "rounding": ROUND_HALF_EVEN}

GREATEST = float.fromhex("0x1.fffffffffffffp+1023")
LEAST_NORMAL = 2.0**-1022
LEAST = 2.0**-1074


def exact_decimal(x: Fraction) -> Decimal:
    """A rational whose decimal expansion ends, exactly; the context raises Inexact for any other."""
    return EXACT.divide(Decimal(x.numerator), Decimal(x.denominator))


def to_significant(x: Fraction, digits: int) -> Decimal:
    """libmpdec's own rounding to a number of significant digits, ties to even."""
    return decimal.Context(prec=digits, **WIDE).plus(exact_decimal(x))


def to_place(x: Fraction, place: int) -> Decimal:
    """libmpdec's own rounding to a decimal place, ties to even."""
    return exact_decimal(x).quantize(Decimal((0, (1,), place)), context=decimal.Context(prec=3000, **WIDE))


def dyadic(x: Fraction) -> tuple[int, int]:
    """The parts (m, e) of a number m · 2^e."""
    exponent = x.denominator.bit_length() - 1
    assert x.denominator == 2**exponent
    return x.numerator, -exponent


def between(low: Fraction, high: Fraction) -> Enclosure:
    """The enclosure with these ends, which are binary fractions."""
    return Enclosure(dyadic((low + high) / 2), dyadic((high - low) / 2))


def exactly(x: Fraction | float) -> Enclosure:
    """The enclosure that holds only this binary fraction."""
    return between(Fraction(x), Fraction(x))


def binary_near(x: Fraction, bits: int = 200) -> Fraction:
    """The binary fraction just below a rational."""
    return Fraction(math.floor(x * 2**bits), 2**bits)


doubles = st.floats(allow_nan=False, allow_infinity=False)
nonzero_doubles = doubles.filter(bool)
subnormals = st.integers(1, 2**52 - 1).map(lambda units: units * LEAST)
binary_fractions = st.builds(
    lambda mantissa, exponent: Fraction(mantissa) * Fraction(2) ** exponent,
    st.integers(-(2**70), 2**70),
    st.integers(-160, 40),
)
widths = st.builds(
    lambda mantissa, exponent: Fraction(mantissa) * Fraction(2) ** exponent, st.integers(0, 9), st.integers(-160, 20)
)
enclosures = st.builds(lambda centre, radius: between(centre - radius, centre + radius), binary_fractions, widths)
terminating = st.builds(
    lambda coefficient, exponent: Fraction(coefficient) * Fraction(10) ** exponent,
    st.integers(-(10**25), 10**25),
    st.integers(-340, 40),
)
rationals = st.one_of(terminating, st.fractions(), doubles.map(Fraction), subnormals.map(Fraction))
portions = st.fractions(0, 1)


# --- rounding ---------------------------------------------------------------------------------------------------------


@fixed
@given(st.one_of(terminating, doubles.map(Fraction), subnormals.map(Fraction)), st.integers(-400, 50))
@example(Fraction(5, 10), 0)
@example(Fraction(15, 10), 0)
@example(Fraction(-25, 10), 0)
@example(Fraction(999999995, 10**9), -8)
@example(Fraction(0), -8)
def test_rounds_to_a_place_as_libmpdec_does(x: Fraction, place: int) -> None:
    # The sign of a zero is no part of a real number, so it is taken off before the strings are compared.
    assert str(round_to_place(x, place)) == str(
        EXACT.add(to_place(x, place), Decimal(0)).quantize(
            Decimal((0, (1,), place)), context=decimal.Context(prec=3000, **WIDE)
        )
    )


@fixed
@given(st.one_of(terminating, doubles.map(Fraction), subnormals.map(Fraction)), st.integers(1, 40))
@example(Fraction(99999, 10000), 4)
@example(Fraction(-99995, 10000), 4)
@example(Fraction(LEAST), 30)
@example(Fraction(-9996, 10000), 3)  # up into the next decade
@example(Fraction(5, 2), 1)  # ties
@example(Fraction(7, 2), 1)
def test_rounds_to_significant_digits_as_libmpdec_does(x: Fraction, digits: int) -> None:
    assert round_significant(x, digits) == to_significant(x, digits)


@fixed
@given(rationals.filter(bool), st.integers(1, 40))
@example(Fraction(1, 3), 12)
@example(Fraction(99999, 10000), 4)
@example(Fraction(1) - Fraction(1, 10**40), 30)
def test_shows_as_many_significant_digits_as_asked_for(x: Fraction, digits: int) -> None:
    assert len(round_significant(x, digits).as_tuple().digits) == digits


@pytest.mark.parametrize("digits", [1, 12, 30])
def test_zero_rounds_to_zero(digits: int) -> None:
    assert str(round_significant(Fraction(0), digits)) == "0"


@fixed
@given(rationals.filter(bool))
@example(Fraction(1))
@example(Fraction(10**300))
@example(Fraction(1, 10**300))
@example(Fraction(10**300 - 1))
@example(Fraction(1, 11))
@example(Fraction(10**300 + 1, 10**600))
@example(Fraction(2) ** 4000)
@example(Fraction(2) ** -4000)
def test_leading_place_is_that_of_the_first_significant_digit(x: Fraction) -> None:
    place = leading_place(x)
    assert Fraction(10) ** place <= abs(x) < Fraction(10) ** (place + 1)


# --- the nearest double -----------------------------------------------------------------------------------------------


between_doubles = st.builds(
    lambda double, portion: (
        Fraction(double) + (Fraction(math.nextafter(double, math.inf)) - Fraction(double)) * portion
    ),
    st.one_of(st.floats(-1e308, 1e308), subnormals, subnormals.map(lambda x: -x)),
    st.one_of(st.just(Fraction(1, 2)), portions, portions.map(lambda portion: Fraction(1, 2) + portion / 10**30)),
)


@fixed
@given(rationals, st.integers(1, 20))
def test_rounding_up_and_down_enclose_within_a_unit(x: Fraction, digits: int) -> None:
    down, up = round_down(x, digits), round_up(x, digits)
    assert down <= x <= up
    for bound in (down, up):
        assert len(bound.as_tuple().digits) <= digits
        # A unit of the last digit is more than what was rounded off: no closer bound of that length is on this side.
        assert bound == x or abs(Fraction(bound) - x) < Fraction(10) ** (leading_place(x) - digits + 1)


@fixed
@given(st.one_of(between_doubles, rationals))
@example(Fraction(LEAST) / 2)
@example(Fraction(LEAST) * 3 / 2)
@example(Fraction(LEAST) / 2 + Fraction(1, 2**2000))
@example(Fraction(LEAST_NORMAL) - Fraction(LEAST) / 2)
@example(Fraction(2**54 + 1, 2**53))
@example(Fraction(2**54 + 3, 2**53))
@example(Fraction(GREATEST))
@example(Fraction(GREATEST) + Fraction(2) ** 969)
def test_nearest_double_is_that_of_mpfr(x: Fraction) -> None:
    with gmpy2.ieee(64):
        assert nearest_double(x) == float(gmpy2.mpfr(gmpy2.mpq(x.numerator, x.denominator)))


@pytest.mark.parametrize("sign", [1, -1])
def test_no_double_is_made_up_beyond_the_greatest(sign: int) -> None:
    with pytest.raises(OverflowError):
        nearest_double(sign * Fraction(2) ** 1024)


# --- enclosures -------------------------------------------------------------------------------------------------------


@fixed
@given(binary_fractions, widths)
def test_the_ends_are_exact(centre: Fraction, radius: Fraction) -> None:
    enclosure = Enclosure(dyadic(centre), dyadic(radius))
    assert (enclosure.centre, enclosure.low, enclosure.high) == (centre, centre - radius, centre + radius)


BALLS: list[Callable[[], flint.arb]] = [
    lambda: flint.arb(1).exp(),
    lambda: flint.arb(-700.5).exp(),
    lambda: flint.arb(3).log(),
    lambda: flint.arb(1) / 3,
    lambda: flint.arb.pi() * 10**20,
    lambda: flint.arb(2) ** -5000,
    lambda: flint.arb(0, 1),
    lambda: -flint.arb(5),
]


@pytest.mark.parametrize("bits", [53, 80, 160, 1000])
@pytest.mark.parametrize("ball", BALLS)
def test_ends_are_those_that_flint_gives(ball: Callable[[], flint.arb], bits: int) -> None:
    with flint.ctx.workprec(bits):
        value = ball()
        enclosure = Enclosure.of(value)
    # At this precision the ends of the ball are exact, and a rational says so without binary exponents.
    with flint.ctx.workprec(12000):
        ends = [end.fmpq() for end in (value.lower(), value.upper())]
    assert enclosure is not None
    assert [enclosure.low, enclosure.high] == [Fraction(int(end.p), int(end.q)) for end in ends]


@pytest.mark.parametrize(
    "ball",
    [
        flint.arb("nan"),
        flint.arb("inf"),
        flint.arb("-inf"),
        flint.arb(0, math.inf),
        flint.arb(1) / 0,
        flint.arb(0).log(),
        flint.arb(0, 1).log(),
    ],
    ids=str,
)
def test_a_ball_that_is_not_finite_encloses_nothing(ball: flint.arb) -> None:
    assert Enclosure.of(ball) is None


# --- enclosures as text -----------------------------------------------------------------------------------------------


@fixed
@given(enclosures, st.integers(1, 40))
@example(Enclosure((2**80 + 1, -80), (1, -200)), 10)  # the rounding of the midpoint is all of the radius
@example(Enclosure((1, 0), (2**60 + 1, -120)), 30)  # the radius has more than three digits
@example(exactly(Fraction(1, 2)), 5)
def test_the_text_of_an_enclosure_contains_it(enclosure: Enclosure, digits: int) -> None:
    midpoint, radius = map(Fraction, enclosure.to_text(digits).split(" +/- "))
    assert midpoint - radius <= enclosure.low and enclosure.high <= midpoint + radius
    # And is hardly wider: three digits of radius are a rounding up by less than one part in a hundred.
    least = max(midpoint - enclosure.low, enclosure.high - midpoint)
    assert radius <= least * Fraction(101, 100)
    assert midpoint == (Fraction(to_significant(enclosure.centre, digits)) if enclosure.centre else 0)


@pytest.mark.parametrize(
    "enclosure, text",
    [
        (exactly(0.5), "0.50000 +/- 0"),
        (exactly(0.0), "0 +/- 0"),
        (Enclosure((1, 0), (1, -10)), "1.0000 +/- 0.000977"),  # 0.0009765625
        (Enclosure((1, 0), (1, -30)), "1.0000 +/- 9.32e-10"),  # 9.3132…e-10
        (exactly(Fraction(3, 2**10)), "0.0029297 +/- 1.25e-8"),  # 0.0029296875
    ],
)
def test_the_text_of_an_example(enclosure: Enclosure, text: str) -> None:
    assert enclosure.to_text(5) == text


# --- digits proven ----------------------------------------------------------------------------------------------------


@fixed
@given(enclosures, st.integers(1, 40))
@example(exactly(Fraction(1)), 30)
@example(exactly(0.0), 12)
@example(Enclosure((1, -801), (1, -800)), 30)  # around 0
@example(between(Fraction(0), Fraction(1, 2**800)), 30)
@example(between(Fraction(1) - Fraction(1, 2**200), Fraction(1) + Fraction(1, 2**200)), 30)
@example(between(Fraction(1, 2), Fraction(3, 2)), 3)
@example(between(Fraction(3, 2), Fraction(5, 2)), 3)  # ties, which both go to 2
def test_digits_are_proven_where_both_ends_round_alike(enclosure: Enclosure, most: int) -> None:
    agreeing = [
        digits
        for digits in range(1, most + 1)
        if to_significant(enclosure.low, digits) == to_significant(enclosure.high, digits)
    ]
    straddles = enclosure.low < 0 < enclosure.high
    assert enclosure.digits_proven(most) == (0 if straddles else max(agreeing, default=0))


@fixed
@given(enclosures, portions)
def test_proven_digits_are_those_of_every_number_enclosed(enclosure: Enclosure, portion: Fraction) -> None:
    x = enclosure.low + (enclosure.high - enclosure.low) * binary_near(portion)
    digits = enclosure.digits_proven(40)
    if digits:
        assert enclosure.to_decimal(digits) == to_significant(x, digits)


@fixed
@given(st.integers(1, 10**30), st.integers(1, 3300), st.integers(1, 4000))
@example(10**30 - 1, 1700, 4000)
@example(15, 3000, 4000)
@example(10**13, 23, 4000)
def test_digits_are_not_counted_down_from_the_top(mantissa: int, bits: int, most: int) -> None:
    """However many are asked for: a number of 4000 digits is not rounded a thousand times."""
    tried: list[int] = []

    class Counting(Enclosure):
        def to_decimal(self, digits: int) -> Decimal | None:
            tried.append(digits)
            return super().to_decimal(digits)

    Counting((mantissa, 0), (1, -bits)).digits_proven(most)
    assert len(tried) <= 4


@fixed
@given(enclosures, st.integers(1, 40))
def test_a_decimal_is_given_only_if_it_is_proven(enclosure: Enclosure, digits: int) -> None:
    low, high = (to_significant(end, digits) for end in (enclosure.low, enclosure.high))
    assert enclosure.to_decimal(digits) == (low if low == high else None)


# --- is the print correct? --------------------------------------------------------------------------------------------

# Below it, half the distance of two doubles is less than half a unit in the eighth decimal, so that the shortest digits
# that NumPy prints where they are fewer are those of the exact value too.
FIXED_FORM = st.floats(-(2.0**26), 2.0**26, exclude_max=True, exclude_min=True)
# Below the least normal double the shortest digits are fewer than nine and not those of the exact value.
SCIENTIFIC_FORM = doubles.filter(lambda x: x == 0 or abs(x) >= LEAST_NORMAL)


def reals_between(double: float, towards: float) -> Callable[[Fraction], Fraction]:
    """The number a portion of the way from a double to the next."""
    start, end = Fraction(double), Fraction(math.nextafter(double, towards))
    return lambda portion: start + (end - start) * binary_near(portion)


@fixed
@given(st.one_of(doubles, subnormals))
@example(0.0)
@example(-0.0)
@example(1e16)
@example(0.1 + 0.2)
@example(LEAST)
@example(GREATEST)
@example(999999999999.5)
def test_python2_prints_the_correct_rounding_of_a_double(x: float) -> None:
    (text,) = print_numbers("python2-str", [x])
    assert Print(text, "python2-str").is_correct(exactly(x)) is True


@fixed
@given(st.lists(FIXED_FORM, min_size=1, max_size=6))
@example([0.0])
@example([1 / 512])
@example([3 / 512])
@example([-1 / 512, 0.5])
@example([0.999999999])
def test_an_array_prints_the_correct_rounding_of_its_doubles(values: list[float]) -> None:
    for x, text in zip(values, print_numbers("numpy-array", values), strict=True):
        assert Print(text, "numpy-array").is_correct(exactly(x)) is True


@fixed
@given(st.lists(SCIENTIFIC_FORM, min_size=1, max_size=6))
@example([6.66133815e-15, 1.0, 1 - 2.0**-40, 8.88178420e-15])
@example([0.99999999949])
@example([0.9999999995])
def test_an_array_of_wide_range_prints_the_correct_rounding_of_its_doubles(values: list[float]) -> None:
    # A number as small as this makes NumPy choose the scientific form for the whole array.
    for x, text in zip([*values, 1e-300], print_numbers("numpy-array", [*values, 1e-300]), strict=True):
        assert "e" in text
        assert Print(text, "numpy-array").is_correct(exactly(x)) is True


@fixed
@given(st.one_of(doubles.filter(lambda x: abs(x) < GREATEST), subnormals), st.fractions(-1, 1))
@example(1.0, Fraction(-99, 100))
@example(0.0, Fraction(99, 100))
def test_repr_is_correct_for_every_real_nearest_to_the_double(x: float, portion: Fraction) -> None:
    towards = math.copysign(math.inf, portion)
    real = reals_between(x, towards)(abs(portion) * Fraction(49, 100))
    assert Print(repr(x), "python3-repr").is_correct(exactly(real)) is True


@fixed
@given(st.one_of(doubles.filter(lambda x: abs(x) < GREATEST / 2), subnormals), st.fractions(-1, 1))
@example(1.0, Fraction(-99, 100))
@example(1.0, Fraction(99, 100))
def test_repr_is_wrong_for_every_real_nearest_to_the_next_double(x: float, portion: Fraction) -> None:
    towards = math.copysign(math.inf, portion)
    real = reals_between(math.nextafter(x, towards), -towards)(abs(portion) * Fraction(49, 100))
    assert Print(repr(x), "python3-repr").is_correct(exactly(real)) is False


@pytest.mark.parametrize("x", [1.0, 1.5, 0.1, LEAST, LEAST_NORMAL, -0.3, 1 + 2**-52, 1e300])
@pytest.mark.parametrize("way", [math.inf, -math.inf])
def test_repr_of_the_even_double_is_correct_halfway(x: float, way: float) -> None:
    real = reals_between(x, way)(Fraction(1, 2))
    is_even = int(Fraction(x) / Fraction(math.ulp(x))) % 2 == 0
    assert Print(repr(x), "python3-repr").is_correct(exactly(real)) is is_even


def other_digit(text: str, which: int, by: int) -> str:
    """The string with one of its digits changed."""
    places = [place for place, character in enumerate(text) if character.isdigit()]
    place = places[which % len(places)]
    return text[:place] + str((int(text[place]) + by) % 10) + text[place + 1 :]


prints = st.one_of(
    st.tuples(st.just("python2-str"), nonzero_doubles.map(lambda x: [x])),
    st.tuples(st.just("python3-repr"), nonzero_doubles.map(lambda x: [x])),
    st.tuples(st.just("numpy-array"), st.lists(FIXED_FORM.filter(bool), min_size=1, max_size=4)),
    st.tuples(st.just("numpy-array"), st.lists(SCIENTIFIC_FORM.filter(bool), min_size=1, max_size=4)),
)


@fixed
@given(prints, st.integers(0, 40), st.integers(1, 9))
@example(("python3-repr", [0.30000000000000004]), 17, 1)
@example(("python2-str", [1e16]), 0, 1)
@example(("numpy-array", [6.66133815e-15, 1.0]), 8, 1)
def test_a_print_with_any_digit_changed_is_wrong(
    printed: tuple[Notation, Sequence[float]], which: int, by: int
) -> None:
    notation, values = printed
    text = print_numbers(notation, values)[0]
    assert Print(other_digit(text, which, by), notation).is_correct(exactly(values[0])) is False


TIES: list[tuple[Notation, str, Fraction, str]] = [
    ("python2-str", "0.500000000000", Fraction(1, 2) + Fraction(5, 10**13), "0.5"),
    ("python2-str", "a decade", Fraction(1) - Fraction(5, 10**13), "1.0"),
    ("python2-str", "subnormal", Fraction("2.250738585055e-308"), "2.25073858506e-308"),
    ("numpy-array", "fixed", Fraction("0.123456785"), "0.12345678"),
    ("numpy-array", "fixed, exact in binary", Fraction(1, 512), "0.00195312"),
    ("numpy-array", "fixed, negative", Fraction("-0.123456785"), "-0.12345678"),
    ("numpy-array", "fixed, at zero", Fraction("0.000000005"), "0.00000000"),
    ("numpy-array", "scientific", Fraction("1.234567885e-15"), "1.23456788e-15"),
    ("numpy-array", "scientific, a decade", Fraction("0.9999999995"), "1.00000000e+00"),
    ("python3-repr", "two doubles", Fraction(1) + Fraction(1, 2**53), "1.0"),
    ("python3-repr", "subnormal doubles", Fraction(LEAST) / 2, "5e-324"),
]


@pytest.mark.parametrize(
    "notation, boundary, text", [(tie[0], tie[2], tie[3]) for tie in TIES], ids=[f"{tie[0]}: {tie[1]}" for tie in TIES]
)
@pytest.mark.parametrize("bits", [20, 100, 3000])
def test_an_enclosure_that_straddles_a_rounding_boundary_decides_nothing(
    notation: Notation, boundary: Fraction, text: str, bits: int
) -> None:
    width = abs(boundary) / 10 ** (bits // 3)
    enclosure = between(binary_near(boundary - width, 4400), binary_near(boundary + width, 4400))
    assert enclosure.low < boundary < enclosure.high
    assert Print(text, notation).is_correct(enclosure) is None


@pytest.mark.parametrize(
    "notation, boundary, text", [(tie[0], tie[2], tie[3]) for tie in TIES], ids=[f"{tie[0]}: {tie[1]}" for tie in TIES]
)
def test_one_side_of_a_rounding_boundary_is_correct_and_the_other_wrong(
    notation: Notation, boundary: Fraction, text: str
) -> None:
    width = abs(boundary) / 10**100
    sides = [
        between(binary_near(boundary + near * width, 4400), binary_near(boundary + far * width, 4400))
        for near, far in ((-2, -1), (1, 2))
    ]
    assert sorted(str(Print(text, notation).is_correct(side)) for side in sides) == ["False", "True"]


@fixed
@given(enclosures, st.sampled_from(["python2-str", "numpy-array"]))
def test_correctness_is_decided_where_both_ends_round_alike(enclosure: Enclosure, notation: Notation) -> None:
    low, high = (
        to_significant(end, 12) if notation == "python2-str" else to_place(end, -8)
        for end in (enclosure.low, enclosure.high)
    )
    assert Print(f"{low:f}", notation).is_correct(enclosure) is (True if low == high else None)


# --- margin -----------------------------------------------------------------------------------------------------------


def boundaries(printed: Print, x: Fraction) -> list[Fraction]:
    """The two numbers, on either side of x, where the correct rounding of x in this notation ends."""
    if printed.notation == "python3-repr":
        with gmpy2.ieee(64):
            double = float(gmpy2.mpfr(gmpy2.mpq(x.numerator, x.denominator)))
        ends = [Fraction(math.nextafter(double, way)) for way in (-math.inf, math.inf)]
        return [(Fraction(double) + end) / 2 for end in ends]
    if printed.notation == "numpy-array" and "e" not in printed.text:
        return [Fraction(to_place(x, -8)) + sign * Fraction(1, 2 * 10**8) for sign in (-1, 1)]
    context = decimal.Context(prec=12 if printed.notation == "python2-str" else 9, **WIDE)
    rounded = context.plus(exact_decimal(x))
    return [
        (Fraction(rounded) + Fraction(end)) / 2 for end in (context.next_minus(rounded), context.next_plus(rounded))
    ]


def down_to_four_decimals(x: Fraction) -> str:
    return str(float(Fraction(math.floor(x * 10**4), 10**4)))


# A real, and a portion of the way to its rounding boundary to move it.
full_prints = st.one_of(
    st.tuples(st.just("python2-str"), nonzero_doubles),
    st.tuples(st.just("python3-repr"), st.floats(1e-300, 1e300)),
    st.tuples(st.just("numpy-array"), FIXED_FORM.filter(bool)),
)


@fixed
@given(full_prints)
@example(("python2-str", 0.496410031903))
@example(("numpy-array", 0.49641003190272544))
@example(("python3-repr", 1.0))
def test_margin_is_the_distance_to_the_rounding_boundary(number: tuple[Notation, float]) -> None:
    notation, x = number
    printed = Print(print_numbers(notation, [x])[0], notation)
    last = {"python2-str": leading_place(Fraction(x)) - 11, "numpy-array": -8}.get(notation, printed.last_place)
    assume(printed.last_place == last)  # no zero was left blank at its end
    distance = min(abs(Fraction(x) - boundary) for boundary in boundaries(printed, Fraction(x)))
    assert str(printed.margin(exactly(x))) == down_to_four_decimals(distance / Fraction(10) ** last)


BLANK_ZEROS: list[tuple[Notation, str, str]] = [
    ("numpy-array", "0.2689864", "0.268986403"),
    ("numpy-array", "-0.2078435", "-0.2078435049"),
    ("numpy-array", "1.00000000e+00", "0.99999999975"),
    ("numpy-array", "1.e+00", "1.0000000004"),
    ("python2-str", "0.5", "0.5000000000004"),
    ("python2-str", "1.0", "0.9999999999996"),
    ("python2-str", "1e+16", "10000000000000300"),
]


@pytest.mark.parametrize("notation, text, x", BLANK_ZEROS, ids=[f"{text} for {x}" for _, text, x in BLANK_ZEROS])
def test_within_its_margin_a_number_prints_alike(notation: Notation, text: str, x: str) -> None:
    """Where zeros at the end were left blank, or below a power of ten, the last digit shown is not the last rounded.

    Whichever of the two the margin counts in, it may not reach beyond the boundary in units of the smaller one.
    """
    real = binary_near(Fraction(x), 300)
    printed = Print(text, notation)
    assert printed.is_correct(exactly(real)) is True
    unit = Fraction(10) ** {"python2-str": leading_place(real) - 11, "numpy-array": -8}[notation]
    reach = Fraction(str(printed.margin(exactly(real)))) * unit
    assert reach <= min(abs(real - boundary) for boundary in boundaries(printed, real))


@fixed
@given(full_prints, widths.filter(lambda width: width < 2**-60))
def test_margin_is_that_of_the_worse_end(number: tuple[Notation, float], width: Fraction) -> None:
    notation, x = number
    printed = Print(print_numbers(notation, [x])[0], notation)
    enclosure = between(Fraction(x), Fraction(x) + width * abs(Fraction(x)))
    assume(printed.is_correct(enclosure))
    margins = [printed.margin(exactly(end)) for end in (enclosure.low, enclosure.high)]
    assert str(printed.margin(enclosure)) == str(min(margins))


@pytest.mark.parametrize(
    "notation, boundary, text", [(tie[0], tie[2], tie[3]) for tie in TIES], ids=[f"{tie[0]}: {tie[1]}" for tie in TIES]
)
def test_an_enclosure_that_straddles_a_rounding_boundary_has_no_margin(
    notation: Notation, boundary: Fraction, text: str
) -> None:
    width = abs(boundary - Fraction(float(text) if notation == "python3-repr" else text)) / 2
    enclosure = between(binary_near(boundary - width, 4400), binary_near(boundary + width, 4400))
    assert str(Print(text, notation).margin(enclosure)) == "0.0"


@pytest.mark.parametrize("notation, text", [("python2-str", "0.0"), ("numpy-array", "0.e+00")])
def test_a_zero_that_has_no_last_digit_has_no_margin(notation: Notation, text: str) -> None:
    assert Print(text, notation).is_correct(exactly(0.0)) is True
    assert [Print(text, notation).margin(exactly(x)) for x in (0.0, 1e-300)] == [0, 0]


@pytest.mark.parametrize("sign", [1, -1])
def test_beyond_the_greatest_double_no_repr_is_correct(sign: int) -> None:
    """IEEE 754 rounds to infinity from half a unit beyond the greatest double on: 2^1024 - 2^970."""
    printed = Print(repr(sign * GREATEST), "python3-repr")
    boundary = Fraction(2) ** 1024 - Fraction(2) ** 970
    just_below = exactly(sign * (boundary - 1))
    assert printed.is_correct(just_below) is True
    assert printed.margin(just_below) == 0
    assert str(printed.margin(exactly(sign * GREATEST))) == down_to_four_decimals(Fraction(2) ** 970 / 10**292)
    for x in (boundary, Fraction(2) ** 5000):
        assert printed.is_correct(exactly(sign * x)) is False
        assert printed.margin(exactly(sign * x)) == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_beyond_the_greatest_double_repr_rounds_to_the_infinity_of_the_same_sign(sign: int) -> None:
    assert Print("1.0", "python3-repr").rounding(sign * Fraction(2) ** 5000) == sign * math.inf


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    "notation, text, margin",
    [
        # Below 1 twelve digits lie ten times as close: the boundary is 5e-13 away, and a unit is 1e-11.
        ("python2-str", "1.0", "0.05"),
        ("numpy-array", "1.00000000e+00", "0.05"),
        ("numpy-array", "1.", "0.5"),
    ],
)
def test_margin_at_a_power_of_ten(notation: Notation, text: str, margin: str, sign: int) -> None:
    printed = Print(text if sign > 0 else f"-{text}", notation)
    assert str(printed.margin(exactly(float(sign)))) == margin


@pytest.mark.parametrize("sign", [1, -1])
def test_margin_above_a_power_of_ten(sign: int) -> None:
    """2^-38 is 0.3638 units of the twelfth digit of 1, whose boundary away from zero lies at half a unit."""
    printed = Print("1.0" if sign > 0 else "-1.0", "python2-str")
    assert str(printed.margin(exactly(sign * (1 + Fraction(1, 2**38))))) == "0.1362"


def test_a_number_that_may_be_zero_has_no_relative_error() -> None:
    tenth = Fraction(1, 1024)
    for ends in ((-tenth, tenth), (Fraction(0), tenth), (-tenth, Fraction(0))):
        assert Print("0.5", "numpy-array").log_relative_error(between(*ends)) is None
        assert between(*ends).digits_proven(30) == 0
    assert Print("0.5", "numpy-array").log_relative_error(exactly(0.0)) == 0.3


@pytest.mark.parametrize("k", range(-3, 4))
def test_an_error_of_a_power_of_ten_counts_as_whole_digits(k: int) -> None:
    assert tenths_of_logarithm(Fraction(10) ** -k) == 10 * k
    assert tenths_of_logarithm(Fraction(10) ** -k * (1 + Fraction(1, 10**9))) == 10 * k - 1


def test_no_digits_are_certified_as_nothing_and_a_power_of_ten_is_written_small() -> None:
    assert exactly(Fraction(1, 2**40)).certified(0) is None
    assert exactly(Fraction(1, 2**40)).certified(3) == "9.09e-13"


def test_the_greatest_exponent_that_is_written() -> None:
    assert Enclosure.of(flint.arb(2) ** MOST_EXPONENT) == Enclosure((1, MOST_EXPONENT), (0, 0))
    assert Enclosure.of(flint.arb(2) ** (MOST_EXPONENT + 1)) is None


# --- how wrong the print is -------------------------------------------------------------------------------------------

texts = st.builds(
    lambda coefficient, exponent: str(
        Decimal((int(coefficient < 0), tuple(map(int, str(abs(coefficient)))), exponent))
    ).lower(),
    st.integers(-(10**12), 10**12),
    st.integers(-20, 5),
)


def relative_error(text: str, x: Fraction) -> Fraction:
    return abs(Fraction(text) - x) / (abs(x) if x else 1)


def tenths_of_digits(error: Fraction) -> int:
    """The greatest whole number k for which the error is at most 10^(-k/10), found with powers of rationals."""
    place = leading_place(error)
    return next(k for k in range(-10 * place, -10 * place - 11, -1) if error**10 <= Fraction(10) ** -k)


@fixed
@given(texts, binary_fractions, st.sampled_from([0, 40, 100]))
@example("0.5", Fraction(1, 2), 0)
@example("0.5", Fraction(0), 0)
@example("0", Fraction(0), 0)
@example("0", Fraction(1), 0)
@example("-0.5", Fraction(1, 2), 0)
def test_log_relative_error_is_the_number_of_correct_digits_rounded_down(
    text: str, offset: Fraction, bits: int
) -> None:
    x = binary_near(Fraction(text)) + offset / 2**bits
    error = relative_error(text, x)
    most = 9 if "e" in text else max(1, len(str(int(abs(Fraction(text)) * 10**8))))
    expected = most if error == 0 else min(Fraction(tenths_of_digits(error), 10), Fraction(most))
    assert Fraction(str(Print(text, "numpy-array").log_relative_error(exactly(x)))) == expected


@pytest.mark.parametrize("digits", range(1, 8))
def test_log_relative_error_is_never_rounded_up(digits: int) -> None:
    # The relative error is a very little more than 10^-digits, so fewer digits than that are correct.
    x = binary_near(1 / (1 + Fraction(1, 10**digits) + Fraction(1, 10**40)), 400)
    assert relative_error("1.00000000", x) > Fraction(1, 10**digits)
    found = Print("1.00000000", "numpy-array").log_relative_error(exactly(x))
    assert str(found) == str((10 * digits - 1) / 10)


@pytest.mark.parametrize(
    "notation, text, x, digits",
    [
        ("numpy-array", "0.5", "1/2", "8"),  # which says 0.50000000
        ("numpy-array", "12.5", "25/2", "10"),
        ("numpy-array", "0.00000024", "1/4194304", "2"),
        ("numpy-array", "0.", "0", "1"),
        ("numpy-array", "0.5", "33/64", "1.5"),
        ("numpy-array", "5.e-01", "1/2", "9"),
        ("python2-str", "0.5", "1/2", "12"),
        ("python3-repr", "0.5", "1/2", "17"),
    ],
)
def test_log_relative_error_counts_the_digits_of_the_notation(
    notation: Notation, text: str, x: str, digits: str
) -> None:
    assert str(Print(text, notation).log_relative_error(exactly(Fraction(x)))) == digits


def test_log_relative_error_is_that_of_the_worse_end() -> None:
    near, far = Fraction(1, 2) + Fraction(1, 2**20), Fraction(1, 2) + Fraction(1, 2**10)
    for ends in ((near, far), (1 - far, 1 - near)):
        found = Print("0.5", "numpy-array").log_relative_error(between(*ends))
        assert found == min(Print("0.5", "numpy-array").log_relative_error(exactly(end)) for end in ends)
        assert found == 2.7


def expansion(x: Fraction, last: int) -> str:
    """The digits of a number from its first place on down to that of 10^last, cut off and not rounded."""
    return ("-" if x < 0 else "") + str(int(abs(x) / Fraction(10) ** last)).rjust(60, "0")


def right_digits(text: str, low: Fraction, high: Fraction) -> int:
    """How many leading significant digits of a print stand in the expansion of both ends too, by trying each."""
    _, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    expansions = [
        {expansion(x, exponent + dropped) for x in (Fraction(text), low, high)} for dropped in range(len(digits))
    ]
    return sum(len(alike) == 1 for alike in expansions[1:])


@fixed
@given(texts, binary_fractions, st.sampled_from([0, 40, 100]), widths)
@example("0.25", Fraction(0), 0, Fraction(0))
@example("0", Fraction(1, 2), 0, Fraction(0))
def test_correct_digits_are_all_of_a_correct_rounding_or_else_those_of_the_number(
    text: str, offset: Fraction, bits: int, width: Fraction
) -> None:
    low = binary_near(Fraction(text)) + offset / 2**bits
    high = low + width / 2**bits
    printed, enclosure = Print(text, "numpy-array"), between(low, high)
    expected = len(Decimal(text).as_tuple().digits) if printed.is_correct(enclosure) else right_digits(text, low, high)
    assert printed.correct_digits(enclosure) == expected


@pytest.mark.parametrize(
    "text, x, digits",
    [
        ("0.25", Fraction(1, 4), 2),
        ("0.25", Fraction(1, 4) + Fraction(1, 256), 1),  # 0.25390625, but 0.25 is not its rounding
        ("0.25", Fraction(1, 4) + Fraction(1, 128), 1),  # 0.2578125
        ("0.25", Fraction(5, 16), 0),  # 0.3125
        ("-0.25", Fraction(1, 4), 0),
        ("0", Fraction(1, 2), 0),
    ],
)
def test_correct_digits_of_an_example(text: str, x: Fraction, digits: int) -> None:
    assert Print(text, "numpy-array").correct_digits(exactly(x)) == digits


@pytest.mark.parametrize(
    "text, value, digits, place",
    [
        ("0.00260572", Fraction(260572, 10**8), 6, -8),
        ("1e-05", Fraction(1, 10**5), 1, -5),
        ("6.66133815e-15", Fraction(666133815, 10**23), 9, -23),
        ("1.00000000e+00", Fraction(1), 9, -8),
        ("-2.50760127", Fraction(-250760127, 10**8), 9, -8),
        ("100000.5", Fraction(200001, 2), 7, -1),
        ("0.", Fraction(0), 1, 0),
        ("0.00", Fraction(0), 1, -2),
    ],
)
def test_a_printed_number_is_read_digit_by_digit(text: str, value: Fraction, digits: int, place: int) -> None:
    printed = Print(text, "numpy-array")
    assert (printed.value, printed.significant_digits, printed.last_place) == (value, digits, place)
