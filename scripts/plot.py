"""Draw one figure or all, as SVG and PNG files that have the same bytes on every run."""

import os
from io import BytesIO
from pathlib import Path

from lastdigit import command, figures, project
from lastdigit.files import write_atomically
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/plot.py sigmoid --svg results/sigmoid.svg                needs no run
  python scripts/plot.py xor-error-log --png results/xor.png              from what the pipeline left in results/
  python scripts/plot.py xor-error-log --portable mine --png results/xor.png  from your own run mine/xor.npz
  python scripts/plot.py --all --folder results/figures                   every figure, as SVG and as PNG"""

STYLE = Path(__file__).with_name("lastdigit.mplstyle")

# Neither the clock nor the version of Matplotlib belongs into a figure.
METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


def draw(name: str, files: Project, paths: dict[str, Path]) -> None:
    """Draw a figure into a file of each form, in the style of the project whatever the user's own is."""
    os.environ.pop(
        "MPLBACKEND", None
    )  # no window is opened, and one of a name unknown to Matplotlib fails already here
    import matplotlib.style

    with matplotlib.style.context(STYLE, after_reset=True):
        figure = figures.draw(name, files)
        for form, path in paths.items():
            stream = BytesIO()
            figure.savefig(stream, format=form, metadata={**METADATA[form], "Title": figures.FIGURES[name].title})
            with write_atomically(path, "wb") as file:
                file.write(stream.getvalue())


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument(
        "figure", nargs="?", choices=figures.FIGURES, metavar="figure", help=f"one of {', '.join(figures.FIGURES)}"
    )
    project.add_options(
        parser, "portable", "ensembles", "reference", "published", "numbers", "experiments", "witnesses"
    )
    parser.add_output("--svg", ".svg", help="draw it into this file")
    parser.add_output("--png", ".png", help="and, or, into this one")
    parser.add_argument("--all", action="store_true", help="draw every figure, into --folder")
    parser.add_argument("--folder", type=Path, help="for the files of --all, named after the figures")
    options = parser.parse_args()
    paths = {form: path for form in METADATA if (path := getattr(options, form))}
    files = Project.of(options)
    if options.all and options.folder and not (options.figure or paths):
        for name in figures.FIGURES:
            draw(name, files, {form: options.folder / f"{name}.{form}" for form in METADATA})
    elif options.figure and paths and not (options.all or options.folder):
        draw(options.figure, files, paths)
    else:
        parser.error("expected a figure with --svg, --png or both; or --all with --folder")


if __name__ == "__main__":
    command.run(main)
