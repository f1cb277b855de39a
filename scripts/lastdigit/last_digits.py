"""How two doubles, two printed numbers or two orders of summation differ: for the document on last digits."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import zip_longest

import numpy

from lastdigit.arithmetic import Array, Portable
from lastdigit.batch import Program
from lastdigit.orders import Sum, distinct, dot_in
from lastdigit.symbols import record
from lastdigit.tape import flat, shaped


def doubles_apart(a: Array | float, b: Array | float) -> Array:
    """How many doubles a lies above b, element by element, for positive doubles: neighbours are 1 apart."""
    return numpy.asarray(numpy.float64(a).view(numpy.int64) - numpy.float64(b).view(numpy.int64))


def correct_digits(value: float, exact: Fraction) -> float:
    """The number of correct significant digits: minus the decimal logarithm of the relative error."""
    error = abs(Fraction(float(value)) - exact) / abs(exact)
    return -math.log10(error) if error else math.inf


def marked(text: str, other: str) -> str:
    """A printed number as HTML, bold from the first digit in which it differs from the other."""
    pairs = enumerate(zip_longest(text, other, fillvalue="0"))
    cut = next((place for place, (mine, theirs) in pairs if mine != theirs), len(text))
    return f"<code>{text[:cut]}<b>{text[cut:]}</b></code>".replace("<b></b>", "")


def certified_trajectory(
    rows: Iterable[Mapping[str, str]], epochs: int
) -> tuple[dict[int, list[Fraction]], dict[int, Fraction]]:
    """All weights before the update, and the mean absolute error, for each epoch of a trajectory less than `epochs`."""
    weights: dict[int, list[Fraction]] = {}
    errors: dict[int, Fraction] = {}
    for row in rows:
        epoch, value = int(row["epoch"]), Fraction(row["certified"])
        if row["moment"] == "before" and epoch < epochs:
            if row["quantity"].startswith("weights["):  # layer by layer and row by row, as they stand
                weights.setdefault(epoch, []).append(value)
            if row["quantity"] == "mean_absolute_error":
                errors[epoch] = value
    return weights, errors


def run_compiled(program: Callable[..., Sequence[Array]], start: Sequence[Array], epochs: Iterable[int]) -> list[float]:
    """The number that a program computes in each of some epochs.

    It is called once, on symbols, which write down its operations; the list of these is compiled.

    Args:
        program: one epoch: takes matrices, and returns new ones of the same shapes and a vector with the number.
        start: the matrices of epoch 0.
        epochs: ascending.
    """
    shapes, numbers = [matrix.shape for matrix in start], numpy.array(flat(start))
    tape = record(lambda *symbols: flat(program(*shaped(symbols, shapes))), inputs=len(numbers))
    return [float(found[0, 0]) for _, found in Program(tape).run(numbers[:, numpy.newaxis], epochs)]


def orders_of_numpy(one: Sum, trials: int = 50) -> list[str]:
    """The orders of summation that give the bits of `numpy.dot`, as installed, for random matrices of that shape."""
    random = numpy.random.default_rng(0)
    fitting = distinct(one.terms, exact=False)
    with Portable():
        for _ in range(trials):
            a = random.normal(size=(one.rows, one.terms))
            if one.transposed:
                a = numpy.asfortranarray(a)
            b = random.normal(size=(one.terms, one.columns))
            fitting = [order for order in fitting if numpy.array_equal(dot_in(order, a, b), numpy.dot(a, b))]
    return fitting
