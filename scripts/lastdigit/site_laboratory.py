"""The programs of the laboratory: the tape of each experiment as JavaScript, its sums left for the reader to choose.

A sum of products becomes one call in the program; what it calls is a function for each order of summation, emitted from
the same Python functions that the arithmetics add with.
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import count
from typing import Any

import numpy

from lastdigit.arithmetic import Array, Portable, fused_multiply_add, pairwise_sum, two_lane_sum
from lastdigit.experiments import Experiment
from lastdigit.languages import JAVASCRIPT, javascript_program, names, statements
from lastdigit.network import Network, State
from lastdigit.observations import evaluate
from lastdigit.published import Numbers, Subject
from lastdigit.symbols import Symbol, record
from lastdigit.tape import trace

Terms = Sequence[Any]

ORDERS: dict[str, Callable[[Terms], Any]] = {
    "in order": lambda terms: reduce(operator.add, terms),
    "from the end": lambda terms: reduce(operator.add, terms[::-1]),
    "by halves": pairwise_sum,
    "in two lanes": two_lane_sum,
}


class Product(Symbol):  # so that Python asks it first when it stands right of a plus
    """A product that has not been rounded: where it meets a sum, the two are rounded once."""

    __slots__ = ("first", "second")

    def __init__(self, first: Symbol, second: Symbol) -> None:
        self.first, self.second = first, second

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Product):  # one of two must be rounded first: the first
            return other + self.first * self.second
        return fused_multiply_add(self.first, self.second, other)

    __radd__ = __add__


def sum_function(order: str, terms: int, fused: bool) -> str:
    """A JavaScript function of the factors of so many products, which adds them in one of the orders."""

    def add(*factors: Symbol) -> list[Any]:
        pairs = list(zip(factors[::2], factors[1::2], strict=True))
        return [ORDERS[order]([Product(*pair) if fused else pair[0] * pair[1] for pair in pairs])]

    tape = record(add, 2 * terms)
    called = names(tape, repr)
    body = [*statements(tape, called, JAVASCRIPT), f"return {called[tape.outputs[0]]};"]
    return f"({', '.join(called[: tape.inputs])}) => {{ {' '.join(body)} }}"


class OpenSums(Portable):
    """Portable on symbols, but every sum of products is one operation, named by where it stands in an epoch.

    Attributes:
        sums: for each operation, what it multiplies, its number of terms, and the order that is portable.
    """

    def __init__(self, layers: int) -> None:
        forward = [f"activations[{k - 1}] · weights[{k}]" for k in range(1, layers + 1)]
        backward = []
        for k in range(layers, 0, -1):
            backward.append(f"activations[{k - 1}]ᵀ · deltas[{k}]")
            if k > 1:
                backward.append(f"deltas[{k}] · weights[{k}]ᵀ")
        self.places = [*forward, *backward]
        self.calls = count()
        self.sums: dict[str, tuple[str, int, str]] = {}

    def dot(self, a: Array, b: Array) -> Array:
        call = next(self.calls)
        # After the epoch itself come forward passes for predictions, whose sums are those of every forward pass.
        layers = (len(self.places) + 1) // 3
        place = call if call < len(self.places) else (call - len(self.places)) % layers
        terms = len(b)
        if terms == 1:
            return numpy.asarray(a * b)
        name = f"sum{place}"
        self.sums[name] = (self.places[place], terms, "in two lanes" if b.shape[1] == 1 else "by halves")
        entries = [
            [_symbol(row[0], column[0]).append(name, *(x for pair in zip(row, column, strict=True) for x in pair))]
            for row in a
            for column in b.T
        ]
        return numpy.array(entries, dtype=object).reshape(len(a), b.shape[1])


def _symbol(*candidates: Any) -> Any:
    return next(one.recorder for one in candidates if isinstance(one, Symbol))


def program(experiment: Experiment, claims: Sequence[Numbers]) -> dict[str, Any]:
    """What the laboratory needs of an experiment: the program of an epoch, and which of its numbers were printed."""
    wanted = list(dict.fromkeys(claim.subject for claim in claims))
    sizes: list[int] = []

    def keep(network: Network, state: State) -> Iterator[Array]:
        for subject in (Subject("error", "before", None), *wanted):
            values = evaluate(network, state, *subject)
            sizes.append(values.size)
            yield values

    arithmetic = OpenSums(len(experiment.shapes))
    tape = trace(experiment, arithmetic, keep)
    calls = {
        name: f"const {{0}} = {name}({', '.join(f'{{{n + 1}}}' for n in range(2 * terms))});"
        for name, (_, terms, _) in arithmetic.sums.items()
    }
    weights = sum(rows * columns for rows, columns in experiment.shapes)
    first = dict(zip(wanted, numpy.cumsum([weights, *sizes])[1:].tolist(), strict=False))
    return {
        "program": javascript_program(tape, JAVASCRIPT | calls),
        "size": len(tape.outputs),
        "shapes": experiment.shapes,
        "sums": [
            {"name": name, "place": place, "terms": terms, "portable": order}
            for name, (place, terms, order) in sorted(arithmetic.sums.items())
        ],
        "start": {
            "seed": experiment.start.seed,
            "low": experiment.start.low,
            "high": experiment.start.high,
            "weights": None
            if experiment.start.weights is None
            else [float(x) for matrix in experiment.starting_weights() for x in matrix.flat],
        },
        "epochs": experiment.epochs,
        "error": weights,
        "claims": [
            {
                "name": claim.name,
                "quantity": claim.quantity,
                "at": claim.at,
                "notation": claim.notation,
                "printed": claim.printed,
                "first": first[claim.subject] + (claim.part(experiment.layers).start or 0),
            }
            for claim in claims
        ],
    }


def laboratory(programs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The programs of all experiments, and the functions that they may add with."""
    lengths = {one["terms"] for entry in programs.values() for one in entry["sums"]}
    sums = {
        f"{order}{', fused' if fused else ''}": {terms: sum_function(order, terms, fused) for terms in sorted(lengths)}
        for fused in (False, True)
        for order in ORDERS
    }
    return {"experiments": programs, "sums": sums}
