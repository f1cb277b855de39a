"""What the literate documents share: the claims of their article, the comparison with what was printed, findings."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy
from IPython.display import Image, Markdown

from lastdigit.arithmetic import Array
from lastdigit.ensembles import Ensemble
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, write_json
from lastdigit.printed import Digits, print_numbers
from lastdigit.project import ROOT, Project
from lastdigit.published import Claim, Numbers
from lastdigit.records import Certificate
from lastdigit.runs import Run
from lastdigit.verdicts import STATEMENT_VERDICTS

# The environment variable by which weave.py names the file for the findings; in a reader's own session there is none.
STATEMENTS = "LAST_DIGIT_STATEMENTS"


class Document:
    """One article, as its document sees it.

    Args:
        source: the name of its file in data/published, without the ending.
        parameters: for each experiment that the document runs, the parameters it ran with. If they are not the
            article's, because a reader changed them, nothing is compared with what was printed.
    """

    def __init__(self, source: str, parameters: Mapping[str, Mapping[str, Any]]) -> None:
        self.project = Project(ROOT)
        self.source = self.project.sources[source]
        self.name = source
        self.claims: dict[str, Claim] = {claim.id: claim for claim in self.source.claims}
        self.numbers = [record for record in self.project.numbers() if record["source"] == source]
        self.findings: dict[str, dict[str, str]] = {}
        self.changed = [
            f"{experiment}: {key} {value}"
            for experiment, given in parameters.items()
            for key, value in given.items()
            if value != self._parameter(experiment, key)
        ]

    def _parameter(self, experiment: str, key: str) -> Any:
        owner = self.project.experiment(experiment)
        return getattr(owner.start if key == "seed" else owner, key)

    def experiment(self, name: str) -> Experiment:
        """An experiment, an unseeded one with its witness for a start."""
        return self.project.experiment(name)

    def run(self, name: str, arithmetic: str = "portable") -> Run:
        """The pipeline's run of an experiment."""
        return self.project.run(name, arithmetic)

    def ensemble(self, name: str) -> Ensemble:
        """The pipeline's ensemble of that name."""
        return self.project.ensemble(name)

    def certificate(self, name: str) -> Certificate:
        """The certificate of an experiment."""
        certificate = self.project.certificate(name)
        assert certificate is not None, f"{name} has no certificate"
        return certificate

    def figure(self, name: str) -> Image:
        """One of the project's figures."""
        return Image(filename=self.project.places["figures"] / f"{name}.png")

    def same_bits(self, experiment: str, weights: Sequence[Array], output: Array) -> Markdown:
        """Check that a program's final weights and last output have the very bits of the pipeline's native run.

        Raises:
            AssertionError: naming what has other bits.
        """
        if self.changed:
            return self._not_compared()
        run = self.run(experiment, "native")
        for number, (mine, theirs) in enumerate(zip(weights, run.weights, strict=True), 1):
            assert mine.tobytes() == theirs[-1].tobytes(), f"{experiment}: other bits in the weights of layer {number}"
        assert output.tobytes() == run.outputs[-1].tobytes(), f"{experiment}: other bits in the last output"
        count = output.size + sum(matrix.size for matrix in weights)
        return Markdown(
            f"All {64 * count} bits of the {count} numbers, weights and output,"
            " are those of the pipeline's `native` run."
        )

    def compare(self, claim_id: str, values: Sequence[float] | Array) -> Markdown:
        """What was printed, what this document's program prints, and the certified value, digit by digit.

        Args:
            claim_id: the id of the claim in its source.
            values: the program's numbers, in the order of the claim's.
        """
        if self.changed:
            return self._not_compared()
        claim = self.claims[claim_id]
        if not isinstance(claim, Numbers):
            raise InputError(f"{claim_id} is no claim about printed numbers")
        mine = print_numbers(claim.notation, list(numpy.ravel(values)))
        records = [record for record in self.numbers if record["claim"] == claim.name]
        lines = ["| printed | this program | portable | certified value | verdict |", "|---|---|---|---|---|"]
        for record, text in zip(records, mine, strict=True):
            printed = Digits(record["printed"], record["correct_digits"]).to_html()
            same = "as printed" if text == record["printed"] else f"`{text}`"
            portable = "as printed" if record["portable"] == record["printed"] else f"`{record['portable']}`"
            certified = f"`{record['certified']}`" if record["certified"] else "–"
            lines.append(f"| {printed} | {same} | {portable} | {certified} | {record['verdict']} |")
        return Markdown("\n".join(lines))

    def judge(self, claim_id: str, verdict: str, finding: str) -> Markdown:
        """Give the verdict on one of the article's statements: "holds", "qualified" or "fails", and one sentence."""
        if verdict not in STATEMENT_VERDICTS[:-1]:
            raise InputError(f"{claim_id}: no verdict {verdict!r}; there are {', '.join(STATEMENT_VERDICTS[:-1])}")
        claim = self.claims[claim_id]
        self.findings[claim_id] = {"verdict": verdict, "finding": finding}
        return Markdown(f"> {getattr(claim, 'statement', '')} ({where(claim)})\n\n**{verdict}**: {finding}")

    def finish(self) -> Markdown:
        """Check that every statement has been judged, and write the findings for the pipeline.

        Raises:
            InputError: naming the statements without a verdict, or what is judged and is no statement.
        """
        stated = {claim_id for claim_id, claim in self.claims.items() if hasattr(claim, "statement")}
        if stated != set(self.findings):
            raise InputError(f"{self.name}: judged and stated are not the same: {stated ^ set(self.findings)}")
        if STATEMENTS in os.environ and not self.changed:
            write_json(Path(os.environ[STATEMENTS]), self.findings)
        verdicts = [finding["verdict"] for finding in self.findings.values()]
        counts = ", ".join(f"{verdicts.count(v)} {v}" for v in STATEMENT_VERDICTS[:-1] if v in verdicts)
        return Markdown(f"{len(verdicts)} statements put to the test: {counts}.")

    def _not_compared(self) -> Markdown:
        return Markdown(f"Not compared: this run is not the article's ({'; '.join(self.changed)}).")


def where(claim: Claim) -> str:
    """The place of a claim in its document, in words."""
    if isinstance(claim.where, tuple):
        return f"lines {claim.where[0]} to {claim.where[1]}"
    return f"line {claim.where}" if isinstance(claim.where, int) else claim.where
