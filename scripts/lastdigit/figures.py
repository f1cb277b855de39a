"""The figures: pure functions from data to a Matplotlib figure, drawn in the style of scripts/lastdigit.mplstyle.

No function reads a file, the clock or a font of the machine. Values are computed in the arithmetic of the run, so that
the same figure comes out on every machine. Colours are named C0, C1, … as the style numbers them.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lastdigit.arithmetic import FLOAT_ARITHMETICS, Array, Portable
from lastdigit.network import Network
from lastdigit.published import Numbers
from lastdigit.quantities import evaluate
from lastdigit.runs import Run

INK, FAINT = "#222222", "#777777"
POINTS = 72  # to an inch
LETTER = 1233 / 2048  # the width of every letter of DejaVu Sans Mono, in units of its size


def grouped(number: int, space: str = "\N{THIN SPACE}") -> str:
    """A whole number with its thousands set apart, from five digits on."""
    return f"{number:,}".replace(",", space) if number >= 10_000 else str(number)


def titled(title: str) -> Figure:
    """An empty figure with its title above the left edge of the axes."""
    figure = Figure()
    figure.suptitle(title, x=figure.subplotpars.left, y=0.97, horizontalalignment="left", verticalalignment="top")
    return figure


def sigmoid(title: str) -> Figure:
    """The logistic sigmoid and its derivative from -8 to 8, computed in the portable arithmetic."""
    x = numpy.linspace(-8, 8, 257)  # steps of 1/16: exact in binary64
    with Portable() as arithmetic:
        curve = 1 / (1 + arithmetic.exp(-x))
    gradient = curve * (1 - curve)
    figure = titled(title)
    axes = figure.add_subplot(xlim=(-8, 8), ylim=(-0.03, 1.05), xlabel="Weighted sum x", ylabel="Value")
    axes.plot(x, curve, color="C0")
    axes.plot(x, gradient, color="C1")
    axes.text(1.9, 0.7, r"sigmoid  $\sigma(x) = 1\,/\,(1 + e^{-x})$", color="C0", fontsize=12)
    axes.text(2.4, 0.1, r"gradient  $\sigma(x)\,(1 - \sigma(x))$", color="C1", fontsize=12)
    middle = len(x) // 2
    axes.plot(x[middle], curve[middle], "o", color="C0")
    axes.annotate(f"{curve[middle]:g} at 0", (0, curve[middle]), (-9, 4), textcoords="offset points", ha="right")
    axes.plot(x[middle], gradient[middle], "o", color="C1")
    axes.annotate(f"greatest at 0: {gradient[middle]:g}", (0, gradient[middle]), (8, 6), textcoords="offset points")
    return figure


def epoch_axis(axes: Axes, epochs: int) -> None:
    """Show the epochs from 0 to epochs - 1: logarithmic from 1 on, so that epoch 0 keeps its place and its number."""
    axes.set_xscale("symlog", linthresh=1, linscale=0.35, subs=range(2, 10))
    axes.set_xlim(-0.12, epochs)
    decades = [10**power for power in range(len(str(epochs - 1)))]
    axes.set_xticks([0, *decades], [grouped(tick) for tick in (0, *decades)])
    axes.set_xlabel("Epoch (logarithmic from 1 on)")


def error_axis(axes: Axes, lowest: float, highest: float) -> None:
    """Show errors on a logarithmic axis. One of exactly 0, which has no place there, runs off the lower edge."""
    axes.set_yscale("log", nonpositive="clip")
    axes.set_ylim(lowest, highest)


class Mark(NamedTuple):
    """A number to point out on a curve: its place in the data, what to write beside it, and its colour."""

    x: float
    y: float
    text: str
    colour: str


def mark_to_the_right(axes: Axes, marks: Iterable[Mark], heading: str, gap: float) -> None:
    """Mark points on a curve and write beside the axes what they are, under a heading.

    A text stands at the height of its point, or higher where it must keep `gap`, a fraction of the axes' height, from
    the one below it. The limits and scales of the axes must be final.
    """
    place = axes.transScale + axes.transLimits  # from data to fractions of the axes
    beside: dict[str, Any] = {"family": "monospace", "verticalalignment": "center"}
    height = -gap
    for mark in sorted(marks, key=lambda mark: mark.y):
        height = max(float(place.transform((mark.x, mark.y))[1]), height + gap)
        axes.plot(mark.x, mark.y, "o", color=mark.colour, markeredgecolor="white", clip_on=False, zorder=3)
        leader = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.7, "shrinkB": 4, "relpos": (0, 0.5)}
        axes.annotate(
            mark.text,
            (mark.x, mark.y),
            (1.035, height),
            textcoords="axes fraction",
            color=mark.colour,
            annotation_clip=False,
            arrowprops=leader,
            **beside,
        )
    axes.text(1.035, height + gap, heading, transform=axes.transAxes, color=FAINT, **beside)


def final_outputs(run: Run, claim: Numbers, title: str) -> Figure:
    """The output for every example against the epoch, the printed last values beside the ends of the curves.

    Args:
        run: the run that the claim is about.
        claim: an output, printed at one epoch.
        title: of the figure.
    """
    figure = titled(title)
    figure.subplots_adjust(right=0.725)
    axes = figure.add_subplot(ylim=(-0.03, 1.03), ylabel="Output")
    epoch_axis(axes, run.experiment.epochs)
    marks = []
    (epoch,) = claim.at
    for number, (example, text) in enumerate(zip(run.experiment.inputs, claim.printed, strict=True)):
        outputs = run.outputs[:, number, 0]
        axes.plot(outputs, color=f"C{number}")
        inputs = " ".join(f"{value:g}" for value in example)
        marks.append(Mark(epoch, outputs[epoch], f"{inputs}  {text}", f"C{number}"))
    mark_to_the_right(axes, marks, "input  as printed", gap=0.06)
    return figure


def error_log(run: Run, claim: Numbers, title: str) -> Figure:
    """The mean absolute error of every epoch, and on the curve the errors that were printed.

    Args:
        run: the run that the claim is about.
        claim: an error, printed at some epochs, the first of them 0.
        title: of the figure.
    """
    figure = titled(title)
    figure.subplots_adjust(right=0.655)
    axes = figure.add_subplot(ylabel="Mean absolute error")
    error_axis(axes, run.errors[run.errors > 0].min() / 1.6, 1)
    epoch_axis(axes, run.experiment.epochs)
    axes.plot(run.errors)
    marks = [
        Mark(epoch, run.errors[epoch], f"{grouped(epoch, ' ')}  {text}", INK)
        for epoch, text in zip(claim.at, claim.printed, strict=True)
    ]
    mark_to_the_right(axes, marks[1:], "epoch   as printed", gap=0.075)
    # The first point lies far from the right edge, and has room above it.
    first = marks[0]
    axes.plot(first.x, first.y, "o", color=INK, markeredgecolor="white", zorder=3)
    axes.annotate(f"epoch {first.text}", first[:2], (3, 9), textcoords="offset points", family="monospace")
    return figure


def loss_curve(run: Run, title: str) -> Figure:
    """The mean binary cross-entropy of the outputs before each update, against the epoch."""
    with FLOAT_ARITHMETICS[run.arithmetic]() as arithmetic:
        network = Network(run.experiment, arithmetic)
        states = (run.state(network, epoch) for epoch in range(run.experiment.epochs))
        losses = numpy.concatenate([evaluate(network, state, "loss", "before") for state in states])
    figure = titled(title)
    axes = figure.add_subplot(xlabel="Epoch", ylabel="Loss", xlim=(0, len(losses)), ylim=(0, 1.05 * losses.max()))
    axes.plot(losses)
    return figure


def hidden_layer(run: Run, title: str) -> Figure:
    """How the hidden units of a trained network of two inputs and a bias cut the plane, and the output that results.

    Args:
        run: of a network with one hidden layer, whose third input is always 1.
        title: of the figure.
    """
    # The output is computed in the arithmetic of the run, so that no contour moves by a machine's own rounding.
    # The steps of 1/32 are exact.
    side = numpy.linspace(-0.25, 1.25, 49)
    grid = numpy.stack([*(axis.ravel() for axis in numpy.meshgrid(side, side)), numpy.ones(side.size**2)], axis=1)
    weights = [matrices[-1] for matrices in run.weights]
    with FLOAT_ARITHMETICS[run.arithmetic]() as arithmetic:
        output = Network(run.experiment, arithmetic).forward(grid, weights)[-1].reshape(side.size, side.size)

    figure = titled(title)
    figure.subplots_adjust(right=0.91, bottom=0.12, top=0.825, wspace=0.1)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    left.set(title="Hidden units, each ½ on its line", ylabel="Second input")
    right.set(title="Output of the network")
    for unit, (a, b, c) in enumerate(weights[0].T):
        draw_boundary(left, side, (a, b), c, f"unit {unit + 1}", f"C{unit}")
    left.text(0.97, 0.95, "arrows: towards 1", transform=left.transAxes, ha="right", color=FAINT)
    # Drawn with edges of their own colour, because a viewer leaves hairlines between areas that only touch.
    areas = right.contourf(side, side, output, levels=numpy.linspace(0, 1, 11), cmap="cividis")
    areas.set(edgecolor="face", linewidth=0.4)
    bar = figure.colorbar(areas, cax=figure.add_axes((0.93, 0.12, 0.02, 0.705)), ticks=(0, 0.5, 1))
    for area in bar.ax.collections:
        area.set_edgecolor("face")
    bar.outline.set_visible(False)
    for axes in (left, right):
        axes.set(xlim=side[[0, -1]], ylim=side[[0, -1]], xticks=(0, 0.5, 1), yticks=(0, 0.5, 1), xlabel="First input")
        for (first, second, _), (target,) in zip(run.experiment.inputs, run.experiment.targets, strict=True):
            disc = {"boxstyle": "circle", "facecolor": "white", "edgecolor": INK}
            axes.text(first, second, f"{target:g}", ha="center", va="center", weight="bold", bbox=disc)
    return figure


def draw_boundary(axes: Axes, side: Array, slope: tuple[float, float], bias: float, text: str, colour: str) -> None:
    """Draw the line on which slope · x + bias is 0 inside a square of the given side, if it passes through.

    An arrow from its middle points to where the sum is positive, and the text stands on the other side.
    """
    steepness = math.hypot(*slope)
    across = numpy.array(slope) / steepness  # the unit vector towards greater sums
    along = numpy.array([-across[1], across[0]])
    points = numpy.linspace(-2, 2, 4097)[:, numpy.newaxis] * along - bias / steepness * across
    inside = points[((points >= side[0]) & (points <= side[-1])).all(axis=1)]
    if not len(inside):
        return
    middle = (inside[0] + inside[-1]) / 2
    axes.plot(*inside[[0, -1]].T, color=colour)
    arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 12}
    axes.annotate("", middle + 0.13 * across, middle, arrowprops=arrow)
    x, y = middle - 0.11 * across
    axes.text(x, y, text, color=colour, ha="center", va="center")


def linear_output(panels: Sequence[tuple[str, Run, Run]], title: str) -> Figure:
    """The error of a sigmoid and of a linear output layer against the epoch, a panel for each start.

    Args:
        panels: what the start is, the run with the sigmoid output layer, and the run with the linear one.
        title: of the figure.
    """
    figure = titled(title)
    figure.subplots_adjust(top=0.815, wspace=0.08)
    both = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    both[0].set_ylabel("Mean absolute error")
    for axes, (start, sigmoid_run, linear_run) in zip(both, panels, strict=True):
        axes.set_title(start)
        error_axis(axes, 1e-17, 3)  # 1e-16 is the spacing of numbers just below 1, so of the outputs near their targets
        epoch_axis(axes, max(sigmoid_run.experiment.epochs, linear_run.experiment.epochs))
        for run, name, colour, offset in (
            (sigmoid_run, "sigmoid", "C0", (0, 14)),
            (linear_run, "linear", "C1", (-14, -12)),
        ):
            axes.plot(run.errors, color=colour)
            end = (len(run.errors) - 1, max(run.errors[-1], axes.get_ylim()[0]))
            axes.annotate(name, end, offset, textcoords="offset points", color=colour, ha="right", fontsize=11)
    return figure


class Digits(NamedTuple):
    """A printed number, and how many of its leading significant digits are right; None where nothing is certified."""

    printed: str
    correct: int | None


class Row(NamedTuple):
    """The numbers of one claim, and what they are, in a line or two."""

    label: Sequence[str]
    numbers: Sequence[Digits]


class Article(NamedTuple):
    """What one article printed."""

    title: str
    rows: Sequence[Row]


Part = Literal["right", "wrong", "unknown"]

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


def significant_places(printed: str) -> list[int]:
    """The places in the string of a number at which its significant digits stand; of a zero, that of the last digit."""
    mantissa = printed.partition("e")[0]
    places = [place for place, sign in enumerate(mantissa) if sign.isdigit()]
    zeros = len(list(itertools.takewhile(lambda place: mantissa[place] == "0", places)))
    return places[min(zeros, len(places) - 1) :]


def split_where_wrong(number: Digits) -> list[tuple[Part, str]]:
    """The string of a number in parts: what is right, what is rounding error, and its power of ten.

    Sign, leading zeros and power of ten only place the digits: they are as right as the first of them.
    """
    if number.correct is None:
        return [("unknown", number.printed)]
    if number.correct == 0:
        return [("wrong", number.printed)]
    mantissa, e, exponent = number.printed.partition("e")
    cut = [*significant_places(mantissa), len(mantissa)][number.correct]
    parts: list[tuple[Part, str]] = [("right", mantissa[:cut]), ("wrong", mantissa[cut:]), ("right", e + exponent)]
    return [(part, text) for part, text in parts if text]


def count_digits(numbers: Iterable[Digits]) -> str:
    """One sentence on how many of the numbers and digits are right."""
    wrong = [
        None if number.correct is None else len(significant_places(number.printed)) - number.correct
        for number in numbers
    ]
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


def correct_digits(articles: Sequence[Article], title: str, footnote: str) -> Figure:
    """Every printed number set in type, its digits marked as right or as rounding error.

    Args:
        articles: in the order in which to show them.
        title: of the figure.
        footnote: one line below all numbers, or nothing.
    """
    # Lengths are in points, y downwards; the height of the page is what is used in the end.
    width, margin, column, line, size = 648.0, 24.0, 200.0, 17.0, 10.5
    figure = Figure()
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    numbers = [number for article in articles for row in article.rows for number in row.numbers]
    axes.text(margin, 56, count_digits(numbers), fontsize=10.5)
    shown = {part for number in numbers for part, _ in split_where_wrong(number)}
    x, y = margin, 79.0
    for part, sample, meaning in KEY:
        if part in shown:
            set_number(axes, x, y, size, [(part, sample)])
            axes.text(x + LETTER * size * len(sample) + 6, y, meaning, fontsize=9.5)
            x += LETTER * (size * len(sample) + 9.5 * len(meaning)) + 28
    for article in articles:
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
                set_number(axes, column + right * step, y + line * (down + 1), size, split_where_wrong(number))
            y += line * max(len(row.label), down + 1)
    if footnote:
        y += 27
        axes.text(margin, y, footnote, fontsize=9.5)
    height = y + 20
    axes.set(xlim=(0, width), ylim=(height, 0))
    figure.set_size_inches(width / POINTS, height / POINTS)
    figure.suptitle(title, x=margin / width, y=1 - 32 / height, fontsize=16, ha="left", va="baseline")
    return figure
