"""The benchmarks: each runs, finds that all its programs agree, and would notice if they did not. Nothing is timed."""

import re
import sys
from collections.abc import Callable
from fractions import Fraction

import numpy
import pytest
from conftest import command, run_program
from known import PUBLISHED, ROOT

from lastdigit.arithmetic import Array, Portable
from lastdigit.ensembles import draw
from lastdigit.network import Network
from lastdigit.tape import shaped

sys.path.insert(0, str(ROOT / "benchmarks"))

import balls
import batch

SIGMOID = PUBLISHED["xor-sigmoid"]


def rows(program: str, *options: str) -> list[str]:
    """What a benchmark prints, its rows by name; it must complain of nothing."""
    finished = run_program(program, "--epochs", "5", "--rounds", "1", *options, folder="benchmarks")
    assert (finished.stderr, finished.returncode) == ("", 0)
    assert {"balls": "all enclosures of all weights overlap", "batch": "all inside"}[program] in finished.stdout
    return re.findall(r"^(\S.*?) +\d[\d.,]* .*×", finished.stdout, re.MULTILINE)


def test_balls_runs_and_all_enclosures_overlap() -> None:
    assert rows("balls") == list(balls.PROGRAMS)


def test_batch_runs_and_all_outputs_agree() -> None:
    installed = [*batch.by_jax(SIGMOID), *batch.by_torch(SIGMOID)]
    assert rows("batch", "--chunks", "3", "7") == [batch.NATIVE, *[batch.NUMPY, batch.BATCH, *installed] * 2]


def test_batch_runs_without_what_need_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("jax", "torch"):
        monkeypatch.setitem(sys.modules, name, None)  # what makes Python say that there is no such module
    assert batch.by_jax(SIGMOID) == batch.by_torch(SIGMOID) == {}


def test_enclosures_apart_are_noticed() -> None:
    third, half, one = Fraction(1, 3), Fraction(1, 2), Fraction(1)
    touching = {"a": [balls.Interval(third, half)], "b": [balls.Interval(half, one)]}
    balls.check(touching)
    with pytest.raises(SystemExit, match=r"weight 0: .* do not overlap"):
        balls.check({**touching, "c": [balls.Interval(half + Fraction(1, 2**700), one)]})


def check(name: str, train: Callable[[Array, int], Array]) -> None:
    batch.check({name: train}, SIGMOID, draw(SIGMOID, range(5)), 10, [5])


def test_another_algorithm_is_noticed() -> None:
    with pytest.raises(SystemExit, match=r"other, 5 starts: .* lies outside"):
        check("other", batch.compiled(SIGMOID.changed(order="output-first")))


def test_a_third_float_arithmetic_lies_inside() -> None:
    """Portable adds in other orders than NumPy and has another exp; it is no row of the benchmark."""

    def portable(weights: Array, epochs: int) -> Array:
        outputs = []
        with Portable() as arithmetic:
            for start in weights.T:
                *_, last = Network(SIGMOID.changed(epochs=epochs), arithmetic).train(shaped(start, SIGMOID.shapes))
                outputs.append(last.activations[-1].ravel())
        return numpy.stack(outputs, axis=1)

    check("portable", portable)


@pytest.mark.slow
def test_sweeps_runs() -> None:
    finished = command("benchmarks/sweeps.py", "--updates", "100000", "--most", "3")
    assert (finished.stderr, finished.returncode) == ("", 0)
    assert re.search(r"^\| +1000 \| +100 \|", finished.stdout, re.MULTILINE) and "A job" in finished.stdout
