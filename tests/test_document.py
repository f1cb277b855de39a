"""What the documents share: verdicts by rule, bounds on the safe side, tables, and findings that stay in them."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import numpy
import pytest
from IPython.core.formatters import DisplayFormatter
from known import ROOT

from lastdigit.document import Document, at_least, at_most, table
from lastdigit.enclosure import Enclosure
from lastdigit.files import InputError
from lastdigit.project import Project
from lastdigit.records import FINDING, Finding


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (at_most(Fraction(2149, 10**4), percent=True), "22%"),
        (at_most(Fraction(2149, 10**4), 3, percent=True), "21.5%"),
        (at_least(0.8295), "0.82"),
        (at_least(0.7, 1), "0.6"),  # the double is less than the decimal
        (at_least(Fraction("0.7"), 1), "0.7"),
        (at_least(Fraction("0.8295"), 4), "0.8295"),
        (at_most(36.7368005, 6), "36.7369"),
        (at_most(0.5), "0.50"),
        (at_most(0), "0"),
        (at_most(100), "100"),
        (at_most(12345), "13000"),
        (at_least(-12345), "-13000"),
        (at_most(-12345), "-12000"),
        (at_most(Fraction("9.96")), "10"),
        (at_least(2.0**-53), "1.1e-16"),
        (at_most(Decimal("1e-7"), 1), "1e-7"),
        (at_most(numpy.float64(0.75), 1), "0.8"),
        (at_least(numpy.int64(3)), "3"),
        (at_most(flint.arb(1, 0.25)), "1.3"),
        (at_least(flint.arb(1, 0.25)), "0.74"),  # FLINT rounds a radius up
        (at_least(Enclosure((1, 0), (1, -2)), 1), "0.7"),
    ],
)
def test_a_bound_is_written_on_the_safe_side(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize("x", [float("nan"), numpy.inf, flint.arb("nan"), "x", None])
def test_there_is_no_bound_of_what_is_not_finite(x: object) -> None:
    with pytest.raises(ValueError, match="finite number"):
        at_most(x)


def test_a_table_keeps_its_columns() -> None:
    assert table(["a", "|b|"], [[1, 2], (3, "x|y")]).data.splitlines() == [
        "| a | &#124;b&#124; |",
        "| --- | --- |",
        "| 1 | 2 |",
        "| 3 | x&#124;y |",
    ]


@pytest.fixture
def article() -> Document:
    document = Document.__new__(Document)
    project = Project()
    document.source = project.sources["trask-notebook"]
    document.name, document.findings, document.under_test, document.changed = "trask-notebook", {}, None, []
    document.claims = {claim.id: claim for claim in document.source.claims}
    return document


@pytest.mark.parametrize(
    ("holds", "qualified", "expected"),
    [
        ((True, "all 9 do"), True, ("holds", "It falls in 8 of 9 steps. Holds, because all 9 do.")),
        (True, False, ("holds", "It falls in 8 of 9 steps. Holds, because no exception was found.")),
        (False, True, ("qualified", "It falls in 8 of 9 steps. Qualified, because not all do.")),
        (numpy.bool_(False), False, ("fails", "It falls in 8 of 9 steps. Fails, because most rise.")),
    ],
)
def test_the_first_rule_that_applies_decides(article: Document, holds: Any, qualified: bool, expected: tuple) -> None:
    article.statement("weights-mean-zero")
    shown = article.verdict(
        "It falls in 8 of 9 steps.",
        holds=holds,
        qualified=(qualified, "not all do"),
        fails="most rise",
    )
    finding = article.findings["weights-mean-zero"]
    assert (finding.verdict, finding.finding) == expected
    assert shown.data == f"**{finding.verdict}**: {finding.finding}"
    shown_by_jupyter, _ = DisplayFormatter().format(shown)
    assert shown_by_jupyter[FINDING] == finding.model_dump()
    assert shown_by_jupyter["text/markdown"] == shown.data
    assert "0x" not in shown_by_jupyter["text/plain"]  # an address would differ from run to run


def test_a_verdict_is_on_the_statement_shown_last(article: Document) -> None:
    article.statement("weights-mean-zero")
    shown = article.statement("seed-makes-it-deterministic").data
    assert shown.startswith("> **The article says** (") and "deterministic" in shown
    article.verdict("No.")
    assert article.findings.keys() == {"seed-makes-it-deterministic"}
    with pytest.raises(InputError, match="First run the cell that shows the statement"):
        article.verdict("No.")


def test_a_run_that_is_not_the_articles_leaves_no_finding(article: Document) -> None:
    article.changed = ["two-layer: epochs 7"]
    article.statement("weights-mean-zero")
    shown_by_jupyter, _ = DisplayFormatter().format(article.verdict("No.", fails="it is not so"))
    assert FINDING not in shown_by_jupyter


@pytest.mark.parametrize("claim_id", ["no-such", "two-layer-output"])
def test_what_is_no_statement_is_not_put_to_the_test(article: Document, claim_id: str) -> None:
    with pytest.raises(InputError, match=f"no statement '{claim_id}'"):
        article.statement(claim_id)
    assert article.under_test is None


def test_a_document_ends_only_when_all_is_judged(article: Document) -> None:
    article.statement("weights-mean-zero")
    article.verdict("No.", fails="it is not so")
    with pytest.raises(InputError, match=r"no verdict on one-when-.*, seed-makes-it-deterministic, .*outputs-are"):
        article.finish()


def notebook(folder: Path, *outputs: object) -> Project:
    cells = [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "outputs": list(outputs)}]
    (folder / "mine.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return Project(ROOT, notebooks=folder)


def test_findings_are_read_from_the_executed_notebook(tmp_path: Path) -> None:
    finding = Finding(statement="a", verdict="fails", finding="No.")
    shown = {"output_type": "execute_result", "data": {"text/markdown": "x", FINDING: finding.model_dump()}}
    project = notebook(tmp_path, {"output_type": "stream", "text": "x"}, shown)
    assert project.findings("mine") == [finding]
    assert project.findings("another") == []


@pytest.mark.parametrize("finding", [{}, {"statement": "a", "verdict": "open", "finding": "x"}, None])
def test_what_is_no_finding_is_refused(tmp_path: Path, finding: object) -> None:
    with pytest.raises(InputError, match=r"mine.ipynb: finding"):
        notebook(tmp_path, {"data": {FINDING: finding}}).findings("mine")


def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.ipynb").write_text("[1]", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine.ipynb: not a notebook"):
        Project(ROOT, notebooks=tmp_path).findings("mine")
