"""Mistakes that people make when they port a network, each as the dials of mistaken.py that commit it.

A mistake comes in forms: of another factor, in one layer or in all, with another seed. All quantities are
dimensionless.
"""

import functools
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy

from lastdigit.arithmetic import Array, each
from lastdigit.draws import GENERATORS, again, backwards, by_columns, by_columns_again, normal, normal_of_default_rng
from lastdigit.experiments import Experiment
from lastdigit.exponential import WHOLE
from lastdigit.mistaken import HIDDEN, OUTPUT, Dials, Mistake, Mistaken, boxes

RATE = "Take the experiment's learning rate, and multiply by it where rate_scales says."
UPDATE_ALL = "Update the weights of every layer, in the arrays that the forward pass reads."
SLOPE = "The slope of the sigmoid is a · (1 - a), of that layer's own activations a."
SIGMOID = "It is 1 / (1 + exp(-s)), with an exp of full precision, such as that of any mathematical library."
OWN_DATA = "Take the experiment's own, from its certificate."
DRAWS = "Draw as the reference says, or copy the weights from the certificate."
LOG = "It is the mean absolute error: mean(abs(targets - output))."

# What is wrong, where {} is filled by the form, and what to do.
TEXTS: dict[str, tuple[str, str]] = {
    # the update
    "gradient-assigned": (
        "The gradient replaces the weights instead of being added to them{}.",
        "Add it: weights += gradient, not weights = gradient.",
    ),
    "gradient-not-zeroed": (
        "The gradients are added to those of the epochs before.",
        "Set them to zero before each epoch.",
    ),
    "wrong-sign": (
        "The weights move up the error instead of down{}.",
        "Add the gradient of error = targets - output, or subtract that of output - targets; not both, nor neither.",
    ),
    "gradient-averaged": (
        "The {} divided by the number of examples: this is another learning rate.",
        "Sum over the examples; do not average.",
    ),
    "gradient-doubled": (
        "The {} twice as large, as of the squared error without its factor 1/2: this is another learning rate.",
        "Leave out the factor 2.",
    ),
    "step-scaled": ("The {}: this is another learning rate.", "Leave out the factor."),
    "hidden-weights-untrained": ("The hidden layer's weights are never updated.", UPDATE_ALL),
    "output-weights-untrained": ("The last layer's weights are never updated.", UPDATE_ALL),
    "updated-after-each-example": (
        "The weights are updated after each example instead of once an epoch{}.",
        "Sum the gradients of all examples, then update once.",
    ),
    "examples-left-out": ("The gradient has {}.", "Sum over all examples."),
    "output-updated-first": (
        "The hidden delta is formed with the output weights from after their update.",
        "Compute every delta before any weight changes.",
    ),
    "output-updated-last": (
        "The hidden delta is formed with the output weights from before their update.",
        "Here the output weights are updated first, and the hidden delta sees them updated.",
    ),
    "rate-missing": ("The learning rate is missing.", RATE),
    "another-rate": ("The learning rate is {}.", RATE),
    "rate-of-few-digits": ("The learning rate is a constant of {}.", "Write it as a constant of double precision."),
    "rate-on-updates": ("The learning rate multiplies the updates, not the delta of the output.", RATE),
    "rate-on-delta": ("The learning rate multiplies the delta of the output, not the updates.", RATE),
    "rate-twice": ("The learning rate is multiplied by twice{}.", "Multiply by it once."),
    "rate-decays": ("The learning rate becomes smaller: it is {}.", "It is the same in all epochs."),
    "momentum": ("The updates have a momentum of {}.", "Plain gradient descent has none."),
    "unit-untrained": ("The weights of {} are never updated.", UPDATE_ALL),
    "signs-of-gradients": ("Only the signs of the gradients count.", "Add the gradients themselves."),
    "another-loss": (
        "The output's delta is formed with {} instead of the error.",
        "The delta is error * slope, that of the squared error.",
    ),
    "weight-decay": ("The weights decay: {} of them are lost in each update.", "There is no weight decay here."),
    # the slope, and the way back
    "no-slope-in-output": ("The output's delta is the error alone.", "Multiply the error by the output's slope."),
    "no-slope-in-hidden": (
        "The hidden delta lacks the slope of the hidden layer.",
        "Multiply what comes back by the hidden layer's slope.",
    ),
    "no-slope": ("No delta has a slope.", SLOPE),
    "slope-of-the-sums": (
        "The slope s · (1 - s) is taken of the weighted sums s instead of the activations{}.",
        "Pass the activation to it: slope = a · (1 - a).",
    ),
    "sigmoid-applied-again": (
        "The slope applies the sigmoid to what is already an activation{}.",
        "Activations are sigmoids already: slope = a · (1 - a).",
    ),
    "slope-of-tanh": ("The slope is 1 - a², that of the hyperbolic tangent{}.", SLOPE),
    "slope-of-another-form": ("The slope is {}.", SLOPE),
    "slope-of-another-layer": ("The slope of the {}.", SLOPE),
    "slope-of-one-example": ("The slope of the {} example is taken for all{}.", SLOPE),
    "slope-in-linear-output": (
        "The delta of the linear output has the slope of a sigmoid.",
        "A linear unit has the slope 1.",
    ),
    "error-passed-back": (
        "The output's error is passed back instead of its delta.",
        "Pass the delta back: delta · weights^T.",
    ),
    "slope-passed-back-twice": ("What is passed back has the output's slope twice.", "Multiply by it once."),
    "passed-back-otherwise": ("The delta is passed back through {}.", "Pass it back through the weights transposed."),
    "gradient-of-other-rows": (
        "The gradient is formed with the examples below in reverse order{}.",
        "Each example's delta belongs to its own activations.",
    ),
    "gradient-of-the-sums": (
        "The output's gradient is formed with the weighted sums of the hidden layer.",
        "It is formed with the hidden activations: activations^T · delta.",
    ),
    # the forward pass
    "no-minus-in-sigmoid": ("The sigmoid lacks its minus sign: 1 / (1 + exp(s)){}.", SIGMOID),
    "tanh-for-sigmoid": ("The activation function is the hyperbolic tangent{}.", "Here it is the sigmoid. " + SIGMOID),
    "relu-for-sigmoid": ("The activation function is {}.", "Here it is the sigmoid. " + SIGMOID),
    "linear-for-sigmoid": ("The activations are the weighted sums themselves{}.", "Here it is the sigmoid. " + SIGMOID),
    "another-sigmoid": ("The activation function is {}.", SIGMOID),
    "sigmoid-for-linear": (
        "The output unit is a sigmoid.",
        "Here it is linear: the output is the weighted sum itself, with the slope 1.",
    ),
    "e-of-few-digits": ("The sigmoid takes {} for e{}.", SIGMOID),
    "exp-approximated": ("The exponential is {}.", SIGMOID),
    "clipped": ("{}.", "Nothing is clipped here; exp of a double overflows at 710."),
    "activations-rounded": ("The activations are rounded to {}.", "Round only what is shown, and that to 17 digits."),
    # the data
    "targets-of-another": (
        "The targets are those of another experiment.",
        "Take the experiment's own: the same network is published with the targets 0 0 1 1 and 0 1 1 0.",
    ),
    "targets-exchanged": ("The targets 0 and 1 are exchanged.", OWN_DATA),
    "other-targets": ("The targets are {}.", OWN_DATA),
    "inputs-of-another": (
        "The input rows stand in the order of another experiment, the targets do not.",
        "Take the experiment's own: the same rows are published in two orders.",
    ),
    "rows-in-another-order": (
        "The examples stand in the order {}.",
        "Take the experiment's own order; it decides which row is which, and how sums are rounded.",
    ),
    "input-rows-permuted": ("The input rows stand in the order {}, the targets do not.", OWN_DATA),
    "columns-permuted": ("The columns of the inputs stand in the order {}.", OWN_DATA),
    "other-inputs": ("The inputs are {}.", OWN_DATA),
    "bias-column-zero": ("The column of ones is missing from the inputs, or zero.", "Its ones are the bias: keep it."),
    # the start
    "another-seed": ("The seed is {}.", "Take the experiment's seed."),
    "seeded-by-python": ("The draws are those of Python's random.seed, which is init_by_array.", DRAWS),
    "drawn-by-default-rng": (
        "The draws are those of NumPy's default_rng.",
        "The articles seed the legacy generator, numpy.random.seed. " + DRAWS,
    ),
    "drawn-by-r": ("The draws are those of R's set.seed and runif.", DRAWS),
    "drawn-by-c++": ("The draws are those of C++'s mt19937 and uniform_real_distribution.", DRAWS),
    "draws-of-32-bits": (
        "Each draw takes one number of 32 bits of MT19937{}.",
        "Each draw takes two, for 53 bits: genrand_res53.",
    ),
    "drawn-by-java": ("The draws are those of Java's Random.", DRAWS),
    "drawn-by-c": ("The draws are those of rand() of the GNU C library.", DRAWS),
    "filled-by-columns": (
        "The draws fill the matrices column by column.",
        "Fill them row by row; Fortran, R, Julia and MATLAB fill by columns.",
    ),
    "layers-drawn-backwards": ("The last layer's weights are drawn first.", "Draw the first layer's weights first."),
    "seeded-for-each-layer": ("The generator is seeded again for each layer.", "Seed it once."),
    "drawn-from-another-range": (
        "The starting weights are drawn from {}.",
        "Map each draw u to low + (high - low) · u, with the experiment's low and high.",
    ),
    "drawn-normal": ("The starting weights are drawn from the normal distribution{}.", "Draw them uniformly."),
    "start-scaled": ("The starting weights are {}.", "Take them as the reference has them."),
    "start-of-few-digits": ("The starting weights have {}.", "Copy all 17 digits, or the hexadecimal form."),
    # the precision, and what is shown
    "single-precision": (
        "The numbers are in single precision (float, float32).",
        "Compute in double precision (double, float64), and read the starting weights as such.",
    ),
    "half-precision": ("The numbers are in half precision (float16).", "Compute in double precision."),
    "shown-in-single-precision": (
        "The numbers are computed in double precision, but shown in single precision.",
        "Print the doubles themselves.",
    ),
    "another-error": ("The error shown is {}.", LOG),
    "root-mean-square": ("The error shown is the root of the mean square.", LOG),
    "mean-square": ("The error shown is the mean square.", LOG),
    "half-the-squares": ("The error shown is half the sum of squares.", LOG),
    "sum-of-squares": ("The error shown is the sum of squares.", LOG),
    "sum-for-mean": ("The error shown is the sum of the absolute errors.", LOG),
    "mean-without-abs": ("The error shown is {}.", LOG),
    "shown-after-update": (
        "What is shown of an epoch is computed with the weights from after its update.",
        "The articles show what the forward pass before the update computed.",
    ),
    "epochs-counted-from-1": (
        "The first epoch is called 1.",
        "Call it 0: an epoch's number is how many updates were made before it.",
    ),
    "shown-with-reversed-signs": (
        "The training is right; signs are shown reversed, as of output - targets and a gradient to be subtracted.",
        "Show targets - output, and deltas and gradients of that sign.",
    ),
    "shown-otherwise": ("The training is right, but {}.", "Show the quantities as the reference defines them."),
}

# The names of precisions, by their bits.
PRECISIONS = {24: "single-precision", 11: "half-precision"}

Form = tuple[str, Sequence[str], Dials]
"""The name of a mistake, what fills the sentence on it, and the dials."""

# --- activations and slopes -------------------------------------------------------------------------------------------

GREATEST = 1e308  # stands for infinity where a bound is wanted


def sums_themselves(_: Mistaken, sums: Array) -> Array:
    """A linear unit."""
    return sums


def sigmoid(network: Mistaken, sums: Array) -> Array:
    """The logistic sigmoid, also where the layer has another function."""
    return 1 / (1 + network.arithmetic.exp(-sums))


def tanh(network: Mistaken, sums: Array) -> Array:
    """The hyperbolic tangent."""
    return 2 * sigmoid(network, 2 * sums) - 1


def bipolar(network: Mistaken, sums: Array) -> Array:
    """The sigmoid stretched from -1 to 1."""
    return 2 * sigmoid(network, sums) - 1


def relu(_: Mistaken, sums: Array) -> Array:
    """max(s, 0)."""
    return each(lambda x: x.clip(0.0, GREATEST), sums)


def leaky_relu(_: Mistaken, sums: Array) -> Array:
    """max(s, s/100)."""
    return each(lambda x: x.clip(0.0, GREATEST) + 0.01 * x.clip(-GREATEST, 0.0), sums)


def hard_sigmoid(_: Mistaken, sums: Array) -> Array:
    """A line between 0 and 1."""
    return each(lambda x: x.clip(0.0, 1.0), 0.2 * sums + 0.5)


def is_positive(_: Mistaken, __: int, layer: Array) -> Array:
    """1 where an activation is positive, else 0."""
    return each(lambda x: (x.clip(-1.0, 1.0) * GREATEST).clip(0.0, 1.0), layer)


def softsign(_: Mistaken, sums: Array) -> Array:
    """s / (1 + |s|)."""
    softened: Array = sums / (1 + abs(sums))
    return softened


def fast_sigmoid(network: Mistaken, sums: Array) -> Array:
    """Softsign between 0 and 1."""
    return (1 + softsign(network, sums)) / 2


def softplus(network: Mistaken, sums: Array) -> Array:
    """log(1 + exp(s))."""
    return network.arithmetic.log(1 + network.arithmetic.exp(sums))


def _one_less(_: Mistaken, __: int, layer: Array) -> Array:
    return 1 - abs(layer)


def _twice_less(_: Mistaken, __: int, layer: Array) -> Array:
    return 1 - abs(2 * layer - 1)


def _exp_less(network: Mistaken, _: int, layer: Array) -> Array:
    return 1 - network.arithmetic.exp(-layer)


def clipped_sums(bound: float) -> Any:
    """The sigmoid of sums no greater than a bound."""
    return lambda network, sums: sigmoid(network, each(lambda x: x.clip(-bound, bound), sums))


def clipped_activations(rest: float) -> Any:
    """The sigmoid, kept away from 0 and 1."""
    return lambda network, sums: each(lambda x: x.clip(rest, 1 - rest), sigmoid(network, sums))


def rounded_activations(decimals: int) -> Any:
    """The sigmoid, rounded to so many decimals."""
    return lambda network, sums: ((sigmoid(network, sums) * 10.0**decimals + WHOLE) - WHOLE) / 10.0**decimals


def of_exp(exp: Callable[[Array], Array]) -> Any:
    """The sigmoid with another exponential."""
    return lambda _, sums: 1 / (1 + exp(-sums))


def limit_exp(n: int) -> Any:
    """(1 + x/n)^n."""

    def exp(x: Array) -> Array:
        square, power = 1 + x / n, None
        for bit in reversed(f"{n:b}"):
            if bit == "1":
                power = square if power is None else power * square
            square = square * square
        return power  # type: ignore[return-value]

    return of_exp(exp)


def series_exp(terms: int) -> Any:
    """The first terms of Taylor's series."""

    def exp(x: Array) -> Array:
        total = 1 + x / (terms - 1)
        for n in range(terms - 2, 0, -1):
            total = 1 + x / n * total
        return total

    return of_exp(exp)


single_exp = of_exp(lambda x: each(lambda v: numpy.exp(numpy.float32(v)).astype(numpy.float64), x))
ACTIVATIONS: list[tuple[str, str, Any, Dials]] = [  # with the slope that belongs to it
    ("tanh-for-sigmoid", "", tanh, {"slope": (1.0, 0.0, -1.0)}),
    ("relu-for-sigmoid", "a rectifier, max(s, 0)", relu, {"slope of": is_positive, "slope": (0.0, 1.0)}),
    ("linear-for-sigmoid", "", sums_themselves, {"slope": (1.0,)}),
    (
        "relu-for-sigmoid",
        "a leaky rectifier, max(s, s/100)",
        leaky_relu,
        {"slope of": is_positive, "slope": (0.01, 0.99)},
    ),
    ("another-sigmoid", "the bipolar sigmoid, 2 / (1 + exp(-s)) - 1", bipolar, {"slope": (0.5, 0.0, -0.5)}),
    ("another-sigmoid", "softsign, s / (1 + |s|)", softsign, {"slope of": _one_less, "slope": (0.0, 0.0, 1.0)}),
    ("another-sigmoid", "(1 + s / (1 + |s|)) / 2", fast_sigmoid, {"slope of": _twice_less, "slope": (0.0, 0.0, 0.5)}),
    ("another-sigmoid", "softplus, log(1 + exp(s))", softplus, {"slope of": _exp_less, "slope": (0.0, 1.0)}),
    ("another-sigmoid", "the hard sigmoid, s/5 + 1/2 between 0 and 1", hard_sigmoid, {"slope": (0.2,)}),
]
EXPONENTIALS = [
    *(
        (f"(1 + x/{n})^{n}", limit_exp(n))
        for n in (1024, 256, 4096, 1000, 100, *(2**k for k in (2, 3, 4, 5, 6, 7, 9, 11, 14, 16, 20)))
    ),
    *(
        (f"the first {terms} terms of its series", series_exp(terms))
        for terms in (10, 5, 4, 3, 6, 8, 7, 9, 12, 15, 20, 11, 13, 2)
    ),
    ("of single precision (expf)", single_exp),
]
SHORT_E = (
    *("2.718", "2.71828", "2.7183", "2.72", "2.71", "2.7", "2.7182", "2.718281828", "2.718282", "2.71828183"),
    *("2.7182818", "2.718281", "2.7182818284", "2.71828182846", "2.8", "3", "2", "10"),
)
CLIPPED = [
    *(
        (f"The weighted sums are clipped to -{c} and {c}", clipped_sums(float(c)))
        for c in (10, 5, 6, 20, 3, 4, 2, 1, 8)
    ),
    *(
        (f"The activations are clipped to {r} and 1 - {r}", clipped_activations(r))
        for r in (0.01, 0.02, 0.05, 0.1, 1e-3, 1e-4, 1e-6, 1e-7)
    ),
]
ROUNDED = [(f"{d} decimals", rounded_activations(d)) for d in (6, 4, 3, 2, 5, 8, 7, 10)]
SLOPES = {
    "a · (1 + a)": (0.0, 1.0, 1.0), "a": (0.0, 1.0), "1 - a": (1.0, -1.0), "a²": (0.0, 0.0, 1.0), "a - 1": (-1.0, 1.0),
    "(a · (1 - a))²": (0.0, 0.0, 1.0, -2.0, 1.0), "a² · (1 - a)": (0.0, 0.0, 1.0, -1.0),
    "a · (1 - a)²": (0.0, 1.0, -2.0, 1.0), "a · (1 - a²)": (0.0, 1.0, 0.0, -1.0), "(1 - a)²": (1.0, -2.0, 1.0),
    "1/4, the greatest of the sigmoid": (0.25,), "(1 - a²) / 2": (0.5, 0.0, -0.5), "1 + a": (1.0, 1.0),
}  # fmt: skip


# --- what is shown ----------------------------------------------------------------------------------------------------


def _mean(function: Callable[[Array], Array]) -> Any:
    return lambda network, error: network.arithmetic.mean(function(error))


def _sum(function: Callable[[Array], Array]) -> Any:
    return lambda network, error: network.arithmetic.mean(function(error)) * float(error.size)


def _then(function: Callable[[Any], Any], log: Any) -> Any:
    return lambda network, error: function(log(network, error))


def _cross_entropy(network: Mistaken, error: Array) -> Any:
    output, targets, log = network.layers[-1], network.targets, network.arithmetic.log
    return network.arithmetic.mean((targets - 1) * log(1 - output) - targets * log(output))


def _median(_: Mistaken, error: Array) -> Any:
    return numpy.median(numpy.array(numpy.broadcast_arrays(*abs(error).ravel())), axis=0)


MEAN_SQUARE, SQUARES, MEAN = _mean(lambda e: e * e), _sum(lambda e: e * e), _mean(lambda e: e)
LOGS: list[tuple[str, str, Any]] = [
    ("root-mean-square", "", _then(numpy.sqrt, MEAN_SQUARE)),
    ("mean-square", "", MEAN_SQUARE),
    ("half-the-squares", "", _then(lambda x: x / 2, SQUARES)),
    ("sum-of-squares", "", SQUARES),
    ("sum-for-mean", "", _sum(abs)),
    ("mean-without-abs", "the mean of the errors with their signs", MEAN),
    ("mean-without-abs", "the absolute value of the mean error", _then(abs, MEAN)),
    ("mean-without-abs", "the mean of output - targets with its sign", _then(lambda x: -x, MEAN)),
    ("another-error", "half the mean square", _then(lambda x: x / 2, MEAN_SQUARE)),
    ("another-error", "the root of the sum of squares", _then(numpy.sqrt, SQUARES)),
    ("another-error", "the greatest absolute error", lambda _, e: functools.reduce(numpy.maximum, abs(e).ravel())),
    ("another-error", "half the sum of the absolute errors", _then(lambda x: x / 2, _sum(abs))),
    ("another-error", "half the mean absolute error", _then(lambda x: x / 2, _mean(abs))),
    ("another-error", "the absolute error of the last example", lambda _, e: abs(e[-1, 0])),
    ("another-error", "the absolute error of the first example", lambda _, e: abs(e[0, 0])),
    ("another-error", "the sum of the errors with their signs", _sum(lambda e: e)),
    ("another-error", "the absolute value of the sum of the errors", _then(abs, _sum(lambda e: e))),
    ("another-error", "the median of the absolute errors", _median),
    ("another-error", "the mean absolute error in percent", _then(lambda x: x * 100, _mean(abs))),
    ("another-error", "the sum of the absolute errors over n - 1", lambda _, e: abs(e).sum() / max(e.size - 1, 1)),
    ("another-error", "the root of half the mean square", _then(lambda x: numpy.sqrt(x / 2), MEAN_SQUARE)),
    ("another-error", "the cross-entropy", _cross_entropy),
    ("another-error", "the sum of the cross-entropies", lambda n, e: _cross_entropy(n, e) * float(e.size)),
]  # fmt: skip


def _times_rate(network: Mistaken, _: int, values: Array) -> Array:
    return values * network.learning_rate


def _over_examples(network: Mistaken, _: int, values: Array) -> Array:
    return values / len(network.inputs)


def _without_slope(network: Mistaken, k: int, values: Array) -> Array:
    without: Array = values / network.slope(k, network.layers[k + 1])
    return without


def _slope_alone(network: Mistaken, k: int, values: Array) -> Array:
    slope: Array = values * 0 + network.slope(k, network.layers[k + 1])
    return slope


def _weighted_sums(network: Mistaken, k: int, _: Array) -> Array:
    return network.sums[k]


SHOWN: list[tuple[str, Dials]] = [
    ("the gradients are shown times the learning rate", {"shown=gradients": _times_rate}),
    ("the gradients are shown divided by the number of examples", {"shown=gradients": _over_examples}),
    ("the deltas are shown without their slope", {"shown=deltas": _without_slope}),
    ("slopes are shown for deltas", {"shown=deltas": _slope_alone}),
    ("weighted sums are shown for activations", {"shown=activations": _weighted_sums}),
    ("absolute values are shown for errors", {"shown=error": lambda _, __, e: abs(e)}),
    ("squares are shown for errors", {"shown=error": lambda _, __, e: e * e}),
]

# --- the start --------------------------------------------------------------------------------------------------------


def _each(function: Callable[[Array], Any]) -> Any:
    return lambda matrices: [function(matrix) for matrix in matrices]


def _decimals(digits: int) -> Any:
    return _each(lambda matrix: numpy.round(matrix, digits))


def _as(kind: type) -> Any:
    return _each(lambda matrix: matrix.astype(kind).astype(numpy.float64))


def _significant(digits: int) -> Any:
    return _each(numpy.vectorize(lambda x: float(f"{x:.{digits}g}")))


# --- the forms --------------------------------------------------------------------------------------------------------

Turn = Callable[..., Dials]


def places(experiment: Experiment, only: str = "") -> Iterator[tuple[str, Turn]]:
    """The layers where something may be wrong, in words, and what turns a dial there: all, the last, and the others.

    Args:
        experiment: that has the layers.
        only: an activation function that they must have.
    """
    has = {OUTPUT: experiment.activations[-1:], HIDDEN: experiment.activations[:-1]}
    names = [name for name, functions in has.items() if functions and (not only or set(functions) == {only})]
    choices = [("", names)] if names else []
    if len(names) == 2 or (names and len(experiment.layers) > 2):
        words = {OUTPUT: " in the output layer", HIDDEN: " in the hidden layer"}
        choices = [*(choices if len(names) == 2 else []), *((words[name], [name]) for name in names)]
    for where, chosen in choices:
        yield (
            where,
            lambda _chosen=chosen, **dials: {
                f"{dial.replace('_', ' ')}.{place}": value for dial, value in dials.items() for place in _chosen
            },
        )


def _signs(values: Array) -> Array:
    return each(lambda x: (x * GREATEST).clip(-1.0, 1.0), values)


LOSSES: list[tuple[str, Callable[[Array], Array]]] = [
    ("the sign of the error, that of the absolute error,", _signs),
    ("the absolute value of the error", abs),
    ("the square of the error", lambda error: error * error),
    ("half the square of the error", lambda error: error * error / 2),
    ("the third power of the error", lambda error: error * error * error),
    ("the mean of the errors", lambda error: boxes([error.sum() / error.size] * error.size, error.shape)),
    ("the sum of the errors", lambda error: boxes([error.sum()] * error.size, error.shape)),
]


def update_forms(experiment: Experiment) -> Iterator[Form]:
    """What goes wrong in the update."""
    everywhere, n, rate = list(places(experiment)), len(experiment.inputs), experiment.learning_rate
    _, all_of_them = everywhere[0]
    for where, at in everywhere:
        yield "gradient-assigned", [where], at(keep=0.0)
        yield "wrong-sign", [where], at(step=-1.0)
        yield "wrong-sign", [where], at(gradient=-1.0)
        yield "wrong-sign", [where], at(delta=-1.0)
    yield "wrong-sign", [""], all_of_them(step=-1.0) | {"shown signs": "all"}
    yield "gradient-not-zeroed", [], {"carry": 1.0}
    yield "gradient-not-zeroed", [], {"momentum": 1.0}
    if rate != 1:
        on_delta = experiment.rate_scales == "delta"
        yield "rate-missing", [], {"rate": 1.0}
        yield "rate-twice", [""], all_of_them(step=rate)
        yield "rate-twice", [" in the hidden layer"], {f"delta.{HIDDEN}": rate}
        other = "update" if on_delta else "delta"
        yield f"rate-on-{'updates' if on_delta else 'delta'}", [], {"rate scales": other}
        for what, kind in (("single", numpy.float32), ("half", numpy.float16)):
            yield "rate-of-few-digits", [f"{what} precision"], {"rate": float(kind(rate))}
    factors = {2.0: "gradient-doubled", 1 / n: "gradient-averaged"}
    others = (0.5, 2 / n, 0.5 / n, n, 4.0, 0.1, 10.0, 3.0, 0.25, 0.01, 5.0, 0.2, 1 / 3, 100.0, 0.05, rate, 1 / rate)
    for factor in dict.fromkeys((*factors, *map(float, others))):
        name = factors.get(factor, "step-scaled")
        ending = "" if name in factors.values() else f" {factor:g} times as large as it should be"
        for dial, what in (("step", "change of the weights"), ("gradient", "gradient"), ("delta", "delta")):
            for where, at in everywhere:
                is_rate = name == "step-scaled" and dial == "step" and not where
                if factor != 1 and not is_rate:
                    yield name, [f"{what}{where} is{ending}"], at(**{dial: factor})
    for place, at in everywhere:
        if len(everywhere) > 1 and place:
            name = f"{'output' if 'output' in place else 'hidden'}-weights-untrained"
            yield name, [], at(step=0.0)
            yield name, [], at(gradient=0.0)
    yield "updated-after-each-example", [""], {"one by one": "each"}
    yield "updated-after-each-example", [", and one pass before them is shown"], {"one by one": "together"}
    for what, rows in (
        ("the last example alone", (0.0,) * (n - 1) + (1.0,)),
        ("all examples but the last", (1.0,) * (n - 1) + (0.0,)),
        ("all examples but the first", (0.0,) + (1.0,) * (n - 1)),
        ("the first example alone", (1.0,) + (0.0,) * (n - 1)),
    ):
        for where, at in everywhere:
            yield "examples-left-out", [what + where], at(rows=rows)
    if len(experiment.layers) > 2:
        first = experiment.order == "output-first"
        other = "simultaneous" if first else "output-first"
        yield f"output-updated-{'last' if first else 'first'}", [], {"order": other}
        yield f"output-updated-{'last' if first else 'first'}", [], {"order unseen": other}
    for value in (
        0.1,
        0.5,
        0.01,
        2.0,
        0.05,
        0.001,
        0.2,
        10.0,
        0.3,
        0.25,
        5.0,
        0.9,
        0.8,
        0.7,
        0.6,
        0.4,
        1.5,
        0.02,
        0.03,
        3.0,
    ):
        if value / rate not in factors:
            yield "another-rate", [f"{value:g}"], {"rate": value}
    for power in (0.9, 0.5, 0.8, 0.95, 0.99, 0.1, 0.7, 0.6, 0.4, 0.3, 0.2, 0.999):
        yield "momentum", [f"{power:g}"], {"momentum": power}
        yield "momentum", [f"{power:g}, which the gradients shown contain"], {"carry": power}
        yield (
            "momentum",
            [f"{power:g}, and the gradient counts {1 - power:.3g} times"],
            {"momentum": power, "gain": 1 - power},
        )
        yield "momentum", [f"{power:g}, that of Nesterov"], {"momentum": power, "ahead": "Nesterov"}
    for unit in range(experiment.layers[0]):
        place = HIDDEN if len(experiment.layers) > 2 else OUTPUT
        factors_of_units = tuple(float(other != unit) for other in range(experiment.layers[0]))
        yield "unit-untrained", [f"input {unit}"], {f"units.{place}": factors_of_units}
    yield "signs-of-gradients", [], {"change of": _signs}
    for what, function in LOSSES:
        yield "another-loss", [what], {"error of": function}
    for exponent in (4, 3, 5, 2, 6, 1):
        for lost in (10.0**-exponent, 5 * 10.0**-exponent):
            for each_rate in dict.fromkeys((1.0, rate, 2.0)):
                kept = max(1 - lost * each_rate, 0.5)
                for where, at in everywhere:
                    yield "weight-decay", [f"{lost * each_rate:g}{where}"], at(keep=kept)
                    yield "weight-decay", [f"{lost * each_rate:g}{where}, with their change,"], at(keep=kept, step=kept)
    for slowing in (1e-3, 1e-2, 1e-4, 0.1, 1e-5, 1e-6, 1.0, 0.5):
        yield "rate-decays", [f"divided by 1 + {slowing:g} · epoch"], {"slowing": slowing}
    for fade in (0.99, 0.999, 0.9999, 0.95, 0.9, 0.995, 0.9995, 0.99999, 0.5):
        yield "rate-decays", [f"multiplied by {fade:g} after each epoch"], {"fade": fade}


def _again(network: Mistaken, _: int, layer: Array) -> Array:
    return sigmoid(network, layer)


def _sums_of(network: Mistaken, k: int, _: Array) -> Array:
    return network.sums[k]


def _below(network: Mistaken, k: int, _: Array) -> Array:
    return network.sums[k - 1] if k else network.inputs


def _reversed(_: Mistaken, __: int, below: Array) -> Array:
    return below[::-1]


def slope_forms(experiment: Experiment) -> Iterator[Form]:
    """What goes wrong in the slope, and on the way back."""
    names = {"": "no-slope", " in the output layer": "no-slope-in-output", " in the hidden layer": "no-slope-in-hidden"}
    is_deep = len(experiment.layers) > 2
    for where, at in places(experiment, "sigmoid"):
        yield names[where] if is_deep else "no-slope-in-output", [], at(slope=(1.0,))
        yield "slope-of-the-sums", [where], at(slope_of=_sums_of)
        yield "sigmoid-applied-again", [where], at(slope_of=_again)
        yield "slope-of-tanh", [where], at(slope=(1.0, 0.0, -1.0))
        yield "slope-of-tanh", [f", and of the weighted sums{where}"], at(slope=(1.0, 0.0, -1.0), slope_of=_sums_of)
        for form, coefficients in SLOPES.items():
            yield "slope-of-another-form", [form + where], at(slope=coefficients)
        yield "gradient-of-other-rows", [where], at(gradient_of=_reversed)
        yield "slope-of-one-example", ["last", where], at(slope_of=lambda _, __, layer: layer[-1:])
        yield "slope-of-one-example", ["first", where], at(slope_of=lambda _, __, layer: layer[:1])
    if experiment.activations[-1] == "linear":
        yield "slope-in-linear-output", [], {f"slope.{OUTPUT}": (0.0, 1.0, -1.0)}
    else:
        what = "output is taken of the error"
        yield "slope-of-another-layer", [what], {f"slope of.{OUTPUT}": lambda network, _, __: network.error}
    if not is_deep:
        return
    what = "output is taken for the hidden layer, too"
    yield "slope-of-another-layer", [what], {f"slope of.{HIDDEN}": lambda network, _, __: network.layers[-1]}
    yield "error-passed-back", [], {"passed": lambda network, _: network.error}
    yield "slope-passed-back-twice", [], {"passed": lambda net, delta: delta * net.slope(net.last, net.layers[-1])}
    yield "passed-back-otherwise", ["ones instead of the weights"], {"onward": lambda weights: 0 * weights + 1}
    yield "passed-back-otherwise", ["the weights' absolute values"], {"onward": abs}
    yield "gradient-of-the-sums", [], {f"gradient of.{OUTPUT}": _below}


def forward_forms(experiment: Experiment) -> Iterator[Form]:
    """What goes wrong in the forward pass."""
    if experiment.activations[-1] == "linear":
        own = {f"slope.{OUTPUT}": (0.0, 1.0, -1.0)}
        yield "sigmoid-for-linear", [], {f"activation.{OUTPUT}": sigmoid} | own
        yield "sigmoid-for-linear", [], {f"activation.{OUTPUT}": sigmoid}
    for where, at in places(experiment, "sigmoid"):
        yield "no-minus-in-sigmoid", [where], at(steepness=-1.0)
        for name, what, function, own in ACTIVATIONS:
            own = {key.replace(" ", "_"): value for key, value in own.items()}
            yield name, [f"{what}{where}, with its slope"], at(activation=function, **own)
            yield name, [f"{what}{where}, with the slope of the sigmoid"], at(activation=function)
        for e in SHORT_E:
            yield "e-of-few-digits", [e, where], at(steepness=float(numpy.log(float(e))))
        for steepness in (2.0, 0.5, 0.1, 10.0, 5.0, 3.0, 4.0, 0.25):
            yield "another-sigmoid", [f"1 / (1 + exp(-{steepness:g} · s)){where}"], at(steepness=steepness)
        for name, functions in (
            ("exp-approximated", EXPONENTIALS),
            ("clipped", CLIPPED),
            ("activations-rounded", ROUNDED),
        ):
            for what, function in functions:
                yield name, [what + where], at(activation=function)


def data_forms(experiment: Experiment, others: Mapping[str, Experiment]) -> Iterator[Form]:
    """What goes wrong in inputs and targets, given all experiments by name."""
    inputs, targets = experiment.inputs, experiment.targets
    rows, columns = range(len(inputs)), range(len(inputs[0]))
    exchanged = tuple(tuple(1 - x for x in row) for row in targets)
    yield "targets-exchanged", [], {"targets": exchanged}
    for other in others.values():
        if numpy.shape(other.targets) == numpy.shape(targets):
            yield "targets-of-another", [], {"targets": other.targets}
    if len(rows) <= 6 and len(targets[0]) == 1:
        for table in itertools.product((0.0, 1.0), repeat=len(rows)):
            yield "other-targets", [" ".join(f"{x:g}" for x in table)], {"targets": tuple((x,) for x in table)}
    for low, high in ((-1.0, 1.0), (0.1, 0.9), (0.05, 0.95), (0.01, 0.99), (0.2, 0.8)):
        scaled = tuple(tuple(low + (high - low) * x for x in row) for row in targets)
        yield "other-targets", [f"{low:g} and {high:g} for 0 and 1"], {"targets": scaled}
    for order in itertools.permutations(rows) if len(rows) <= 4 else (tuple(reversed(rows)),):
        permuted, what = tuple(inputs[row] for row in order), " ".join(map(str, order))
        is_another = any(other.inputs == permuted for other in others.values())
        yield "inputs-of-another" if is_another else "input-rows-permuted", [what], {"inputs": permuted}
        both = {"inputs": permuted, "targets": tuple(targets[row] for row in order)}
        yield "rows-in-another-order", [what], both
    for order in itertools.permutations(columns) if len(columns) <= 4 else (tuple(reversed(columns)),):
        permuted = tuple(tuple(row[column] for column in order) for row in inputs)
        yield "columns-permuted", [" ".join(map(str, order))], {"inputs": permuted}
    ones = {column for column in columns if all(row[column] == 1 for row in inputs)}
    for name, what, value in (
        ("bias-column-zero", "", 0.0),
        ("other-inputs", "those with -1 for the column of ones", -1.0),
        ("other-inputs", "those with 1/2 for the column of ones", 0.5),
    ):
        changed = tuple(tuple(value if column in ones else x for column, x in enumerate(row)) for row in inputs)
        yield name, [what], {"inputs": changed}
    functions: list[tuple[str, Callable[[float], float]]] = [
        ("-1 and 1 for 0 and 1", lambda x: 2 * x - 1),
        ("0 and 1 exchanged", lambda x: 1 - x),
        ("0.1 and 0.9 for 0 and 1", lambda x: 0.1 + 0.8 * x),
        ("half of what they should be", lambda x: x / 2),
    ]
    for what, function in functions:
        for kept, words in ((ones, ", but for the column of ones"), (set[int](), "")):
            if kept or not words:
                changed = tuple(tuple(x if c in kept else function(x) for c, x in enumerate(row)) for row in inputs)
                yield "other-inputs", [what + words], {"inputs": changed}
    for row, column in itertools.product(rows, columns) if len(rows) * len(columns) <= 24 else ():
        changed = tuple(
            tuple(1 - x if (r, c) == (row, column) else x for c, x in enumerate(line)) for r, line in enumerate(inputs)
        )
        what = f"mistyped in row {row}, column {column}: {changed[row][column]:g} for {inputs[row][column]:g}"
        yield "other-inputs", [what], {"inputs": changed}


# Those that people take, then others.
SEEDS = (0, 42, 2, 1, 3, 123, 1234, *range(4, 101), 12345, 123456, 1337, 31415, 5489, 415, *range(2000, 2031))


def start_forms(experiment: Experiment) -> Iterator[Form]:
    """What goes wrong in the starting weights."""
    start = experiment.start
    if start.seed is not None and start.low is not None and start.high is not None:
        for seed in dict.fromkeys(SEEDS):
            if seed != start.seed:
                yield "another-seed", [str(seed)], {"start seed": seed}
        for name, what, draw in GENERATORS:
            yield name, [what], {"start draw": draw}
        yield "filled-by-columns", [], {"start fill": by_columns}
        yield "layers-drawn-backwards", [], {"start fill": backwards}
        yield "seeded-for-each-layer", [], {"start fill": again}
        yield "seeded-for-each-layer", [], {"start fill": by_columns_again}
        for low, high in (
            (0.0, 1.0),
            (-1.0, 1.0),
            (-0.5, 0.5),
            (0.0, 2.0),
            (-0.1, 0.1),
            (0.0, 0.1),
            (-2.0, 2.0),
            (0.0, 0.5),
            (1.0, -1.0),
            (1.0, 0.0),
            (-0.01, 0.01),
            (-0.25, 0.25),
            (-0.3, 0.3),
            (-0.2, 0.2),
            (-0.7, 0.7),
            (-1.0, 0.0),
            (0.1, 0.9),
        ):
            if (low, high) != (start.low, start.high):
                yield "drawn-from-another-range", [f"{low:g} to {high:g}"], {"start range": (low, high)}
        for what, draw in (("", normal), (", of default_rng", normal_of_default_rng)):
            own = start.low, start.high
            for words, bounds in (
                ("", (0.0, 1.0)),
                (f", u mapped to {own[0]:g} + ({own[1] - own[0]:g}) · u", own),
                (", times 0.1", (0.0, 0.1)),
                (", times 0.01", (0.0, 0.01)),
                (", times 1/2", (0.0, 0.5)),
            ):
                yield "drawn-normal", [what + words], {"start draw": draw, "start range": bounds}
    for digits in (8, 6, 4, 7, 5, 3, 2, 10, 9, 12, 1, 11):
        yield (
            "start-of-few-digits",
            [f"{digits} decimals"],
            {"start copied": _decimals(digits)},
        )
        yield "start-of-few-digits", [f"{digits} significant digits"], {"start copied": _significant(digits)}
    for what, kind in (("single precision", numpy.float32), ("half precision", numpy.float16)):
        yield "start-of-few-digits", [what], {"start copied": _as(kind)}
    for what, function in (
        ("all 0", lambda m: 0 * m),
        ("all 1", lambda m: 0 * m + 1),
        ("all 1/2", lambda m: 0 * m + 0.5),
        ("of the opposite sign", lambda m: -m),
        ("all positive, their absolute values", abs),
        ("divided by the root of the number of units below", lambda m: m / numpy.sqrt(len(m))),
        ("times 0.1", lambda m: m * 0.1),
        ("times 0.01", lambda m: m * 0.01),
        ("half as large", lambda m: m / 2),
        ("twice as large", lambda m: m * 2),
        ("1 less", lambda m: m - 1),
        ("1/2 less", lambda m: m - 0.5),
        ("doubled and 1 less", lambda m: 2 * m - 1),
    ):
        yield "start-scaled", [what], {"start copied": _each(function)}


def shown_forms(_: Experiment) -> Iterator[Form]:
    """What is shown otherwise than it should be."""
    for name, what, log in LOGS:
        yield name, [what], {"shown log": log}
    for after in ("output", "error", "weights"):
        yield "shown-after-update", [], {"shown after": after}
    yield "shown-after-update", [], {"shown late": -1}
    yield "epochs-counted-from-1", [], {"shown late": 1}
    for signs in ("all", "deltas", "error"):
        yield "shown-with-reversed-signs", [], {"shown signs": signs}
    for what, dials in SHOWN:
        yield "shown-otherwise", [what], dials
    yield "shown-otherwise", ["the error is shown once the output's delta has overwritten it"], {"shown after": "delta"}
    yield "shown-in-single-precision", [], {"shown cast": lambda x: numpy.float32(x).astype(numpy.float64)}


def precision(bits: int, is_seen: bool = True) -> Mistake:
    """The mistake of computing with so many bits; that may or may not be seen from the numbers themselves."""
    what, mend = TEXTS[PRECISIONS[bits]]
    if not is_seen:
        what = (
            "The numbers are about as wrong as those of single precision. They may be computed in it, or constants,"
            " starting weights or the numbers shown may have too few digits; or it is another mistake as small."
        )
    return Mistake((PRECISIONS[bits],), what, mend, {})


def known(experiment: Experiment, others: Mapping[str, Experiment]) -> list[Mistake]:
    """The mistakes that can be made in an experiment, each form once, given all experiments by name."""
    forms = itertools.chain(
        update_forms(experiment), slope_forms(experiment), forward_forms(experiment), data_forms(experiment, others),
        start_forms(experiment), shown_forms(experiment),
    )  # fmt: skip
    own = {"inputs": experiment.inputs, "targets": experiment.targets, "rate": experiment.learning_rate}
    ranks, found, seen = defaultdict[str, int](int), list[Mistake](), list[Dials]()
    for name, words, dials in forms:
        if all(own.get(dial) == value for dial, value in dials.items()) or dials in seen:
            continue
        seen.append(dials)
        what, mend = TEXTS[name]
        found.append(Mistake((name,), what.format(*words), mend, dials, ranks[name]))
        ranks[name] += 1
    return found


MOST_PAIRS = 40_000  # that are tried
USUAL = 2  # the greatest rank of two at once that need not begin with one that explains the first wrong number


def pairs(mistakes: Sequence[Mistake], began: Sequence[Mistake]) -> list[Mistake]:
    """Two mistakes at once that do not turn the same dial, the most usual first.

    Args:
        mistakes: those known, one at a time.
        began: those of them that explain the beginning; they go with all others, and else only usual ones together.
    """
    likely = [(a, b) for a in began for b in mistakes]
    usual = [one for one in mistakes if one.rank <= USUAL]
    likely += [(a, b) for a, b in itertools.combinations(usual, 2) if a.rank + b.rank <= USUAL]
    ordered = sorted(likely, key=lambda two: two[0].rank + two[1].rank)
    found: dict[frozenset[int], Mistake] = {}
    for a, b in ordered:
        if a.name != b.name and not a.dials.keys() & b.dials.keys() and len(found) < MOST_PAIRS:
            found.setdefault(frozenset((id(a), id(b))), a & b)
    return list(found.values())
