"""The quantities that sources print, computed from the state of an epoch in any arithmetic."""

from collections.abc import Sequence

import numpy

from lastdigit.arithmetic import Array
from lastdigit.network import Network, State
from lastdigit.published import Moment, Numbers, Quantity


def mean_absolute_error(network: Network, state: State) -> Array:
    """mean |target - output|, as one number."""
    return numpy.array([network.arithmetic.mean(abs(state.error))])


def cross_entropy(network: Network, state: State) -> Array:
    """The mean binary cross-entropy, -mean(target · log(output) + (1 - target) · log(1 - output)), as one number."""
    targets, output, log = network.targets, state.activations[-1], network.arithmetic.log
    return numpy.array([network.arithmetic.mean((targets - 1) * log(1 - output) - targets * log(output))])


FORMULAS: dict[Quantity, str] = {
    "error": "mean of |target - output| over the examples",
    "output": "activation of the last layer, one row an example",
    "loss": "-mean(target · log(output) + (1 - target) · log(1 - output))",
    "weights": "every weight, row-major, the first layer's matrix first",
    "start": "every starting weight, row-major, the first layer's matrix first",
    "prediction": "output of the network for the inputs given",
}


def evaluate(
    network: Network, state: State, quantity: Quantity, moment: Moment, inputs: Sequence[float] | None = None
) -> Array:
    """The numbers of one quantity at one epoch, flattened row by row."""
    weights = state.updated if moment == "after" else state.weights
    match quantity:
        case "error":
            return mean_absolute_error(network, state)
        case "loss":
            return cross_entropy(network, state)
        case "output":
            return state.activations[-1].ravel()
        case "weights" | "start":
            return numpy.concatenate([matrix.ravel() for matrix in weights])
        case "prediction":
            return network.forward(network.arithmetic.lift([inputs]), weights)[-1].ravel()


def evaluate_claim(network: Network, state: State, claim: Numbers) -> Array:
    """The numbers of one claim at the epoch of this state."""
    return evaluate(network, state, claim.quantity, claim.moment, claim.inputs)
