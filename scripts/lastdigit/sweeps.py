"""Sweeps: many starts for each of several hidden sizes and learning rates, trained in parts, kept as errors alone.

A part is cut from the work, not from the sweep's points: a great point lies in several parts, many small ones in one.
Every start has the same bits in any part (batch.py) and a table only counts and orders them, so that it has the same
bytes however many parts there were.
"""

import functools
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy

from lastdigit.arithmetic import Array
from lastdigit.ensembles import outputs_of
from lastdigit.experiments import Experiment
from lastdigit.files import Arrays, InputError, read_arrays, write_atomically
from lastdigit.observations import schedule
from lastdigit.tape import products

# What a start costs beside its training: drawing it takes as long as so many products of forward passes, with all that
# follows from each. And how many of these a core does in a minute. Measured (benchmarks/sweeps.py); nothing but the
# number of parts depends on them.
OF_A_START = 15_000
IN_A_MINUTE = 90 * 10**9

PERCENT = (0, 5, 25, 50, 75, 95, 100)
COLUMNS = ("layers", "learning_rate", "epoch", "starts", "converged", "overflowed", *(f"error_{q}" for q in PERCENT))

Watch = Callable[[int], object]


class Sweep(NamedTuple):
    """The same starts for several experiments.

    Attributes:
        points: the experiments, all of as many epochs and examples.
        seeds: of the legacy generator, the same for each point.
    """

    points: tuple[Experiment, ...]
    seeds: range

    @classmethod
    def of(cls, experiment: Experiment, seeds: range, hidden: Sequence[int], rates: Sequence[float]) -> Self:
        """Every size of the hidden layer with every learning rate; of what is empty, the experiment's own.

        Raises:
            InputError: if one of them does not fit, or is there twice.
        """
        for name, values in (("hidden sizes", hidden), ("learning rates", rates)):
            if len(set(values)) < len(values):
                raise InputError(f"{name}: expected each once, got {' '.join(map(str, values))}")
        sized = [experiment.with_hidden(units) for units in hidden] or [experiment]
        return cls(tuple(one.changed(learning_rate=rate) for one in sized for rate in rates) or tuple(sized), seeds)

    @property
    def epochs(self) -> list[int]:
        """The epochs that the table shows: those of a trajectory."""
        return schedule(self.points[0].epochs)

    def parts(self, minutes: float) -> int:
        """In how many parts this is done, so that each takes a core about so many minutes."""
        work = len(self.seeds) * sum(map(cost, self.points))
        return max(1, min(round(work / (minutes * IN_A_MINUTE)), len(self.seeds) * len(self.points)))

    def part(self, number: int, parts: int) -> Iterator[tuple[int, range]]:
        """What belongs to one of the parts, counted from 1: places in `points`, and the seeds of each."""
        total = len(self.seeds) * sum(map(cost, self.points))
        bounds, before = [total * (number - 1) // parts, total * number // parts], 0
        for point, each in enumerate(map(cost, self.points)):
            first, end = (min(max(-(-(bound - before) // each), 0), len(self.seeds)) for bound in bounds)
            if first < end:
                yield point, self.seeds[first:end]
            before += each * len(self.seeds)

    def description(self) -> str:
        """What a part says of the sweep that it belongs to."""
        return json.dumps([*(one.model_dump() for one in self.points), self.seeds.start, self.seeds.stop])


def cost(experiment: Experiment) -> int:
    """What a start costs, in products of forward passes: see IN_A_MINUTE."""
    return experiment.epochs * products(experiment) + OF_A_START


def train_part(sweep: Sweep, number: int, parts: int, path: Path, watch: Watch = int) -> None:
    """Train one part of a sweep and write what is kept of it: of every epoch shown the error of each start.

    Args:
        number: of the part, from 1 on.
        parts: how many there are.
        path: an .npz file, written whole or not at all. In memory is one point at a time.
        watch: is told every now and then how many epochs are done, those of every start counted.

    Raises:
        InputError: if the layers are too wide.
    """
    done = 0
    with write_atomically(path, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:

        def keep(name: str, values: Any) -> None:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                numpy.lib.format.write_array(member, numpy.asarray(values), allow_pickle=False)

        keep("part", [number, parts])
        keep("sweep", sweep.description())
        for point, seeds in sweep.part(number, parts):
            experiment, epochs = sweep.points[point], sweep.epochs
            targets = numpy.array(experiment.targets)[..., numpy.newaxis]
            errors, converged = numpy.empty((len(epochs), len(seeds))), numpy.zeros(len(epochs), dtype=numpy.int64)

            def told(some: int, before: int = done) -> None:
                watch(before + some)

            for index, first, outputs in outputs_of(experiment, seeds, epochs, told):
                rows = numpy.abs(targets - outputs).reshape(-1, outputs.shape[-1])
                # Row by row: numpy's mean may add in another order where there is one start.
                errors[index, first : first + rows.shape[1]] = functools.reduce(numpy.add, rows) / len(rows)
                converged[index] += (rows < 1 / 2).all(axis=0).sum()
            keep(f"errors/{point}", errors)
            keep(f"converged/{point}", converged)
            done += len(seeds) * experiment.epochs


def table(sweep: Sweep, paths: Sequence[Path]) -> Iterator[tuple[Any, ...]]:
    """The rows of a sweep's table, with COLUMNS. In memory are the errors of one point.

    An error is the mean absolute one of a start. Of q percent the table gives the least error that at least q percent
    of the starts do not exceed; one that is no finite number is infinite, and its start has overflowed.

    Raises:
        InputError: if a file is missing, or is no part of this sweep, or a part is not there.
    """
    numbers: list[tuple[int, int, Path]] = []
    for path in paths:
        with _part(path) as part:
            if str(part.read("sweep", "str")) != sweep.description():
                raise InputError(f"{path}: a part of another sweep, or of an earlier form of it; make it again")
            number, parts = part.read("part", "int64", 2).tolist()
            numbers.append((number, parts, path))
    numbers.sort()
    if [found[:2] for found in numbers] != [(number, len(paths)) for number in range(1, len(paths) + 1)]:
        got = " ".join(f"{number}/{parts}" for number, parts, _ in numbers)
        raise InputError(f"{paths[0].parent}: expected each part of the sweep once, got {got}")
    for point, experiment in enumerate(sweep.points):
        pieces = []
        for number, parts, path in numbers:
            for starts in (len(seeds) for place, seeds in sweep.part(number, parts) if place == point):
                with _part(path) as part:
                    errors = part.read(f"errors/{point}", "float64", len(sweep.epochs), starts)
                    pieces.append((errors, part.read(f"converged/{point}", "int64", len(sweep.epochs))))
        layers, converged = "-".join(map(str, experiment.layers)), numpy.sum([counts for _, counts in pieces], axis=0)
        for index, epoch in enumerate(sweep.epochs):
            errors = numpy.concatenate([kept[index] for kept, _ in pieces])
            overflowed = numpy.count_nonzero(~numpy.isfinite(errors))
            counts = (len(errors), converged[index], overflowed)
            yield (layers, experiment.learning_rate, epoch, *counts, *quantiles(errors))


def _part(path: Path) -> AbstractContextManager[Arrays]:
    """A part of a sweep, for the time in which it is read."""
    return read_arrays(path, "no such part of a sweep", "not a part of a sweep, as scripts/sweep.py writes it")


def quantiles(errors: Array) -> list[str]:
    """The numbers of PERCENT, each an error that occurs: nothing is computed from two."""
    ordered = numpy.sort(numpy.where(numpy.isfinite(errors), errors, numpy.inf))
    return [repr(float(ordered[max(-(-q * len(ordered) // 100) - 1, 0)])) for q in PERCENT]
