"""Describe a run of the pipeline as a Workflow Run RO-Crate: workflow, inputs, results, sources, checksums, licence."""

import datetime
import mimetypes
import tempfile
from pathlib import Path
from typing import Any

from lastdigit import citation, command
from lastdigit.files import InputError, contents, read_yaml, sha256
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/crate.py --output results/crate        after a run of the pipeline"""

WORKFLOW = Path("workflow/Snakefile")
MADE = ("data/reference", "figures", "results/verdicts.json", "results/verdicts.txt")
GIVEN = ("config/config.yaml", "data/experiments.yaml", "data/published", "data/witnesses.yaml")
ELSE = ("CITATION.cff", "LICENSE", "README.md", "Snakefile", "environment.yml", "requirements.lock")
FOLDERS = ("profiles", "scripts", "workflow")
FORMATS = mimetypes.MimeTypes()  # those that Python knows: a machine may take a Snakefile for a film
FORMATS.add_type("text/markdown", ".md")
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}


def write(folder: Path) -> None:
    """Write the crate into a folder."""
    try:
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise InputError("the library rocrate is not installed: make more") from None
    crate, cited = ROCrate(version="1.1"), read_yaml(Path("CITATION.cff"))
    title, version = cited["title"], cited["version"]
    made_at = datetime.datetime.fromtimestamp(Path("results/verdicts.json").stat().st_mtime, datetime.UTC)

    authors = crate.add_jsonld({"@id": "#contributors", "@type": "Organization", "name": citation.AUTHORS})
    workflow = crate.add_workflow(WORKFLOW, WORKFLOW, main=True, lang="snakemake", record_size=True)
    workflow["name"], workflow["version"] = f"Workflow of {title}", version
    workflow["conformsTo"] = {"@id": "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"}
    if address := citation.repository(Path("CITATION.cff")):
        workflow["url"] = authors["url"] = address
    entities = {WORKFLOW: workflow}
    for path in contents(*MADE, *GIVEN, *ELSE, *FOLDERS):
        one = entities[path] = entities.get(path) or crate.add_file(path, path, record_size=True)
        one["sha256"], one["encodingFormat"] = sha256(path), FORMATS.guess_type(path.name)[0] or "text/plain"
    given, made = ([entities[path] for path in contents(*places)] for places in (GIVEN, MADE))
    run = crate.add_action(workflow, "#run", given, made, {"name": f"Run of {title}"})
    run["description"] = "Trains, proves, draws and judges everything that the sources publish."
    run["agent"], run["actionStatus"] = authors, "http://schema.org/CompletedActionStatus"
    run["endTime"] = made_at.isoformat(timespec="seconds")

    root, licence = crate.root_dataset, {"@id": "https://spdx.org/licenses/MIT", "@type": "CreativeWork"}
    root["license"] = crate.add_jsonld(licence | {"name": "MIT License", "identifier": "MIT"})
    root["name"], root["description"], root["version"] = title, cited["abstract"], version
    root["datePublished"], root["author"], root["publisher"] = run["endTime"], authors, authors
    root["mentions"], entities[Path("README.md")]["about"] = run, root
    for uri, name in PROFILES.items():
        profile = {"@id": uri, "@type": "CreativeWork", "name": name, "version": uri.rpartition("/")[2]}
        root.append_to("conformsTo", crate.add_jsonld(profile))
    for source in Project().sources.values():
        work: dict[str, Any] = {"@id": f"#source-{source.name}", "@type": "CreativeWork", "name": source.title}
        work |= {"url": source.url, "datePublished": source.date}
        work["sha256"] = source.document and source.document.sha256
        if source.author:
            person = {"@id": f"#author-{source.name}", "@type": "Person", "name": source.author}
            work["author"] = {"@id": crate.add_jsonld(person).id}
        root.append_to("isBasedOn", crate.add_jsonld({key: value for key, value in work.items() if value}))
    crate.write(folder)


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="the crate; not there yet")
    options = parser.parse_args()
    if options.output.exists():
        raise InputError(f"{options.output}: is there, and is not replaced; delete it, or name another folder")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.output.parent, prefix=".crate-") as temporary:
        write(Path(temporary) / "crate")
        (Path(temporary) / "crate").rename(options.output)


if __name__ == "__main__":
    command.run(main)
