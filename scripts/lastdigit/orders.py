"""The portable arithmetic with other orders of summation, to find out which of them print what.

The sums of a matrix product can be added in many orders. Those here are the ones of libraries and compilers: a loop,
from either end; pairwise summation; and two lanes, as of a vector register. In each, products are rounded by themselves
or fused with the sum that they are added to.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy

from lastdigit.arithmetic import Array, Portable, fused_multiply_add, pairwise_sum, two_lane_sum

# The number of a term; or a pair, the sum of two trees.
Tree = int | tuple[Any, Any]


def _pair(first: Tree, second: Tree) -> Tree:
    return first, second


TREES: dict[str, Callable[[Sequence[Tree]], Tree]] = {
    "in order": lambda terms: reduce(_pair, terms),
    "by halves": lambda terms: pairwise_sum(terms, _pair),
    "in two lanes": lambda terms: two_lane_sum(terms, _pair),
    "from the end": lambda terms: reduce(_pair, terms[::-1]),
}
FUSED = "fused "
ORDERS = (*TREES, *(FUSED + name for name in TREES))


def add_products(factors: Sequence[tuple[Any, Any]], order: str) -> Any:
    """The sum of the products of some pairs, in one of the orders.

    In a fused order a product that is added to something is fused with the addition; of two products added to each
    other, the first is rounded and the second fused.
    """

    def add(tree: Tree) -> Any:
        if isinstance(tree, int):
            return factors[tree][0] * factors[tree][1]
        first, second = tree
        if order.startswith(FUSED):
            for product, other in ((second, first), (first, second)):
                if isinstance(product, int):
                    return fused_multiply_add(*factors[product], add(other))
        return add(first) + add(second)

    return add(TREES[order.removeprefix(FUSED)](range(len(factors))))


def dot_in(order: str, a: Array, b: Array) -> Array:
    """The matrix product of a, m by k, and b, k by n, with each sum in that order."""
    sums = [[add_products([*zip(row, column, strict=True)], order) for column in b.T] for row in a]
    return numpy.array(sums, numpy.result_type(a, b))


class Sum(NamedTuple):
    """What a library can choose its order of summation by: the shapes of a product and the layout of the first factor.

    Attributes:
        rows, terms, columns: the factors are rows by terms and terms by columns.
        transposed: whether the first is the transpose of a matrix that is stored row by row.
    """

    rows: int
    terms: int
    columns: int
    transposed: bool

    @classmethod
    def of(cls, a: Array, b: Array) -> "Sum":
        return cls(a.shape[0], a.shape[1], b.shape[1], not a.flags.c_contiguous)

    def __str__(self) -> str:
        first = f"({self.terms}×{self.rows})ᵀ" if self.transposed else f"{self.rows}×{self.terms}"
        return f"{first} · {self.terms}×{self.columns}"


class Listening(Portable):
    """The portable arithmetic, keeping a record of the sums that it computes.

    Attributes:
        sums: each sum of more than one term, and whether all its products are exact, so that fusing changes nothing.
    """

    def __init__(self) -> None:
        self.sums: dict[Sum, bool] = {}

    def dot(self, a: Array, b: Array) -> Array:
        if a.shape[1] > 1:
            exact = any(bool(numpy.isin(factor, (-1, 0, 1)).all()) for factor in (a, b))
            self.sums[Sum.of(a, b)] = exact and self.sums.get(Sum.of(a, b), True)
        return super().dot(a, b)


class Ordered(Portable):
    """`Portable` with another order for each sum.

    Args:
        orders: one of ORDERS for each sum of more than one term.
        exp_of: the exponential, if not the correctly rounded one.
    """

    name = "ordered"

    def __init__(self, orders: Mapping[Sum, str], exp_of: Callable[[float], float] = Portable.exp_of) -> None:
        self.orders = orders
        self.exp_of = exp_of  # type: ignore[assignment, method-assign]

    def dot(self, a: Array, b: Array) -> Array:
        return dot_in(self.orders[Sum.of(a, b)], a, b) if a.shape[1] > 1 else a * b


def _shape(tree: Tree, fused: bool) -> Any:
    """A tree without the order of two summands, which matters only for two products of which one is fused."""
    if isinstance(tree, int) or (fused and all(isinstance(term, int) for term in tree)):
        return tree
    return frozenset(_shape(term, fused) for term in tree)


def distinct(terms: int, exact: bool) -> list[str]:
    """The orders of this many terms that can give different sums; not the fused ones if all products are exact."""
    found: dict[Any, str] = {}
    for order in TREES if exact else ORDERS:
        fused = order.startswith(FUSED)
        found.setdefault((_shape(TREES[order.removeprefix(FUSED)](range(terms)), fused), fused), order)
    return list(found.values())
