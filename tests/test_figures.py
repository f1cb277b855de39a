"""The figures: the same bytes on every run, every printed number on them, and marks where the run really passes."""

import itertools
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import flint
import matplotlib.style
import numpy
import pytest
from known import CLAIMS, PUBLISHED, ROOT, RUNNABLE, SOURCES
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

import plot
from lastdigit import command, ensembles, figures, runs
from lastdigit.arithmetic import Array, Ball, Portable
from lastdigit.ensembles import Ensemble
from lastdigit.experiments import Experiment
from lastdigit.figures import drawing, printed_numbers
from lastdigit.figures import ensembles as of_ensembles
from lastdigit.files import InputError, write_json
from lastdigit.network import Network
from lastdigit.printed import Digits, significant_places
from lastdigit.project import PLACES, Project
from lastdigit.published import Numbers
from lastdigit.records import NumberVerdict

# About where the xor network ends.
XOR_WEIGHTS = [[[4.6, 4.2, -6.3, -4.2], [-2.6, -5.8, -6.6, -3.7], [1, -2, 2.5, 5.8]], [[-7], [7.1], [-10.3], [7.9]]]


def made_up_run(experiment: Experiment) -> runs.Run:
    """As long as a real run and no work: the weights stay, and the errors fall to exactly 0 at the last epoch."""
    final = XOR_WEIGHTS if experiment == RUNNABLE["xor"] else experiment.starting_weights()
    weights = [numpy.tile(matrix, (experiment.epochs + 1, 1, 1)) for matrix in final]
    errors = 0.5 / numpy.arange(1, experiment.epochs + 1) - 0.5 / experiment.epochs
    targets = numpy.array(experiment.targets)
    outputs = targets + (1 - 2 * targets) * errors[:, numpy.newaxis, numpy.newaxis]
    return runs.Run(experiment, "portable", weights, outputs, errors)


def made_up_verdict(claim: Numbers, index: int, **changed: object) -> NumberVerdict:
    """The first number of each claim is wrong from its fourth digit on; what was unseeded is attained."""
    printed, seeded = claim.printed[index], PUBLISHED[claim.experiment].start.is_given
    right = index > 0
    fields: dict[str, object] = {
        **claim.model_dump(include={"where", "experiment", "quantity", "layer", "moment", "notation"}),
        **{"claim": claim.name, "source": claim.source, "index": index, "epoch": claim.at[index % len(claim.at)]},
        **{"seeded": seeded, "printed": printed, "native": None, "portable": printed, "correct_rounding": right},
        "correct_digits": len(significant_places(printed)) if right else 3,
        "verdict": "attained" if not seeded else "proven" if right else "reproduced",
    }
    return NumberVerdict(**(fields | changed))  # type: ignore[arg-type]


STARTS = 200


def made_up_ensemble(name: str, last_bits: int = 0) -> Ensemble:
    """Like the real ones: the errors of the sigmoid network gather around those printed, with a few strays; of the
    linear one's, three in five fall to a few units of 2^-52, where one is 0, and the others stay; one never learns.

    Args:
        name: of the experiment.
        last_bits: the seed of changes by some units of 2^-53, as other machines make them; 0 is none.
    """
    experiment = PUBLISHED[name].model_copy(update={"epochs": 60000})
    epochs = numpy.array(ensembles.kept_epochs(60000))
    chance = numpy.random.default_rng(1)
    falling = 1 / (1 + (epochs[:, numpy.newaxis] / chance.lognormal(6.5, 0.3, STARTS)) ** 2)
    final = numpy.array([0.0129, 0.0078, 0.0078, 0.0020])[:, numpy.newaxis] * chance.normal(1, 0.003, (4, STARTS))
    final[:, :5] *= 1.5
    if name == "xor-linear":
        falling = falling ** (epochs[:, numpy.newaxis] / 3000 + 0.1)
        final[:, : STARTS * 3 // 5] = numpy.arange(STARTS * 3 // 5) * 2.0**-54
        final[:, -1] = 0.6
    errors = falling[:, numpy.newaxis] * 0.5 + (1 - falling[:, numpy.newaxis]) * final
    if last_bits:
        errors = errors + numpy.random.default_rng(last_bits).integers(0, 9, errors.shape) * 2.0**-53
    targets = numpy.array(experiment.targets)
    outputs = targets[..., numpy.newaxis] + (1 - 2 * targets[..., numpy.newaxis]) * errors[:, :, numpy.newaxis]
    return Ensemble(experiment, numpy.arange(STARTS), epochs, outputs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's folder with the data as they are, and runs, ensembles and verdicts that are made up."""
    folder = tmp_path_factory.mktemp("figures")
    (folder / "data").symlink_to(ROOT / "data")
    portable, ensembled = folder / PLACES["portable"], folder / PLACES["ensembles"]
    for name in ("two-layer", "three-layer", "xor", "cross-entropy", "xor-sigmoid", "xor-linear"):
        runs.save(made_up_run(RUNNABLE[name]), portable / f"{name}.npz")
    for name, start in (("xor-sigmoid", "xor-linear"), ("xor-linear", "xor-sigmoid")):
        experiment = RUNNABLE[name].starting_from(**RUNNABLE[start].start.model_dump())
        runs.save(made_up_run(experiment), portable / f"{name}.from-{start}.npz")
    for name in ("xor-sigmoid", "xor-linear"):
        ensembles.save(made_up_ensemble(name), ensembled / f"{name}.npz")
    for name, source in SOURCES.items():
        claims = source.of_kind(Numbers)
        records = [made_up_verdict(claim, index) for claim in claims for index in range(len(claim.printed))]
        write_json(folder / PLACES["numbers"] / f"{name}.json", [record.model_dump(mode="json") for record in records])
    return folder


def project(folder: Path, **places: Path) -> Project:
    """The project in a folder; experiments and sources are those of all projects here, and read once."""
    made = Project(folder, **places)
    made.as_published, made.experiments, made.sources = PUBLISHED, RUNNABLE, SOURCES
    return made


@pytest.fixture
def inputs(folder: Path) -> Project:
    return project(folder)


@pytest.fixture
def style() -> Iterator[None]:
    with matplotlib.style.context(figures.STYLE, after_reset=True):
        yield


def drawn(name: str, files: Project, folder: Path) -> dict[str, bytes]:
    """The files of a figure, in this order: SVG and PNG."""
    paths = {form: folder / f"{name}.{form}" for form in ("svg", "png")}
    plot.draw(name, files, paths)
    return {form: path.read_bytes() for form, path in paths.items()}


def arguments(folder: Path, figure: str, *more: str) -> list[str]:
    """A command line of plot.py that reads the made-up files."""
    options = ("portable", "ensembles", "reference", "published", "numbers", "experiments", "witnesses")
    return [figure, *(f"--{name}={folder / PLACES[name]}" for name in options), *more]


def run(*words: str) -> int:
    """The exit code of plot.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["plot.py", *words])
        try:
            command.run(plot.main)
        except SystemExit as stop:
            return int(stop.code or 0)
    return 0


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def in_type(page: Axes) -> str:
    """What is written in letters of one width, in its order."""
    return "".join(text.get_text() for text in page.texts if text.get_fontfamily() == ["monospace"])


def marks(axes: Axes) -> list[Line2D]:
    """The single points drawn."""
    return [line for line in axes.lines if len(line.get_xdata()) == 1]


@pytest.fixture(scope="module")
def drawn_together(folder: Path) -> Path:
    """The folder of all figures, drawn by one process."""
    _, *options = arguments(folder, "all")
    assert run("--all", f"--folder={folder / 'figures'}", *options) == 0
    return folder / "figures"


def check_bytes(content: dict[str, bytes], folder: Path) -> None:
    """That nothing of the surroundings is in the files of a figure."""
    for trace in (b"atplotlib ", b"atplotlib v", b"dc:date", b"dc:creator", str(folder).encode()):
        assert trace not in content["svg"]
    assert b"Software" not in content["png"]
    assert len(content["svg"]) < 250_000


@pytest.mark.slow
@pytest.mark.parametrize("name", figures.FIGURES)
def test_two_drawings_have_the_same_bytes(name: str, drawn_together: Path, inputs: Project, tmp_path: Path) -> None:
    """One alone, and one among all in one process."""
    content = drawn(name, inputs, tmp_path)
    assert content == {form: (drawn_together / f"{name}.{form}").read_bytes() for form in content}
    check_bytes(content, drawn_together.parent)


def test_a_figure_has_the_same_bytes_after_another(inputs: Project, folder: Path, tmp_path: Path) -> None:
    first = drawn("xor-hidden-layer", inputs, tmp_path)
    drawn("sigmoid", inputs, tmp_path)
    assert drawn("xor-hidden-layer", inputs, tmp_path / "again") == first
    check_bytes(first, folder)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sigmoid", "correct-digits"])
def test_other_surroundings_give_the_same_bytes(name: str, folder: Path, tmp_path: Path) -> None:
    """Another time zone, language, hash seed, working folder and Matplotlib style."""
    style = tmp_path / "matplotlibrc"
    theirs = ("font.size: 20", "axes.facecolor: black", "savefig.dpi: 30", "savefig.bbox: tight", "text.usetex: True")
    style.write_text("\n".join(theirs), encoding="utf-8")
    surroundings = [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        {"TZ": "America/New_York", "PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "MATPLOTLIBRC": str(style)},
    ]
    drawn = []
    for number, variables in enumerate(surroundings):
        here = tmp_path / str(number)
        here.mkdir()
        words = arguments(folder, name, "--svg=figure.svg", "--png=figure.png")
        program = [sys.executable, str(ROOT / "scripts/plot.py"), *words]
        subprocess.run(program, cwd=here, env={**os.environ, **variables}, check=True)
        drawn.append([(here / f"figure.{form}").read_bytes() for form in ("svg", "png")])
    assert drawn[0] == drawn[1]


def test_writes_readable_files(folder: Path, tmp_path: Path) -> None:
    svg, png = tmp_path / "new" / "figure.svg", tmp_path / "new" / "figure.png"
    assert run(*arguments(folder, "xor-error-log", f"--svg={svg}", f"--png={png}")) == 0
    root = xml.etree.ElementTree.parse(svg).getroot()
    assert root.findtext("{http://www.w3.org/2000/svg}title", "").startswith("Learning exclusive or")
    with Image.open(png) as image:
        assert image.width == 1600
    assert sorted(path.name for path in svg.parent.iterdir()) == ["figure.png", "figure.svg"]


@pytest.mark.parametrize("name", figures.FIGURES)
@pytest.mark.usefixtures("style")
def test_a_figure_is_drawn_from_what_it_names_and_no_text_is_cut_off(name: str, folder: Path, tmp_path: Path) -> None:
    """It needs those files and no others, for these are what the workflow makes before it; one shows every article.

    Drawn from them, it has no text that covers another.
    """
    (tmp_path / "data").mkdir()
    for given in ("experiments.yaml", "witnesses.yaml", "published"):
        (tmp_path / "data" / given).symlink_to(ROOT / "data" / given)
    of_every_article = [PLACES["numbers"] / f"{source}.json" for source in SOURCES] * (name == "correct-digits")
    for path in (*figures.FIGURES[name].drawn_from, *of_every_article):
        with pytest.raises(InputError):
            figures.draw(name, project(tmp_path))
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / path, tmp_path / path)
    check_texts(figures.draw(name, project(tmp_path)))


def test_the_registry_does_not_import_matplotlib() -> None:
    program = "import sys, lastdigit.figures; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT / "scripts", check=True)


@pytest.mark.usefixtures("style")
@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("xor-error-log", "cocalc-simple-nn/error-log"),
        ("three-layer-error-log", "trask-notebook/three-layer-error-log"),
    ],
)
def test_error_log_marks_the_printed_epochs_on_the_curve(name: str, claim: str, inputs: Project) -> None:
    figure = figures.draw(name, inputs)
    page, axes = figure.axes
    errors = inputs.run(CLAIMS[claim].experiment).errors
    curve, *points = axes.lines
    assert numpy.array_equal(curve.get_ydata(), errors)
    assert numpy.array_equal(curve.get_xdata(), numpy.arange(len(errors)))
    marked = {(point.get_xdata()[0], point.get_ydata()[0]) for point in points}
    assert marked == {(epoch, errors[epoch]) for epoch in CLAIMS[claim].at}
    set_in_type = in_type(page)
    for epoch, printed in zip(CLAIMS[claim].at, CLAIMS[claim].printed, strict=True):
        assert f"{drawing.grouped(epoch, ' ')}  {printed}" in set_in_type
    # What is wrong is marked so: of the first number all after its third digit.
    shown = {text.get_text(): text.get_color() for text in page.texts}
    first = significant_places(CLAIMS[claim].printed[0])[3]
    assert shown[CLAIMS[claim].printed[0][:first]] == drawing.LOOKS["right"][0]["color"]
    assert shown[CLAIMS[claim].printed[0][first:]] == drawing.LOOKS["wrong"][0]["color"]


@pytest.mark.usefixtures("style")
def test_outputs_are_marked_where_they_were_printed(inputs: Project) -> None:
    claim = CLAIMS["trask-notebook/two-layer-output"]
    figure = figures.draw("two-layer-outputs", inputs)
    outputs = inputs.run("two-layer").outputs
    (epoch,) = claim.at
    page, _, *enlarged = figure.axes
    marked = {(point.get_xdata()[0], point.get_ydata()[0]) for axes in enlarged for point in marks(axes)}
    assert marked == {(epoch, output) for output in outputs[epoch, :, 0]}
    for inputs_shown, printed in zip(("0 0 1", "0 1 1", "1 0 1", "1 1 1"), claim.printed, strict=True):
        assert f"{inputs_shown}  {printed}" in texts(figure)
    heights = sorted(text.get_position()[1] for text in page.texts if re.match(r"[01] [01] 1", text.get_text()))
    assert len(heights) == 4
    assert numpy.diff(heights).min() >= 17 - 1e-9


@pytest.mark.usefixtures("style")
def test_loss_is_drawn_as_the_article_did(inputs: Project) -> None:
    figure = figures.draw("cross-entropy-loss", inputs)
    page, axes, right = figure.axes
    assert page.texts[0].get_text() == "Cross entropy (binary) loss"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Epoch", "Loss")
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "linear")
    (losses,) = (line.get_ydata() for line in axes.lines if len(line.get_ydata()) > 2)
    assert len(losses) == 200
    for tick, label in zip(right.get_yticks(), right.get_yticklabels(), strict=True):
        assert float(label.get_text()) == float(f"{numpy.exp(-tick):.9g}")
    # The weights of the made-up run stay, so its loss is that of the starting weights at every epoch. Enclosed from the
    # outputs: the error of 1 - output, 2^-54 at most, is multiplied by 4 at most in its log, as no output is above ¾;
    # and each log, product and sum on the way to the mean, none of which cancels, adds a relative error of 2^-53.
    run = inputs.run("cross-entropy")
    with Portable() as portable:
        output = run.state(Network(run.experiment, portable), 0).activations[-1].ravel()
    with Ball(200):
        outputs = [flint.arb(float(value)) for value in output]
        targets = [int(target) for (target,) in run.experiment.targets]
        terms = [-(o.log() if target else (1 - o).log()) for o, target in zip(outputs, targets, strict=True)]
        exact = sum(terms) / len(terms)
        enclosure = exact + flint.arb(0, 2.0**-53) * (2 + 5 * exact)
        assert all(value < flint.arb(3) / 4 for value in outputs)
        assert all(enclosure.contains(flint.arb(float(loss))) for loss in losses)


@pytest.mark.usefixtures("style")
def test_hidden_units_are_a_half_on_their_lines(inputs: Project) -> None:
    figure = figures.draw("xor-hidden-layer", inputs)
    claim = CLAIMS["cocalc-simple-nn/output-after-training"]
    weights = inputs.run("xor").weights[0][claim.at[0]]
    _, left, right, _ = figure.axes
    colours = {f"C{unit}": column for unit, column in enumerate(weights.T)}
    assert left.lines
    for line in left.lines:
        a, b, c = colours[line.get_color()]
        assert numpy.abs(a * line.get_xdata() + b * line.get_ydata() + c).max() < 1e-14
    for axes in (left, right):
        targets = [(*text.get_position(), text.get_text()) for text in axes.texts if text.get_text() in ("0", "1")]
        assert targets == [(0, 0, "0"), (0, 1, "1"), (1, 0, "1"), (1, 1, "0")]
    printed = [text.get_text() for text in right.texts if text.get_text() in claim.printed]
    assert printed == list(claim.printed)


@pytest.mark.usefixtures("style")
def test_linear_output_shows_both_networks_from_either_start(inputs: Project) -> None:
    figure = figures.draw("linear-output", inputs)
    _, *both = figure.axes
    assert len(both) == 2
    for axes in both:
        curves = [line.get_ydata() for line in axes.lines if len(line.get_ydata()) > 2]
        assert [len(curve) for curve in curves] == [60000, 20000]
        assert [curve[-1] for curve in curves] == [0, 0]  # which a logarithmic axis must survive
        assert {"sigmoid", "linear"} <= {text.get_text() for text in axes.texts}
    # The exact error of the certificate that is committed, from its outputs: 8.29579916e-18, 1 - 1.01466193622e-17,
    # 1 - 8.931487552e-18, 1.34227653e-17, whose distances from 0, 1, 1, 0 have this mean.
    *_, exact = marks(both[1])
    assert f"{exact.get_ydata()[0]:.6e}" == f"{4.07966713e-17 / 4:.6e}"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["xor-ensemble", "xor-outputs"])
def test_the_last_bits_of_an_ensemble_do_not_show(name: str, folder: Path, tmp_path: Path) -> None:
    first = drawn(name, project(folder), tmp_path)
    for other in (1, 2):
        for experiment in ("xor-sigmoid", "xor-linear"):
            ensembles.save(made_up_ensemble(experiment, other), tmp_path / f"{experiment}.npz")
        elsewhere = project(folder, ensembles=tmp_path)
        assert drawn(name, elsewhere, tmp_path) == first


@pytest.mark.usefixtures("style")
def test_quantiles_are_drawn_as_far_as_rounding_allows(inputs: Project) -> None:
    figure = figures.draw("xor-ensemble", inputs)
    for axes, name in zip(figure.axes[1:], ("xor-sigmoid", "xor-linear"), strict=True):
        ensemble = made_up_ensemble(name)
        step = drawing.tenth_of_a_pixel(axes, "y")
        reach = of_ensembles.reach_of_rounding(ensemble.experiment, step)
        curves = [line for line in axes.lines if len(line.get_xdata()) > 2]
        in_order = numpy.sort(ensemble.errors[ensemble.epochs >= 100], axis=1)
        places = [STARTS * twentieth // 20 - 1 for twentieth in (*range(1, 20, 2), 10)]
        for line, errors in zip(curves, in_order[:, places].T, strict=True):
            y, expected = numpy.log10(line.get_ydata()), numpy.log10(errors + 1e-99)
            assert numpy.nanmin(y) > numpy.log10(reach) - step
            drawn, expected = (heights[heights > numpy.log10(reach) + 2 * step] for heights in (y, expected))
            assert numpy.abs(drawn - expected).max() <= 0.501 * step
    (words,) = (text for text in texts(figure) if "in reach" in text)
    assert words.startswith(f"{STARTS * 3 // 5} starts end down here")
    assert f"{STARTS * 2 // 5} starts\nstay up here" in texts(figure)


@pytest.mark.usefixtures("style")
@pytest.mark.parametrize(
    ("panel", "layer", "rounding"),
    [(1, "sigmoid", Decimal("5e-9")), (2, "linear", Decimal("2.5e-9") + Decimal("2.5e-24"))],
)
def test_the_mean_of_what_was_printed_is_exact(panel: int, layer: str, rounding: Decimal, inputs: Project) -> None:
    figure = figures.draw("xor-ensemble", inputs)
    claim = CLAIMS[f"monty-part-1/{layer}-output"]
    first, second, third, fourth = map(Decimal, claim.printed)
    mean = (first + (1 - second) + (1 - third) + fourth) / 4
    (point, *_) = marks(figure.axes[panel])
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (claim.at[0], float(mean))
    (line,) = (line for line in figure.axes[panel].lines if len(line.get_xdata()) == 2)
    assert list(line.get_ydata()) == [float(mean), float(mean + rounding)]


@pytest.mark.usefixtures("style")
def test_every_output_counts(inputs: Project) -> None:
    figure = figures.draw("xor-outputs", inputs)
    _, *panels = figure.axes
    assert len(panels) == 8
    assert {f"{STARTS} of {STARTS} starts converged", f"{STARTS - 1} of {STARTS} starts converged"} <= {*texts(figure)}
    sigmoid, linear = made_up_ensemble("xor-sigmoid").at(59999), made_up_ensemble("xor-linear").at(19999)[..., :-1]
    assert (linear == 1).any()  # on target: at no place of a logarithmic axis
    for axes, outputs in zip(panels[0::2], sigmoid[:, 0], strict=True):
        check_curve(axes, outputs)
    for axes, outputs, target in zip(panels[1::2], linear[:, 0], (0, 1, 1, 0), strict=True):
        distances = numpy.abs(outputs - target)
        reach = of_ensembles.reach_of_rounding(PUBLISHED["xor-linear"], drawing.tenth_of_a_pixel(axes, "x"))
        assert (distances < reach).sum() == STARTS * 3 // 5
        check_curve(axes, numpy.log10(numpy.maximum(distances, reach)))
        assert any(text.get_text().startswith(f"{STARTS * 2 // 5 - 1} farther") for text in axes.texts)


def check_curve(axes: Axes, values: Array) -> None:
    """That the curve has taken the step of each value just after it, and not just before."""
    (curve,) = (line for line in axes.lines if len(line.get_xdata()) > 2)
    x = numpy.log10(curve.get_xdata()) if axes.get_xscale() == "log" else curve.get_xdata()
    heights, near = numpy.array([0, *curve.get_ydata()]), 0.51 * drawing.tenth_of_a_pixel(axes, "x")
    for value in values:
        before, after = heights[numpy.searchsorted(x, (value - near, value + near), "right")] * len(values) / 100
        assert round(before) <= (values < value).sum()
        assert round(after) >= (values <= value).sum()
    assert heights[-1] == 100


@pytest.mark.usefixtures("style")
def test_printed_outputs_are_marked_among_those_of_the_ensemble(inputs: Project) -> None:
    _, *panels = figures.draw("xor-outputs", inputs).axes
    sigmoid, linear = (CLAIMS[f"monty-part-1/{layer}-output"].printed for layer in ("sigmoid", "linear"))
    ensemble = made_up_ensemble("xor-sigmoid")
    for axes, text, outputs in zip(panels[0::2], sigmoid, ensemble.at(59999)[:, 0], strict=True):
        (line,) = (line for line in axes.lines if len(line.get_xdata()) == 2)
        assert line.get_xdata() == [float(text), float(text)]
        share = 100 * (outputs < float(text)).mean()
        assert [(mark.get_xdata()[0], mark.get_ydata()[0]) for mark in marks(axes)] == [(float(text), share)]
        assert f"{text}\nabove {share:.1f} %" in [words.get_text() for words in axes.texts]
    for axes, text in zip(panels[1::2], linear, strict=True):
        assert text in [words.get_text() for words in axes.texts]
        ends = [float(x) for line in axes.lines if len(line.get_xdata()) < 3 for x in line.get_xdata()]
        assert ends == ([1e-16, 5e-9, 5e-9] if text == "1.00000000e+00" else [float(text)] * 2)


@pytest.mark.usefixtures("style")
@pytest.mark.parametrize("name", ["xor-ensemble", "xor-outputs"])
def test_few_starts_are_drawn_and_none_that_converged_is_told(name: str, folder: Path, tmp_path: Path) -> None:
    for starts_kept, message in ((slice(0, 1), None), (slice(-1, None), "no start has converged at epoch 19999")):
        for experiment in ("xor-sigmoid", "xor-linear"):
            ensemble = made_up_ensemble(experiment)
            few = ensemble._replace(seeds=ensemble.seeds[starts_kept], outputs=ensemble.outputs[..., starts_kept])
            ensembles.save(few, tmp_path / f"{experiment}.npz")
        if message:
            with pytest.raises(InputError, match=message):
                figures.draw(name, project(folder, ensembles=tmp_path))
        else:
            figures.draw(name, project(folder, ensembles=tmp_path)).draw_without_rendering()


def test_reach_of_rounding() -> None:
    """23 operations: 3 · (2 products, a sum, exp, a sum, a quotient) for the hidden layer, 3 products and 2 sums."""
    for step in (0.001, 0.003, 0.01):
        reach = of_ensembles.reach_of_rounding(PUBLISHED["xor-linear"], step)
        uncertain = 23 * 2**-52 / numpy.log(10) / numpy.array([reach, reach / 10])
        assert uncertain[0] <= step / 100 < uncertain[1]
        assert reach == float(f"{reach:.0e}")


def test_printed_distances_are_exact() -> None:
    near, *_ = of_ensembles.printed_distances(CLAIMS["monty-part-1/sigmoid-output"], PUBLISHED["xor-sigmoid"])
    assert near == (Fraction(1288433, 10**8), Fraction(1, 2 * 10**8))
    first, second, *_ = of_ensembles.printed_distances(CLAIMS["monty-part-1/linear-output"], PUBLISHED["xor-linear"])
    assert first == (Fraction(666133815, 10**23), Fraction(1, 2 * 10**23))
    assert second == (0, Fraction(1, 2 * 10**8))


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([3, 2.5], [(0, 3), (1, 2.5)]),
        ([3, 1], [(0, 3), (0.5, 2), (1, 2)]),
        ([1, 0, 4], [(0, 2), (1, 2), (1.5, 2), (2, 4)]),
        ([2, 1], [(0, 2), (1, 2)]),
    ],
)
def test_stop_at(y: list[float], expected: list[tuple[float, float]]) -> None:
    over, up = of_ensembles.stop_at(2, numpy.arange(len(y)), numpy.array(y))
    assert list(zip(over.tolist(), up.tolist(), strict=True)) == expected


def test_quantiles_are_errors_of_starts() -> None:
    errors = numpy.array([[0.4, 0.1, 0.3, 0.2], [0.4, numpy.nan, 0.3, numpy.inf]])
    drawn = of_ensembles.quantiles(errors, [Fraction(1, 20), Fraction(1, 2), Fraction(51, 100)])
    assert drawn.tolist() == [[0.1, 0.3], [0.2, 0.4], [0.3, numpy.inf]]
    many = numpy.arange(1000.0)[numpy.newaxis]
    assert of_ensembles.quantiles(many, [Fraction(tenth, 20) for tenth in range(1, 20, 2)]).ravel().tolist() == [
        *range(49, 1000, 100)
    ]


@pytest.mark.usefixtures("style")
def test_every_printed_number_is_set_in_type(inputs: Project) -> None:
    """In its order, and each of a log behind its epoch."""
    (page,) = figures.draw("correct-digits", inputs).axes
    written = "".join(text.get_text() for text in page.texts)
    for claim in CLAIMS.values():
        if len(claim.at) == 1:
            assert "".join(claim.printed) in in_type(page)
        else:
            assert (
                "".join(f"{drawing.grouped(at)}{text}" for at, text in zip(claim.at, claim.printed, strict=True))
                in written
            )


@pytest.mark.usefixtures("style")
def test_what_is_attained_does_not_look_proven(inputs: Project) -> None:
    (page,) = figures.draw("correct-digits", inputs).axes
    looks = {text.get_text(): (text.get_color(), text.get_weight()) for text in page.texts}
    proven, attained = CLAIMS["trask-eleven-lines/output-after-training"], CLAIMS["monty-part-1/linear-output"]
    assert looks[proven.printed[-1]] == ("C0", "bold")
    assert all(looks[printed] == (drawing.INK, "normal") for printed in attained.printed)


@pytest.mark.usefixtures("style")
def test_an_article_of_any_kind_can_be_set_in_type(inputs: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long names, a title with dollar signs, and numbers that differ or are open: nothing covers another."""
    source, claim = SOURCES["cocalc-simple-nn"], CLAIMS["cocalc-simple-nn/error-log"]
    title = "Neural networks from $5 to $6 " + "in a title that does not come to its end " * 3 + "W" * 120
    long = claim.model_copy(update={"experiment": "xor", "at": tuple(range(0, 6 * 10**8, 10**8))}).named(claim.name)
    other = CLAIMS["trask-notebook/two-layer-output"]
    several = other.model_copy(update={"experiment": "an-experiment-with-" + "a-name-" * 8}).named(other.name)
    inputs.sources = {
        "long": source.model_copy(update={"title": title, "author": "A_{n} $x$", "claims": (long, several)})
    }
    differs = {"verdict": "differs", "portable": "0.1", "correct_rounding": False, "correct_digits": 2}
    verdicts = [
        made_up_verdict(one, index, **changed)
        for one in (claim, other)
        for index, changed in enumerate(
            ({**differs, "looks_like": "typo"}, {**differs, "looks_like": "rounding error"}, {"verdict": "open"}, {})
        )
    ]
    verdicts += [made_up_verdict(claim, index) for index in (4, 5)]
    monkeypatch.setattr(inputs, "numbers", lambda source: [one for one in verdicts if one.source == source])
    figure = figures.draw("correct-digits", inputs)
    assert any("from $5 to $6 in" in text for text in texts(figure))
    check_texts(figure)


def check_texts(figure: Figure) -> None:
    figure.draw_without_rendering()
    axles = [axis for axes in figure.axes if axes.axison for axis in (axes.xaxis, axes.yaxis)]
    ticks = [[tick.label1, tick.label2] for axis in axles for tick in axis._update_ticks()]
    shown = [
        *(text for axes in figure.axes for text in (*axes.texts, axes.xaxis.label, axes.yaxis.label)),
        *(text for labels in ticks for text in labels),
    ]
    # Of an annotation, without its arrow.
    boxes = {text: Text.get_window_extent(text) for text in shown if text.get_text() and text.get_visible()}
    for box in boxes.values():
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1
    inner = {text.get_text(): box.padded(-1) for text, box in boxes.items()}  # the parts of one number touch
    pairs = itertools.combinations(inner.items(), 2)
    assert [(one, other) for (one, box), (other, second) in pairs if box.overlaps(second)] == []


@pytest.mark.parametrize(
    ("printed", "correct", "parts"),
    [
        ("0.00345440546153305", 14, [("right", "0.0034544054615330"), ("wrong", "5")]),
        ("0.4685343254580603", 16, [("right", "0.4685343254580603")]),
        ("-0.2078435", 3, [("right", "-0.207"), ("wrong", "8435")]),
        ("12.5", 2, [("right", "12."), ("wrong", "5")]),
        ("6.66133815e-15", 0, [("wrong", "6.66133815e-15")]),
        ("6.66133815e-15", 2, [("right", "6.6"), ("wrong", "6133815"), ("right", "e-15")]),
        ("1.00000000e+00", 9, [("right", "1.00000000"), ("right", "e+00")]),
        ("0.0", 1, [("right", "0.0")]),
        ("0.01288433", None, [("unknown", "0.01288433")]),
    ],
)
def test_a_number_is_split_where_it_is_wrong(printed: str, correct: int | None, parts: list[tuple[str, str]]) -> None:
    assert Digits(printed, correct).parts == parts


def test_significant_places_agree_with_the_decimal_module() -> None:
    for claim in CLAIMS.values():
        for printed in claim.printed:
            shown = [int(printed[place]) for place in significant_places(printed)]
            assert tuple(shown) == Decimal(printed).as_tuple().digits


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([("proven", True)], "1 of 1 numbers is the correct rounding of the exact value, proven."),
        (
            [("proven", True), ("proven", True), ("reproduced", True), ("attained", False)],
            "2 of 3 numbers are the correct rounding of the exact value, proven; 1 end in rounding error (5 digits);"
            " 1 unseeded ones are attained.",
        ),
        ([("differs", True), ("open", True)], "1 differ; 1 are open."),
    ],
)
def test_tally(verdicts: list[tuple[str, bool]], sentence: str) -> None:
    claim = CLAIMS["trask-notebook/two-layer-output"]  # 0.00966449
    changes = {
        "reproduced": {"correct_rounding": False, "correct_digits": 1},
        "differs": {"portable": "0.1", "looks_like": "typo"},
    }
    numbers = [
        made_up_verdict(
            claim, 0, **{"verdict": verdict, "seeded": seeded, "correct_rounding": True, **changes.get(verdict, {})}
        )
        for verdict, seeded in verdicts
    ]
    assert printed_numbers.tally(numbers, "numbers").replace("\N{NO-BREAK SPACE}", " ") == sentence


@pytest.mark.parametrize(
    ("figure", "changed", "message"),
    [
        ("xor-error-log", {"portable": "nowhere"}, "nowhere/xor.npz: no such run"),
        ("correct-digits", {"numbers": "nowhere"}, "nowhere/basic-neural-network.json: cannot be read"),
        ("xor-error-log", {"numbers": "bad"}, "bad/cocalc-simple-nn.json: no verdicts on cocalc-simple-nn/error-log"),
        ("three-layer-error-log", {"numbers": "bad"}, "bad/trask-notebook.json: [0].printed: this key is missing"),
        ("xor-error-log", {"published": "other"}, "other: no claim cocalc-simple-nn/error-log"),
        ("xor-ensemble", {"ensembles": "nowhere"}, "nowhere/xor-sigmoid.npz: no such ensemble"),
        ("xor-outputs", {"ensembles": "swapped"}, "swapped/xor-sigmoid.npz: of another experiment, or"),
        (
            "xor-outputs",
            {"ensembles": "short"},
            "short/xor-sigmoid.npz: epochs: expected those at which a training of 60000 keeps outputs",
        ),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    figure: str,
    changed: dict[str, str],
    message: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(tmp_path / "bad" / "cocalc-simple-nn.json", [])
    record = made_up_verdict(CLAIMS["trask-notebook/two-layer-output"], 1).model_dump(mode="json", exclude={"printed"})
    write_json(tmp_path / "bad" / "trask-notebook.json", [record])
    (tmp_path / "other").mkdir()
    name = "trask-eleven-lines.yaml"
    (tmp_path / "other" / name).write_bytes((ROOT / "data/published" / name).read_bytes())
    sigmoid, linear = map(made_up_ensemble, ("xor-sigmoid", "xor-linear"))
    ensembles.save(linear, tmp_path / "swapped" / "xor-sigmoid.npz")
    short = sigmoid._replace(epochs=sigmoid.epochs[:-1], outputs=sigmoid.outputs[:-1])
    ensembles.save(short, tmp_path / "short" / "xor-sigmoid.npz")
    options = [f"--{option}={value}" for option, value in changed.items()]
    assert run(*arguments(folder, figure, "--svg=figure.svg", *options)) == 2
    assert capsys.readouterr().err.startswith(f"plot.py: {message}")
    assert not (tmp_path / "figure.svg").exists()


@pytest.mark.parametrize(
    "words",
    [["no-such-figure", "--svg=a.svg"], ["sigmoid"], [], ["--all"], ["sigmoid", "--folder=a"], ["sigmoid", "--all"]],
)
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    error = capsys.readouterr().err
    assert error.startswith("usage: ")
    if words[:1] == ["no-such-figure"]:
        assert "no-such-figure" in error and all(name in error for name in figures.FIGURES)
