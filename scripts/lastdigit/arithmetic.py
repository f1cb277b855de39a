"""The arithmetics: what differs between kinds of numbers, so that the algorithm can be stated once.

An arithmetic says how a float enters it (`lift`), its `exp` and `log`, and in which order sums are added (`dot` and
`mean`). Sums, differences, products and quotients of single numbers are the numbers' own. An arithmetic is used inside
`with`, because some number types keep their precision in a global setting.
"""

import decimal
import math
import operator
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import reduce
from typing import Any, cast

import flint
import numpy

Array = numpy.ndarray[Any, Any]


class Arithmetic:
    """NumPy's binary64 as installed, and the seam at which other arithmetics differ.

    All functions take and give arrays; all values are dimensionless.
    """

    name = "native"

    def __enter__(self) -> "Arithmetic":
        self._context = self.precision()
        self._context.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._context.__exit__(*exception)

    def precision(self) -> AbstractContextManager[Any]:
        """The global setting of precision that this arithmetic works under."""
        return nullcontext()

    def lift(self, numbers: Any) -> Array:
        """The same numbers, as an array of this arithmetic. Every binary64 enters exactly."""
        return numpy.array(numbers, dtype=numpy.float64)

    def exp(self, x: Array) -> Array:
        """The exponential of each element."""
        return numpy.asarray(numpy.exp(x))

    def log(self, x: Array) -> Array:
        """The natural logarithm of each element."""
        return numpy.asarray(numpy.log(x))

    def dot(self, a: Array, b: Array) -> Array:
        """The matrix product, m by k times k by n."""
        return numpy.asarray(numpy.dot(a, b))

    def mean(self, x: Array) -> Any:
        """The arithmetic mean of all elements."""
        return numpy.mean(x)


class Native(Arithmetic):
    """NumPy's binary64 as installed: BLAS and vector instructions choose the order of sums and the error of `exp`."""


def sum_by_halves(terms: Sequence[Any]) -> Any:
    """Add recursively: the sum of the first half plus the sum of the second, the middle term going to the second."""
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    return sum_by_halves(terms[:middle]) + sum_by_halves(terms[middle:])


def sum_in_two_lanes(terms: Sequence[Any]) -> Any:
    """Add the even-indexed terms in order, and the odd-indexed in order, then the two."""
    lanes = [reduce(operator.add, lane) for lane in (terms[0::2], terms[1::2]) if len(lane)]
    return reduce(operator.add, lanes)


def correctly_rounded(function: Callable[[Any], Any], x: float) -> float:
    """One value of exp or log, rounded to the nearest double, ties to even.

    The ball that contains the value is made finer until both its ends round to the same double. That ends, because
    the value lies on no midpoint of two doubles: at rational arguments other than 0 (exp) and 1 (log), where a ball is
    exact, it is irrational (Lindemann). What is not finite (NaN, the logarithm of 0) gives NaN.
    `float` of an exact ball rounds to nearest, ties to even, subnormals included.
    """
    ball = function(flint.arb(x))
    if not ball.is_finite():
        return math.nan
    low, high = float(ball.lower()), float(ball.upper())
    if low == high:
        return low
    with flint.ctx.workprec(2 * flint.ctx.prec):
        return correctly_rounded(function, x)


class Portable(Arithmetic):
    """Binary64 with every rounding specified, so that each IEEE-754 machine gives the same bits.

    Round to nearest even; every product is rounded on its own, never fused; `exp` and `log` are correctly rounded;
    matrix by matrix sums and means are added by halves, matrix by vector sums in two lanes.
    """

    name = "portable"
    # Enough that one evaluation nearly always decides: its radius is about 2**-26 of the distance between two doubles.
    bits = 80

    def exp(self, x: Array) -> Array:
        # Beyond ±1000 exp overflows or underflows all the same; the bound keeps the balls finite.
        return self._each(lambda ball: ball.exp(), numpy.clip(x, -1000, 1000))

    def log(self, x: Array) -> Array:
        """The natural logarithm of each element, all of them positive and finite."""
        return self._each(lambda ball: ball.log(), x)

    def _each(self, function: Callable[[Any], Any], x: Array) -> Array:
        with flint.ctx.workprec(self.bits):
            values = [correctly_rounded(function, value) for value in x.ravel().tolist()]
        return numpy.array(values).reshape(x.shape)

    def dot(self, a: Array, b: Array) -> Array:
        products = list(a.T[:, :, None] * b[:, None, :])  # one matrix of products for each term of the sums
        add = sum_in_two_lanes if b.shape[1] == 1 else sum_by_halves
        return numpy.asarray(add(products))

    def mean(self, x: Array) -> Any:
        return sum_by_halves(list(x.ravel())) / x.size


class Batch(Native):
    """Binary64 with a trailing axis of many starts, all trained at once; otherwise as `Native`, but for sums by halves.

    What overflows stays in the numbers as an infinity or a NaN, in its own start only.
    """

    name = "batch"

    def precision(self) -> AbstractContextManager[Any]:
        return cast(AbstractContextManager[Any], numpy.errstate(all="ignore"))

    def lift(self, numbers: Any) -> Array:
        """The same numbers for every start: the new last axis has one element, which NumPy repeats."""
        return super().lift(numbers)[..., numpy.newaxis]

    def dot(self, a: Array, b: Array) -> Array:
        return numpy.asarray(sum_by_halves([a[:, k, numpy.newaxis] * b[numpy.newaxis, k] for k in range(len(b))]))

    def mean(self, x: Array) -> Any:
        """The mean of each start."""
        terms = x.reshape(-1, x.shape[-1])
        return sum_by_halves(list(terms)) / len(terms)


class Objects(Arithmetic):
    """Numbers of another library, in arrays of objects: NumPy calls their own operators and their own `exp`."""

    number: Callable[[Any], Any]  # makes one of them from a float, exactly

    def lift(self, numbers: Any) -> Array:
        floats = numpy.array(numbers, dtype=numpy.float64)
        return numpy.asarray(numpy.vectorize(self.number, otypes=[object])(floats))

    def mean(self, x: Array) -> Any:
        return x.sum() / x.size


class Ball(Objects):
    """Rigorous enclosures of real numbers: FLINT's `arb`, whose radius covers every rounding error made.

    Args:
        bits: the precision of midpoints, in bits.
    """

    name = "ball"
    number = flint.arb

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def precision(self) -> AbstractContextManager[Any]:
        return cast(AbstractContextManager[Any], flint.ctx.workprec(self.bits))


class Decimals(Objects):
    """Decimal floating point of the standard library (libmpdec), every operation correctly rounded.

    Args:
        digits: the precision, in significant decimal digits.
    """

    name = "decimal"
    number = decimal.Decimal
    _ln = staticmethod(numpy.vectorize(decimal.Decimal.ln, otypes=[object]))

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def precision(self) -> AbstractContextManager[Any]:
        return decimal.localcontext(decimal.Context(prec=self.digits, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX))

    def log(self, x: Array) -> Array:
        return cast(Array, self._ln(x))


FLOAT_ARITHMETICS: dict[str, type[Arithmetic]] = {"native": Native, "portable": Portable}
