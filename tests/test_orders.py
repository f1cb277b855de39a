"""Orders of summation: what they add, how many there are, which of them print the published line; and real stacks."""

import itertools
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy
import pytest
from conftest import published_run, run_program, to_yaml, train
from known import CLAIMS, PROJECT, PUBLISHED, RUNNABLE

import find_witness
import profile_stacks
from lastdigit import runs
from lastdigit.arithmetic import Portable, fused_multiply_add
from lastdigit.batch import Program
from lastdigit.experiments import Experiment, by_chance, load_witnesses
from lastdigit.files import InputError
from lastdigit.last_digits import correct_digits, doubles_apart, marked, run_compiled
from lastdigit.network import Network
from lastdigit.orders import ORDERS, Listening, Ordered, Sum, add_products, distinct
from lastdigit.printed import print_numbers
from lastdigit.published import Numbers
from lastdigit.runs import Run
from lastdigit.stacks import load_stacks
from lastdigit.tape import flat

THREE = RUNNABLE["three-layer"]
CLAIM = CLAIMS["trask-notebook/three-layer-error-log"]
WITNESSES = load_witnesses(PROJECT.places["witnesses"], PUBLISHED)["three-layer"]
assert WITNESSES.sums is not None
SUMS = find_witness.sums_of(THREE)


def in_orders(*orders: str) -> Ordered:
    return Ordered(dict(zip(SUMS, orders, strict=True)))


PORTABLE = ("by halves", "in two lanes", "in two lanes", "by halves")


@pytest.mark.parametrize(
    "order, total",
    {
        "in order": lambda p: ((p[0] + p[1]) + p[2]) + p[3],
        "by halves": lambda p: (p[0] + p[1]) + (p[2] + p[3]),
        "in two lanes": lambda p: (p[0] + p[2]) + (p[1] + p[3]),
        "from the end": lambda p: p[0] + (p[1] + (p[2] + p[3])),
    }.items(),
)
def test_an_order_adds_as_it_says(order: str, total: Any) -> None:
    for factors in numpy.random.default_rng(1).normal(size=(100, 4, 2)).tolist():
        assert add_products(factors, order) == total([a * b for a, b in factors])


def test_a_fused_order_rounds_each_product_but_one_together_with_its_sum() -> None:
    def fma(a: float, b: float, c: float) -> float:  # rounded once: exact, then the nearest double
        return float(Fraction(a) * Fraction(b) + Fraction(c))

    for (a, b), (c, d), (e, f), (g, h) in numpy.random.default_rng(2).normal(size=(100, 4, 2)).tolist():
        factors = [(a, b), (c, d), (e, f), (g, h)]
        with Portable():
            found = {order: add_products(factors, f"fused {order}") for order in ("in order", "in two lanes")}
            found |= {order: add_products(factors, f"fused {order}") for order in ("by halves", "from the end")}
        assert found == {
            "in order": fma(g, h, fma(e, f, fma(c, d, a * b))),
            "in two lanes": fma(e, f, a * b) + fma(g, h, c * d),
            "by halves": fma(c, d, a * b) + fma(g, h, e * f),
            "from the end": fma(a, b, fma(c, d, fma(e, f, g * h))),
        }
    assert fused_multiply_add(0.1, 10.0, -1.0) != 0.1 * 10.0 - 1.0


def test_orders_of_so_many_terms_that_can_differ() -> None:
    assert distinct(2, exact=True) == ["in order"]
    assert distinct(3, exact=True) == ["in order", "by halves", "in two lanes"]
    assert distinct(4, exact=True) == list(ORDERS[:4])
    assert distinct(4, exact=False) == list(ORDERS)
    # Of two products, either may be the one that is rounded.
    assert distinct(2, exact=False) == ["in order", "fused in order", "fused from the end"]


def test_the_sums_of_an_epoch_and_the_number_of_their_orders() -> None:
    assert list(SUMS) == [Sum(4, 3, 4, False), Sum(4, 4, 1, False), Sum(4, 4, 1, True), Sum(3, 4, 4, True)]
    assert [len(orders) for orders in SUMS.values()] == [3, 8, 8, 4]
    with Listening() as listening:
        Network(THREE, listening).step(THREE.starting_weights())
    assert list(listening.sums.values()) == [True, False, False, True]  # inputs are 0 and 1: exact products


@pytest.mark.parametrize("name", [name for name, one in RUNNABLE.items() if one.start.seed == 1])
def test_the_orders_of_the_portable_arithmetic_give_its_bits(name: str) -> None:
    experiment = RUNNABLE[name].changed(epochs=150)
    orders = {one: "in two lanes" if one.columns == 1 else "by halves" for one in find_witness.sums_of(experiment)}
    ours, portable = (runs.train(experiment, arithmetic) for arithmetic in (Ordered(orders), Portable()))
    assert [a.tobytes() for a in ours.weights] == [a.tobytes() for a in portable.weights]


def log(run: Run) -> tuple[str, ...]:
    return tuple(print_numbers(CLAIM.notation, run.errors[list(CLAIM.at)]))


@pytest.mark.slow
@pytest.mark.parametrize("orders", WITNESSES.sums, ids=" | ".join)
def test_each_witness_prints_the_published_line(orders: tuple[str, ...]) -> None:
    experiment = THREE.changed(epochs=CLAIM.at[-1] + 1)
    assert log(runs.train(experiment, in_orders(*orders))) == CLAIM.printed


def test_the_portable_arithmetic_is_one_of_the_witnesses_and_another_order_is_none() -> None:
    assert PORTABLE in (WITNESSES.sums or ())
    assert log(published_run("three-layer", "portable")) == CLAIM.printed
    experiment = THREE.changed(epochs=CLAIM.at[1] + 1)
    run = runs.train(experiment, in_orders("in order", "in order", "in order", "in order"))
    assert repr(float(run.errors[CLAIM.at[1]])) != CLAIM.printed[1]


def test_all_orders_at_once_have_the_bits_of_each_alone() -> None:
    experiment, last = THREE.changed(epochs=500), 499
    chosen = [PORTABLE, ("in order", "fused from the end", "fused in order", "from the end"), ("in two lanes",) * 4]
    choices = [
        [float(order == one) for kind, one in zip(SUMS, orders, strict=True) for order in SUMS[kind]]
        for orders in chosen
    ]
    starts = numpy.array([[*flat(experiment.starting_weights()), *choice, 0.0] for choice in choices]).T
    tape = find_witness.choosing_tape(experiment, SUMS, "correctly rounded")
    ((_, (doubt, mean, _)),) = Program(tape, in_haste=True).run(starts, [last])
    alone = [runs.train(experiment, in_orders(*orders)).errors[last] for orders in chosen]
    assert mean.tolist() == alone and len(set(alone)) > 1
    assert doubt.tolist() == [0.0] * 3


def short(at: tuple[int, ...], *orders: str) -> tuple[Experiment, Numbers]:
    """A short training, and a claim that it printed what it prints with these orders."""
    experiment = THREE.changed(epochs=at[-1] + 1).named("three-layer")
    errors = runs.train(experiment, in_orders(*orders)).errors[list(at)]
    return experiment, CLAIM.model_copy(update={"at": at, "printed": tuple(print_numbers(CLAIM.notation, errors))})


@pytest.mark.usefixtures("in_haste")
def test_the_search_by_order_finds_the_orders_that_printed_and_counts_as_single_runs_do(tmp_path: Path) -> None:
    orders = ("in two lanes", "fused by halves", "from the end", "in order")
    experiment, claim = short((3, 150, 300), *orders)
    found: dict[str, Any] = find_witness.by_order(
        experiment, claim, find_witness.Place(tmp_path / "place.json", "test")
    )
    assert list(orders) in found["sums"] and list(PORTABLE) not in found["sums"]
    assert found["tried"] == 768
    tally = found["tallies"][0]
    assert tally["all"] == len(found["sums"]) < 768
    matches = []
    for one in itertools.islice(itertools.product(*SUMS.values()), 0, None, 64):
        errors = runs.train(experiment, in_orders(*one)).errors[list(claim.at)]
        matches.append(tuple(print_numbers(claim.notation, errors)) == claim.printed)
        assert matches[-1] == (list(one) in found["sums"])
    assert [found["tallies"][number]["exp"] for number in (0, 2)] == ["correctly rounded", "within one unit"]


@pytest.mark.usefixtures("in_haste")
def test_an_exponential_whose_rounding_is_open_ends_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_now_and_then(x: Any) -> tuple[Any, Any, Any]:
        low, high, power = between(x)
        return low, high * (1 + 2.0**-52), power

    between = find_witness.exp_between
    monkeypatch.setattr(find_witness, "exp_between", open_now_and_then)
    experiment, claim = short((3,), *PORTABLE)
    with pytest.raises(InputError, match="needs more digits"):
        find_witness.by_order(experiment, claim, find_witness.Place(tmp_path / "place.json", "test"))


def test_chance() -> None:
    assert by_chance(100, [100, 50, 20]) == 10.0
    for tally in WITNESSES.tallies:
        assert tally.lines[0] == WITNESSES.tried == 768  # every order prints the line of epoch 0
    assert WITNESSES.tallies[0].all == len(WITNESSES.sums or ())


@pytest.mark.parametrize(
    "words, message",
    [
        (("xor-linear", "--by", "order"), "expects a seeded experiment with one printed error"),
        (("three-layer", "--by", "seed"), "expects an unseeded experiment with one printed output"),
        (("two-layer", "--by", "order"), "expects a seeded experiment with one printed error"),
    ],
)
def test_a_search_for_what_there_is_not_is_refused(words: tuple[str, ...], message: str) -> None:
    failed = run_program("find_witness", *words)
    assert (failed.returncode, failed.stderr.count("\n"), message in failed.stderr) == (2, 1, True)


# --- real stacks ------------------------------------------------------------------------------------------------------


def test_the_program_that_stacks_run_is_the_native_run(tmp_path: Path) -> None:
    # What it asks of threadpoolctl is no matter of the numbers, and that is not installed here.
    (tmp_path / "threadpoolctl.py").write_text("def threadpool_info():\n    return [{'user_api': 'blas'}]\n")
    at = [0, 1, 10, 300]
    done = subprocess.run(
        [sys.executable, "-c", profile_stacks.PROGRAM, json.dumps(at)],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    native = train(THREE.changed(epochs=at[-1] + 1), "native").errors[at]
    assert json.loads(done.stdout)["errors"] == [repr(float(error)) for error in native]


def test_the_stacks_are_read_and_none_prints_the_whole_line() -> None:
    found = load_stacks(PROJECT.places["stacks"])
    assert found.claim == CLAIM.name
    assert all(set(stack.prints) < set(CLAIM.at) for stack in found.stacks)
    seen = [(one.numpy, one.kernel, one.vectors) for one in found.stacks]
    assert len(seen) == len(set(seen))


def test_a_stack_with_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stacks.yaml"
    stack = {"numpy": "2.4.6", "python": "3.11", "openblas": "0.3", "kernal": "Zen", "vectors": "all", "prints": [0]}
    path.write_text(to_yaml({"claim": CLAIM.name, "machine": "x86_64", "stacks": [stack]}), encoding="utf-8")
    with pytest.raises(InputError, match=r"stacks\[0\].kernal: no such key"):
        load_stacks(path)


# --- digits -----------------------------------------------------------------------------------------------------------


def test_digits() -> None:
    assert doubles_apart(numpy.nextafter(1.0, 2), 1.0) == 1 and doubles_apart(1.0, numpy.nextafter(1.0, 2)) == -1
    assert f"{correct_digits(1.25, Fraction(1)):.5f}" == "0.60206"  # -log10(1/4)
    assert marked("0.1234", "0.1235") == "<code>0.123<b>4</b></code>"
    assert marked("0.12", "0.12") == "<code>0.12</code>"
    assert marked("0.120", "0.12") == "<code>0.120</code>"


def test_a_compiled_program_gives_its_number_of_each_epoch() -> None:
    def program(a: Any, b: Any) -> Any:
        return 2 * a, b + a.T, b[0]

    start = [numpy.array([[1.0], [3.0]]), numpy.array([[5.0, 0.0]])]
    assert run_compiled(program, start, [0, 1, 2, 10]) == [5.0, 6.0, 8.0, 1028.0]  # 5 and the powers of 2 before
