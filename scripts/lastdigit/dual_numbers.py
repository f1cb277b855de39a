"""Derivatives by dual numbers, without a chain rule of our own: with ε² = 0, f(x + ε) is f(x) + f'(x) ε."""

from collections.abc import Callable
from typing import Any

import flint
import numpy

from lastdigit.arithmetic import Array


def derivatives(function: Callable[..., Any], *matrices: Array) -> list[Array]:
    """The gradient of a function with respect to every element of some matrices, enclosed in balls.

    Args:
        function: takes the matrices and returns one number that depends on each of their elements; it may use NumPy's
            products, sums and `exp`, which work for numbers of any kind.
        matrices: of balls, `flint.arb`.

    Returns:
        A matrix of the same shape for each.
    """
    found = [numpy.empty_like(matrix) for matrix in matrices]
    for layer, matrix in enumerate(matrices):
        for place in numpy.ndindex(matrix.shape):
            moved = [other.copy() for other in matrices]
            number: Any = matrix[place]
            moved[layer][place] = flint.arb_series([number, 1])
            found[layer][place] = function(*moved)[1]
    return found
