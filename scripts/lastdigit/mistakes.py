"""Mistakes that people make when they port a network, each as the smallest change of the experiment or the network.

What a mistake does not change is inherited: the algorithm itself stays stated once, in network.py. All quantities are
dimensionless.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import gmpy2
import numpy

from lastdigit.arithmetic import Arithmetic, Array, Batch, Portable
from lastdigit.batch import MOST_PRODUCTS, Program
from lastdigit.experiments import Experiment
from lastdigit.network import Network, State
from lastdigit.observations import Observation, observe_state
from lastdigit.tape import flat, products, shaped, trace

# Epochs to the next one wanted, from which on compiling the tape takes less time than running the statement.
WORTH_COMPILING = 300


class Single(Portable):
    """Binary32, with the same orders of summation; its exponential is that of MPFR, rounded."""

    name = "single"
    number = numpy.float32  # type: ignore[assignment]
    kind = numpy.float32

    @staticmethod
    def exp_of(x: Any) -> Any:
        return numpy.float32(gmpy2.exp(float(x)))


class Mistaken(Network):
    """A network in which something may be done wrong; as it stands, nothing is.

    Attributes:
        arithmetic_of: the arithmetic that it is trained in.
        late: how many epochs after its own an epoch's numbers are shown.
        remembers: whether an epoch depends on more than the weights, so that no tape can be made of it.
        layers: the activations of the last forward pass.
        sums: the weighted sums of each layer but the first.
    """

    arithmetic_of: type[Arithmetic] = Portable
    late = 0
    remembers = False
    layers: list[Array]
    sums: list[Array]

    def forward(self, inputs: Array, weights: list[Array]) -> list[Array]:
        self.sums = []
        self.layers = super().forward(inputs, weights)
        return self.layers

    def activate(self, sums: Array, activation: str) -> Array:
        self.sums.append(sums)
        return super().activate(sums, activation)

    def number(self, layer: Array) -> int:
        """The number of a layer of the last forward pass."""
        return next(number for number, one in enumerate(self.layers) if one is layer)

    def is_output(self, layer: Array) -> bool:
        """Whether a layer of the last forward pass is the last."""
        return layer is self.layers[-1]

    def observed(self, state: State) -> Iterator[Observation]:
        """What a port with this mistake shows of an epoch."""
        yield from observe_state(self, state)


Change = Callable[[Experiment, Mapping[str, Experiment]], Experiment]


class Mistake(NamedTuple):
    """A mistake, or several at once.

    Attributes:
        name: of two at once, both, joined by a plus sign.
        what: one sentence on it.
        mend: one sentence on what to do.
        kind: the network that commits it.
        change: the experiment that is run instead, given all experiments by name.
    """

    name: str
    what: str
    mend: str
    kind: type[Mistaken] = Mistaken
    change: Change = lambda experiment, _: experiment

    def __and__(self, other: "Mistake") -> "Mistake":
        kinds = [self.kind, other.kind]
        bases = [kind for kind in dict.fromkeys(kinds) if not any(kind is not o and issubclass(o, kind) for o in kinds)]
        return Mistake(
            f"{self.name} + {other.name}",
            f"{self.what} {other.what}",
            f"{self.mend} {other.mend}",
            type("Both", tuple(bases), {}) if len(bases) > 1 else bases[0],
            lambda experiment, all_of_them: other.change(self.change(experiment, all_of_them), all_of_them),
        )

    @property
    def names(self) -> list[str]:
        """The names of the mistakes in it."""
        return self.name.split(" + ")

    @property
    def is_single_precision(self) -> bool:
        """Whether it is about the precision alone."""
        return self.kind.arithmetic_of is not Portable


REGISTRY: list[Mistake] = []


def commits(name: str, what: str, mend: str) -> Callable[[type[Mistaken]], type[Mistaken]]:
    """Enter a network into the registry, as the mistake of that name. One mistake may show itself in several ways."""

    def register(kind: type[Mistaken]) -> type[Mistaken]:
        REGISTRY.append(Mistake(name, what, mend, kind))
        return kind

    return register


def runs(name: str, what: str, mend: str) -> Callable[[Change], Change]:
    """Enter another experiment into the registry, as the mistake of that name."""

    def register(change: Change) -> Change:
        REGISTRY.append(Mistake(name, what, mend, change=change))
        return change

    return register


# --- the update -------------------------------------------------------------------------------------------------------


@commits(
    "gradient-assigned",
    "The gradient replaces the weights instead of being added to them.",
    "Add it: weights += gradient, not weights = gradient.",
)
class GradientAssigned(Mistaken):
    def update(self, weights: Array, change: Array) -> Array:
        return change


@commits(
    "gradient-not-zeroed",
    "The gradients are added to those of the epochs before.",
    "Set them to zero before each epoch.",
)
class NotZeroed(Mistaken):
    remembers = True
    totals: list[Array] | None = None

    def step(self, weights: list[Array], epoch: int = 0) -> State:
        state = super().step(weights, epoch)
        earlier = self.totals or [0 * gradient for gradient in state.gradients]
        self.totals = [gradient + total for gradient, total in zip(state.gradients, earlier, strict=True)]
        updated = [self.update(old, self.change(total)) for old, total in zip(weights, self.totals, strict=True)]
        return state._replace(gradients=self.totals, updated=updated)


SIGN = (
    "wrong-sign",
    "The weights move up the error instead of down.",
    "Add the gradient of error = targets - output, or subtract that of output - targets; not both, nor neither.",
)


@commits(*SIGN)
class Subtracted(Mistaken):
    def update(self, weights: Array, change: Array) -> Array:
        return weights - change


def reversed_signs(state: State, error: bool) -> State:
    """The state with the signs of deltas and gradients reversed, and that of the error if wanted."""
    return state._replace(
        error=-state.error if error else state.error,
        deltas=[-delta for delta in state.deltas],
        gradients=[-gradient for gradient in state.gradients],
    )


@commits(*SIGN)
class ErrorReversed(Subtracted):
    def step(self, weights: list[Array], epoch: int = 0) -> State:
        return reversed_signs(super().step(weights, epoch), error=True)


SCALED = "The derivative is {}: this is another learning rate."


class Scaled(Mistaken):
    """What is multiplied by a factor: the change of the weights; the gradients, too; or already the output's delta."""

    def factor(self) -> Any:
        """What it is multiplied by."""
        raise NotImplementedError


class ScaledUpdate(Scaled):
    def update(self, weights: Array, change: Array) -> Array:
        return super().update(weights, change * self.factor())


class ScaledGradient(ScaledUpdate):
    def step(self, weights: list[Array], epoch: int = 0) -> State:
        state = super().step(weights, epoch)
        return state._replace(gradients=[gradient * self.factor() for gradient in state.gradients])


class ScaledDelta(Scaled):
    def slope(self, layer: Array, activation: str) -> Any:
        slope = super().slope(layer, activation)
        return slope * self.factor() if self.is_output(layer) else slope


class Averaged(Scaled):
    def factor(self) -> Any:
        return self.arithmetic.lift([1.0]) / len(self.inputs)


class Doubled(Scaled):
    def factor(self) -> Any:
        return 2


for scaled in (ScaledUpdate, ScaledGradient, ScaledDelta):
    REGISTRY.append(
        Mistake(
            "gradient-averaged",
            SCALED.format("divided by the number of examples"),
            "Sum over the examples; do not average.",
            type("Averaged", (Averaged, scaled), {}),
        )
    )
    REGISTRY.append(
        Mistake(
            "gradient-doubled",
            SCALED.format("twice as large, as of the squared error without its factor 1/2"),
            "Leave out the factor 2.",
            type("Doubled", (Doubled, scaled), {}),
        )
    )


@commits(
    "hidden-weights-untrained",
    "The hidden layer's weights are never updated.",
    "Update the weights of every layer, in the arrays that the forward pass reads.",
)
class HiddenUntrained(Mistaken):
    def step(self, weights: list[Array], epoch: int = 0) -> State:
        state = super().step(weights, epoch)
        return state._replace(updated=[*weights[:1], *state.updated[1:]]) if len(weights) > 1 else state


@commits(
    "output-weights-untrained",
    "The last layer's weights are never updated.",
    "Update the weights of every layer, in the arrays that the forward pass reads.",
)
class OutputUntrained(Mistaken):
    def step(self, weights: list[Array], epoch: int = 0) -> State:
        state = super().step(weights, epoch)
        return state._replace(updated=[*state.updated[:-1], *weights[-1:]])


@commits(
    "updated-after-each-example",
    "The weights are updated after each example instead of once an epoch.",
    "Sum the gradients of all examples, then update once.",
)
class OneByOne(Mistaken):
    def step(self, weights: list[Array], epoch: int = 0) -> State:
        inputs, targets = self.inputs, self.targets
        states: list[State] = []
        for row in range(len(inputs)):
            self.inputs, self.targets = inputs[row : row + 1], targets[row : row + 1]
            states.append(super().step(states[-1].updated if states else weights, epoch))
        self.inputs, self.targets = inputs, targets

        def stacked(parts: Sequence[Sequence[Array]]) -> list[Array]:
            return [numpy.concatenate(rows) for rows in zip(*parts, strict=True)]

        return State(
            epoch,
            weights,
            stacked([state.activations for state in states]),
            numpy.concatenate([state.error for state in states]),
            stacked([state.deltas for state in states]),
            [sum(parts[1:], parts[0]) for parts in zip(*(state.gradients for state in states), strict=True)],
            states[-1].updated,
        )


@runs(
    "output-updated-first",
    "The hidden delta is formed with the output weights from after their update.",
    "Compute every delta before any weight changes.",
)
def _output_first(experiment: Experiment, _: Mapping[str, Experiment]) -> Experiment:
    return experiment.changed(order="output-first")


@runs(
    "output-updated-last",
    "The hidden delta is formed with the output weights from before their update.",
    "Here the output weights are updated first, and the hidden delta sees them updated.",
)
def _simultaneous(experiment: Experiment, _: Mapping[str, Experiment]) -> Experiment:
    return experiment.changed(order="simultaneous")


@runs("rate-missing", "The learning rate is missing.", "Multiply by it where the experiment says, rate_scales.")
def _rate_missing(experiment: Experiment, _: Mapping[str, Experiment]) -> Experiment:
    return experiment.changed(learning_rate=1.0)


@runs("rate-of-a-tenth", "The learning rate is 0.1.", "Take the experiment's learning rate.")
def _rate_of_a_tenth(experiment: Experiment, _: Mapping[str, Experiment]) -> Experiment:
    return experiment.changed(learning_rate=0.1)


@runs(
    "rate-on-updates",
    "The learning rate multiplies the updates, not the delta of the output.",
    "Here the output's delta is multiplied by it, and so is all that follows from that.",
)
def _rate_on_updates(experiment: Experiment, _: Mapping[str, Experiment]) -> Experiment:
    return experiment.changed(rate_scales="update")


@commits("rate-twice", "The learning rate is multiplied by twice.", "Multiply by it once.")
class RateTwice(Mistaken):
    def update(self, weights: Array, change: Array) -> Array:
        return super().update(weights, change * self.learning_rate)


# --- the slope, and the way back --------------------------------------------------------------------------------------


@commits(
    "slope-of-the-sums",
    "The slope s · (1 - s) is taken of the weighted sums s instead of the activations.",
    "Pass the activation to it: slope = a · (1 - a).",
)
class SlopeOfSums(Mistaken):
    def slope(self, layer: Array, activation: str) -> Any:
        return super().slope(self.sums[self.number(layer) - 1], activation)


@commits(
    "sigmoid-applied-again",
    "The slope applies the sigmoid to what is already an activation.",
    "Activations are sigmoids already: slope = a · (1 - a).",
)
class SigmoidAgain(Mistaken):
    def slope(self, layer: Array, activation: str) -> Any:
        return super().slope(Network.activate(self, layer, activation), activation)


@commits("no-slope-in-output", "The output's delta is the error alone.", "Multiply the error by the output's slope.")
class NoOutputSlope(Mistaken):
    def slope(self, layer: Array, activation: str) -> Any:
        return 1 if self.is_output(layer) else super().slope(layer, activation)


@commits(
    "no-slope-in-hidden",
    "The hidden delta lacks the slope of the hidden layer.",
    "Multiply what comes back by the hidden layer's slope.",
)
class NoHiddenSlope(Mistaken):
    def slope(self, layer: Array, activation: str) -> Any:
        return super().slope(layer, activation) if self.is_output(layer) else 1


@commits(
    "slope-of-tanh",
    "The slope is 1 - a², that of the hyperbolic tangent.",
    "The slope of the sigmoid is a · (1 - a).",
)
class SlopeOfTanh(Mistaken):
    def slope(self, layer: Array, activation: str) -> Any:
        return 1 - layer * layer if activation == "sigmoid" else 1


@commits(
    "slope-in-linear-output",
    "The delta of the linear output has the slope of a sigmoid.",
    "A linear unit has the slope 1.",
)
class SlopeInLinear(Mistaken):
    def slope(self, layer: Array, activation: str) -> Any:
        return super().slope(layer, "sigmoid")


@commits(
    "error-passed-back",
    "The output's error is passed back instead of its delta.",
    "Pass the delta back: delta · weights^T.",
)
class ErrorPassedBack(Mistaken):
    def step(self, weights: list[Array], epoch: int = 0) -> State:
        state, dot = super().step(weights, epoch), self.arithmetic.dot
        if len(weights) < 2:
            return state
        k = len(weights) - 2
        onward = state.updated[-1] if self.experiment.order == "output-first" else weights[-1]
        delta = dot(state.error, onward.T) * self.slope(state.activations[k + 1], self.experiment.activations[k])
        gradient = dot(state.activations[k].T, delta)
        deltas, gradients, updated = list(state.deltas), list(state.gradients), list(state.updated)
        deltas[k], gradients[k], updated[k] = delta, gradient, self.update(weights[k], self.change(gradient))
        return state._replace(deltas=deltas, gradients=gradients, updated=updated)


# --- the forward pass -------------------------------------------------------------------------------------------------


@commits("no-minus-in-sigmoid", "The sigmoid lacks its minus sign: 1 / (1 + exp(s)).", "It is 1 / (1 + exp(-s)).")
class NoMinus(Mistaken):
    def activate(self, sums: Array, activation: str) -> Array:
        return super().activate(-sums if activation == "sigmoid" else sums, activation)


@commits(
    "tanh-for-sigmoid",
    "The activation function is the hyperbolic tangent, with its slope.",
    "Here it is the sigmoid, 1 / (1 + exp(-s)).",
)
class Tanh(SlopeOfTanh):
    def activate(self, sums: Array, activation: str) -> Array:
        if activation == "linear":
            return super().activate(sums, activation)
        return 2 * super().activate(2 * sums, activation) - 1


@runs(
    "sigmoid-for-linear",
    "The output unit is a sigmoid.",
    "Here it is linear: the output is the weighted sum itself, with the slope 1.",
)
def _sigmoid_output(experiment: Experiment, _: Mapping[str, Experiment]) -> Experiment:
    return experiment.changed(activations=("sigmoid",) * len(experiment.activations))


@runs("linear-for-sigmoid", "The output unit is linear.", "Here it is a sigmoid, 1 / (1 + exp(-s)).")
def _linear_output(experiment: Experiment, _: Mapping[str, Experiment]) -> Experiment:
    return experiment.changed(activations=(*experiment.activations[:-1], "linear"))


# --- the data ---------------------------------------------------------------------------------------------------------


@runs(
    "targets-of-another",
    "The targets are those of another experiment.",
    "Take the experiment's own: the same network is published with the targets 0 0 1 1 and 0 1 1 0.",
)
def _targets(experiment: Experiment, others: Mapping[str, Experiment]) -> Experiment:
    shape = numpy.shape(experiment.targets)
    for other in others.values():
        if numpy.shape(other.targets) == shape and other.targets != experiment.targets:
            return experiment.changed(targets=other.targets)
    return experiment


def _in_other_order(experiment: Experiment, others: Mapping[str, Experiment]) -> Experiment | None:
    """An experiment with the same input rows in another order."""
    return next(
        (
            other
            for other in others.values()
            if other.inputs != experiment.inputs and sorted(other.inputs) == sorted(experiment.inputs)
        ),
        None,
    )


@runs(
    "inputs-of-another",
    "The input rows stand in the order of another experiment, the targets do not.",
    "Take the experiment's own: the same rows are published in two orders.",
)
def _inputs(experiment: Experiment, others: Mapping[str, Experiment]) -> Experiment:
    other = _in_other_order(experiment, others)
    return experiment.changed(inputs=other.inputs) if other else experiment


@runs(
    "rows-in-another-order",
    "The examples stand in the order of another experiment.",
    "Take the experiment's own order; it decides which row is which, and how sums are rounded.",
)
def _rows(experiment: Experiment, others: Mapping[str, Experiment]) -> Experiment:
    other = _in_other_order(experiment, others)
    if other is None:
        return experiment
    targets = dict(zip(experiment.inputs, experiment.targets, strict=True))
    return experiment.changed(inputs=other.inputs, targets=tuple(targets[row] for row in other.inputs))


@runs("bias-column-zero", "The column of ones is missing from the inputs, or zero.", "Its ones are the bias: keep it.")
def _no_bias(experiment: Experiment, _: Mapping[str, Experiment]) -> Experiment:
    ones = {k for k in range(experiment.layers[0]) if all(row[k] == 1 for row in experiment.inputs)}
    rows = tuple(tuple(0.0 if k in ones else x for k, x in enumerate(row)) for row in experiment.inputs)
    return experiment.changed(inputs=rows)


# --- the start --------------------------------------------------------------------------------------------------------

Draw = Callable[[int, int], Array]
"""So many draws, uniform in [0, 1), of a seed: a flat array."""


class Started(Mistaken):
    """A network that starts from other weights than those of the experiment."""

    def start(self, given: list[Array]) -> list[Array]:
        """The weights that it starts from, binary64, instead of those given."""
        start, shapes = self.experiment.start, self.experiment.shapes
        if start.seed is None or start.low is None or start.high is None:
            return given  # nothing was drawn, so nothing can be drawn wrongly
        sizes = [rows * columns for rows, columns in shapes]
        draws = start.low + (start.high - start.low) * self.draw(start.seed, sum(sizes))
        return self.fill(draws)

    def draw(self, seed: int, count: int) -> Array:
        """So many draws, uniform in [0, 1), of a seed."""
        return numpy.random.RandomState(seed).random_sample(count)

    def fill(self, draws: Array) -> list[Array]:
        """The matrices that the draws go into."""
        return shaped(draws.tolist(), self.experiment.shapes)

    def starting_weights(self) -> list[Array]:
        return [self.arithmetic.lift(matrix) for matrix in self.start(self.experiment.starting_weights())]


def words(seed: int, count: int) -> Array:
    """The first 32-bit numbers of MT19937, seeded by init_genrand."""
    return numpy.frombuffer(numpy.random.RandomState(seed).bytes(4 * count), "<u4").astype(numpy.float64)


def _draws(name: str, what: str, mend: str, draw: Draw) -> None:
    """Enter another generator into the registry."""
    REGISTRY.append(
        Mistake(name, what, mend, type("Drawn", (Started,), {"draw": lambda _, seed, count: draw(seed, count)}))
    )


RIGHT_DRAWS = "Draw as the reference says, or copy the weights from the certificate."


def _python_draws(seed: int, count: int) -> Array:
    generator = random.Random(seed)
    return numpy.array([generator.random() for _ in range(count)])


def _r_draws(seed: int, count: int) -> Array:
    """R's set.seed and runif: its own seeding of MT19937, one word a draw."""
    for _ in range(50):
        seed = (69069 * seed + 1) % 2**32
    key = []
    for _ in range(625):
        seed = (69069 * seed + 1) % 2**32
        key.append(seed)
    generator = numpy.random.RandomState()
    generator.set_state(("MT19937", numpy.array(key[1:], numpy.uint32), 624, 0, 0.0))
    drawn = numpy.frombuffer(generator.bytes(4 * count), "<u4").astype(numpy.float64)
    return drawn * 2.3283064365386963e-10  # what R takes for 1 / (2^32 - 1)


_draws("seeded-by-python", "The draws are those of Python's random.seed.", RIGHT_DRAWS, _python_draws)
_draws(
    "drawn-by-default-rng",
    "The draws are those of NumPy's default_rng.",
    "The articles seed the legacy generator, numpy.random.seed. " + RIGHT_DRAWS,
    lambda seed, count: numpy.random.Generator(numpy.random.PCG64(seed)).random(count),
)
_draws("drawn-by-r", "The draws are those of R's set.seed and runif.", RIGHT_DRAWS, _r_draws)
_draws(
    "drawn-by-c++",
    "The draws are those of C++'s mt19937 and uniform_real_distribution.",
    RIGHT_DRAWS,
    lambda seed, count: (words(seed, 2 * count)[0::2] + words(seed, 2 * count)[1::2] * 2.0**32) / 2.0**64,
)
_draws(
    "draws-of-32-bits",
    "Each draw takes one number of 32 bits of MT19937.",
    "Each draw takes two, for 53 bits: genrand_res53.",
    lambda seed, count: words(seed, count) / 2.0**32,
)
_draws("seed-of-0", "The seed is 0.", "Take the experiment's seed.", lambda _, count: Started.draw(None, 0, count))  # type: ignore[arg-type]


@commits(
    "filled-by-columns",
    "The draws fill the matrices column by column.",
    "Fill them row by row; Fortran, R, Julia and MATLAB fill by columns.",
)
class ByColumns(Started):
    def fill(self, draws: Array) -> list[Array]:
        shapes = [shape[::-1] for shape in self.experiment.shapes]
        return [matrix.T for matrix in shaped(draws.tolist(), shapes)]


@commits(
    "layers-drawn-backwards",
    "The last layer's weights are drawn first.",
    "Draw the first layer's weights first.",
)
class Backwards(Started):
    def fill(self, draws: Array) -> list[Array]:
        return shaped(draws.tolist(), self.experiment.shapes[::-1])[::-1]


@commits("seeded-for-each-layer", "The generator is seeded again for each layer.", "Seed it once.")
class SeededAgain(Started):
    def fill(self, draws: Array) -> list[Array]:
        return [shaped(draws.tolist(), [shape])[0] for shape in self.experiment.shapes]


class OtherRange(Started):
    """Draws from another range."""

    range_of: tuple[float, float]

    def start(self, given: list[Array]) -> list[Array]:
        if self.experiment.start.seed is None:
            return given
        low, high = self.range_of
        sizes = sum(rows * columns for rows, columns in self.experiment.shapes)
        return self.fill(low + (high - low) * self.draw(self.experiment.start.seed, sizes))


for bounds, text in (
    ((0.0, 1.0), "0 to 1"),
    ((-1.0, 1.0), "-1 to 1"),
    ((-0.5, 0.5), "-1/2 to 1/2"),
):
    REGISTRY.append(
        Mistake(
            "drawn-from-another-range",
            f"The starting weights are drawn from {text}.",
            "Map each draw u to low + (high - low) · u, with the experiment's low and high.",
            type("OtherRange", (OtherRange,), {"range_of": bounds}),
        )
    )


@commits("drawn-normal", "The starting weights are drawn from the normal distribution.", "Draw them uniformly.")
class Normal(Started):
    def start(self, given: list[Array]) -> list[Array]:
        if self.experiment.start.seed is None:
            return given
        sizes = sum(rows * columns for rows, columns in self.experiment.shapes)
        return self.fill(numpy.random.RandomState(self.experiment.start.seed).standard_normal(sizes))


@commits(
    "start-of-8-digits",
    "The starting weights are copied with 8 decimals.",
    "Copy all 17 digits, or the hexadecimal form.",
)
class EightDigits(Started):
    def start(self, given: list[Array]) -> list[Array]:
        return [numpy.round(matrix, 8) for matrix in given]


@commits(
    "single-precision",
    "The numbers are in single precision (float, float32).",
    "Compute in double precision (double, float64), and read the starting weights as such.",
)
class SinglePrecision(Mistaken):
    arithmetic_of = Single


# --- what is shown ----------------------------------------------------------------------------------------------------


class OtherLog(Mistaken):
    """Another number than the mean absolute error."""

    def log(self, error: Array) -> Any:
        """The number, of targets - output."""
        raise NotImplementedError

    def observed(self, state: State) -> Iterator[Observation]:
        for one in super().observed(state):
            is_log = one.quantity == "mean_absolute_error"
            yield one._replace(values=numpy.array([[self.log(state.error)]])) if is_log else one


LOGS: dict[str, tuple[str, Callable[[Array], Any]]] = {
    "root-mean-square": ("the root of the mean square", lambda error: numpy.sqrt(numpy.mean(error * error))),
    "mean-square": ("the mean square", lambda error: numpy.mean(error * error)),
    "half-the-squares": ("half the sum of squares", lambda error: numpy.sum(error * error) / 2),
    "sum-of-squares": ("the sum of squares", lambda error: numpy.sum(error * error)),
    "sum-for-mean": ("the sum of the absolute errors", lambda error: numpy.sum(abs(error))),
    "mean-without-abs": ("the mean of the errors with their signs", numpy.mean),
}
for log_name, (text, log) in LOGS.items():
    REGISTRY.append(
        Mistake(
            log_name,
            f"The error shown is {text}.",
            "It is the mean absolute error: mean(abs(targets - output)).",
            type("Log", (OtherLog,), {"log": lambda _, error, log=log: log(error)}),
        )
    )


AFTER_UPDATE = (
    "shown-after-update",
    "What is shown of an epoch is computed with the weights from after its update.",
    "The articles show what the forward pass before the update computed.",
)


@commits(*AFTER_UPDATE)
class OutputAfterUpdate(Mistaken):
    def observed(self, state: State) -> Iterator[Observation]:
        layers = self.forward(self.inputs, state.updated)
        yield from super().observed(
            state._replace(activations=[*state.activations[:-1], layers[-1]], error=self.targets - layers[-1])
        )


@commits(*AFTER_UPDATE)
class ErrorAfterUpdate(Mistaken):
    def observed(self, state: State) -> Iterator[Observation]:
        yield from super().observed(state._replace(error=self.targets - self.forward(self.inputs, state.updated)[-1]))


@commits(*AFTER_UPDATE)
class WeightsAfterUpdate(Mistaken):
    def observed(self, state: State) -> Iterator[Observation]:
        yield from super().observed(state._replace(weights=state.updated))


@commits(*AFTER_UPDATE)
class NextEpoch(Mistaken):
    late = -1


@commits(
    "epochs-counted-from-1",
    "The first epoch is called 1.",
    "Call it 0: an epoch's number is how many updates were made before it.",
)
class CountedFromOne(Mistaken):
    late = 1


REVERSED = (
    "shown-with-reversed-signs",
    "The training is right; signs are shown reversed, as of output - targets and a gradient to be subtracted.",
    "Show targets - output, and deltas and gradients of that sign.",
)


@commits(*REVERSED)
class AllReversed(Mistaken):
    def observed(self, state: State) -> Iterator[Observation]:
        yield from super().observed(reversed_signs(state, error=True))


@commits(*REVERSED)
class DeltasReversed(Mistaken):
    def observed(self, state: State) -> Iterator[Observation]:
        yield from super().observed(reversed_signs(state, error=False))


# --- running them -----------------------------------------------------------------------------------------------------


def pairs(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Two mistakes at once; not two forms of one, and not single precision, which hides what is small."""
    known = [mistake for mistake in mistakes if not mistake.is_single_precision]
    return [first & second for first, second in combinations(known, 2) if first.name != second.name]


class Follower:
    """Runs mistakes on one experiment.

    Args:
        experiment: what should have been run.
        others: all experiments, by name.
        prediction: inputs of which the output is wanted, too.
    """

    def __init__(self, experiment: Experiment, others: Mapping[str, Experiment], prediction: Any = None) -> None:
        self.experiment, self.others, self.prediction = experiment, others, prediction
        self._programs: dict[Any, Program] = {}

    def possible(self) -> list[Mistake]:
        """The mistakes that can be made here: those that change a bit of the first two epochs."""

        def bits(mistake: Mistake) -> list[tuple[Any, ...]]:
            shown = self.follow(mistake, [0, 1])
            return [(epoch, one.quantity, one.values.tobytes()) for epoch, several in shown for one in several]

        right = bits(Mistake("", "", ""))
        return [mistake for mistake in REGISTRY if bits(mistake) != right]

    def follow(
        self, mistake: Mistake, epochs: Iterable[int], beside: bool = False
    ) -> Iterator[tuple[int, list[Observation]]]:
        """What a port with this mistake shows of some epochs, ascending; none for one that it does not have.

        Args:
            mistake: the one that it makes.
            epochs: as it calls them.
            beside: whether to start from the next greater double of each weight, which shows how errors grow.
        """
        experiment = mistake.change(self.experiment, self.others)
        kind = mistake.kind
        with kind.arithmetic_of() as arithmetic, numpy.errstate(all="ignore"):
            network = kind(experiment, arithmetic)
            weights, done = network.starting_weights(), 0
            if beside:
                weights = [numpy.nextafter(matrix, numpy.inf, dtype=matrix.dtype) for matrix in weights]
            for shown in epochs:
                epoch = shown - kind.late
                if epoch < 0:
                    yield shown, []
                    continue
                is_compiled = type(arithmetic) is Portable and products(experiment) <= MOST_PRODUCTS
                if is_compiled and not kind.remembers and epoch - done >= WORTH_COMPILING:
                    weights, done = self._compiled(kind, experiment, weights, epoch - done), epoch
                while done < epoch:
                    weights, done = network.step(weights, done).updated, done + 1
                state = network.step(weights, epoch)
                observations = list(network.observed(state))
                if self.prediction is not None:
                    for moment, used in (("before", weights), ("after", state.updated)):
                        values = network.forward(arithmetic.lift([self.prediction]), used)[-1]
                        observations.append(Observation("prediction", epoch, moment, self.prediction, values))
                yield shown, observations
                weights, done = state.updated, done + 1

    def _compiled(self, kind: type[Mistaken], experiment: Experiment, weights: list[Array], epochs: int) -> list[Array]:
        """The weights after so many epochs. A start needs no program of its own."""
        parts = tuple(one for one in kind.__mro__ if not issubclass(one, Started) and one.__name__ != "Both")
        key = (parts, experiment.changed(start=self.experiment.start.model_dump()).model_dump_json())

        def before(_: Network, state: State) -> list[Array]:
            return state.weights

        if key not in self._programs:
            self._programs[key] = Program(trace(experiment, Batch(), before, kind))
        ((_, numbers),) = self._programs[key].run(numpy.array(flat(weights))[:, numpy.newaxis], [epochs])
        return shaped(numbers[:, 0].tolist(), experiment.shapes)
