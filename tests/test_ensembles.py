"""Many starts at once, and the search for one that prints what was published."""

from pathlib import Path

import numpy
import pytest
from conftest import CLAIMS, PUBLISHED, command

import ensemble
import find_witness
from lastdigit import ensembles
from lastdigit.ensembles import Ensemble
from lastdigit.experiments import Experiment
from lastdigit.files import InputError
from lastdigit.printed import Print
from lastdigit.project import check
from lastdigit.verdicts import percentile

LINEAR = PUBLISHED["xor-linear"].model_copy(update={"epochs": 300})
SIGMOID = PUBLISHED["xor-sigmoid"].model_copy(update={"epochs": 300})


def train(experiment: Experiment, seeds: range, chunk: int) -> Ensemble:
    return ensemble.train("short", experiment, seeds, chunk)


@pytest.mark.parametrize("experiment", [LINEAR, SIGMOID], ids=["xor-linear", "xor-sigmoid"])
def test_a_seed_gives_the_same_bits_in_whatever_company_it_is_trained(experiment: Experiment):
    whole = train(experiment, range(23), 23)
    for chunk in (1, 4, 8, 22):
        parts = train(experiment, range(23), chunk)
        assert parts.outputs.tobytes() == whole.outputs.tobytes()
    few = train(experiment, range(5, 9), 3)
    assert few.outputs.tobytes() == whole.outputs[..., 5:9].tobytes()


def test_a_start_that_overflows_is_told_and_spoils_no_other():
    """A learning rate of 60 throws some starts out of the range of doubles; warnings are errors in these tests."""
    wild = LINEAR.model_copy(update={"learning_rate": 60.0})
    found = train(wild, range(40), 40)
    assert found.diverged.any()
    assert not found.converged(299)[found.diverged].any()
    assert (numpy.isfinite(found.outputs[-1]).all(axis=(0, 1)) == ~found.diverged).all()
    for seed in numpy.flatnonzero(~found.diverged)[:3]:
        alone = train(wild, range(seed, seed + 1), 1)
        assert alone.outputs.tobytes() == found.outputs[..., seed : seed + 1].tobytes()


def test_parts_are_gathered_in_the_order_of_their_seeds():
    first, second = train(LINEAR, range(3), 3), train(LINEAR, range(3, 7), 4)
    together = ensembles.gather([second, first])
    assert together.seeds.tolist() == list(range(7))
    assert together.outputs.tobytes() == train(LINEAR, range(7), 7).outputs.tobytes()
    with pytest.raises(InputError, match="share a seed"):
        ensembles.gather([first, first])
    with pytest.raises(InputError, match="different experiments"):
        ensembles.gather([first, train(SIGMOID, range(3, 5), 2)])


def test_an_epoch_that_was_not_kept_is_refused():
    found = train(LINEAR, range(2), 2)
    assert found.at(299).tobytes() == found.outputs[-1].tobytes()
    with pytest.raises(InputError, match="kept no outputs of epoch 123"):
        found.at(123)


def test_an_ensemble_is_read_back_as_it_was_written(tmp_path: Path):
    found = train(LINEAR, range(3), 3)
    ensembles.save(found, tmp_path / "e.npz")
    again = ensembles.load(tmp_path / "e.npz")
    assert again.outputs.tobytes() == found.outputs.tobytes() and again.experiment == found.experiment
    check(tmp_path / "e.npz", again.experiment, LINEAR)
    with pytest.raises(InputError, match="of another experiment"):
        check(tmp_path / "e.npz", again.experiment, SIGMOID)


def test_what_is_gathered_must_be_of_the_experiment_named(tmp_path: Path):
    ensembles.save(train(LINEAR, range(3), 3), tmp_path / "e.npz")
    failed = command("scripts/ensemble.py", "xor-sigmoid", "--gather", str(tmp_path / "e.npz"))
    assert (failed.returncode, "of another experiment" in failed.stderr) == (2, True)


def test_the_percentile_counts_the_converged_runs_below_the_print():
    claim = CLAIMS["monty-part-1/sigmoid-output"].model_copy(update={"at": (299,)})
    found = train(SIGMOID, range(50), 50)
    # Made to converge, but for the last, which must not count.
    outputs = numpy.broadcast_to(numpy.array(SIGMOID.targets)[..., numpy.newaxis], (4, 1, 50)).copy()
    outputs[0, 0, :] = numpy.linspace(0, 0.1, 50)
    outputs[1, 0, 49] = 0
    made_up = found._replace(outputs=numpy.broadcast_to(outputs, (len(found.epochs), 4, 1, 50)))
    below = int((outputs[0, 0, :49] < float(Print(claim.printed[0], claim.notation).value)).sum())
    assert percentile(claim, 0, made_up) == {"percentile": round(100 * below / 49, 1), "converged": 49}


def place(tmp_path: Path) -> find_witness.Place:
    return find_witness.Place(tmp_path / "place.json", "a test")


def published_by(experiment: Experiment) -> object:
    """A claim that a run of this experiment, from its own start, printed its last output."""
    claim = CLAIMS["monty-part-1/sigmoid-output"].model_copy(update={"at": (experiment.epochs - 1,)})
    return claim.model_copy(update={"printed": tuple(find_witness.prints(experiment, claim))})


def test_the_search_by_seed_finds_the_seed_that_printed_and_can_be_resumed(tmp_path: Path):
    experiment = SIGMOID.model_copy(update={"epochs": 40})
    claim = published_by(experiment.starting_from(seed=7))
    assert find_witness.by_seed(experiment, claim, place(tmp_path)) == {"seed": 7}
    place(tmp_path).keep(next_seed=8)
    assert place(tmp_path).state == {"next_seed": 8}
    place(tmp_path).keep(next_seed=5)
    assert find_witness.by_seed(experiment, claim, place(tmp_path)) == {"seed": 7}


def test_the_search_by_weights_finds_weights_that_print_the_same(tmp_path: Path):
    experiment = SIGMOID.model_copy(update={"epochs": 40})
    claim = published_by(experiment.starting_from(seed=1234567))
    found = find_witness.by_weights(experiment, claim, place(tmp_path))
    assert tuple(find_witness.prints(experiment.starting_from(seed=None, **found), claim)) == claim.printed
    decimals = [repr(weight).partition(".")[2] for rows in found["weights"] for row in rows for weight in row]
    assert max(map(len, decimals)) <= find_witness.MOST_DECIMALS
