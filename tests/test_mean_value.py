"""The mean value form: that it encloses what it must, that it stays narrow, and that a wrong one would be caught."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import flint
import numpy
import pytest
from conftest import RUNNABLE

import certify
from lastdigit import mean_value
from lastdigit.arithmetic import Array, Ball
from lastdigit.experiments import Experiment
from lastdigit.mean_value import Block, Dual
from lastdigit.network import Network, State
from lastdigit.observations import schedule

Trainer = Callable[[Network, list[Array]], Iterator[State]]


def shortened(name: str, epochs: int) -> Experiment:
    return RUNNABLE[name].model_copy(update={"epochs": epochs})


def train(experiment: Experiment, trainer: Trainer, bits: int) -> list[State]:
    with Ball(bits) as arithmetic:
        weights = [arithmetic.lift(matrix) for matrix in experiment.starting_weights()]
        return list(trainer(Network(experiment, arithmetic), weights))


def balls(state: State) -> list[Any]:
    """Every number of an epoch."""
    matrices = [*state.weights, *state.activations, state.error, *state.deltas, *state.gradients, *state.updated]
    return [ball for matrix in matrices for ball in matrix.flat]


# At 80 bits a block is spent after some 30 epochs, so that 300 epochs are many blocks; at 640 bits they are two.
@pytest.mark.parametrize(("name", "bits"), [("xor-linear", 80), ("xor-linear", 640), ("xor", 80), ("xor", 640)])
def test_holds_the_training_in_2000_bits(name: str, bits: int) -> None:
    experiment = shortened(name, 300)
    wide, narrow = train(experiment, mean_value.train, bits), train(experiment, Network.train, 2000)
    assert [state.epoch for state in wide] == list(range(300))
    for state, exact in zip(wide, narrow, strict=True):
        assert all(one in other for one, other in zip(balls(exact), balls(state), strict=True))
    assert all(ball.is_finite() for ball in balls(wide[-1]))


def test_begins_with_the_exact_starting_weights() -> None:
    experiment = shortened("xor-linear", 1)
    start = [weight for matrix in train(experiment, mean_value.train, 640)[0].weights for weight in matrix.flat]
    assert [flint.arb(weight) for matrix in experiment.starting_weights() for weight in matrix.flat] == start


def test_is_finite_where_balls_of_the_same_precision_are_not() -> None:
    experiment = shortened("xor-linear", 300)
    assert not any(ball.is_finite() for ball in train(experiment, Network.train, 80)[-1].error.flat)
    assert all(ball.is_finite() for ball in train(experiment, mean_value.train, 80)[-1].error.flat)


def test_nothing_is_finite_again_once_it_is_lost() -> None:
    lost = train(shortened("xor-linear", 300), mean_value.train, 20)[-1]
    assert not any(ball.is_finite() for matrix in (*lost.weights, lost.error, *lost.updated) for ball in matrix.flat)


# A block of some epochs, from all corners of a box.

BOX = Fraction(1, 2**16)  # each starting weight plus or minus this
EPOCHS = 12


@pytest.fixture(scope="module")
def outcomes() -> list[list[Any]]:
    """The weights of xor-linear after some epochs from each of the 512 corners of the box, and from its centre."""
    experiment = RUNNABLE["xor-linear"]
    shifts = [numpy.zeros(9), *(float(BOX) * numpy.array(signs) for signs in product([-1, 1], repeat=9))]
    ends = []
    with Ball(200) as arithmetic:
        network = Network(experiment, arithmetic)
        for shift in shifts:
            weights = [arithmetic.lift(matrix) for matrix in experiment.starting_weights()]
            weights[0] = weights[0] + arithmetic.lift(shift[:6].reshape(2, 3))
            weights[1] = weights[1] + arithmetic.lift(shift[6:].reshape(3, 1))
            for _ in range(EPOCHS):
                weights = network.step(weights).updated
            ends.append([weight for matrix in weights for weight in matrix.flat])
    return ends


def escaped(outcomes: list[list[Any]], radius: Fraction, spoil: Callable[[Block], None]) -> int:
    """How many outcomes lie outside the enclosure that a block computes from the box of this radius."""
    with Ball(200) as arithmetic:
        network = Network(RUNNABLE["xor-linear"], arithmetic)
        centre = [arithmetic.lift(matrix) for matrix in RUNNABLE["xor-linear"].starting_weights()]
        block = Block(network, [matrix + flint.arb(0, float(radius)) for matrix in centre])
        for _ in range(EPOCHS):
            block.advance()
        spoil(block)
        enclosure = [ball for matrix in block.enclosure() for ball in matrix.flat]
        assert all(ball.is_finite() for ball in enclosure)
        inside = [all(one in ball for one, ball in zip(end, enclosure, strict=True)) for end in outcomes]
    return inside.count(False)


def drop_box(block: Block) -> None:
    """The mistake of leaving out J · (x - c)."""
    block.deviation = block.deviation * 0


def drop_radius_of_derivatives(block: Block) -> None:
    """The mistake of taking the derivatives at one point for those over the whole box."""
    for matrix in block.over_box:
        for dual in matrix.flat:
            dual.derivatives = dual.derivatives.mid()


def drop_a_direction(block: Block) -> None:
    """The mistake of forgetting one weight."""
    block.deviation[0, 0] = 0


def test_holds_the_training_from_every_corner_of_a_box(outcomes: list[list[Any]]) -> None:
    assert escaped(outcomes, BOX, lambda block: None) == 0


def test_block_is_no_wider_than_it_must_be(outcomes: list[list[Any]]) -> None:
    """So that the test above does not pass because of an enclosure that holds everything: a smaller box is caught."""
    assert escaped(outcomes, BOX / 2, lambda block: None) > 0


@pytest.mark.parametrize("mistake", [drop_box, drop_radius_of_derivatives, drop_a_direction])
def test_mistakes_are_caught(outcomes: list[list[Any]], mistake: Callable[[Block], None]) -> None:
    assert escaped(outcomes, BOX, mistake) > 0


def test_derivatives_of_gradient_descent_are_symmetric() -> None:
    """One step of it is x - rate · gradient, so its derivatives are those of the gradient: second derivatives."""
    with Ball(200) as arithmetic:
        network = Network(RUNNABLE["xor"], arithmetic)
        block = Block(network, [arithmetic.lift(matrix) for matrix in RUNNABLE["xor"].starting_weights()])
        block.advance()
        rows = [dual.derivatives for matrix in block.over_box for dual in matrix.flat]
        assert all(rows[i][0, j].overlaps(rows[j][0, i]) for i in range(len(rows)) for j in range(i))
        assert not all(rows[0][0, j].overlaps(rows[1][0, j]) for j in range(len(rows)))


# Dual numbers, against derivatives written out by hand. x and y carry the directions (1, 0) and (0, 1).

FUNCTIONS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], tuple[Any, Any]]]] = {
    "sum": (lambda x, y: x + y + x, lambda x, y: (2, 1)),
    "constants on both sides": (lambda x, y: (3 - x) * 5 + 7 * (2 + y), lambda x, y: (-5, 7)),
    "constant balls on both sides": (
        lambda x, y: flint.arb(3) * (flint.arb(1) - x) + (y + flint.arb(4)) * flint.arb(6),
        lambda x, y: (-3, 6),
    ),
    "negative": (lambda x, y: -x + -(x * y), lambda x, y: (-1 - y, -x)),
    "product": (lambda x, y: x * y * x, lambda x, y: (2 * x * y, x * x)),
    "reciprocal": (lambda x, y: 1 / (x * y), lambda x, y: (-1 / (x * x * y), -1 / (x * y * y))),
    "ball by dual": (lambda x, y: flint.arb(5) / x + y, lambda x, y: (-5 / (x * x), 1)),
    "exponential": (lambda x, y: (x * y).exp(), lambda x, y: (y * (x * y).exp(), x * (x * y).exp())),
    "sigmoid": (
        lambda x, y: 1 / (1 + (-x).exp()) + y,
        lambda x, y: ((-x).exp() / ((1 + (-x).exp()) * (1 + (-x).exp())), 1),
    ),
    "slope of a sigmoid": (
        lambda x, y: (1 / (1 + (-x).exp())) * (1 - 1 / (1 + (-x).exp())),
        lambda x, y: (-(x / 2).tanh() / (4 * (x / 2).cosh() ** 2), 0),
    ),
}


@pytest.mark.parametrize("radius", [0, 2**-20], ids=["point", "ball"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_of_known_functions(name: str, radius: float) -> None:
    function, derivatives = FUNCTIONS[name]
    with Ball(200):
        x, y = flint.arb(1.75), flint.arb(-0.625)
        at = [Dual(value + flint.arb(0, radius), flint.arb_mat([unit])) for value, unit in ((x, [1, 0]), (y, [0, 1]))]
        found = function(*at)
        assert found.value.overlaps(flint.arb(function(x, y)))
        for j, known in enumerate(derivatives(x, y)):
            assert found.derivatives[0, j].overlaps(flint.arb(known))
            assert not found.derivatives[0, j].overlaps(flint.arb(known) + flint.arb(2) ** -10)


# What certify.py makes of it.


def test_plain_balls_are_tried_first() -> None:
    balls_then = [("balls", bits) for bits in (160, 320, 640, 1280)]
    mean_values = [("mean value form", bits) for bits in (640, 1280, 2560, 5120, 8192)]
    assert certify.attempts(160, 8192) == balls_then + mean_values
    assert certify.attempts(160, 1280) == balls_then
    assert certify.attempts(160, 400) == [("balls", 160), ("balls", 320), ("balls", 400)]
    assert certify.attempts(160, 160) == [("balls", 160)]
    assert certify.attempts(2000, 3000) == [("balls", 2000), ("mean value form", 2000), ("mean value form", 3000)]


def test_certificate_says_which_method_proved_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all precisions made smaller, so that 300 epochs are long."""
    monkeypatch.setattr(certify, "MOST_BITS_OF_BALLS", 80)
    monkeypatch.setattr(certify, "FIRST_BITS_OF_MEAN_VALUES", 40)
    short = certify.certify("xor-linear", shortened("xor-linear", 50), [], 5, 40, 320)
    long = certify.certify("xor-linear", shortened("xor-linear", 300), [], 5, 40, 320)
    assert (short["method"], short["bits"], short["shortfall"]) == ("balls", 80, None)
    assert (long["method"], long["bits"], long["shortfall"]) == ("mean value form", 80, None)


@pytest.mark.parametrize("method", certify.METHODS)
def test_lost_balls_are_never_taken_for_numbers(method: str) -> None:
    """The last attempt goes on to the end and says null; one before it comes to nothing."""
    experiment = shortened("xor-linear", 300)
    assert certify.attempt("xor-linear", experiment, [], 1, method, 20) == {}
    ended = certify.attempt("xor-linear", experiment, [], 1, method, 20, to_the_end=True)
    assert ended["shortfall"].startswith("not certified beyond 0 digits at epoch ")
    assert ended["trajectory"][-1]["epoch"] == 299
    assert all(value is None for row in ended["trajectory"][-1]["values"] for value in row)


def test_attempt_ends_between_observed_epochs_once_a_ball_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """No digit is asked for here, so that only a lost ball can end it."""
    trained: list[int] = []

    def train_and_note(network: Network, weights: list[Array]) -> Iterator[State]:
        for state in Network.train(network, weights):
            trained.append(state.epoch)
            yield state

    monkeypatch.setitem(certify.METHODS, "balls", train_and_note)
    assert certify.attempt("xor-linear", shortened("xor-linear", 1000), [], 0, "balls", 80) == {}
    assert trained[-1] not in schedule(1000)
