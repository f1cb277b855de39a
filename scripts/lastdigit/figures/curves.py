"""Figures of one run or two, against the epoch; and of the sigmoid."""

import numpy
from matplotlib.figure import Figure

from lastdigit.arithmetic import FLOAT_ARITHMETICS, Portable
from lastdigit.figures.drawing import INK, Mark, epoch_axis, error_axis, grouped, mark_to_the_right, titled
from lastdigit.network import Network
from lastdigit.observations import evaluate
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.runs import Run


def sigmoid(files: Project, title: str) -> Figure:
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


def two_layer_outputs(files: Project, title: str) -> Figure:
    """The output for every example against the epoch, the printed last values beside the ends of the curves."""
    run, claim = files.run("two-layer"), files.claim("trask-notebook/two-layer-output")
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


def cross_entropy_loss(files: Project, title: str) -> Figure:
    """The mean binary cross-entropy of the outputs before each update, against the epoch."""
    run = files.run("cross-entropy")
    with FLOAT_ARITHMETICS[run.arithmetic]() as arithmetic:
        network = Network(run.experiment, arithmetic)
        states = (run.state(network, epoch) for epoch in range(run.experiment.epochs))
        losses = numpy.concatenate([evaluate(network, state, "loss", "before") for state in states])
    figure = titled(title)
    axes = figure.add_subplot(xlabel="Epoch", ylabel="Loss", xlim=(0, len(losses)), ylim=(0, 1.05 * losses.max()))
    axes.plot(losses)
    return figure


def xor_error_log(files: Project, title: str) -> Figure:
    """The error, and what one article printed of it."""
    return error_log(files.run("xor"), files.claim("cocalc-simple-nn/error-log"), title)


def three_layer_error_log(files: Project, title: str) -> Figure:
    """The error, and what one article printed of it."""
    return error_log(files.run("three-layer"), files.claim("trask-notebook/three-layer-error-log"), title)


def linear_output(files: Project, title: str) -> Figure:
    """The error of a sigmoid and of a linear output layer against the epoch, a panel for the start of either run."""
    figure = titled(title)
    figure.subplots_adjust(top=0.815, wspace=0.08)
    both = figure.subplots(1, 2, sharey=True)
    both[0].set_ylabel("Mean absolute error")
    for axes, layer in zip(both, ("sigmoid", "linear"), strict=True):
        runs = [files.run_from(f"xor-{layer}", name) for name in ("xor-sigmoid", "xor-linear")]
        axes.set_title(f"From the start of the {layer} run")
        error_axis(axes, 1e-17, 3)  # 1e-16 is the spacing of numbers just below 1, so of the outputs near their targets
        epoch_axis(axes, max(run.experiment.epochs for run in runs))
        looks = (("sigmoid", "C0", (0, 14)), ("linear", "C1", (-14, -12)))
        for run, (name, colour, offset) in zip(runs, looks, strict=True):
            axes.plot(run.errors, color=colour)
            end = (len(run.errors) - 1, max(run.errors[-1], axes.get_ylim()[0]))
            axes.annotate(name, end, offset, textcoords="offset points", color=colour, ha="right", fontsize=11)
    return figure
