"""Draw one figure or all, as SVG and PNG files with the same bytes on every run."""

from pathlib import Path

from lastdigit import command, figures, project
from lastdigit.files import write_atomically
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/plot.py sigmoid --svg results/sigmoid.svg                needs no run
  python scripts/plot.py xor-error-log --png results/xor.png              from what the pipeline left in results/
  python scripts/plot.py xor-error-log --portable mine --png results/xor.png  from your own run mine/xor.npz
  python scripts/plot.py --all --folder results/figures                   every figure, as SVG and as PNG"""


def draw(name: str, files: Project, paths: dict[str, Path]) -> None:
    """Draw a figure into a file of each form."""
    for form, content in figures.render(name, files, paths).items():
        with write_atomically(paths[form], "wb") as file:
            file.write(content)


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument(
        "figure", nargs="?", choices=figures.FIGURES, metavar="figure", help=f"one of {', '.join(figures.FIGURES)}"
    )
    project.add_options(
        parser, "portable", "ensembles", "reference", "published", "numbers", "experiments", "witnesses"
    )
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the figure here")
    parser.add_argument("--png", type=Path, metavar="FILE", help="and, or, here")
    parser.add_argument("--all", action="store_true", help="draw every figure")
    parser.add_argument("--folder", type=Path, help="write the files of --all here, named after the figures")
    options = parser.parse_args()
    paths = {form: path for form in figures.METADATA if (path := getattr(options, form))}
    files = Project.of(options)
    if options.all and options.folder and not (options.figure or paths):
        for name in figures.FIGURES:
            draw(name, files, {form: options.folder / f"{name}.{form}" for form in figures.METADATA})
    elif options.figure and paths and not (options.all or options.folder):
        draw(options.figure, files, paths)
    else:
        parser.error("expected a figure with --svg, --png or both; or --all with --folder")


if __name__ == "__main__":
    command.run(main)
