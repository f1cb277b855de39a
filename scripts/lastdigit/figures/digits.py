"""Every printed number set in type, its digits marked."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import BaseModel

from lastdigit.figures.drawing import FAINT, grouped
from lastdigit.files import InputError, parse
from lastdigit.printed import Digits, Part
from lastdigit.project import Project
from lastdigit.published import Numbers

POINTS = 72  # to an inch
LETTER = 1233 / 2048  # the width of every letter of DejaVu Sans Mono, in units of its size


class Verdict(BaseModel):
    """What is needed of the record of a printed number."""

    claim: str
    printed: str
    correct_digits: int | None
    verdict: str


class Row(NamedTuple):
    """The numbers of one claim, and what they are, in a line or two."""

    label: Sequence[str]
    numbers: Sequence[Digits]


class Article(NamedTuple):
    """What one article printed."""

    title: str
    rows: Sequence[Row]


# Told apart without colour too: bold; plain and underlined; plain.
LOOKS: dict[Part, dict[str, Any]] = {
    "right": {"color": "C0", "weight": "bold"},
    "wrong": {"color": "C1"},
    "unknown": {"color": FAINT},
}
KEY: list[tuple[Part, str, str]] = [
    ("right", "0.1234", "right"),
    ("wrong", "567", "rounding error"),
    ("unknown", "0.1234", "no certified value"),
]


def count_digits(numbers: Iterable[Digits]) -> str:
    """One sentence on how many of the numbers and digits are right."""
    wrong = [None if number.correct is None else number.significant - number.correct for number in numbers]
    amiss = [digits for digits in wrong if digits]
    clauses = [f"Of {len(wrong)} numbers, {wrong.count(0)} are right to the last digit"]
    if amiss:
        clauses.append(f"{len(amiss)} end in rounding error ({sum(amiss)} digits)")
    if None in wrong:
        clauses.append(f"{wrong.count(None)} have no certified value")
    return ", ".join(clauses[:-1]) + " and " * (len(clauses) > 1) + clauses[-1] + "."


def set_number(axes: Axes, x: float, y: float, size: float, parts: Sequence[tuple[Part, str]]) -> None:
    """Write the parts of a number one after the other, in axes whose unit is the point. A minus sign hangs out."""
    if parts[0][1].startswith("-"):
        x -= LETTER * size
    for part, text in parts:
        end = x + LETTER * size * len(text)
        axes.text(x, y, text, fontsize=size, family="monospace", **LOOKS[part])
        if part == "wrong":
            axes.fill_between((x, end), y - size, y + 0.4 * size, color="C1", alpha=0.13, linewidth=0)
            axes.plot((x, end), (y + 0.4 * size, y + 0.4 * size), color="C1", solid_capstyle="butt")
        x = end


def describe(claim: Numbers, with_experiment: bool, unseeded: bool) -> list[str]:
    """What the numbers of a claim are, in a line or two; † for a run from a start that was found."""
    words = {"start": "starting weights", "error": "mean absolute error"}.get(claim.quantity, claim.quantity)
    if with_experiment:
        words = f"{claim.experiment} {words}"
    mark = " †" if unseeded else ""
    first, last = grouped(claim.at[0]), grouped(claim.at[-1])
    if len(claim.at) > 1:
        return [f"{words}{mark} at", f"epochs {first} to {last}"]
    if claim.inputs:
        return [f"{words} for {' '.join(f'{value:g}' for value in claim.inputs)}{mark}"]
    if claim.quantity != "start":
        words += f"{' after' if claim.moment == 'after' else ','} epoch {last}"
    return [words + mark]


def verdicts_on(claims: Sequence[Numbers], files: Project) -> list[list[Verdict]]:
    """The verdicts on the numbers of each claim, in order.

    Raises:
        InputError: if one is missing, or is on another string.
    """
    path = files.places["numbers"]
    records = [record for record in files.numbers() if record.get("kind") == "number"]
    verdicts = parse(tuple[Verdict, ...], records, str(path))
    found = [[one for one in verdicts if one.claim == claim.name] for claim in claims]
    for claim, mine in zip(claims, found, strict=True):
        if tuple(one.printed for one in mine) != claim.printed:
            raise InputError(f"{path}: no verdicts on {claim.name} as printed; make them with scripts/verify.py")
    return found


def articles(files: Project) -> list[Article]:
    """What is set in type, in the order of the sources."""
    found = []
    for source in files.sources.values():
        claims = list(source.of_kind(Numbers))
        several = len({claim.experiment for claim in claims}) > 1
        rows = []
        for claim, verdicts in zip(claims, verdicts_on(claims, files), strict=True):
            unseeded = any(one.verdict == "attained" for one in verdicts)
            numbers = [Digits(one.printed, one.correct_digits) for one in verdicts]
            rows.append(Row(describe(claim, several, unseeded), numbers))
        title = source.title.partition(": ")[0]
        found.append(Article(f"{title}, by {source.author}" if source.author else title, rows))
    return found


def correct_digits(files: Project, title: str) -> Figure:
    """Every printed number set in type, its digits marked as right or as rounding error."""
    # Lengths are in points, y downwards; the height of the page is what is used in the end.
    width, margin, column, line, size = 648.0, 24.0, 200.0, 17.0, 10.5
    figure = Figure()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    printed = articles(files)
    numbers = [number for article in printed for row in article.rows for number in row.numbers]
    axes.text(margin, 56, count_digits(numbers), fontsize=10.5)
    shown = {part for number in numbers for part, _ in number.parts}
    x, y = margin, 79.0
    for part, sample, meaning in KEY:
        if part in shown:
            set_number(axes, x, y, size, [(part, sample)])
            axes.text(x + LETTER * size * len(sample) + 6, y, meaning, fontsize=9.5)
            x += LETTER * (size * len(sample) + 9.5 * len(meaning)) + 28
    for article in printed:
        y += 29
        axes.text(margin, y, article.title, weight="bold")
        for row in article.rows:
            gap = 2 * LETTER * size
            step = LETTER * size * max(len(number.printed.lstrip("-")) for number in row.numbers) + gap
            across = int((width - margin - column + gap) // step)
            for index, words in enumerate(row.label, start=1):
                axes.text(margin, y + line * index, words, fontsize=9.5)
            for index, number in enumerate(row.numbers):
                down, right = divmod(index, across)
                set_number(axes, column + right * step, y + line * (down + 1), size, number.parts)
            y += line * max(len(row.label), down + 1)
    if any("†" in words for article in printed for row in article.rows for words in row.label):
        y += 27
        footnote = "† run without a seed: a start was found from which exactly these numbers are printed"
        axes.text(margin, y, footnote, fontsize=9.5)
    height = y + 20
    axes.set(xlim=(0, width), ylim=(height, 0))
    figure.set_size_inches(width / POINTS, height / POINTS)
    figure.suptitle(title, x=margin / width, y=1 - 32 / height, fontsize=16, ha="left", va="baseline")
    return figure
