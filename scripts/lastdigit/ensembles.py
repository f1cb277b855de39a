"""Many starts of one experiment, trained at once in the batch arithmetic."""

import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy

from lastdigit.arithmetic import Array
from lastdigit.batch import Program
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, parse, read_arrays, write_atomically
from lastdigit.network import Network, State
from lastdigit.observations import schedule
from lastdigit.tape import flat

CHUNK = 4096  # starts trained before the next are drawn
WATCHED = 10**7  # epochs, those of every start counted, between two reports of a training
Watch = Callable[[int], object]


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

    def errors_at(self, epoch: int) -> Array:
        """The mean absolute error of each start at one of the epochs kept."""
        targets = numpy.array(self.experiment.targets)[..., numpy.newaxis]
        rows = numpy.abs(targets - self.at(epoch)).reshape(-1, len(self.seeds))
        # Row by row: of one start alone, NumPy's mean adds in another order.
        return numpy.asarray(sum(rows) / len(rows))

    @property
    def errors(self) -> Array:
        """The mean absolute error of each start, E by S."""
        return numpy.stack([self.errors_at(int(epoch)) for epoch in self.epochs])

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


def output(network: Network, state: State) -> tuple[Array]:
    """What an ensemble keeps of an epoch."""
    return (state.activations[-1],)


def draw(experiment: Experiment, seeds: Iterable[int]) -> Array:
    """The starting weights of many seeds, row by row: one column for each."""
    return numpy.stack([flat(experiment.draw(seed)) for seed in seeds], axis=1)


def train(experiment: Experiment, seeds: range, watch: Watch = int, epochs: Sequence[int] = ()) -> Ensemble:
    """Train an experiment from many seeds.

    Args:
        experiment: the range of the draws, and all else; its own start does not count.
        seeds: of the legacy generator.
        watch: is told every now and then how many epochs are done, those of every start counted.
        epochs: those at which outputs are kept, if they are not those that `load` expects.

    Raises:
        InputError: if the layers are too wide.
        OSError: naming the folder for temporary files, if that is full.
    """
    program, epochs = Program.training(experiment, output), epochs or kept_epochs(experiment.epochs)
    shape = (len(epochs), *numpy.shape(experiment.targets), len(seeds))
    try:
        with tempfile.TemporaryFile() as file:  # many seeds would not fit into memory
            for first in range(0, len(seeds), CHUNK):
                part = seeds[first : first + CHUNK]
                looks = {*epochs, *range(0, experiment.epochs, max(1, WATCHED // len(part)))}
                for epoch, kept in program.run(draw(experiment, part), sorted(looks)):
                    if epoch in epochs:  # written, not mapped: a file with holes is slow to map, and a disk may be full
                        for row, values in enumerate(kept, epochs.index(epoch) * len(kept)):
                            file.seek(8 * (row * len(seeds) + first))
                            file.write(values.tobytes())
                    watch(first * experiment.epochs + len(part) * (epoch + 1))
            file.flush()
            outputs = numpy.memmap(file, numpy.float64, "r", shape=shape)
    except OSError as error:
        error.filename = error.filename or tempfile.gettempdir()
        raise
    return Ensemble(experiment, numpy.array(seeds), numpy.array(epochs), outputs)


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
        InputError: naming file and array, if it is missing, or is no ensemble, or does not go on as a training does.
    """
    missing = "no such ensemble; make it with scripts/ensemble.py or snakemake"
    with read_arrays(path, missing, "not an ensemble written by scripts/ensemble.py") as arrays:
        experiment = parse(Experiment, arrays.json("experiment"), f"{path}: experiment")
        seeds, epochs = arrays.read("seeds", "int64", None), arrays.read("epochs", "int64", None)
        if not len(seeds) or seeds[0] < 0 or (numpy.diff(seeds) <= 0).any():
            raise InputError(f"{path}: seeds: expected at least one, from 0 on, ascending")
        if epochs.tolist() != kept_epochs(experiment.epochs):
            raise InputError(f"{path}: epochs: expected those at which a training of {experiment.epochs} keeps outputs")
        shape = numpy.shape(experiment.targets)
        outputs = arrays.read("outputs", "float64", len(epochs), *shape, len(seeds))
    # What is not finite stays so: from the error it comes into every weight of the last layer, and so to the output.
    finite = numpy.asarray(numpy.isfinite(outputs).all(axis=(1, 2)))
    if numpy.any(finite[1:] > finite[:-1]):
        raise InputError(f"{path}: outputs: not finite at an epoch, and finite at a later one")
    return Ensemble(experiment, seeds, epochs, outputs)
