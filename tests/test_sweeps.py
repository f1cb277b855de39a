"""Sweeps: cut into parts and put together again, they count and order the same errors."""

import csv
import io
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy
import pytest
from conftest import command, run_program, snakemake
from known import PUBLISHED, ROOT

from lastdigit import ensembles, sweeps
from lastdigit.experiments import Experiment
from lastdigit.files import InputError
from lastdigit.observations import schedule

SIGMOID = PUBLISHED["xor-sigmoid"].changed(epochs=120)
# Some starts of the linear layer overflow at the greater rate, and not at the lesser.
LINEAR = PUBLISHED["xor-linear"].changed(epochs=300)


class Sweep(NamedTuple):
    """The same starts for several experiments."""

    experiments: list[Experiment]
    seeds: range


SWEEPS = {
    "sizes and rates": Sweep(
        [SIGMOID.with_hidden(units).changed(learning_rate=rate) for units in (1, 3) for rate in (0.5, 2)], range(11)
    ),
    # Eight examples and more, of which numpy's mean adds in another order if there is one start.
    "many examples": Sweep([SIGMOID.changed(inputs=SIGMOID.inputs * 3, targets=SIGMOID.targets * 3)], range(7)),
    "overflowing": Sweep([LINEAR.changed(learning_rate=rate) for rate in (0.1, 0.5)], range(5, 24)),
}


def parts_of(sweep: Sweep, parts: int, folder: Path) -> list[Path]:
    """Train every part, each into a file."""
    paths = []
    for number in range(parts):
        seeds = sweep.seeds[len(sweep.seeds) * number // parts : len(sweep.seeds) * (number + 1) // parts]
        paths.append(folder / f"{number + 1}-of-{parts}.npz")
        kept = (sweeps.train(experiment, seeds) for experiment in sweep.experiments)
        sweeps.save(paths[-1], sweep.experiments, seeds, kept)
    return paths


def table(sweep: Sweep, paths: list[Path]) -> str:
    """The table, as text."""
    stream = io.StringIO()
    csv.writer(stream).writerows(rows(sweep, paths))
    return stream.getvalue()


def rows(sweep: Sweep, paths: list[Path]) -> list[tuple[object, ...]]:
    """Its rows."""
    return list(sweeps.table(sweep.experiments, sweeps.gather(paths, *sweep)))


@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)
def test_a_table_does_not_depend_on_the_number_of_parts(sweep: Sweep, tmp_path: Path):
    """Down to parts of one start, and whatever the order in which they are gathered; nor on files at all."""
    whole = table(sweep, parts_of(sweep, 1, tmp_path))
    for parts in (2, 3, len(sweep.seeds)):
        assert table(sweep, parts_of(sweep, parts, tmp_path)[::-1]) == whole
    trained = (sweeps.train(experiment, sweep.seeds) for experiment in sweep.experiments)
    assert list(sweeps.table(sweep.experiments, trained)) == rows(sweep, parts_of(sweep, 1, tmp_path))


@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)
def test_a_table_says_what_the_ensembles_do(sweep: Sweep, tmp_path: Path):
    found_rows = rows(sweep, parts_of(sweep, 2, tmp_path))
    overflowed = 0
    for experiment in sweep.experiments:
        ensemble = ensembles.train(experiment, sweep.seeds)
        for epoch in schedule(experiment.epochs):
            layers, rate, found, starts, converged, lost, *quantiles = found_rows.pop(0)
            assert (layers, rate, found) == ("-".join(map(str, experiment.layers)), experiment.learning_rate, epoch)
            errors = [float(error) for error in ensemble.errors_at(epoch)]
            assert (starts, converged) == (len(sweep.seeds), ensemble.converged(epoch).sum())
            assert lost == sum(not numpy.isfinite(error) for error in errors)
            overflowed += lost
            errors = [error if numpy.isfinite(error) else numpy.inf for error in errors]
            for percent, quantile in zip(sweeps.PERCENT, map(float, quantiles), strict=True):
                assert quantile in errors
                share = Fraction(percent, 100) * len(errors)
                assert sum(error <= quantile for error in errors) >= share
                assert sum(error < quantile for error in errors) < max(share, 1)
    assert found_rows == [] and (overflowed > 0) == (sweep is SWEEPS["overflowing"])


def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path):
    sweep = SWEEPS["sizes and rates"]
    first, second = parts_of(sweep, 2, tmp_path)
    for paths, found in (([first], "0:5"), ([second, second], "5:11")):
        with pytest.raises(InputError, match=f"expected parts with seeds 0:11, got {found}"):
            rows(sweep, paths)
    with pytest.raises(InputError, match=r"expected parts with seeds 0:12, got 0:5 5:11"):
        rows(sweep._replace(seeds=range(12)), [first, second])
    with pytest.raises(InputError, match=r"1-of-2\.npz: a part of another sweep"):
        rows(sweep._replace(experiments=sweep.experiments[::-1]), [first, second])
    with pytest.raises(InputError, match=r"none\.npz: no such part"):
        rows(sweep, [first, tmp_path / "none.npz"])
    second.write_bytes(second.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"2-of-2\.npz: not a part of a sweep"):
        rows(sweep, [first, second])


def test_what_is_wrong_with_a_sweep_is_said():
    for words in (["--seeds", "5:5"], ["--hidden", "0"], ["--gather", "none.npz"]):
        failed = run_program("sweep", "xor-sigmoid", "--seeds", "0:2", *words)
        assert failed.returncode == 2 and words[-1] in failed.stderr
    for program in ("sweep", "ensemble"):
        twice = run_program(program, "xor-sigmoid", "--seeds", "0:2", "--hidden", "2", "3", "2")
        assert twice.returncode == 2 and "hidden sizes: expected each once, got 2 3 2" in twice.stderr


def test_gathering_does_not_hold_all_errors_in_memory(tmp_path: Path):
    sweep = Sweep([SIGMOID.changed(epochs=12, learning_rate=rate) for rate in range(1, 17)], range(10_000))
    numbers, paths = numpy.random.default_rng(0), [tmp_path / "first.npz", tmp_path / "second.npz"]
    for path, seeds in zip(paths, (range(5000), range(5000, 10_000)), strict=True):
        made = ((numbers.random((12, 5000)), numpy.zeros(12, numpy.int64)) for _ in sweep.experiments)
        sweeps.save(path, sweep.experiments, seeds, made)
    kept = sum(path.stat().st_size for path in paths)
    tracemalloc.start()
    assert len(rows(sweep, paths)) == 16 * 12
    (_, peak), _ = tracemalloc.get_traced_memory(), tracemalloc.stop()
    assert peak < kept / 4, (peak, kept)


SETTINGS = """\
ensembles:
  minutes: 0.0001
  sweeps:
    small: {experiment: xor-sigmoid, seeds: 70, hidden: [2, 3], learning_rates: [0.5, 1], epochs: 1000}
    wider: {experiment: xor-sigmoid, seeds: 70, hidden: [4, 6], learning_rates: [0.5, 1], epochs: 1000}
    alone: {experiment: xor-linear, seeds: 20, epochs: 1000}
    great: {experiment: xor-sigmoid, seeds: 1000000, epochs: 60000}
"""


@pytest.mark.slow
def test_the_pipeline_cuts_a_sweep_and_makes_the_same_table(tmp_path: Path):
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("Snakefile", "config", "data", "profiles", "requirements.lock", "scripts", "workflow"):
        (folder / name).symlink_to(ROOT / name)
    settings = tmp_path / "mine.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")
    tables = [f"results/sweeps/{name}.csv" for name in ("small", "wider", "alone")]
    planned = snakemake(folder, *tables, "--dry-run", "--configfile", str(settings))
    announced = planned.stdout + planned.stderr
    counts = [announced.count(f"{name}: seeds") for name in ("small", "wider", "alone")]
    # As many as there is work: twice as wide is twice the work; none where one suffices.
    assert counts[0] > 1 and counts[1] in (2 * counts[0] - 1, 2 * counts[0], 2 * counts[0] + 1) and counts[2] == 0
    made = snakemake(folder, "results/sweeps/small.csv", "--configfile", str(settings))
    assert made.returncode == 0, made.stderr
    assert made.stderr.count("small: seeds") == counts[0]
    words = ["xor-sigmoid", "--seeds", "0:70", "--hidden", "2", "3", "--learning-rates", "0.5", "1", "--epochs", "1000"]
    alone = command("scripts/sweep.py", *words)
    unknown = snakemake(folder, "results/sweeps/small.csv")  # without the settings that name it
    assert unknown.returncode and "No rule to produce" in unknown.stderr and "Traceback" not in unknown.stderr
    assert (folder / "results/sweeps/small.csv").read_text(encoding="utf-8") == alone.stdout
    assert [path.name for path in (folder / "results/sweeps").iterdir()] == ["small.csv"]
    settings.write_text(SETTINGS.replace("minutes: 0.0001", "minutes: 5"), encoding="utf-8")
    planned = snakemake(folder, "results/sweeps/great.csv", "--dry-run", "--configfile", str(settings))
    assert (planned.stdout + planned.stderr).count("great: seeds") == 5  # of 1e6 · 6.5e4 · 9 weights
    for old, new, message in (
        ("xor-linear", "xor-linea", "ensembles.sweeps.alone.experiment: no experiment 'xor-linea'; there are"),
        ("[0.5, 1]", "[0.5, 0]", "ensembles.sweeps.small.learning_rates[1]: input should be greater than 0"),
        ("hidden: [4", "hiden: [4", "ensembles.sweeps.wider.hiden: no such key"),
        ("  minutes: 5", "  minutes: 5\n  minutes: 6", 'line 3: found duplicate key "minutes"'),
    ):
        settings.write_text(SETTINGS.replace("0.0001", "5").replace(old, new), encoding="utf-8")
        failed = snakemake(folder, "--dry-run", "--configfile", str(settings))
        assert failed.returncode and f"\n{settings}: {message}" in failed.stdout + failed.stderr
