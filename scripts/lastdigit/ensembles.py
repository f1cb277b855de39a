"""Many starts of one experiment, trained at once in the batch arithmetic."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy

from lastdigit.arithmetic import Array, Batch
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, parse, read_arrays, write_atomically
from lastdigit.network import Network, State
from lastdigit.observations import schedule


class Ensemble(NamedTuple):
    """One experiment from many legacy seeds.

    Attributes:
        experiment: what was run; its own start is only the range of the draws.
        seeds: S of them, ascending.
        epochs: E of them, ascending, from 0 to the last: those at which the outputs were kept.
        outputs: E by examples by units of the last layer by S; infinite or NaN where a start overflowed.
    """

    experiment: Experiment
    seeds: Array
    epochs: Array
    outputs: Array

    def at(self, epoch: int) -> Array:
        """The outputs of one of the epochs kept: examples by units by S.

        Raises:
            InputError: if that epoch was not kept.
        """
        kept = numpy.flatnonzero(self.epochs == epoch)
        if not len(kept):
            raise InputError(f"the ensemble kept no outputs of epoch {epoch}; its last is {self.epochs[-1]}")
        return numpy.asarray(self.outputs[kept[0]])

    @property
    def errors(self) -> Array:
        """The mean absolute error, E by S."""
        targets = numpy.array(self.experiment.targets)[..., numpy.newaxis]
        return numpy.asarray(numpy.abs(targets - self.outputs).mean(axis=(1, 2)))

    def converged(self, epoch: int) -> Array:
        """For each start, whether every output lies nearer to its own target than to the other: a threshold at ½."""
        targets = numpy.array(self.experiment.targets)[..., numpy.newaxis]
        return numpy.asarray((numpy.abs(targets - self.at(epoch)) < 1 / 2).all(axis=(0, 1)))

    @property
    def diverged(self) -> Array:
        """For each start, whether its last outputs are not finite."""
        return numpy.asarray(~numpy.isfinite(self.outputs[-1]).all(axis=(0, 1)))


def kept_epochs(epochs: int) -> list[int]:
    """The epochs at which an ensemble keeps its outputs: 20 to a decade, and those a trajectory shows, each also less
    one, because after n updates the last output printed was that of epoch n - 1."""
    decades = range(20 * len(str(epochs)))
    spread = {round(10 ** (step / 20)) for step in decades} | set(schedule(epochs)) | {epochs}
    tens = {digit * 10**power for power in range(len(str(epochs))) for digit in range(1, 10)}
    return sorted({epoch - less for epoch in spread | tens for less in (0, 1) if 0 <= epoch - less < epochs})


def stack(starts: Iterable[Sequence[Array]]) -> list[Array]:
    """The starting weights of many starts, as one array with a trailing axis for each layer."""
    return [numpy.stack(matrices, axis=-1) for matrices in zip(*starts, strict=True)]


def train_together(
    experiment: Experiment, weights: Sequence[Array], keep: Iterable[int]
) -> Iterable[tuple[State, bool]]:
    """The state of every epoch from stacked starting weights, and whether its epoch is one to keep."""
    kept = set(keep)
    with Batch() as arithmetic:
        for state in Network(experiment, arithmetic).train(list(weights)):
            yield state, state.epoch in kept


def save(ensemble: Ensemble, path: Path) -> None:
    """Write an ensemble as an .npz file, whole or not at all."""
    with write_atomically(path, "wb") as stream:
        numpy.savez(
            stream,
            seeds=ensemble.seeds,
            epochs=ensemble.epochs,
            outputs=ensemble.outputs,
            experiment=numpy.array(json.dumps(ensemble.experiment.model_dump())),
        )


def load(path: Path) -> Ensemble:
    """Read an ensemble back.

    Raises:
        InputError: if the file is missing, or is no ensemble.
    """
    missing = "no such ensemble; make it with scripts/ensemble.py or snakemake"
    with read_arrays(path, missing, "not an ensemble written by scripts/ensemble.py") as file:
        experiment = parse(Experiment, json.loads(str(file["experiment"])), f"{path}: experiment")
        return Ensemble(experiment, file["seeds"], file["epochs"], file["outputs"])


def gather(parts: Sequence[Ensemble]) -> Ensemble:
    """One ensemble of the starts of several, in order of their seeds.

    Raises:
        InputError: if they are not ensembles of the same experiment, or share a seed.
    """
    first = parts[0]
    for part in parts[1:]:
        if part.experiment != first.experiment:
            raise InputError("ensembles of different experiments cannot be gathered")
    seeds = numpy.concatenate([part.seeds for part in parts])
    if len(set(seeds.tolist())) != len(seeds):
        raise InputError("the ensembles to gather share a seed")
    order = numpy.argsort(seeds)
    outputs = numpy.concatenate([part.outputs for part in parts], axis=-1)
    return first._replace(seeds=seeds[order], outputs=outputs[..., order])
