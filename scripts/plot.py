"""Draw one figure, as an SVG and a PNG that have the same bytes on every run."""

from collections.abc import Callable
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.figure import Figure
from pydantic import BaseModel

from lastdigit import command, ensembles, figures, project
from lastdigit.files import InputError, parse, read_json, write_atomically
from lastdigit.printed import Digits
from lastdigit.project import Project
from lastdigit.published import Numbers

EXAMPLES = """\
  python scripts/plot.py sigmoid --svg results/sigmoid.svg                needs no run
  python scripts/plot.py xor-error-log --png results/xor.png              from what the pipeline left in results/
  python scripts/plot.py xor-error-log --portable mine --png results/xor.png  from your own run mine/xor.npz"""

STYLE = Path(__file__).with_name("lastdigit.mplstyle")

# Neither the clock nor the version of Matplotlib belongs into a figure.
METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


class Verdict(BaseModel):
    """What the figures need of a record of verdicts.json on a printed number."""

    claim: str
    index: int
    printed: str
    correct_digits: int | None
    verdict: str


class Inputs(Project):
    """The files that figures are drawn from."""

    def ensemble_for(self, claim: Numbers) -> ensembles.Ensemble:
        """The ensemble of an experiment, with the outputs that a claim is about.

        Raises:
            InputError: if the file is missing, holds another experiment, or was not trained for so long.
        """
        ensemble = self.ensemble(claim.experiment)
        for epoch in claim.at:
            if epoch not in ensemble.epochs:
                raise InputError(
                    f"{self.places['ensembles'] / claim.experiment}.npz: outputs of epoch {epoch} were printed, and are"
                    " not in it; train it for longer"
                )
        return ensemble

    @cached_property
    def verdicts(self) -> dict[tuple[str, int], Verdict]:
        """The verdict on each printed number, by its claim and its index there."""
        path = self.places["verdicts"]
        records = parse(tuple[dict[str, Any], ...], read_json(path), str(path))
        numbers = [record for record in records if record.get("kind") == "number"]
        return {(one.claim, one.index): one for one in parse(tuple[Verdict, ...], numbers, str(path))}

    def verdicts_on(self, name: str, claim: Numbers) -> list[Verdict]:
        """The verdicts on the numbers of a claim, in order.

        Raises:
            InputError: if one is missing, or is on another string.
        """
        found = [self.verdicts.get((name, index)) for index in range(len(claim.printed))]
        if tuple(one and one.printed for one in found) != claim.printed:
            raise InputError(
                f"{self.places['verdicts']}: no verdicts on {name} as printed; make them with scripts/verify.py"
            )
        return [one for one in found if one]


def describe(claim: Numbers, with_experiment: bool, unseeded: bool) -> list[str]:
    """What the numbers of a claim are, in a line or two; † for a run from a start that was found."""
    words = {"start": "starting weights", "error": "mean absolute error"}.get(claim.quantity, claim.quantity)
    if with_experiment:
        words = f"{claim.experiment} {words}"
    mark = " †" if unseeded else ""
    first, last = figures.grouped(claim.at[0]), figures.grouped(claim.at[-1])
    if len(claim.at) > 1:
        return [f"{words}{mark} at", f"epochs {first} to {last}"]
    if claim.inputs:
        return [f"{words} for {' '.join(f'{value:g}' for value in claim.inputs)}{mark}"]
    if claim.quantity != "start":
        words += f"{' after' if claim.moment == 'after' else ','} epoch {last}"
    return [words + mark]


def correct_digits(inputs: Inputs) -> Figure:
    """The digits of every printed number of every source."""
    articles = []
    for name, source in inputs.sources.items():
        claims = list(source.of_kind(Numbers))
        several = len({claim.experiment for claim in claims}) > 1
        rows = []
        for claim in claims:
            verdicts = inputs.verdicts_on(f"{name}/{claim.id}", claim)
            numbers = [Digits(one.printed, one.correct_digits) for one in verdicts]
            unseeded = any(one.verdict == "attained" for one in verdicts)
            rows.append(figures.Row(describe(claim, several, unseeded), numbers))
        title = source.title.partition(": ")[0]
        articles.append(figures.Article(f"{title}, by {source.author}" if source.author else title, rows))
    unseeded = any(one.verdict == "attained" for one in inputs.verdicts.values())
    footnote = "† run without a seed: a start was found from which exactly these numbers are printed"
    return figures.correct_digits(articles, "Right to the last digit?", footnote if unseeded else "")


def linear_output(inputs: Inputs) -> Figure:
    """A panel for the start of either run."""
    panels = [
        (
            f"From the start of the {kind} run",
            inputs.run_from(start, "xor-sigmoid"),
            inputs.run_from(start, "xor-linear"),
        )
        for kind, start in (("sigmoid", "xor-sigmoid"), ("linear", "xor-linear"))
    ]
    return figures.linear_output(panels, "Sigmoid and linear output layer, from the same start")


def trained(inputs: Inputs) -> list[figures.Trained]:
    """The ensembles of the two experiments of the article without a seed, and what it printed of them."""
    claims = {layer: inputs.claim(f"monty-part-1/{layer}-output") for layer in ("sigmoid", "linear")}
    return [
        figures.Trained(f"{layer.capitalize()} output layer", inputs.ensemble_for(claim), claim)
        for layer, claim in claims.items()
    ]


def xor_ensemble(inputs: Inputs) -> Figure:
    """A panel for each output layer."""
    panels = trained(inputs)
    starts = figures.grouped(len(panels[0].ensemble.seeds))
    return figures.ensemble_errors(panels, f"The error of {starts} starts, sigmoid and linear output layer")


def xor_outputs(inputs: Inputs) -> Figure:
    """A column for each output layer."""
    columns = trained(inputs)
    starts = figures.grouped(len(columns[0].ensemble.seeds))
    return figures.ensemble_outputs(*columns, f"The outputs of {starts} starts, and the published ones among them")


# Every figure by name, and how to draw it from the files. One that needs another kind of file gets it from Inputs.
FIGURES: dict[str, Callable[[Inputs], Figure]] = {
    "sigmoid": lambda inputs: figures.sigmoid("The sigmoid and its gradient"),
    "two-layer-outputs": lambda inputs: figures.final_outputs(
        inputs.run("two-layer"),
        inputs.claim("trask-notebook/two-layer-output"),
        "Outputs of the two-layer network",
    ),
    "xor-error-log": lambda inputs: figures.error_log(
        inputs.run("xor"),
        inputs.claim("cocalc-simple-nn/error-log"),
        "Learning exclusive or, and the errors printed on the way",
    ),
    "three-layer-error-log": lambda inputs: figures.error_log(
        inputs.run("three-layer"),
        inputs.claim("trask-notebook/three-layer-error-log"),
        "The three-layer network, and the errors printed on the way",
    ),
    "cross-entropy-loss": lambda inputs: figures.loss_curve(inputs.run("cross-entropy"), "Cross entropy (binary) loss"),
    "xor-hidden-layer": lambda inputs: figures.hidden_layer(
        inputs.run("xor"), "How four hidden units make exclusive or"
    ),
    "linear-output": linear_output,
    "xor-ensemble": xor_ensemble,
    "xor-outputs": xor_outputs,
    "correct-digits": correct_digits,
}


def render(figure: Figure, form: str) -> bytes:
    """The content of an SVG or PNG file."""
    stream = BytesIO()
    figure.savefig(stream, format=form, metadata={**METADATA[form], "Title": figure.get_suptitle()})
    return stream.getvalue()


def draw(name: str, inputs: Inputs, forms: list[str]) -> dict[str, bytes]:
    """A figure in each of the forms asked for, in the style of the project whatever the user's own is."""
    with matplotlib.style.context(STYLE, after_reset=True):
        figure = FIGURES[name](inputs)
        return {form: render(figure, form) for form in forms}


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("figure", choices=FIGURES, metavar="figure", help=f"one of {', '.join(FIGURES)}")
    project.add_options(parser, "portable", "ensembles", "published", "verdicts", "experiments", "witnesses")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw it into this file")
    parser.add_argument("--png", type=Path, metavar="FILE", help="and, or, into this one")
    options = parser.parse_args()
    paths = {form: path for form in METADATA if (path := getattr(options, form))}
    if not paths:
        parser.error("nothing to draw into: give --svg, --png or both")
    for form, content in draw(options.figure, Inputs.of(options), list(paths)).items():
        with write_atomically(paths[form], "wb") as stream:
            stream.write(content)


if __name__ == "__main__":
    command.run(main)
