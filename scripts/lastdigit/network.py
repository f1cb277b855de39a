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

    def activate(self, sums: Array, activation: str) -> Array:
        """The activation function of a layer's weighted sums: the logistic sigmoid, or the sums themselves."""
        return 1 / (1 + self.arithmetic.exp(-sums)) if activation == "sigmoid" else sums

    def slope(self, layer: Array, activation: str) -> Any:
        """The derivative of the activation function, from the function's own value.

        The form l · (1 - l) matters: forms equal to it by algebra widen an enclosure by many orders of magnitude.
        """
        return layer * (1 - layer) if activation == "sigmoid" else 1

    def forward(self, inputs: Array, weights: list[Array]) -> list[Array]:
        """The activations of every layer, the inputs first, for inputs with one row an example."""
        layers = [inputs]
        for matrix, activation in zip(weights, self.experiment.activations, strict=True):
            layers.append(self.activate(self.arithmetic.dot(layers[-1], matrix), activation))
        return layers

    def change(self, gradient: Array) -> Array:
        """What is added to the weights of a layer, from its gradient."""
        return gradient * self.learning_rate if self.experiment.rate_scales == "update" else gradient

    def update(self, weights: Array, change: Array) -> Array:
        """The weights of a layer after a change: the learning rate and the sign, that of descent, are in it."""
        return weights + change

    def step(self, weights: list[Array], epoch: int = 0) -> State:
        """One epoch: forward pass, back-propagation and the update of every weight."""
        experiment, dot = self.experiment, self.arithmetic.dot
        activations = self.forward(self.inputs, weights)
        error = self.targets - activations[-1]
        deltas: list[Array] = []
        gradients: list[Array] = []
        updated = list(weights)
        back_propagated = error
        for k in reversed(range(len(weights))):
            delta = back_propagated * self.slope(activations[k + 1], experiment.activations[k])
            if experiment.rate_scales == "delta" and k == len(weights) - 1:
                delta = delta * self.learning_rate
            gradient = dot(activations[k].T, delta)
            updated[k] = self.update(weights[k], self.change(gradient))
            if k > 0:
                onward = updated[k] if experiment.order == "output-first" else weights[k]
                back_propagated = dot(delta, onward.T)
            deltas.insert(0, delta)
            gradients.insert(0, gradient)
        return State(epoch, weights, activations, error, deltas, gradients, updated)

    def train(self, weights: list[Array]) -> Iterator[State]:
        """The state of each epoch in turn, from the starting weights to the last update."""
        for epoch in range(self.experiment.epochs):
            state = self.step(weights, epoch)
            yield state
            weights = state.updated
