"""Every printed number of the six articles, as a string, one test each; and wrong runs, which must be caught."""

from functools import cache

import pytest
from conftest import published_run, train
from known import GOLDEN, PROJECT, PUBLISHED, RUNNABLE

from lastdigit.ensembles import Ensemble
from lastdigit.experiments import Experiment
from lastdigit.printed import Print
from lastdigit.published import Numbers
from lastdigit.records import NumberVerdict
from lastdigit.verdicts import Evidence, certified_values, judge_number, judge_numbers, printed_by

NUMBERS = [(name, index) for name, claim in GOLDEN.items() for index in range(len(claim.printed))]
SEEDED = [(name, index) for name, index in NUMBERS if PUBLISHED[GOLDEN[name].experiment].start.is_given]
IDS = {number: f"{number[0]}[{number[1]}]" for number in NUMBERS}


@cache
def printed(name: str, arithmetic: str) -> list[str]:
    return printed_by(published_run(GOLDEN[name].experiment, arithmetic), GOLDEN[name])


def test_there_are_50_printed_numbers_42_of_them_seeded():
    assert [len(NUMBERS), len(SEEDED)] == [50, 42]


@pytest.mark.parametrize("name, index", NUMBERS, ids=IDS.values())
def test_portable_prints_the_published_string(name: str, index: int):
    assert printed(name, "portable")[index] == GOLDEN[name].printed[index]


@pytest.mark.slow
@pytest.mark.parametrize("name, index", [n for n in SEEDED if GOLDEN[n[0]].notation != "python3-repr"], ids=IDS.get)
def test_native_prints_the_published_string_where_it_is_no_longer_than_12_digits(name: str, index: int):
    assert printed(name, "native")[index] == GOLDEN[name].printed[index]


@pytest.mark.parametrize("name, index", SEEDED, ids=[IDS[number] for number in SEEDED])
def test_the_certificate_decides_whether_the_published_string_is_the_correct_rounding(name: str, index: int):
    """All prints are, but for the five long ones after epoch 0: they carry digits that are rounding error."""
    claim = GOLDEN[name]
    proof = certified_values(PROJECT.certificate(claim.experiment), claim)[index]
    assert proof.digits_proven >= 30
    is_correct = Print(claim.printed[index], claim.notation).is_correct(proof.enclosure.exact)
    assert is_correct is not (claim.notation == "python3-repr" and index > 0)


def test_without_a_certificate_nothing_is_said_of_a_number():
    claim = GOLDEN["trask-notebook/two-layer-output"]
    portable = (claim.printed[0], float(claim.printed[0]))
    assert judge_number(claim.printed[0], claim, True, {"portable": portable}, None) == {"verdict": "open"}


@pytest.mark.parametrize(
    "change", [{"confirmed_to": {"MPFR": 29, "libmpdec": 38}}, {"confirmed_to": {}}, {"enclosure": None}]
)
def test_what_no_library_confirms_is_open(change: dict):
    """Whatever the enclosure says of it."""
    claim = GOLDEN["trask-notebook/two-layer-output"]
    portable = {"portable": (claim.printed[0], float(claim.printed[0]))}
    proof = certified_values(PROJECT.certificate(claim.experiment), claim)[0]
    assert judge_number(claim.printed[0], claim, True, portable, proof)["verdict"] == "proven"
    assert judge_number(claim.printed[0], claim, True, portable, proof.model_copy(update=change)) == {"verdict": "open"}


def verdicts_on(claim: Numbers, ensemble: Ensemble | None = None) -> list[NumberVerdict]:
    name = claim.experiment
    evidence = (
        PUBLISHED[name].start.is_given,
        None,
        published_run(name, "portable"),
        PROJECT.certificate(name),
        ensemble,
    )
    return judge_numbers(claim, Evidence(*evidence))


@pytest.mark.parametrize("name", GOLDEN)
def test_every_number_gets_its_verdict(name: str):
    records = verdicts_on(GOLDEN[name])
    expected = ["proven"] * len(records)
    if not PUBLISHED[GOLDEN[name].experiment].start.is_given:
        expected = ["attained"] * len(records)
    if GOLDEN[name].notation == "python3-repr":
        expected = ["proven"] + ["reproduced"] * 5
    assert [record.verdict for record in records] == expected


def another_last_digit(text: str) -> str:
    mantissa, sign, exponent = text.partition("e")
    return f"{mantissa[:-1]}{(int(mantissa[-1]) + 1) % 10}{sign}{exponent}"


@pytest.mark.parametrize("name", GOLDEN)
def test_a_changed_digit_of_any_print_differs_and_looks_like_a_typo(name: str):
    """But for long prints, whose last digits are rounding error: they may still be no worse than a right run's."""
    claim = GOLDEN[name]
    changed = claim.model_copy(update={"printed": tuple(map(another_last_digit, claim.printed))}).named(name)
    for record in verdicts_on(changed):
        assert record.verdict == "differs"
        is_long = claim.notation == "python3-repr"
        assert record.looks_like == "typo" or (is_long and record.looks_like == "rounding error")
        assert record.correct_rounding is False or (is_long and record.index > 0)


def changed(experiment: Experiment, **fields: object) -> Experiment:
    return experiment.model_copy(update=fields)


XOR, TWO_LAYER, CROSS_ENTROPY = RUNNABLE["xor"], RUNNABLE["two-layer"], RUNNABLE["cross-entropy"]

# What is wrong, the wrong run (short where the first numbers tell), and the numbers that it turns red.
WRONG = {
    "seed": ("cocalc-simple-nn/error-log", changed(XOR.starting_from(seed=2), epochs=1), [0]),
    "range of the draws": (
        "basic-neural-network/output-before-training",
        CROSS_ENTROPY.starting_from(low=0),
        [0, 1, 2, 3],
    ),
    "learning rate": ("trask-notebook/two-layer-output", changed(TWO_LAYER, learning_rate=0.99), [0, 1, 2, 3]),
    "learning rate in the sixth digit": (
        "cocalc-simple-nn/error-log",
        changed(XOR, learning_rate=1 - 2**-20, epochs=10001),
        [1],
    ),
    "activation": ("cocalc-simple-nn/error-log", changed(XOR, activations=("sigmoid", "linear"), epochs=1), [0]),
    "update order": ("cocalc-simple-nn/error-log", changed(XOR, order="output-first", epochs=10001), [1]),
    "targets of another row": (
        "trask-notebook/three-layer-error-log",
        changed(RUNNABLE["three-layer"], targets=XOR.targets, epochs=1),
        [0],
    ),
    "order of the rows": (
        "basic-neural-network/output-after-training",
        changed(CROSS_ENTROPY, inputs=CROSS_ENTROPY.inputs[::-1], targets=CROSS_ENTROPY.targets[::-1]),
        [0, 1, 2, 3],
    ),
    "one epoch less": ("basic-neural-network/weights-after-training", changed(CROSS_ENTROPY, epochs=199), [0, 1, 2]),
    "what the rate scales": (
        "monty-part-1/linear-output",
        changed(RUNNABLE["xor-linear"], rate_scales="update", order="simultaneous"),
        [3],  # the numbers are rounding residue, and the first comes out the same
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_run_turns_its_numbers_red(what: str):
    name, experiment, red = WRONG[what]
    claim = GOLDEN[name]
    reached = tuple(at for at in claim.at if at < experiment.epochs) or (experiment.epochs - 1,)
    strings = printed_by(train(experiment, "portable"), claim.model_copy(update={"at": reached}))
    assert [index for index, (a, b) in enumerate(zip(strings, claim.printed, strict=False)) if a != b] == red
