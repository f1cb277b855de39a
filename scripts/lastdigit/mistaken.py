"""Networks that do something otherwise, many at once: what compare holds a wrong port against.

Each thing that a port may do otherwise is a dial. Most are numbers: the dials of many candidates are then vectors, and
one run trains them all. The others, functions and words, say what is computed: candidates that share them form a group.
The algorithm stays that of network.py, whose steps are overridden one by one. All values are dimensionless.

Numbers that each place, `hidden` and `output`, has for itself, as in `step.hidden`: `slope`, the coefficients of a
polynomial in the activation; `delta`, `gradient` and `step`, factors; `keep`, what is left of the weights; `rows` and
`units`, factors for each example in the gradient and each unit below in the change; `steepness`, a factor of the
weighted sums. Numbers of the whole network: `inputs`, `targets`, `rate`; `carry`, how much of the gradient before is
added to the next; `momentum` and `gain`, of v = momentum · v + gain · change; `fade` and `slowing`, of a rate that is
multiplied by fade after each epoch, or divided by 1 + slowing · epoch.

Functions of a place: `activation`, of the network and the sums; `slope of` and `gradient of`, of the network, the
number of the weights and the activations. Functions and words of the whole network: `order` and `rate scales`, as in
experiments; `error of` and `change of`, what is taken for them; `ahead`, of Nesterov's momentum; `order unseen`, of
which only the updates show; `onward`, what is passed back through, of the weights; `passed`, what is passed back, of
the network and the delta; `one by one`; and what begins with `shown`. What begins with `start` makes the weights.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy

from lastdigit.arithmetic import Arithmetic, Array, Batch, Portable, each
from lastdigit.batch import MOST_PRODUCTS, Program
from lastdigit.draws import Draw, legacy
from lastdigit.experiments import Experiment
from lastdigit.network import Network, State
from lastdigit.observations import Observation, cross_entropy, observe_state
from lastdigit.published import Moment
from lastdigit.tape import Symbols, flat, products, shaped

# Epochs to the next one wanted, from which on compiling takes less time than running the statement.
WORTH_COMPILING = 100
TOGETHER = 4096  # candidates in one run: their vectors fit into a processor's cache
TOO_LONG = 2000  # that are not trained if they cannot be compiled
MOST_PROGRAMS = 80
FEW = 64  # candidates for which a program is compiled in haste
DEGREE = 4  # of the polynomials
HIDDEN, OUTPUT = "hidden", "output"

Dials = dict[str, Any]


class Mistake(NamedTuple):
    """A mistake, or several at once.

    Attributes:
        names: one, or that of each.
        what, mend: what is wrong, and what to do: one sentence each.
        dials: what commits it.
        rank: 0 of the most usual form of a mistake; of several, the sum.
    """

    names: tuple[str, ...]
    what: str
    mend: str
    dials: Dials
    rank: int = 0

    def __and__(self, other: "Mistake") -> "Mistake":
        whats = [self.what, other.what]
        return Mistake(
            self.names + other.names,
            " ".join(whats),
            " ".join(dict.fromkeys((self.mend, other.mend))),
            self.dials | other.dials,
            self.rank + other.rank,
        )

    @property
    def name(self) -> str:
        """Its name, or those of all, joined by plus signs."""
        return " + ".join(self.names)


class Vectors(Portable):
    """NumPy's binary64, a vector of numbers in place of each number; sums are added as in the portable arithmetic."""

    name = "vectors"
    number: Any = numpy.float64
    kind: Any = object
    exp_of: Any = staticmethod(numpy.exp)
    log_of: Any = staticmethod(numpy.log)


class Specified(Vectors):
    """Vectors with a correctly rounded exponential: the same bits on every machine."""

    name = "specified"
    exp_of: Any = staticmethod(lambda x: each(Portable.exp_of, x).astype(float))


def boxes(items: Sequence[Any], shape: tuple[int, ...]) -> Array:
    """An array of objects, which may be vectors."""
    array = numpy.empty(len(items), object)
    for index, item in enumerate(items):
        array[index] = item
    return array.reshape(shape)


class Mistaken(Network):
    """A network with dials; without any it is the network itself.

    Args:
        experiment: what should be run.
        arithmetic: that of its numbers.
        dials: each an array in that arithmetic, or a function or word.
        memory: what it keeps from epoch to epoch besides the weights; changed by each step.
    """

    def __init__(self, experiment: Experiment, arithmetic: Arithmetic, dials: Dials, memory: dict[str, Array]) -> None:
        super().__init__(experiment, arithmetic)
        self.dials, self.memory = dials, memory
        self.inputs = dials.get("inputs", self.inputs)
        self.targets = dials.get("targets", self.targets)
        self.learning_rate = dials.get("rate", self.learning_rate)
        self.last = len(experiment.activations) - 1
        self.layers: list[Array] = []
        self.sums: list[Array] = []
        self.examples = slice(None)  # those of the pass

    def at(self, name: str, k: int) -> Any:
        """A dial at weights k; None if it is not turned."""
        return self.dials.get(f"{name}.{OUTPUT if k == self.last else HIDDEN}")

    def times(self, name: str, k: int, values: Array) -> Array:
        """The values times a dial, if that is turned."""
        factor = self.at(name, k)
        return values if factor is None else values * factor

    def forward(self, inputs: Array, weights: list[Array]) -> list[Array]:
        self.sums = []
        self.layers = super().forward(inputs, weights)
        return self.layers

    def activate(self, k: int, sums: Array) -> Array:
        self.sums.append(sums)
        function = self.at("activation", k)
        sums = self.times("steepness", k, sums)
        return function(self, sums) if function else super().activate(k, sums)

    def slope(self, k: int, layer: Array) -> Any:
        of, coefficients = self.at("slope of", k), self.at("slope", k)
        values = of(self, k, layer) if of else layer
        if coefficients is None:
            return super().slope(k, values)
        slope = coefficients[DEGREE]
        for coefficient in coefficients[DEGREE - 1 :: -1]:
            slope = slope * values + coefficient
        return slope

    def delta(self, k: int, back_propagated: Array, layer: Array) -> Array:
        if k == self.last:
            self.error = back_propagated
            if of := self.dials.get("error of"):
                back_propagated = of(back_propagated)
        return self.times("delta", k, super().delta(k, back_propagated, layer))

    def gradient(self, k: int, below: Array, delta: Array) -> Array:
        of = self.at("gradient of", k)
        rows = self.at("rows", k)
        delta = delta if rows is None else delta * rows[self.examples]
        gradient = super().gradient(k, of(self, k, below) if of else below, delta)
        gradient = self.times("gradient", k, gradient)
        if f"total{k}" in self.memory:
            gradient = self.memory[f"total{k}"] = gradient + self.dials["carry"] * self.memory[f"total{k}"]
        return gradient

    def change(self, k: int, gradient: Array) -> Array:
        change = self.times("units", k, self.times("step", k, super().change(k, gradient)))
        if of := self.dials.get("change of"):
            change = of(change)
        if "epoch" in self.memory:
            change = change / (1 + self.dials["slowing"] * self.memory["epoch"])
        if "faded" in self.memory:
            change = change * self.memory["faded"]
        if f"velocity{k}" in self.memory:
            velocity = self.dials["momentum"] * self.memory[f"velocity{k}"]
            self.memory[f"velocity{k}"] = velocity + self.dials["gain"] * change
            ahead = self.dials["momentum"] * self.memory[f"velocity{k}"] + change
            change = ahead if "ahead" in self.dials else self.memory[f"velocity{k}"]
        return change

    def update(self, k: int, weights: Array, change: Array) -> Array:
        return super().update(k, self.times("keep", k, weights), change)

    def pass_back(self, k: int, delta: Array, weights: Array, updated: Array) -> Array:
        onward, passed = self.dials.get("onward"), self.dials.get("passed")
        if onward:
            weights, updated = onward(weights), onward(updated)
        return super().pass_back(k, passed(self, delta) if passed else delta, weights, updated)

    def step(self, weights: list[Array], epoch: int = 0) -> State:
        one_by_one, order = self.dials.get("one by one"), self.dials.get("order unseen")
        if one_by_one:
            state = self._one_by_one(weights, epoch, one_by_one)
        else:
            before = dict(self.memory)
            state = super().step(weights, epoch)
            if order:
                own, self.memory, self.experiment = self.experiment, before, self.experiment.changed(order=order)
                state = state._replace(updated=super().step(weights, epoch).updated)
                self.experiment = own
        if "epoch" in self.memory:
            self.memory["epoch"] = self.memory["epoch"] + 1
        if "faded" in self.memory:
            self.memory["faded"] = self.memory["faded"] * self.dials["fade"]
        return state

    def _one_by_one(self, weights: list[Array], epoch: int, shown: str) -> State:
        """An update after each example; what is shown is that of each example's pass, or of one pass before all."""
        inputs, targets, states = self.inputs, self.targets, list[State]()
        before = dict(self.memory)
        whole = super().step(weights, epoch)
        self.memory = before  # the pass before all is only shown
        for row in range(len(inputs)):
            self.examples = slice(row, row + 1)
            self.inputs, self.targets = inputs[self.examples], targets[self.examples]
            states.append(super().step(states[-1].updated if states else weights, epoch))
        self.inputs, self.targets, self.examples = inputs, targets, slice(None)
        if shown == "together":
            return whole._replace(updated=states[-1].updated)

        def stacked(parts: Iterable[Sequence[Array]]) -> list[Array]:
            return [numpy.concatenate(rows) for rows in zip(*parts, strict=True)]

        return State(
            epoch,
            weights,
            stacked(state.activations for state in states),
            numpy.concatenate([state.error for state in states]),
            stacked(state.deltas for state in states),
            [sum(parts[1:], parts[0]) for parts in zip(*(state.gradients for state in states), strict=True)],
            states[-1].updated,
        )

    def observed(self, state: State) -> Iterator[Observation]:
        """What a port shows of an epoch."""
        match self.dials.get("shown after"):
            case "output":
                error = self.targets - (output := self.forward(self.inputs, state.updated)[-1])
                state = state._replace(activations=[*state.activations[:-1], output], error=error)
            case "error":
                state = state._replace(error=self.targets - self.forward(self.inputs, state.updated)[-1])
            case "weights":
                state = state._replace(weights=state.updated)
            case "delta":
                state = state._replace(error=state.deltas[-1])
        if signs := self.dials.get("shown signs"):
            state = state._replace(
                error=state.error if signs == "deltas" else -state.error,
                deltas=state.deltas if signs == "error" else [-delta for delta in state.deltas],
                gradients=state.gradients if signs == "error" else [-gradient for gradient in state.gradients],
            )
        log, cast = self.dials.get("shown log"), self.dials.get("shown cast")
        changed = {name[6:]: function for name, function in self.dials.items() if name.startswith("shown=")}
        for one in observe_state(self, state):
            if one.quantity == "mean_absolute_error":  # a vector, of which NumPy has made a row
                shown = log(self, state.error) if log else one.values[0, 0]
                one = one._replace(values=boxes([shown], (1, 1)))
            name, _, number = one.quantity.partition("[")
            if name in changed:
                values = changed[name](self, int(number[:-1]) - 1 if number else self.last, one.values)
                one = one._replace(values=values)
            yield one._replace(values=boxes(list(map(cast, one.values.flat)), one.values.shape)) if cast else one


# --- the start --------------------------------------------------------------------------------------------------------


def starting_weights(experiment: Experiment, dials: Dials) -> list[Array]:
    """The weights that a candidate starts from, binary64."""
    start, weights = experiment.start, experiment.starting_weights()
    if start.seed is not None and start.low is not None and start.high is not None:
        sizes = [rows * columns for rows, columns in experiment.shapes]
        low, high = dials.get("start range", (start.low, start.high))
        if any(name in dials for name in ("start seed", "start draw", "start range", "start fill")):
            draw: Draw = dials.get("start draw", legacy)
            draws = low + (high - low) * draw(dials.get("start seed", start.seed), sum(sizes))
            weights = dials.get("start fill", shaped)(draws.tolist(), experiment.shapes)
    return dials["start copied"](weights) if "start copied" in dials else weights


# --- running them -----------------------------------------------------------------------------------------------------

COMPUTED = ("order", "rate scales")  # words that stand in the experiment


def is_number(name: str, value: Any) -> bool:
    """Whether a dial may be a vector."""
    return not name.startswith(("start", "shown")) and isinstance(value, (float, int, tuple))


def structure(mistake: Mistake) -> frozenset[tuple[str, Any]]:
    """What candidates of one run must share: all that is not a number."""
    dials = mistake.dials.items()
    return frozenset((n, value) for n, value in dials if not is_number(n, value) and not n.startswith("start"))


def groups(mistakes: Iterable[Mistake]) -> Iterator[list[Mistake]]:
    """The candidates that can be run together."""
    alike: dict[Any, list[Mistake]] = defaultdict(list)
    for mistake in mistakes:
        alike[structure(mistake)].append(mistake)
    for several in alike.values():
        for first in range(0, len(several), TOGETHER):
            yield several[first : first + TOGETHER]


class Programs:
    """What is compiled: an epoch of each group, once, up to so many groups that it takes some seconds."""

    def __init__(self) -> None:
        self._known: dict[Any, Program | None] = {}

    def of(self, run: "Run") -> Program | None:
        """The epoch of a run's group; None if it is too long, one too many, or of functions that cannot be compiled."""
        trained = frozenset((name, value) for name, value in run.structure if not name.startswith("shown"))
        key = (trained, tuple(run.shapes), is_few := len(run.mistakes) <= FEW)
        if key not in self._known:
            self._known[key] = None
            if products(run.experiment) <= MOST_PRODUCTS and len(self._known) <= MOST_PROGRAMS:
                symbols = Symbols(Batch())
                rows = [symbols.recorder.input() for _ in run.numbers]
                try:
                    _, _, following = run.epoch(symbols, rows)
                    self._known[key] = Program(symbols.recorder.tape([*following, *rows]), is_few)
                except (AttributeError, KeyError, TypeError):
                    pass
        return self._known[key]


class Run:
    """The training of some candidates of one group, all at once.

    Args:
        experiment: what should be run.
        mistakes: the candidates.
        programs: keeps what is compiled.
        prediction: inputs of which the output is wanted, too.
        beside: whether to start from the next greater double of each weight, which shows how errors grow.
        arithmetic: that of the numbers.
    """

    def __init__(
        self,
        experiment: Experiment,
        mistakes: Sequence[Mistake],
        programs: "Programs",
        prediction: Any = None,
        beside: bool = False,
        arithmetic: type[Vectors] = Vectors,
    ) -> None:
        self.mistakes, self.programs, self.prediction = list(mistakes), programs, prediction
        self.arithmetic, self.done = arithmetic, 0
        self.structure = structure(mistakes[0])
        fixed = dict(self.structure)
        words = {name.replace(" ", "_"): fixed[name] for name in COMPUTED if name in fixed}
        self.experiment = experiment.changed(**words) if words else experiment
        names = dict.fromkeys(n for one in mistakes for n, value in one.dials.items() if is_number(n, value))
        if "momentum" in names:
            names["gain"] = None
        defaults = {name: self._default(name) for name in names}
        self.fixed = {name: value for name, value in fixed.items() if name not in COMPUTED}
        self.shapes = dict(zip((f"weights{k}" for k in range(len(experiment.shapes))), experiment.shapes, strict=True))
        start = numpy.array([flat(starting_weights(experiment, one.dials)) for one in mistakes]).T
        if beside:
            start = numpy.nextafter(start, numpy.inf)
        rows = [start]
        for kept, wanted in (("velocity", "momentum" in names), ("total", "carry" in names)):
            if wanted:
                self.shapes |= {f"{kept}{k}": shape for k, shape in enumerate(experiment.shapes)}
                rows.append(numpy.zeros_like(start))
        for kept, value, wanted in (("epoch", 0.0, "slowing" in names), ("faded", 1.0, "fade" in names)):
            if wanted:
                self.shapes[kept] = (1, 1)
                rows.append(numpy.full((1, len(mistakes)), value))
        for name, default in defaults.items():
            values = numpy.array([self._filled(name, one.dials.get(name, default)) for one in mistakes])
            self.shapes[name] = values.shape[1:]
            rows.append(values.reshape(len(mistakes), -1).T)
        self.memory = [name for name in self.shapes if name not in names][len(experiment.shapes) :]
        self.numbers = numpy.concatenate(rows)

    def _default(self, name: str) -> Any:
        """What a numeric dial is where it is not turned."""
        experiment, kind, place = self.experiment, *(*name.split("."), "")[:2]
        own = experiment.activations[-1 if place == OUTPUT else 0]
        values = {"inputs": experiment.inputs, "targets": experiment.targets, "rate": experiment.learning_rate}
        values |= {
            "momentum": 0.0,
            "carry": 0.0,
            "slowing": 0.0,
            "slope": (0.0, 1.0, -1.0) if own == "sigmoid" else (1.0,),
        }
        units = experiment.layers[-2 if place == OUTPUT else 0]
        values |= {"rows": (1.0,) * len(experiment.inputs), "units": (1.0,) * units}
        return values.get(kind, 1.0)

    @staticmethod
    def _filled(name: str, value: Any) -> Array:
        """A numeric dial as an array, of which its candidates' have one shape."""
        array = numpy.array(value, numpy.float64)
        if name.startswith("slope."):
            return numpy.append(array, numpy.zeros(DEGREE + 1 - len(array))).reshape(-1, 1, 1)
        return array.reshape((-1, 1) if array.ndim < 2 else array.shape)

    def keep(self, chosen: Array) -> None:
        """Go on with some of the candidates."""
        if not chosen.all():
            self.mistakes = [one for one, stays in zip(self.mistakes, chosen, strict=True) if stays]
            self.numbers = self.numbers[:, chosen]

    def epoch(self, arithmetic: Arithmetic, rows: Sequence[Any]) -> tuple[Mistaken, State, list[Any]]:
        """One epoch: the network, its state, and the rows of the next."""
        parts, first = dict[str, Array](), 0
        for name, shape in self.shapes.items():
            size = int(numpy.prod(shape))
            parts[name], first = boxes(rows[first : first + size], shape), first + size
        count = len(self.experiment.shapes)
        weights = [parts.pop(f"weights{k}") for k in range(count)]
        memory = {name: parts.pop(name) for name in self.memory}
        network = Mistaken(self.experiment, arithmetic, self.fixed | parts, memory)
        state = network.step(weights, self.done)
        following = flat([*state.updated, *(network.memory[name] for name in self.memory)])
        return network, state, [*following, *rows[len(following) :]]

    def observe(self, epoch: int, quantities: Container[str] = ()) -> dict[tuple[str, str], Array] | None:
        """What is shown of an epoch, by moment and quantity; epochs ascend. None if there is none.

        Each number is a vector, with one for each candidate.

        Args:
            epoch: as the port calls it.
            quantities: those wanted; only the loss makes a difference.
        """
        epoch -= self.fixed.get("shown late", 0)
        if epoch < 0:
            return None
        if epoch - self.done >= WORTH_COMPILING:
            program = self.programs.of(self)
            if program is None and epoch - self.done >= TOO_LONG:
                return None
            if program:
                ((_, self.numbers),) = program.run(self.numbers, [epoch - self.done])
                self.done = epoch
        with self.arithmetic() as arithmetic, numpy.errstate(all="ignore"):
            while True:
                network, state, following = self.epoch(arithmetic, list(self.numbers))
                is_there, self.done = self.done == epoch, self.done + 1
                if is_there:
                    observations = list(network.observed(state))
                    if self.prediction is not None:
                        inputs = arithmetic.lift([self.prediction])
                        moments: dict[Moment, list[Array]] = {"before": state.weights, "after": state.updated}
                        for moment, used in moments.items():
                            output = network.forward(inputs, used)[-1]
                            observations.append(Observation("prediction", epoch, moment, None, output))
                    if "loss" in quantities:
                        loss = boxes(list(cross_entropy(network, state)), (1, 1))
                        observations.append(Observation("loss", epoch, "before", None, loss))
                self.numbers = self.numbers.copy()  # what is observed may be a part of it
                for row, values in zip(self.numbers, following, strict=True):
                    row[:] = values
                if is_there:
                    return {(one.moment, one.quantity): one.values for one in observations}
