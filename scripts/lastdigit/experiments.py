"""What was run: the experiments of data/experiments.yaml, checked as they are read."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy
from pydantic import AfterValidator, Field, FiniteFloat, model_validator

from lastdigit.files import Array, Id, InputError, Named, Strict, Text, listed, parse, read_yaml
from lastdigit.orders import ORDERS

# Seeded for each start anew: to make a generator takes thirty times as long, and ensembles draw millions.
GENERATOR = numpy.random.RandomState()


def _check_order(text: str) -> str:
    if text not in ORDERS:
        raise ValueError(f"expected one of {', '.join(ORDERS)}; got {text!r}")
    return text


# Far more than can be trained here in an hour.
MOST_WEIGHTS = 10**6
MOST_EPOCHS = 10**9

Order = Annotated[str, AfterValidator(_check_order)]
Activation = Literal["sigmoid", "linear"]
Row = Annotated[tuple[FiniteFloat, ...], Field(min_length=1)]
Rows = Annotated[tuple[Row, ...], Field(min_length=1)]


class Start(Strict):
    """How the starting weights are drawn: uniformly in [low, high), by the legacy generator of NumPy (MT19937).

    The matrices are drawn in order, the first layer's first, each row by row. A seed of null is an unseeded run. Or the
    weights themselves are given: one matrix for each layer but the first, the binary64 nearest to what is written; then
    low and high may be left out, and are the bounds of what could have been drawn where they are not.
    """

    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    weights: tuple[Rows, ...] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.seed is not None and self.weights is not None:
            raise ValueError("seed and weights exclude each other")
        if self.weights is None and "seed" not in self.model_fields_set:
            raise ValueError("seed: this key is missing; it is null of a run without a seed")
        if (self.low is None) != (self.high is None) or (self.low is None and self.weights is None):
            raise ValueError(f"{'low' if self.low is None else 'high'}: this key is missing")
        if self.low is not None and self.high is not None:
            if not self.low < self.high:
                raise ValueError(f"low must be less than high, got low {self.low:g} and high {self.high:g}")
            if math.isinf(self.high - self.low):
                raise ValueError(f"high - low is beyond the greatest double, {self.high:g} - ({self.low:g})")
        return self

    @property
    def is_given(self) -> bool:
        """Whether there are weights to start from: a seed, or the weights themselves."""
        return self.seed is not None or self.weights is not None


class Experiment(Named):
    """One fully specified training run.

    Attributes:
        inputs: one row an example, as many columns as the first layer has units.
        targets: one row an example, as many columns as the last layer has units.
        layers: the number of units of each layer, inputs first.
        activations: the activation function of each layer but the first.
        start: how the starting weights are drawn.
        learning_rate: the factor of every update; the number that counts is the binary64 nearest to what is written.
        rate_scales: what the learning rate multiplies: each "update" of the weights, or the output layer's "delta".
        order: whether hidden deltas see the output weights from before their update ("simultaneous") or after it
            ("output-first").
        epochs: the number of updates.
    """

    inputs: Rows
    targets: Rows
    layers: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=2)]
    activations: tuple[Activation, ...]
    start: Start
    learning_rate: Annotated[FiniteFloat, Field(gt=0)]
    rate_scales: Literal["update", "delta"]
    order: Literal["simultaneous", "output-first"]
    epochs: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        for name, rows, units in (("inputs", self.inputs, self.layers[0]), ("targets", self.targets, self.layers[-1])):
            for number, row in enumerate(rows):
                if len(row) != units:
                    raise ValueError(f"{name}[{number}] has {len(row)} numbers where layers says {units} units")
        if self.epochs > MOST_EPOCHS:
            raise ValueError(f"epochs: expected at most {MOST_EPOCHS}, got {self.epochs}")
        if (count := sum(map(math.prod, self.shapes))) > MOST_WEIGHTS:
            raise ValueError(f"layers: {list(self.layers)} units have {count} weights, expected at most {MOST_WEIGHTS}")
        if len(self.inputs) != len(self.targets):
            raise ValueError(f"inputs has {len(self.inputs)} rows and targets {len(self.targets)}")
        if len(self.activations) != len(self.layers) - 1:
            raise ValueError(
                f"activations has {len(self.activations)} names for {len(self.layers) - 1} layers of units"
            )
        if self.start.weights is not None:
            given = [(len(rows), *sorted({len(row) for row in rows})) for rows in self.start.weights]
            if given != self.shapes:
                raise ValueError(f"start.weights: matrices of {given} where layers says {self.shapes}")
            low, high = self.start.low, self.start.high
            weights = (weight for rows in self.start.weights for row in rows for weight in row)
            if low is not None and high is not None and not all(low <= weight < high for weight in weights):
                raise ValueError(f"start.weights: expected all in [{low:g}, {high:g})")
        return self

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """The shape of each weight matrix."""
        return list(zip(self.layers[:-1], self.layers[1:], strict=True))

    def starting_weights(self) -> list[Array]:
        """The starting weights, binary64: one matrix for each layer but the first.

        Raises:
            InputError: if the experiment has neither a seed nor weights.
        """
        if self.start.weights is not None:
            return [numpy.array(matrix) for matrix in self.start.weights]
        if self.start.seed is None:
            raise InputError(f"{self.name} was run without a seed: give one")
        return self.draw(self.start.seed)

    def draw(self, seed: int) -> list[Array]:
        """The starting weights of a legacy seed.

        Raises:
            InputError: if the experiment has no range to draw from.
        """
        if self.start.low is None or self.start.high is None:
            raise InputError(f"{self.name} has no range to draw starting weights from: give low and high")
        GENERATOR.seed(seed)
        return [GENERATOR.uniform(self.start.low, self.start.high, shape) for shape in self.shapes]

    def changed(self, **fields: Any) -> "Experiment":
        """The same experiment with other values of some keys.

        Raises:
            InputError: if they do not fit.
        """
        return parse(Experiment, self.model_dump() | fields, f"{self.name} as changed").named(self.name)

    def starting_from(self, **start: Any) -> "Experiment":
        """The same experiment with another start: the fields given replace those of its own."""
        return self.changed(start=self.start.model_dump() | start)

    def with_hidden(self, *units: int) -> "Experiment":
        """The same experiment with sigmoid hidden layers of these sizes in place of its own."""
        return self.changed(
            layers=(self.layers[0], *units, self.layers[-1]),
            activations=("sigmoid",) * len(units) + self.activations[-1:],
        )


def load_experiments(path: Path) -> dict[str, Experiment]:
    """Read every experiment, by name.

    Raises:
        InputError: naming file and key, at the first thing that does not fit.
    """
    experiments = parse(dict[Id, Experiment], read_yaml(path), str(path))
    return {name: experiment.named(name) for name, experiment in experiments.items()}


class Tally(Strict):
    """How many of the combinations of orders of summation that were tried print what was published.

    Attributes:
        exp: the exponential in the trainings.
        mean: the order of summation in the mean.
        lines: for each of the published numbers, how many combinations print it.
        all: how many print them all.
        by_chance: how many would be expected to print them all if the numbers were independent; to two decimals.
    """

    exp: Literal["correctly rounded", "within one unit"]
    mean: Literal["by halves", "in order"]
    lines: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    all: Annotated[int, Field(ge=0)]
    by_chance: FiniteFloat


def by_chance(tried: int, lines: Sequence[int]) -> float:
    """How many of those tried would be expected to print all lines if the lines were independent; to two decimals."""
    return round(tried * math.prod(count / tried for count in lines), 2)


class Witness(Strict):
    """What was found by search because it prints exactly what was published.

    Attributes:
        seed: for an unseeded experiment, a seed of the legacy generator; or
        weights: its starting weights; or
        sums: for a seeded experiment, the combinations of orders of summation: one of orders.ORDERS for each sum of an
            epoch that has more than one term, in turn.
        tried: how many such combinations were tried.
        tallies: how many of them print what.
        search: the command that finds it again.
    """

    seed: int | None = None
    weights: tuple[Rows, ...] | None = None
    sums: tuple[tuple[Order, ...], ...] | None = None
    tried: Annotated[int, Field(ge=1)] | None = None
    tallies: tuple[Tally, ...] = ()
    search: Text

    @model_validator(mode="after")
    def _is_one_of_three(self) -> Self:
        if [self.seed, self.weights, self.sums].count(None) != 2:
            raise ValueError("a witness is either a seed or weights or sums")
        if (self.sums is None) != (self.tried is None) or (self.sums is None) != (not self.tallies):
            raise ValueError("sums, tried and tallies go together")
        return self

    @model_validator(mode="after")
    def _counts_fit(self) -> Self:
        for index, tally in enumerate(self.tallies):
            assert self.tried is not None
            if not tally.all <= min(tally.lines) <= max(tally.lines) <= self.tried:
                raise ValueError(f"tallies[{index}]: expected all <= each of lines <= tried")
            if tally.by_chance != by_chance(self.tried, tally.lines):
                expected = by_chance(self.tried, tally.lines)
                raise ValueError(f"tallies[{index}].by_chance: its lines make {expected}, got {tally.by_chance}")
        return self


def load_witnesses(path: Path, published: dict[str, Experiment]) -> dict[str, Witness]:
    """What was found by search, by experiment.

    Raises:
        InputError: if the file does not fit, or has a witness that its experiment does not need.
    """
    witnesses = parse(dict[str, Witness], read_yaml(path), str(path))
    for name, witness in witnesses.items():
        if choose(name, published, path).start.is_given and witness.sums is None:
            raise InputError(f"{path}: {name}: was run with a seed, so it needs no witness for its start")
        if witness.sums is not None and not published[name].start.is_given:
            raise InputError(f"{path}: {name}: was run without a seed; expected a seed or weights")
    return witnesses


def load_runnable(published: dict[str, Experiment], witnesses: Path) -> dict[str, Experiment]:
    """The experiments, those without a seed with the starting weights of their witness.

    Raises:
        InputError: as `load_witnesses` does.
    """
    runnable = dict(published)
    for name, witness in load_witnesses(witnesses, published).items():
        if witness.sums is not None:
            continue
        start = witness.model_dump(include={"seed", "weights"})
        try:
            runnable[name] = published[name].starting_from(**start)
        except InputError as error:
            raise InputError(f"{witnesses}: {error}") from error
    return runnable


def choose(name: str, experiments: dict[str, Experiment], path: Path) -> Experiment:
    """The experiment of that name.

    Raises:
        InputError: if there is none.
    """
    if name not in experiments:
        raise InputError(f"{path}: no experiment {name!r}; there are {listed(experiments)}")
    return experiments[name]
