"""The arithmetics: exp and log against FLINT's balls, sums against loops in the order specified, proofs against
rationals."""

import decimal
import math
import random
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import flint
import gmpy2
import numpy
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lastdigit.arithmetic import (
    Arithmetic,
    Array,
    Ball,
    Batch,
    Decimals,
    Elementwise,
    Multiprecision,
    Native,
    Portable,
    fused_multiply_add,
    pairwise_sum,
    two_lane_sum,
)
from lastdigit.enclosure import Enclosure
from lastdigit.rounding import nearest_double

fixed = settings(derandomize=True, deadline=None)

LEAST = 2.0**-1074
LEAST_NORMAL = 2.0**-1022
GREATEST = float.fromhex("0x1.fffffffffffffp+1023")


def hexadecimal(values: Array | Sequence[float]) -> list[str]:
    """Every bit of every number, so that two zeros, or two numbers that print alike, are told apart."""
    return [float(value).hex() for value in numpy.ravel(values)]


def ball_of(name: str, value: float) -> Enclosure | None:
    """An enclosure narrow enough to tell to which double even the hardest cases below are rounded."""
    with flint.ctx.workprec(256):
        return Enclosure.of(getattr(flint.arb(value), name)())


def by_flint(name: str, values: Sequence[float]) -> list[str]:
    """The correct rounding to binary64, gradual underflow included, by another library than the one under test."""

    def rounded(value: float) -> float:
        if math.isnan(value):
            return value
        enclosure = ball_of(name, max(-1e3, min(1e3, value)) if name == "exp" else value)
        assert enclosure is not None
        try:
            double = enclosure.agree(nearest_double)
        except OverflowError:
            return math.inf
        assert double is not None
        return double

    return hexadecimal(list(map(rounded, values)))


def by_portable(name: str, values: Sequence[float]) -> list[str]:
    with Portable() as arithmetic:
        return hexadecimal(getattr(arithmetic, name)(arithmetic.lift(values)))


# --- exp and log ------------------------------------------------------------------------------------------------------

generator = random.Random(20170131)


def any_double() -> float:
    """A finite binary64 with random bits, so that every exponent is as likely as any other."""
    while True:
        (value,) = struct.unpack("<d", struct.pack("<Q", generator.getrandbits(64)))
        if math.isfinite(value):
            return float(value)


def uniform(low: float, high: float, count: int) -> list[float]:
    return [generator.uniform(low, high) for _ in range(count)]


def around(centre: float, steps: int) -> list[float]:
    """A double and its neighbours on both sides."""
    below, above = [centre], [centre]
    for _ in range(steps):
        below.append(math.nextafter(below[-1], -math.inf))
        above.append(math.nextafter(above[-1], math.inf))
    return [*reversed(below), *above[1:]]


OVERFLOWS = 709.782712893384  # the greatest double whose exp is finite
VANISHES = -745.1332191019412  # the greatest double whose exp rounds to 0
TURNS_SUBNORMAL = -708.3964185322641  # where exp falls below 2^-1022

EXP_ARGUMENTS = {
    "random bits": [any_double() for _ in range(2000)],
    "the whole range of results": uniform(-746, 710, 4000),
    "sums in a network": uniform(-10, 10, 4000),
    "small": [generator.uniform(-1, 1) * 2.0 ** -generator.randint(1, 80) for _ in range(1000)],
    "results that are subnormal": uniform(VANISHES, TURNS_SUBNORMAL, 2000),
    "overflow": around(OVERFLOWS, 20),
    "underflow": around(VANISHES, 20),
    "gradual underflow": around(TURNS_SUBNORMAL, 20),
    "the bounds of the clip": [*around(1000.0, 3), *around(-1000.0, 3)],
    "zeros": [0.0, -0.0],
    "subnormal": [LEAST, -LEAST, 3 * LEAST, -3 * LEAST, *around(LEAST_NORMAL, 3), *around(-LEAST_NORMAL, 3)],
    "huge": [GREATEST, -GREATEST, 1e300, -1e300],
    "not finite": [math.inf, -math.inf, math.nan],
    "near midpoints of doubles": [k * 2.0**-53 for k in range(-199, 201, 2)],
}

LOG_ARGUMENTS = {
    "random bits": [abs(any_double()) or 1.0 for _ in range(4000)],
    "outputs of a network": uniform(0, 1, 4000),
    "near 1": [*around(1.0, 100), *uniform(0.999, 1.001, 1000)],
    "subnormal": [LEAST, 3 * LEAST, 12345 * LEAST, *around(LEAST_NORMAL, 3), *(LEAST * k for k in range(1, 200))],
    "huge": [GREATEST, math.nextafter(GREATEST, 0), 1e300],
    "powers of two": [2.0**k for k in range(-1074, 1024)],
}


ARGUMENTS = [("exp", kind) for kind in EXP_ARGUMENTS.items()] + [("log", kind) for kind in LOG_ARGUMENTS.items()]


@pytest.mark.parametrize(
    "name, arguments", [(name, values) for name, (_, values) in ARGUMENTS], ids=[f"{n}, {k}" for n, (k, _) in ARGUMENTS]
)
def test_exp_and_log_are_correctly_rounded(name: str, arguments: list[float]) -> None:
    assert by_portable(name, arguments) == by_flint(name, arguments)


def test_log_at_the_ends_of_its_range() -> None:
    assert by_portable("log", [1.0, 0.0, -0.0, math.inf]) == ["0x0.0p+0", "-inf", "-inf", "inf"]
    assert by_portable("log", [-1.0, -math.inf, math.nan]) == ["nan"] * 3


# Cases that are hard to round to nearest: the value agrees with the midpoint of two doubles in some 50 bits more than
# the 53 of a double. The arguments are from Lefèvre and Muller, "Worst cases for correct rounding of the elementary
# functions in double precision" (2003), and from those that CORE-MATH collects (https://core-math.gitlabpages.inria.fr/).
HARD: list[tuple[str, str, str]] = [
    ("exp", "0x1.9e9cbbfd6080bp-31", "0x1.000000033d398p+0"),
    ("exp", "0x1.6a4d1af9cc989p-8", "0x1.016b4df3299d7p+0"),
    ("exp", "0x1.8ae823850230bp-5", "0x1.0ca4a41663fe0p+0"),
    ("exp", "0x1.accfbe46b4ef0p-1", "0x1.27c2e4bc1ee70p+1"),
    ("exp", "0x1.aca7ae8da5a7bp+0", "0x1.557d4acd7e557p+2"),
    ("exp", "0x1.a8ead058bc6b8p+3", "0x1.1d71965f516aep+19"),
    ("exp", "-0x1.02393d5976769p+1", "0x1.1064b2c103ddbp-3"),
    ("exp", "-0x1.22e24fa3d5cf9p-1", "0x1.2217147b85eaap-1"),
    ("exp", "-0x1.4bd46601ae1efp-31", "0x1.fffffffad0ae7p-1"),
    ("exp", "0x1.0000000000000p-53", "0x1.0000000000001p+0"),
    ("log", "0x1.1f1f3da2014bbp+1", "0x1.9da2102202faep-1"),
    ("log", "0x1.dd40c880d5893p+0", "0x1.3ee8bde38b4d2p-1"),
    ("log", "0x1.7f3825778aaafp+4", "0x1.9687c83faf006p+1"),
]


@pytest.mark.parametrize("name, argument, value", HARD, ids=[f"{name} of {argument}" for name, argument, _ in HARD])
def test_known_hard_case_is_correctly_rounded(name: str, argument: str, value: str) -> None:
    assert by_portable(name, [float.fromhex(argument)]) == [value] == by_flint(name, [float.fromhex(argument)])


@pytest.mark.parametrize("precision", [{"precision": 52}, {"precision": 64}, {"precision": 53}], ids=str)
def test_another_precision_is_caught(precision: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """One bit less; the 80-bit numbers of an old processor; and the right precision without subnormal numbers."""
    arguments = [float.fromhex(argument) for name, argument, _ in HARD if name == "exp"]
    arguments += EXP_ARGUMENTS["results that are subnormal"]
    monkeypatch.setattr(Portable, "precision", lambda self: gmpy2.context(**precision))
    assert by_portable("exp", arguments) != by_flint("exp", arguments)


@pytest.mark.parametrize("shape", [(), (1,), (4, 1), (4, 3), (2, 3, 5), (0,)], ids=str)
@pytest.mark.parametrize("name", ["exp", "log"])
def test_keeps_the_shape_and_the_order_of_the_elements(name: str, shape: tuple[int, ...]) -> None:
    x = (numpy.arange(math.prod(shape), dtype=float) + 1).reshape(shape)
    with Portable() as arithmetic:
        result = getattr(arithmetic, name)(x)
    assert (result.shape, result.dtype) == (shape, numpy.float64)
    assert hexadecimal(result) == by_flint(name, x.ravel().tolist())


def test_elements_of_a_transposed_array_stay_in_place() -> None:
    x = numpy.arange(6.0).reshape(2, 3)
    with Portable() as arithmetic:
        assert hexadecimal(arithmetic.exp(x.T)) == hexadecimal(arithmetic.exp(x).T)


# --- sums -------------------------------------------------------------------------------------------------------------

UNIT = 2.0**-53  # half the distance from 1 to the next double: added to 1 alone, it is lost

# Where the order shows in the last bit: the terms, and the sums by halves, in two lanes, and in order.
ORDERS = [
    ([1.0], 1.0, 1.0, 1.0),
    ([1.0, UNIT], 1.0, 1.0, 1.0),
    ([1.0, UNIT, UNIT], 1 + 2 * UNIT, 1.0, 1.0),  # 0 + (1 + 2) | (0 + 2) + 1
    ([UNIT, 1.0, UNIT], 1.0, 1 + 2 * UNIT, 1.0),
    ([UNIT, UNIT, 1.0], 1.0, 1.0, 1 + 2 * UNIT),
    ([1.0, UNIT, UNIT, UNIT], 1 + 2 * UNIT, 1 + 2 * UNIT, 1.0),  # (0 + 1) + (2 + 3) | (0 + 2) + (1 + 3)
    ([1.0, UNIT, UNIT, 0.0], 1.0, 1.0, 1.0),
    ([1.0, 0.0, UNIT, UNIT], 1 + 2 * UNIT, 1.0, 1.0),
    ([1.0, UNIT, 0.0, UNIT], 1.0, 1 + 2 * UNIT, 1.0),
    ([UNIT, UNIT, 1.0, 0.0], 1 + 2 * UNIT, 1.0, 1 + 2 * UNIT),
    ([1.0, 0.0, UNIT, UNIT, 0.0], 1 + 2 * UNIT, 1.0, 1.0),  # (0 + 1) + (2 + (3 + 4)) | ((0 + 2) + 4) + (1 + 3)
    ([1.0, UNIT, 0.0, UNIT, 0.0], 1.0, 1 + 2 * UNIT, 1.0),
]


@pytest.mark.parametrize("terms, by_halves, in_lanes, in_order", ORDERS, ids=[str(order[0]) for order in ORDERS])
def test_order_of_a_sum_shows_in_its_last_bit(
    terms: list[float], by_halves: float, in_lanes: float, in_order: float
) -> None:
    sums = [pairwise_sum(terms), two_lane_sum(terms), left_to_right(terms)]
    assert hexadecimal(sums) == hexadecimal([by_halves, in_lanes, in_order])


def left_to_right(terms: Sequence[float]) -> float:
    total = terms[0]
    for term in terms[1:]:
        total += term
    return total


def halves_written_out(p: Sequence[float]) -> float:
    match len(p):
        case 1:
            return p[0]
        case 2:
            return p[0] + p[1]
        case 3:
            return p[0] + (p[1] + p[2])
        case 4:
            return (p[0] + p[1]) + (p[2] + p[3])
        case 5:
            return (p[0] + p[1]) + (p[2] + (p[3] + p[4]))
        case 6:
            return (p[0] + (p[1] + p[2])) + (p[3] + (p[4] + p[5]))
        case 7:
            return (p[0] + (p[1] + p[2])) + ((p[3] + p[4]) + (p[5] + p[6]))
        case 8:
            return ((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + (p[6] + p[7]))
    raise AssertionError(len(p))


def lanes_written_out(p: Sequence[float]) -> float:
    even, odd = p[0], p[1] if len(p) > 1 else None
    for k in range(2, len(p), 2):
        even = even + p[k]
    for k in range(3, len(p), 2):
        odd = odd + p[k]  # type: ignore[operator]
    return even if odd is None else even + odd


# Products of two of these stay far from overflow, which is no matter of order.
factors = st.floats(-1e100, 1e100)


@fixed
@given(st.lists(factors, min_size=1, max_size=8))
@example([-0.0])
@example([-0.0, -0.0, -0.0])
def test_sums_add_in_the_order_written_out(terms: list[float]) -> None:
    assert hexadecimal([pairwise_sum(terms), two_lane_sum(terms)]) == hexadecimal(
        [halves_written_out(terms), lanes_written_out(terms)]
    )


# Every product that a forward or backward pass of the experiments makes: rows, terms, columns.
SHAPES = [
    (4, 3, 1),
    (4, 3, 4),
    (4, 4, 1),
    (4, 1, 4),
    (3, 4, 1),
    (3, 4, 4),
    (4, 2, 3),
    (4, 1, 3),
    (2, 4, 3),
    (1, 3, 1),
    (1, 3, 4),
    (1, 1, 1),
    (2, 7, 2),
    (2, 8, 1),
]


def dot_by_loops(a: Array, b: Array, add: Callable[[Sequence[float]], float]) -> Array:
    """Every product rounded on its own by Python, which never fuses, then added in the order given."""
    rows, columns = range(a.shape[0]), range(b.shape[1])
    return numpy.array(
        [[add([float(a[i, k]) * float(b[k, j]) for k in range(b.shape[0])]) for j in columns] for i in rows]
    )


@pytest.mark.parametrize("rows, terms, columns", SHAPES)
@settings(fixed, max_examples=30)
@given(data=st.data())
def test_portable_dot_adds_in_the_order_written_out(rows: int, terms: int, columns: int, data: st.DataObject) -> None:
    a = data.draw(arrays(float, (rows, terms), elements=factors))
    b = data.draw(arrays(float, (terms, columns), elements=factors))
    add = lanes_written_out if columns == 1 else halves_written_out
    with Portable() as arithmetic:
        result = arithmetic.dot(a, b)
        # A transposed array lies otherwise in memory, which may not change the order.
        again = arithmetic.dot(numpy.asfortranarray(a), b.T.copy().T)
    assert result.shape == (rows, columns)
    assert hexadecimal(result) == hexadecimal(dot_by_loops(a, b, add))
    assert hexadecimal(again) == hexadecimal(result)


@pytest.mark.parametrize("columns", [1, 2])
def test_portable_dot_does_not_fuse(columns: int) -> None:
    """x · x - round(x · x) is 0 if the product is rounded first, and its rounding error, 2^-60, if it is fused."""
    x = 1 + 2.0**-30
    a, b = numpy.array([[x, -(x * x)]]), numpy.array([[x] * columns, [1.0] * columns])
    assert Fraction(x) ** 2 - Fraction(x * x) == Fraction(1, 2**60)
    with Portable() as arithmetic:
        assert hexadecimal(arithmetic.dot(a, b)) == ["0x0.0p+0"] * columns


@fixed
@given(arrays(float, st.sampled_from([(4, 1), (1, 1), (3, 1), (2, 2), (4, 2)]), elements=factors))
@example(numpy.array([[1.0], [UNIT], [UNIT], [UNIT]]))
def test_portable_mean_adds_by_halves_and_divides_once(x: Array) -> None:
    with Portable() as arithmetic:
        mean = arithmetic.mean(x)
    assert hexadecimal([mean]) == hexadecimal([halves_written_out(x.ravel().tolist()) / x.size])


@fixed
@given(factors, factors, factors)
@example(1 + 2.0**-30, 1 + 2.0**-30, -((1 + 2.0**-30) ** 2))
def test_a_fused_product_and_sum_is_rounded_once(a: float, b: float, c: float) -> None:
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    with Portable():
        assert fused_multiply_add(a, b, c) == nearest_double(exact)


# --- proofs and second opinions ---------------------------------------------------------------------------------------

# Within these bounds a product of two has at most 240 binary places, so that it is exact in as many decimal ones.
moderate = st.one_of(st.just(0.0), st.floats(2.0**-60, 2.0**60), st.floats(-(2.0**60), -(2.0**-60)))


def exact_dot(a: Array, b: Array) -> list[Fraction]:
    rows, columns = range(a.shape[0]), range(b.shape[1])
    return [
        sum((Fraction(float(a[i, k])) * Fraction(float(b[k, j])) for k in range(b.shape[0])), Fraction())
        for i in rows
        for j in columns
    ]


def encloses(ball: flint.arb, x: Fraction) -> bool:
    enclosure = Enclosure.of(ball)
    assert enclosure is not None
    return enclosure.low <= x <= enclosure.high


@pytest.mark.parametrize("bits", [2, 53, 160])
@pytest.mark.parametrize("rows, terms, columns", SHAPES[:6])
@settings(fixed, max_examples=15)
@given(data=st.data())
def test_ball_encloses_the_exact_result(rows: int, terms: int, columns: int, bits: int, data: st.DataObject) -> None:
    a = data.draw(arrays(float, (rows, terms), elements=moderate))
    b = data.draw(arrays(float, (terms, columns), elements=moderate))
    with Ball(bits) as arithmetic:
        lifted_a, lifted_b = arithmetic.lift(a), arithmetic.lift(b)
        dot, mean, square = arithmetic.dot(lifted_a, lifted_b), arithmetic.mean(lifted_a), lifted_a * lifted_a
    numbers = [Fraction(value) for value in a.ravel().tolist()]
    assert all(map(encloses, dot.ravel(), exact_dot(a, b)))
    assert encloses(mean, sum(numbers, Fraction()) / len(numbers))
    assert all(map(encloses, square.ravel(), (number**2 for number in numbers)))


SECOND_LIBRARIES = {"libmpdec": Decimals(400), "MPFR": Multiprecision(500)}


@pytest.mark.parametrize("arithmetic", SECOND_LIBRARIES.values(), ids=SECOND_LIBRARIES)
@pytest.mark.parametrize("rows, terms, columns", SHAPES[:6])
@settings(fixed, max_examples=15)
@given(data=st.data())
def test_numbers_of_enough_digits_are_exact(
    arithmetic: Elementwise, rows: int, terms: int, columns: int, data: st.DataObject
) -> None:
    a = data.draw(arrays(float, (rows, terms), elements=moderate))
    b = data.draw(arrays(float, (terms, columns), elements=moderate))
    with arithmetic:
        gmpy2.get_context().clear_flags()  # of what was computed before in the context that libmpdec leaves alone
        dot = arithmetic.dot(arithmetic.lift(a), arithmetic.lift(b))
        # The control: not one digit was lost.
        assert not (decimal.getcontext().flags[decimal.Inexact] or gmpy2.get_context().inexact)
        power_of_two = arithmetic.lift(a.ravel()[:1].repeat(4))
        mean = arithmetic.mean(power_of_two)
    assert list(map(exactly, dot.ravel())) == exact_dot(a, b)
    assert exactly(mean) == Fraction(a.ravel().tolist()[0])


def exactly(number: Any) -> Fraction:
    return Fraction(*map(int, number.as_integer_ratio()))


@pytest.mark.parametrize("name", ["exp", "log"])
@settings(fixed, max_examples=200)
@given(argument=st.floats(2.0**-40, 700))
@example(argument=1.0)
@example(argument=2.0**-53)
def test_three_libraries_agree(name: str, argument: float) -> None:
    """libmpdec and MPFR round exp and log correctly: half a unit in their last place is all that they may be off."""
    enclosure = ball_of(name, argument)
    assert enclosure is not None
    with Decimals(40) as arithmetic:
        (value,) = getattr(arithmetic, name)(arithmetic.lift([argument]))
    assert value == enclosure.to_decimal(40)
    with Multiprecision(133) as arithmetic:
        (value,) = getattr(arithmetic, name)(arithmetic.lift([argument]))
    most = abs(exactly(value)) / 2**133
    assert all(abs(exactly(value) - end) <= most for end in (enclosure.low, enclosure.high))


EACH: list[Arithmetic] = [Native(), Portable(), Batch(), Ball(80), Multiprecision(80), Decimals(30)]


@fixed
@given(st.floats(allow_nan=False, allow_infinity=False))
@example(LEAST)
@example(GREATEST)
@example(0.1)
def test_a_double_enters_exactly(value: float) -> None:
    with Ball(2) as balls, Decimals(2) as decimals, Multiprecision(53) as numbers:
        (ball,), *others = balls.lift([value]), *decimals.lift([value]), *numbers.lift([value])
    enclosure = Enclosure.of(ball)
    assert enclosure is not None
    assert {enclosure.low, enclosure.high, *map(exactly, others)} == {Fraction(value)}


@pytest.mark.parametrize("arithmetic", EACH, ids=lambda each: str(each.name))
@pytest.mark.parametrize("shape", [(), (3,), (4, 3), (1, 1)], ids=str)
def test_lifting_copies_and_keeps_shape_and_values(arithmetic: Arithmetic, shape: tuple[int, ...]) -> None:
    x = numpy.arange(math.prod(shape), dtype=float).reshape(shape) / 7
    with arithmetic:
        lifted = arithmetic.lift(x)
    assert lifted.shape == shape
    assert [float(value) for value in lifted.ravel()] == x.ravel().tolist()
    assert not numpy.shares_memory(lifted, x)


def settings_of_all() -> list[Any]:
    """The precision of every library, and NumPy's warnings."""
    context = gmpy2.get_context()
    of_mpfr = context.precision, context.emin, context.emax, context.subnormalize
    return [flint.ctx.prec, decimal.getcontext().prec, of_mpfr, numpy.geterr()]


@pytest.mark.parametrize("arithmetic", EACH, ids=lambda each: str(each.name))
def test_the_precision_of_others_is_put_back(arithmetic: Arithmetic) -> None:
    before = settings_of_all()
    with pytest.raises(ZeroDivisionError), arithmetic:
        raise ZeroDivisionError
    assert settings_of_all() == before


def test_within_an_arithmetic_its_precision_holds() -> None:
    with Ball(777), Decimals(77), Multiprecision(200):
        assert (flint.ctx.prec, gmpy2.get_context().precision) == (777, 200)
        assert len(str(Decimal(1) / Decimal(3))) == len("0.") + 77
        with Portable() as arithmetic:
            assert hexadecimal(arithmetic.exp(numpy.array([2.0**-53]))) == ["0x1.0000000000001p+0"]
        assert (flint.ctx.prec, gmpy2.get_context().precision) == (777, 200)
