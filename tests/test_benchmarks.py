"""The benchmarks: each runs, finds that all its programs agree, and would notice if they did not. Nothing is timed."""

import importlib
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy
import pytest

from lastdigit.arithmetic import Array, Portable
from lastdigit.ensembles import stack
from lastdigit.experiments import Experiment, load_experiments
from lastdigit.network import Network

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def balls(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("balls")


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("batch")


@pytest.fixture
def sigmoid() -> Experiment:
    experiment = load_experiments(ROOT / "data/experiments.yaml")["xor-sigmoid"]
    return experiment.model_copy(update={"epochs": 10})


def seeds(experiment: Experiment, count: int) -> list[Array]:
    return stack(experiment.starting_from(seed=seed).starting_weights() for seed in range(count))


def run(program: str, *options: str) -> str:
    arguments = [sys.executable, str(BENCHMARKS / program), "--epochs", "5", "--rounds", "1", *options]
    finished = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert finished.stderr == ""
    assert finished.returncode == 0
    return finished.stdout


def test_balls_runs_and_all_enclosures_overlap() -> None:
    output = run("balls.py")
    assert "all enclosures of all weights overlap" in output
    assert re.findall(r"^(Network, Ball\(640\)|scalar loop, \S+) +\d", output, re.MULTILINE) == [
        "Network, Ball(640)",
        "scalar loop, flint.arb",
        "scalar loop, mpmath.iv",
    ]


def test_batch_runs_and_all_outputs_agree() -> None:
    output = run("batch.py", "--chunks", "3", "7")
    programs = re.findall(r"^  (\S.*?) +all inside", output, re.MULTILINE)
    assert programs[:2] == ["native, one by one", "batch"]
    rows = re.findall(r"^(\S.*?) +(\d+) +[\d,]+ +[\d.]+$", output, re.MULTILINE)
    assert rows == [("native, one by one", "1"), *((name, size) for size in ("3", "7") for name in programs[1:])]


def test_batch_runs_without_pytorch(batch: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # what makes Python say that there is no such module
    assert batch.torch_programs() == {}


def test_enclosures_apart_are_noticed(balls: ModuleType) -> None:
    third, half, one = Fraction(1, 3), Fraction(1, 2), Fraction(1)
    touching = {"a": [balls.Interval(third, half)], "b": [balls.Interval(half, one)]}
    balls.check(touching)
    with pytest.raises(SystemExit, match=r"weight 0: .* do not overlap"):
        balls.check({**touching, "c": [balls.Interval(half + Fraction(1, 2**700), one)]})


def test_another_algorithm_is_noticed(batch: ModuleType, sigmoid: Experiment) -> None:
    def output_first(experiment: Experiment, weights: list[Array]) -> Array:
        outputs: Array = batch.train_batch(experiment.model_copy(update={"order": "output-first"}), weights)
        return outputs

    with pytest.raises(SystemExit, match=r"other, 5 starts: .* lies outside"):
        batch.check({"other": output_first}, sigmoid, {5: seeds(sigmoid, 5)})


def test_a_third_float_arithmetic_lies_inside(batch: ModuleType, sigmoid: Experiment) -> None:
    """Portable adds in other orders than NumPy and has another exp; it is no row of the benchmark."""

    def portable(experiment: Experiment, weights: list[Array]) -> Array:
        with Portable() as arithmetic:
            starts = ([matrix[..., start] for matrix in weights] for start in range(weights[0].shape[-1]))
            states = [batch.last(Network(experiment, arithmetic).train(start)) for start in starts]
        return numpy.stack([state.activations[-1] for state in states], axis=-1)

    batch.check({"portable": portable}, sigmoid, {5: seeds(sigmoid, 5)})
