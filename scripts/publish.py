"""Build the site: a page for each claim and experiment, the certificate, the laboratory, the documents, the figures."""

import csv
import json
import re
import shutil
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import jinja2
import nbformat
from markupsafe import Markup, escape
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from lastdigit import citation, command, project, stochastic
from lastdigit.citation import anchor, repository
from lastdigit.comparison import Place, making_of, places_of, shapes_of
from lastdigit.figures import FIGURES
from lastdigit.files import InputError, read_json, read_text
from lastdigit.printed import Print, print_numbers
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.site_drawing import curve, rounding_line
from lastdigit.site_laboratory import laboratory, program
from lastdigit.verdicts import (
    NUMBER_VERDICTS,
    STATEMENT_VERDICTS,
    certified_values,
    count,
    numbers_of,
    statements_of,
)

EXAMPLES = """\
  python scripts/publish.py --output results/site
  then open results/site/index.html in a browser; it needs no server and no network"""

MARK = ".buildinfo"  # written by Sphinx into what it builds
DOORS = {
    "certificate": "Check a number",
    "compare": "Test my port",
    "laboratory": "Why digits differ",
    "documents": "Documents",
    "cite": "Cite",
}


class Page(NamedTuple):
    """A page made from a template of workflow/site/templates.

    Attributes:
        name: its path in the site, without ".html".
        template: the template's name, without ".html".
        title, description: what it is called, and what a search engine shows of it.
        values: what the template needs besides what all pages share.
        scripts: the files of its scripts.
    """

    name: str
    template: str
    title: str
    description: str
    values: Mapping[str, Any] = MappingProxyType({})
    scripts: tuple[str, ...] = ()


def grouped(number: int) -> str:
    """A whole number with a narrow space between thousands."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def level(files: Project, name: str) -> str:
    """The level of difficulty of an experiment, as NIST has three, by a rule without a threshold."""
    run = files.run(name)
    certificate = files.certificate(name)
    values = [value for quantity in certificate.quantities for value in quantity.values] if certificate else []
    if any(value.remark for value in values):
        return "higher"
    return "lower" if len(run.experiment.shapes) == 1 else "average"


def shared(files: Project) -> dict[str, Any]:
    """What every page may need.

    Raises:
        InputError: if a file is missing or does not fit.
    """
    places, records = files.places, files.verdicts
    numbers, statements = numbers_of(records), statements_of(records)
    if not numbers:
        raise InputError(f"{places['verdicts']}: expected the list of verdicts that scripts/verify.py writes")
    written = sorted(path.stem for path in places["documents"].glob("*.md"))
    documents = [name for name in written if (places["notebooks"] / f"{name}.ipynb").exists()]
    if not documents:
        raise InputError(f"{places['notebooks']}: expected executed notebooks; make them with scripts/weave.py")
    return {
        "sources": files.sources,
        "experiments": {name: one for name, one in files.experiments.items() if one.start.is_given},
        "unseeded": [name for name, one in files.as_published.items() if not one.start.is_given],
        "levels": {name: level(files, name) for name, one in files.experiments.items() if one.start.is_given},
        "records": records,
        "numbers": numbers,
        "statements": statements,
        "by_claim": {name: list(group) for name, group in groupby(records, lambda record: record.claim)},
        "number_counts": count(numbers, NUMBER_VERDICTS),
        "statement_counts": count(statements, STATEMENT_VERDICTS),
        "seeded": sum(files.as_published[record.experiment].start.is_given for record in numbers),
        "anchor": anchor,
        "documents": sorted(documents, key=lambda name: (name not in files.sources, name)),
        "figures": FIGURES,
        "mistakes": (places["reference"] / "MISTAKES.md").exists(),
        "version": citation.version(),
        "citations": citation.citations,
        "repository": repository(Path("CITATION.cff")),
        "grouped": grouped,
    }


def claim_pages(files: Project, values: dict[str, Any]) -> Iterator[Page]:
    """A page for each claim, where it is cited: claims/source/id.html."""
    for source in files.sources.values():
        for claim in source.claims:
            found = values["by_claim"][claim.name]
            own = {"claim": claim, "source": source, "found": found, "said": citation.found(found)}
            if not isinstance(claim, Numbers):
                yield Page(
                    f"claims/{claim.name}", "claim", claim.name, f"A claim of {source.title}.", own, ("page.js",)
                )
                continue
            proofs = certified_values(files.certificate(claim.experiment), claim)
            lines = [
                proof.enclosure and rounding_line(Print(text, claim.notation), proof.enclosure.exact)
                for text, proof in zip(claim.printed, proofs, strict=bool(proofs))
            ]
            trained = claim.experiment in values["experiments"]
            own |= {
                "proofs": proofs,
                "runs": stochastic.RUNS,
                "lines": lines,
                "curve": trained and curve(files.run(claim.experiment), claim),
            }
            description = f"{source.title}: printed {', '.join(claim.printed)}; the certified value and the verdict."
            yield Page(f"claims/{claim.name}", "claim", claim.name, description, own, ("page.js",))


def experiment_pages(files: Project, values: dict[str, Any]) -> Iterator[Page]:
    """A page for each experiment, with what a program can be tested against."""
    for name, experiment in values["experiments"].items():
        certificate = files.certificate(name)
        own = {"experiment": experiment, "certificate": certificate, "claims": files.claims_about(experiment)}
        description = f"Reference outputs of the network {name}: certified values, starting weights, how to score."
        yield Page(f"experiments/{name}", "experiment", name, description, own)


def pages(files: Project, values: dict[str, Any]) -> Iterator[Page]:
    """All pages that are made from templates."""
    yield Page("index", "index", "Last Digit", "Verified reference outputs of six NumPy neural-network tutorials.")
    yield Page(
        "certificate",
        "certificate",
        "Certificate",
        "Every claim and its verdict.",
        scripts=("certificate.js",),
    )
    yield Page("experiments/index", "experiments", "Experiments", "The training runs, each fully specified.")
    yield Page("figures", "figures", "Figures", "The figures of the articles drawn again, and others.")
    yield Page("cite", "cite", "How to cite", "How to cite the whole, or a single number.", scripts=("page.js",))
    yield Page(
        "compare",
        "compare",
        "Compare your numbers",
        "Is a port of these networks right, and if not, where does it go wrong first?",
        scripts=("digits.js", "compare.js", "page.js"),
    )
    yield Page(
        "laboratory",
        "laboratory",
        "Laboratory of last digits",
        "Train the networks in your browser, and choose how each sum is rounded.",
        scripts=("laboratory-data.js", "digits.js", "laboratory.js"),
    )
    yield from claim_pages(files, values)
    yield from experiment_pages(files, values)


Links = list[tuple[str, str, str | None]]


def contents(files: Project, values: dict[str, Any]) -> list[tuple[str, Links]]:
    """What stands beside every page: headings, and under each the pages with their names."""
    explaining = [name for name in values["documents"] if name not in files.sources]
    articles: Links = [
        (f"documents/{name}", source.title, source.author or "author not named")
        for name, source in files.sources.items()
        if name in values["documents"]
    ]
    return [
        ("The articles", articles),
        (
            "What explains them",
            [
                *((f"documents/{name}", name.replace("-", " ").capitalize(), None) for name in explaining),
                ("laboratory", "Laboratory", None),
                ("figures", "Figures", None),
            ],
        ),
        (
            "Reference",
            [
                (
                    "certificate",
                    "Certificate",
                    f"{len(values['numbers'])} numbers, {len(values['statements'])} statements",
                ),
                ("reference", "Reference outputs", None),
                *([("MISTAKES", "Known mistakes", None)] if values["mistakes"] else []),
                ("cite", "How to cite", None),
            ],
        ),
        (
            "Experiments",
            [
                ("experiments/index", "All, by difficulty", None),
                *((f"experiments/{name}", name, None) for name in values["experiments"]),
            ],
        ),
    ]


def reference(files: Project, name: str) -> dict[str, Any]:
    """What the comparison needs of an experiment: its known numbers in the order of computation, and its claims.

    A number is its place, its certified value as text, or the portable one where there is none, and the portable one.
    """
    experiment = files.experiment(name)
    order = list(shapes_of(experiment))
    numbers, spread = {}, dict[int, float]()
    for row in files.trajectory(name):
        place = Place(int(row["epoch"]), row["moment"], row["quantity"], int(row["row"]), int(row["column"]))
        numbers[place] = (row["certified"] or row["portable"], float(row["portable"]))
        if place.quantity.startswith("weights") and place.epoch and place.moment == "before":
            made = place._replace(epoch=place.epoch - 1, moment="after")  # the same weights, by the update before
            if made.epoch in spread:
                numbers[made] = numbers[place]
        if row["spread"]:
            spread[place.epoch] = max(spread.get(place.epoch, 0.0), float(row["spread"]))
    if unknown := [place for place in numbers if (place.moment, place.quantity) not in order]:
        raise InputError(f"{files.places['reference'] / name}/trajectory.csv: {unknown[0]} is not in {name}")
    ordered = sorted(numbers, key=lambda place: (place.epoch, order.index((place.moment, place.quantity)), place))
    claims = {}
    for claim in files.claims_about(experiment):
        values = certified_values(files.certificate(name), claim)
        claims[claim.name] = [
            (place, value.certified or value.portable.repr, float(value.portable.repr))
            for place, value in zip(places_of(claim, experiment), values, strict=bool(values))
        ]
    return {
        "numbers": [(place, *numbers[place]) for place in ordered],
        "spread": spread,
        "claims": claims,
        "epochs": experiment.epochs,
        "usual": files.usual_ratios(name),
        "steps": {quantity: making_of(quantity, experiment)[0] for _, quantity in order},
    }


def programs(files: Project, values: dict[str, Any]) -> dict[str, Any]:
    """What the laboratory needs: a program for each experiment, what of it was printed, and which digits are right."""
    found = {}
    certified = {anchor(record): record.certified for record in values["numbers"]}
    for name, experiment in values["experiments"].items():
        found[name] = program(experiment, files.claims_about(experiment))
        for claim in found[name]["claims"]:
            claim["seeded"] = name not in values["unseeded"]
            claim["certified"] = [certified[f"{claim['name']}[{index}]"] for index in range(len(claim["printed"]))]
            claim["best"] = print_numbers(claim["notation"], [float(text or 0) for text in claim["certified"]])
    return laboratory(found)


def escaped(text: str) -> str:
    """A text as Markdown that says just this."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def code(text: str) -> Markup:
    """A text as HTML, in which what stands between backticks is code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def check_notebook(path: Path) -> None:
    """Whether a file is what Sphinx takes it for.

    Raises:
        InputError: naming the file, if it is no notebook.
    """
    try:
        nbformat.validate(read_json(path))
    except (nbformat.ValidationError, AssertionError, AttributeError, KeyError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path}: not an executed notebook, as scripts/weave.py writes it: {reason}") from error


def lay_out(folder: Path, files: Project, values: dict[str, Any]) -> None:
    """Put into one folder what Sphinx reads, and into "files" beside it what it copies."""
    site = files.places["site"]
    shutil.copy(site / "conf.py", folder)
    for name in ("static", "theme"):
        shutil.copytree(site / name, folder / name)
    data = json.dumps(values["laboratory"], ensure_ascii=False, separators=(",", ":"))
    (folder / "static/laboratory-data.js").write_text(f"const LABORATORY = {data};\n", encoding="utf-8")
    for name in values["experiments"]:
        data = json.dumps(reference(files, name), separators=(",", ":"))
        (folder / f"static/reference-{name}.js").write_text(f'REFERENCES["{name}"] = {data};\n', encoding="utf-8")
    for path in files.places["reference"].glob("*.md"):
        name = "reference.md" if path.name == "README.md" else path.name
        (folder / name).write_text("---\norphan: true\n---\n" + read_text(path), encoding="utf-8")
    lines = (site / "documents.md").read_text(encoding="utf-8").splitlines()
    for name in values["documents"]:
        source = files.sources.get(name)
        about = f", on “{source.title}”, {source.author or 'author not named'}" if source else ""
        lines.append(f"- {{doc}}`documents/{name}`{escaped(about)}")
    lines += ["", "```{toctree}", ":hidden:", *(f"documents/{name}" for name in values["documents"]), "```", ""]
    (folder / "documents.md").write_text("\n".join(lines), encoding="utf-8")
    (folder / "documents").mkdir()
    for name in values["documents"]:
        check_notebook(path := files.places["notebooks"] / f"{name}.ipynb")
        shutil.copy(path, folder / "documents")
    for name in ("figures", "reference"):
        shutil.copytree(files.places[name], folder.parent / "files" / name)
    rows = [{"name": anchor(record)} | record.model_dump() for record in values["records"]]
    with (folder.parent / "files/verdicts.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)


def build(folder: Path, output: Path, files: Project, values: dict[str, Any]) -> int:
    """Let Sphinx build the site: its own pages from the documents, and ours."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(files.places["site"] / "templates"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["code"] = code

    def collected(_: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
        for page in pages(files, values):
            root = "../" * page.name.count("/")
            body = templates.get_template(f"{page.template}.html").render(
                values | dict(page.values), root=root, page=page
            )
            context = {"title": page.title, "body": body, "description": page.description, "scripts": page.scripts}
            yield page.name, context | {"kind": page.template}, "page.html"

    defaults = {
        "doors": list(DOORS.items()),
        "contents": contents(files, values),
        "repository": values["repository"],
        "scripts": (),
    }
    with patch_docutils(folder), docutils_namespace():
        overrides = {"html_context": defaults, "release": values["version"]}
        app = Sphinx(
            folder, folder, output, folder.parent / "doctrees", "html", overrides, status=None, warningiserror=True
        )
        app.connect("html-collect-pages", collected)
        # What a search would find are the documents; the certificate finds claims.
        cast(StandaloneHTMLBuilder, app.builder).search = False
        try:
            app.build()
        except SphinxError as error:
            raise SystemExit(f"publish.py: Sphinx did not build the site: {error}") from error
    return int(app.statuscode)


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    project.add_options(
        parser, "published", "notebooks", "reference", "figures", "verdicts", "portable", "usual_ratios"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FOLDER", help="the site; one that is there is replaced"
    )
    publish(parser.parse_args())


def publish(options: Namespace) -> None:
    """Build the site beside its place, then put it there.

    Raises:
        InputError: if something that it is built from is missing or does not fit.
    """
    if options.output.exists() and not (options.output / MARK).exists():
        raise InputError(f"{options.output}: is no site of ours, so it is not replaced; name another folder")
    for folder in (options.reference, options.figures):
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder")
    files = Project.of(options)
    values = shared(files)
    values["laboratory"] = programs(files, values)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.output.parent, prefix=".site-") as temporary:
        laid, built = Path(temporary).resolve() / "pages", Path(temporary).resolve() / "built"
        laid.mkdir()
        lay_out(laid, files, values)
        if build(laid, built, files, values):
            raise SystemExit("publish.py: Sphinx did not build the site; what it said stands above")
        shutil.rmtree(options.output, ignore_errors=True)
        built.rename(options.output)


if __name__ == "__main__":
    command.run(main)
