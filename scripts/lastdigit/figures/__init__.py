"""The figures: their titles, what each shows, and what it is drawn from.

No figure depends on the clock or on the fonts of the machine, and values are computed in the arithmetic of the run.
Matplotlib is imported only to draw: asking for a name takes no time.
"""

import importlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lastdigit.project import PLACES, Project

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = Path(__file__).parents[1].with_name("lastdigit.mplstyle")

# Neither the clock nor the version of Matplotlib belongs in a figure.
METADATA: dict[str, dict[str, str | None]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


class Entry(NamedTuple):
    """One figure.

    Attributes:
        family: the module of this package with the function that draws it, called as the figure is.
        title: the title above it.
        shows: the alternative text, for those who cannot see it.
        drawn_from: the files that the pipeline makes for it, but for those that are of every article.
    """

    family: str
    title: str
    shows: str
    drawn_from: tuple[Path, ...] = ()


def runs(*names: str) -> tuple[Path, ...]:
    """The files of portable runs."""
    return tuple(PLACES["portable"] / f"{name}.npz" for name in names)


def numbers(source: str) -> tuple[Path, ...]:
    """The file of the verdicts on the printed numbers of a source."""
    return (PLACES["numbers"] / f"{source}.json",)


ENSEMBLES = tuple(PLACES["ensembles"] / f"{name}.npz" for name in ("xor-sigmoid", "xor-linear"))

# In the order of the gallery.
FIGURES = {
    "correct-digits": Entry(
        "printed_numbers",
        "Right to the last digit?",
        "Every printed number of the sources set in type, article by article. Nearly all digits from seeded runs are"
        " marked as proven. The last digits of five of the six long errors of the three-layer network are marked as"
        " rounding error. The outputs of the article without a seed are left plain: they are attained.",
    ),
    "sigmoid": Entry(
        "curves",
        "The sigmoid and its gradient",
        "The sigmoid, an S from 0 to 1 with one half at 0, where its tangent has the slope one quarter; and its"
        " gradient, a bell with its top of one quarter at 0.",
    ),
    "two-layer-outputs": Entry(
        "curves",
        "Outputs of the two-layer network",
        "The four outputs of the two-layer network against epoch. Two rise toward 1; the other two rise a little at"
        " first, then fall toward 0. The end is enlarged beside it, with the printed value of each.",
        runs("two-layer"),
    ),
    "xor-error-log": Entry(
        "curves",
        "Learning exclusive or, and the errors printed on the way",
        "The mean absolute error of the exclusive-or network against epoch, both axes logarithmic: flat near one half,"
        " a steep fall, then a slow descent. The six printed errors are marked on it; all their digits are proven.",
        runs("xor") + numbers("cocalc-simple-nn"),
    ),
    "three-layer-error-log": Entry(
        "curves",
        "The three-layer network, and the errors printed on the way",
        "The mean absolute error of the three-layer network against epoch, both axes logarithmic. The six printed"
        " errors are marked on it; the last digits of five are marked as rounding error.",
        runs("three-layer") + numbers("trask-notebook"),
    ),
    "cross-entropy-loss": Entry(
        "curves",
        "Cross entropy (binary) loss",
        "The mean cross-entropy over 200 epochs, falling from 0.831 at epoch 0 to 0.064 at epoch 199, steeply at first"
        " and then ever more slowly. It begins above the loss of a network that always answers one half.",
        runs("cross-entropy"),
    ),
    "xor-hidden-layer": Entry(
        "hidden_units",
        "How four hidden units make exclusive or",
        "Left, the four lines by which the hidden units cut the plane of the two inputs; right, the output of the"
        " network, above one half around 01 and 10 and below it around 00 and 11, with the printed outputs there.",
        runs("xor"),
    ),
    "linear-output": Entry(
        "curves",
        "Sigmoid and linear output layer, from the same start",
        "The error against epoch of the network with a sigmoid output layer and with a linear one, from the same two"
        " starts, on a logarithmic axis. The sigmoid's creeps; the linear one's falls, after two thousand epochs along"
        " a straight line, and stops near 1e-14, where its exact value falls on to 1e-17.",
        (
            *runs("xor-sigmoid", "xor-linear", "xor-sigmoid.from-xor-linear", "xor-linear.from-xor-sigmoid"),
            PLACES["reference"] / "xor-linear" / "certificate.json",
        ),
    ),
    "xor-ensemble": Entry(
        "ensembles",
        "The error from many starts, sigmoid and linear output layer",
        "The error against epoch, both axes logarithmic, one line for each tenth of the starts, the published runs"
        " marked. With the sigmoid output layer all lines merge and creep to the published run; with the linear one six"
        " drop below the reach of rounding error, as the published run did, and four stay with the sigmoid's.",
        ENSEMBLES,
    ),
    "xor-outputs": Entry(
        "ensembles",
        "The outputs from many starts, and the printed ones among them",
        "For each of the four outputs of either network, the share of the runs below each value, as a curve. The"
        " printed outputs of the sigmoid layer lie in the middle of the curves; of the linear layer's runs three in"
        " five come within the reach of rounding error, among them the printed one.",
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


def render(name: str, files: Project, forms: Iterable[str]) -> dict[str, bytes]:
    """One of the figures as the content of files, in the style of the project whatever the user's own is.

    Args:
        name: of the figure.
        files: what it is drawn from.
        forms: "svg", "png" or both.

    Raises:
        InputError: as `draw` does.
    """
    import matplotlib.style

    with matplotlib.style.context(STYLE, after_reset=True):
        figure, streams = draw(name, files), {form: BytesIO() for form in forms}
        for form, stream in streams.items():
            figure.savefig(stream, format=form, metadata={**METADATA[form], "Title": FIGURES[name].title})
        return {form: stream.getvalue() for form, stream in streams.items()}
