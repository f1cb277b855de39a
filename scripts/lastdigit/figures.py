"""The figures: pure functions from data to a Matplotlib figure, drawn in the style of scripts/lastdigit.mplstyle.

No function reads a file, the clock or a font of the machine. Values are computed in the arithmetic of the run, so that
the same figure comes out on every machine; those of an ensemble are computed in the machine's own, and the functions
that draw it say why its last bits do not show. Colours are named C0, C1, … as the style numbers them.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import matplotlib
import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lastdigit.arithmetic import FLOAT_ARITHMETICS, Array, Portable
from lastdigit.ensembles import Ensemble
from lastdigit.experiments import Experiment
from lastdigit.network import Network
from lastdigit.observations import evaluate
from lastdigit.printed import Digits, Part, Print
from lastdigit.published import Numbers
from lastdigit.runs import Run
from lastdigit.verdicts import percentile

INK, FAINT, SHADE = "#222222", "#777777", "#EDEDED"
THIN = 0.8  # the width of one line of many
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
    axes = figure.add_subplot(xlim=(-8, 8), ylim=(-0.03, 1.05), xlabel="Weighted sum s", ylabel="Value")
    axes.plot(x, curve, color="C0")
    axes.plot(x, gradient, color="C1")
    axes.text(1.9, 0.7, r"sigmoid  $\sigma(s) = 1\,/\,(1 + e^{-s})$", color="C0", fontsize=12)
    axes.text(2.4, 0.1, r"gradient  $\sigma(s)\,(1 - \sigma(s))$", color="C1", fontsize=12)
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


def tenth_of_a_pixel(axes: Axes, name: Literal["x", "y"]) -> float:
    """The length of a tenth of a pixel of the PNG on a logarithmic axis, in decades."""
    (low, high), box = (axes.get_xlim(), axes.bbox.width) if name == "x" else (axes.get_ylim(), axes.bbox.height)
    pixels = box * matplotlib.rcParams["savefig.dpi"] / matplotlib.rcParams["figure.dpi"]
    return math.log10(high / low) / (10 * float(pixels))


def reach_of_rounding(experiment: Experiment, step: float) -> float:
    """The distance from a target, a power of ten, below which a drawing would show the last bits of an output.

    Those are the machine's own, because its exp is. An output is the end of N operations: for each unit its products,
    its sums and, if it is a sigmoid, exp, a sum and a quotient. If each of them errs by a unit in the last place of a
    number near 1, two machines differ by N · 2^-52. That is no bound: the size of the weights counts too, and so do the
    epochs before. But N = 23 gives 5.1e-15, and where the errors of 1000 starts lay between 1e-13 and 1e-2, they
    changed by 5.4e-15 at most when another exp was put in NumPy's place: that of the C library, or, 22 times, NumPy's
    with each result moved by -1, 0 or 1 unit in its last place at random. Greater errors kept 11 digits.

    A number d that is uncertain by N · 2^-52 has a logarithm that is uncertain by N · 2^-52 / (d ln 10). From the
    distance given back, this is at most a hundredth of the step to which the drawing rounds logarithms.

    Args:
        experiment: says how an output is computed.
        step: in decades.
    """
    units = zip(experiment.layers[:-1], experiment.layers[1:], experiment.activations, strict=True)
    operations = sum(to * (2 * by - 1 + 3 * (activation == "sigmoid")) for by, to, activation in units)
    return float(f"1e{math.ceil(math.log10(100 * operations * 2**-52 / (step * math.log(10))))}")


def printed_distances(claim: Numbers, experiment: Experiment) -> list[tuple[Fraction, Fraction]]:
    """How far each printed output lies from its target, exactly, and how much the rounding of the print leaves open."""
    targets = itertools.chain.from_iterable(experiment.targets)
    numbers = [Print(text, claim.notation) for text in claim.printed]
    return [
        (abs(number.value - Fraction(target)), number.unit / 2) for number, target in zip(numbers, targets, strict=True)
    ]


def exact_decimal(number: Fraction) -> str:
    """The shortest string of a number whose decimals end."""
    return str((Decimal(number.numerator) / number.denominator).normalize()).lower()


def quantiles(errors: Array, shares: Sequence[Fraction]) -> Array:
    """For each share the least error that this share of the starts does not exceed, one row a share.

    It is the error of one of the starts, never a mean of two. A start that overflowed counts as infinitely wrong.
    """
    finite = numpy.where(numpy.isfinite(errors), errors, numpy.inf)
    ranks = [math.ceil(share * errors.shape[1]) - 1 for share in shares]
    return numpy.asarray(numpy.sort(finite, axis=1)[:, ranks].T)


def stop_at(reach: float, x: Array, y: Array) -> tuple[Array, Array]:
    """A curve with a point wherever it crosses a height, and all that is below it lifted to it."""
    points = [(x[0], y[0])]
    for (x0, y0), (x1, y1) in itertools.pairwise(zip(x, y, strict=True)):
        if (y0 > reach) != (y1 > reach):
            points.append((x0 + (x1 - x0) * (y0 - reach) / (y0 - y1), reach))
        points.append((x1, y1))
    over, up = numpy.array(points).T
    return over, numpy.maximum(up, reach)


class Trained(NamedTuple):
    """What to call an experiment, its ensemble, and the outputs of its published run."""

    name: str
    ensemble: Ensemble
    claim: Numbers

    @property
    def epoch(self) -> int:
        """At which the outputs were printed."""
        return self.claim.at[0]


def ensemble_errors(panels: Sequence[Trained], title: str) -> Figure:
    """The mean absolute error of many starts against the epoch, as quantiles, and that of the published run.

    A band between two quantiles would cover the gap between two kinds of starts, where there are none. So there are
    lines, one in the middle of each tenth of the starts, and the median.

    The logarithms of what is drawn of an ensemble are rounded to a tenth of a pixel of the PNG, and lines end where
    that no longer hides what differs between machines (see reach_of_rounding). What is left to chance is that a
    number falls so near the middle between two steps that machines round it to different ones. The marks need no
    rounding: they are exact sums of the printed numbers.

    Args:
        panels: each with a claim on the outputs of one epoch.
        title: of the figure.
    """
    figure = titled(title)
    figure.set_size_inches(8, 5)
    figure.subplots_adjust(top=0.835, bottom=0.115, wspace=0.08)
    both = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    both[0].set_ylabel("Mean absolute error")
    for number, (axes, panel) in enumerate(zip(both, panels, strict=True)):
        ensemble = panel.ensemble
        error_axis(axes, 1e-16, 2)
        axes.set(title=panel.name, xscale="log", xlim=(100, ensemble.epochs[-1] + 1), xlabel="Epoch (logarithmic)")
        decades = [10**power for power in range(2, len(str(ensemble.epochs[-1])))]
        axes.set_xticks(decades, [grouped(tick) for tick in decades])
        draw_quantiles(axes, ensemble, f"C{number}")
        mark_mean(axes, panel)
    looks = {"one line for each tenth of the starts": THIN, "median": 2}
    key = [Line2D([], [], color=INK, linewidth=width, label=text) for text, width in looks.items()]
    both[0].legend(handles=key, loc="lower left", frameon=True, framealpha=1, edgecolor="none")
    return figure


def draw_quantiles(axes: Axes, ensemble: Ensemble, colour: str) -> None:
    """Draw how the errors of the starts are spread, as far as rounding error allows, and count those beyond."""
    reach = reach_of_rounding(ensemble.experiment, tenth_of_a_pixel(axes, "y"))
    middles = [Fraction(2 * tenth + 1, 20) for tenth in range(10)]
    shown = ensemble.epochs >= axes.get_xlim()[0]
    x, errors = ensemble.epochs[shown], ensemble.errors[shown]
    for values in quantiles(errors, middles):
        draw_down_to(reach, axes, x, values, color=colour, linewidth=THIN)
    draw_down_to(reach, axes, x, quantiles(errors, [Fraction(1, 2)])[0], color=colour, linewidth=2)
    last = errors[-1]
    beyond = last < reach
    if beyond.any():
        axes.axhspan(axes.get_ylim()[0], reach, color=SHADE, linewidth=0, zorder=0.5)
        words = f"{beyond.sum()} of {len(last)} starts end down here,\nin reach of rounding error"
        axes.annotate(words, (0.03, reach), (0, -6), ("axes fraction", "data"), "offset points", va="top")
    if beyond.any() and not beyond.all():
        beside = axes.get_xlim()[1], float(numpy.median(last[~beyond]))
        axes.annotate(f"the other {(~beyond).sum()} do not", beside, (0, 22), textcoords="offset points", ha="right")


def draw_down_to(reach: float, axes: Axes, x: Array, y: Array, **look: Any) -> None:
    """Draw a curve on logarithmic axes where it lies above a height, rounded to a tenth of a pixel."""
    steps = tenth_of_a_pixel(axes, "x"), tenth_of_a_pixel(axes, "y")
    lowest = math.log10(reach)
    points = stop_at(lowest, numpy.log10(x), numpy.log10(numpy.maximum(y, numpy.finfo(float).tiny)))
    above = numpy.pad(points[1] > lowest, 1)  # a point is drawn if it, or one beside it, lies above
    drawn = above[:-2] | above[1:-1] | above[2:]
    rounded = [numpy.round(values / step) * step for values, step in zip(points, steps, strict=True)]
    axes.plot(10 ** rounded[0], numpy.where(drawn, 10 ** rounded[1], numpy.nan), **look)


def mark_mean(axes: Axes, panel: Trained) -> None:
    """Mark the mean absolute error of the printed outputs, and upward from it how much their rounding leaves open."""
    distances, rounding = zip(*printed_distances(panel.claim, panel.ensemble.experiment), strict=True)
    error = sum(distances, Fraction(0)) / len(distances)
    most = error + sum(rounding, Fraction(0)) / len(rounding)
    x, y, top = panel.epoch, float(error), float(most)
    axes.plot((x, x), (y, top), color=INK, linewidth=1.2, zorder=3, clip_on=False)
    axes.plot(x, y, "o", color=INK, markeredgecolor="white", zorder=4, clip_on=False)
    text = f"as published: {exact_decimal(error)}"
    place: dict[str, Any] = {"xytext": (0, -9), "va": "top"}
    if top > 2 * y:
        place = {"xytext": (-8, 0), "va": "center"}
        axes.plot(x, top, "_", color=INK, markeredgewidth=1.2, zorder=3)
        text += f"\n(up to {top:.1e} before rounding)"
    axes.annotate(text, (x, y), textcoords="offset points", ha="right", **place)


def converged_outputs(trained: Trained, number: int) -> Array:
    """One of the outputs of every run that had converged when the outputs were printed."""
    outputs = trained.ensemble.at(trained.epoch)[..., trained.ensemble.converged(trained.epoch)]
    return numpy.asarray(outputs.reshape(len(trained.claim.printed), -1)[number])


def ensemble_outputs(sigmoid: Trained, linear: Trained, title: str) -> Figure:
    """The outputs of the converged runs at the published epoch, a row an example, and the printed ones among them.

    Those of the sigmoid layer are counted in classes around their median, and those outside in words. Those of the
    linear layer are counted by their distance from the target: all below the reach of rounding error (see
    reach_of_rounding) in one class, with those that hit the target, and the others in classes of a quarter of a decade.

    A count depends on the machine only if an output lies as near to the edge of its class as machines differ. At the
    end of training the sigmoid layer's outputs differ by 5e-16, and its classes are wider than 1e-6: that one of 1000
    outputs lies so near to an edge, or to the printed number, has a chance below one in a million. In the linear layer
    the chance is about 1 in 10 000 for an output in the lowest of the quarter decades, and falls from there.

    Args:
        sigmoid, linear: each with a claim on the outputs of one epoch.
        title: of the figure.
    """
    figure = titled(title)
    figure.set_size_inches(8, 7)
    figure.subplots_adjust(top=0.82, bottom=0.085, wspace=0.08, hspace=0.52)
    rows = figure.subplots(len(sigmoid.claim.printed), 2)
    for axes, trained in zip(rows[0], (sigmoid, linear), strict=True):
        runs, starts = len(converged_outputs(trained, 0)), len(trained.ensemble.seeds)
        heading = f"{trained.name}, epoch {grouped(trained.epoch)}\n{runs} of {starts} starts converged"
        figure.text(axes.get_position().x0, 0.923, heading, fontsize=11, va="top", linespacing=1.4)
    for number, (left, right) in enumerate(rows):
        count_outputs(left, sigmoid, number, "C0")
        count_distances(right, linear, number, "C1")
        right.tick_params(labelbottom=number == len(rows) - 1)
        experiment = sigmoid.ensemble.experiment
        given = " ".join(f"{value:g}" for value in experiment.inputs[number])
        left.set_title(f"input {given}, target {experiment.targets[number][0]:g}", fontsize=10, weight="bold")
    tallest = max(left.get_ylim()[1] for left in rows[:, 0])
    for left in rows[:, 0]:
        left.set(ylim=(0, tallest), ylabel="Runs")
    rows[-1, 0].set_xlabel("Output")
    rows[-1, 1].set_xlabel("Distance from the target (logarithmic)")
    return figure


def write_beside(axes: Axes, x: float, printed: str, remark: str = "") -> None:
    """Write a printed number and a remark on it to the right of x, below the upper edge."""
    look: dict[str, Any] = {"textcoords": "offset points", "va": "top", "xycoords": ("data", "axes fraction")}
    axes.annotate(printed, (x, 1), (5, 2), family="monospace", **look)
    if remark:
        axes.annotate(remark, (x, 1), (5, -12), **look)


def count_outputs(axes: Axes, trained: Trained, number: int, colour: str) -> None:
    """Draw one output of the runs as a histogram of 40 classes, and the printed number as a line."""
    outputs, printed = converged_outputs(trained, number), trained.claim.printed[number]
    # The width of a class is 1, 2, 5 or 10 units of a decimal: the least above a sixth of the quartiles' distance.
    low, median, high = numpy.quantile(outputs, (1 / 4, 1 / 2, 3 / 4))
    decimals = math.ceil(-math.log10((high - low) / 6))
    width = next(units for units in (1, 2, 5, 10) if units >= (high - low) / 6 * 10**decimals)
    centre = 10 * round(median * 10**decimals / (10 * width))
    edges = width * numpy.arange(centre - 20, centre + 21) / 10**decimals
    counts, _ = numpy.histogram(outputs, edges)
    axes.stairs(counts, edges, fill=True, color=colour)
    axes.set(xlim=edges[[0, -1]], ylim=(0, 1.7 * counts.max()), yticks=(0, 100))
    shown = decimals - (2 if width == 10 else 1)
    axes.set_xticks(edges[10:-1:10], [f"{tick:.{shown}f}" for tick in edges[10:-1:10]])
    outside: dict[str, Any] = {"color": FAINT, "fontsize": 9, "transform": axes.transAxes}
    if below := int((outputs < edges[0]).sum()):
        axes.text(0.01, 0.12, f"← {below} more", **outside)
    if above := int((outputs > edges[-1]).sum()):
        axes.text(0.99, 0.12, f"{above} more →", ha="right", **outside)
    axes.axvline(float(printed), color=INK, linewidth=1.5)
    share = percentile(trained.claim, number, trained.ensemble)["percentile"]
    write_beside(axes, float(printed), printed, f"above {share:.1f} % of runs")


def count_distances(axes: Axes, trained: Trained, number: int, colour: str) -> None:
    """Draw a histogram of how far one output of the runs is from its target, and the printed number's distance.

    Of a printed number that is the target, as far as its digits go, all distances that round to it are marked.
    """
    outputs, printed = converged_outputs(trained, number), trained.claim.printed[number]
    target = float(numpy.ravel(trained.ensemble.experiment.targets)[number])
    lowest, top = 1e-16, 1.45 * len(outputs)
    axes.set(xscale="log", xlim=(lowest, 1), ylim=(0, top), xticks=(1e-15, 1e-12, 1e-9, 1e-6, 1e-3), yticks=())
    reach = reach_of_rounding(trained.ensemble.experiment, tenth_of_a_pixel(axes, "x"))
    quarters = 10 ** (numpy.arange(4 * round(math.log10(reach)), 1) / 4)
    distances = numpy.abs(outputs - target)
    (within, *counts), _ = numpy.histogram(distances, [0, *quarters])
    axes.stairs([within], [lowest, reach], fill=True, color=colour, alpha=0.3)
    words = f"{within} in reach of\nrounding error" if number == 0 else f"{within}"
    axes.text(math.sqrt(lowest * reach), within / 2, words, ha="center", va="center", fontsize=9)
    axes.stairs(counts, quarters, fill=True, color=colour)
    if any(counts):
        far = outputs[distances >= quarters[0]]
        sides = {"below": int((far < target).sum()), "above": int((far > target).sum())}
        words = "\n".join(f"{count} {side} {target:g}" for side, count in sides.items() if count)
        place = quarters[numpy.flatnonzero(counts)[0]], max(counts) / 2
        axes.annotate(words, place, (-4, 0), textcoords="offset points", ha="right", va="center")
    distance, rounding = map(float, printed_distances(trained.claim, trained.ensemble.experiment)[number])
    if distance > rounding:
        axes.plot((distance, distance), (within, top), color=INK, linewidth=1.5, solid_capstyle="butt")
        write_beside(axes, distance, printed)
    else:
        axes.plot((lowest, rounding), (0.93 * top, 0.93 * top), color=INK, linewidth=1.5, solid_capstyle="butt")
        axes.plot(rounding, 0.93 * top, "|", color=INK, markeredgewidth=1.5, markersize=9)
        write_beside(axes, rounding, printed, f"is within {rounding:.0e} of {target:g}")


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
    shown = {part for number in numbers for part, _ in number.parts}
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
                set_number(axes, column + right * step, y + line * (down + 1), size, number.parts)
            y += line * max(len(row.label), down + 1)
    if footnote:
        y += 27
        axes.text(margin, y, footnote, fontsize=9.5)
    height = y + 20
    axes.set(xlim=(0, width), ylim=(height, 0))
    figure.set_size_inches(width / POINTS, height / POINTS)
    figure.suptitle(title, x=margin / width, y=1 - 32 / height, fontsize=16, ha="left", va="baseline")
    return figure
