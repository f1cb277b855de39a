"""What is observed of a training: the quantities that articles print, and the state at more and more sparse epochs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy

from lastdigit.arithmetic import Array, each
from lastdigit.network import Network, State
from lastdigit.published import Moment, Numbers, Quantity, Subject


def mean_absolute_error(network: Network, state: State) -> Array:
    """The mean of |target - output| over all elements, as an array of one number."""
    return numpy.array([network.arithmetic.mean(abs(state.error))])


def cross_entropy(network: Network, state: State) -> Array:
    """The mean binary cross-entropy -mean(target · log(output) + (1 - target) · log(1 - output)), as above."""
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
    values = evaluate(network, state, *claim.subject)
    return values[claim.part(network.experiment.layers)]


class Observation(NamedTuple):
    """One quantity at one epoch.

    Attributes:
        quantity: of a claim, its quantity; of a trajectory, "weights[k]", "activations[k]", "deltas[k]" or
            "gradients[k]" for layer k (the inputs are layer 0), "error", or "mean_absolute_error".
        epoch: counted from 0.
        moment: "before" or "after" that epoch's update.
        inputs: of a prediction.
        values: the numbers, in the arithmetic of the training: flat for a claim, a matrix for a trajectory.
    """

    quantity: str
    epoch: int
    moment: Moment
    inputs: tuple[float, ...] | None
    values: Array


def schedule(epochs: int) -> list[int]:
    """The epochs in every trajectory: 0 to 10, then 20, 50, 100, 200, 500, …, and the last."""
    sparse = (digit * 10**power for power in range(len(str(epochs))) for digit in (1, 2, 5))
    return sorted({epoch for epoch in (*range(11), *sparse, epochs - 1) if epoch < epochs})


def observe_subjects(network: Network, state: State, subjects: Iterable[Subject]) -> Iterator[Observation]:
    """What claims are about, each subject once."""
    for subject in sorted(set(subjects)):
        values = evaluate(network, state, *subject)
        yield Observation(subject.quantity, state.epoch, subject.moment, subject.inputs, values)


def observe_claims(network: Network, state: State, claims: Iterable[Numbers]) -> Iterator[Observation]:
    """What the claims are about at this epoch."""
    return observe_subjects(network, state, (claim.subject for claim in claims if state.epoch in claim.at))


def observe_state(network: Network, state: State) -> Iterator[Observation]:
    """Everything that a port of the network can compare at this epoch, in the order of computation."""

    def at(quantity: str, values: Array, moment: Moment = "before") -> Observation:
        return Observation(quantity, state.epoch, moment, None, values)

    layers = range(1, len(state.weights) + 1)
    for k in layers:
        yield at(f"weights[{k}]", state.weights[k - 1])
    for k in layers:
        yield at(f"activations[{k}]", state.activations[k])
    yield at("error", state.error)
    yield at("mean_absolute_error", mean_absolute_error(network, state)[:, numpy.newaxis])
    for k in reversed(layers):
        yield at(f"deltas[{k}]", state.deltas[k - 1])
        yield at(f"gradients[{k}]", state.gradients[k - 1])
    for k in layers:
        yield at(f"weights[{k}]", state.updated[k - 1], "after")


def in_trajectory(observation: Observation, epochs: int) -> bool:
    """Whether it is in the trajectory: weights after an update are shown as those before the next, if there is one."""
    return observation.moment == "before" or observation.epoch == epochs - 1


class Observed(NamedTuple):
    """What is kept of a training: what claims are about, and the trajectory."""

    claimed: list[Observation]
    trajectory: list[Observation]

    @property
    def all(self) -> list[Observation]:
        """The observations of both kinds: those of claims first."""
        return self.claimed + self.trajectory

    def each(self, function: Callable[[Any], Any]) -> "Observed":
        """The same observations of a function of each number, as arrays of objects."""
        return Observed(*([one._replace(values=each(function, one.values)) for one in kind] for kind in self))


def epochs_to_observe(epochs: int, claims: Iterable[Numbers]) -> list[int]:
    """The epochs in the trajectory and those that claims are about."""
    return sorted({*schedule(epochs), *(epoch for claim in claims for epoch in claim.at)})


def observe(network: Network, states: Iterable[State], claims: Sequence[Numbers]) -> Observed:
    """What is kept of some states of a training."""
    observed, epochs = Observed([], []), network.experiment.epochs
    for state in states:
        observed.claimed.extend(observe_claims(network, state, claims))
        observed.trajectory.extend(one for one in observe_state(network, state) if in_trajectory(one, epochs))
    return observed
