"""What the literate documents share: the claims of their article, the comparison with what was printed, findings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

import flint
import numpy
from IPython.display import Image, Markdown
from matplotlib import pyplot
from matplotlib.axes import Axes

from lastdigit import figures, runs
from lastdigit.arithmetic import Array, Portable
from lastdigit.enclosure import Enclosure
from lastdigit.ensembles import Ensemble
from lastdigit.experiments import Experiment
from lastdigit.files import InputError
from lastdigit.printed import print_numbers
from lastdigit.project import ROOT, Project
from lastdigit.published import Claim, Numbers, Statement
from lastdigit.records import FINDING, ByRule, Finding, NumberVerdict
from lastdigit.rounding import round_down, round_up
from lastdigit.runs import Run

# A rule of a verdict: whether it applies, and its words, a clause that can follow "because".
Rule = tuple[bool, str]


class Judged(Markdown):
    """A verdict as a cell shows it; and the same as JSON, which the executed notebook keeps and verify.py reads."""

    def __init__(self, text: str, finding: Finding) -> None:
        super().__init__(text)
        self.finding = finding

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {FINDING: self.finding.model_dump()}


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
        self.numbers = self.project.numbers(source)
        self.findings: dict[str, Finding] = {}
        self.under_test: str | None = None  # the statement shown last, until it is judged
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

    def train(self, experiment: Experiment, start: Sequence[Array] | None = None) -> Run:
        """Train a changed experiment, or from other starting weights, in the portable arithmetic."""
        return runs.train(experiment, Portable(), start=start)

    def figure(self, name: str) -> Image:
        """One of the project's figures: drawn here, so that the document waits for no figure that it does not show."""
        return Image(data=figures.render(name, self.project, ["png"])["png"])

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

    def compare(self, claim_id: str, values: Sequence[float] | Array, computed_by: str = "this program") -> Markdown:
        """What was printed, what the program above prints, and the certified value, digit by digit.

        Args:
            claim_id: the id of the claim in its source.
            values: the program's numbers, in the order of the claim's.
            computed_by: the head of their column, if they come from elsewhere.
        """
        if self.changed:
            return self._not_compared()
        records = self.verdicts_on(claim_id)
        mine = print_numbers(records[0].notation, list(numpy.ravel(values)))
        rows = []
        for record, text in zip(records, mine, strict=True):
            same, portable = ("as printed" if one == record.printed else f"`{one}`" for one in (text, record.portable))
            certified = f"`{record.certified}`" if record.certified else "–"
            rows.append([record.digits.to_html(), same, portable, certified, record.verdict])
        return table(["printed", computed_by, "portable", "certified value", "verdict"], rows)

    def verdicts_on(self, claim_id: str) -> list[NumberVerdict]:
        """The verdicts on the printed numbers of one of the article's claims, in their order.

        Raises:
            InputError: if that is no claim about printed numbers.
        """
        claim = self.claims.get(claim_id)
        if not isinstance(claim, Numbers):
            raise InputError(f"{self.name}: no claim {claim_id!r} on printed numbers")
        return self.project.verdicts_on(claim)

    def statement(self, claim_id: str) -> Markdown:
        """One of the article's statements, in a box: that which the next verdict is on.

        Raises:
            InputError: if the article states no such thing.
        """
        claim = self.claims.get(claim_id)
        if not isinstance(claim, Statement):
            raise InputError(f"{self.name}: no statement {claim_id!r}")
        self.under_test = claim_id
        return Markdown(f"> **The article says** ({where(claim)}): {claim.statement}")

    def verdict(
        self,
        text: str,
        *,
        holds: bool | Rule = False,
        qualified: Rule = (False, ""),
        fails: str = "what it says is not so",
    ) -> Markdown:
        """Give the verdict on the statement shown last: that of the first rule that applies, in the order given here.

        The finding is the text, then "Holds, because …" with the words of that rule.

        Args:
            text: what was found, in whole sentences.
            holds: true as worded, with no exception found; alone, without words, it has just these.
            qualified: true in the sense meant, but not as worded, or not in every case that the words cover.
            fails: the words, if neither applies.

        Raises:
            InputError: if no statement was shown since the last verdict.
        """
        if self.under_test is None:
            raise InputError(f"{self.name}: a verdict on what? First run the cell that shows the statement")
        rules: list[tuple[ByRule, Rule]] = [
            ("holds", holds if isinstance(holds, tuple) else (holds, "no exception was found")),
            ("qualified", qualified),
            ("fails", (True, fails)),
        ]
        verdict, because = next((verdict, because) for verdict, (applies, because) in rules if applies)
        because = f"{text} {verdict.capitalize()}, because {because}."
        finding = Finding(statement=self.under_test, verdict=verdict, finding=because)
        self.findings[self.under_test], self.under_test = finding, None
        shown = f"**{verdict}**: {finding.finding}"
        return Markdown(shown) if self.changed else Judged(shown, finding)

    def finish(self) -> Markdown:
        """Check that every statement has been judged, and count the verdicts.

        Raises:
            InputError: naming the statements without a verdict.
        """
        if missing := [one.id for one in self.source.of_kind(Statement) if one.id not in self.findings]:
            raise InputError(f"{self.name}: no verdict on {', '.join(missing)}")
        verdicts = [finding.verdict for finding in self.findings.values()]
        counts = ", ".join(f"*{v}* {verdicts.count(v)}" for v in get_args(ByRule) if v in verdicts)
        return Markdown(f"{len(verdicts)} statements put to the test: {counts}.")

    def _not_compared(self) -> Markdown:
        return Markdown(f"Not compared: this run is not the article's ({'; '.join(self.changed)}).")


def where(claim: Claim) -> str:
    """The place of a claim in its document, in words."""
    if isinstance(claim.where, tuple):
        return f"lines {claim.where[0]} to {claim.where[1]}"
    return f"line {claim.where}" if isinstance(claim.where, int) else claim.where


def table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> Markdown:
    """A table of whatever can be written as text."""
    lines = [header, ["---"] * len(header), *rows]
    return Markdown("\n".join(f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in line)} |" for line in lines))


def plot(**settings: Any) -> Axes:
    """Axes to draw on, in the style of the figures, with plain numbers along logarithmic ones.

    Args:
        settings: labels, scales and limits, as `Axes.set` takes them.
    """
    pyplot.style.use(ROOT / "scripts/lastdigit.mplstyle")
    axes = pyplot.figure(dpi=200).subplots()  # as sharp as the project's own
    axes.set(**settings)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    return axes


def overlaps(a: Array, b: Array) -> Array:
    """Element by element, whether two balls overlap: if not, their numbers are proven to differ."""
    return numpy.array(numpy.frompyfunc(flint.arb.overlaps, 2, 1)(a, b), dtype=bool)


def at_most(x: Any, digits: int = 2, percent: bool = False) -> str:
    """An upper bound of a number as text, rounded up: of 0.2149, "0.22", or "22%".

    Also for a threshold from which on something holds: it holds from this number on.

    Args:
        x: an integer, a fraction, a float or a number of NumPy's, each taken as exactly what it is; an `Enclosure` or
            an `arb`: then it is a bound of every number in it.
        digits: significant ones.
        percent: whether to write a hundred times the number, and a sign.

    Raises:
        ValueError: if the number is not finite.
    """
    return _written(round_up, _ends(x)[1], digits, percent)


def at_least(x: Any, digits: int = 2, percent: bool = False) -> str:
    """A lower bound of a number as text, rounded down: of 0.8295, "0.82". The rest as for `at_most`."""
    return _written(round_down, _ends(x)[0], digits, percent)


def _ends(x: Any) -> tuple[Fraction, Fraction]:
    if hasattr(x, "man_exp") and hasattr(x, "rad"):
        x = Enclosure.of(x)
    if isinstance(x, Enclosure):
        return x.low, x.high
    try:
        exact = Fraction(x.item() if isinstance(x, numpy.generic) else x)
    except (ValueError, OverflowError, TypeError):
        raise ValueError(f"expected a finite number, got {x!r}") from None
    return exact, exact


def _written(round_to: Callable[[Fraction, int], Decimal], x: Fraction, digits: int, percent: bool) -> str:
    x *= 100 if percent else 1
    rounded = round_to(x, digits)
    if Fraction(rounded) == x and rounded == rounded.to_integral_value():
        rounded = Decimal(int(rounded))  # a whole number as it is
    form = "f" if not rounded or -5 <= rounded.adjusted() < 15 else "e"
    return f"{rounded:{form}}{'%' if percent else ''}"
