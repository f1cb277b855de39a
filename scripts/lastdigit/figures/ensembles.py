"""Figures of runs from many starting weights, and of the published run among them.

What is drawn of an ensemble does not depend on the last bits of its outputs, and the functions say why: with another
exponential or another order of summation the figure is the same.
"""

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lastdigit.arithmetic import Array
from lastdigit.ensembles import Ensemble
from lastdigit.experiments import Experiment
from lastdigit.figures.drawing import (
    FAINT,
    INK,
    SHADE,
    error_axis,
    grouped,
    power_of_ten,
    tenth_of_a_pixel,
    titled,
)
from lastdigit.files import InputError
from lastdigit.printed import Print
from lastdigit.project import Project
from lastdigit.published import Numbers

THIN = 0.8  # the width of one line among many


def reach_of_rounding(experiment: Experiment, step: float) -> float:
    """The distance from a target, a power of ten, below which a figure would show the last bits of an output.

    These are rounding error, and differ from arithmetic to arithmetic. An output is the result of N operations: for
    each unit its products, its sums and, if it is a sigmoid, exp, a sum and a quotient. If each of them has an error of
    a unit in the last place of a number near 1, two arithmetics differ by N · 2^-52. That is no bound: the size of the
    weights counts, too, and so do the epochs before. But N = 23 gives 5.1e-15, and where the errors of 1000 runs lay
    between 1e-13 and 1e-2, they changed by at most 5.4e-15 when NumPy's exp was replaced: by that of the C library, or,
    22 times, by its own with each result moved by -1, 0 or 1 unit in the last place at random. Greater errors kept 11
    digits.

    If a number d is uncertain by N · 2^-52, its decimal logarithm is by N · 2^-52 / (d ln 10). From the distance
    returned on, that is at most a hundredth of the step to which the figure rounds logarithms.

    Args:
        experiment: how an output is computed.
        step: that of the figure, in decades.
    """
    units = zip(experiment.layers[:-1], experiment.layers[1:], experiment.activations, strict=True)
    operations = sum(to * (2 * by - 1 + 3 * (activation == "sigmoid")) for by, to, activation in units)
    return float(f"1e{math.ceil(math.log10(100 * operations * 2**-52 / (step * math.log(10))))}")


def printed_distances(claim: Numbers, experiment: Experiment) -> list[tuple[Fraction, Fraction]]:
    """The exact distance of each printed output from its target, and how much the rounding of the print leaves open."""
    targets = itertools.chain.from_iterable(experiment.targets)
    numbers = [Print(text, claim.notation) for text in claim.printed]
    return [
        (abs(number.value - Fraction(target)), number.unit / 2) for number, target in zip(numbers, targets, strict=True)
    ]


def quantiles(errors: Array, shares: Sequence[Fraction]) -> Array:
    """For each share, in a row, the least error that this share of the runs does not exceed.

    It is the error of one of the runs, never a mean of two. The error of a run that overflowed counts as infinite.
    """
    finite = numpy.where(numpy.isfinite(errors), errors, numpy.inf)
    ranks = [math.ceil(share * errors.shape[1]) - 1 for share in shares]
    return numpy.asarray(numpy.sort(finite, axis=1)[:, ranks].T)


def stop_at(reach: float, x: Array, y: Array) -> tuple[Array, Array]:
    """A curve cut off from below at a height, with a point wherever it crosses that."""
    points = [(x[0], y[0])]
    for (x0, y0), (x1, y1) in itertools.pairwise(zip(x, y, strict=True)):
        if (y0 > reach) != (y1 > reach):
            points.append((x0 + (x1 - x0) * (y0 - reach) / (y0 - y1), reach))
        points.append((x1, y1))
    over, up = numpy.array(points).T
    return over, numpy.maximum(up, reach)


class Trained(NamedTuple):
    """A name for an experiment, its ensemble, and the outputs printed by its published run."""

    name: str
    ensemble: Ensemble
    claim: Numbers

    @property
    def epoch(self) -> int:
        """The epoch at which the outputs were printed."""
        return self.claim.at[0]


def trained(files: Project) -> list[Trained]:
    """The two experiments of the article without a seed: the sigmoid and the linear output layer.

    Raises:
        InputError: if an ensemble is missing, of another experiment, or nowhere converged.
    """
    both = []
    for layer in ("sigmoid", "linear"):
        claim = files.claim(f"monty-part-1/{layer}-output")
        ensemble, (epoch,) = files.ensemble(claim.experiment), claim.at
        path = f"{files.places['ensembles'] / claim.experiment}.npz"
        if not ensemble.converged(epoch).any():
            raise InputError(f"{path}: no start has converged at epoch {epoch}; train more starts")
        both.append(Trained(f"{layer.capitalize()} output layer", ensemble, claim))
    return both


def xor_ensemble(files: Project, title: str) -> Figure:
    """The mean absolute error of many starts against the epoch, as quantiles, and that of the published run.

    A band between two quantiles would cover the gap between two kinds of starts, where there are none. So there are
    lines, one in the middle of each tenth of the starts, and the median.

    The logarithms of what is drawn of an ensemble are rounded to a tenth of a pixel of the PNG, and lines end where
    that no longer hides the last bits (see reach_of_rounding). It is left to chance that no number lies so close to the
    middle between two steps that its last bits decide. The marks need no rounding: they are exact sums of the printed
    numbers.
    """
    panels = trained(files)
    starts = grouped(len(panels[0].ensemble.seeds))
    subtitle = (
        f"{starts} random starts, one line in the middle of each tenth of them, the median thick. The dots are the"
        " article’s runs: the mean distance of its four printed outputs from their targets."
    )
    figure, _ = titled(title, subtitle, 400, panels=True)
    figure.subplots_adjust(wspace=0.1)
    both = figure.subplots(1, 2, sharey=True)
    both[0].set_ylabel("Mean absolute error")
    for number, (axes, panel) in enumerate(zip(both, panels, strict=True)):
        epochs = int(panel.ensemble.epochs[-1]) + 1
        error_axis(axes, 1e-16, 2)
        axes.set(title=panel.name, xscale="log", xlim=(100, epochs), xlabel="Epoch (logarithmic)")
        decades = [10**power for power in range(2, len(str(epochs - 1)))]
        axes.set_xticks(decades, [grouped(tick) for tick in decades])
        draw_quantiles(axes, panel.ensemble, f"C{number}")
        mark_mean(axes, panel)
    return figure


def draw_quantiles(axes: Axes, ensemble: Ensemble, colour: str) -> None:
    """Draw how the errors of the runs are distributed, as far as rounding error allows, and count those beyond."""
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
        words = f"{beyond.sum()} starts end down here,\nin reach of rounding error"
        axes.annotate(words, (0.03, reach), (0, -6), ("axes fraction", "data"), "offset points", va="top")
    if beyond.any() and not beyond.all():
        beside = axes.get_xlim()[1], float(numpy.median(last[~beyond]))
        words = f"{(~beyond).sum()} starts\nstay up here"
        axes.annotate(words, beside, (0, 10), textcoords="offset points", ha="right")


def draw_down_to(reach: float, axes: Axes, x: Array, y: Array, **look: Any) -> None:
    """Draw the part of a curve above a height, on logarithmic axes, rounded to a tenth of a pixel."""
    steps = tenth_of_a_pixel(axes, "x"), tenth_of_a_pixel(axes, "y")
    lowest = math.log10(reach)
    points = stop_at(lowest, numpy.log10(x), numpy.log10(numpy.maximum(y, numpy.finfo(float).tiny)))
    above = numpy.pad(points[1] > lowest, 1)  # a point is drawn if it, or one beside it, lies above
    drawn = above[:-2] | above[1:-1] | above[2:]
    rounded = [numpy.round(values / step) * step for values, step in zip(points, steps, strict=True)]
    axes.plot(10 ** rounded[0], numpy.where(drawn, 10 ** rounded[1], numpy.nan), **look)


def mark_mean(axes: Axes, panel: Trained) -> None:
    """Mark the mean absolute error of the printed outputs and, upward from it, how much their rounding leaves open."""
    distances, rounding = zip(*printed_distances(panel.claim, panel.ensemble.experiment), strict=True)
    error = sum(distances, Fraction(0)) / len(distances)
    most = error + sum(rounding, Fraction(0)) / len(rounding)
    x, y, top = panel.epoch, float(error), float(most)
    axes.plot((x, x), (y, top), color=INK, linewidth=1.2, zorder=3, clip_on=False)
    axes.plot(x, y, "o", color=INK, markeredgecolor="white", zorder=4, clip_on=False)
    text = "as printed"
    place: dict[str, Any] = {"xytext": (0, -9), "va": "top"}
    if top > 2 * y:
        axes.plot(x, top, "_", color=INK, markeredgewidth=1.2, zorder=3)
        text = "dot: as printed; bar: as great\nas it may be before rounding"
        place = {"xytext": (-8, 0), "va": "center"}
    axes.annotate(text, (x, y), textcoords="offset points", ha="right", **place)


def converged_outputs(one: Trained, number: int) -> Array:
    """One of the outputs, of every run that had converged at the epoch of the print."""
    outputs = one.ensemble.at(one.epoch)[..., one.ensemble.converged(one.epoch)]
    return numpy.asarray(outputs.reshape(len(one.claim.printed), -1)[number])


def xor_outputs(files: Project, title: str) -> Figure:
    """The outputs of the converged runs at the published epoch, with one row per example, and the printed ones.

    A curve is a cumulative distribution: it rises by the same step at each output, and shows how many lie below any
    number. The linear layer's outputs are ordered by their distance from the target, as far as rounding error allows
    (see reach_of_rounding); all that are nearer count at that reach.

    What is drawn is rounded to a tenth of a pixel of the PNG. It depends on the last bits only if an output lies as
    close to the middle between two steps as arithmetics differ. At the end of training the sigmoid layer's outputs
    differ by 5e-16, and a step is more than 1e-8: that one of 4000 outputs lies so close has a probability of less than
    1 in 2000. In the linear layer it is less, because no output lies between the reach of rounding error and 1e-4.
    """
    both = trained(files)
    subtitle = (
        "Each curve shows what share of the runs lies below a value; the lines with a number are what the article"
        " printed, or all that its digits leave open. Converged: every output is on the right side of ½."
    )
    figure, page = titled(title, subtitle, 545)
    figure.subplots_adjust(top=0.75, bottom=0.08, wspace=0.12, hspace=0.55)
    rows = figure.subplots(len(both[0].claim.printed), 2, sharey=True)
    for axes, one in zip(rows[0], both, strict=True):
        runs, starts = len(converged_outputs(one, 0)), len(one.ensemble.seeds)
        page.text(576 * axes.get_position().x0, 90, f"{one.name}, epoch {grouped(one.epoch)}", fontsize=11)
        page.text(576 * axes.get_position().x0, 105, f"{runs} of {starts} starts converged", color=FAINT)
    for number, (left, right) in enumerate(rows):
        share_of_outputs(left, both[0], number)
        share_of_distances(right, both[1], number)
        right.tick_params(labelbottom=number == len(rows) - 1)
        experiment = both[0].ensemble.experiment
        given = " ".join(f"{value:g}" for value in experiment.inputs[number])
        left.set_title(f"input {given}, target {experiment.targets[number][0]:g}", fontsize=10, weight="bold")
        left.set(ylim=(0, 100), yticks=(0, 50, 100), ylabel="% of runs")
    rows[-1, 0].set_xlabel("Output")
    rows[-1, 1].set_xlabel("Distance from the target (logarithmic)")
    return figure


def share_of_outputs(axes: Axes, one: Trained, number: int) -> None:
    """Draw the share of the runs with an output below each value, and the printed one as a line."""
    outputs, printed = converged_outputs(one, number), one.claim.printed[number]
    # The axis shows 40 units, of 1, 2, 5 or 10 in a decimal place: the least above a sixth of the quartiles' distance.
    low, median, high = numpy.quantile(outputs, (1 / 4, 1 / 2, 3 / 4))
    sixth = max((high - low) / 6, 1e-9)  # of few starts, or of one
    decimals = math.ceil(-math.log10(sixth))
    width = next(units for units in (1, 2, 5, 10) if units >= sixth * 10**decimals)
    centre = 10 * round(median * 10**decimals / (10 * width))
    ticks = [width * (centre + units) / 10**decimals for units in (-20, -10, 0, 10, 20)]
    axes.set_xlim(ticks[0], ticks[-1])
    shown = max(decimals - (2 if width == 10 else 1), 0)
    axes.set_xticks(ticks[1:-1], [f"{tick:.{shown}f}" for tick in ticks[1:-1]])
    step = tenth_of_a_pixel(axes, "x")
    x, counts = numpy.unique(numpy.round((outputs - ticks[0]) / step), return_counts=True)
    axes.step(ticks[0] + step * x, 100 * numpy.cumsum(counts) / len(outputs), where="post", color="C0")
    axes.axvline(float(printed), color=INK, linewidth=1.5)
    share = 100 * float((outputs < float(printed)).mean())
    axes.plot(float(printed), share, "o", color=INK, markeredgecolor="white", zorder=3)
    # Below the curve or above it, wherever there is more room.
    above = share < 50 and float(printed) > ticks[0] + 0.4 * (ticks[-1] - ticks[0])
    place: dict[str, Any] = {"xytext": (-6, -4), "va": "top", "ha": "right"} if above else {"xytext": (6, 4)}
    words, corner = f"{printed}\nabove {share:.1f} %", (float(printed), 100 * above)
    axes.annotate(words, corner, textcoords="offset points", **place)


def share_of_distances(axes: Axes, one: Trained, number: int) -> None:
    """Draw the share of the runs with an output nearer to the target than each distance, and that of the printed one.

    If a printed number is the target, as far as its digits go, all distances that would print so are marked.
    """
    outputs, printed = converged_outputs(one, number), one.claim.printed[number]
    target = float(numpy.ravel(one.ensemble.experiment.targets)[number])
    lowest = 1e-16
    axes.set(xscale="log", xlim=(lowest, 1), xticks=(1e-15, 1e-12, 1e-9, 1e-6, 1e-3))
    axes.xaxis.set_major_formatter(lambda tick, _: power_of_ten(tick))
    step = tenth_of_a_pixel(axes, "x")
    reach = reach_of_rounding(one.ensemble.experiment, step)
    distances = numpy.abs(outputs - target)
    far = distances >= reach
    within = len(outputs) - far.sum()
    axes.axvspan(lowest, reach, color=SHADE, linewidth=0, zorder=0.5)
    x, counts = numpy.unique(numpy.round(numpy.log10(distances[far]) / step), return_counts=True)
    shares = 100 * numpy.cumsum([within, *counts, 0]) / len(outputs)
    axes.step([reach, *10 ** (step * x), 1], shares, where="post", color="C1")
    words = f"{within} in reach of\nrounding error" if number == 0 else f"{within}"
    axes.text(math.sqrt(lowest * reach), 28, words, ha="center", va="center", fontsize=9)
    sides = {"below": outputs[far] < target, "above": outputs[far] > target}
    words = "\n".join(f"{side.sum()} farther {name} {target:g}" for name, side in sides.items() if side.any())
    axes.text(10 * reach, 28, words, va="center", fontsize=9)
    distance, rounding = map(float, printed_distances(one.claim, one.ensemble.experiment)[number])
    if distance > rounding:
        axes.plot((distance, distance), (45, 100), color=INK, linewidth=1.5, solid_capstyle="butt")
    else:
        axes.plot((lowest, rounding), (73, 73), color=INK, linewidth=1.5, solid_capstyle="butt")
        axes.plot(rounding, 73, "|", color=INK, markeredgewidth=1.5, markersize=9)
    beside = distance if distance > rounding else lowest
    axes.annotate(printed, (beside, 97), (5, 0), textcoords="offset points", va="top")
