"""The tape computes what the statement computes, bit for bit; and each rule that keeps it so is needed."""

import math
import shutil
import struct
import subprocess
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known import RUNNABLE

from lastdigit import symbols, tape
from lastdigit.arithmetic import Array, Ball, Batch, Decimals, Elementwise, Multiprecision, Portable
from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment
from lastdigit.files import parse
from lastdigit.languages import c_program, javascript_program
from lastdigit.network import Network, State
from lastdigit.observations import mean_absolute_error
from lastdigit.symbols import Line, Recorder, record
from lastdigit.tape import flat, run, shaped, trace

ARITHMETICS: dict[str, Elementwise] = {
    "portable": Portable(),
    "batch": Batch(),
    "ball": Ball(120),
    "multiprecision": Multiprecision(90),
    "decimal": Decimals(25),
}


def bits(number: Any) -> Any:
    """What tells a number from every other, the sign of a zero and the radius of a ball included."""
    if isinstance(number, float):
        return number.hex()
    return Enclosure.of(number) if hasattr(number, "rad") else (str(number), repr(number))


def keep(network: Network, state: State) -> tuple[Array, ...]:
    return state.activations[-1], mean_absolute_error(network, state)


def by_statement(network: Network, weights: list[Array], epochs: int) -> list[Any]:
    for _ in range(epochs):
        state = network.step(weights)
        weights = state.updated
    return flat([*weights, *keep(network, state)])


numbers = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 0.1, -0.3, 2.0])


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Small networks of any shape, with one or several hidden layers, and numbers that like to be 0 and 1."""
    layers = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    rows = draw(st.integers(1, 4))

    def matrix(columns: int) -> list[list[float]]:
        return draw(st.lists(st.lists(numbers, min_size=columns, max_size=columns), min_size=rows, max_size=rows))

    fields = {
        "inputs": matrix(layers[0]),
        "targets": matrix(layers[-1]),
        "layers": layers,
        "activations": [draw(st.sampled_from(["sigmoid", "linear"])) for _ in layers[1:]],
        "start": {"seed": draw(st.integers(0, 99)), "low": -1, "high": 1},
        "learning_rate": draw(st.sampled_from([1.0, 0.1, 0.5])),
        "rate_scales": draw(st.sampled_from(["update", "delta"])),
        "order": draw(st.sampled_from(["simultaneous", "output-first"])),
        "epochs": 3,
    }
    return parse(Experiment, fields, "made up")


@pytest.mark.parametrize("name", ARITHMETICS)
@settings(max_examples=60, deadline=None)
@given(experiment=experiments())
def test_tape_and_statement_agree_bit_for_bit(name: str, experiment: Experiment):
    with ARITHMETICS[name] as arithmetic:
        network = Network(experiment, arithmetic)
        weights = network.starting_weights()
        mine = next(islice(run(network, weights, keep), 2, None))
        assert list(map(bits, mine)) == list(map(bits, by_statement(network, weights, 3)))


@pytest.mark.parametrize("name", ["three-layer", "xor-linear"])
def test_published_networks_run_on_their_tape(name: str):
    with Portable() as arithmetic:
        network = Network(RUNNABLE[name], arithmetic)
        weights = network.starting_weights()
        mine = next(islice(run(network, weights, keep), 299, None))
        assert list(map(bits, mine)) == list(map(bits, by_statement(network, weights, 300)))


def test_observed_states_are_those_of_the_statement():
    with Portable() as arithmetic:
        network = Network(RUNNABLE["xor-linear"], arithmetic)
        told: list[int] = []
        states = list(
            tape.train(network, network.starting_weights(), [0, 7, 2050], lambda done, _: told.append(done) is None)
        )
        assert [state.epoch for state in states] == [0, 7, 2050]
        assert flat(states[1].weights) == by_statement(network, network.starting_weights(), 7)[:9]
        assert told == [7, 1007, 2007, 2050]
        assert list(tape.train(network, network.starting_weights(), [5000], lambda done, _: done < 2000)) == []


def test_wide_networks_are_left_to_the_statement(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tape, "trace", lambda *_: pytest.fail("a tape was recorded"))
    wide = RUNNABLE["xor-sigmoid"].starting_from(seed=1, weights=None).with_hidden(100)
    with Portable() as arithmetic:
        network = Network(wide, arithmetic)
        assert len(next(run(network, network.starting_weights()))) == 300


def operations(function: Callable[..., Any], inputs: int, folds: tuple[float, ...] = ()) -> list[str]:
    return [line.operation for line in record(function, inputs, folds).lines if line.operation != "input"]


# Each rule of soundness, by a program that would come out otherwise without it.


def test_constants_are_never_combined():
    recorder = Recorder()
    product = recorder.constant(0.1) * recorder.constant(3.0)
    assert recorder.lines[product.line] == Line("*", (0, 1))
    with Decimals(25) as arithmetic:  # where 0.1 · 3 is not what doubles make of it
        made = tape.compile_python(record(lambda x: [x + x.recorder.constant(0.1) * 3.0], 1), arithmetic)
        (total,) = next(made(arithmetic.number(0.0)))
        assert total == arithmetic.number(0.1) * 3 != arithmetic.number(0.1 * 3.0)


def test_the_two_zeros_are_two_constants():
    recorder = Recorder()
    assert recorder.constant(0.0).line != recorder.constant(-0.0).line
    with Portable() as arithmetic:
        made = tape.compile_python(record(lambda x: [x + 0.0, x + -0.0], 1), arithmetic)
        plus, minus = next(made(-0.0))
        assert (math.copysign(1, plus), math.copysign(1, minus)) == (1, -1)


def test_zero_is_left_out_for_balls_only():
    assert operations(lambda x, y: [x * 0.0 + y], 2, Ball.folds) == []
    assert operations(lambda x, y: [x * 0.0 + y], 2, Portable.folds) == ["constant", "*", "+"]
    with Portable() as arithmetic:
        made = tape.compile_python(record(lambda x, y: [x * 0.0 + y], 2, Portable.folds), arithmetic)
        assert math.isnan(next(made(math.inf, 1.0))[0])


def test_one_is_left_out_where_a_product_with_it_changes_nothing():
    assert operations(lambda x: [x * 1.0, 1.0 * x], 1, Portable.folds) == []
    assert operations(lambda x: [x * 1.0], 1, Ball.folds) == ["constant", "*"]
    with Ball(120) as arithmetic:
        third = arithmetic.number(1) / 3
        assert bits(third * arithmetic.number(1)) != bits(third)  # the radius is rounded up
    with Decimals(5) as arithmetic:
        assert arithmetic.number(0.1) * 1 != arithmetic.number(0.1)  # a binary64 has more digits than these
        assert not arithmetic.folds


def test_equal_operations_are_shared_and_unneeded_ones_left_out():
    made = record(lambda x, y: [x * y + x * y, (x / y).exp()][:1], 2)
    assert [line.operation for line in made.lines] == ["input", "input", "*", "+"]


def test_operands_keep_their_order():
    made = record(lambda x, y: [x - y, y - x, x + y, y + x], 2)
    assert [line.operands for line in made.lines[2:]] == [(0, 1), (1, 0), (0, 1), (1, 0)]


def test_an_input_that_comes_out_unchanged_is_that_of_the_epoch_before():
    with Portable() as arithmetic:
        made = tape.compile_python(record(lambda x, y: [y, x + y, x], 2), arithmetic)
        assert list(islice(made(1.0, 2.0), 2)) == [(2.0, 3.0, 1.0), (3.0, 5.0, 2.0)]


def test_a_tape_in_another_order_must_keep_what_is_needed():
    made = record(lambda x, y: [x * y + x], 2)
    with pytest.raises(KeyError):
        made.in_order([0, 1, 3])


def start_of(name: str) -> list[float]:
    return flat(RUNNABLE[name].starting_weights())


def portable_after(name: str, epochs: int) -> list[str]:
    with Portable() as arithmetic:
        network = Network(RUNNABLE[name], arithmetic)
        return [value.hex() for value in next(islice(run(network, network.starting_weights(), keep), epochs - 1, None))]


def emitted(name: str) -> symbols.Tape:
    return trace(RUNNABLE[name], Portable(), keep)


EMITTED = ["two-layer", "three-layer", "xor-linear"]


@pytest.mark.parametrize("name", EMITTED)
@pytest.mark.skipif(not shutil.which("node"), reason="needs node, to run JavaScript")
def test_javascript_gives_the_bits_of_portable(name: str):
    made = emitted(name)
    program = f"""{javascript_program(made)}
const numbers = new Float64Array({len(made.outputs)});
numbers.set({start_of(name)!r});
for (let n = 0; n < 3000; n++) epoch(numbers);
console.log(Array.from(numbers, x => {{ view.setFloat64(0, x); return view.getBigUint64(0).toString(16); }}).join(" "));
"""
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    expected = [struct.pack(">d", float.fromhex(x)).hex() for x in portable_after(name, 3000)]
    assert [word.zfill(16) for word in done.stdout.split()] == expected


@pytest.mark.parametrize("name", EMITTED)
@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc, to compile C")
def test_c_gives_the_bits_of_portable(name: str, tmp_path: Path):
    made = emitted(name)
    start = ", ".join(map(float.hex, start_of(name)))
    (tmp_path / "port.c").write_text(f"""{c_program(made)}
#include <stdio.h>
int main(void) {{
  double numbers[{len(made.outputs)}] = {{{start}}};
  for (int n = 0; n < 3000; n++) epoch(numbers);
  for (int i = 0; i < {len(made.outputs)}; i++) printf("%a\\n", numbers[i]);
}}
""")
    subprocess.run(["gcc", "-O2", "-ffp-contract=off", "port.c", "-lm", "-o", "port"], cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "port"], capture_output=True, text=True, check=True)
    assert [float.fromhex(x).hex() for x in done.stdout.split()] == portable_after(name, 3000)


def test_shaped_is_the_inverse_of_flat():
    matrices = RUNNABLE["xor"].starting_weights()
    again = shaped([*flat(matrices), 99.0], RUNNABLE["xor"].shapes)
    assert all(numpy.array_equal(a, b) for a, b in zip(matrices, again, strict=True))
