"""The arithmetics: what differs between kinds of numbers, so that the algorithm can be stated once.

An arithmetic says how a float is converted (`lift`), what `exp` and `log` are, and in which order sums are added (`dot`
and `mean`). For +, -, · and / of two numbers it uses their own operators. An arithmetic is used inside `with`, because
some libraries keep their precision in a global setting.
"""

import decimal
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import reduce
from typing import Any, Self, cast

import flint
import gmpy2
import numpy

from lastdigit.exponential import exp_within_one_unit
from lastdigit.files import Array as Array

# The greatest exponent, of 2 or of 10, in libraries that allow more: beyond it numbers overflow, or become 0.
MOST_EXPONENT = 40_000


def each(function: Callable[[Any], Any], values: Array) -> Array:
    """A function of each element, as an array of objects."""
    with numpy.errstate(all="ignore"):  # an infinity from another library is no concern of NumPy's
        return cast(Array, numpy.frompyfunc(function, 1, 1)(values))


class Arithmetic(ABC):
    """What an arithmetic provides. All functions take and return arrays; all values are dimensionless."""

    name: str

    def __enter__(self) -> Self:
        self._context = self.precision()
        self._context.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._context.__exit__(*exception)

    def precision(self) -> AbstractContextManager[Any]:
        """The global setting of precision that this arithmetic works under."""
        return nullcontext()

    @abstractmethod
    def lift(self, numbers: Any) -> Array:
        """The same numbers, as an array in this arithmetic. Every binary64 is converted exactly."""

    @abstractmethod
    def exp(self, x: Array) -> Array:
        """The exponential of each element."""

    @abstractmethod
    def log(self, x: Array) -> Array:
        """The natural logarithm of each element."""

    @abstractmethod
    def dot(self, a: Array, b: Array) -> Array:
        """The matrix product, m by k times k by n."""

    @abstractmethod
    def mean(self, x: Array) -> Any:
        """The arithmetic mean of all elements."""


class Native(Arithmetic):
    """NumPy's binary64 as installed: BLAS and vector instructions choose the order of sums and the error of `exp`."""

    name = "native"

    def precision(self) -> AbstractContextManager[Any]:
        return cast(AbstractContextManager[Any], numpy.errstate(all="ignore"))

    def lift(self, numbers: Any) -> Array:
        return numpy.array(numbers, dtype=numpy.float64)

    def exp(self, x: Array) -> Array:
        return numpy.asarray(numpy.exp(x))

    def log(self, x: Array) -> Array:
        return numpy.asarray(numpy.log(x))

    def dot(self, a: Array, b: Array) -> Array:
        return numpy.asarray(numpy.dot(a, b))

    def mean(self, x: Array) -> Any:
        return numpy.mean(x)


class Elementwise(Arithmetic):
    """An arithmetic that computes number by number, so that a tape can replace its arrays.

    Attributes:
        number: converts a float, exactly.
        exp_of, log_of: `exp` and `log` of one number.
        folds: the constants that a tape may leave out without changing a result: 1.0 if x · 1 has the bits of x for
            every x; 0.0 if x · 0 is 0 and x + 0 is x, which rules out signed zeros and infinities.
        spells_exp: whether a tape contains the operations of exp_of instead of a call to it.
    """

    number: Callable[[Any], Any]
    exp_of: Callable[[Any], Any]
    log_of: Callable[[Any], Any]
    folds: tuple[float, ...] = ()
    spells_exp = False
    kind: Any = object  # of NumPy's arrays

    def lift(self, numbers: Any) -> Array:
        return numpy.asarray(each(self.number, numpy.array(numbers, dtype=numpy.float64)), self.kind)

    def exp(self, x: Array) -> Array:
        return numpy.asarray(each(self.exp_of, x), self.kind)

    def log(self, x: Array) -> Array:
        return numpy.asarray(each(self.log_of, x), self.kind)

    def dot(self, a: Array, b: Array) -> Array:
        return numpy.asarray(numpy.dot(a, b))

    def mean(self, x: Array) -> Any:
        return x.sum() / x.size


def pairwise_sum(terms: Sequence[Any], add: Callable[[Any, Any], Any] = operator.add) -> Any:
    """Pairwise summation: the sum of the first half plus the sum of the second, to which a middle term belongs.

    Args:
        terms: at least one.
        add: what to do with two of them.
    """
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    return add(pairwise_sum(terms[:middle], add), pairwise_sum(terms[middle:], add))


def two_lane_sum(terms: Sequence[Any], add: Callable[[Any, Any], Any] = operator.add) -> Any:
    """The sum of the even-numbered terms plus that of the odd-numbered ones, each added in order; the rest as above."""
    return reduce(add, (reduce(add, lane) for lane in (terms[0::2], terms[1::2]) if len(lane)))


def fused_multiply_add(a: Any, b: Any, c: Any) -> Any:
    """a · b + c, rounded once: of floats, inside the portable arithmetic, or of symbols."""
    return float(gmpy2.fma(a, b, c)) if isinstance(a, float) else a.fused_multiply_add(b, c)


class Portable(Elementwise):
    """Binary64 with every rounding specified, so that the bits do not depend on the machine.

    Round to nearest, ties to even; every product is rounded by itself, never fused; `exp` and `log` are correctly
    rounded, by MPFR with 53 bits and the exponent range of binary64, subnormals included. The sums of a matrix-matrix
    product and the mean are pairwise sums; those of a matrix-vector product are added in two lanes.
    """

    name = "portable"
    number = float
    folds = (1.0,)
    kind: Any = numpy.float64

    @staticmethod
    def exp_of(x: float) -> float:
        return float(gmpy2.exp(x))

    @staticmethod
    def log_of(x: float) -> float:
        return float(gmpy2.log(x))

    def precision(self) -> AbstractContextManager[Any]:
        contexts = ExitStack()
        contexts.enter_context(gmpy2.context(gmpy2.ieee(64)))
        contexts.enter_context(numpy.errstate(all="ignore"))  # what overflows stays in the numbers, as IEEE 754 has it
        return contexts

    def dot(self, a: Array, b: Array) -> Array:
        products = list(a.T[:, :, None] * b[:, None, :])  # one matrix of products for each term of the sums
        add = two_lane_sum if b.shape[1] == 1 else pairwise_sum
        return numpy.asarray(add(products))

    def mean(self, x: Array) -> Any:
        return pairwise_sum(list(x.ravel())) / x.size


class Batch(Portable):
    """`Portable` with an `exp` made of IEEE operations only, which a compiler can apply to many runs at once."""

    name = "batch"
    exp_of = staticmethod(exp_within_one_unit)
    spells_exp = True


class Ball(Elementwise):
    """Rigorous enclosures of real numbers: FLINT's `arb`, whose radius bounds all rounding errors.

    Args:
        bits: the precision of the midpoints, at least the 53 of binary64.
    """

    name = "ball"
    number = flint.arb
    exp_of, log_of = staticmethod(flint.arb.exp), staticmethod(flint.arb.log)
    folds = (0.0,)  # not 1.0: a product rounds the radius up

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def precision(self) -> AbstractContextManager[Any]:
        return cast(AbstractContextManager[Any], flint.ctx.workprec(self.bits))

    def exp(self, x: Array) -> Array:
        return numpy.asarray(numpy.exp(x))  # calls the method of each number, so it also works for power series


class Multiprecision(Elementwise):
    """Binary floating point by MPFR, every operation correctly rounded.

    Args:
        bits: the precision, at least the 53 of binary64.
    """

    name = "multiprecision"
    number = gmpy2.mpfr
    folds = (1.0,)
    exp_of, log_of = staticmethod(gmpy2.exp), staticmethod(gmpy2.log)

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def precision(self) -> AbstractContextManager[Any]:
        exponents = {"emax": MOST_EXPONENT, "emin": -MOST_EXPONENT}
        return cast(AbstractContextManager[Any], gmpy2.context(precision=self.bits, **exponents))


class Decimals(Elementwise):
    """Decimal floating point by the standard library (libmpdec), every operation correctly rounded.

    Args:
        digits: the precision, in significant decimal digits.
    """

    name = "decimal"
    number = decimal.Decimal
    folds = ()  # not 1.0: a product rounds a factor that has more digits
    exp_of, log_of = staticmethod(decimal.Decimal.exp), staticmethod(decimal.Decimal.ln)

    def __init__(self, digits: int) -> None:
        self.digits = digits

    def precision(self) -> AbstractContextManager[Any]:
        limits = {"Emin": -MOST_EXPONENT, "Emax": MOST_EXPONENT}
        return decimal.localcontext(decimal.Context(prec=self.digits, traps=[], **limits))  # type: ignore[arg-type]


FLOAT_ARITHMETICS: dict[str, type[Arithmetic]] = {"native": Native, "portable": Portable}
