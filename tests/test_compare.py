"""compare says right of right ports, wrong of wrong ones, where and why; and nothing that is no number passes."""

import csv
import io
import json
import math
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import nullcontext
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import run_program
from hypothesis import given, settings
from hypothesis import strategies as st
from known import CLAIMS, PROJECT, ROOT
from ports import FORMATS, RIGHT, WRONG, Port, Rows, to_csv

from lastdigit import comparison, mistakes, stochastic
from lastdigit.arithmetic import Portable
from lastdigit.comparison import Comparison, Place, Reference, Written
from lastdigit.exponential import exp_within_one_unit
from lastdigit.files import InputError
from lastdigit.mistaken import Programs, Run, groups, starting_weights
from lastdigit.observations import observe_state
from lastdigit.search import Search
from lastdigit.symbols import Tape
from lastdigit.tape import flat, trace

NAMES = ("two-layer", "cross-entropy", "nine-lines", "three-layer", "xor", "xor-sigmoid", "xor-linear")
TRACE, LOG = range(11), (0, 10, 100, 200, 500)
fast = settings(max_examples=60, deadline=None)


@cache
def reference(name: str) -> Reference:
    return Reference(PROJECT.experiment(name), PROJECT.trajectory(name))


@cache
def rows(name: str) -> dict[Place, dict[str, str]]:
    return {
        Place(int(row["epoch"]), row["moment"], row["quantity"], int(row["row"]), int(row["column"])): row
        for row in PROJECT.trajectory(name)
    }


def compared(name: str, lines: Iterator[str]) -> Comparison:
    """A port's file compared, with the mistakes that explain it, as compare.py does."""
    experiment = PROJECT.experiment(name)
    port = comparison.read_port(lines, "port", experiment)
    found = comparison.compare(port, reference(name))
    if found.verdict != "wrong":
        return found
    assert found.first_wrong
    search = Search(port, reference(name), found.first_wrong, mistakes.known(experiment, PROJECT.as_published))
    return found._replace(explanations=search.explain(lambda *_: nullcontext(int)))


def shown(port: type[Port], name: str, epochs: Any, only: str = "") -> Rows:
    with np.errstate(all="ignore"):
        experiment = PROJECT.experiment(name)
        return port(experiment).show([epoch for epoch in epochs if epoch < experiment.epochs], only)


# --- random rounding --------------------------------------------------------------------------------------------------


class Rounded:
    """A tape run as the definition says, on exact fractions: each inexact result goes up or down by a random bit."""

    def __init__(self, tape: Tape, state: int) -> None:
        self.tape, self.state, self.left = tape, state, 0

    def bit(self) -> bool:
        if not self.left:
            for shift in (13, -7, 17):
                shifted = self.state << shift if shift > 0 else self.state >> -shift
                self.state ^= shifted & (2**64 - 1)
            self.bits, self.left = self.state, 64
        self.left -= 1
        first, self.bits = self.bits >> 63, (self.bits << 1) & (2**64 - 1)
        return bool(first)

    def rounded(self, exact: Fraction, signed_zero: float) -> float:
        nearest, goes = (exact.numerator / exact.denominator if exact else signed_zero), self.bit()
        if Fraction(nearest) == exact or not goes:
            return nearest
        return math.nextafter(nearest, math.inf if exact > nearest else -math.inf)

    def epoch(self, inputs: list[float]) -> list[float]:
        self.left, values = 0, []
        for operation, operands in self.tape.lines:
            if operation in ("input", "constant"):
                values.append(inputs[operands[0]] if operation == "input" else float.fromhex(operands[0]))
                continue
            x, y = values[operands[0]], values[operands[-1]]
            match operation:
                case "+":
                    values.append(self.rounded(Fraction(x) + Fraction(y), x + y))
                case "-":
                    values.append(self.rounded(Fraction(x) - Fraction(y), x - y))
                case "*":
                    values.append(self.rounded(Fraction(x) * Fraction(y), x * y))
                case "/":
                    values.append(self.rounded(Fraction(x) / Fraction(y), x / y))
                case "exp":
                    value = exp_within_one_unit(x)
                    value = math.nextafter(value, math.inf) if self.bit() else value
                    values.append(math.nextafter(value, 0.0) if self.bit() else value)
                case "negate":
                    values.append(-x)
                case "abs":
                    values.append(abs(x))
        return [values[number] for number in self.tape.outputs]


@pytest.mark.parametrize("name", ["two-layer", "xor", "xor-linear"])
def test_random_rounding_is_what_it_is_said_to_be_bit_for_bit(name: str) -> None:
    experiment = PROJECT.experiment(name)
    tape = trace(experiment, Portable(), lambda network, state: [one.values for one in observe_state(network, state)])
    compiled = list(stochastic.train(experiment, range(3)))
    states = np.random.RandomState(stochastic.SEED).randint(1, 2**63 - 1, stochastic.RUNS, np.int64).tolist()
    seen = set()
    for run in (0, 1, 17, 63):
        weights, by_hand = flat(experiment.starting_weights()), Rounded(tape, states[run])
        for _, observed in compiled:
            outputs = by_hand.epoch(weights)
            weights, kept = outputs[: tape.inputs], outputs[tape.inputs :]
            mine = [value for one in observed.trajectory for value in one.values[..., run].ravel().tolist()]
            assert struct.pack(f"{len(kept)}d", *kept) == struct.pack(f"{len(mine)}d", *mine)
        seen.add(tuple(weights))
    assert len(seen) == 4  # the runs differ


@pytest.mark.parametrize("name", ["two-layer", "three-layer", "xor"])
def test_the_spread_of_a_claim_is_that_of_the_same_number_in_the_trajectory(name: str) -> None:
    certificate, ours = PROJECT.certificate(name), rows(name)
    assert certificate
    last = f"activations[{len(certificate.experiment.layers) - 1}]"
    for quantity in certificate.quantities:
        place = {"output": (last, len(quantity.values) - 1), "error": ("mean_absolute_error", 0)}[quantity.quantity]
        expected = ours[Place(quantity.epoch, quantity.moment, *place, 0)]["spread"]
        assert quantity.values[-1].spread == expected != ""


@pytest.mark.parametrize("name", ["two-layer", "xor-linear"])
def test_the_column_spread_is_the_greatest_deviation_rounded_up(name: str) -> None:
    ours = rows(name)
    for epoch, observed in stochastic.train(PROJECT.experiment(name), [0, 1, 10, 100, 1000]):
        for one in observed.trajectory:
            for row, column in np.ndindex(one.values.shape[:2]):
                place = Place(epoch, one.moment, one.quantity, row, column)
                if place not in ours:
                    continue
                exact = Fraction(ours[place]["certified"])
                greatest = max(abs(Fraction(value) - exact) for value in one.values[row, column].tolist())
                text = ours[place]["spread"]
                # In the file the certified value is rounded to 30 digits.
                slack = abs(exact) / 10**29
                assert greatest - slack <= Fraction(text), place
                assert Fraction(text) <= (greatest + slack) * Fraction(11, 10) + slack, place
                assert re.fullmatch(r"0|[1-9]\.[0-9]e-[0-9]{2,3}", text)


def test_every_epoch_that_an_article_prints_is_in_the_trajectory() -> None:
    for claim in CLAIMS.values():
        assert set(claim.at) <= {place.epoch for place in rows(claim.experiment)}


@pytest.mark.parametrize("name", NAMES)
def test_the_portable_run_is_right_by_its_own_measure(name: str) -> None:
    lines = ["epoch,moment,quantity,row,column,value\n"]
    lines += [f"{','.join(map(str, place))},{row['portable_hex']}\n" for place, row in rows(name).items()]
    found = compared(name, iter(lines))
    assert found.verdict == "right"
    assert found.certified
    assert [(one.ratio, one.digits) for one in found.epochs] == [
        (one.portable_ratio, one.portable_digits) for one in found.epochs
    ]
    assert max(one.ratio for one in found.epochs) < 1


# --- numbers as they are written --------------------------------------------------------------------------------------

finite = st.floats(allow_nan=False, allow_infinity=False)


@fast
@given(finite)
def test_numbers_are_read_exactly(x: float) -> None:
    for text in (repr(x), f"{x:.17e}", f"{x:.30f}", f"{x:.17E}", f"{x:.17e}".replace("e", "d"), f" +{abs(x)!r} "):
        value = abs(Fraction(x)) if text.startswith(" +") else None
        parsed = Written.parse(text).value
        assert parsed == Fraction(text.strip().replace("d", "e"))
        assert value is None or abs(parsed - value) <= Fraction(math.ulp(x)) / 2
    assert Written.parse(x.hex()).value == Fraction(x)


@pytest.mark.parametrize(
    "text",
    ["nan", "NaN", "-nan", "nan(0x1)", "inf", "-Inf", "Infinity", "-infinity", "NA", "1.#QNAN", "-1.#IND", "1.#INF"],
)
def test_what_is_not_finite_never_passes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Search, "explain", lambda *_: [])  # which takes longest, and is no matter here
    lines = to_csv(shown(Port, "two-layer", TRACE), lambda value: text if value < 0 else repr(value))
    found = compared("two-layer", lines)
    assert found.verdict == "wrong"
    assert math.isinf(max(one.ratio for one in found.epochs))
    assert min(one.digits for one in found.epochs) == 0
    alone = compared("two-layer", iter(["epoch,quantity,value\n", f"5,mean_absolute_error,{text}\n"]))
    assert alone.verdict == "wrong"


@pytest.mark.parametrize(
    "text", ["", "x", "1,5", "1e", "0x", "--1", "1/3", "1e99999", "1_", ".", "e5", "1" * 5000, "\u0661"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    lines = ["epoch,quantity,value\n", f'3,mean_absolute_error,"{text}"\n']
    with pytest.raises(InputError, match="port: line 2: value: expected a number"):
        comparison.read_port(lines, "port", PROJECT.experiment("two-layer"))


@fast
@given(
    st.lists(st.floats(1e-9, 1e9) | st.floats(-1e9, -1e-9), min_size=1, max_size=8), st.sampled_from(sorted(FORMATS))
)
def test_a_text_is_within_its_error_of_the_double_it_was_printed_from(values: list[float], form: str) -> None:
    written = comparison.with_errors([Written.parse(FORMATS[form](value)) for value in values])
    for one, value in zip(written, values, strict=True):
        assert one.value is not None
        assert abs(one.value - Fraction(value)) <= one.error


@pytest.mark.parametrize(
    ("texts", "digits"),
    [
        (["0.500"], 3),  # as many as it shows
        ([(0.5).hex()], 17),
        (["0.500", "0.24"], 1.3),  # -log10(0.01/0.25), rounded down; the worst counts
        (["0.5000", "0.25"], 2),
        (["0.500", "nan"], 0),
        (["5", "0.25"], 0),
    ],
)
def test_right_digits_are_those_of_the_worst_number(texts: list[str], digits: float) -> None:
    assert comparison.right_digits(map(Written.parse, texts), [Fraction(1, 2), Fraction(1, 4)][: len(texts)]) == digits


# --- right ports ------------------------------------------------------------------------------------------------------


FOUR = ("two-layer", "xor", "xor-sigmoid", "xor-linear")
QUICK_OF_FOUR = ("two-layer", "xor-linear")  # without a hidden layer, and with all else that xor has not


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK_OF_FOUR else pytest.mark.slow) for name in FOUR]
)
@pytest.mark.parametrize(
    ("port", "form"),
    [(port, "repr") for port in RIGHT] + [("plain", form) for form in ("hexadecimal", "12 digits", "8 decimals")],
)
def test_a_right_port_is_right(port: str, form: str, name: str) -> None:
    written, all_rows = FORMATS[form], shown(RIGHT[port], name, {*TRACE, *LOG, 1000})
    found = compared(name, to_csv([row for row in all_rows if row[0] not in (200, 500)], written))
    assert found.verdict == "right", found.reason
    assert found.first_wrong is None
    log = compared(name, to_csv([row for row in all_rows if row[0] in LOG and "mean" in row[1]], written))
    assert log.verdict == "right", log.reason


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_was_published_is_right(claim: str) -> None:
    done = run_program("compare", "--claim", claim, "-", input="\n".join(CLAIMS[claim].printed))
    assert (done.returncode, done.stderr) == (0, "")


def test_too_few_digits_are_unclear() -> None:
    found = compared("two-layer", to_csv(shown(Port, "two-layer", LOG), FORMATS["4 decimals"]))
    assert (found.verdict, found.first_wrong) == ("unclear", None)
    assert "print 17" in found.reason


def test_an_epoch_before_any_update_is_unclear() -> None:
    assert compared("two-layer", to_csv(shown(Port, "two-layer", [0]))).verdict == "unclear"


def test_between_rounding_and_single_precision_is_unclear() -> None:
    lines = to_csv(shown(Port, "two-layer", TRACE), lambda value: repr(value * (1 + 1e-13)))
    found = compared("two-layer", lines)
    assert (found.verdict, found.first_wrong, found.explanations) == ("unclear", None, [])
    assert found.bound < max(one.ratio for one in found.epochs) < comparison.WRONG


# --- wrong ports ------------------------------------------------------------------------------------------------------


def names_of(found: Comparison) -> set[str]:
    return {name for one in found.explanations for name in one.mistake.names}


@pytest.mark.slow
@pytest.mark.parametrize("port", WRONG)
def test_a_wrong_port_is_wrong_there_and_therefore(port: str) -> None:
    wrong = WRONG[port]
    found = compared(wrong.experiment, to_csv(shown(wrong.port, wrong.experiment, TRACE)))
    assert found.verdict == "wrong"
    assert found.first_wrong is not None
    assert (found.first_wrong.epoch, found.first_wrong.quantity) == wrong.first
    assert names_of(found) == set(wrong.names)


# The log of all these is the same.
SAME_LOG = {
    "sibling's targets": {"targets-of-another", "inputs-of-another", "input-rows-permuted"},
    "targets exchanged": {"targets-exchanged", "input-rows-permuted"},
    "assigned": {"gradient-assigned", "slope-of-another-layer"},  # a log of nothing but 0.5
}


# The log of this one is hardly wrong: unclear.
NOT_IN_LOG = ("rate of single precision",)


# One of each kind: of the update, the slope, the data, the start, and of what is shown. The others take half a minute.
QUICK = ("momentum", "no output slope", "targets exchanged", "by columns", "rms")


@pytest.mark.parametrize(
    "port",
    [
        pytest.param(port, marks=() if port in QUICK else pytest.mark.slow)
        for port, wrong in WRONG.items()
        if len(wrong.names) == 1 and port not in NOT_IN_LOG
    ],
)
def test_a_wrong_port_is_found_out_by_its_log(port: str) -> None:
    wrong = WRONG[port]
    found = compared(wrong.experiment, to_csv(shown(wrong.port, wrong.experiment, LOG, "mean")))
    assert found.verdict == "wrong"
    assert names_of(found) == SAME_LOG.get(port, set(wrong.names))


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_one_wrong_number_is_found_where_it_is(data: st.DataObject) -> None:
    right = shown(Port, "xor", range(3))
    index = data.draw(st.integers(0, len(right) - 1))
    factor = data.draw(st.sampled_from([-1.0, 0.0, 2.0, 1 + 1e-6, math.nan]))
    *place, value = right[index]
    changed = [*right[:index], (*place, value * factor), *right[index + 1 :]]
    order = data.draw(st.permutations(changed))
    experiment = PROJECT.experiment("xor")
    found = comparison.compare(comparison.read_port(to_csv(order), "port", experiment), reference("xor"))
    # A millionth of the smallest numbers is less than rounding may do to the greatest.
    spread = reference("xor").spread[place[0]]
    if math.isnan(factor) or abs(value * factor - value) > 2 * comparison.WRONG * spread:
        assert found.verdict == "wrong"
        assert found.first_wrong == Place(place[0], "before", *place[1:])
        assert found.step
    else:
        assert found.verdict != "wrong"


def test_the_step_is_named() -> None:
    def step(port: str, only: str = "") -> str:
        wrong = WRONG[port]
        lines = to_csv(shown(wrong.port, wrong.experiment, TRACE, only))
        experiment = PROJECT.experiment(wrong.experiment)
        return comparison.compare(comparison.read_port(lines, "p", experiment), reference(wrong.experiment)).step

    assert step("output first") == (
        "Of epoch 0, weights[1], weights[2], activations[1], activations[2], error, mean_absolute_error, deltas[2] and"
        " gradients[2] are right: the mistake is in passing the error back through weights[2], or in the slope of"
        " activations[1]."
    )
    assert step("seed 0") == "The mistake is in the starting weights."
    assert "mistake is in epoch 0, in the update of weights[1]" in step("assigned")
    assert "does not show" in step("output first", "mean")


# --- the draws of other languages -------------------------------------------------------------------------------------


def drawn(name: str) -> list[float]:
    experiment = PROJECT.experiment("two-layer")
    mistake = next(one for one in mistakes.known(experiment, PROJECT.as_published) if one.name == name)
    return flat(starting_weights(experiment, mistake.dials))


@pytest.mark.skipif(not shutil.which("Rscript"), reason="needs R")
def test_the_draws_of_r_are_those_of_r() -> None:
    done = subprocess.run(
        ["Rscript", "-e", 'set.seed(1); cat(sprintf("%.17g\\n", 2 * runif(3) - 1))'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [float(text) for text in done.stdout.split()] == drawn("drawn-by-r")


CPLUSPLUS = """\
#include <cstdio>
#include <random>
int main() {
  std::mt19937 generator(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int i = 0; i < 3; i++) std::printf("%.17g\\n", uniform(generator));
}
"""


@pytest.mark.skipif(not shutil.which("g++"), reason="needs a compiler of C++")
def test_the_draws_of_cplusplus_are_those_of_cplusplus(tmp_path: Path) -> None:
    (tmp_path / "draws.cpp").write_text(CPLUSPLUS)
    subprocess.run(["g++", "-o", tmp_path / "draws", tmp_path / "draws.cpp"], check=True)
    done = subprocess.run([tmp_path / "draws"], capture_output=True, text=True, check=True)
    # The product with 2 and the sum may be made in another order: two roundings of numbers below 2, 2^-53 each.
    pairs = zip(map(float, done.stdout.split()), drawn("drawn-by-c++"), strict=True)
    assert all(abs(mine - theirs) <= 2**-52 for mine, theirs in pairs)


# --- ports in other languages -----------------------------------------------------------------------------------------

PORTS = ROOT / "examples" / "ports"
COMPILED = [["-O0"], ["-O2"], ["-O3", "-ffast-math", "-march=native"], ["-O2", "-ffp-contract=off"]]


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a compiler of C")
@pytest.mark.parametrize("options", COMPILED, ids=" ".join)
def test_the_port_in_c_is_right(options: list[str], tmp_path: Path) -> None:
    subprocess.run(["cc", *options, "-o", tmp_path / "xor", PORTS / "xor.c", "-lm"], check=True)
    _is_right(subprocess.run([tmp_path / "xor"], capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize(
    "words", [["node", "xor.js"], pytest.param(["Rscript", "xor.R"], marks=pytest.mark.slow)], ids=" ".join
)
def test_the_port_in_another_language_is_right(words: list[str]) -> None:
    program, file = words
    if not shutil.which(program):
        pytest.skip(f"needs {program}")
    _is_right(subprocess.run([program, PORTS / file], capture_output=True, text=True, check=True).stdout)


def _is_right(text: str) -> None:
    found = compared("xor", iter(text.splitlines(keepends=True)))
    assert found.verdict == "right", found.reason
    assert {one.epoch for one in found.epochs} >= {0, 10, 10000, 59999}
    assert all(one.digits > one.portable_digits - 1 for one in found.epochs)


# --- the program ------------------------------------------------------------------------------------------------------

GOOD = "epoch,quantity,row,column,value\n0,error,0,0,-0.5\n"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["line 1", "epoch"]),
        ("\n", ["line 1", "epoch"]),
        ("epoch,quantity\n0,error\n", ["line 1", "value"]),
        ("epoch,quantity,value,vlaue\n", ["line 1", "'vlaue'", "column"]),
        ("epoch,epoch,quantity,value\n", ["line 1", "'epoch'", "twice"]),
        ("epoch,quantity,value\n", ["at least one number"]),
        ("epoch,quantity,value\n0,error,0.5,1\n", ["line 2", "expected 3 values", "got 4"]),
        ("epoch,quantity,value\n0,error,\n", ["line 2", "value", "number"]),
        ("epoch,quantity,value\n\n0,error,abc\n", ["line 3", "'abc'"]),
        ("epoch,quantity,value\n,error,1\n", ["line 2", "epoch", "whole number"]),
        ("epoch,quantity,value\n1.5,error,1\n", ["line 2", "epoch", "'1.5'"]),
        ("epoch,quantity,value\n-1,error,1\n", ["line 2", "epoch", "'-1'"]),
        ("epoch,quantity,value\n60000,error,1\n", ["line 2", "60000", "59999"]),
        ("epoch,quantity,value\n0,weights[3],1\n", ["line 2", "'weights[3]'", "weights[2]"]),
        ("epoch,moment,quantity,value\n0,after,error,1\n", ["line 2", "'error'", "after"]),
        ("epoch,moment,quantity,value\n0,during,error,1\n", ["line 2", "moment", "'during'"]),
        ("epoch,quantity,row,value\n0,error,4,1\n", ["line 2", "error[4, 0]", "4 rows"]),
        (GOOD + "0,error,0,0,-0.4\n", ["line 3", "line 2", "too"]),
        (GOOD + '0,"error,1,0,-0.4\n', ["line"]),
    ],
)
def test_a_bad_file_gets_its_line_and_what_was_expected(text: str, parts: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        comparison.read_port(io.StringIO(text), "port.csv", PROJECT.experiment("xor"))
    message = str(caught.value)
    assert message.startswith("port.csv: ")
    assert "\n" not in message
    assert [part for part in parts if part not in message] == []


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["xor", "no-such-file.csv"], "no-such-file.csv: cannot be read"),
        (["no-such-experiment", "-"], "no experiment 'no-such-experiment'"),
        (["--claim", "no/such", "-"], "no claim no/such"),
        (["-"], "EXPERIMENT FILE or --claim"),
        (["xor", "-", "--claim", "trask-notebook/two-layer-output"], "EXPERIMENT FILE or --claim"),
        (["--claim", "trask-notebook/two-layer-output", "-", "--seed", "2"], "published experiment"),
        (["--claim", "trask-notebook/two-layer-output", "-"], "has 4 numbers, got 0"),
    ],
)
def test_bad_words_get_one_line(words: list[str], part: str) -> None:
    done = run_program("compare", *words, input="")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert part in done.stderr


def test_bytes_that_are_no_text_get_one_line(tmp_path: Path) -> None:
    (tmp_path / "port.csv").write_bytes(b"\xff\xfe")
    done = run_program("compare", "xor", str(tmp_path / "port.csv"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("column", "text"),
    [("portable", "inf"), ("portable", "nan"), ("portable", "1e999"), ("certified", "-1e+400"), ("spread", "nan")],
)
def test_a_reference_that_is_not_finite_gets_its_line_and_what_was_expected(
    column: str, text: str, tmp_path: Path
) -> None:
    folder = tmp_path / "two-layer"
    shutil.copytree(PROJECT.places["reference"] / "two-layer", folder)
    with (folder / "trajectory.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[4] |= {"certified": ""} | {column: text}
    with (folder / "trajectory.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    done = run_program("compare", "two-layer", "-", "--reference", str(tmp_path), input=GOOD)
    place = f"{folder / 'trajectory.csv'}: line 6: {column}: "
    message = f"compare.py: {place}expected a decimal number that a double can hold, got {text!r}\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


@pytest.mark.usefixtures("in_haste")
def test_where_the_portable_run_diverges_nothing_is_compared() -> None:
    port = "epoch,quantity,value\n90,mean_absolute_error,0.5\n"
    done = run_program("compare", "xor-linear", "-", "--learning-rate", "50", "--epochs", "100", input=port)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "xor-linear diverges: weights[1][0, 0] of epoch 90 is nan in the portable run" in done.stderr


def run(*words: str, rows: Rows) -> tuple[int, dict[str, Any]]:
    done = run_program("compare", *words, "-", "--json", input="".join(to_csv(rows)))
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_programs_are_told_in_json_and_by_the_exit_code() -> None:
    code, found = run("two-layer", rows=shown(Port, "two-layer", TRACE))
    assert (code, found["verdict"], found["first_wrong"], found["mistakes"]) == (0, "right", None, [])
    code, found = run("two-layer", rows=shown(WRONG["single, two layers"].port, "two-layer", TRACE))
    assert (code, found["verdict"], found["mistakes"]) == (1, "wrong", ["single-precision"])
    assert found["first_wrong"] == {"epoch": 0, "moment": "before", "quantity": "weights[1]", "row": 0, "column": 0}
    assert found["digits"] < 8
    code, found = run("two-layer", rows=shown(Port, "two-layer", [0]))
    assert (code, found["verdict"]) == (3, "unclear")


def test_epochs_beyond_the_trajectory_are_compared_with_the_portable_run() -> None:
    code, found = run("two-layer", rows=shown(Port, "two-layer", [3, 17, 333]))
    assert (code, found["verdict"], found["certified"]) == (0, "right", False)


@pytest.mark.usefixtures("in_haste")
def test_a_changed_experiment_is_compared_with_the_portable_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Search, "explain", lambda *_: [])
    experiment = PROJECT.experiment("two-layer")
    changed = experiment.changed(epochs=50, learning_rate=0.5).starting_from(seed=7)
    rows = Port(changed).show(range(12))
    words = ("--seed", "7", "--learning-rate", "0.5", "--epochs", "50")
    code, found = run("two-layer", *words, rows=rows)
    assert (code, found["verdict"], found["certified"]) == (0, "right", False)
    code, found = run("two-layer", rows=rows)
    assert (code, found["first_wrong"]["quantity"]) == (1, "weights[1]")


def test_people_are_told_where_why_and_what_to_do() -> None:
    wrong = WRONG["output first"]
    done = run_program("compare", "xor", "-", input="".join(to_csv(shown(wrong.port, "xor", TRACE))))
    assert done.returncode == 1
    assert done.stdout.startswith("wrong: deltas[1][0, 0] of epoch 0 is the first number that is wrong")
    assert "output-updated-first" in done.stdout
    assert "Compute every delta before any weight changes." in done.stdout


@pytest.mark.parametrize("name", ["cross-entropy", "xor-linear", pytest.param("xor", marks=pytest.mark.slow)])
def test_a_mistake_has_the_same_numbers_in_any_company(name: str) -> None:
    experiment, programs = PROJECT.experiment(name), Programs()
    for first, *_ in groups(mistakes.known(experiment, PROJECT.as_published)):
        alone, together = (Run(experiment, [first] * several, programs) for several in (1, 3))
        for epoch in (0, 2):
            each, all_three = alone.observe(epoch) or {}, together.observe(epoch) or {}
            assert each.keys() == all_three.keys()
            for place, values in each.items():
                assert values.shape == all_three[place].shape, (first.what, place)
                for one, three in zip(values.flat, all_three[place].flat, strict=True):
                    np.testing.assert_array_equal(np.broadcast_to(three, 3), np.broadcast_to(one, 3), first.what)


def test_two_mistakes_have_the_same_numbers_beside_others() -> None:
    experiment, programs = PROJECT.experiment("xor"), Programs()
    known = mistakes.known(experiment, PROJECT.as_published)
    (first,) = (one for one in known if one.dials == {"one by one": "each"})
    usual = {one.name: first & one for one in reversed(known) if one is not first}
    for group in groups(usual.values()):
        together = Run(experiment, group, programs)
        for epoch in (0, 2):
            of_all = together.observe(epoch)
            for column, one in enumerate(group):
                alone = Run(experiment, [one], programs).observe(epoch)
                assert (of_all is None) == (alone is None)
                for place in alone or {}:
                    pairs = zip((of_all or {})[place].flat, (alone or {})[place].flat, strict=True)
                    columns = [(np.broadcast_to(a, len(group))[column], np.broadcast_to(b, 1)[0]) for a, b in pairs]
                    np.testing.assert_array_equal(*zip(*columns, strict=True), f"{one.name}, {place}")


# --- what the reference data say --------------------------------------------------------------------------------------


def test_the_table_names_every_mistake_that_can_be_made() -> None:
    text = (PROJECT.places["reference"] / "MISTAKES.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([\w+-]+)` \|", text, re.MULTILINE)
    known = {
        one.name
        for name in ("xor", "xor-linear")
        for one in mistakes.known(PROJECT.experiment(name), PROJECT.as_published)
    }
    assert listed == [name for name in mistakes.TEXTS if name in known | set(mistakes.PRECISIONS.values())]


def test_the_first_draws_are_those_of_the_generator() -> None:
    text = (PROJECT.places["reference"] / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"0x[01]\.[0-9a-f]{13}p[-+]\d+", text)
    assert listed == [draw.hex() for draw in np.random.RandomState(1).random_sample(10).tolist()]


def test_the_files_of_the_examples_hold_the_starting_weights() -> None:
    weights = flat(PROJECT.experiment("xor").starting_weights())
    for name in ("xor.c", "xor.js", "xor.R"):
        text = (PORTS / name).read_text(encoding="utf-8")
        numbers = re.findall(r"-?0x1\.[0-9a-f]+p-\d+|-?0\.\d{10,}", text)
        assert [float.fromhex(one) if "x" in one else float(one) for one in numbers] == weights


def test_trajectories_can_be_compared_as_they_are() -> None:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(comparison.COLUMNS)
    writer.writerows([*place, row["certified"]] for place, row in rows("nine-lines").items())
    found = compared("nine-lines", iter(stream.getvalue().splitlines(keepends=True)))
    assert found.verdict == "right"
    assert all(one.ratio == 0 for one in found.epochs)
