"""Gradient descent, stated once: against loops written out here, and its gradients against dual numbers."""

import itertools
from collections.abc import Iterable
from copy import deepcopy
from fractions import Fraction
from typing import Any, NamedTuple

import flint
import numpy
import pytest

from lastdigit.arithmetic import Arithmetic, Array, Ball, Batch, Decimals, Elementwise, Multiprecision, Native, Portable
from lastdigit.dual_numbers import derivatives
from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment
from lastdigit.files import parse
from lastdigit.network import Network, State

Matrix = list[list[Any]]

RATE_SCALES = ["update", "delta"]
ORDERS = ["simultaneous", "output-first"]

# The number of units of each layer, the activations of all but the first, and the examples.
NETWORKS: dict[str, dict[str, Any]] = {
    "3-1": {
        "layers": [3, 1],
        "activations": ["sigmoid"],
        "inputs": [[0, 0, 1], [1, 1, 1], [0.5, 0, 1], [0, 1, 1]],
        "targets": [[0], [1], [1], [0]],
    },
    "2-2-1": {
        "layers": [2, 2, 1],
        "activations": ["sigmoid", "sigmoid"],
        "inputs": [[0, 1], [1, 0.5], [1, 1]],
        "targets": [[1], [0.25], [0]],
    },
    "2-2-1 with a linear output": {
        "layers": [2, 2, 1],
        "activations": ["sigmoid", "linear"],
        "inputs": [[0, 1], [1, 0.5]],
        "targets": [[1], [0]],
    },
    "1-2-1-2": {
        "layers": [1, 2, 1, 2],
        "activations": ["sigmoid", "linear", "sigmoid"],
        "inputs": [[0.5]],
        "targets": [[1, 0]],
    },
}


def experiment(name: str, rate_scales: str = "update", order: str = "simultaneous", epochs: int = 2) -> Experiment:
    fields = {
        **NETWORKS[name],
        "start": {"seed": 1, "low": -1, "high": 1},
        "learning_rate": 0.75,  # not 1, or it would not show what it multiplies
        "rate_scales": rate_scales,
        "order": order,
        "epochs": epochs,
    }
    return parse(Experiment, fields, name)


def starting_weights(name: str) -> list[Array]:
    """Small binary fractions, no two of them alike, of both signs."""
    layers = NETWORKS[name]["layers"]
    numerators = itertools.cycle([3, -5, 7, 2, -1, 6, -7, 4])
    return [
        numpy.array([[next(numerators) / 8 for _ in range(columns)] for _ in range(rows)])
        for rows, columns in itertools.pairwise(layers)
    ]


# --- rational numbers -------------------------------------------------------------------------------------------------


def stand_in(x: Fraction) -> Fraction:
    """A positive rational in the place of the exponential, so that everything that follows from it is exact."""
    return 1 + x + x * x


class Rational(Elementwise):
    """Exact rational numbers, with a stand-in for the exponential."""

    name = "rational"
    number = Fraction
    exp_of = staticmethod(stand_in)


def as_lists(arrays: Iterable[Array]) -> list[Matrix]:
    return [array.tolist() for array in arrays]


class Transcribed(NamedTuple):
    """What one epoch computes, as nested lists."""

    activations: list[Matrix]
    error: Matrix
    deltas: list[Matrix]
    gradients: list[Matrix]
    updated: list[Matrix]


def transcription(chosen: Experiment, weights: list[Matrix]) -> Transcribed:
    """One epoch of gradient descent in plain loops over single numbers, from the textbook and not from the module."""
    inputs = [[Fraction(number) for number in row] for row in chosen.inputs]
    targets = [[Fraction(number) for number in row] for row in chosen.targets]
    rate = Fraction(chosen.learning_rate)
    last = len(weights) - 1
    examples = range(len(inputs))

    activations = [inputs]
    for k, matrix in enumerate(weights):
        layer = []
        for example in examples:
            row = []
            for j in range(len(matrix[0])):
                total = Fraction(0)
                for i in range(len(matrix)):
                    total += activations[k][example][i] * matrix[i][j]
                row.append(Fraction(1) / (1 + stand_in(-total)) if chosen.activations[k] == "sigmoid" else total)
            layer.append(row)
        activations.append(layer)

    error = [
        [target - output for target, output in zip(target_row, output_row, strict=True)]
        for target_row, output_row in zip(targets, activations[-1], strict=True)
    ]
    updated = deepcopy(weights)
    deltas: list[Matrix] = [[] for _ in weights]
    gradients: list[Matrix] = [[] for _ in weights]
    for k in range(last, -1, -1):
        for example in examples:
            row = []
            for j in range(len(weights[k][0])):
                if k == last:
                    blame = error[example][j]
                else:
                    seen = updated if chosen.order == "output-first" else weights
                    blame = Fraction(0)
                    for onward in range(len(seen[k + 1][0])):
                        blame += deltas[k + 1][example][onward] * seen[k + 1][j][onward]
                value = activations[k + 1][example][j]
                if chosen.activations[k] == "sigmoid":
                    blame *= value * (1 - value)
                if chosen.rate_scales == "delta" and k == last:
                    blame *= rate
                row.append(blame)
            deltas[k].append(row)
        for i in range(len(weights[k])):
            row = []
            for j in range(len(weights[k][0])):
                slope = Fraction(0)
                for example in examples:
                    slope += activations[k][example][i] * deltas[k][example][j]
                row.append(slope)
                updated[k][i][j] += rate * slope if chosen.rate_scales == "update" else slope
            gradients[k].append(row)
    return Transcribed(activations, error, deltas, gradients, updated)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("rate_scales", RATE_SCALES)
@pytest.mark.parametrize("name", NETWORKS)
def test_trains_exactly_as_the_loops_written_out_do(name: str, rate_scales: str, order: str) -> None:
    chosen = experiment(name, rate_scales, order)
    with Rational() as arithmetic:
        start = [arithmetic.lift(matrix) for matrix in starting_weights(name)]
        weights = as_lists(start)
        epochs = []
        for state in Network(chosen, arithmetic).train(start):
            expected = transcription(chosen, weights)
            assert as_lists(state.weights) == weights
            assert as_lists(state.activations) == expected.activations
            assert state.error.tolist() == expected.error
            assert as_lists(state.deltas) == expected.deltas
            assert as_lists(state.gradients) == expected.gradients
            assert as_lists(state.updated) == expected.updated
            weights = expected.updated
            epochs.append(state.epoch)
    assert epochs == list(range(chosen.epochs))


@pytest.mark.parametrize("name", NETWORKS)
def test_each_setting_changes_the_training(name: str) -> None:
    """The control of the test above, which would show nothing if all settings came to the same."""
    weights = as_lists(Rational().lift(matrix) for matrix in starting_weights(name))
    trainings = [
        transcription(experiment(name, rate_scales, order), weights)
        for rate_scales, order in itertools.product(RATE_SCALES, ORDERS)
    ]
    # Without a hidden layer there is no order of updates.
    has_hidden = len(weights) > 1
    assert len({str(training.deltas) for training in trainings}) == (4 if has_hidden else 2)
    # What the rate scales is a matter of rounding alone: the exact updates are the same.
    assert len({str(training.updated) for training in trainings}) == (2 if has_hidden else 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_predicts_each_example_as_if_it_were_alone(name: str) -> None:
    chosen = experiment(name)
    with Rational() as arithmetic:
        start = [arithmetic.lift(matrix) for matrix in starting_weights(name)]
        network = Network(chosen, arithmetic)
        alone = [network.forward(arithmetic.lift([row]), start)[-1].tolist()[0] for row in chosen.inputs]
    assert alone == transcription(chosen, as_lists(start)).activations[-1]


# --- gradients --------------------------------------------------------------------------------------------------------


class Told(Network):
    """A network that keeps which weights each of its steps was told to work on."""

    def __init__(self, chosen: Experiment) -> None:
        super().__init__(chosen, Native())
        self.told: list[tuple[str, int]] = []

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name not in ("delta", "gradient", "change", "update", "pass_back"):
            return method
        return lambda k, *rest: self.told.append((name, k)) or method(k, *rest)


def test_each_step_knows_which_weights_it_works_on() -> None:
    """From the last to the first; nothing goes back from the first. Networks with one step changed rely on it."""
    network = Told(experiment("1-2-1-2"))
    assert network.step(network.starting_weights()).epoch == 0
    of_each = ["delta", "gradient", "change", "update", "pass_back"]
    assert network.told == [(name, k) for k in (2, 1, 0) for name in of_each][:-1]


def half_the_squared_error(chosen: Experiment, *weights: Array) -> Any:
    """½ Σ (target - output)² by a forward pass over NumPy's own operations; there is no backward pass."""
    layer = numpy.array([[flint.arb(number) for number in row] for row in chosen.inputs])
    for matrix, activation in zip(weights, chosen.activations, strict=True):
        sums = layer @ matrix
        layer = 1 / (1 + numpy.exp(-sums)) if activation == "sigmoid" else sums
    return (numpy.square(layer - numpy.array(chosen.targets, object)) / 2).sum()


@pytest.mark.parametrize("rate_scales", RATE_SCALES)
@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_minus_the_derivative_of_half_the_squared_error(name: str, rate_scales: str) -> None:
    """Forward and backward differentiation give enclosures of real numbers, which must have a number in common."""
    chosen = experiment(name, rate_scales)
    with Ball(200) as arithmetic:
        start = [arithmetic.lift(matrix) for matrix in starting_weights(name)]
        state = Network(chosen, arithmetic).step(start)
        forward = derivatives(lambda *weights: half_the_squared_error(chosen, *weights), *start)
        rate = chosen.learning_rate if rate_scales == "delta" else 1
        for matrix, gradients in zip(forward, state.gradients, strict=True):
            for derivative, gradient in zip(-rate * matrix.ravel(), gradients.ravel(), strict=True):
                assert derivative.overlaps(gradient)
                # The control: they are too narrow to have one by chance.
                assert all(Enclosure.of(ball).digits_proven(50) == 50 for ball in (derivative, gradient))


# --- arrays -----------------------------------------------------------------------------------------------------------

EVERY = (Native(), Portable(), Batch(), Ball(80), Multiprecision(80), Decimals(30), Rational())
ARITHMETICS = {each.name: each for each in EVERY}


def numbers(arrays: Iterable[Array]) -> list[Any]:
    """Every number of some arrays; of balls both parts, because no ball that is not exact equals even itself."""
    elements = [element for array in arrays for element in array.ravel().tolist()]
    return [Enclosure.of(element) if isinstance(element, flint.arb) else element for element in elements]


def contents(state: State) -> list[Any]:
    """Every number of a state, so that a change of any of them shows."""
    return [numbers([part] if isinstance(part, numpy.ndarray) else part) for part in state[1:]]


@pytest.mark.parametrize("arithmetic", ARITHMETICS.values(), ids=ARITHMETICS)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("rate_scales", RATE_SCALES)
def test_training_changes_nothing_that_it_gave_or_was_given(
    arithmetic: Arithmetic, order: str, rate_scales: str
) -> None:
    chosen = experiment("2-2-1", rate_scales, order, epochs=2)
    with arithmetic:
        start = [arithmetic.lift(matrix) for matrix in starting_weights("2-2-1")]
        network = Network(chosen, arithmetic)
        given = numbers([*start, network.inputs, network.targets])
        arrays = list(start)
        states = []
        seen = []
        for state in network.train(start):
            states.append(state)
            seen.append(contents(state))
        assert [contents(state) for state in states] == seen
        assert numbers([*start, network.inputs, network.targets]) == given
    assert seen[0] != seen[1]
    assert all(now is then for now, then in zip(start, arrays, strict=True))
