"""Gradient descent on a layered network, stated once, over whatever numbers an arithmetic supplies.

Every array has one row a training example, or one row a unit of the layer before (weights). All quantities are
dimensionless. The formulas are the delta rule and back-propagation for the squared error ½ Σ (target - output)²
(Rumelhart, Hinton and Williams, Nature 323, 533-536, 1986).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from lastdigit.arithmetic import Arithmetic, Array
from lastdigit.experiments import Experiment


class State(NamedTuple):
    """Everything that one epoch computes, in the arithmetic of its network.

    With layer sizes n_0 … n_L and R training examples:

    Attributes:
        epoch: number of updates made before this one.
        weights: L matrices, n_k by n_{k+1}, before the update.
        activations: L + 1 matrices, R by n_k; the first is the inputs, the last the output.
        error: target - output, R by n_L.
        deltas: L matrices, R by n_{k+1}: minus the derivative of the squared error by each unit's weighted sum; with
            rate_scales "delta" times the learning rate, and with order "output-first" only nearly so in hidden layers.
        gradients: L matrices shaped like the weights: activations^T · delta, the direction of descent.
        updated: L matrices, the weights after the update.
    """

    epoch: int
    weights: list[Array]
    activations: list[Array]
    error: Array
    deltas: list[Array]
    gradients: list[Array]
    updated: list[Array]


class Network:
    """The network of one experiment, computed in one arithmetic."""

    def __init__(self, experiment: Experiment, arithmetic: Arithmetic) -> None:
        self.experiment = experiment
        self.arithmetic = arithmetic
        self.inputs = arithmetic.lift(experiment.inputs)
        self.targets = arithmetic.lift(experiment.targets)
        self.learning_rate = arithmetic.lift(experiment.learning_rate)

    def starting_weights(self) -> list[Array]:
        """The starting weights in the network's arithmetic: one matrix for each layer but the first."""
        return [self.arithmetic.lift(matrix) for matrix in self.experiment.starting_weights()]

    def activate(self, k: int, sums: Array) -> Array:
        """The activation function of the weighted sums of layer k + 1: the logistic sigmoid, or the sums themselves."""
        return 1 / (1 + self.arithmetic.exp(-sums)) if self.experiment.activations[k] == "sigmoid" else sums

    def slope(self, k: int, layer: Array) -> Any:
        """The derivative of the activation function of layer k + 1, from the function's own value.

        The form l · (1 - l) matters: forms equal to it by algebra widen an enclosure by many orders of magnitude.
        """
        return layer * (1 - layer) if self.experiment.activations[k] == "sigmoid" else 1

    def forward(self, inputs: Array, weights: list[Array]) -> list[Array]:
        """The activations of every layer, the inputs first, for inputs with one row an example."""
        layers = [inputs]
        for k, matrix in enumerate(weights):
            layers.append(self.activate(k, self.arithmetic.dot(layers[-1], matrix)))
        return layers

    def delta(self, k: int, back_propagated: Array, layer: Array) -> Array:
        """The delta of layer k + 1: what comes back to it, the error or from the layer after, times the slope."""
        delta: Array = back_propagated * self.slope(k, layer)
        is_scaled = self.experiment.rate_scales == "delta" and k == len(self.experiment.activations) - 1
        return delta * self.learning_rate if is_scaled else delta

    def gradient(self, k: int, below: Array, delta: Array) -> Array:
        """The direction of descent of weights k, from the activations below them and the delta above."""
        return self.arithmetic.dot(below.T, delta)

    def change(self, k: int, gradient: Array) -> Array:
        """What is added to weights k."""
        return gradient * self.learning_rate if self.experiment.rate_scales == "update" else gradient

    def update(self, k: int, weights: Array, change: Array) -> Array:
        """Weights k after a change: the learning rate and the sign, that of descent, are in it."""
        return weights + change

    def pass_back(self, k: int, delta: Array, weights: Array, updated: Array) -> Array:
        """What layer k gets back through weights k, from the delta of layer k + 1."""
        return self.arithmetic.dot(delta, (updated if self.experiment.order == "output-first" else weights).T)

    def step(self, weights: list[Array], epoch: int = 0) -> State:
        """One epoch: forward pass, back-propagation and the update of every weight."""
        activations = self.forward(self.inputs, weights)
        error = self.targets - activations[-1]
        deltas: list[Array] = []
        gradients: list[Array] = []
        updated = list(weights)
        back_propagated = error
        for k in reversed(range(len(weights))):
            delta = self.delta(k, back_propagated, activations[k + 1])
            gradient = self.gradient(k, activations[k], delta)
            updated[k] = self.update(k, weights[k], self.change(k, gradient))
            if k > 0:
                back_propagated = self.pass_back(k, delta, weights[k], updated[k])
            deltas.insert(0, delta)
            gradients.insert(0, gradient)
        return State(epoch, weights, activations, error, deltas, gradients, updated)

    def train(self, weights: list[Array]) -> Iterator[State]:
        """The state of each epoch in turn, from the starting weights to the last update."""
        for epoch in range(self.experiment.epochs):
            state = self.step(weights, epoch)
            yield state
            weights = state.updated
