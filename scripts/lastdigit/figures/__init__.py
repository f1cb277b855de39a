"""The figures: what each is called, what is to be seen in it, and what it is drawn from.

No figure depends on the clock or on a font of the machine. Values are computed in the arithmetic of the run, so that
the same figure comes out on every machine. Matplotlib is imported when one is drawn: to ask for a name takes no time.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lastdigit.project import PLACES, Project

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Entry(NamedTuple):
    """One figure.

    Attributes:
        family: the module of this package that draws it, in the function of the figure's name.
        title: stands above it.
        shows: the text for those who cannot see it.
        drawn_from: the files that the pipeline makes for it.
    """

    family: str
    title: str
    shows: str
    drawn_from: tuple[Path, ...] = ()


def runs(*names: str) -> tuple[Path, ...]:
    """The files of portable runs."""
    return tuple(PLACES["portable"] / f"{name}.npz" for name in names)


ENSEMBLES = tuple(PLACES["ensembles"] / f"{name}.npz" for name in ("xor-sigmoid", "xor-linear"))

# In the order of the gallery.
FIGURES = {
    "correct-digits": Entry(
        "digits",
        "Right to the last digit?",
        "Every printed number of the sources set in type, grouped by article. Nearly all digits are marked as right."
        " Marked as rounding error are the last digits of five of the six long errors of the three-layer network, and"
        " two numbers of the linear output, 6.66133815e-15 and 8.88178420e-15, as a whole.",
        (PLACES["numbers"],),
    ),
    "sigmoid": Entry(
        "curves",
        "The sigmoid and its gradient",
        "The sigmoid, an S from 0 to 1, and its gradient, a bell with its top of one quarter at zero.",
    ),
    "two-layer-outputs": Entry(
        "curves",
        "Outputs of the two-layer network",
        "The four outputs of the two-layer network against epoch. Two fall toward 0 and two rise toward 1, and end at"
        " the printed values.",
        runs("two-layer"),
    ),
    "xor-error-log": Entry(
        "curves",
        "Learning exclusive or, and the errors printed on the way",
        "The mean absolute error of the exclusive-or network against epoch, both axes logarithmic: flat near one half,"
        " a steep fall, then a straight slow descent on which the six printed values lie.",
        runs("xor"),
    ),
    "three-layer-error-log": Entry(
        "curves",
        "The three-layer network, and the errors printed on the way",
        "The mean absolute error of the three-layer network against epoch, both axes logarithmic, falling from the"
        " start; the six printed values lie on the curve.",
        runs("three-layer"),
    ),
    "cross-entropy-loss": Entry(
        "curves",
        "Cross entropy (binary) loss",
        "The binary cross-entropy over 200 epochs, falling steeply at first and then ever more slowly.",
        runs("cross-entropy"),
    ),
    "xor-hidden-layer": Entry(
        "plane",
        "How four hidden units make exclusive or",
        "Left, the four lines by which the hidden units cut the plane of the two inputs; right, the output of the"
        " network over the unit square, high near the corners 01 and 10, low near 00 and 11.",
        runs("xor"),
    ),
    "linear-output": Entry(
        "curves",
        "Sigmoid and linear output layer, from the same start",
        "The error against epoch of the network with a sigmoid output layer and with a linear one, from the same two"
        " starts, both axes logarithmic: the linear one ends many orders of magnitude lower.",
        runs("xor-sigmoid", "xor-linear", "xor-sigmoid.from-xor-linear", "xor-linear.from-xor-sigmoid"),
    ),
    "xor-ensemble": Entry(
        "starts",
        "The error of {starts} starts, sigmoid and linear output layer",
        "The error against epoch of 1000 starts, both axes logarithmic, one line for each tenth of the starts and the"
        " median, the published results marked. Those of the sigmoid output layer merge and creep to 0.0076; of the"
        " linear one six lines drop below the reach of rounding error, and four stay near 0.004.",
        ENSEMBLES,
    ),
    "xor-outputs": Entry(
        "starts",
        "The outputs of {starts} starts, and the published ones among them",
        "The distribution of the four outputs over 1000 starts, for each of the two networks, with the printed values"
        " on it.",
        ENSEMBLES,
    ),
}


def draw(name: str, files: Project) -> "Figure":
    """One of the figures, in the style in force.

    Raises:
        InputError: if a file that it is drawn from is missing or does not fit.
    """
    entry = FIGURES[name]
    family = importlib.import_module(f"lastdigit.figures.{entry.family}")
    figure: Figure = getattr(family, name.replace("-", "_"))(files, entry.title)
    return figure
