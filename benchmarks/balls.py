"""What a proof costs: the network's statement and its tape in balls, beside scalar loops written out by hand."""
# ruff: noqa: B905 - a check of lengths that cannot differ would only slow down the loop to compare with

import sys
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import flint
import mpmath
from mpmath.libmp import BACKEND, to_rational
from race import race

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from lastdigit import command, tape
from lastdigit.arithmetic import Ball
from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment
from lastdigit.files import InputError
from lastdigit.network import Network
from lastdigit.project import Project

EXAMPLES = """\
  python benchmarks/balls.py                         2 000 epochs, five rounds: 15 seconds
  python benchmarks/balls.py --epochs 5 --rounds 1   only whether all agree"""

STATEMENT, TAPE, LOOP, PAIRS = "statement", "tape", "scalar loop, flint.arb", "scalar loop, mpmath.iv"
# How many times as fast as these the tape is to be.
GOALS = {LOOP: 1.8, PAIRS: 15}


class Interval(NamedTuple):
    """The exact ends of an enclosure, dimensionless."""

    low: Fraction
    high: Fraction


def of_ball(ball: Any) -> Interval:
    """The exact ends of an `arb`."""
    enclosure = Enclosure.of(ball)
    if enclosure is None:
        raise InputError("--bits: too few for so many --epochs: a ball is no longer finite")
    return Interval(enclosure.low, enclosure.high)


def of_pair(number: Any) -> Interval:
    """The exact ends of an `iv.mpf`."""
    low, high = (Fraction(*map(int, to_rational(end))) for end in number._mpi_)
    return Interval(low, high)


def train_statement(experiment: Experiment, bits: int) -> list[Any]:
    """The weights after training, row by row, by the one statement of the algorithm."""
    with Ball(bits) as arithmetic:
        network = Network(experiment, arithmetic)
        (last,) = deque(network.train(network.starting_weights()), maxlen=1)
        return tape.flat(last.updated)


def train_tape(experiment: Experiment, bits: int) -> list[Any]:
    """The same by the tape of an epoch: recorded, compiled and run, as proofs do."""
    with Ball(bits) as arithmetic:
        network = Network(experiment, arithmetic)
        epochs = tape.run(network, network.starting_weights())
        return list(next(islice(epochs, experiment.epochs - 1, None)))


def train_scalars(experiment: Experiment, number: Callable[[float], Any], exp: Callable[[Any], Any]) -> list[Any]:
    """The same, by the fastest plain loop found: for three inputs, four hidden units, one output and four examples.

    Constants are converted once, weights lie unit by unit, sums are written out, and the rate, which is 1, is left out.
    """
    one = number(1)
    inputs = [[number(x) for x in row] for row in experiment.inputs]
    columns = list(zip(*inputs))
    targets = [number(target) for (target,) in experiment.targets]
    first, (second,) = ([[number(w) for w in unit] for unit in m.T.tolist()] for m in experiment.starting_weights())
    for _ in range(experiment.epochs):
        hidden = [[one / (one + exp(-(x * u + y * v + z * w))) for u, v, w in first] for x, y, z in inputs]
        by_unit = list(zip(*hidden))
        deltas = []
        p, q, r, s = second
        for (a, b, c, d), target in zip(hidden, targets):
            output = one / (one + exp(-(a * p + b * q + c * r + d * s)))
            deltas.append((target - output) * (output * (one - output)))
        backward = [[d * w * (h * (one - h)) for h, d in zip(unit, deltas)] for unit, w in zip(by_unit, second)]
        p, q, r, s = deltas
        second = [w + (a * p + b * q + c * r + d * s) for w, (a, b, c, d) in zip(second, by_unit)]
        first = [
            [w + (a * p + b * q + c * r + d * s) for w, (a, b, c, d) in zip(unit, columns)]
            for unit, (p, q, r, s) in zip(first, backward)
        ]
    return [weight for row in zip(*first) for weight in row] + second


def train_arb(experiment: Experiment, bits: int) -> list[Any]:
    """The scalar loop over FLINT's balls."""
    with flint.ctx.workprec(bits):
        return train_scalars(experiment, flint.arb, flint.arb.exp)


def train_iv(experiment: Experiment, bits: int) -> list[Any]:
    """The scalar loop over mpmath's pairs of ends."""
    mpmath.iv.prec = bits
    return train_scalars(experiment, mpmath.iv.mpf, mpmath.iv.exp)


PROGRAMS = {STATEMENT: train_statement, TAPE: train_tape, LOOP: train_arb, PAIRS: train_iv}


def check(enclosures: dict[str, list[Interval]]) -> None:
    """Stop unless, for every weight, the enclosures of all programs overlap: enclosures of one number must.

    Intervals overlap two by two if and only if all of them share a point.
    """
    for index, intervals in enumerate(zip(*enclosures.values(), strict=True)):
        if max(low for low, _ in intervals) > min(high for _, high in intervals):
            sys.exit(f"weight {index}: the enclosures by {', '.join(enclosures)} do not overlap: one of them is wrong")


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("--epochs", type=command.positive, default=2000, help="updates of xor (default: %(default)s)")
    parser.add_argument("--bits", type=command.positive, default=640, help="the precision (default: %(default)s)")
    parser.add_argument("--rounds", type=command.positive, default=5, help="the best counts (default: %(default)s)")
    options = parser.parse_args()
    experiment = Project().as_published["xor"].changed(epochs=options.epochs)

    ends = {name: of_pair if name == PAIRS else of_ball for name in PROGRAMS}
    enclosures = {name: list(map(ends[name], train(experiment, options.bits))) for name, train in PROGRAMS.items()}
    check(enclosures)
    print(f"xor, {options.epochs} epochs at {options.bits} bits: all enclosures of all weights overlap.")
    seconds = race(
        {name: lambda train=train: train(experiment, options.bits) for name, train in PROGRAMS.items()}, options.rounds
    )
    print(f"{'':24}{'seconds':>9}{'µs per epoch':>15}{'widest enclosure':>19}{'tape is faster':>17}{'goal':>7}")
    for name, least in seconds.items():
        widest = float(max(high - low for low, high in enclosures[name]))
        faster = f"{least / seconds[TAPE]:15.2f} ×"
        row = f"{name:24}{least:9.3f}{least / options.epochs * 1e6:15.1f}{widest:19.0e}{faster}"
        print(row + (f"{GOALS[name]:5} ×" if name in GOALS else ""))
    print(f"python-flint {flint.__version__}; mpmath {mpmath.__version__}, whose integers are those of {BACKEND}.")


if __name__ == "__main__":
    command.run(main)
