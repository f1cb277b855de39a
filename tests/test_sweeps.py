"""Sweeps: cut into parts and put together again, they count and order the same errors."""

import io
import tracemalloc
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy
import pytest
from conftest import run_program, snakemake
from hypothesis import given
from hypothesis import strategies as some
from known import PUBLISHED, ROOT

import sweep as program
from lastdigit import ensembles, sweeps
from lastdigit.experiments import Experiment
from lastdigit.files import InputError
from lastdigit.sweeps import Sweep

SIGMOID = PUBLISHED["xor-sigmoid"].changed(epochs=120)
# Some starts of the linear layer overflow at the greater rate, and not at the lesser.
LINEAR = PUBLISHED["xor-linear"].changed(epochs=300)
SWEEPS = {
    "sizes and rates": Sweep.of(SIGMOID, range(5), [1, 3], [0.5, 2]),
    "overflowing": Sweep.of(LINEAR, range(10, 18), [], [0.1, 0.5]),
}


def parts_of(sweep: Sweep, parts: int, folder: Path) -> list[Path]:
    """Train every part, each into a file."""
    paths = [folder / f"{number}-of-{parts}.npz" for number in range(1, parts + 1)]
    for number, path in enumerate(paths, 1):
        sweeps.train_part(sweep, number, parts, path)
    return paths


def table(sweep: Sweep, paths: list[Path]) -> str:
    """The table that the program writes."""
    stream = io.StringIO()
    program.write(sweep, paths, stream)
    return stream.getvalue()


@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)
def test_a_table_does_not_depend_on_the_number_of_parts(sweep: Sweep, tmp_path: Path):
    """Down to parts of one start, and whatever the order in which they are gathered."""
    whole = table(sweep, parts_of(sweep, 1, tmp_path))
    for parts in (3, len(sweep.points) * len(sweep.seeds)):
        assert table(sweep, parts_of(sweep, parts, tmp_path)[::-1]) == whole


@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)
def test_a_table_says_what_the_ensembles_do(sweep: Sweep, tmp_path: Path):
    rows = list(sweeps.table(sweep, parts_of(sweep, 2, tmp_path)))
    overflowed = 0
    for experiment in sweep.points:
        ensemble = ensembles.train(experiment, sweep.seeds)
        for epoch in sweep.epochs:
            layers, rate, found, starts, converged, lost, *quantiles = rows.pop(0)
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
    assert rows == [] and (overflowed > 0) == (sweep is SWEEPS["overflowing"])


@given(some.lists(some.tuples(some.integers(1, 9), some.integers(1, 10**6)), min_size=1, max_size=4), some.data())
def test_every_start_is_in_one_part_and_parts_cost_alike(points: list[tuple[int, int]], data: some.DataObject):
    experiments: list[Experiment] = [SIGMOID.with_hidden(units).changed(epochs=epochs) for units, epochs in points]
    sweep = Sweep(tuple(experiments), range(data.draw(some.integers(1, 60))))
    parts = data.draw(some.integers(1, 12))
    costs = [sweeps.cost(experiment) for experiment in experiments]
    seen: Counter[tuple[int, int]] = Counter()
    for number in range(1, parts + 1):
        pieces = list(sweep.part(number, parts))
        seen.update((point, seed) for point, seeds in pieces for seed in seeds)
        work = sum(costs[point] * len(seeds) for point, seeds in pieces)
        assert abs(work - sum(costs) * len(sweep.seeds) / parts) <= max(costs) + 1
    assert seen == Counter((point, seed) for point in range(len(points)) for seed in sweep.seeds)


def test_a_small_sweep_is_one_part_and_a_great_one_is_cut_by_its_cost():
    small = Sweep.of(PUBLISHED["xor-sigmoid"], range(1000), [1, 2, 4], [])
    assert small.parts(5) == 1
    great = small._replace(seeds=range(10**6))
    assert great.parts(5) > 1 and great.parts(1) in range(5 * great.parts(5) - 3, 5 * great.parts(5) + 4)
    assert Sweep.of(SIGMOID, range(2), [], []).parts(1e-9) == 2


def test_parts_that_do_not_fit_together_are_refused(tmp_path: Path):
    sweep = SWEEPS["sizes and rates"]
    first, second = parts_of(sweep, 2, tmp_path)
    for paths, found in (([first], "1/2"), ([second, second], "2/2 2/2")):
        with pytest.raises(InputError, match=f"expected each part of the sweep once, got {found}"):
            list(sweeps.table(sweep, paths))
    with pytest.raises(InputError, match=r"1-of-2\.npz: a part of another sweep"):
        list(sweeps.table(sweep._replace(seeds=range(12)), [first, second]))
    with pytest.raises(InputError, match=r"none\.npz: no such part"):
        list(sweeps.table(sweep, [first, tmp_path / "none.npz"]))
    second.write_bytes(second.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"2-of-2\.npz: not a part of a sweep"):
        list(sweeps.table(sweep, [first, second]))


def test_what_is_wrong_with_a_sweep_is_said():
    with pytest.raises(InputError, match="hidden sizes: expected each once, got 2 3 2"):
        Sweep.of(SIGMOID, range(2), [2, 3, 2], [])
    for words in (["--part", "3/2"], ["--seeds", "5:5"], ["--part", "1/2"]):
        failed = run_program("sweep", "xor-sigmoid", "--seeds", "0:2", *words)
        assert failed.returncode == 2 and words[0] in failed.stderr


def test_gathering_does_not_hold_all_errors_in_memory(tmp_path: Path):
    sweep = Sweep.of(SIGMOID.changed(epochs=12), range(8000), [*range(1, 9)], [])
    paths = parts_of(sweep, 2, tmp_path)
    kept = sum(path.stat().st_size for path in paths)
    tracemalloc.start()
    assert len(list(sweeps.table(sweep, paths))) == 8 * 12
    (_, peak), _ = tracemalloc.get_traced_memory(), tracemalloc.stop()
    assert peak < kept / 4, (peak, kept)


SETTINGS = """\
ensembles:
  minutes: 0.00002
  sweeps:
    small: {experiment: xor-sigmoid, seeds: 40, hidden: [2, 3], learning_rates: [0.5, 1], epochs: 1000}
"""


@pytest.mark.slow
def test_the_pipeline_cuts_a_sweep_and_makes_the_same_table(tmp_path: Path):
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("Snakefile", "config", "data", "profiles", "requirements.lock", "scripts", "workflow"):
        (folder / name).symlink_to(ROOT / name)
    (tmp_path / "mine.yaml").write_text(SETTINGS, encoding="utf-8")
    made = snakemake(folder, "results/sweeps/small.csv", "--configfile", str(tmp_path / "mine.yaml"))
    assert made.returncode == 0, made.stderr
    assert "small: part 2 of " in made.stderr
    words = ["xor-sigmoid", "--seeds", "0:40", "--hidden", "2", "3", "--learning-rates", "0.5", "1", "--epochs", "1000"]
    alone = run_program("sweep", *words)
    assert (folder / "results/sweeps/small.csv").read_text(encoding="utf-8") == alone.stdout
    assert [path.name for path in (folder / "results/sweeps").iterdir()] == ["small.csv"]
    (tmp_path / "mine.yaml").write_text(SETTINGS.replace("xor-sigmoid", "xor-sigmod"), encoding="utf-8")
    failed = snakemake(folder, "--dry-run", "--configfile", str(tmp_path / "mine.yaml"))
    assert "ensembles.sweeps.small: data/experiments.yaml: no experiment 'xor-sigmod'" in failed.stdout + failed.stderr
