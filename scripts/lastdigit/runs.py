"""A run on disk: the weights of every epoch, from which everything else can be computed again bit for bit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy

from lastdigit.arithmetic import Array
from lastdigit.experiments import Experiment
from lastdigit.files import parse, read_arrays, write_atomically
from lastdigit.network import Network, State
from lastdigit.observations import mean_absolute_error


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
        """Everything that one epoch computed, computed again from its weights."""
        return network.step([matrices[epoch] for matrices in self.weights], epoch)


def record(network: Network, states: Iterator[State]) -> Run:
    """Keep what a run needs of the states of a training."""
    experiment = network.experiment
    weights = [numpy.empty((experiment.epochs + 1, *shape)) for shape in experiment.shapes]
    outputs = numpy.empty((experiment.epochs, *network.targets.shape))
    errors = numpy.empty(experiment.epochs)
    for state in states:
        for kept, matrix in zip(weights, state.weights, strict=True):
            kept[state.epoch] = matrix
        outputs[state.epoch] = state.activations[-1]
        errors[state.epoch] = mean_absolute_error(network, state)[0]
    for kept, matrix in zip(weights, state.updated, strict=True):
        kept[-1] = matrix
    return Run(experiment, network.arithmetic.name, weights, outputs, errors)


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
