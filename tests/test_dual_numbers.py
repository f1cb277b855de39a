"""Derivatives by dual numbers, held against formulas that are known."""

import numpy

from lastdigit.arithmetic import Ball
from lastdigit.dual_numbers import derivatives


def test_encloses_the_derivatives_of_a_polynomial_and_of_the_exponential() -> None:
    with Ball(128) as balls:
        a, b = balls.lift([[1, 2], [3, 4]]), balls.lift([[5], [6]])
        by_a, by_b = derivatives(lambda a, b: (numpy.dot(a, b) ** 2).sum() + numpy.exp(a).sum(), a, b)
        products = numpy.dot(a, b)
        assert (by_a.shape, by_b.shape) == ((2, 2), (2, 1))
        for place in numpy.ndindex(by_a.shape):
            row, column = place
            assert by_a[place].overlaps(2 * products[row, 0] * b[column, 0] + a[place].exp())
            assert by_a[place].rad() < 1e-30
        for exact, found in zip(2 * numpy.dot(a.T, products), by_b, strict=True):
            assert found[0] == exact[0]


def test_a_wrong_formula_is_proven_wrong() -> None:
    with Ball(128) as balls:
        x = balls.lift([[0.5, 2]])
        ((first, second),) = derivatives(lambda x: (1 / (1 + numpy.exp(-x))).sum(), x)[0]
        assert not first.overlaps(x[0, 0] * (1 - x[0, 0]))  # that is the slope from the value, not from the argument
        assert not second.overlaps(x[0, 1] * (1 - x[0, 1]))
