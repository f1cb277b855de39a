"""Sweeps: many starts for each of several hidden sizes and learning rates, kept as errors alone.

The seeds may be trained in parts, each with all sizes and rates. Every start has the same bits in any part (batch.py),
and a table only counts and orders them, so that it has the same bytes however many parts there were.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy

from lastdigit import ensembles
from lastdigit.arithmetic import Array
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, read_arrays, write_atomically
from lastdigit.observations import schedule

PERCENT = (0, 5, 25, 50, 75, 95, 100)
COLUMNS = ("layers", "learning_rate", "epoch", "starts", "converged", "overflowed", *(f"error_{q}" for q in PERCENT))

# Of an experiment, at each epoch of a trajectory: the mean absolute error of each start; how many have converged.
Errors = tuple[Array, Array]


def train(experiment: Experiment, seeds: range, watch: ensembles.Watch = int) -> Errors:
    """Train an experiment from many seeds, as `ensembles.train` does."""
    ensemble = ensembles.train(experiment, seeds, watch, schedule(experiment.epochs))
    return ensemble.errors, numpy.array([ensemble.converged(epoch).sum() for epoch in ensemble.epochs])


def save(path: Path, experiments: Sequence[Experiment], seeds: range, kept: Iterable[Errors]) -> None:
    """Write what is kept of some seeds as an .npz file, whole or not at all."""
    arrays: dict[str, Any] = {
        f"{place}/{index}": array for index, one in enumerate(kept) for place, array in enumerate(one)
    }
    with write_atomically(path, "wb") as stream:
        numpy.savez(stream, sweep=_described(experiments), seeds=[seeds.start, seeds.stop], **arrays)


def _described(experiments: Sequence[Experiment]) -> str:
    return json.dumps([one.model_dump() for one in experiments])


def gather(paths: Sequence[Path], experiments: Sequence[Experiment], seeds: range) -> Iterator[Errors]:
    """Put parts together: what is kept of each experiment in turn, and only of that one in memory.

    Raises:
        InputError: if a file is missing, or is of another sweep, or the parts do not have each seed once.
    """
    says = "no such part of a sweep", "not a part of a sweep, as scripts/sweep.py writes it"
    parts = []
    for path in paths:
        with read_arrays(path, *says) as part:
            if str(part.read("sweep", "str")) != _described(experiments):
                raise InputError(f"{path}: a part of another sweep, or of an earlier form of it; make it again")
            parts.append((*part.read("seeds", "int64", 2).tolist(), path))
    parts.sort()
    if [seeds.start, *(end for _, end, _ in parts)] != [*(first for first, _, _ in parts), seeds.stop]:
        got = " ".join(f"{first}:{end}" for first, end, _ in parts)
        raise InputError(f"{paths[0].parent}: expected parts with seeds {seeds.start}:{seeds.stop}, got {got}")
    for index, experiment in enumerate(experiments):
        epochs = len(schedule(experiment.epochs))
        errors, converged = numpy.empty((epochs, len(seeds))), numpy.zeros(epochs, numpy.int64)
        for first, end, path in parts:
            with read_arrays(path, *says) as part:
                here = slice(first - seeds.start, end - seeds.start)
                errors[:, here] = part.read(f"0/{index}", "float64", epochs, end - first)
                converged += part.read(f"1/{index}", "int64", epochs)
        yield errors, converged


def table(experiments: Sequence[Experiment], kept: Iterable[Errors]) -> Iterator[tuple[Any, ...]]:
    """The rows of a sweep's table, with COLUMNS.

    Of q percent the table gives the least error that at least q percent of the starts do not exceed, one that occurs:
    nothing is computed from two. One that is no finite number is infinite, and its start has overflowed.
    """
    for experiment, (errors, converged) in zip(experiments, kept, strict=True):
        layers = "-".join(map(str, experiment.layers))
        errors[~numpy.isfinite(errors)] = numpy.inf
        quantiles = numpy.quantile(errors, numpy.array(PERCENT) / 100, axis=1, method="inverted_cdf").T.tolist()
        overflowed = numpy.isinf(errors).sum(axis=1)
        for epoch, *counts, row in zip(schedule(experiment.epochs), converged, overflowed, quantiles, strict=True):
            yield layers, experiment.learning_rate, epoch, errors.shape[1], *counts, *row
