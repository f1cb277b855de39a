"""How the hidden units of a network cut the plane of its two inputs."""

import math

import numpy
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lastdigit.arithmetic import FLOAT_ARITHMETICS, Array
from lastdigit.figures.drawing import INK, titled
from lastdigit.network import Network
from lastdigit.project import Project


def xor_hidden_layer(files: Project, title: str) -> Figure:
    """Where each hidden unit is ½, and the output that results; the network's third input is always 1.

    The weights are those from which the printed outputs were computed.
    """
    run, claim = files.run("xor"), files.claim("cocalc-simple-nn/output-after-training")
    weights = [matrices[claim.at[0]] for matrices in run.weights]
    # The output is computed in the arithmetic of the run, so that no contour moves by a machine's own rounding.
    # The steps of 1/32 are exact.
    side = numpy.linspace(-0.25, 1.25, 49)
    grid = numpy.stack([*(axis.ravel() for axis in numpy.meshgrid(side, side)), numpy.ones(side.size**2)], axis=1)
    with FLOAT_ARITHMETICS[run.arithmetic]() as arithmetic:
        output = Network(run.experiment, arithmetic).forward(grid, weights)[-1].reshape(side.size, side.size)

    subtitle = (
        "Each hidden unit is ½ on its line, and nearer to 1 on the side of its arrow. Together they make the output: in"
        " circles the targets, below them the outputs as printed."
    )
    figure, _ = titled(title, subtitle, 350, panels=True)
    figure.subplots_adjust(right=0.895, wspace=0.1)
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    left.set(title="The hidden units", ylabel="Second input")
    right.set_title("The output")
    for unit, (a, b, c) in enumerate(weights[0].T):
        draw_boundary(left, side, (a, b), c, f"unit {unit + 1}", f"C{unit}")
    # Drawn with edges of their own colour, because a viewer leaves hairlines between areas that only touch.
    areas = right.contourf(side, side, output, levels=numpy.linspace(0, 1, 11), cmap="cividis")
    areas.set(edgecolor="face", linewidth=0.4)
    right.contour(side, side, output, levels=[0.5], colors="white", linewidths=1.5)
    low, high = right.get_position().y0, right.get_position().y1
    bar = figure.colorbar(areas, cax=figure.add_axes((0.915, low, 0.02, high - low)), ticks=(0, 0.5, 1))
    bar.ax.axhline(0.5, color="white", linewidth=1.5)
    bar.ax.set_yticklabels(["0", "½", "1"])
    bar.set_label("Output of the network")
    for area in bar.ax.collections:
        area.set_edgecolor("face")
    bar.outline.set_visible(False)
    for (first, second, _), (target,), printed in zip(
        run.experiment.inputs, run.experiment.targets, claim.printed, strict=True
    ):
        for axes in (left, right):
            disc = {"boxstyle": "circle", "facecolor": "white", "edgecolor": INK}
            axes.text(first, second, f"{target:g}", ha="center", va="center", weight="bold", bbox=disc)
        colour = INK if target else "white"
        right.text(
            first, second - 0.13, printed, color=colour, ha="center", va="center", family="monospace", fontsize=9
        )
    for axes in (left, right):
        axes.set(xlim=side[[0, -1]], ylim=side[[0, -1]], xticks=(0, 0.5, 1), yticks=(0, 0.5, 1), xlabel="First input")
        axes.grid(axes == left)
    return figure


def draw_boundary(axes: Axes, side: Array, slope: tuple[float, float], bias: float, text: str, colour: str) -> None:
    """Draw the line on which slope · x + bias is 0 inside a square of the given side, if it passes through the square.

    An arrow points from its middle to where the sum is positive; the text stands on the other side.
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
