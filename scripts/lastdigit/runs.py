"""A run on disk: the weights of every epoch, from which everything else can be recomputed bit for bit."""

import json
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy

from lastdigit.arithmetic import Arithmetic, Array
from lastdigit.experiments import Experiment
from lastdigit.files import parse, read_arrays, write_atomically
from lastdigit.network import Network, State
from lastdigit.observations import mean_absolute_error
from lastdigit.tape import WATCHED, flat, run


class Run(NamedTuple):
    """One experiment trained in one binary64 arithmetic.

    Attributes:
        experiment: what was run.
        arithmetic: the name of the arithmetic.
        weights: for each layer, epochs + 1 matrices: those before each update, then those after the last.
        outputs: epochs by examples by units of the last layer.
        errors: the mean absolute error of each epoch.
    """

    experiment: Experiment
    arithmetic: str
    weights: list[Array]
    outputs: Array
    errors: Array

    def state(self, network: Network, epoch: int) -> State:
        """Everything that one epoch computed, recomputed from its weights."""
        return network.step([matrices[epoch] for matrices in self.weights], epoch)


def train(
    experiment: Experiment,
    arithmetic: Arithmetic,
    watch: Callable[[int], object] = int,
    start: Sequence[Array] | None = None,
) -> Run:
    """Train an experiment, and keep every epoch.

    Args:
        experiment: with a seed or weights.
        arithmetic: binary64.
        watch: called now and then with the number of epochs done.
        start: other starting weights than the experiment's.
    """
    with arithmetic:
        network = Network(experiment, arithmetic)
        weights = list(start) if start else network.starting_weights()
        sizes = [matrix.size for matrix in (*weights, network.targets)]
        table = numpy.empty((experiment.epochs + 1, sum(sizes) + 1))
        table[0, : sum(sizes[:-1])] = flat(weights)
        epochs = run(
            network, weights, lambda network, state: (state.activations[-1], mean_absolute_error(network, state))
        )
        for first in range(1, experiment.epochs + 1, WATCHED):
            part = table[first : first + WATCHED]
            part[:] = list(islice(epochs, len(part)))
            watch(first + len(part) - 1)
    *matrices, outputs, errors = numpy.split(table, numpy.cumsum(sizes), axis=1)
    shaped = (part.reshape(-1, *shape).copy() for part, shape in zip(matrices, experiment.shapes, strict=True))
    return Run(
        experiment, arithmetic.name, list(shaped), outputs[1:].reshape(-1, *network.targets.shape), errors[1:, 0].copy()
    )


def save(run: Run, path: Path) -> None:
    """Write a run as an .npz file, whole or not at all."""
    arrays = {f"weights_{number}": matrices for number, matrices in enumerate(run.weights)}
    description = json.dumps({"experiment": run.experiment.model_dump(), "arithmetic": run.arithmetic})
    with write_atomically(path, "wb") as stream:
        arrays |= {"outputs": run.outputs, "errors": run.errors, "description": numpy.array(description)}
        numpy.savez(stream, **arrays)  # type: ignore[arg-type]


def load(path: Path) -> Run:
    """Read a run back.

    Raises:
        InputError: if the file is missing, or is no run.
    """
    missing = "no such run; train it first, with scripts/train.py or snakemake"
    damaged = "not a run written by scripts/train.py; delete it and train again"
    with read_arrays(path, missing, damaged) as file:
        description = json.loads(str(file["description"]))
        weights = [file[f"weights_{number}"] for number in range(len(description["experiment"]["layers"]) - 1)]
        outputs, errors = file["outputs"], file["errors"]
    experiment = parse(Experiment, description["experiment"], f"{path}: experiment")
    return Run(experiment, description["arithmetic"], weights, outputs, errors)
