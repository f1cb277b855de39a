"""Certificates: each second opinion can fail, and then nothing is certified; limits are kept, shortfalls are told."""

import math
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import gmpy2
import numpy as np
import pytest
from conftest import published_run, run_program, train
from hypothesis import example, given, settings
from hypothesis import strategies as st
from known import PROJECT, RUNNABLE

import certify
from certify import Limits, agreed_digits, estimate, following, prove
from lastdigit import mean_value, observations, tape
from lastdigit.arithmetic import Ball, Decimals, Elementwise, Multiprecision
from lastdigit.enclosure import Enclosure
from lastdigit.files import InputError
from lastdigit.network import Network
from lastdigit.project import Project
from lastdigit.records import Certificate

CERTIFIED = certify.COLUMNS.index("certified")
LIMITS = Limits(digits=30, first_bits=160, most_bits=8192, most_seconds=600)
LINEAR = RUNNABLE["xor-linear"]
NAME = "cross-entropy"  # the shortest
LIBRARIES: dict[str, type[Elementwise]] = {"MPFR": Multiprecision, "libmpdec": Decimals}


def certificate_of(limits: Limits = LIMITS) -> tuple[Certificate, list[list[Any]]]:
    run = published_run(NAME, "portable")
    certificate, rows, _ = certify.certify(run, PROJECT.claims_about(run.experiment), limits)
    return certificate, rows


def spoil_exp(monkeypatch: pytest.MonkeyPatch, library: str, wrong: Callable[[], bool]) -> None:
    """A wrong library: its exp is wrong in the 20th digit, wherever a condition holds."""
    kind = LIBRARIES[library]
    right, little = kind.exp_of, kind.number("1e-20")
    monkeypatch.setattr(kind, "exp_of", staticmethod(lambda x: right(x) * (1 + little) if wrong() else right(x)))


def test_right_libraries_confirm_every_digit() -> None:
    """The control of the tests below. Nothing that is certified is left out, and the precision is a quarter."""
    certificate, rows = certificate_of()
    assert certificate == PROJECT.certificate(NAME)
    assert [one.precision for one in certificate.confirmed_by] == ["127 bits", "38 digits"]
    assert all(row[CERTIFIED] for row in rows)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_wrong_library_confirms_nothing_and_stops_nothing(
    library: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil_exp(monkeypatch, library, lambda: True)
    monkeypatch.setattr(sys, "argv", ["certify.py", NAME, "--folder", str(tmp_path / NAME)])
    certify.main()
    certificate = Project(reference=tmp_path).certificate(NAME)
    assert certificate is not None
    said = capsys.readouterr().out
    for told in certificate.disagreements:
        assert f": {library} with " in told and "of 30" in told and told in said
    values = [value for one in certificate.quantities for value in one.values]
    assert values and not any(value.is_confirmed for value in values)
    (other,) = LIBRARIES.keys() - {library}
    assert all(value.confirmed_to[other] >= 30 > value.confirmed_to[library] for value in values)
    # In the trajectory, nothing is certified of what is not confirmed.
    rows = [row.split(",") for row in (tmp_path / NAME / "trajectory.csv").read_text(encoding="utf-8").splitlines()]
    assert {bool(row[CERTIFIED]) for row in rows[1:] if row[2].startswith("activations")} == {False}
    assert {bool(row[CERTIFIED]) for row in rows[1:] if row[0] == "0" and row[2].startswith("weights")} == {True}


@pytest.mark.parametrize("wrong, agreed", [("2e-25", 24), ("2e-30", 29)])
def test_one_wrong_digit_is_found(wrong: str, agreed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def observe(network: Network, *rest: Any) -> observations.Observed:
        observed = observations.observe(network, *rest)
        if isinstance(network.arithmetic, Multiprecision):
            first = observed.claimed[0]
            values = first.values.copy()
            values[1] *= 1 + gmpy2.mpfr(wrong)
            observed.claimed[0] = first._replace(values=values)
        return observed

    monkeypatch.setattr(certify, "observe", observe)
    certificate, _ = certificate_of()
    one = certificate.quantities[0]
    where = f"{one.quantity}[1] {one.moment} the update of epoch {one.epoch}"
    assert certificate.disagreements == (f"{where}: MPFR with 253 bits agrees to {agreed} digits of 30",)
    unconfirmed = [value for quantity in certificate.quantities for value in quantity.values if not value.is_confirmed]
    assert unconfirmed == [one.values[1]]


def test_precision_is_doubled_until_a_library_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def ask(*words: Any) -> certify.Opinion:
        asked.append(words[-1])
        return certify_ask(*words)

    certify_ask = certify.ask
    monkeypatch.setattr(certify, "ask", ask)
    spoil_exp(monkeypatch, "MPFR", lambda: gmpy2.get_context().precision < 400)
    certificate, _ = certificate_of(LIMITS._replace(first_bits=640))
    assert asked == [48, 96, 192, 192]  # a quarter of the balls' 192 digits, twice that, and all; then of the decimals
    assert certificate.confirmed_by[0].precision == "638 bits"
    assert certificate.disagreements == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [n for n, e in RUNNABLE.items() if tape.lines(e) * e.epochs > certify.MOST_FOR_DECIMALS]
)
def test_decimals_agree_with_the_balls_of_a_long_training(name: str) -> None:
    """Of which certificates have no third opinion, because decimals are slow: for 2 000 epochs."""
    short = RUNNABLE[name].changed(epochs=2000)
    enclosed = prove(short, [], LIMITS)
    proven = [certify.digits_of(one, 30) for one in enclosed.observed.all]
    assert enclosed.shortfall is None
    opinion = certify.ask(enclosed, short, [], "libmpdec", 60)
    assert certify.doubts([opinion], proven) == {}


# --- to how many digits? ----------------------------------------------------------------------------------------------


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 10**12), st.integers(-(10**7), 10**7), st.integers(0, 10**6), st.integers(1, 12))
@example(10**6, 4, 0, 6)  # less than half a unit of the sixth digit, and then exactly that
@example(10**6, 5, 0, 6)
@example(10**6, -5, 0, 6)
@example(10**6, 0, 0, 5)
def test_a_value_agrees_to_the_digits_of_which_it_is_within_half_a_unit(
    value: int, off: int, radius: int, most: int
) -> None:
    ends = [value + off + sign * radius for sign in (-1, 1)]
    units = {digits: Fraction(10) ** (len(str(value)) - digits) for digits in range(1, most + 1)}
    agreeing = [digits for digits, unit in units.items() if all(abs(value - end) < unit / 2 for end in ends)]
    assert agreed_digits(Enclosure((value + off, 0), (radius, 0)), Fraction(value), most) == max(agreeing, default=0)


def test_what_is_no_number_agrees_with_nothing() -> None:
    one = Enclosure((1, 0), (0, 0))
    assert (
        agreed_digits(one, None, 30) == agreed_digits(None, Fraction(1), 30) == agreed_digits(one, Fraction(0), 30) == 0
    )
    assert agreed_digits(Enclosure((0, 0), (0, 0)), Fraction(0), 30) == agreed_digits(one, Fraction(1), 30) == 30


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_proof_that_gives_up_says_how_far_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [NAME, "--first-bits", "53", "--most-bits", "70", "--folder", str(tmp_path / NAME)]
    monkeypatch.setattr(sys, "argv", ["certify.py", *words])
    certify.main()
    tried, again, shortfall = capsys.readouterr().out.splitlines()
    assert tried.startswith(f"{NAME}: balls of 53 bits, at most ") and tried.endswith(" s")
    assert again.startswith(f"{NAME}: balls of 70 bits, at most ")
    poor, full = Project(reference=tmp_path).certificate(NAME), PROJECT.certificate(NAME)
    assert poor is not None and full is not None
    assert shortfall == f"{NAME}: {poor.shortfall}"
    least = int(str(poor.shortfall).removeprefix("not certified beyond ").split()[0])
    assert 0 < least < 30
    pairs = [
        pair
        for one, other in zip(poor.quantities, full.quantities, strict=True)
        for pair in zip(one.values, other.values, strict=True)
    ]
    # What it says is true, and it is neither more nor less than what it says.
    for value, exact in pairs:
        assert value.enclosure and exact.enclosure and value.digits_proven >= least
        assert value.enclosure.exact.low <= exact.enclosure.exact.centre <= value.enclosure.exact.high
        assert value.certified == exact.enclosure.exact.certified(value.digits_proven)
    text = (tmp_path / NAME / "trajectory.csv").read_text(encoding="utf-8")
    certified = [row.split(",")[CERTIFIED] for row in text.splitlines()[1:]]
    of_rows = [len(digits.partition("e")[0].replace("-", "").replace(".", "").lstrip("0")) for digits in certified]
    assert min([value.digits_proven for value, _ in pairs] + [digits for digits in of_rows if digits]) == least


@pytest.mark.parametrize("method", ["balls", "mean value form"])
def test_lost_balls_are_never_taken_for_numbers(method: str) -> None:
    """The last attempt goes on to the end and says null; one before it comes to nothing."""
    short = LINEAR.changed(epochs=300)
    attempt = estimate(short, method, 20)
    assert certify.enclose(short, [], attempt, 1, to_the_end=False)[0] is None
    ended, _ = certify.enclose(short, [], attempt, 1, to_the_end=True)
    assert ended is not None and ended.shortfall is not None
    assert ended.shortfall[0] == 0
    last = [one for one in ended.observed.trajectory if one.epoch == 299]
    assert last and all(value is None for one in last for value in one.values.flat)


def test_attempt_ends_between_observed_epochs_once_a_ball_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """No digit is asked for here, so that only a lost ball can end it."""
    told: list[int] = []

    def train(network: Network, weights: Any, epochs: Any, watch: Callable[[int, Sequence[Any]], bool]) -> Any:
        return train_tape(network, weights, epochs, lambda done, numbers: told.append(done) or watch(done, numbers))

    train_tape = tape.train
    monkeypatch.setattr(tape, "train", train)
    monkeypatch.setattr(tape, "WATCHED", 30)
    ended, needed = certify.enclose(LINEAR, [], estimate(LINEAR, "balls", 80), 0, to_the_end=False)
    assert ended is None and told[-1] < 300 and told[-1] not in observations.schedule(20000)
    assert math.isinf(needed) or needed > 80


def test_what_takes_too_long_is_not_begun(tmp_path: Path) -> None:
    words = ["--first-bits", "1000000", "--most-bits", "1000000", "--most-seconds", "1", "--folder", str(tmp_path)]
    failed = run_program("certify", NAME, *words)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr == f"certify.py: {NAME}: its proof takes more than --most-seconds 1; give more\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("most_seconds", [1e-3, 0.05, 1, 600])
@pytest.mark.parametrize("bits", [(53, 53), (160, 1000), (160, 8192), (5000, 8192)])
@pytest.mark.parametrize("needed", [200, 5000, math.inf])
@pytest.mark.parametrize("name", ["cross-entropy", "xor-linear"])
def test_attempts_keep_the_limits_and_come_to_an_end(
    name: str, needed: float, bits: tuple[int, int], most_seconds: float
) -> None:
    limits, attempts = Limits(30, *bits, most_seconds), []
    attempt = following(RUNNABLE[name], None, 0, limits)
    while attempt:
        attempts.append(attempt)
        attempt = following(RUNNABLE[name], attempt, needed, limits)
    assert len(set(attempts)) == len(attempts) < 20
    assert all(one.bits <= limits.most_bits and one.seconds <= most_seconds for one in attempts)
    assert [one.method for one in attempts] == sorted(one.method for one in attempts)  # back to balls it never goes
    if attempts:
        assert (attempts[0].method, attempts[0].bits) == ("balls", limits.first_bits)


# --- balls, or the mean value form? -----------------------------------------------------------------------------------


def test_method_depends_on_the_weights_and_on_how_fast_bits_are_lost() -> None:
    balls = estimate(LINEAR, "balls", 1280)
    assert following(LINEAR, balls, 2000, LIMITS) == estimate(LINEAR, "balls", 2560)
    assert following(LINEAR, balls, 15000, LIMITS) == estimate(LINEAR, "mean value form", 640)
    wide = LINEAR.with_hidden(40)  # 120 weights, where the derivatives would cost more
    assert following(wide, estimate(wide, "balls", 1280), 2000, LIMITS) == estimate(wide, "balls", 2560)


def test_a_wide_network_is_proven_by_plain_balls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mean_value, "train", lambda *_: pytest.fail("with 128 weights that takes an hour"))
    wide = RUNNABLE["xor"].with_hidden(32).changed(epochs=6)
    assert sum(rows * columns for rows, columns in wide.shapes) == 128
    enclosed = prove(wide, [], LIMITS._replace(first_bits=53))
    assert (enclosed.attempt.method, enclosed.shortfall) == ("balls", None)
    assert enclosed.attempt.bits > 53  # so that there was a choice


def test_a_training_that_costs_too_much_at_any_precision_is_an_error() -> None:
    with pytest.raises(InputError, match="more than --most-seconds"):
        prove(LINEAR, [], LIMITS._replace(most_seconds=1e-6))


def test_claims_are_observed_wherever_they_are_made() -> None:
    """And not only at the epochs that a trajectory shows."""
    (claim,) = PROJECT.claims_about(LINEAR)
    claim = claim.model_copy(update={"at": (123,)})
    short = LINEAR.changed(epochs=200)
    assert 123 not in observations.schedule(200)
    enclosed = prove(short, [claim], LIMITS)
    (one,) = enclosed.observed.claimed
    assert (one.quantity, one.epoch) == ("output", 123)
    with Ball(2000) as arithmetic:
        network = Network(short, arithmetic)
        state = next(state for state in network.train(network.starting_weights()) if state.epoch == 123)
        exact = [Enclosure.of(ball) for ball in state.activations[-1].flat]
    for mine, other in zip(one.values.flat, exact, strict=True):
        assert max(mine.low, other.low) <= min(mine.high, other.high)


def test_rows_after_the_last_update_are_of_the_updated_weights() -> None:
    short = LINEAR.changed(epochs=12)
    with Ball(2000) as arithmetic:
        network = Network(short, arithmetic)
        states = list(network.train(network.starting_weights()))
        observed = observations.observe(network, states, [])
    after = {one.quantity: one for one in observed.trajectory if one.moment == "after"}
    assert {one.epoch for one in after.values()} == {11} and list(after) == ["weights[1]", "weights[2]"]
    for (quantity, one), gradient, before in zip(after.items(), states[-1].gradients, states[-1].weights, strict=True):
        assert quantity.startswith("weights")
        factor = 1 if short.rate_scales == "delta" else network.learning_rate
        assert all(
            x.overlaps(y) and not x.overlaps(z)
            for x, y, z in zip(one.values.flat, (before + gradient * factor).flat, before.flat, strict=True)
        )


def test_a_training_that_diverges_is_not_certified() -> None:
    changed = RUNNABLE["xor"].changed(learning_rate=50.0, epochs=60).model_copy(update={"activations": ("linear",) * 2})
    with pytest.raises(
        InputError, match=r"xor diverges: activations\[2\]\[0, 0\] of epoch 5 is nan in the portable run"
    ):
        certify.certify(train(changed, "portable"), [], LIMITS)


def test_where_rounding_overflows_the_spread_is_infinite() -> None:
    right, overflown = np.array([1.0, 1.0]), np.array([1.0, math.inf])
    assert certify.spread_of(overflown, None, 1.0) == certify.spread_of(right, None, math.nan) == "inf"
    assert certify.spread_of(right, None, 1.0) == "0" != certify.spread_of(right, None, 0.5)
