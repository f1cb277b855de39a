"""Verdicts by rule, what verify.py says and exits with, the published schemas; and an article that nobody knows yet."""

import json
import math
import os
import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import flint
import jsonschema
import numpy
import pytest
from conftest import command, from_yaml, published_run, run_program, to_yaml, train
from known import GOLDEN, PROJECT, ROOT, RUNNABLE, SIX, SOURCES
from pydantic import ValidationError

from lastdigit import runs, verdicts
from lastdigit.enclosure import Enclosure
from lastdigit.ensembles import Ensemble
from lastdigit.files import InputError, read_json
from lastdigit.printed import Digits, Print, is_slip, print_numbers
from lastdigit.project import Project
from lastdigit.records import FINDING, Finding, ListedFigure, NumberVerdict, StatementVerdict, Verdict

# --- the rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("0.123", "0.124", True),
        ("0.123", "0.132", True),
        ("0.123", "0.12", True),
        ("0.123", "0.1223", True),
        ("6.6e-15", "6.6e15", True),
        ("0.123", "-0.123", True),
        ("0.1223", "0.123", True),
        ("0.123", "0.123", False),
        ("0.123", "0.145", False),
        ("0.123", "0.1", False),
        ("0.1234", "0.2143", False),
        ("0.1234", "0.1432", False),
    ],
)
def test_a_slip_changes_one_place(text: str, other: str, expected: bool) -> None:
    assert is_slip(text, other) is is_slip(other, text) is expected


def enclosed(x: str) -> Enclosure:
    """An enclosure of a number, 2^-200 wide."""
    return Enclosure((int(Fraction(x) * 2**200), -200), (1, -200))


@pytest.mark.parametrize(
    ("printed", "portable", "native", "spread", "expected"),
    [
        # By how much the runs are off; the exact value is 0.12345678, and a unit of the last digit 1e-8.
        ("0.12345679", 0, 0, "0", "typo"),
        ("0.12345679", 5.1e-9, 0, "0", "rounding error"),
        ("0.12345679", 5.1e-9, 0, None, "rounding error"),
        ("0.12345679", 0, -5.1e-9, "0", "rounding error"),
        ("0.12345679", 0, 0, "0.0000000051", "rounding error"),
        ("0.12345679", 0, 0, "0.0000000049", "typo"),
        ("0.12345692", 0, 0, "0", "another computation"),
        ("0.12345692", 0, -2e-7, "0", "rounding error"),
        ("0.21345678", 0, 0, "0", "typo"),
        # Where rounding leaves no digit, it explains nothing.
        ("0.15", 0.2, 0, "0", "another computation"),
        ("0.15", 0, 0, "0.2", "another computation"),
        ("0.15", math.nan, 0, "0", "another computation"),
    ],
)
def test_likeness(printed: str, portable: float, native: float, spread: str | None, expected: str) -> None:
    exact = "0.12345678"
    ran = [(exact, float(exact) + off) for off in (portable, native)]
    read = Print(printed, "numpy-array")
    assert verdicts.likeness(read, ran, enclosed(exact), spread) == expected
    # Without a certified value nothing is shown to be rounding error.
    assert verdicts.likeness(read, ran, None, spread) == ("typo" if is_slip(exact, printed) else "another computation")


def number(**changed: Any) -> NumberVerdict:
    fields = {
        "claim": "a/b",
        "source": "a",
        "where": 1,
        "experiment": "xor",
        "quantity": "error",
        "layer": None,
        "epoch": 0,
        "moment": "before",
        "seeded": True,
        "notation": "python2-str",
        "printed": "0.25",
        "native": "0.25",
        "portable": "0.25",
        "correct_rounding": True,
        "correct_digits": 2,
        "verdict": "proven",
    }
    return NumberVerdict(**(fields | changed))


DIFFERS = {"verdict": "differs", "portable": "0.26", "correct_rounding": False, "correct_digits": 1}


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({}, [("right", "0.25")]),
        ({"verdict": "reproduced", "correct_rounding": False, "correct_digits": 1}, [("right", "0.2"), ("wrong", "5")]),
        ({"verdict": "attained", "seeded": False}, [("unknown", "0.25")]),
        ({"verdict": "open", "correct_rounding": None}, [("unknown", "0.25")]),
        ({**DIFFERS, "looks_like": "rounding error"}, [("right", "0.2"), ("wrong", "5")]),
        ({**DIFFERS, "looks_like": "typo"}, [("right", "0.2"), ("different", "5")]),
        ({**DIFFERS, "looks_like": "another computation"}, [("right", "0.2"), ("different", "5")]),
    ],
)
def test_only_what_was_shown_to_be_rounding_error_is_marked_so(changed: dict, parts: list) -> None:
    """And of a number printed without a seed nothing is marked as right, whatever a witness prints."""
    record = number(**changed)
    assert record.digits.parts == parts
    assert ("rounding error" in record.digits.to_html()) == any(part == "wrong" for part, _ in parts)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"portable": "0.26"}, "proven, and the portable run does not print it"),
        ({"portable": None, "verdict": "attained"}, "attained, and the portable run does not"),
        ({"correct_rounding": None}, "proven, and correct_rounding is None"),
        ({"verdict": "reproduced"}, "reproduced, and correct_rounding is True"),
        ({"verdict": "differs", "portable": "0.26"}, "looks_like: of what differs"),
        ({"looks_like": "typo"}, "looks_like: of what differs"),
        ({"verdict": "drawn"}, "verdict"),
    ],
)
def test_a_verdict_that_contradicts_itself_is_refused(changed: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        number(**changed)


def test_findings_become_verdicts_in_the_order_of_the_claims() -> None:
    source = SOURCES["basic-neural-network"]
    finding = Finding(statement="weights-mean-zero", verdict="qualified", finding="Not quite.")
    records = verdicts.in_order(SOURCES, reversed(verdicts.judge_others(source, [finding])))
    names = [claim.name for claim in source.claims if claim.name not in GOLDEN]
    assert [record.claim for record in records] == names
    judged = {one.claim: (one.verdict, one.finding) for one in verdicts.statements_of(records)}
    assert judged.pop("basic-neural-network/weights-mean-zero") == ("qualified", "Not quite.")
    assert {verdict for verdict, _ in judged.values()} == {"open"}
    for wrong, message in (([finding] * 2, "judges a statement twice"), ([finding], "judges weights-mean-zero, which")):
        with pytest.raises(InputError, match=message):
            verdicts.judge_others(source if len(wrong) == 2 else SOURCES["monty-part-1"], wrong)


def test_the_table_says_in_words_what_is_not_as_it_should_be() -> None:
    records: list[Verdict] = [number(index=index, verdict="open", correct_rounding=None) for index in range(100)]
    records += [
        number(),
        number(native="0.24"),
        number(verdict="attained", seeded=False),
        number(index=7, looks_like="typo", **DIFFERS),
        ListedFigure(claim="a/f", source="a", where=1, figure="sigmoid", shows="A curve."),
        StatementVerdict(claim="a/s", source="a", where=1, statement="So.", verdict="open", finding="No."),
    ]
    words = verdicts.in_words(records)
    assert words[0].startswith("2 of 103 seeded numbers are the correct rounding")
    assert words[1].startswith("1 of 1 unseeded ones are attained")
    assert words[1].endswith("a start was found that prints them, and nothing is proven of the author's own run.")
    assert words[2:4] == [
        "The portable arithmetic prints 103 of 104 as published, NumPy on this machine 103."
        " Fewer is expected of NumPy,",
        "because how it sums and rounds depends on its version and the processor.",
    ]
    assert words[4] == "1 figures are counted, not judged: the images are lost."
    assert words[5] == "differs, and looks like typo: a/b[7]"
    assert words[6].startswith("open: a/b[0], a/b[1], ") and words[6].endswith(" and 93 more")
    assert max(map(len, words)) < 120
    assert verdicts.unsettled(records) == "1 differs, 101 open"
    assert verdicts.unsettled(records[100:103]) == ""
    assert verdicts.in_words(records[-1:])[-1] == "open: a/s"


def test_the_table_has_a_row_for_each_article_and_one_for_all() -> None:
    here, there = "monty-part-1", "trask-notebook"
    fields = {"claim": "a/s", "where": 1, "statement": "So.", "finding": "Yes."}
    records: list[Verdict] = [
        *(number(source=here, index=index) for index in range(10)),
        number(source=here, index=10, verdict="attained", seeded=False),
        number(source=there, index=11, looks_like="typo", **DIFFERS),
        StatementVerdict(**fields, source=there, verdict="holds"),
    ]
    table = verdicts.table(records, {name: SOURCES[name] for name in (here, there)}).split("\n")
    assert table == [
        "article         numbers  proven  reproduced  attained  differs  statements  holds  qualified  fails",
        "---------------------------------------------------------------------------------------------------",
        "monty-part-1         11      10           ·         1        ·           ·      ·          ·      ·",
        "trask-notebook        1       ·           ·         ·        1           1      1          ·      ·",
        "---------------------------------------------------------------------------------------------------",
        "all                  12      10           ·         1        1           1      1          ·      ·",
        "",
        *verdicts.in_words(records),
    ]


def test_the_percentile_counts_what_lies_below_and_not_what_is_equal() -> None:
    claim = GOLDEN["monty-part-1/sigmoid-output"]
    (epoch,) = claim.at
    printed = [float(text) for text in claim.printed]
    # Four converged runs: two that print the same, one below and one above in every output; and one that did not learn.
    outputs = numpy.array([[x, x, x - 1e-3, x + 1e-3, 1 - x] for x in printed])[numpy.newaxis, :, numpy.newaxis]
    ensemble = Ensemble(RUNNABLE[claim.experiment], numpy.arange(5), numpy.array([epoch]), outputs)
    for index in range(4):
        assert verdicts.percentile(claim, index, ensemble) == {"percentile": 25.0, "converged": 4}


def test_without_a_converged_run_there_is_no_percentile() -> None:
    claim = GOLDEN["monty-part-1/sigmoid-output"]
    outputs = numpy.array([[1 - float(text)] * 3 for text in claim.printed])[numpy.newaxis, :, numpy.newaxis]
    ensemble = Ensemble(RUNNABLE[claim.experiment], numpy.arange(3), numpy.array(claim.at), outputs)
    assert verdicts.percentile(claim, 0, ensemble) == {"percentile": None, "converged": 0}
    outputs = numpy.array([[float(text) + off for off in (-1e-3, -1e-3, 0)] for text in claim.printed])
    thirds = ensemble._replace(outputs=outputs[numpy.newaxis, :, numpy.newaxis])
    assert verdicts.percentile(claim, 0, thirds) == {"percentile": 66.7, "converged": 3}
    assert verdicts.percentile(claim, 0, None) == {}


# --- the numbers of a claim -------------------------------------------------------------------------------------------


def evidence(name: str, **changed: Any) -> verdicts.Evidence:
    certificate = PROJECT.certificate(name)
    run = published_run(name, "portable")
    return verdicts.Evidence(True, run._replace(arithmetic="native"), run, certificate, None)._replace(**changed)


def test_the_verdicts_on_a_claim_say_what_was_printed_and_what_ran_instead() -> None:
    claim = GOLDEN["trask-notebook/three-layer-error-log"]
    records = verdicts.judge_numbers(claim, evidence(claim.experiment))
    assert [(one.index, one.epoch, one.printed) for one in records] == [
        (index, epoch, text) for index, (epoch, text) in enumerate(zip(claim.at, claim.printed, strict=True))
    ]
    for one in records:
        assert (one.claim, one.source, one.where, one.layer) == (claim.name, claim.source, claim.where, None)
        assert one.portable == one.printed and one.native is not None
        assert one.certified and one.portable_lre and 12 < one.portable_lre <= 17
    # NumPy and the portable arithmetic differ in the last digits here, and each is written down as itself.
    native = verdicts.printed_by(evidence(claim.experiment).native, claim)
    assert [one.native for one in records] == native
    alone = verdicts.judge_numbers(claim, evidence(claim.experiment, native=None))
    assert [one.native for one in alone] == [None] * len(claim.printed)


def test_an_unseeded_number_has_its_place_among_the_ensemble() -> None:
    claim = GOLDEN["monty-part-1/sigmoid-output"]
    outputs = numpy.array([[float(text) - 1e-3, float(text)] for text in claim.printed])
    ensemble = Ensemble(
        RUNNABLE[claim.experiment], numpy.arange(2), numpy.array(claim.at), outputs[None, :, numpy.newaxis]
    )
    records = verdicts.judge_numbers(claim, evidence(claim.experiment, seeded=False, ensemble=ensemble))
    assert [(one.verdict, one.percentile, one.converged) for one in records] == [("attained", 50.0, 2)] * 4


def test_without_a_run_or_a_certificate_a_number_is_open() -> None:
    claim = GOLDEN["cocalc-simple-nn/error-log"]
    for lacking in ("portable", "certificate"):
        records = verdicts.judge_numbers(claim, evidence(claim.experiment, **{lacking: None}))
        assert {one.verdict for one in records} == {"open"}
        assert {one.portable for one in records} == ({None} if lacking == "portable" else set(claim.printed))
        assert {one.certified is None for one in records} == {lacking == "certificate"}


def test_the_weights_of_one_layer_are_judged_by_their_own_values() -> None:
    whole = GOLDEN["spencer-harper-nine-lines/starting-weights"]
    name = "xor"
    run = published_run(name, "portable")
    texts = print_numbers("python3-repr", run.weights[1][0].ravel().tolist())
    claim = whole.model_copy(
        update={"experiment": name, "layer": 2, "notation": "python3-repr", "printed": tuple(texts)}
    )
    certificate = evidence(name).certificate
    assert certificate
    observed = next(one for one in certificate.quantities if one.quantity == "error")
    start = [
        observed.values[0].model_copy(update={"certified": text})
        for text in print_numbers("python3-repr", [*run.weights[0][0].ravel(), *run.weights[1][0].ravel()])
    ]
    quantity = observed.model_copy(update={"quantity": "start", "epoch": 0, "moment": "before", "values": tuple(start)})
    certificate = certificate.model_copy(update={"quantities": (quantity,)})
    assert [value.certified for value in verdicts.certified_values(certificate, claim)] == texts
    records = verdicts.judge_numbers(claim, evidence(name, certificate=None))
    assert [(one.portable, one.layer) for one in records] == [(text, 2) for text in texts]


def test_a_print_as_far_off_as_rounding_was_seen_to_lead_looks_like_rounding_error() -> None:
    """At the bound itself: half a unit of the print beside what the run is off by."""
    read, exact = Print("0.12345679", "numpy-array"), Enclosure((1, -4), (0, 0))
    centre = exact.centre
    spread = read.value - centre - read.unit / 2 if read.value > centre else centre - read.value - read.unit / 2
    ran = [("0.0625", 0.0625)]
    assert verdicts.likeness(read, ran, exact, str(spread)) == "rounding error"
    assert verdicts.likeness(read, ran, exact, str(spread - Fraction(1, 10**20))) != "rounding error"
    # And where it is as great as the number itself, no digit is left.
    assert verdicts.likeness(read, ran, exact, str(centre)) != "rounding error"


def test_what_differs_looks_like_rounding_error_by_the_certificate() -> None:
    claim = GOLDEN["trask-notebook/three-layer-error-log"]
    proof = verdicts.certified_values(PROJECT.certificate(claim.experiment), claim)[0]
    text = claim.printed[0]
    other = repr(math.nextafter(float(text), 1))
    judged = verdicts.judge_number(text, claim, True, {"portable": (other, float(other))}, proof)
    assert (judged["verdict"], judged["looks_like"]) == ("differs", "rounding error")
    assert verdicts.judge_number(text, claim, True, {}, proof)["verdict"] == "open"
    unproven = verdicts.judge_number(text, claim, True, {"portable": (other, float(other))}, None)
    assert unproven == {"verdict": "differs", "looks_like": "typo"}
    # A run that is right to the last bit says nothing of rounding: then it is the spread that tells.
    assert proof.enclosure
    exact = float(proof.enclosure.exact.centre)
    runs_of = {"portable": (repr(exact), exact)}
    for spread, likely in (("1e-3", "rounding error"), (None, "another computation")):
        known = proof.model_copy(update={"spread": spread})
        assert verdicts.judge_number(f"{exact + 1e-4:.12f}", claim, True, runs_of, known)["looks_like"] == likely


# --- the published schemas --------------------------------------------------------------------------------------------


@cache
def schema(name: str) -> jsonschema.Draft202012Validator:
    read = read_json(ROOT / f"data/reference/{name}.schema.json")
    jsonschema.Draft202012Validator.check_schema(read)
    return jsonschema.Draft202012Validator(read)


def test_the_published_schemas_are_those_of_the_models(tmp_path: Path) -> None:
    assert run_program("write_schemas", "--folder", str(tmp_path)).returncode == 0
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in (ROOT / "data/reference").glob("*.schema.json")}


@pytest.mark.parametrize("name", RUNNABLE)
def test_each_certificate_fits_the_published_schema(name: str) -> None:
    certificate = read_json(ROOT / f"data/reference/{name}/certificate.json")
    assert schema("certificate").is_valid(certificate)
    for wrong in ({"digits_wanted": "30"}, {"method": "guess"}, {"confirmed_by": []}, {"unknown": 1}):
        assert not schema("certificate").is_valid(certificate | wrong)
    del certificate["quantities"][0]["values"][0]["portable"]
    assert not schema("certificate").is_valid(certificate)


# --- what verify.py says ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of nothing but data, with the six articles only, and the runs of all experiments in results/."""
    folder = tmp_path_factory.mktemp("computed")
    shutil.copytree(ROOT / "data", folder / "data")
    for path in (folder / "data/published").iterdir():
        if path.stem not in SIX:
            path.unlink()
    for arithmetic in ("native", "portable"):
        for name in RUNNABLE:
            run = published_run(name, "portable")._replace(arithmetic=arithmetic)  # a native one would only take longer
            runs.save(run, folder / f"results/runs/{arithmetic}/{name}.npz")
    for name in ("ensembles", "notebooks"):
        (folder / "results" / name).mkdir()
    return folder


@pytest.fixture
def project(computed: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""

    def copy(source: str, target: str) -> None:  # runs are great, and replaced as a whole if at all
        (os.link if source.endswith(".npz") else shutil.copy)(source, target)

    return Path(shutil.copytree(computed, tmp_path / "project", copy_function=copy))


def verify(project: Path, *words: str) -> tuple[int, str, str]:
    """The exit code of verify.py, and what it prints."""
    done = run_program("verify", *words, cwd=project)
    return done.returncode, done.stdout, done.stderr


def verify_numbers(project: Path) -> None:
    """Judge the numbers of every article, as the pipeline does."""
    for article in Project(project).sources:
        assert verify(project, "--article", article, "--output", f"results/numbers/{article}.json")[0] == 0


def rewrite(path: Path, change: Callable[[Any], None]) -> None:
    value = from_yaml(path) if path.suffix == ".yaml" else read_json(path)
    change(value)
    path.write_text(to_yaml(value) if path.suffix == ".yaml" else json.dumps(value), encoding="utf-8")


def test_verify_succeeds_where_all_is_settled(computed: Path) -> None:
    code, shown, complaint = verify(computed, "--numbers-only")
    assert (code, complaint) == (0, "")
    assert "37 of 42 seeded numbers" in shown


def test_verify_fails_where_a_number_is_open(computed: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, shown, complaint = verify(computed, "--numbers-only", "--reference", str(tmp_path / "empty"))
    assert (code, complaint) == (1, "verify.py: not everything is as published and settled: 42 open\n")
    assert " and 34 more" in shown


def test_verify_fails_where_a_number_differs(project: Path) -> None:
    name = "basic-neural-network"
    path = project / f"data/published/{name}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("0.36375058", "0.36357058"), encoding="utf-8")
    code, shown, complaint = verify(project, "--numbers-only")
    assert (code, complaint) == (1, "verify.py: not everything is as published and settled: 1 differs\n")
    assert f"differs, and looks like typo: {name}/output-before-training[1]\n" in shown
    # For the pipeline the verdicts are the result, and it goes on.
    assert verify(project, "--numbers-only", "--output", "numbers.json")[0] == 0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda project: shutil.copy(project / "data/reference/three-layer/certificate.json", project / XOR),
            "of another experiment, or of an earlier form of it: targets changed",
        ),
        (
            lambda project: rewrite(
                project / "data/published/cocalc-simple-nn.yaml",
                lambda source: next(c for c in source["claims"] if c["id"] == "error-log").update(
                    at=[0, 1, 2, 3, 4, 5]
                ),
            ),
            "has no error before the update of epoch 1, which cocalc-simple-nn/error-log is about; make it again",
        ),
        (
            lambda project: rewrite(
                project / XOR, lambda c: c["quantities"][0]["values"][0]["enclosure"]["radius"].__setitem__(0, "0")
            ),
            "enclosure.radius: only a binary64",
        ),
    ],
    ids=["another experiment", "a claim newer than its certificate", "a radius of zero"],
)
def test_a_certificate_that_does_not_fit_is_one_line(project: Path, spoil: Callable, message: str) -> None:
    spoil(project)
    code, shown, complaint = verify(project, "--numbers-only")
    assert (code, shown) == (2, "")
    (line,) = complaint.splitlines()
    assert line.startswith("verify.py: data/reference/xor/certificate.json: ")
    assert message in line


XOR = "data/reference/xor/certificate.json"


def test_verdicts_are_judged_once_and_fit_their_schema(project: Path) -> None:
    finding = Finding(statement="weights-mean-zero", verdict="qualified", finding="Not quite.").model_dump()
    cells = [{"cell_type": "code", "outputs": [{"output_type": "execute_result", "data": {FINDING: finding}}]}]
    document = project / "results/notebooks/basic-neural-network.ipynb"
    document.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    verify_numbers(project)
    shutil.rmtree(project / "results/runs")  # the second step needs no run
    step = ("--numbers", "results/numbers")
    assert verify(project, *step, "--output", "results/verdicts.json")[0] == 0
    records = read_json(project / "results/verdicts.json")
    assert schema("verdicts").is_valid(records)
    for wrong in ({"verdict": "drawn"}, {"kind": "other"}, {"printed": 0.5}):
        assert not schema("verdicts").is_valid([records[0] | wrong])
    parsed = Project(project).verdicts
    assert [one.model_dump(mode="json") for one in parsed] == records
    assert [one for one in parsed if isinstance(one, NumberVerdict)] == [
        one for article in Project(project).sources for one in Project(project).numbers(article)
    ]
    assert [one.verdict for one in verdicts.statements_of(parsed)].count("qualified") == 1
    code, shown, _ = verify(project, *step)
    assert code == 1 and "open: " in shown  # statements without a document
    # Numbers judged before a print was corrected are not taken for verdicts on the new one.
    path = project / "data/published/basic-neural-network.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("0.36375058", "0.36375059"), encoding="utf-8")
    code, _, complaint = verify(project, *step)
    assert (code, "no verdicts on basic-neural-network/output-before-training as published" in complaint) == (2, True)


# --- an article that nobody knows yet ---------------------------------------------------------------------------------

CHAOS = {
    "activations": ["sigmoid", "linear"],
    "learning_rate": 0.5,
    "epochs": 300,
}  # tiny differences grow to the first digit


def add_article(project: Path) -> None:
    """An article that prints what its runs compute, but for a typo in the one, and all of the chaotic one."""

    def experiments(entries: dict) -> None:
        entries["made-up.short"] = entries["two-layer"] | {"epochs": 50}
        entries["made-up.chaos"] = entries["xor"] | CHAOS
        entries["made-up.unproven"] = entries["xor"] | CHAOS | {"epochs": 200}

    def claim(name: str, at: list[int], printed: list[str]) -> dict:
        about = {"id": f"{name}-error", "where": "full article", "experiment": f"made-up.{name}"}
        return {**about, "quantity": "error", "at": at, "notation": "python2-str", "printed": printed}

    def printed_by(name: str, *at: int) -> list[str]:
        errors = train(Project(project).experiment(f"made-up.{name}"), "portable").errors
        return print_numbers("python2-str", [errors[epoch] for epoch in at])

    rewrite(project / "data/experiments.yaml", experiments)
    first, last = printed_by("short", 0, 49)
    typo = re.sub(r"(\d)(\d)(\d\d\d)$", lambda match: f"{match[1]}{(int(match[2]) + 5) % 10}{match[3]}", last)
    claims = [
        claim("short", [0, 49], [first, typo]),
        claim("chaos", [299], ["0.0731234567891"]),
        claim("unproven", [199], printed_by("unproven", 199)),
    ]
    fields = {"title": "Made up", "author": None, "date": None, "url": None, "claims": claims}
    (project / "data/published/made-up.yaml").write_text(to_yaml(fields), encoding="utf-8")


@pytest.fixture
def with_article(project: Path, in_haste: None) -> Path:
    """The project with another article in it, certified: a typo, a chaotic run, and one that is not proven."""
    add_article(project)
    for name in ("short", "chaos", "unproven"):
        words = [f"--{kind}-run=results/runs/{kind}/made-up.{name}.npz" for kind in ("portable", "native")]
        words += ["--folder", f"data/reference/made-up.{name}"]
        words += ["--first-bits", "53", "--most-bits", "53"] if name == "unproven" else []
        done = run_program("certify", f"made-up.{name}", *words, cwd=project)
        assert done.returncode == 0, done.stderr
    sums = ("data/reference", "--output", "data/reference/SHA256SUMS")
    assert run_program("checksum", *sums, cwd=project).returncode == 0
    return project


def test_an_article_that_nobody_knows_gets_honest_verdicts(with_article: Path) -> None:
    assert verify(with_article, "--article", "made-up", "--output", "results/numbers/made-up.json")[0] == 0
    numbers = {f"{one.claim}[{one.index}]": one for one in Project(with_article).numbers("made-up")}
    assert {name: (one.verdict, one.looks_like) for name, one in numbers.items()} == {
        "made-up/short-error[0]": ("proven", None),
        "made-up/short-error[1]": ("differs", "typo"),
        "made-up/chaos-error[0]": ("differs", "another computation"),
        "made-up/unproven-error[0]": ("open", None),
    }
    typo, chaos = numbers["made-up/short-error[1]"], numbers["made-up/chaos-error[0]"]
    assert typo.lre < typo.correct_digits + 1 < 12 < typo.portable_lre
    assert chaos.portable_lre < 3 and chaos.lre < 1
    assert numbers["made-up/unproven-error[0]"].certified is None or not numbers["made-up/unproven-error[0]"].lre
    code, shown, complaint = verify(with_article, "--numbers-only")
    assert "38 of 46 seeded numbers" in shown
    assert (code, complaint) == (1, "verify.py: not everything is as published and settled: 2 differs, 1 open\n")
    assert max(map(len, shown.splitlines())) < 130
    told = run_program("train", "nosuch", "--output", "x.npz", cwd=with_article).stderr
    assert len(told.splitlines()) == 1 and len(told) < 300


@pytest.mark.slow
def test_the_tests_hold_with_an_article_that_nobody_knows(with_article: Path) -> None:
    """Golden expectations are of the six articles; nothing else in the tests knows what an article says."""
    for name in ("tests", "scripts", "workflow", "config"):
        shutil.copytree(ROOT / name, with_article / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md", "Snakefile"):
        shutil.copy(ROOT / name, with_article / name)
    chosen = [f"tests/test_{name}.py" for name in ("golden", "inputs", "project", "document", "printed", "verdicts")]
    without = "not nobody_knows and not published_schema_is"
    done = command("-m", "pytest", "-q", "-m", "not slow", "-k", without, *chosen, cwd=with_article)
    assert done.returncode == 0, done.stdout[-4000:]


# --- the one figure of which something is left ------------------------------------------------------------------------


def test_the_loss_curve_begins_and_ends_where_the_printed_outputs_say() -> None:
    """The image is lost, but the outputs printed before and after the training are of its first and last point."""

    def mean_loss(outputs: list[flint.arb]) -> flint.arb:
        terms = [-(o.log() if target else (1 - o).log()) for o, (target,) in zip(outputs, targets, strict=True)]
        return sum(terms) / len(terms)

    targets = RUNNABLE["cross-entropy"].targets
    run = published_run("cross-entropy", "portable")
    assert len(run.outputs) == 200
    for claim_id, epoch in (("output-before-training", 0), ("output-after-training", 199)):
        printed = GOLDEN[f"basic-neural-network/{claim_id}"].printed
        shown = mean_loss([flint.arb(text) + flint.arb(0, 0.5e-8) for text in printed])
        assert shown.contains(mean_loss([flint.arb(float(output)) for output in run.outputs[epoch].ravel()]))
        assert shown.rad() < 1e-7


def test_digits_name_their_error() -> None:
    assert Digits("0.25", 1, "different").to_html() == (
        '<code class="digits">0.2<span class="different" title="not what was computed">5</span></code>'
    )
