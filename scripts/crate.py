"""Describe a run of the pipeline as a Workflow Run RO-Crate: workflow, inputs, results, sources, checksums, licence."""

import datetime
import mimetypes
import shutil
import tempfile
from pathlib import Path

from lastdigit import citation, command
from lastdigit.files import InputError, read_yaml, sha256
from lastdigit.packing import contents
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/crate.py --output results/crate        after a run of the pipeline"""

METADATA = "ro-crate-metadata.json"
WORKFLOW = "workflow/Snakefile"
MADE = ("data/reference", "figures", "results/verdicts.json", "results/verdicts.txt")
GIVEN = ("config/config.yaml", "data/experiments.yaml", "data/published", "data/witnesses.yaml")
ELSE = ("CITATION.cff", "LICENSE", "README.md", "Snakefile", "environment.yml", "requirements.lock")
FOLDERS = ("profiles", "scripts", "workflow")
FORMATS = mimetypes.MimeTypes()  # those that Python knows: a machine may take a Snakefile for a film
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}


def write(folder: Path) -> None:
    """Write the crate into a folder."""
    try:
        from rocrate.model.contextentity import ContextEntity
        from rocrate.rocrate import ROCrate
    except ImportError:
        raise InputError("the library rocrate is not installed: make more") from None
    crate, cited = ROCrate(version="1.1"), read_yaml(Path("CITATION.cff"))

    def entity(uri: str, kind: str, /, **properties: object) -> ContextEntity:
        return crate.add(ContextEntity(crate, uri, properties={"@type": kind, **properties}))

    made_at = datetime.datetime.fromtimestamp(Path("results/verdicts.json").stat().st_mtime, datetime.UTC)
    authors = entity("#contributors", "Organization", name=citation.AUTHORS)
    root = crate.root_dataset
    root["name"], root["description"], root["version"] = cited["title"], cited["abstract"], cited["version"]
    root["license"] = entity("https://spdx.org/licenses/MIT", "CreativeWork", name="MIT License", identifier="MIT")
    root["datePublished"], root["author"], root["publisher"] = made_at.isoformat(timespec="seconds"), authors, authors
    root["conformsTo"] = [
        entity(uri, "CreativeWork", name=name, version=uri.rpartition("/")[2]) for uri, name in PROFILES.items()
    ]
    for source in Project().sources.values():
        given = {"url": source.url, "datePublished": source.date, "sha256": source.document and source.document.sha256}
        given["author"] = source.author and entity(f"#author-{source.name}", "Person", name=source.author)
        known = {key: value for key, value in given.items() if value}
        root.append_to("isBasedOn", entity(f"#source-{source.name}", "CreativeWork", name=source.title, **known))

    workflow = crate.add_workflow(WORKFLOW, WORKFLOW, main=True, lang="snakemake")
    workflow["name"], workflow["version"] = f"Workflow of {cited['title']}", cited["version"]
    entities = {Path(WORKFLOW): workflow}
    for path in contents(*MADE, *GIVEN, *ELSE, *FOLDERS):
        one = entities.setdefault(path, path.as_posix() == WORKFLOW or crate.add_file(path, path.as_posix()))
        one["sha256"], one["contentSize"] = sha256(path), str(path.stat().st_size)
        one["encodingFormat"] = FORMATS.guess_type(path.name)[0] or "text/plain"
    entities[Path("README.md")]["about"] = root
    root["mentions"] = crate.add_action(
        workflow,
        "#run",
        object=[entities[path] for path in contents(*GIVEN)],
        result=[entities[path] for path in contents(*MADE)],
        properties={
            "@type": "CreateAction",
            "name": f"Run of {cited['title']}",
            "description": "Trains, proves, draws and judges everything that the sources publish.",
            "endTime": made_at.isoformat(timespec="seconds"),
            "actionStatus": "http://schema.org/CompletedActionStatus",
            "agent": {"@id": authors.id},
        },
    )
    crate.write(folder)


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FOLDER", help="the crate; one that is there is replaced"
    )
    options = parser.parse_args()
    if options.output.exists() and not (options.output / METADATA).exists():
        raise InputError(f"{options.output}: is no crate, so it is not replaced; name another folder")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.output.parent, prefix=".crate-") as temporary:
        write(Path(temporary) / "crate")
        shutil.rmtree(options.output, ignore_errors=True)
        (Path(temporary) / "crate").rename(options.output)
    print(f"{options.output}: {len(contents(options.output))} files")


if __name__ == "__main__":
    command.run(main)
