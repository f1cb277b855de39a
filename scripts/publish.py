"""Build the site: the certificate of every claim, the woven documents, the figures and the reference data."""

import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import jinja2
from sphinx.cmd.build import build_main

from lastdigit import command, project
from lastdigit.figures import FIGURES
from lastdigit.files import InputError
from lastdigit.project import Project
from lastdigit.verdicts import NUMBER_VERDICTS, STATEMENT_VERDICTS, count, numbers_of, statements_of

EXAMPLES = """\
  python scripts/publish.py --output results/site
  then open results/site/index.html in a browser; it needs no server and no network"""

MARK = ".buildinfo"  # written by Sphinx into what it builds


def context(files: Project) -> dict[str, Any]:
    """What the pages are written from.

    Raises:
        InputError: if a file is missing or does not fit.
    """
    places, sources = files.places, files.sources
    numbers, statements = numbers_of(files.verdicts), statements_of(files.verdicts)
    if not numbers:
        raise InputError(f"{places['verdicts']}: expected the list of verdicts that scripts/verify.py writes")
    written = [path.stem for path in places["documents"].glob("*.md")]
    documents = [name for name in written if (places["notebooks"] / f"{name}.ipynb").exists()]
    if not documents:
        raise InputError(f"{places['notebooks']}: expected executed notebooks; make them with scripts/weave.py")
    return {
        "sources": sources,
        "records": files.verdicts,
        "numbers": numbers,
        "statements": statements,
        "number_counts": count(numbers, NUMBER_VERDICTS),
        "statement_counts": count(statements, STATEMENT_VERDICTS),
        "verdicts": list(dict.fromkeys(record.verdict for record in (*numbers, *statements))),
        "seeded": sum(files.as_published[record.experiment].start.is_given for record in numbers),
        "digits": min(record.digits_proven or 0 for record in numbers),
        # The articles in the order of their file names, then what explains them.
        "documents": sorted(documents, key=lambda name: (name not in sources, name)),
        "figures": FIGURES,
        "reference": sorted(path.parent.name for path in places["reference"].glob("*/certificate.json")),
        "readme": (places["reference"] / "README.md").read_text(encoding="utf-8"),
        "version": tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
        "example": next((record for record in numbers if record.verdict == "reproduced"), numbers[0]),
    }


def lay_out(folder: Path, values: dict[str, Any], places: dict[str, Path]) -> None:
    """Put into one folder what Sphinx reads, and into "files" beside it what it copies."""
    site = places["site"]
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(site), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    for template in site.glob("*.jinja"):
        page = templates.get_template(template.name).render(values)
        (folder / template.stem).write_text(page, encoding="utf-8")
    shutil.copy(site / "conf.py", folder)
    shutil.copytree(site / "static", folder / "static")
    (folder / "documents").mkdir()
    for name in values["documents"]:
        shutil.copy(places["notebooks"] / f"{name}.ipynb", folder / "documents")
    for name in ("figures", "reference"):
        shutil.copytree(places[name], folder.parent / "files" / name)


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    project.add_options(parser, "notebooks", "reference", "figures", "verdicts")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FOLDER", help="the site; one that is there is replaced"
    )
    options = parser.parse_args()
    if options.output.exists() and not (options.output / MARK).exists():
        raise InputError(f"{options.output}: is no site of ours, so it is not replaced; name another folder")
    for folder in (options.reference, options.figures):
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder")
    files = Project.of(options)
    values = context(files)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.output.parent, prefix=".site-") as temporary:
        pages, built = Path(temporary) / "pages", Path(temporary) / "built"
        pages.mkdir()
        lay_out(pages, values, files.places)
        if build_main(
            ["--fail-on-warning", "--keep-going", "-q", "-d", f"{temporary}/doctrees", str(pages), str(built)]
        ):
            raise SystemExit("publish.py: Sphinx did not build the site; what it said stands above")
        shutil.rmtree(built / ".doctrees", ignore_errors=True)
        shutil.rmtree(options.output, ignore_errors=True)
        built.rename(options.output)


if __name__ == "__main__":
    command.run(main)
