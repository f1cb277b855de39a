"""Every printed number of the sources, compared as a string, one test each; and wrong runs, which must be caught."""

from functools import cache

import pytest
from conftest import CLAIMS, PROJECT, PUBLISHED, RUNNABLE, SIX, SOURCES, published_run, train

from lastdigit.experiments import Experiment
from lastdigit.printed import Print
from lastdigit.verdicts import Evidence, certified_values, judge, judge_number, printed_by

NUMBERS = [(name, index) for name, claim in CLAIMS.items() for index in range(len(claim.printed))]
SEEDED = [(name, index) for name, index in NUMBERS if PUBLISHED[CLAIMS[name].experiment].start.is_given]
IDS = {number: f"{number[0]}[{number[1]}]" for number in NUMBERS}


@cache
def printed(name: str, arithmetic: str) -> list[str | None]:
    return printed_by(published_run(CLAIMS[name].experiment, arithmetic), CLAIMS[name])


def test_there_are_50_printed_numbers_42_of_them_seeded():
    of_the_six = [sum(CLAIMS[name].source in SIX for name, _ in numbers) for numbers in (NUMBERS, SEEDED)]
    assert of_the_six == [50, 42]


@pytest.mark.parametrize("name, index", NUMBERS, ids=IDS.values())
def test_portable_prints_the_published_string(name: str, index: int):
    assert printed(name, "portable")[index] == CLAIMS[name].printed[index]


@pytest.mark.parametrize("name, index", [n for n in SEEDED if CLAIMS[n[0]].notation != "python3-repr"], ids=IDS.get)
def test_native_prints_the_published_string_where_it_is_no_longer_than_12_digits(name: str, index: int):
    assert printed(name, "native")[index] == CLAIMS[name].printed[index]


@pytest.mark.parametrize("name, index", SEEDED, ids=[IDS[number] for number in SEEDED])
def test_the_certificate_decides_whether_the_published_string_is_the_correct_rounding(name: str, index: int):
    """All prints are, but for the five long ones after epoch 0: they carry digits that are rounding error."""
    claim = CLAIMS[name]
    proof = certified_values(PROJECT.certificate(claim.experiment), claim)[index]
    assert proof.digits_proven >= 30
    is_correct = Print(claim.printed[index], claim.notation).is_correct(proof.enclosure.exact)
    assert is_correct is not (claim.notation == "python3-repr" and index > 0)


def test_without_a_certificate_nothing_is_said_of_a_number():
    claim = CLAIMS["trask-notebook/two-layer-output"]
    assert judge_number(claim.printed[0], claim, True, claim.printed[0], None)["verdict"] == "open"


def evidence() -> dict[str, Evidence]:
    return {
        name: Evidence(
            PUBLISHED[name].start.is_given,
            published_run(name, "native"),
            published_run(name, "portable"),
            PROJECT.certificate(name),
            None,
        )
        for name in RUNNABLE
    }


def test_every_number_gets_its_verdict():
    records = [record for record in judge(SOURCES, evidence()) if record["kind"] == "number"]
    long = [record for record in records if record["notation"] == "python3-repr"]
    assert [record["verdict"] for record in long] == ["proven"] + ["reproduced"] * 5
    assert {r["verdict"] for r in records if r not in long and PUBLISHED[r["experiment"]].start.is_given} == {"proven"}
    assert {r["verdict"] for r in records if not PUBLISHED[r["experiment"]].start.is_given} == {"attained"}


def another_last_digit(text: str) -> str:
    mantissa, sign, exponent = text.partition("e")
    return f"{mantissa[:-1]}{(int(mantissa[-1]) + 1) % 10}{sign}{exponent}"


@pytest.mark.parametrize("source", SOURCES)
def test_a_changed_digit_of_any_print_differs(source: str):
    claims = tuple(
        claim.model_copy(update={"printed": tuple(map(another_last_digit, claim.printed))})
        for claim in CLAIMS.values()
        if claim.source == source
    )
    changed = {source: SOURCES[source].model_copy(update={"claims": claims})}
    records = judge(changed, evidence())
    assert records and {record["verdict"] for record in records} == {"differs"}
    # A long print that carries rounding error may by chance be changed into the correct rounding; no other can be.
    assert not any(r["correct_rounding"] for r in records if r["notation"] != "python3-repr" or r["index"] == 0)


def changed(experiment: Experiment, **fields: object) -> Experiment:
    return experiment.model_copy(update=fields)


XOR, TWO_LAYER, CROSS_ENTROPY = RUNNABLE["xor"], RUNNABLE["two-layer"], RUNNABLE["cross-entropy"]

# What is wrong, the wrong run (short where the first numbers tell), and the numbers that it turns red.
WRONG = {
    "seed": ("cocalc-simple-nn/error-log", changed(XOR.starting_from(seed=2), epochs=10001), [0, 1]),
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
    "activation": ("cocalc-simple-nn/error-log", changed(XOR, activations=("sigmoid", "linear"), epochs=10001), [0, 1]),
    "update order": ("cocalc-simple-nn/error-log", changed(XOR, order="output-first", epochs=10001), [1]),
    "targets of another row": (
        "trask-notebook/three-layer-error-log",
        changed(RUNNABLE["three-layer"], targets=XOR.targets, epochs=10001),
        [0, 1],
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
    claim = CLAIMS[name]
    reached = tuple(at for at in claim.at if at < experiment.epochs) or (experiment.epochs - 1,)
    strings = printed_by(train(experiment, "portable"), claim.model_copy(update={"at": reached}))
    assert [index for index, (a, b) in enumerate(zip(strings, claim.printed, strict=False)) if a != b] == red
