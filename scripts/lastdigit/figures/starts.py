"""Figures of many starts of one experiment, and of the published run among them.

An ensemble is computed in the machine's own arithmetic; the functions say why its last bits do not show.
"""

import itertools
import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lastdigit.arithmetic import Array
from lastdigit.ensembles import Ensemble
from lastdigit.experiments import Experiment
from lastdigit.figures.drawing import FAINT, INK, SHADE, error_axis, grouped, tenth_of_a_pixel, titled
from lastdigit.files import InputError
from lastdigit.printed import Print
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.verdicts import percentile

THIN = 0.8  # the width of one line of many


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


def trained(files: Project) -> list[Trained]:
    """The two experiments of the article without a seed: the sigmoid and the linear output layer.

    Raises:
        InputError: if an ensemble is missing, of another experiment, or was not trained for so long.
    """
    both = []
    for layer in ("sigmoid", "linear"):
        claim = files.claim(f"monty-part-1/{layer}-output")
        ensemble = files.ensemble(claim.experiment)
        if claim.at[0] not in ensemble.epochs:
            raise InputError(
                f"{files.places['ensembles'] / claim.experiment}.npz: outputs of epoch {claim.at[0]} were printed, and"
                " are not in it; train it for longer"
            )
        both.append(Trained(f"{layer.capitalize()} output layer", ensemble, claim))
    return both


def xor_ensemble(files: Project, title: str) -> Figure:
    """The mean absolute error of many starts against the epoch, as quantiles, and that of the published run.

    A band between two quantiles would cover the gap between two kinds of starts, where there are none. So there are
    lines, one in the middle of each tenth of the starts, and the median.

    The logarithms of what is drawn of an ensemble are rounded to a tenth of a pixel of the PNG, and lines end where
    that no longer hides what differs between machines (see reach_of_rounding). What is left to chance is that a
    number falls so near the middle between two steps that machines round it to different ones. The marks need no
    rounding: they are exact sums of the printed numbers.
    """
    panels = trained(files)
    figure = titled(title.format(starts=grouped(len(panels[0].ensemble.seeds))))
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


def converged_outputs(one: Trained, number: int) -> Array:
    """One of the outputs of every run that had converged when the outputs were printed."""
    outputs = one.ensemble.at(one.epoch)[..., one.ensemble.converged(one.epoch)]
    return numpy.asarray(outputs.reshape(len(one.claim.printed), -1)[number])


def xor_outputs(files: Project, title: str) -> Figure:
    """The outputs of the converged runs at the published epoch, a row an example, and the printed ones among them.

    Those of the sigmoid layer are counted in classes around their median, and those outside in words. Those of the
    linear layer are counted by their distance from the target: all below the reach of rounding error (see
    reach_of_rounding) in one class, with those that hit the target, and the others in classes of a quarter of a decade.

    A count depends on the machine only if an output lies as near to the edge of its class as machines differ. At the
    end of training the sigmoid layer's outputs differ by 5e-16, and its classes are wider than 1e-6: that one of 1000
    outputs lies so near to an edge, or to the printed number, has a chance below one in a million. In the linear layer
    the chance is about 1 in 10 000 for an output in the lowest of the quarter decades, and falls from there.
    """
    sigmoid, linear = trained(files)
    figure = titled(title.format(starts=grouped(len(sigmoid.ensemble.seeds))))
    figure.set_size_inches(8, 7)
    figure.subplots_adjust(top=0.82, bottom=0.085, wspace=0.08, hspace=0.52)
    rows = figure.subplots(len(sigmoid.claim.printed), 2)
    for axes, one in zip(rows[0], (sigmoid, linear), strict=True):
        runs, starts = len(converged_outputs(one, 0)), len(one.ensemble.seeds)
        heading = f"{one.name}, epoch {grouped(one.epoch)}\n{runs} of {starts} starts converged"
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


def count_outputs(axes: Axes, one: Trained, number: int, colour: str) -> None:
    """Draw one output of the runs as a histogram of 40 classes, and the printed number as a line."""
    outputs, printed = converged_outputs(one, number), one.claim.printed[number]
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
    share = percentile(one.claim, number, one.ensemble)["percentile"]
    write_beside(axes, float(printed), printed, f"above {share:.1f} % of runs")


def count_distances(axes: Axes, one: Trained, number: int, colour: str) -> None:
    """Draw a histogram of how far one output of the runs is from its target, and the printed number's distance.

    Of a printed number that is the target, as far as its digits go, all distances that round to it are marked.
    """
    outputs, printed = converged_outputs(one, number), one.claim.printed[number]
    target = float(numpy.ravel(one.ensemble.experiment.targets)[number])
    lowest, top = 1e-16, 1.45 * len(outputs)
    axes.set(xscale="log", xlim=(lowest, 1), ylim=(0, top), xticks=(1e-15, 1e-12, 1e-9, 1e-6, 1e-3), yticks=())
    reach = reach_of_rounding(one.ensemble.experiment, tenth_of_a_pixel(axes, "x"))
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
    distance, rounding = map(float, printed_distances(one.claim, one.ensemble.experiment)[number])
    if distance > rounding:
        axes.plot((distance, distance), (within, top), color=INK, linewidth=1.5, solid_capstyle="butt")
        write_beside(axes, distance, printed)
    else:
        axes.plot((lowest, rounding), (0.93 * top, 0.93 * top), color=INK, linewidth=1.5, solid_capstyle="butt")
        axes.plot(rounding, 0.93 * top, "|", color=INK, markeredgewidth=1.5, markersize=9)
        write_beside(axes, rounding, printed, f"is within {rounding:.0e} of {target:g}")
