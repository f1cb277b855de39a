"""What the pages of the site draw of a number: where it lies between rounding boundaries, and how it came about."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy

from lastdigit.arithmetic import Array, Portable
from lastdigit.enclosure import Enclosure
from lastdigit.network import Network
from lastdigit.observations import evaluate
from lastdigit.printed import Print
from lastdigit.published import Numbers
from lastdigit.runs import Run

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 460, 200, 58, 8, 34  # of a curve, in units of the drawing
SAMPLES = 160
DIGITS_IN_COMMON, MOST_CHARACTERS = 4, 8  # of neighbouring numbers, that are shown of each


class RoundingLine(NamedTuple):
    """A number line about a printed number, in steps of its notation: 0 is the print, 1 the next that can be written.

    Attributes:
        exact: where the exact value lies, rounded for drawing.
        numbers: some that can be written near the print, as (place, its last characters); empty where they lie too
            close to be seen.
        zone: the two boundaries of what rounds to the print.
        low, high: the ends of the line.
    """

    exact: float
    numbers: list[tuple[int, str]]
    zone: list[float]
    low: float
    high: float

    @property
    def is_near(self) -> bool:
        """Whether the boundaries on both sides of the print can be seen."""
        return bool(self.numbers)


def rounding_line(printed: Print, enclosure: Enclosure) -> RoundingLine | None:
    """Where the number enclosed lies beside its print; None where the notation has no step, as of a printed 0."""
    is_double = printed.notation == "python3-repr"
    step = Fraction(math.ulp(float(printed.text))) if is_double else printed.unit
    if not step:
        return None
    own = Fraction(float(printed.text)) if is_double else printed.value
    exact = float((enclosure.centre - own) / step)
    zone = sorted(float((beside - own) / 2 / step) for beside in printed.neighbours(own))
    if abs(exact) > 2.4:
        low, high = sorted((0.0, exact))
        return RoundingLine(exact, [], zone, low - (high - low) / 6, high + (high - low) / 6)
    if "e" in printed.text:
        form = f".{len(printed.text.partition('e')[0].lstrip('-')) - 2}e"
    else:  # a last 0 may be left out of the print
        form = f".{max(len(printed.text.partition('.')[2]), len(str(step.denominator)) - 1)}f"
    near = [float(own + place * step) for place in range(-3, 4)]
    texts = [repr(number) if is_double else f"{number:{form}}" for number in near]
    reach = 2.5 if abs(exact) > 1 else 1.5
    shown = {place: text for place, text in enumerate(texts, -3) if abs(place) < reach}
    same = next(n for n, letters in enumerate(zip(*shown.values(), strict=False)) if len(set(letters)) > 1)
    left_out = max(0, same - DIGITS_IN_COMMON, max(map(len, texts)) - MOST_CHARACTERS)
    numbers = [(place, "…" * bool(left_out) + text[left_out:]) for place, text in shown.items()]
    return RoundingLine(exact, numbers, zone, -reach, reach)


class Curve(NamedTuple):
    """The course of some numbers over a training, in units of the drawing.

    Attributes:
        paths: one for each number, as an SVG path.
        marks: x, y of each printed number.
        epochs, values: ticks, as (place, text).
    """

    paths: list[str]
    marks: list[tuple[float, float]]
    epochs: list[tuple[float, str]]
    values: list[tuple[float, str]]


def course(run: Run, claim: Numbers, epochs: Sequence[int]) -> Array:
    """The numbers of a claim at some epochs of a run: a row an epoch, a column for each of them."""
    with Portable() as arithmetic:
        network = Network(run.experiment, arithmetic)
        if claim.quantity == "error":
            return run.errors[list(epochs), numpy.newaxis]
        if claim.quantity == "output":
            return run.outputs[list(epochs)].reshape(len(epochs), -1)
        rows = [evaluate(network, run.state(network, epoch), *claim.subject) for epoch in epochs]
    return numpy.array(rows)[:, claim.part(run.experiment.layers)]


def curve(run: Run, claim: Numbers) -> Curve | None:
    """How the numbers of a claim came about, and where they were printed; None of starting weights."""
    if claim.quantity == "start":
        return None
    last = run.experiment.epochs - 1
    samples = SAMPLES if claim.quantity in ("error", "output") else SAMPLES // 4
    epochs = sorted({round(math.expm1(math.log1p(last) * i / samples)) for i in range(samples + 1)} | set(claim.at))
    values = course(run, claim, epochs)
    logarithmic = bool((values > 0).all()) and values.max() > 100 * values.min()
    heights = numpy.log10(values) if logarithmic else values
    low, high = float(heights.min()), float(heights.max())
    margin = (high - low or 1) * 0.06
    low, high = low - margin, high + margin

    def x(epoch: int) -> float:
        return round(LEFT + (WIDTH - LEFT - 12) * math.log1p(epoch) / math.log1p(last), 1)

    def y(height: float) -> float:
        return round(TOP + (HEIGHT - BOTTOM - TOP) * (1 - (height - low) / (high - low)), 1)

    paths = [
        "M" + " ".join(f"{x(epoch)} {y(height)}" for epoch, height in zip(epochs, column, strict=True))
        for column in heights.T.tolist()
    ]
    rows = dict(zip(epochs, heights.tolist(), strict=True))
    ticks = [0, *(10**power for power in range(1, len(str(last)) + 1) if 10**power <= last)]
    return Curve(
        paths,
        [(x(epoch), y(height)) for epoch in claim.at for height in rows[epoch]],
        [(x(tick), f"{tick:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")) for tick in ticks],
        [(y(height), text) for height, text in _ticks(low, high, logarithmic)],
    )


def _ticks(low: float, high: float, logarithmic: bool) -> list[tuple[float, str]]:
    """Round numbers between two heights: powers of ten, or three to seven of the same distance."""
    if logarithmic:
        every = max(1, math.ceil((high - low) / 5))
        powers = [power for power in range(math.ceil(low), math.floor(high) + 1) if power % every == 0]
        return [(power, f"{10.0**power:g}" if power > -4 else f"1e{power}") for power in powers]
    size = 10.0 ** math.floor(math.log10((high - low) / 3))
    step = max(size * factor for factor in (1, 2, 5) if size * factor * 3 <= high - low)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [(n * step, f"{n * step:g}") for n in range(first, last + 1)]
