"""What rounding alone can do to a run: the same training many times, with each operation rounded up or down at random.

Random rounding is the stochastic arithmetic of J. Vignes (Mathematics and Computers in Simulation 20, 227-249, 1978),
related to D. S. Parker's Monte Carlo arithmetic (UCLA CSD-970002, 1997). It uses IEEE operations and operations on the
bits of numbers alone, so that its bits do not depend on the machine. All values are dimensionless.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy

from lastdigit.arithmetic import Array, Portable
from lastdigit.batch import Program
from lastdigit.experiments import Experiment
from lastdigit.exponential import exp_within_one_unit
from lastdigit.network import Network, State
from lastdigit.observations import Observation, Observed, observe_state, observe_subjects
from lastdigit.published import Numbers
from lastdigit.rounding import round_up
from lastdigit.symbols import Symbol, Tape, record, replay
from lastdigit.tape import flat, products, trace

RUNS = 64
SEED = 1  # of the legacy generator, which draws the initial state of each run's own generator
# With more products in a forward pass LLVM takes more than a few seconds.
MOST_PRODUCTS = 128
BITS = 64  # of a state of the generator, one for each rounding


def round_at_random(tape: Tape) -> Tape:
    """The tape with each inexact result rounded to one of the two doubles around the exact one, with equal odds.

    They are the nearest double, which the operation gives, and its neighbour in the direction of the rounding error,
    whose sign is computed exactly (D. E. Knuth's two-sum; a fused multiply-add for products and quotients). An exact
    result is kept. An exponential, which has an error of less than one unit in the last place, is moved one unit up,
    one unit down, or not at all.

    The state of the random generator, as the bits of a double, is one more input, and one more output after the
    weights.

    Args:
        tape: of the operations +, -, *, /, negate, abs and exp.
    """

    def outputs(*inputs: Symbol) -> Iterator[Symbol]:
        state = bits = inputs[-1]
        left = 0

        def either(nearest: Symbol, error: Any) -> Symbol:
            nonlocal state, bits, left
            if left:
                bits, left = bits.next_bit(), left - 1
            else:
                state = bits = state.next_state()
                left = BITS - 1
            return nearest.beside(error, bits)

        def apply(operation: str, *operands: Symbol) -> Symbol:
            x, y = operands[0], operands[-1]
            match operation:
                case "+" | "-":
                    term = y if operation == "+" else -y
                    total = x + term
                    part = total - x
                    return either(total, (x - (total - part)) + (term - part))
                case "*":
                    product = x * y
                    return either(product, x.fused_multiply_add(y, -product))
                case "/":
                    quotient = x / y
                    return either(quotient, (-quotient).fused_multiply_add(y, x) * y)
                case "exp":
                    value = exp_within_one_unit(x)
                    return either(either(value, value), -value)
                case "negate":
                    return -x
                case "abs":
                    return abs(x)
            raise NotImplementedError(operation)

        results = replay(tape, inputs[:-1], inputs[-1].recorder.constant, apply)
        yield from [*results[: tape.inputs], state, *results[tape.inputs :]]

    return record(outputs, tape.inputs + 1)


def train(
    experiment: Experiment,
    epochs: Iterable[int],
    watch: Callable[[int], object] = int,
    claims: Iterable[Numbers] = (),
) -> Iterator[tuple[int, Observed]]:
    """What is observed of some epochs in all the runs: the last axis of each array of values has length RUNS.

    Args:
        experiment: with a seed or weights, and at most MOST_PRODUCTS.
        epochs: those wanted, counted from 0, in ascending order.
        watch: called now and then with the number of epochs done.
        claims: whose quantities to observe, too. Not a loss, whose logarithms are not rounded at random, and not a
            prediction, whose roundings would change all that follow.
    """
    subjects = {claim.subject for claim in claims if claim.quantity not in ("loss", "prediction")}
    observed: list[Observation] = []

    def keep(network: Network, state: State) -> list[Array]:
        observed.extend([*observe_subjects(network, state, subjects), *observe_state(network, state)])
        return [one.values for one in observed]

    program = Program(round_at_random(trace(experiment, Portable(), keep)))
    generators = numpy.random.RandomState(SEED).randint(1, 2**63 - 1, RUNS, numpy.int64).view(numpy.float64)
    weights = numpy.array(flat(experiment.starting_weights()))
    starts = numpy.vstack([numpy.repeat(weights[:, numpy.newaxis], RUNS, axis=1), generators])
    for epoch, numbers in program.run(starts, epochs):
        parts = numpy.split(numbers, numpy.cumsum([one.values.size for one in observed])[:-1])
        seen = [
            one._replace(epoch=epoch, values=part.reshape(*one.values.shape, RUNS))
            for one, part in zip(observed, parts, strict=True)
        ]
        yield epoch, Observed(seen[: len(subjects)], seen[len(subjects) :])
        watch(epoch + 1)


def is_possible(experiment: Experiment) -> bool:
    """Whether an epoch is short enough to be compiled."""
    return products(experiment) <= MOST_PRODUCTS


def spread(values: Array, centre: Fraction) -> str:
    """The greatest distance of some doubles from a number, rounded up to two significant digits, as text."""
    low, high = float(values.min()), float(values.max())  # NaN if one is NaN
    if not math.isfinite(high - low):
        return "inf"
    distance = max(abs(Fraction(end) - centre) for end in (low, high))
    return f"{round_up(distance, 2):.1e}" if distance else "0"
