"""Figures of one run or a few against the epoch, and that of the sigmoid."""

import itertools
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
from matplotlib.figure import Figure

from lastdigit.arithmetic import FLOAT_ARITHMETICS, Portable
from lastdigit.figures.drawing import (
    FAINT,
    INK,
    MARGIN,
    SHADE,
    Mark,
    epoch_axis,
    error_axis,
    grouped,
    scientific,
    titled,
    write_beside,
    write_key,
)
from lastdigit.figures.printed_numbers import looks_of, on_order, parts_of, tally
from lastdigit.files import InputError
from lastdigit.network import Network
from lastdigit.observations import evaluate
from lastdigit.project import Project
from lastdigit.published import Numbers


def sigmoid(files: Project, title: str) -> Figure:
    """The logistic sigmoid and its derivative from -8 to 8, computed in the portable arithmetic."""
    x = numpy.linspace(-8, 8, 257)  # steps of 1/16: exact in binary64
    with Portable() as arithmetic:
        curve = 1 / (1 + arithmetic.exp(-x))
    gradient = curve * (1 - curve)
    subtitle = "The gradient is the slope of the sigmoid: greatest at 0, and almost 0 far out on either side."
    figure, _ = titled(title, subtitle, 330)
    axes = figure.add_subplot(xlim=(-8, 8), ylim=(-0.03, 1.05), xlabel="Weighted sum s", ylabel="Value")
    axes.plot(x, curve, color="C0")
    axes.plot(x, gradient, color="C1")
    axes.plot((-1.6, 1.6), (0.1, 0.9), color=INK, linewidth=1, linestyle="--")
    axes.text(2.2, 0.7, "sigmoid  σ(s) = 1 / (1 + e⁻ˢ)", color="C0", fontsize=12)
    axes.text(2.6, 0.1, "gradient  σ(s) (1 − σ(s))", color="C1", fontsize=12)
    middle = len(x) // 2
    for values, colour in ((curve, "C0"), (gradient, "C1")):
        axes.plot(x[middle], values[middle], "o", color=colour, markeredgecolor="white", zorder=3)
    axes.annotate(f"{curve[middle]:g} at 0", (0, curve[middle]), (-11, 2), textcoords="offset points", ha="right")
    axes.annotate("slope ¼", (1.6, 0.9), (-8, 0), textcoords="offset points", ha="right", va="center")
    axes.annotate(f"greatest at 0: {gradient[middle]:g}", (0, gradient[middle]), (8, 6), textcoords="offset points")
    return figure


def two_layer_outputs(files: Project, title: str) -> Figure:
    """The output for every example against the epoch, and enlarged the end of the training, where it was printed."""
    run, claim = files.run("two-layer"), files.claim("trask-notebook/two-layer-output")
    subtitle = "The target is the first input. Two outputs first move the wrong way; then all go to their targets."
    figure, page = titled(title, subtitle, 345, panels=True)
    axes, *enlarged = (
        figure.add_axes((x, bottom, width, top - bottom))
        for x, bottom, width, top in (
            (0.095, 0.12, 0.45, 0.745),
            (0.615, 0.475, 0.13, 0.745),
            (0.615, 0.12, 0.13, 0.39),
        )
    )
    axes.set(ylim=(-0.03, 1.03), ylabel="Output")
    epoch_axis(axes, run.experiment.epochs)
    (epoch,) = claim.at
    first = 3 * run.experiment.epochs // 10
    for goal, near in zip((1, 0), enlarged, strict=True):
        near.set(
            xlim=(first, epoch + 1),
            ylim=(0.98, 1) if goal else (0, 0.02),
            yticks=[0.98, 0.99, 1] if goal else [0, 0.01, 0.02],
        )
        near.set_xticks([first, epoch + 1], [grouped(first), grouped(epoch + 1)] if not goal else ["", ""])
        marks = []
        for number, (example, (target,)) in enumerate(zip(run.experiment.inputs, run.experiment.targets, strict=True)):
            outputs, colour = run.outputs[:, number, 0], f"C{number}"
            inputs = " ".join(f"{value:g}" for value in example)
            if target == goal:
                axes.plot(outputs, color=colour)
                near.plot(outputs, color=colour)
                marks.append(Mark(epoch, outputs[epoch], f"{inputs}  {claim.printed[number]}", (), colour))
        write_beside(page, 448, near, marks, "input  as printed" if goal else "")
    enlarged[0].set_title("The end, enlarged", color=FAINT, fontsize=10)
    enlarged[1].set_xlabel("Epoch")
    return figure


def error_log(files: Project, experiment: str, claim_name: str, title: str) -> Figure:
    """The mean absolute error of every epoch, and on the curve the errors that were printed, digit by digit.

    Args:
        files: with the run and the verdicts.
        experiment: what was run.
        claim_name: the claim about the error at some epochs, the first of them 0.
        title: the title of the figure.
    """
    run, claim = files.run(experiment), files.claim(claim_name)
    verdicts = files.verdicts_on(claim)
    subtitle = f"{tally(verdicts, 'printed errors')} {on_order(files, verdicts)}".rstrip()
    figure, page = titled(title, subtitle, 345, panels=True)
    figure.subplots_adjust(right=0.63)
    axes = figure.add_subplot(ylabel="Mean absolute error")
    error_axis(axes, run.errors[run.errors > 0].min() / 1.6, 1)
    epoch_axis(axes, run.experiment.epochs)
    axes.plot(run.errors, color=INK)
    first, *others = (
        Mark(at, run.errors[at], f"{grouped(at, ' ')}  ", parts_of(one), INK)
        for at, one in zip(claim.at, verdicts, strict=True)
    )
    write_beside(page, 380, axes, others, "epoch   as printed")
    # The first point lies far from the right edge, and has room above it.
    x, y = first.place(page, axes)
    first._replace(label=f"epoch {first.label}").draw(page, axes, x + 5, y - 9)
    top = figure.subplotpars.top
    write_key(page, MARGIN, (1 - top) * page.get_ylim()[0] - 16, looks_of(verdicts))
    return figure


def xor_error_log(files: Project, title: str) -> Figure:
    """The error, and what one article printed of it."""
    return error_log(files, "xor", "cocalc-simple-nn/error-log", title)


def three_layer_error_log(files: Project, title: str) -> Figure:
    """The error, and what one article printed of it."""
    return error_log(files, "three-layer", "trask-notebook/three-layer-error-log", title)


def cross_entropy_loss(files: Project, title: str) -> Figure:
    """The mean binary cross-entropy of the outputs before each update, and the probability that it corresponds to."""
    run = files.run("cross-entropy")
    with FLOAT_ARITHMETICS[run.arithmetic]() as arithmetic:
        network = Network(run.experiment, arithmetic)
        states = (run.state(network, epoch) for epoch in range(run.experiment.epochs))
        losses = numpy.concatenate([evaluate(network, state, "loss", "before") for state in states])
    subtitle = (
        "The mean over the examples of −ln p, where p is the probability that the output gives to the target. A network"
        " that always answers ½ has the loss ln 2; this one begins worse."
    )
    figure, _ = titled(title, subtitle, 345)
    figure.subplots_adjust(right=0.9)
    axes = figure.add_subplot(xlabel="Epoch", ylabel="Loss", xlim=(0, len(losses)), ylim=(0, 1.08 * losses.max()))
    right = axes.twinx()
    probabilities = [Decimal(tenths) / 10 for tenths in range(5, 11)]
    right.set(ylim=axes.get_ylim(), ylabel="Geometric mean of p: exp(−loss)")
    right.set_yticks([-float(p.ln()) for p in probabilities], [f"{p:g}" for p in probabilities])
    right.grid(False)
    axes.axhline(float(Decimal(2).ln()), color=FAINT, linewidth=1, linestyle="--")
    axes.text(len(losses) - 2, float(Decimal(2).ln()) + 0.012, "always ½", color=FAINT, ha="right")
    axes.plot(losses, zorder=3)
    for epoch, offset, side in ((0, (9, -2), "left"), (len(losses) - 1, (-2, 9), "right")):
        axes.plot(epoch, losses[epoch], "o", color="C0", markeredgecolor="white", clip_on=False, zorder=4)
        words = f"{losses[epoch]:.3f} at epoch {epoch}"
        axes.annotate(words, (epoch, losses[epoch]), offset, textcoords="offset points", ha=side)
    return figure


def exact_error(files: Project, claim: Numbers) -> float | None:
    """The mean distance of the certified outputs from their targets, or None if one is not certified.

    Raises:
        InputError: if there is no certificate.
    """
    certificate = files.certificate(claim.experiment)
    if not certificate:
        path = files.places["reference"] / claim.experiment / "certificate.json"
        raise InputError(f"{path}: no such certificate; make it with scripts/certify.py")
    outputs = certificate.values(claim.subject, claim.at[0])
    targets = itertools.chain.from_iterable(certificate.experiment.targets)
    certified = [(Fraction(target), one.certified) for target, one in zip(targets, outputs, strict=True)]
    distances = [abs(target - Fraction(output)) for target, output in certified if output]
    return float(sum(distances) / len(distances)) if len(distances) == len(outputs) else None


def linear_output(files: Project, title: str) -> Figure:
    """The error against the epoch with a sigmoid and a linear output layer, a panel for either run's starting weights.

    Of the linear run the exact error is marked, too: the mean distance of the certified outputs from their targets.
    """
    subtitle = (
        "The sigmoid’s error creeps. After a plateau, the linear one’s falls by much the same factor in every epoch,"
        " until only rounding error is left; exactly, it falls on. The dots are the witnesses’ runs."
    )
    figure, _ = titled(title, subtitle, 390, panels=True)
    figure.subplots_adjust(right=0.955, wspace=0.14)
    both = figure.subplots(1, 2, sharey=True)
    both[0].set_ylabel("Mean absolute error")
    near: dict[str, Any] = {"textcoords": "offset points", "va": "center"}
    for axes, start in zip(both, ("sigmoid", "linear"), strict=True):
        error_axis(axes, lowest := 1e-19, 3)
        axes.axhspan(lowest, 2**-53, color=SHADE, linewidth=0, zorder=0.5)
        for number, layer in enumerate(("sigmoid", "linear")):
            errors, colour = files.run_from(f"xor-{start}", f"xor-{layer}").errors, f"C{number}"
            axes.plot(errors, color=colour)
            middle, last = len(errors) // 2, (len(errors) - 1, max(errors[-1], lowest))
            offset = (0, 14) if layer == "sigmoid" else (10, 5)
            axes.annotate(layer, (middle, errors[middle]), offset, color=colour, fontsize=11, **near)
            if layer == start:
                axes.plot(*last, "o", color=INK, markeredgecolor="white", clip_on=False, zorder=4)
        ticks = range(0, 60001, 20000)
        axes.set_xticks(ticks, [grouped(tick) for tick in ticks])
        axes.set(title=f"From the start of the {start} run", xlim=(0, 60000), xlabel="Epoch")
    words = "less than the spacing of\nbinary64 numbers below 1"
    both[0].text(30000, 2e-18, words, ha="center", va="center", fontsize=9)
    both[1].annotate(f"{scientific(last[1])} in binary64", last, (8, 0), **near)
    claim = files.claim("monty-part-1/linear-output")
    if exact := exact_error(files, claim):
        both[1].plot((last[0], last[0]), (last[1], exact), color=INK, linewidth=1, linestyle=":")
        both[1].plot(last[0], exact, "D", color=INK, markeredgecolor="white", zorder=4)
        both[1].annotate(f"{scientific(exact)} exactly", (last[0], exact), (8, 0), **near)
    return figure
