"""Derivatives that owe nothing to a chain rule of ours: x + ε, with ε² = 0, comes out of f as f(x) + f'(x) ε."""

from collections.abc import Callable
from typing import Any

import flint
import numpy

from lastdigit.arithmetic import Array


def derivatives(function: Callable[..., Any], *matrices: Array) -> list[Array]:
    """The derivative of a number by every element of some matrices, enclosed in balls.

    Args:
        function: of the matrices, giving one number that depends on each of their elements; it may use NumPy's
            products, sums and `exp`, which take numbers of any kind.
        matrices: of balls, `flint.arb`.

    Returns:
        for each matrix one of the same shape.
    """
    found = [numpy.empty_like(matrix) for matrix in matrices]
    for layer, matrix in enumerate(matrices):
        for place in numpy.ndindex(matrix.shape):
            moved = [other.copy() for other in matrices]
            number: Any = matrix[place]
            moved[layer][place] = flint.arb_series([number, 1])
            found[layer][place] = function(*moved)[1]
    return found
