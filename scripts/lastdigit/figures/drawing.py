"""What the figures share: page and title, axes, and printed numbers set in type with their digits marked."""

import math
from bisect import bisect
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

INK, FAINT, SHADE = "#222222", "#6B6B6B", "#EDEDED"
POINTS = 72  # to an inch
MARGIN = 16  # of every figure, in points
LETTER = 1233 / 2048  # the width of a character in DejaVu Sans Mono, in units of the font size
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# For each kind of digits, how they look, a sample, and what they are. The kinds can be told apart without colour: bold,
# underlined, struck out, plain, slanted.
LOOKS: dict[str, tuple[dict[str, Any], str, str]] = {
    "right": ({"color": "C0", "weight": "bold"}, "0.1234", "as in the exact value, proven"),
    "wrong": ({"color": "C1"}, "567", "rounding error"),
    "different": ({"color": "C4"}, "567", "not what was computed"),
    "attained": ({"color": INK}, "0.1234", "attained †"),
    "unknown": ({"color": FAINT, "style": "italic"}, "0.1234", "nothing is shown of it"),
}
Parts = Sequence[tuple[str, str]]


def grouped(number: int, space: str = "\N{THIN SPACE}") -> str:
    """An integer with its thousands set apart, if it has five digits or more."""
    return f"{number:,}".replace(",", space) if number >= 10_000 else str(number)


def power_of_ten(number: float) -> str:
    """A power of ten, with a superscript."""
    return "10" + str(round(math.log10(number))).translate(SUPERSCRIPTS)


def scientific(number: float) -> str:
    """A positive number with two significant digits and a power of ten."""
    mantissa, exponent = f"{number:.1e}".split("e")
    return f"{mantissa} · {power_of_ten(float(f'1e{exponent}'))}"


def wrapped(text: str, size: float, width: float, **look: Any) -> list[str]:
    """A text broken into lines of at most that width, in points; so is a word that is wider than that."""
    font, words, lines = FontProperties(size=size, **look), text.split(" "), []
    while words:
        fitting = bisect(range(1, len(words) + 1), width, key=lambda count: _width(" ".join(words[:count]), font))
        if fitting:
            lines.append(" ".join(words[:fitting]))
            words = words[fitting:]
        else:
            fitting = bisect(range(2, len(words[0]) + 1), width, key=lambda end: _width(words[0][:end], font)) + 1
            lines.append(words[0][:fitting])
            words[0] = words[0][fitting:]
    return lines


def _width(text: str, font: FontProperties) -> float:
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return float(width)


def titled(title: str, subtitle: str, height: float, panels: bool = False, width: float = 576) -> tuple[Figure, Axes]:
    """A figure with a title, a subtitle, and below them room for axes; and its page, in units of points.

    Args:
        title: one line.
        subtitle: what there is to see, in as many lines as it takes.
        height: the height of the figure, in points.
        panels: whether the axes have titles of their own.
        width: the width of the figure, in points.
    """
    figure = Figure(figsize=(width / POINTS, height / POINTS))
    page = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0), zorder=2)
    page.set_axis_off()
    page.text(MARGIN, 26, title, fontsize="x-large", weight="bold")
    lines = wrapped(subtitle, 10, width - 2 * MARGIN)
    for number, line in enumerate(lines):
        page.text(MARGIN, 45 + 15 * number, line)
    figure.subplots_adjust(top=1 - (45 + 15 * len(lines) + 20 * panels) / height, bottom=42 / height)
    return figure, page


def epoch_axis(axes: Axes, epochs: int) -> None:
    """Show the epochs from 0 to epochs - 1, logarithmically from 1 on, so that epoch 0 has its place, too."""
    axes.set_xscale("symlog", linthresh=1, linscale=0.35, subs=range(2, 10))
    axes.set_xlim(-0.12, epochs)
    decades = [10**power for power in range(len(str(epochs - 1)))]
    axes.set_xticks([0, *decades], [grouped(tick) for tick in (0, *decades)])
    axes.set_xlabel("Epoch (logarithmic from 1 on)")


def error_axis(axes: Axes, lowest: float, highest: float) -> None:
    """Show errors on a logarithmic axis; an error of 0 runs off its lower end."""
    axes.set_yscale("log", nonpositive="clip")
    axes.set_ylim(lowest, highest)
    axes.yaxis.set_major_formatter(lambda tick, _: f"{tick:g}" if lowest > 1e-4 else power_of_ten(tick))
    axes.yaxis.set_minor_formatter(lambda tick, _: "")


def tenth_of_a_pixel(axes: Axes, name: Literal["x", "y"]) -> float:
    """A tenth of a pixel of the PNG in units of an axis, or in decades if the axis is logarithmic."""
    (low, high), box = (axes.get_xlim(), axes.bbox.width) if name == "x" else (axes.get_ylim(), axes.bbox.height)
    scale = axes.get_xscale() if name == "x" else axes.get_yscale()
    pixels = box * matplotlib.rcParams["savefig.dpi"] / matplotlib.rcParams["figure.dpi"]
    return (math.log10(high / low) if scale == "log" else high - low) / (10 * float(pixels))


def write_number(page: Axes, x: float, y: float, parts: Parts, size: float = 10) -> None:
    """Write a number, part by part, on a page; a minus sign hangs to the left of x."""
    if parts and parts[0][1].startswith("-"):
        x -= LETTER * size
    for part, text in parts:
        end = x + LETTER * size * len(text)
        look = LOOKS[part][0]
        page.text(x, y, text, fontsize=size, family="monospace", **look)
        if part == "wrong":
            page.fill_between((x, end), y - size, y + 0.4 * size, color=look["color"], alpha=0.13, linewidth=0)
        if part in ("wrong", "different"):
            height = y + 0.4 * size if part == "wrong" else y - 0.35 * size
            page.plot((x, end), (height, height), color=look["color"], linewidth=1.5, solid_capstyle="butt")
        x = end


def write_key(page: Axes, x: float, y: float, shown: Iterable[str]) -> None:
    """Write the key to those looks of digits that are shown."""
    for part in (part for part in LOOKS if part in set(shown)):
        _, sample, meaning = LOOKS[part]
        write_number(page, x, y, [(part, sample)])
        words = x + LETTER * 10 * len(sample) + 6
        page.text(words, y, meaning, fontsize=9.5)
        x = words + _width(meaning, FontProperties(size=9.5)) + 20


class Mark(NamedTuple):
    """A number to mark on a curve: its coordinates, a label, its parts, and the colour of mark and label."""

    x: float
    y: float
    label: str
    parts: Parts
    colour: str

    def place(self, page: Axes, axes: Axes) -> tuple[float, float]:
        """Its place on the page; the limits and scales of the axes must be final."""
        x, y = page.transData.inverted().transform(axes.transData.transform((self.x, self.y)))
        return float(x), float(y)

    def draw(self, page: Axes, axes: Axes, x: float, y: float) -> None:
        """Mark the point on the curve, and write label and number at a place on the page."""
        axes.plot(self.x, self.y, "o", color=self.colour, markeredgecolor="white", clip_on=False, zorder=3)
        page.text(x, y, self.label, color=self.colour, family="monospace")
        write_number(page, x + LETTER * 10 * len(self.label), y, self.parts)


def write_beside(page: Axes, x: float, axes: Axes, marks: Iterable[Mark], heading: str = "") -> None:
    """Mark points on a curve, and write what they are beside the axes, at x on the page, below a heading.

    A number stands at the height of its point, or higher if it would come too close to the one below it.
    """
    gap, height = 17, math.inf
    for mark in sorted(marks, key=lambda mark: mark.y):
        across, down = mark.place(page, axes)
        height = min(down, height - gap)
        page.plot((across + 5, x - 4), (down, height), color=FAINT, linewidth=0.7)
        mark.draw(page, axes, x, height + 3.5)
    page.text(x, height - gap + 3.5, heading, color=FAINT, family="monospace")
