"""What is observed of a training, held against numbers worked out by hand."""

import math

import numpy
import pytest
from known import CLAIMS, RUNNABLE

from lastdigit.arithmetic import Native
from lastdigit.network import Network
from lastdigit.observations import (
    epochs_to_observe,
    evaluate,
    in_trajectory,
    observe,
    observe_claims,
    observe_state,
    schedule,
)

# All weights 0: each unit of a sigmoid layer is 1/2, whatever its inputs; the second output weight is then moved by 2.
XOR = RUNNABLE["xor"]


@pytest.fixture
def network() -> Network:
    return Network(XOR, Native())


def test_each_quantity_is_what_its_formula_says(network: Network) -> None:
    weights = [numpy.zeros(shape) for shape in XOR.shapes]
    state = network.step(weights)
    assert evaluate(network, state, "output", "before").tolist() == [0.5] * 4
    assert evaluate(network, state, "error", "before").tolist() == [0.5]
    assert evaluate(network, state, "loss", "before").tolist() == [-math.log(0.5)]
    assert not evaluate(network, state, "weights", "before").any()
    assert evaluate(network, state, "start", "before").shape == (sum(map(numpy.size, weights)),)
    assert evaluate(network, state, "weights", "after").tolist() == [
        weight for matrix in state.updated for weight in matrix.ravel()
    ]


def test_a_prediction_is_the_output_for_inputs_that_are_no_example(network: Network) -> None:
    weights = [numpy.zeros(shape) for shape in XOR.shapes]
    weights[1][0, 0] = 2.0  # the output unit's sum is 2 · 1/2
    state = network.step(weights)
    inputs = [7.0] * XOR.layers[0]
    output = 1 / (1 + math.exp(-1))
    assert evaluate(network, state, "prediction", "before", inputs).tolist() == [output]
    # Two targets are 1, two are 0. Both sides have some eight roundings, each of 2^-53 at most.
    (loss,) = evaluate(network, state, "loss", "before")
    assert loss == pytest.approx(-(math.log(output) + math.log(1 - output)) / 2, abs=0, rel=2**-50)
    after = network.forward(numpy.array([inputs]), state.updated)[-1].ravel()
    assert evaluate(network, state, "prediction", "after", inputs).tolist() == after.tolist()


def test_a_trajectory_shows_the_first_epochs_and_then_ever_fewer() -> None:
    assert schedule(1) == [0]
    assert schedule(12) == [*range(11), 11]
    assert schedule(150) == [*range(11), 20, 50, 100, 149]
    assert schedule(60000)[-5:] == [5000, 10000, 20000, 50000, 59999]


def test_what_claims_are_about_is_observed_once(network: Network) -> None:
    any_claim = CLAIMS["trask-notebook/three-layer-error-log"]
    here = any_claim.model_copy(update={"quantity": "output", "at": (0, 2)})
    again = here.model_copy(update={"id": "again"})
    predicted = here.model_copy(update={"quantity": "prediction", "at": (2,), "inputs": (1.0,) * 3})
    claims = [here, again, predicted]
    assert epochs_to_observe(5, claims) == [0, 1, 2, 3, 4]
    assert epochs_to_observe(100, [here.model_copy(update={"at": (7, 77, 99)})]) == [*range(11), 20, 50, 77, 99]
    weights, states = network.starting_weights(), []
    for epoch in range(3):
        states.append(network.step(weights, epoch))
        weights = states[-1].updated
    assert not list(observe_claims(network, states[1], claims))
    seen = list(observe_claims(network, states[2], claims))
    assert [one[:4] for one in seen] == [("output", 2, "before", None), ("prediction", 2, "before", (1.0,) * 3)]
    assert seen[0].values.tolist() == states[2].activations[-1].ravel().tolist()
    assert seen[1].values.tolist() == network.forward(numpy.ones((1, 3)), states[2].weights)[-1].ravel().tolist()

    observed = observe(network, states, claims)
    assert [one[:4] for one in observed.claimed] == [("output", 0, "before", None), *(one[:4] for one in seen)]
    assert observed.all == observed.claimed + observed.trajectory
    # What a training of 60000 epochs shows of its first three: nothing after an update.
    assert [one.epoch for one in observed.trajectory] == [0] * 10 + [1] * 10 + [2] * 10
    assert [one.quantity for one in observed.trajectory[:10]] == [one.quantity for one in observed.trajectory[10:20]]
    negated = observed.each(lambda value: -value)
    assert [len(kind) for kind in negated] == [len(kind) for kind in observed]
    for one, other in zip(observed.all, negated.all, strict=True):
        assert other[:4] == one[:4] and other.values.dtype == object
        assert other.values.tolist() == (-one.values).tolist()


def test_a_state_is_observed_in_the_order_of_computation(network: Network) -> None:
    state = network.step(network.starting_weights(), 3)
    seen = list(observe_state(network, state))
    assert [(one.quantity, one.moment) for one in seen] == [
        ("weights[1]", "before"),
        ("weights[2]", "before"),
        ("activations[1]", "before"),
        ("activations[2]", "before"),
        ("error", "before"),
        ("mean_absolute_error", "before"),
        ("deltas[2]", "before"),
        ("gradients[2]", "before"),
        ("deltas[1]", "before"),
        ("gradients[1]", "before"),
        ("weights[1]", "after"),
        ("weights[2]", "after"),
    ]
    assert {(one.epoch, one.inputs) for one in seen} == {(3, None)}
    arrays = [*state.weights, *state.activations[1:], state.error, None, state.deltas[1], state.gradients[1]]
    arrays += [state.deltas[0], state.gradients[0], *state.updated]
    for one, array in zip(seen, arrays, strict=True):
        expected = [[numpy.abs(state.error).mean()]] if array is None else array.tolist()
        assert one.values.tolist() == expected
    # Weights after an update are those before the next, except after the last.
    assert [in_trajectory(one, 4) for one in seen] == [True] * 12
    assert [in_trajectory(one, 5) for one in seen] == [True] * 10 + [False] * 2
