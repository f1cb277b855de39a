"""Many starts at once, and the search for one that prints what was published."""

from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from conftest import run_program
from known import CLAIMS, PUBLISHED

import ensemble
import find_witness
from lastdigit import ensembles
from lastdigit.ensembles import train
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, parse_yaml, read_yaml, watching, write_json
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.verdicts import percentile

LINEAR = PUBLISHED["xor-linear"].model_copy(update={"epochs": 300})
SIGMOID = PUBLISHED["xor-sigmoid"].model_copy(update={"epochs": 300})
# It throws some starts out of the range of doubles; warnings are errors in these tests.
WILD = LINEAR.model_copy(update={"learning_rate": 0.5})


@pytest.mark.parametrize("experiment", [LINEAR, SIGMOID, WILD], ids=["xor-linear", "xor-sigmoid", "diverging"])
def test_seeds_are_trained_in_parts_and_kept_in_order(experiment: Experiment, monkeypatch: pytest.MonkeyPatch):
    done: list[int] = []
    whole = train(experiment, range(23), done.append)
    assert done == sorted(done) and done[-1] == 23 * 300
    monkeypatch.setattr(ensembles, "CHUNK", 5)
    done.clear()
    parts = train(experiment, range(23), done.append)
    assert parts.outputs.tobytes() == whole.outputs.tobytes()
    assert done == sorted(done) and done[-1] == 23 * 300
    few = train(experiment, range(5, 9))
    assert few.outputs.tobytes() == numpy.ascontiguousarray(whole.outputs[..., 5:9]).tobytes()
    assert few.seeds.tolist() == [5, 6, 7, 8]


def test_a_start_that_overflows_is_told():
    found = train(WILD, range(40))
    assert found.diverged.any() and not found.diverged.all()
    assert not found.converged(299)[found.diverged].any()
    assert (numpy.isfinite(found.outputs[-1]).all(axis=(0, 1)) == ~found.diverged).all()
    assert f"{found.diverged.sum()} overflowed" in ensemble.summary(found)


def test_an_epoch_that_was_not_kept_is_refused():
    found = train(LINEAR, range(2))
    assert found.at(299).tobytes() == found.outputs[-1].tobytes()
    with pytest.raises(InputError, match="kept no outputs of epoch 123"):
        found.at(123)


def test_an_ensemble_is_read_back_as_it_was_written(tmp_path: Path):
    found = train(LINEAR, range(3))
    ensembles.save(found, tmp_path / "e.npz")
    again = ensembles.load(tmp_path / "e.npz")
    assert again.outputs.tobytes() == found.outputs.tobytes() and again.experiment == found.experiment
    assert again.epochs.tolist() == found.epochs.tolist() == ensembles.kept_epochs(300)


def test_the_percentile_counts_the_converged_runs_below_the_print():
    claim = CLAIMS["monty-part-1/sigmoid-output"].model_copy(update={"at": (299,)})
    found = train(SIGMOID, range(50))
    # Made to converge, but for the last, which must not count; nor does one that is equal to the print.
    outputs = numpy.broadcast_to(numpy.array(SIGMOID.targets)[..., numpy.newaxis], (4, 1, 50)).copy()
    outputs[0, 0, :] = float(claim.printed[0])
    outputs[0, 0, 20:45] /= 2
    outputs[0, 0, 48:] *= 2
    outputs[1, 0, 49] = 0
    made_up = found._replace(outputs=numpy.broadcast_to(outputs, (len(found.epochs), 4, 1, 50)))
    assert percentile(claim, 0, made_up) == {"percentile": round(100 * 25 / 49, 1), "converged": 49}


def place(tmp_path: Path) -> find_witness.Place:
    return find_witness.Place(tmp_path / "place.json", "a test")


def published_by(experiment: Experiment) -> Numbers:
    """A claim that a run of this experiment, from its own start, printed its last output."""
    claim = CLAIMS["monty-part-1/sigmoid-output"].model_copy(update={"at": (experiment.epochs - 1,)})
    return claim.model_copy(update={"printed": tuple(find_witness.prints(experiment, claim))})


@pytest.fixture
def as_a_program() -> Iterator[None]:
    """The files are watched, as when a program runs: what it read or wrote is not written again."""
    with watching():
        yield


@pytest.mark.usefixtures("as_a_program")
def test_the_search_by_seed_finds_the_seed_that_printed_and_can_be_resumed(tmp_path: Path):
    experiment = SIGMOID.model_copy(update={"epochs": 40})
    claim = published_by(experiment.starting_from(seed=7))
    assert find_witness.by_seed(experiment, claim, place(tmp_path)) == {"seed": 7}
    place(tmp_path).keep(next_seed=8)
    assert place(tmp_path).state == {"next_seed": 8}
    place(tmp_path).keep(next_seed=5)
    assert find_witness.by_seed(experiment, claim, place(tmp_path)) == {"seed": 7}


@pytest.mark.usefixtures("as_a_program")
def test_the_search_by_weights_finds_weights_that_print_the_same(tmp_path: Path):
    experiment = SIGMOID.model_copy(update={"epochs": 40})
    claim = published_by(experiment.starting_from(seed=1234567))
    found = find_witness.by_weights(experiment, claim, place(tmp_path))
    assert tuple(find_witness.prints(experiment.starting_from(seed=None, **found), claim)) == claim.printed
    decimals = [repr(weight).partition(".")[2] for rows in found["weights"] for row in rows for weight in row]
    assert max(map(len, decimals)) <= find_witness.MOST_DECIMALS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xor-linear", "xor-sigmoid"])
def test_the_recorded_searches_find_what_is_recorded(name: str, tmp_path: Path):
    recorded = read_yaml(Project().places["witnesses"])[name]
    if "seed" in recorded:  # resumed close to its end: all of it takes minutes
        near = {"search": recorded["search"], "next_seed": recorded["seed"] - 20}
        write_json(tmp_path / f"{name}.seed.json", near)
    result = run_program("find_witness", *recorded["search"].split()[2:], "--searches", str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert parse_yaml(result.stdout, "standard output") == {name: recorded}
