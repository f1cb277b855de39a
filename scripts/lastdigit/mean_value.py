"""Enclose a long training tightly, by the mean value form over blocks of epochs.

Plain balls forget that errors hang together: in x - a · x the error of x counts once for x and once more for a · x,
although in truth they cancel in part (the wrapping effect). So they can lose most of a bit in every epoch. But over a
block of epochs the training is a function F of the weights, and for each x in a box around c

    F(x) is in F(c) + J · (x - c),    where J encloses the derivatives of F over the whole box,

by the mean value theorem for each component of F on the straight line from c to x (R. E. Moore, Interval Analysis,
1966; A. Neumaier, Interval Methods for Systems of Equations, 1990). In J the errors of a whole block cancel as they
really do: what is lost is a little in each block. F(c) and J come from the same network.py, run on exact midpoints and
on dual numbers.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import flint
import numpy

from lastdigit.arithmetic import Array
from lastdigit.network import Network, State


class Dual:
    """A ball with its derivatives (forward differentiation), and the operations that network.py asks of a number.

    The other operand may also be a constant: an `arb` or an int.

    Args:
        value: an `arb`.
        derivatives: by each of n variables, an `arb_mat` of 1 by n.
    """

    __slots__ = ("derivatives", "value")

    def __init__(self, value: Any, derivatives: Any) -> None:
        self.value = value
        self.derivatives = derivatives

    def __neg__(self) -> "Dual":
        return Dual(-self.value, -self.derivatives)

    def __add__(self, other: Any) -> "Dual":
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.derivatives + other.derivatives)
        return Dual(self.value + other, self.derivatives)

    __radd__ = __add__

    def __rsub__(self, constant: Any) -> "Dual":
        return Dual(constant - self.value, -self.derivatives)

    def __mul__(self, other: Any) -> "Dual":
        if isinstance(other, Dual):
            return Dual(self.value * other.value, self.derivatives * other.value + other.derivatives * self.value)
        return Dual(self.value * other, self.derivatives * other)

    __rmul__ = __mul__

    def __rtruediv__(self, constant: Any) -> "Dual":
        quotient = constant / self.value
        return Dual(quotient, self.derivatives * (-quotient / self.value))

    def exp(self) -> "Dual":
        value = self.value.exp()
        return Dual(value, self.derivatives * value)


class Block:
    """Some epochs as one function of the weights, in mean value form over a box of starting weights.

    Args:
        network: in balls.
        box: matrices of balls, the weights at the start of the block.
    """

    def __init__(self, network: Network, box: list[Array]) -> None:
        balls = _flat(box)
        n = len(balls)
        centre = [ball.mid() for ball in balls]
        units = [flint.arb_mat(1, n, [int(i == j) for j in range(n)]) for i in range(n)]
        self.network = network
        self.deviation = flint.arb_mat(n, 1, [ball - middle for ball, middle in zip(balls, centre, strict=True)])
        self.image_of_centre = self._matrices(centre)
        self.over_box = self._matrices(map(Dual, balls, units))

    def advance(self) -> None:
        """Make the block one epoch longer."""
        self.image_of_centre = self.network.step(self.image_of_centre).updated
        self.over_box = self.network.step(self.over_box).updated

    def enclosure(self) -> list[Array]:
        """The weights after the block, from anywhere in the box."""
        pairs = zip(_flat(self.image_of_centre), _flat(self.over_box), strict=True)
        return self._matrices(image + (dual.derivatives * self.deviation)[0, 0] for image, dual in pairs)

    def is_spent(self) -> bool:
        """Whether rounding inside the block has used up a quarter of the bits (or a number is no longer finite).

        Let the wrapping effect lose l bits an epoch in F(c), and as many in J, and let each new block lose s bits. Of
        p bits, blocks of m epochs leave J known for (p - 2 · l · m) / s blocks, so the training can go on for
        m · (p - 2 · l · m) / s epochs. Whatever l and s, that is most at l · m = p/4; and it grows like p².
        """
        limit = flint.arb(2) ** (-3 * flint.ctx.prec // 4)
        return not all(ball.rad() <= limit for ball in _flat(self.image_of_centre))

    def _matrices(self, numbers: Iterable[Any]) -> list[Array]:
        """One matrix for each layer but the first, from all their elements."""
        following = iter(numbers)
        return [
            numpy.array([[next(following) for _ in range(columns)] for _ in range(rows)], dtype=object)
            for rows, columns in self.network.experiment.shapes
        ]


def _flat(matrices: list[Array]) -> list[Any]:
    return [number for matrix in matrices for number in matrix.flat]


def train(network: Network, weights: list[Array]) -> Iterator[State]:
    """The state of each epoch in turn, as `Network.train` gives it, but from weights enclosed by the mean value form.

    Args:
        network: in balls.
        weights: the starting weights, balls.
    """
    block = Block(network, weights)
    for epoch in range(network.experiment.epochs):
        box = block.enclosure()
        yield network.step(box, epoch)
        if block.is_spent():
            block = Block(network, box)
        block.advance()
