"""What several figures share: page and title, axes, and printed numbers set in type, their digits marked."""

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
LETTER = 1233 / 2048  # the width of every letter of DejaVu Sans Mono, in units of its size
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# What digits are, how they look, a sample, and what it means. Told apart without colour too: bold, underlined, struck
# out, plain, slanted.
LOOKS: dict[str, tuple[dict[str, Any], str, str]] = {
    "right": ({"color": "C0", "weight": "bold"}, "0.1234", "as in the exact value, proven"),
    "wrong": ({"color": "C1"}, "567", "rounding error"),
    "different": ({"color": "C4"}, "567", "not what was computed"),
    "attained": ({"color": INK}, "0.1234", "attained †"),
    "unknown": ({"color": FAINT, "style": "italic"}, "0.1234", "nothing is shown of it"),
}
Parts = Sequence[tuple[str, str]]


def grouped(number: int, space: str = "\N{THIN SPACE}") -> str:
    """A whole number with its thousands set apart, from five digits on."""
    return f"{number:,}".replace(",", space) if number >= 10_000 else str(number)


def power_of_ten(number: float) -> str:
    """A power of ten as one writes it."""
    return "10" + str(round(math.log10(number))).translate(SUPERSCRIPTS)


def scientific(number: float) -> str:
    """A positive number with two significant digits and a power of ten."""
    mantissa, exponent = f"{number:.1e}".split("e")
    return f"{mantissa} · {power_of_ten(float(f'1e{exponent}'))}"


def wrapped(text: str, size: float, width: float, **look: Any) -> list[str]:
    """A text in lines of at most that width in points; a word that is wider by itself is broken."""
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
    """A figure with a title, a subtitle, and below them room for axes; and its page, whose unit is the point.

    Args:
        title: in one line.
        subtitle: what is to be seen, in as many lines as it takes.
        height: of the figure, in points.
        panels: whether there are titles above the axes.
        width: of the figure, in points.
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
    axes.yaxis.set_major_formatter(lambda tick, _: f"{tick:g}" if lowest > 1e-4 else power_of_ten(tick))
    axes.yaxis.set_minor_formatter(lambda tick, _: "")


def tenth_of_a_pixel(axes: Axes, name: Literal["x", "y"]) -> float:
    """The length of a tenth of a pixel of the PNG on an axis: in decades, if it is logarithmic."""
    (low, high), box = (axes.get_xlim(), axes.bbox.width) if name == "x" else (axes.get_ylim(), axes.bbox.height)
    scale = axes.get_xscale() if name == "x" else axes.get_yscale()
    pixels = box * matplotlib.rcParams["savefig.dpi"] / matplotlib.rcParams["figure.dpi"]
    return (math.log10(high / low) if scale == "log" else high - low) / (10 * float(pixels))


def write_number(page: Axes, x: float, y: float, parts: Parts, size: float = 10) -> None:
    """Write the parts of a number one after the other on a page. A minus sign hangs out."""
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
    """Write what the looks of digits mean, of those that are shown."""
    for part in (part for part in LOOKS if part in set(shown)):
        _, sample, meaning = LOOKS[part]
        write_number(page, x, y, [(part, sample)])
        words = x + LETTER * 10 * len(sample) + 6
        page.text(words, y, meaning, fontsize=9.5)
        x = words + _width(meaning, FontProperties(size=9.5)) + 20


class Mark(NamedTuple):
    """A number to point out on a curve: its place in the data, what it is, its parts, and the colour of the rest."""

    x: float
    y: float
    label: str
    parts: Parts
    colour: str

    def place(self, page: Axes, axes: Axes) -> tuple[float, float]:
        """Where it is on the page. The limits and scales of the axes must be final."""
        x, y = page.transData.inverted().transform(axes.transData.transform((self.x, self.y)))
        return float(x), float(y)

    def draw(self, page: Axes, axes: Axes, x: float, y: float) -> None:
        """Mark the point on the curve, and write what it is at a place on the page."""
        axes.plot(self.x, self.y, "o", color=self.colour, markeredgecolor="white", clip_on=False, zorder=3)
        page.text(x, y, self.label, color=self.colour, family="monospace")
        write_number(page, x + LETTER * 10 * len(self.label), y, self.parts)


def write_beside(page: Axes, x: float, axes: Axes, marks: Iterable[Mark], heading: str = "") -> None:
    """Mark points on a curve and write beside the axes, at x on the page, what they are, under a heading.

    A number stands at the height of its point, or higher where it must keep its distance from the one below it.
    """
    gap, height = 17, math.inf
    for mark in sorted(marks, key=lambda mark: mark.y):
        across, down = mark.place(page, axes)
        height = min(down, height - gap)
        page.plot((across + 5, x - 4), (down, height), color=FAINT, linewidth=0.7)
        mark.draw(page, axes, x, height + 3.5)
    page.text(x, height - gap + 3.5, heading, color=FAINT, family="monospace")
