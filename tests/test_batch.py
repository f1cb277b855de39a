"""The compiled ensembles: the bits of the same tape on Python's floats, in any company."""

import math
from itertools import islice

import numpy
import pytest
from known import RUNNABLE

from lastdigit import batch
from lastdigit.arithmetic import Batch
from lastdigit.batch import STARTS, Program, interleaved
from lastdigit.ensembles import draw, output
from lastdigit.experiments import Experiment
from lastdigit.files import InputError
from lastdigit.languages import names
from lastdigit.network import Network
from lastdigit.symbols import GIVEN
from lastdigit.tape import flat, run, shaped, trace

SIGMOID = RUNNABLE["xor-sigmoid"].starting_from(seed=0, weights=None)
LINEAR = RUNNABLE["xor-linear"].starting_from(seed=0, weights=None)
EXPERIMENTS = {"sigmoid": SIGMOID, "linear": LINEAR, "two hidden layers": SIGMOID.with_hidden(2, 3)}
DIVERGING = LINEAR.changed(learning_rate=0.5)


def alone(experiment: Experiment, weights: list[float], epochs: int) -> list[float]:
    """The outputs of the last of some epochs, by the tape in Python."""
    with Batch() as arithmetic:
        network = Network(experiment, arithmetic)
        row = next(islice(run(network, shaped(weights, experiment.shapes), output), epochs - 1, None))
    return list(row[len(weights) :])


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_compiled_and_interpreted_tape_give_the_same_bits(experiment: Experiment):
    weights = draw(experiment, range(3 * STARTS))
    ((_, outputs),) = Program.training(experiment, output).run(weights, [199])
    for start in (0, 7, STARTS, 3 * STARTS - 1):
        assert outputs[:, start].tolist() == alone(experiment, weights[:, start].tolist(), 200)


def test_a_start_has_the_same_bits_in_any_company():
    weights = draw(LINEAR, range(40))
    program = Program.training(LINEAR, output)
    ((_, whole),) = program.run(weights, [500])
    for part in (slice(0, 1), slice(3, 20), slice(39, 40), slice(None, None, -1)):
        ((_, some),) = program.run(weights[:, part], [500])
        assert some.tobytes() == numpy.ascontiguousarray(whole[:, part]).tobytes()


def test_what_is_kept_on_the_way_changes_nothing():
    weights = draw(SIGMOID, range(5))
    program = Program.training(SIGMOID, output)
    often = dict(program.run(weights, [0, 1, 2, 50, 99, 100]))
    ((_, once),) = program.run(weights, [100])
    assert often[100].tobytes() == once.tobytes() and often[99].tobytes() != once.tobytes()
    assert list(often) == [0, 1, 2, 50, 99, 100]


def test_a_start_that_overflows_leaves_the_others_alone():
    """Infinities and NaN stay in their own start; Python's floats overflow likewise."""
    weights = draw(DIVERGING, range(STARTS))
    ((_, outputs),) = Program.training(DIVERGING, output).run(weights, [400])
    assert set(numpy.isfinite(outputs).all(axis=0).tolist()) == {True, False}
    for start in range(STARTS):
        expected = alone(DIVERGING, weights[:, start].tolist(), 401)
        assert numpy.array_equal(outputs[:, start], expected, equal_nan=True)


def test_interleaving_computes_the_same_lines():
    made = trace(SIGMOID, Batch(), output)
    other = interleaved(made)
    assert sorted(line.operation for line in other.lines) == sorted(line.operation for line in made.lines)
    assert [line.operation for line in other.lines] != [line.operation for line in made.lines]
    for number, (operation, operands) in enumerate(other.lines):
        assert operation in GIVEN or all(operand < number for operand in operands)


def test_nothing_is_marked_for_reassociation_or_contraction():
    text = batch.llvm_program(trace(SIGMOID, Batch(), output))
    for flag in (" fast ", "contract", "reassoc", "nnan", "afn", "arcp"):
        assert flag not in text
    assert "fmul <16 x double>" in text


def test_constants_are_written_in_full():
    called = names(trace(LINEAR, Batch()), batch.constant)
    assert any(f"double 0x{numpy.float64(0.1).byteswap().tobytes().hex()}" in name for name in called)


def test_too_wide_layers_are_refused_with_the_reason():
    with pytest.raises(InputError, match=r"2-999-1 is too long a program for an ensemble: .* at most 600"):
        Program.training(SIGMOID.with_hidden(999), output)


def test_draws_are_those_of_the_legacy_seeds():
    weights = draw(SIGMOID, [5, 415])
    assert weights[:, 1].tolist() == flat(SIGMOID.starting_from(seed=415).starting_weights())
    assert not math.isclose(*weights[0])
