"""What several figures share: colours, titles, axes, and marks with a text beside the axes."""

import math
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, FAINT, SHADE = "#222222", "#777777", "#EDEDED"


def grouped(number: int, space: str = "\N{THIN SPACE}") -> str:
    """A whole number with its thousands set apart, from five digits on."""
    return f"{number:,}".replace(",", space) if number >= 10_000 else str(number)


def titled(title: str) -> Figure:
    """An empty figure with its title above the left edge of the axes."""
    figure = Figure()
    figure.suptitle(title, x=figure.subplotpars.left, y=0.97, horizontalalignment="left", verticalalignment="top")
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


def tenth_of_a_pixel(axes: Axes, name: Literal["x", "y"]) -> float:
    """The length of a tenth of a pixel of the PNG on a logarithmic axis, in decades."""
    (low, high), box = (axes.get_xlim(), axes.bbox.width) if name == "x" else (axes.get_ylim(), axes.bbox.height)
    pixels = box * matplotlib.rcParams["savefig.dpi"] / matplotlib.rcParams["figure.dpi"]
    return math.log10(high / low) / (10 * float(pixels))
