"""Ports of the experiments, right and wrong, as people write them in NumPy: nothing here comes from the package's code.

Each is the class Port with something done otherwise. What is right in it is written out once more, on purpose: ports
that were made of the package's own statement of the algorithm would agree with its mistakes.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from lastdigit.experiments import Experiment

Array = np.ndarray[Any, Any]
Rows = list[tuple[int, str, int, int, float]]


class Port:
    """A right port; what is wrong in another, its class overrides."""

    kind: type = np.float64

    def __init__(self, experiment: Experiment) -> None:
        self.of = experiment
        self.x, self.t = self.array(experiment.inputs), self.array(experiment.targets)
        self.w = [self.array(matrix) for matrix in self.start()]
        self.rate = self.kind(experiment.learning_rate)

    def array(self, numbers: Any) -> Array:
        return np.array(numbers, self.kind)

    def seed(self) -> int:
        assert self.of.start.seed is not None
        return self.of.start.seed

    def uniform(self, draws: Array) -> list[Array]:
        assert self.of.start.low is not None and self.of.start.high is not None
        draws = self.of.start.low + (self.of.start.high - self.of.start.low) * draws
        ends = np.cumsum([rows * columns for rows, columns in self.of.shapes])[:-1]
        return [part.reshape(shape) for part, shape in zip(np.split(draws, ends), self.of.shapes, strict=True)]

    def size(self) -> int:
        return sum(rows * columns for rows, columns in self.of.shapes)

    def start(self) -> list[Array]:
        if self.of.start.weights is not None:
            return [np.array(matrix) for matrix in self.of.start.weights]
        np.random.seed(self.seed())
        return self.uniform(np.random.random(self.size()))

    def dot(self, a: Array, b: Array) -> Array:
        return a @ b

    def sigmoid(self, s: Array) -> Array:
        return 1 / (1 + np.exp(-s))

    def is_linear(self, k: int) -> bool:
        return self.of.activations[k - 1] == "linear"

    def activation(self, s: Array, k: int) -> Array:
        return s if self.is_linear(k) else self.sigmoid(s)

    def derivative(self, a: Array) -> Array:
        return a * (1 - a)

    def slope(self, k: int) -> Any:
        return 1 if self.is_linear(k) else self.derivative(self.a[k])

    def error_of(self, output: Array) -> Array:
        return self.t - output

    def scaled(self, gradient: Array) -> Array:
        return gradient

    def apply(self, k: int, gradient: Array) -> None:
        change = self.scaled(gradient) * (self.rate if self.of.rate_scales == "update" else 1)
        self.w[k] = self.w[k] + change

    def output_first(self) -> bool:
        return self.of.order == "output-first"

    def output_delta(self, error: Array) -> Array:
        delta = error * self.slope(len(self.w))
        return delta * self.rate if self.of.rate_scales == "delta" else delta

    def hidden_delta(self, delta: Array, w: Array, k: int) -> Array:
        return self.dot(delta, w.T) * self.slope(k)

    def log(self, error: Array) -> Any:
        return np.mean(np.abs(error))

    def forward(self) -> None:
        self.a, self.s = [self.x], [self.x]
        for k, w in enumerate(self.w, 1):
            self.s.append(self.dot(self.a[-1], w))
            self.a.append(self.activation(self.s[-1], k))

    def epoch(self) -> dict[str, Any]:
        """One epoch, and what it shows."""
        self.forward()
        last = len(self.w)
        shown: dict[str, Any] = {f"weights[{k}]": w for k, w in enumerate(self.w, 1)}
        shown |= {f"activations[{k}]": a for k, a in enumerate(self.a[1:], 1)}
        shown["error"] = error = self.error_of(self.a[-1])
        shown["mean_absolute_error"] = self.array([[self.log(error)]])
        before = list(self.w)
        delta = self.output_delta(error)
        for k in range(last, 0, -1):
            if k < last:
                delta = self.hidden_delta(delta, (self.w if self.output_first() else before)[k], k)
            shown[f"deltas[{k}]"] = delta
            shown[f"gradients[{k}]"] = gradient = self.dot(self.a[k - 1].T, delta)
            self.apply(k - 1, gradient)
        return shown

    def show(self, epochs: Sequence[int], only: str = "") -> Rows:
        """What is shown of some epochs: all, or one quantity."""
        return [
            (epoch, quantity, row, column, float(value))
            for epoch in range(max(epochs) + 1)
            for shown in [self.epoch()]
            if epoch in epochs
            for quantity, matrix in shown.items()
            if only in quantity
            for (row, column), value in np.ndenumerate(matrix)
        ]


def of(**changes: Any) -> type[Port]:
    """Port with some methods changed."""
    return type("Changed", (Port,), changes)


# --- right ------------------------------------------------------------------------------------------------------------


def by_hand(_: Port, a: Array, b: Array) -> Array:
    """A product added from the last term to the first."""
    return sum(a[:, [k]] * b[[k], :] for k in reversed(range(a.shape[1])))  # type: ignore[return-value]


def in_order(_: Port, a: Array, b: Array) -> Array:
    return sum((a[:, [k]] * b[[k], :] for k in range(1, a.shape[1])), a[:, [0]] * b[[0], :])


def careless_exp(x: Array) -> Array:
    """An exponential that is a unit or two off, as a fast one is."""
    return np.exp(x / 2) ** 2


class DescentOfLoss(Port):
    """Gradients of the loss, to be subtracted; shown with the signs of the reference."""

    def error_of(self, output: Array) -> Array:
        return output - self.t

    def apply(self, k: int, gradient: Array) -> None:
        self.w[k] = self.w[k] - gradient * (self.rate if self.of.rate_scales == "update" else 1)

    def epoch(self) -> dict[str, Any]:
        shown = super().epoch()
        reversed_ones = [name for name in shown if name[:5] in ("error", "delta", "gradi")]
        return shown | {name: -shown[name] for name in reversed_ones}


def in_two_branches(_: Port, s: Array) -> Array:
    return np.where(s < 0, np.exp(s) / (1 + np.exp(s)), 1 / (1 + np.exp(-s)))


RIGHT: dict[str, type[Port]] = {
    "plain": Port,
    "tanh form of the sigmoid": of(sigmoid=lambda _, s: (1 + np.tanh(s / 2)) / 2),
    "sigmoid in two branches": of(
        sigmoid=lambda _, s: np.where(s < 0, np.exp(s) / (1 + np.exp(s)), 1 / (1 + np.exp(-s)))
    ),
    "slope a - a²": of(derivative=lambda _, a: a - a * a),
    "sums from the end": of(dot=by_hand),
    "sums in order": of(dot=in_order),
    "long double": of(kind=np.longdouble),
    "descent of the loss": DescentOfLoss,
    "careless exp": of(sigmoid=lambda _, s: 1 / (1 + careless_exp(-s))),
    "mean by a loop": of(log=lambda _, error: sum(abs(e) / error.size for e in error.ravel())),
}


# --- wrong ------------------------------------------------------------------------------------------------------------


class Wrong(NamedTuple):
    """A wrong port.

    Attributes:
        port: the program.
        names: of the mistakes that it makes; none of one that nobody can be expected to know.
        first: epoch and quantity of the first wrong number.
        experiment: in which it is made.
    """

    port: type[Port]
    names: tuple[str, ...]
    first: tuple[int, str]
    experiment: str = "xor"


def assigned(self: Port, k: int, gradient: Array) -> None:
    self.w[k] = gradient


def subtracted(self: Port, k: int, gradient: Array) -> None:
    self.w[k] = self.w[k] - gradient


def only_last(self: Port, k: int, gradient: Array) -> None:
    if k == len(self.w) - 1:
        Port.apply(self, k, gradient)


def slope_of_sums(self: Port, k: int) -> Any:
    return 1 if self.is_linear(k) else self.derivative(self.s[k])


def sigmoid_again(self: Port, k: int) -> Any:
    return 1 if self.is_linear(k) else self.derivative(self.sigmoid(self.a[k]))


def no_slope(where: Callable[[Port, int], bool]) -> Callable[[Port, int], Any]:
    return lambda self, k: 1 if where(self, k) else Port.slope(self, k)


class AfterUpdate(Port):
    """Error and log from the weights after the update."""

    def epoch(self) -> dict[str, Any]:
        shown = super().epoch()
        self.forward()
        error = self.t - self.a[-1]
        return shown | {"error": error, "mean_absolute_error": np.array([[self.log(error)]])}


class FromOne(Port):
    """Epochs counted from 1."""

    def show(self, epochs: Sequence[int], only: str = "") -> Rows:
        rows = super().show([epoch - 1 for epoch in epochs if epoch], only)
        return [(epoch + 1, *rest) for epoch, *rest in rows]  # type: ignore[misc]


class OneByOne(Port):
    """The weights change after each example."""

    def epoch(self) -> dict[str, Any]:
        inputs, targets, parts = self.x, self.t, []
        for row in range(len(inputs)):
            self.x, self.t = inputs[[row]], targets[[row]]
            parts.append(super().epoch())
        self.x, self.t = inputs, targets
        shown = {}
        for name in parts[0]:
            rows = [part[name] for part in parts]
            if name.startswith("weights"):
                shown[name] = rows[0]
            elif name.startswith("gradients"):
                shown[name] = rows[0] + rows[1] + rows[2] + rows[3]
            else:
                shown[name] = np.concatenate(rows)
        return shown | {"mean_absolute_error": np.array([[np.mean(np.abs(shown["error"]))]])}


class Accumulating(Port):
    """Gradients that are never set to zero."""

    def epoch(self) -> dict[str, Any]:
        start = list(self.w)
        shown = super().epoch()
        self.total = getattr(self, "total", {})
        for k, w in enumerate(start, 1):
            name = f"gradients[{k}]"
            self.total[k] = self.total.get(k, 0) + shown[name]
            shown[name], self.w[k - 1] = self.total[k], w + self.total[k]
        return shown


class Momentum(Port):
    """Updates that go on as they went."""

    def apply(self, k: int, gradient: Array) -> None:
        self.v = getattr(self, "v", {})
        self.v[k] = 0.9 * self.v.get(k, 0) + gradient
        self.w[k] = self.w[k] + self.v[k]


class OneByOneWithMomentum(OneByOne, Momentum):
    """Both: the updates of all examples go on as they went, one after the other."""


class Decaying(Port):
    """A rate that is multiplied by 0.99 after each epoch."""

    def epoch(self) -> dict[str, Any]:
        shown = super().epoch()
        self.factor = 0.99 * getattr(self, "factor", 1.0)
        return shown

    def scaled(self, gradient: Array) -> Array:
        return gradient * getattr(self, "factor", 1.0)


def decayed(self: Port, k: int, gradient: Array) -> None:
    self.w[k] = self.w[k] * 0.9999 + gradient


def python_draws(self: Port) -> list[Array]:
    random.seed(self.seed())
    return self.uniform(np.array([random.random() for _ in range(self.size())]))


def column_starts(self: Port) -> list[Array]:
    np.random.seed(self.seed())
    return [
        (2 * np.random.random(rows * columns) - 1).reshape((rows, columns), order="F")
        for rows, columns in self.of.shapes
    ]


def seeded(seed: int) -> Callable[[Port], list[Array]]:
    def start(self: Port) -> list[Array]:
        np.random.seed(seed)
        return self.uniform(np.random.random(self.size()))

    return start


def unscaled(self: Port) -> list[Array]:
    np.random.seed(self.seed())
    return [np.random.random(shape) for shape in self.of.shapes]


def rng(self: Port) -> list[Array]:
    return self.uniform(np.random.default_rng(self.seed()).random(self.size()))


def copied(self: Port) -> list[Array]:
    return [np.array([[float(f"{w:.8f}") for w in row] for row in matrix]) for matrix in Port.start(self)]


def targets_of_three_layer(self: Port, numbers: Any) -> Array:
    return np.array([[0], [0], [1], [1]] if numbers is self.of.targets else numbers, self.kind)


def exchanged(self: Port, numbers: Any) -> Array:
    array = np.array(numbers, self.kind)
    return 1 - array if numbers is self.of.targets else array


def no_rate(self: Port, error: Array) -> Array:
    return error


WRONG: dict[str, Wrong] = {
    "assigned": Wrong(of(apply=assigned), ("gradient-assigned",), (1, "weights[1]")),
    "subtracted": Wrong(of(apply=subtracted), ("wrong-sign",), (1, "weights[1]")),
    "error reversed": Wrong(of(error_of=lambda self, output: output - self.t), ("wrong-sign",), (0, "error")),
    "averaged": Wrong(of(scaled=lambda self, g: g / len(self.x)), ("gradient-averaged",), (1, "weights[1]")),
    "averaged delta": Wrong(
        of(output_delta=lambda self, e: Port.output_delta(self, e) / len(self.x)),
        ("gradient-averaged",),
        (0, "deltas[2]"),
    ),
    "doubled": Wrong(of(output_delta=lambda self, e: 2 * e * self.slope(2)), ("gradient-doubled",), (0, "deltas[2]")),
    "only the last layer": Wrong(of(apply=only_last), ("hidden-weights-untrained",), (1, "weights[1]")),
    "slope of sums": Wrong(of(slope=slope_of_sums), ("slope-of-the-sums",), (0, "deltas[2]")),
    "sigmoid again": Wrong(of(slope=sigmoid_again), ("sigmoid-applied-again",), (0, "deltas[2]")),
    "no output slope": Wrong(of(slope=no_slope(lambda _, k: k == 2)), ("no-slope-in-output",), (0, "deltas[2]")),
    "no hidden slope": Wrong(of(slope=no_slope(lambda _, k: k == 1)), ("no-slope-in-hidden",), (0, "deltas[1]")),
    "slope of tanh": Wrong(of(derivative=lambda _, a: 1 - a**2), ("slope-of-tanh",), (0, "deltas[2]")),
    "error passed back": Wrong(
        of(hidden_delta=lambda self, _, w, k: self.error_of(self.a[-1]) @ w.T * self.slope(k)),
        ("error-passed-back",),
        (0, "deltas[1]"),
    ),
    "output first": Wrong(of(output_first=lambda _: True), ("output-updated-first",), (0, "deltas[1]")),
    "output last": Wrong(of(output_first=lambda _: False), ("output-updated-last",), (0, "deltas[1]"), "xor-linear"),
    "no rate": Wrong(of(output_delta=no_rate), ("rate-missing",), (0, "deltas[2]"), "xor-linear"),
    "sigmoid slope of linear": Wrong(
        of(slope=lambda self, k: self.derivative(self.a[k])),
        ("slope-in-linear-output",),
        (0, "deltas[2]"),
        "xor-linear",
    ),
    "after update": Wrong(AfterUpdate, ("shown-after-update",), (0, "error")),
    "from one": Wrong(FromOne, ("epochs-counted-from-1",), (1, "weights[1]")),
    "one by one": Wrong(OneByOne, ("updated-after-each-example",), (0, "activations[1]")),
    "one by one, with momentum": Wrong(
        OneByOneWithMomentum, ("updated-after-each-example", "momentum"), (0, "activations[1]")
    ),
    "rms": Wrong(of(log=lambda _, e: np.sqrt(np.mean(e**2))), ("root-mean-square",), (0, "mean_absolute_error")),
    "mse": Wrong(of(log=lambda _, e: np.mean(e**2)), ("mean-square",), (0, "mean_absolute_error")),
    "no abs": Wrong(of(log=lambda _, e: np.mean(e)), ("mean-without-abs",), (0, "mean_absolute_error")),
    "python random": Wrong(of(start=python_draws), ("seeded-by-python",), (0, "weights[1]")),
    "default_rng": Wrong(of(start=rng), ("drawn-by-default-rng",), (0, "weights[1]")),
    "by columns": Wrong(of(start=column_starts), ("filled-by-columns",), (0, "weights[1]")),
    "0 to 1": Wrong(of(start=unscaled), ("drawn-from-another-range",), (0, "weights[1]")),
    "seed 0": Wrong(of(start=seeded(0)), ("another-seed",), (0, "weights[1]")),
    "8 digits": Wrong(of(start=copied), ("start-of-few-digits",), (0, "weights[1]")),
    "single": Wrong(of(kind=np.float32), ("single-precision",), (0, "weights[1]")),
    "single, two layers": Wrong(of(kind=np.float32), ("single-precision",), (0, "weights[1]"), "two-layer"),
    "sibling's targets": Wrong(of(array=targets_of_three_layer), ("targets-of-another",), (0, "error")),
    "no minus": Wrong(of(sigmoid=lambda _, s: 1 / (1 + np.exp(s))), ("no-minus-in-sigmoid",), (0, "activations[1]")),
    "tanh": Wrong(
        of(sigmoid=lambda _, s: np.tanh(s), derivative=lambda _, a: 1 - a * a),
        ("tanh-for-sigmoid",),
        (0, "activations[1]"),
    ),
    "no slope, and averaged": Wrong(
        of(slope=no_slope(lambda _, k: k == 2), scaled=lambda self, g: g / len(self.x)),
        ("no-slope-in-output", "gradient-averaged"),
        (0, "deltas[2]"),
    ),
    "default_rng, and output first": Wrong(
        of(start=rng, output_first=lambda _: True), ("drawn-by-default-rng", "output-updated-first"), (0, "weights[1]")
    ),
    "rms, and slope of sums": Wrong(
        of(log=lambda _, e: np.sqrt(np.mean(e**2)), slope=slope_of_sums),
        ("root-mean-square", "slope-of-the-sums"),
        (0, "mean_absolute_error"),
    ),
    "not zeroed": Wrong(Accumulating, ("gradient-not-zeroed",), (1, "gradients[2]")),
    "momentum": Wrong(Momentum, ("momentum",), (2, "weights[1]")),
    "weight decay": Wrong(of(apply=decayed), ("weight-decay",), (1, "weights[1]")),
    "relu": Wrong(
        of(sigmoid=lambda _, s: np.maximum(s, 0), derivative=lambda _, a: 1.0 * (a > 0)),
        ("relu-for-sigmoid",),
        (0, "activations[1]"),
    ),
    "targets exchanged": Wrong(
        of(array=exchanged),
        ("targets-exchanged",),
        (0, "error"),
    ),
    "e of four digits": Wrong(
        of(sigmoid=lambda _, s: 1 / (1 + 2.718**-s)), ("e-of-few-digits",), (0, "activations[1]")
    ),
    "exp as a power": Wrong(
        of(sigmoid=lambda _, s: 1 / (1 + (1 - s / 1024) ** 1024)), ("exp-approximated",), (0, "activations[1]")
    ),
    "slope of the last example": Wrong(
        of(slope=lambda self, k: Port.slope(self, k)[-1:] if k == 1 else Port.slope(self, k)),
        ("slope-of-one-example",),
        (0, "deltas[1]"),
    ),
    "slope of the output in the hidden layer": Wrong(
        of(slope=lambda self, _: self.derivative(self.a[-1])), ("slope-of-another-layer",), (0, "deltas[1]")
    ),
    "a plus for a minus in the slope": Wrong(
        of(derivative=lambda _, a: a * (1 + a)), ("slope-of-another-form",), (0, "deltas[2]")
    ),
    "last example left out": Wrong(
        of(hidden_delta=lambda self, d, w, k: Port.hidden_delta(self, d, w, k) * np.array([[1], [1], [1], [0]])),
        (),
        (0, "deltas[1]"),
    ),
    "rate of single precision": Wrong(
        of(output_delta=lambda self, e: e * np.float64(np.float32(0.1))),
        ("rate-of-few-digits",),
        (0, "deltas[2]"),
        "xor-linear",
    ),
    "rate that decays": Wrong(Decaying, ("rate-decays",), (2, "weights[1]")),
    "absolute value of the mean": Wrong(
        of(log=lambda _, e: abs(np.mean(e))), ("mean-without-abs",), (0, "mean_absolute_error")
    ),
    "bias never trained": Wrong(
        of(scaled=lambda _, g: g * np.array([[1], [1], [0]]) if g.shape == (3, 4) else g),
        ("unit-untrained",),
        (1, "weights[1]"),
    ),
    "exchanged, and seed 2": Wrong(
        of(
            start=seeded(2),
            array=exchanged,
        ),
        ("targets-exchanged", "another-seed"),
        (0, "weights[1]"),
    ),
    "a seed of one's own": Wrong(of(start=seeded(987654)), (), (0, "weights[1]")),
    "a decay of one's own": Wrong(of(scaled=lambda self, g: 0.987 * g), (), (1, "weights[1]")),
    "another seed": Wrong(of(start=seeded(1234)), ("another-seed",), (0, "weights[1]")),
}

FORMATS: dict[str, Callable[[float], str]] = {
    "repr": repr,
    "17 digits": "{:.17g}".format,
    "scientific": "{:.16e}".format,
    "hexadecimal": float.hex,
    "12 digits": "{:.12g}".format,
    "8 decimals": "{:.8f}".format,
    "4 decimals": "{:.4f}".format,
}


def to_csv(rows: Rows, written: Callable[[float], str] = repr) -> Iterator[str]:
    """The lines of a port's file."""
    yield "epoch,quantity,row,column,value\n"
    for *place, value in rows:
        yield f"{','.join(map(str, place))},{written(value)}\n"
