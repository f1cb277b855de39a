"""What was run: the experiments of data/experiments.yaml, checked as they are read."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy
from pydantic import Field, FiniteFloat, model_validator

from lastdigit.arithmetic import Array
from lastdigit.files import Id, InputError, Strict, parse, read_yaml

Activation = Literal["sigmoid", "linear"]
Row = Annotated[tuple[FiniteFloat, ...], Field(min_length=1)]
Rows = Annotated[tuple[Row, ...], Field(min_length=1)]


class Start(Strict):
    """How the starting weights are drawn: uniformly in [low, high), by the legacy generator of NumPy (MT19937).

    The matrices are drawn in order, the first layer's first, each row by row. A seed of null is an unseeded run, unless
    the weights themselves are given: one matrix for each layer but the first, the binary64 nearest to what is written.
    """

    seed: Annotated[int, Field(ge=0, lt=2**32)] | None
    low: FiniteFloat
    high: FiniteFloat
    weights: tuple[Rows, ...] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low must be less than high, got low {self.low:g} and high {self.high:g}")
        if self.seed is not None and self.weights is not None:
            raise ValueError("seed and weights exclude each other")
        return self

    @property
    def is_given(self) -> bool:
        """Whether there are weights to start from: a seed, or the weights themselves."""
        return self.seed is not None or self.weights is not None


class Experiment(Strict):
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
            drawn = (weight for rows in self.start.weights for row in rows for weight in row)
            if not all(self.start.low <= weight < self.start.high for weight in drawn):
                raise ValueError(f"start.weights: expected all in [{self.start.low:g}, {self.start.high:g})")
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
            raise InputError("this experiment was run without a seed: give one")
        return self.draw(self.start.seed)

    def draw(self, seed: int) -> list[Array]:
        """The starting weights of a legacy seed, drawn from the range of this experiment."""
        generator = numpy.random.RandomState(seed)
        return [generator.uniform(self.start.low, self.start.high, shape) for shape in self.shapes]

    def starting_from(self, **start: Any) -> "Experiment":
        """The same experiment with another start: the fields given replace those of its own."""
        fields = {**self.model_dump(), "start": {**self.start.model_dump(), **start}}
        return parse(Experiment, fields, "experiment with another start")

    def with_hidden(self, *units: int) -> "Experiment":
        """The same experiment with sigmoid hidden layers of these sizes in place of its own."""
        fields = self.model_dump()
        fields["layers"] = (self.layers[0], *units, self.layers[-1])
        fields["activations"] = ("sigmoid",) * len(units) + self.activations[-1:]
        return parse(Experiment, fields, "experiment with other hidden layers")


def load_experiments(path: Path) -> dict[str, Experiment]:
    """Read every experiment, by name.

    Raises:
        InputError: naming file and key, at the first thing that does not fit.
    """
    return parse(dict[Id, Experiment], read_yaml(path), str(path))


class Witness(Strict):
    """A start found by search, under which an unseeded experiment prints exactly what was published.

    Attributes:
        seed: of the legacy generator, or
        weights: the starting weights themselves.
        search: the command that finds it again.
    """

    seed: int | None = None
    weights: tuple[Rows, ...] | None = None
    search: str

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.seed is None) == (self.weights is None):
            raise ValueError("a witness is either a seed or weights")
        return self


def load_runnable(published: dict[str, Experiment], witnesses: Path) -> dict[str, Experiment]:
    """The experiments again, with the witness as the start of each that was run unseeded.

    Raises:
        InputError: if the file of witnesses does not fit, or there is a witness of something that needs none.
    """
    runnable = dict(published)
    for name, witness in parse(dict[str, Witness], read_yaml(witnesses), str(witnesses)).items():
        if choose(name, published, witnesses).start.is_given:
            raise InputError(f"{witnesses}: {name}: was run with a seed, so it needs no witness")
        start = witness.model_dump(include={"seed", "weights"})
        try:
            runnable[name] = published[name].starting_from(**start)
        except InputError as error:
            raise InputError(f"{witnesses}: {name}: {error}") from error
    return runnable


def choose(name: str, experiments: dict[str, Experiment], path: Path) -> Experiment:
    """The experiment of that name.

    Raises:
        InputError: if there is none.
    """
    if name not in experiments:
        raise InputError(f"{path}: no experiment {name!r}; there are {', '.join(experiments)}")
    return experiments[name]
