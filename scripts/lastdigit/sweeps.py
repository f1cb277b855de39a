"""Sweeps: many starts for each of several hidden sizes and learning rates, kept as errors alone.

The seeds may be trained in parts, each with all sizes and rates. Every start has the same bits in any part (batch.py),
and a table only counts and orders them, so that it has the same bytes however many parts there were.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from lastdigit import ensembles
from lastdigit.arithmetic import Array
from lastdigit.experiments import Experiment
from lastdigit.files import Arrays, InputError, read_arrays, write_atomically
from lastdigit.observations import schedule

PERCENT = (0, 5, 25, 50, 75, 95, 100)
COLUMNS = ("layers", "learning_rate", "epoch", "starts", "converged", "overflowed", *(f"error_{q}" for q in PERCENT))


class Errors(NamedTuple):
    """What is kept of an experiment: at each epoch of a trajectory the mean absolute error of each start, and how many
    starts have converged."""

    errors: Array
    converged: Array


def train(experiment: Experiment, seeds: range, watch: Callable[[int], object] = int) -> Errors:
    """Train an experiment from many seeds, as `ensembles.train` does."""
    ensemble = ensembles.train(experiment, seeds, watch, schedule)
    return Errors(ensemble.errors, numpy.array([ensemble.converged(epoch).sum() for epoch in ensemble.epochs]))


def save(path: Path, experiments: Sequence[Experiment], seeds: range, kept: Iterable[Errors]) -> None:
    """Write what is kept of some seeds as an .npz file, whole or not at all."""
    arrays = {f"{name}/{index}": array for index, one in enumerate(kept) for name, array in one._asdict().items()}
    with write_atomically(path, "wb") as stream:
        numpy.savez(stream, sweep=_description(experiments), seeds=[seeds.start, seeds.stop], **arrays)


def gather(paths: Sequence[Path], experiments: Sequence[Experiment], seeds: range) -> Iterator[Errors]:
    """Put parts together: what is kept of each experiment in turn, and only of that one in memory.

    Raises:
        InputError: if a file is missing, or is of another sweep, or the parts do not have each seed once.
    """
    places: dict[tuple[int, int], Path] = {}
    for path in paths:
        with _part(path) as part:
            if str(part.read("sweep", "str")) != _description(experiments):
                raise InputError(f"{path}: a part of another sweep, or of an earlier form of it; make it again")
            first, end = part.read("seeds", "int64", 2).tolist()
            places[first, end] = path
    found = sorted(places)
    if [seeds.start, *(end for _, end in found)] != [*(first for first, _ in found), seeds.stop]:
        got = " ".join(f"{first}:{end}" for first, end in found)
        raise InputError(f"{paths[0].parent}: expected parts with seeds {seeds.start}:{seeds.stop}, got {got}")
    for index, experiment in enumerate(experiments):
        epochs = len(schedule(experiment.epochs))
        kept = Errors(numpy.empty((epochs, len(seeds))), numpy.zeros(epochs, numpy.int64))
        for first, end in found:
            with _part(places[first, end]) as part:
                errors = part.read(f"errors/{index}", "float64", epochs, end - first)
                kept.errors[:, first - seeds.start : end - seeds.start] = errors
                kept.converged[:] += part.read(f"converged/{index}", "int64", epochs)
        yield kept


def _part(path: Path) -> AbstractContextManager[Arrays]:
    return read_arrays(path, "no such part of a sweep", "not a part of a sweep, as scripts/sweep.py writes it")


def _description(experiments: Sequence[Experiment]) -> str:
    return json.dumps([one.model_dump() for one in experiments])


def table(experiments: Sequence[Experiment], kept: Iterable[Errors]) -> Iterator[tuple[Any, ...]]:
    """The rows of a sweep's table, with COLUMNS.

    Of q percent the table gives the least error that at least q percent of the starts do not exceed, one that occurs:
    nothing is computed from two. One that is no finite number is infinite, and its start has overflowed.
    """
    for experiment, (all_errors, converged) in zip(experiments, kept, strict=True):
        layers = "-".join(map(str, experiment.layers))
        for epoch, errors, count in zip(schedule(experiment.epochs), all_errors, converged, strict=True):
            errors[~numpy.isfinite(errors)] = numpy.inf
            quantiles = numpy.quantile(errors, numpy.array(PERCENT) / 100, method="inverted_cdf").tolist()
            yield layers, experiment.learning_rate, epoch, len(errors), count, numpy.isinf(errors).sum(), *quantiles
