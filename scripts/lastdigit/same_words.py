"""Statements that several articles make in the same words: one test and one rule for each, so one verdict.

Each function judges a statement of one article. The reasons stand in the documents: those on the sigmoid's range in
`spencer-harper-nine-lines`, on the flag in `cocalc-simple-nn`, on the others in `trask-notebook`.
"""

import math
from fractions import Fraction

import numpy
from IPython.display import Markdown

from lastdigit.arithmetic import Array, Ball
from lastdigit.document import Document, at_least, at_most, overlaps
from lastdigit.dual_numbers import derivatives

STEP = Fraction(1, 2**53)  # between two numbers that the legacy generator of NumPy can draw


def sigmoid(sums: Array) -> Array:
    """The logistic sigmoid of each number, which may be a ball or a power series of balls."""
    return numpy.asarray(1 / (1 + numpy.exp(-sums)))


def seed_makes_it_deterministic(article: Document, experiment: str) -> Markdown:
    """The draw is fixed by the seed; the calculation is not, if two right runs from it differ in a bit."""
    native, portable = (article.run(experiment, arithmetic).weights for arithmetic in ("native", "portable"))
    same_draw = all(numpy.array_equal(a[0], b[0]) for a, b in zip(native, portable, strict=True))
    differ = numpy.any([(a != b).any(axis=(1, 2)) for a, b in zip(native, portable, strict=True)], axis=0)
    printed = [number for number in article.numbers if number.experiment == experiment]
    return article.verdict(
        "Two right runs from this seed, NumPy's on this machine and the portable one, start from the same weights in"
        f" every bit. Then they are rounded differently: of the {len(differ)} states of the weights, from the"
        f" first to the last, {differ.sum()} differ, and of the {len(printed)} numbers that the article prints of this"
        f" run NumPy's prints {sum(number.native == number.printed for number in printed)} as published.",
        holds=(same_draw and not differ.any(), "they never differ"),
        qualified=(same_draw, "the draw is determined, and what is calculated from it only up to rounding"),
        fails="not even the draw is the same",
    )


def weights_mean_zero(article: Document, start: Array) -> Markdown:
    """The mean of all weights that can be drawn from -1 to 1, and that of those that were drawn."""
    drawn = [(Fraction(weight) + 1) / 2 for weight in start.ravel().tolist()]
    of_all = ((2 * 0 - 1) + (2 * (1 - STEP) - 1)) / 2
    deviation = (3 * start.size) ** -0.5  # a number drawn evenly from -1 to 1 has a variance of 1/3
    return article.verdict(
        f"The mean of all weights that can be drawn is {of_all}, zero but for a last bit; that of the {start.size}"
        f" weights drawn is {start.mean():.3f}, where the mean of {start.size} such weights has a standard deviation of"
        f" {deviation:.2f}.",
        holds=(start.mean() == 0, "that is the mean of the weights"),
        qualified=(
            all(0 <= x < 1 and x % STEP == 0 for x in drawn),
            "it is true of the draw, and not of the weights that were drawn",
        ),
        fails="the weights were drawn in another way",
    )


def slope_at_the_outputs(article: Document, sums: Array) -> Markdown:
    """The factor output · (1 - output) against the slope of the sigmoid, at the weighted sums and at the outputs."""
    with Ball(128) as balls:
        exact = balls.lift(sums)
        values = sigmoid(exact)
        factors = (values * (1 - values)).ravel()
        at_sums, at_values = (derivatives(lambda x: sigmoid(x).sum(), x)[0].ravel() for x in (exact, values))
        of_sums, of_values = (overlaps(factors, slopes).sum() for slopes in (at_sums, at_values))
        slope, factor = at_least(min(at_values, key=float)), at_most(max(factors, key=float))
    return article.verdict(
        f"The factor in the program agrees with the slope at the weighted sum in {of_sums} of {len(factors)} cases, and"
        f" with that at the output in {of_values}: the latter is {slope} or more, and the factor {factor} or less.",
        holds=(of_values == len(factors), "it is the slope at the outputs"),
        qualified=(of_sums == len(factors), "it is the slope where the sigmoid has these values, not at them"),
        fails="it is neither the one nor the other",
    )


def flag_gives_derivative(article: Document) -> Markdown:
    """The formula x(1 - x), of the sigmoid's value and of its argument, against the derivative by dual numbers."""
    with Ball(128) as balls:
        points = balls.lift([range(-8, 9)])
        (slopes,) = derivatives(lambda x: sigmoid(x).sum(), points)
        of_value, of_argument = (overlaps(slopes, x * (1 - x)).sum() for x in (sigmoid(points), points))
    return article.verdict(
        f"Handed the sigmoid's value, as in the program, the formula gives the slope at {of_value} of {points.size}"
        f" points; handed the argument, at {of_argument}.",
        holds=(of_argument == points.size, "x(1 - x) is the derivative at x"),
        qualified=(of_value == points.size, "it gives the derivative only if handed the sigmoid's value"),
        fails="it gives the derivative of neither",
    )


def sigmoid_maps_into_unit_interval(article: Document, sums: Array) -> Markdown:
    """Where the sigmoid begins to be 1, and 0, in binary64, and how far from there the program's own sums are."""

    def first(value: float, sign: int) -> float:
        """The least double from which on the sigmoid has that value, on the side of that sign."""
        low, high = 0.0, 1000.0
        while math.nextafter(low, high) < high:
            middle = (low + high) / 2
            low, high = (low, middle) if sigmoid(numpy.array(sign * middle)) == value else (middle, high)
        return high

    with numpy.errstate(over="ignore"):
        one, zero, ends = first(1.0, 1), first(0.0, -1), sigmoid(numpy.array([-numpy.inf, numpy.inf]))
    largest = numpy.abs(sums).max()
    return article.verdict(
        "In exact arithmetic the value lies strictly between 0 and 1, and the curve has one inflection. In binary64 it"
        f" is exactly 1 from a sum of {at_most(one, 6)} on, and exactly 0 from -{at_most(zero, 5)} on downward; the"
        f" trained network's sums stay within {at_most(largest, 3)}.",
        holds=(0 <= ends[0] < ends[1] <= 1, "no value is less than 0 or greater than 1, and the words allow both ends"),
    )
