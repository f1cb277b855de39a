"""An arithmetic of all that binary64 may make of an algorithm: how far apart flawless programs can come to lie."""

from typing import Any

import flint
import numpy

from lastdigit.arithmetic import Array, Ball

# One rounding to nearest, as a factor, for numbers that neither overflow nor underflow.
ROUNDING = flint.arb(1, 2.0**-53)
# The error of exp, as a factor: 4 units in the last place, the most that NumPy states for any of its vectorised
# functions (its pull request 19478), and more than the 1 of PyTorch's vectorised exp (SLEEF) and of the C library's.
EXP_ROUNDING = flint.arb(1, 4 * 2.0**-52)


class Held:
    """A ball that contains what any program may hold in place of one number: every operation adds its own rounding."""

    def __init__(self, ball: Any) -> None:
        self.ball = ball

    def __neg__(self) -> "Held":
        return Held(-self.ball)

    def __add__(self, other: "Held") -> "Held":
        return Held((self.ball + other.ball) * ROUNDING)

    def __sub__(self, other: "Held") -> "Held":
        return Held((self.ball - other.ball) * ROUNDING)

    def __mul__(self, other: "Held") -> "Held":
        return Held(self.ball * other.ball * ROUNDING)

    def __radd__(self, whole: int) -> "Held":
        return Held((whole + self.ball) * ROUNDING)

    def __rsub__(self, whole: int) -> "Held":
        return Held((whole - self.ball) * ROUNDING)

    def __rtruediv__(self, whole: int) -> "Held":
        return Held(whole / self.ball * ROUNDING)

    def exp(self) -> "Held":
        return Held(self.ball.exp() * EXP_ROUNDING)


class AnyBinary64(Ball):
    """Balls that contain what every binary64 program of the same formulas computes.

    It may add the products of a matrix product in any order, fuse them or not, and leave out a factor of 1.
    """

    name = "any binary64"
    number = staticmethod(lambda number: Held(flint.arb(number)))
    _ball = staticmethod(numpy.vectorize(lambda held: held.ball, otypes=[object]))
    _held = staticmethod(numpy.vectorize(Held, otypes=[object]))

    def dot(self, a: Array, b: Array) -> Array:
        # In a sum of n products, in any order, each product meets n roundings at most, its own among them.
        return self._held(numpy.dot(self._ball(a) * ROUNDING ** len(b), self._ball(b)))
