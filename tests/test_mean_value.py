"""The mean value form: that it encloses what it must, that it stays narrow, and that a wrong one would be caught."""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from itertools import product
from types import SimpleNamespace
from typing import Any

import flint
import numpy
import pytest
from known import RUNNABLE

from lastdigit import mean_value, tape
from lastdigit.arithmetic import Ball
from lastdigit.experiments import Experiment
from lastdigit.mean_value import OPERATIONS, Block, bits_of_derivatives, combined, jacobian
from lastdigit.network import Network, State
from lastdigit.symbols import Symbol, record
from lastdigit.tape import compile_python, flat, trace

LINEAR = RUNNABLE["xor-linear"]


def train(experiment: Experiment, method: Callable[..., Any], bits: int) -> list[State]:
    """Every epoch of a training in balls: tape.train, or mean_value.train."""
    with Ball(bits) as arithmetic:
        network = Network(experiment, arithmetic)
        return list(method(network, network.starting_weights(), range(experiment.epochs), lambda *_: True))


@lru_cache(maxsize=2)
def in_2000_bits(experiment: Experiment) -> list[State]:
    return train(experiment, tape.train, 2000)


def balls(state: State) -> list[Any]:
    """Every number of an epoch."""
    return flat([*state.weights, *state.activations, state.error, *state.deltas, *state.gradients, *state.updated])


# At 80 bits a block is spent after some 30 epochs, so that 300 epochs are many blocks; at 640 bits they are two.
@pytest.mark.parametrize(("name", "bits"), [("xor-linear", 80), ("xor-linear", 640), ("xor", 80), ("xor", 640)])
def test_holds_the_training_in_2000_bits(name: str, bits: int) -> None:
    experiment = RUNNABLE[name].changed(epochs=300)
    wide, narrow = train(experiment, mean_value.train, bits), in_2000_bits(experiment)
    assert [state.epoch for state in wide] == list(range(300))
    for state, exact in zip(wide, narrow, strict=True):
        assert all(one in other for one, other in zip(balls(exact), balls(state), strict=True))
    assert all(ball.is_finite() for ball in balls(wide[-1]))


def test_begins_with_the_exact_starting_weights() -> None:
    (first,) = train(LINEAR.changed(epochs=1), mean_value.train, 640)
    assert list(map(flint.arb, flat(LINEAR.starting_weights()))) == flat(first.weights)


def test_is_finite_where_balls_of_the_same_precision_are_not() -> None:
    experiment = LINEAR.changed(epochs=300)
    assert not any(ball.is_finite() for ball in train(experiment, tape.train, 80)[-1].error.flat)
    assert all(ball.is_finite() for ball in train(experiment, mean_value.train, 80)[-1].error.flat)


def test_nothing_is_finite_again_once_it_is_lost() -> None:
    lost = train(LINEAR.changed(epochs=300), mean_value.train, 20)[-1]
    assert not any(ball.is_finite() for ball in flat([*lost.weights, lost.error, *lost.updated]))


@pytest.mark.parametrize("method", [tape.train, mean_value.train])
def test_training_ends_where_it_is_told_to(method: Callable[..., Any]) -> None:
    with Ball(80) as arithmetic:
        network = Network(LINEAR, arithmetic)
        told: list[int] = []
        ended = method(network, network.starting_weights(), [0, 5000], lambda done, _: told.append(done) is not None)
        assert [state.epoch for state in ended] == [0]
    assert len(told) == 1 and told[0] < 5000


@pytest.mark.parametrize("bits", [80, 161])
def test_a_block_is_spent_where_rounding_has_used_up_a_quarter_of_the_bits(bits: int) -> None:
    with Ball(bits) as arithmetic:
        block = block_of(LINEAR, arithmetic, 0.0)
        assert not block.is_spent()
        limit = Fraction(1, 2 ** -(-3 * bits // 4))
        for radius, spent in ((limit / 2, False), (limit * 15 / 16, False), (limit * 17 / 16, True), (limit * 2, True)):
            block.image_of_centre[0] = flint.arb(1, float(radius))
            assert block.is_spent() is spent
        block.image_of_centre[0] = flint.arb("nan")
        assert block.is_spent()
        # FLINT rounds a radius up, so that no ball has this one.
        block.image_of_centre[0] = SimpleNamespace(rad=lambda: flint.arb(2) ** (-3 * bits // 4))
        assert not block.is_spent()
    assert bits_of_derivatives(bits) == math.floor(bits / 4) + 32


def test_a_training_tells_the_weights_that_it_has_come_to() -> None:
    with Ball(80) as arithmetic:
        network = Network(LINEAR, arithmetic)
        told: list[tuple[int, list[Any]]] = []
        list(mean_value.train(network, network.starting_weights(), [300], lambda *one: told.append(one) is None))
        exact = list(tape.train(network, network.starting_weights(), [told[0][0]], lambda *_: True))
    assert all(one.overlaps(other) for one, other in zip(told[0][1], flat(exact[0].weights), strict=True))


def test_derivatives_hold_no_factor_of_one() -> None:
    """d(xy) is y dx + x dy, whose factors stand on the tape already; and so does that of exp."""
    product, power = record(lambda x, y: [x * y], 2), record(lambda x: [x.exp()], 1)
    assert [line.operation for line in jacobian(product).lines] == ["input", "input", "*"]
    assert [line.operation for line in jacobian(power).lines] == ["input", "exp"]


def test_the_chain_rule_wants_a_partial_derivative_for_each_gradient() -> None:
    def chained(x: Symbol) -> list[Symbol]:
        with pytest.raises(ValueError, match="zip"):
            combined([x], [], x)
        return [x]

    record(chained, 1)


# A block of some epochs, from all corners of a box.

BOX = Fraction(1, 2**16)  # each starting weight plus or minus this
EPOCHS = 12


def block_of(experiment: Experiment, arithmetic: Ball, radius: float) -> Block:
    """A block that begins with the starting weights, each plus or minus the radius."""
    recorded = trace(experiment, arithmetic)
    step, derive = (compile_python(one, arithmetic) for one in (recorded, jacobian(recorded)))
    return Block([weight + flint.arb(0, radius) for weight in flat(experiment.starting_weights())], step, derive)


@pytest.fixture(scope="module")
def outcomes() -> list[list[Any]]:
    """The weights of xor-linear after some epochs from each of the 512 corners of the box, and from its centre."""
    centre = numpy.array(flat(LINEAR.starting_weights()))
    corners = [float(BOX) * numpy.array(signs) for signs in product([-1, 1], repeat=9)]
    ends = []
    with Ball(200) as arithmetic:
        train = compile_python(trace(LINEAR, arithmetic), arithmetic)
        for shift in [numpy.zeros(9), *corners]:
            epochs = train(*map(flint.arb, (centre + shift).tolist()))
            ends.append([next(epochs) for _ in range(EPOCHS)][-1])
    return ends


def escaped(outcomes: list[list[Any]], radius: Fraction, spoil: Callable[[Block], None]) -> int:
    """How many outcomes lie outside the enclosure that a block computes from the box of this radius."""
    with Ball(200) as arithmetic:
        block = block_of(LINEAR, arithmetic, float(radius))
        for _ in range(EPOCHS):
            block.advance()
        spoil(block)
        enclosure = block.enclosure()
        assert all(ball.is_finite() for ball in enclosure)
        inside = [all(one in ball for one, ball in zip(end, enclosure, strict=True)) for end in outcomes]
    return inside.count(False)


def test_a_block_tells_which_way_the_weights_move(outcomes: list[list[Any]]) -> None:
    """From one corner instead of the box, the enclosure holds what comes of that corner, and nothing of the others."""
    with Ball(200) as arithmetic:
        block = block_of(LINEAR, arithmetic, float(BOX))
        for _ in range(EPOCHS):
            block.advance()
        block.deviation = flint.arb_mat(9, 1, [flint.arb(-float(BOX))] * 9)
        enclosure = block.enclosure()
        held = [all(one in ball for one, ball in zip(end, enclosure, strict=True)) for end in outcomes]
    assert held[1] and not held[0] and not held[-1]


def drop_box(block: Block) -> None:
    """The mistake of leaving out J · (x - c)."""
    block.deviation = block.deviation * 0


def drop_radius_of_derivatives(block: Block) -> None:
    """The mistake of taking the derivatives at one point for those over the whole box."""
    block.derivatives = block.derivatives.mid()


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
        block = block_of(RUNNABLE["xor"], arithmetic, 0.0)
        block.advance()
        found, n = block.derivatives, block.derivatives.nrows()
        assert all(found[i, j].overlaps(found[j, i]) for i in range(n) for j in range(i))
        assert not all(found[0, j].overlaps(found[1, j]) for j in range(n))


# The derivatives of a tape, against those written out by hand.

FUNCTIONS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], tuple[Any, Any]]]] = {
    "sum": (lambda x, y: x + y + x, lambda x, y: (2, 1)),
    "constants on both sides": (lambda x, y: (3 - x) * 5 + 7 * (2 + y), lambda x, y: (-5, 7)),
    "negative": (lambda x, y: -x + -(x * y), lambda x, y: (-1 - y, -x)),
    "difference": (lambda x, y: x * y - y, lambda x, y: (y, x - 1)),
    "product": (lambda x, y: x * y * x, lambda x, y: (2 * x * y, x * x)),
    "quotient": (lambda x, y: x / y, lambda x, y: (1 / y, -x / (y * y))),
    "reciprocal": (lambda x, y: 1 / (x * y), lambda x, y: (-1 / (x * x * y), -1 / (x * y * y))),
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
    with Ball(200) as arithmetic:
        x, y = flint.arb(1.75, radius), flint.arb(-0.625, radius)
        derive = compile_python(jacobian(record(lambda x, y: [function(x, y)], 2)), arithmetic)
        value, *slopes = next(derive(x, y))
        assert value.overlaps(flint.arb(function(x, y)))
        for slope, known in zip(slopes, derivatives(x, y), strict=True):
            assert slope.overlaps(flint.arb(known))
            assert not slope.overlaps(flint.arb(known) + flint.arb(2) ** -10)


def test_each_operation_is_in_a_known_function() -> None:
    recorded = [record(lambda x, y, f=function: [f(x, y)], 2) for function, _ in FUNCTIONS.values()]
    assert {line.operation for one in recorded for line in one.lines} >= set(OPERATIONS)
