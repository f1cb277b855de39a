"""Enclose a long training tightly, by the mean value form over blocks of epochs.

Plain balls ignore correlations: in x - a · x the error of x counts once in x and again in a · x, although the two
partly cancel (the dependency problem), and enclosing the result in a box aligned with the axes adds to it in every
epoch (the wrapping effect). So they can lose most of a bit per epoch. But over a block of epochs the training is a
function F of the weights, and for each x in a box around c

    F(x) is in F(c) + J · (x - c),    where J encloses the derivatives of F over the whole box,

by the mean value theorem for each component of F on the straight line from c to x (R. E. Moore, Interval Analysis,
1966; A. Neumaier, Interval Methods for Systems of Equations, 1990). J accounts for the cancellation within a block,
so that a little is lost per block instead of per epoch. F(c) is computed by the tape of an epoch, from exact midpoints;
J is the product of the Jacobians of the epochs, computed by the differentiated tape.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import flint

from lastdigit.arithmetic import Array, Ball
from lastdigit.network import Network, State
from lastdigit.symbols import Symbol, Tape, record, replay
from lastdigit.tape import compile_python, flat, shaped, trace

# Bits that the derivatives still have at the end of a block. Their error then adds less than a thousandth to the
# radius.
GUARD_BITS = 32


def bits_of_derivatives(bits: int) -> int:
    """The precision of the derivatives, which lose a quarter of the bits in a block to the wrapping effect, too."""
    return bits // 4 + GUARD_BITS


# Each operation, and its partial derivatives, from its value and its operands.
OPERATIONS: dict[str, tuple[Callable[..., Any], Callable[..., tuple[Any, ...]]]] = {
    "+": (operator.add, lambda value, x, y: (1, 1)),
    "-": (operator.sub, lambda value, x, y: (1, -1)),
    "*": (operator.mul, lambda value, x, y: (y, x)),
    "/": (operator.truediv, lambda value, x, y: (1 / y, -(value / y))),
    "negate": (operator.neg, lambda value, x: (-1,)),
    "exp": (Symbol.exp, lambda value, x: (value,)),
}

# The gradient of a number with respect to the inputs, without zeros, as a common factor and a vector: a chain of
# functions of one variable then multiplies the factor alone.
Slope = tuple[Any, dict[int, Any]]


def combined(partials: Iterable[Any], slopes: Iterable[Slope], one: Symbol) -> Slope:
    """The chain rule: the sum of gradients, each times a partial derivative."""
    terms = [(factor * partial, vector) for partial, (factor, vector) in zip(partials, slopes, strict=True) if vector]
    if len(terms) == 1:
        return terms[0]
    total: dict[int, Any] = {}
    for factor, vector in terms:
        for index, slope in vector.items():
            total[index] = total[index] + factor * slope if index in total else factor * slope
    return one, total


def jacobian(tape: Tape) -> Tape:
    """The tape of an epoch and of its Jacobian, row by row after the outputs, by forward differentiation.

    It is for balls. Factors of 1 are left out, which can only make a radius smaller.
    """

    def outputs(*inputs: Symbol) -> Iterator[Symbol]:
        constant = inputs[0].recorder.constant
        one, zero = constant(1.0), constant(0.0)

        def apply(operation: str, *operands: tuple[Symbol, Slope]) -> tuple[Symbol, Slope]:
            compute, derive = OPERATIONS[operation]
            arguments = [argument for argument, _ in operands]
            value = compute(*arguments)
            return value, combined(derive(value, *arguments), [slope for _, slope in operands], one)

        given = [(symbol, (one, {index: one})) for index, symbol in enumerate(inputs)]
        results = replay(tape, given, lambda number: (constant(number), (one, {})), apply)
        yield from (value for value, _ in results)
        for _, (factor, vector) in results:
            yield from (factor * vector[index] if index in vector else zero for index in range(tape.inputs))

    return record(outputs, tape.inputs, folds=(1.0,))


class Block:
    """A block of epochs as one function of the weights, in mean value form over a box.

    Args:
        box: n balls, the weights at the beginning of the block.
        step: the tape of an epoch, compiled.
        derive: the tape of an epoch and its Jacobian, compiled.
    """

    def __init__(self, box: Sequence[Any], step: Callable[..., Any], derive: Callable[..., Any]) -> None:
        n = len(box)
        self.image_of_centre = [ball.mid() for ball in box]
        self.deviation = flint.arb_mat(n, 1, [ball - ball.mid() for ball in box])
        self.derivatives = flint.arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
        self._centre, self._over_box = step(*self.image_of_centre), derive(*box)

    def advance(self) -> None:
        """Extend the block by an epoch."""
        self.image_of_centre = next(self._centre)
        n = len(self.image_of_centre)
        with flint.ctx.workprec(bits_of_derivatives(flint.ctx.prec)):
            self.derivatives = flint.arb_mat(n, n, next(self._over_box)[n:]) * self.derivatives

    def enclosure(self) -> list[Any]:
        """The weights after the block, from any weights in the box: n balls."""
        changes = self.derivatives * self.deviation
        return [image + changes[row, 0] for row, image in enumerate(self.image_of_centre)]

    def is_spent(self) -> bool:
        """Whether rounding within the block has used up a quarter of the bits (or a number is no longer finite).

        Let the wrapping effect cost l bits per epoch in F(c), and as many in J, and let each new block cost s bits.
        With p bits and blocks of m epochs, (p - 2 · l · m) / s blocks can follow one another, which is
        m · (p - 2 · l · m) / s epochs. For any l and s that is greatest at l · m = p/4; and it grows like p².
        """
        limit = flint.arb(2) ** (-3 * flint.ctx.prec // 4)
        return not all(ball.rad() <= limit for ball in self.image_of_centre)


def train(
    network: Network, weights: Sequence[Array], epochs: Iterable[int], watch: Callable[[int, Sequence[Any]], bool]
) -> Iterator[State]:
    """The states of some epochs, as by `tape.train`, from weights that are enclosed by the mean value form."""
    assert isinstance(network.arithmetic, Ball)
    tape = trace(network.experiment, network.arithmetic)
    step, derive = (compile_python(one, network.arithmetic) for one in (tape, jacobian(tape)))
    block, done = Block(flat(weights), step, derive), 0
    for epoch in sorted(set(epochs)):
        while done < epoch:
            if block.is_spent():
                block = Block(block.enclosure(), step, derive)
                if not watch(done, block.image_of_centre):
                    return
            block.advance()
            done += 1
        yield network.step(shaped(block.enclosure(), network.experiment.shapes), epoch)
