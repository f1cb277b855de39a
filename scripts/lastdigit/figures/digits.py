"""Every printed number set in type, its digits marked; and what its verdict says of them."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import BaseModel

from lastdigit.figures.drawing import (
    FAINT,
    LETTER,
    MARGIN,
    POINTS,
    Parts,
    grouped,
    titled,
    wrapped,
    write_key,
    write_number,
)
from lastdigit.files import InputError, parse
from lastdigit.printed import Digits
from lastdigit.project import Project
from lastdigit.published import Numbers

ATTAINED = (
    "† The article gives no seed. A start was found from which exactly these numbers are printed; nothing is proven of"
    " the author’s own run."
)
ORDER = (
    "Which digits rounding error leaves depends on the order of summation; the one used here was chosen because it"
    " prints those of the three-layer network."
)


class Verdict(BaseModel):
    """What is needed of the record of a printed number."""

    claim: str
    experiment: str
    printed: str
    correct_digits: int | None
    verdict: str

    @property
    def parts(self) -> Parts:
        """The number cut into what is right and what is not; rounding error is only what was shown to be that."""
        if self.verdict in ("attained", "open"):
            return [(self.verdict, self.printed)]
        parts = Digits(self.printed, self.correct_digits).parts
        return [("different" if part == "wrong" and self.verdict == "differs" else part, text) for part, text in parts]


def verdicts_on(claim: Numbers, files: Project) -> list[Verdict]:
    """The verdicts on the numbers of a claim, in order.

    Raises:
        InputError: if one is missing, or is on another string.
    """
    path = files.places["numbers"]
    records = parse(tuple[Verdict, ...], [one for one in files.numbers() if one.get("claim") == claim.name], str(path))
    if tuple(one.printed for one in records) != claim.printed:
        raise InputError(f"{path}: no verdicts on {claim.name} as printed; make them with scripts/verify.py")
    return list(records)


def tally(verdicts: Sequence[Verdict], files: Project, what: str = "seeded numbers") -> str:
    """How many of the numbers have each verdict, in one sentence."""
    seeded = sum(files.experiment(one.experiment, as_published=True).start.is_given for one in verdicts)
    wrong = [len(text.replace(".", "")) for one in verdicts for part, text in one.parts if part == "wrong"]
    clauses = {
        "proven": f"of {seeded} {what} are the correct rounding of the exact value, proven",
        "reproduced": f"end in rounding error ({sum(wrong)} digits)",
        "attained": "unseeded ones are attained",
        "differs": "differ",
        "open": "are open",
    }
    counts = [(sum(one.verdict == verdict for one in verdicts), clause) for verdict, clause in clauses.items()]
    return "; ".join(f"{count} {clause}" for count, clause in counts if count) + "."


def describe(claim: Numbers, with_experiment: bool) -> str:
    """What the numbers of a claim are."""
    words = {"start": "starting weights", "error": "mean absolute error"}.get(claim.quantity, claim.quantity)
    if with_experiment:
        words = f"{claim.experiment} {words}"
    if claim.inputs:
        words += f" for {' '.join(f'{value:g}' for value in claim.inputs)}"
    elif len(claim.at) > 1:
        words += " at epoch"
    elif claim.quantity != "start":
        words += f"{' after' if claim.moment == 'after' else ','} epoch {grouped(claim.at[0])}"
    return words


def correct_digits(files: Project, title: str) -> Figure:
    """Every printed number, its digits marked as right or as rounding error; each of a log behind its epoch."""
    sources = {source: list(source.of_kind(Numbers)) for source in files.sources.values()}
    verdicts = {claim.name: verdicts_on(claim, files) for claims in sources.values() for claim in claims}
    everything = [one for those in verdicts.values() for one in those]
    # Lengths are in points; the height of the page is what is used in the end.
    width, column, line = 648.0, 196.0, 17.0
    figure, page = titled(title, tally(everything, files), 1000, width=width)
    y = 90.0
    write_key(page, MARGIN, y, {part for one in everything for part, _ in one.parts})
    for source, claims in sources.items():
        y += 11
        heading = source.title.partition(": ")[0] + (f", by {source.author}" if source.author else "")
        for words in wrapped(heading, 10, width - 2 * MARGIN, weight="bold"):
            y += line
            page.text(MARGIN, y, words, weight="bold")
        for claim in claims:
            y += line * write_claim(
                page, y + line, column, claim, verdicts[claim.name], len({c.experiment for c in claims}) > 1
            )
    for note, verdict in ((ATTAINED, "attained"), (ORDER, "reproduced")):
        if any(one.verdict == verdict for one in everything):
            y += 10
            for words in wrapped(note, 9.5, width - 2 * MARGIN):
                y += 15
                page.text(MARGIN, y, words, fontsize=9.5)
    height = y + MARGIN
    page.set_ylim(height, 0)
    figure.set_size_inches(width / POINTS, height / POINTS)
    return figure


def write_claim(page: Axes, y: float, column: float, claim: Numbers, verdicts: Sequence[Verdict], several: bool) -> int:
    """Write what a claim is about and, from a column on, its numbers; the number of lines that this takes."""
    label = describe(claim, several) + " †" * any(one.verdict == "attained" for one in verdicts)
    lines = wrapped(label, 9.5, column - MARGIN - 12)
    for index, words in enumerate(lines):
        page.text(MARGIN, y + 17 * index, words, fontsize=9.5)
    epochs = [grouped(epoch) for epoch in claim.at] if len(claim.at) > 1 else [""] * len(verdicts)
    indent = 7 + 6 * max(map(len, epochs)) if len(claim.at) > 1 else 0
    step = indent + LETTER * 10 * (2 + max(len(one.printed.lstrip("-")) for one in verdicts))
    across = max(1, int((page.get_xlim()[1] - MARGIN - column + 2 * LETTER * 10) // step))
    for index, (epoch, one) in enumerate(zip(epochs, verdicts, strict=True)):
        down, right = divmod(index, across)
        x = column + right * step + indent
        page.text(x - 7, y + 17 * down, epoch, color=FAINT, fontsize=9, ha="right")
        write_number(page, x, y + 17 * down, one.parts)
    return max(len(lines), down + 1)
