"""The tape: one epoch of a network as a straight-line program, recorded by running network.py once on symbols.

Long trainings run the tape, in any arithmetic; the states that are kept of them are computed by network.py itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy

from lastdigit.arithmetic import Arithmetic, Array, Elementwise, each, fused_multiply_add
from lastdigit.experiments import Experiment
from lastdigit.exponential import scale
from lastdigit.languages import python_program
from lastdigit.network import Network, State
from lastdigit.symbols import Recorder, Symbol, Tape

Keep = Callable[[Network, State], Iterable[Array]]
"""What to compute of an epoch besides its weights, such as the output."""


# With more products in a forward pass, operations on matrices are about as fast; 3-64-1 with four examples has 1024.
MOST_PRODUCTS = 1024
WATCHED = 1000  # epochs between two reports of a training, of a network that is not wide


class Symbols(Arithmetic):
    """Symbols in place of the numbers of another arithmetic, with its order of sums.

    Args:
        arithmetic: the one that the tape is for.
    """

    name = "symbols"

    def __init__(self, arithmetic: Elementwise) -> None:
        self.recorder = Recorder(arithmetic.folds)
        self.arithmetic = arithmetic

    def weights(self, experiment: Experiment) -> list[Array]:
        """Weights of the shapes of an experiment, each the next input."""
        return [each(lambda _: self.recorder.input(), numpy.empty(shape)) for shape in experiment.shapes]

    def lift(self, numbers: Any) -> Array:
        return each(self.recorder.constant, numpy.array(numbers, dtype=numpy.float64))

    def exp(self, x: Array) -> Array:
        return each(self.arithmetic.exp_of if self.arithmetic.spells_exp else Symbol.exp, x)

    def log(self, x: Array) -> Array:
        return each(Symbol.log, x)

    def dot(self, a: Array, b: Array) -> Array:
        return self.arithmetic.dot(a, b)

    def mean(self, x: Array) -> Any:
        return self.arithmetic.mean(x)


def trace(
    experiment: Experiment, arithmetic: Elementwise, keep: Keep | None = None, kind: type[Network] = Network
) -> Tape:
    """The tape of one epoch: from all weights, row by row, to those after the update and what is to be kept.

    Args:
        experiment: what is trained.
        arithmetic: the one that the tape is for; its order of sums is recorded.
        keep: what else to compute from the state, such as the output.
        kind: the class of network, for one that computes something in another way.
    """
    symbols = Symbols(arithmetic)
    network = kind(experiment, symbols)
    state = network.step(symbols.weights(experiment))
    kept = keep(network, state) if keep else ()
    return symbols.recorder.tape(number for array in (*state.updated, *kept) for number in array.flat)


def compile_python(tape: Tape, arithmetic: Elementwise) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The generator function `epochs` of a tape, in an arithmetic inside which it has to be run."""
    constants = dict.fromkeys(line.operands[0] for line in tape.lines if line.operation == "constant")
    scope: dict[str, Any] = {"scale": scale, "fma": fused_multiply_add}
    exec(python_program(tape), scope)
    numbers = (arithmetic.number(float.fromhex(constant)) for constant in constants)
    epochs: Callable[..., Iterator[tuple[Any, ...]]] = scope["program"](arithmetic.exp_of, arithmetic.log_of, *numbers)
    return epochs


def flat(matrices: Iterable[Array]) -> list[Any]:
    """All elements of some matrices, matrix by matrix and row by row."""
    return [number for matrix in matrices for number in matrix.ravel().tolist()]


def shaped(numbers: Sequence[Any] | Array, shapes: Iterable[tuple[int, int]]) -> list[Array]:
    """The inverse of `flat`: matrices of these shapes, from as many numbers as they need."""
    matrices, first = [], 0
    for rows, columns in shapes:
        matrices.append(numpy.array(numbers[first : first + rows * columns]).reshape(rows, columns))
        first += rows * columns
    return matrices


def products(experiment: Experiment) -> int:
    """The number of products in a forward pass, about a third of those in an epoch."""
    return len(experiment.inputs) * sum(rows * columns for rows, columns in experiment.shapes)


def lines(experiment: Experiment) -> int:
    """About how many lines the tape of an epoch has; it is not recorded for that."""
    return 5 * products(experiment)


def watched(experiment: Experiment) -> int:
    """How many epochs to train between two reports."""
    return max(1, min(WATCHED, 10**6 // lines(experiment)))


def run(network: Network, weights: Sequence[Array], keep: Keep | None = None) -> Iterator[tuple[Any, ...]]:
    """For each epoch in turn, without end: the weights after it, row by row, and what else is to be kept.

    By the tape, or for wide layers by matrix operations, with which NumPy multiplies many numbers in one call.
    """
    experiment, arithmetic = network.experiment, network.arithmetic
    if isinstance(arithmetic, Elementwise) and products(experiment) <= MOST_PRODUCTS:
        yield from compile_python(trace(experiment, arithmetic, keep, type(network)), arithmetic)(*flat(weights))
    while True:
        state = network.step(list(weights))
        weights = state.updated
        yield tuple(flat([*weights, *(keep(network, state) if keep else ())]))


def train(
    network: Network, weights: Sequence[Array], epochs: Iterable[int], watch: Callable[[int, Sequence[Any]], bool]
) -> Iterator[State]:
    """The states of some epochs, in ascending order. The tape runs from one to the next.

    Args:
        network: in any arithmetic.
        weights: the starting weights.
        epochs: those whose states are wanted.
        watch: called now and then with the number of epochs done and the weights; if it returns false, the training
            ends.
    """
    numbers, done, running = flat(weights), 0, run(network, weights)
    most = watched(network.experiment)
    for epoch in sorted(set(epochs)):
        while done < epoch:
            step = min(most, epoch - done)
            numbers, done = list(next(islice(running, step - 1, None))), done + step
            if not watch(done, numbers):
                return
        yield network.step(shaped(numbers, network.experiment.shapes), epoch)
