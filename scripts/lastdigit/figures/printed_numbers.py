"""Every printed number set in type with its digits marked, and what the verdicts say."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lastdigit.experiments import load_witnesses
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
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.records import NumberVerdict
from lastdigit.verdicts import NUMBER_VERDICTS, count

ATTAINED = (
    "† The article gives no seed. A start was found from which exactly these numbers are printed; nothing is proven of"
    " the author’s own run."
)


def parts_of(verdict: NumberVerdict) -> Parts:
    """A printed number, cut into what is right and what is not."""
    return [("attained" if verdict.verdict == "attained" else part, text) for part, text in verdict.digits.parts]


def looks_of(verdicts: Iterable[NumberVerdict]) -> set[str]:
    """The kinds of parts that some numbers have."""
    return {part for one in verdicts for part, _ in parts_of(one)}


def tally(verdicts: Sequence[NumberVerdict], what: str) -> str:
    """How many of the numbers have each verdict, as a sentence."""
    counts = count(verdicts, NUMBER_VERDICTS)
    errors = [
        text for one in verdicts if one.verdict == "reproduced" for part, text in parts_of(one) if part == "wrong"
    ]
    seeded, are = sum(one.seeded for one in verdicts), "is" if counts["proven"] == 1 else "are"
    clauses = {
        "proven": f"of {seeded} {what} {are} the correct rounding of the exact value, proven",
        "reproduced": f"end in rounding error ({sum(text.isdigit() for text in ''.join(errors))} digits)",
        "attained": "unseeded ones are attained",
        "differs": "differ",
        "open": "are open",
    }
    given = (f"{counts[verdict]}\N{NO-BREAK SPACE}{clause}" for verdict, clause in clauses.items() if counts[verdict])
    return "; ".join(given) + "."


def on_order(files: Project, verdicts: Iterable[NumberVerdict]) -> str:
    """A remark on reproduced numbers, where the order of summation was searched for."""
    witnesses = load_witnesses(files.places["witnesses"], files.as_published)
    reproduced = dict.fromkeys(one.experiment for one in verdicts if one.verdict == "reproduced")
    return " ".join(
        "Which digits rounding error leaves depends on the order of summation: of"
        f" {witnesses[name].tried} orders tried, {len(sums)} print the whole {name} line, and the one used here was"
        " chosen from these."
        for name in reproduced
        if name in witnesses and (sums := witnesses[name].sums)
    )


def describe(claim: Numbers, with_experiment: bool) -> str:
    """What the numbers of a claim are, in words."""
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
    """Every printed number with its digits marked as right or as rounding error; those of a log after their epochs."""
    sources = {source: list(source.of_kind(Numbers)) for source in files.sources.values()}
    verdicts = {claim.name: files.verdicts_on(claim) for claims in sources.values() for claim in claims}
    everything = [one for those in verdicts.values() for one in those]
    # Lengths are in points; the height of the page is set at the end, to what was used.
    width, column, line = 648.0, 196.0, 17.0
    figure, page = titled(title, tally(everything, "seeded numbers"), 1000, width=width)
    y = 90.0
    write_key(page, MARGIN, y, looks_of(everything))
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
    notes = [ATTAINED] if "attained" in looks_of(everything) else []
    for note in filter(None, (*notes, on_order(files, everything))):
        y += 10
        for words in wrapped(note, 9.5, width - 2 * MARGIN):
            y += 15
            page.text(MARGIN, y, words, fontsize=9.5)
    height = y + MARGIN
    page.set_ylim(height, 0)
    figure.set_size_inches(width / POINTS, height / POINTS)
    return figure


def write_claim(
    page: Axes, y: float, column: float, claim: Numbers, verdicts: Sequence[NumberVerdict], several: bool
) -> int:
    """Write what a claim is about and, from a column on, its numbers; return the number of lines that this takes."""
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
        write_number(page, x, y + 17 * down, parts_of(one))
    return max(len(lines), down + 1)
