"""Statements that several articles make in the same words: one test and one rule for each, so one verdict.

Each function judges a statement of one article. Documents show the tests at work: `trask-notebook`, and for the flag
`cocalc-simple-nn`.
"""

from fractions import Fraction

import numpy
from IPython.display import Markdown

from lastdigit.arithmetic import Array, Ball
from lastdigit.document import Document, at_least, at_most
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
        "seed-makes-it-deterministic",
        "Two right runs from this seed, NumPy's on this machine and the portable one, start from the same weights in"
        " every bit. Then they are rounded differently: their weights differ in {differ} of {epochs} epochs, and of"
        " the {n} numbers that the article prints of this run NumPy's prints {as_printed} as published.",
        holds=(same_draw and not differ.any(), "they never differ"),
        qualified=(same_draw, "the draw is determined, and what is calculated from it only up to rounding"),
        fails="not even the draw is the same",
        differ=differ.sum(),
        epochs=len(differ),
        n=len(printed),
        as_printed=sum(number.native == number.printed for number in printed),
    )


def weights_mean_zero(article: Document, start: Array) -> Markdown:
    """The mean of all weights that can be drawn from -1 to 1, and that of those that were drawn."""
    drawn = [(Fraction(weight) + 1) / 2 for weight in start.ravel().tolist()]
    of_all = ((2 * 0 - 1) + (2 * (1 - STEP) - 1)) / 2
    return article.verdict(
        "weights-mean-zero",
        "The mean of all weights that can be drawn is {of_all}, zero but for a last bit; that of the {n} weights drawn"
        " is {mean}, where the mean of {n} such weights has a standard deviation of {deviation}.",
        holds=(start.mean() == 0, "that is the mean of the weights"),
        qualified=(
            all(0 <= x < 1 and x % STEP == 0 for x in drawn),
            "it is true of the draw, and not of the weights that were drawn",
        ),
        fails="the weights were drawn in another way",
        of_all=of_all,
        n=start.size,
        mean=f"{start.mean():.3f}",
        deviation=f"{(3 * start.size) ** -0.5:.2f}",  # a number drawn evenly from -1 to 1 has a variance of 1/3
    )


def slope_at_the_outputs(article: Document, sums: Array) -> Markdown:
    """The factor output · (1 - output) against the slope of the sigmoid, at the weighted sums and at the outputs."""
    with Ball(128) as balls:
        exact = balls.lift(sums)
        values = sigmoid(exact)
        factors = (values * (1 - values)).ravel()
        at_sums, at_values = (derivatives(lambda x: sigmoid(x).sum(), x)[0].ravel() for x in (exact, values))
        of_sums = sum(bool(a.overlaps(b)) for a, b in zip(factors, at_sums, strict=True))
        of_values = sum(bool(a.overlaps(b)) for a, b in zip(factors, at_values, strict=True))
        return article.verdict(
            "slope-at-the-outputs",
            "The factor in the program is the slope at the weighted sum in {of_sums} of {n} cases, and the slope at"
            " the output in {of_values}: the latter is {slope} or more, and the factor {factor} or less.",
            holds=(of_values == len(factors), "it is the slope at the outputs"),
            qualified=(of_sums == len(factors), "it is the slope where the sigmoid has these values, not at them"),
            fails="it is neither the one nor the other",
            of_sums=of_sums,
            of_values=of_values,
            n=len(factors),
            slope=at_least(min(at_values, key=float)),
            factor=at_most(max(factors, key=float)),
        )


def flag_gives_derivative(article: Document) -> Markdown:
    """The formula x(1 - x), of the sigmoid's value and of its argument, against the derivative by dual numbers."""
    with Ball(128) as balls:
        points = balls.lift([range(-8, 9)])
        (slopes,) = derivatives(lambda x: sigmoid(x).sum(), points)
        right = [
            sum(bool(slope.overlaps(x * (1 - x))) for slope, x in zip(slopes.flat, given.flat, strict=True))
            for given in (sigmoid(points), points)
        ]
    return article.verdict(
        "flag-gives-derivative",
        "Handed the sigmoid's value, as in the program, the formula gives the slope at {of_value} of {n} points; handed"
        " the argument, at {of_argument}.",
        holds=(right[1] == points.size, "x(1 - x) is the derivative at x"),
        qualified=(right[0] == points.size, "it gives the derivative only if handed the sigmoid's value"),
        fails="it gives the derivative of neither",
        of_value=right[0],
        of_argument=right[1],
        n=points.size,
    )
