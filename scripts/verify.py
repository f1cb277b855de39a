"""Hold every claim of the sources against what the pipeline computed, and say number by number what was found."""

from pathlib import Path

from lastdigit import command, project, verdicts
from lastdigit.files import InputError, write_atomically, write_json
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/verify.py                                 with what a run of the pipeline left in results/
  python scripts/verify.py --portable my-runs              with your own runs, made by train.py
Without --output the exit code is 1 if a number differs from what was printed."""


def gather_evidence(files: Project) -> dict[str, verdicts.Evidence]:
    """What the folders hold on each experiment.

    Raises:
        InputError: if a run is missing, or a file is of another experiment than there is now.
    """
    evidence = {}
    for name, experiment in files.experiments.items():
        seeded = files.as_published[name].start.is_given
        native, portable = (
            files.run(name, arithmetic) if experiment.start.is_given else None for arithmetic in ("native", "portable")
        )
        trained = not seeded and (files.places["ensembles"] / f"{name}.npz").exists()
        ensemble = files.ensemble(name) if trained else None
        evidence[name] = verdicts.Evidence(seeded, native, portable, files.certificate(name), ensemble)
    return evidence


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    folders = ("native", "portable", "reference", "ensembles", "figures", "notebooks")
    project.add_options(parser, *folders, "experiments", "witnesses", "published")
    parser.add_argument("--numbers-only", action="store_true", help="leave out the figures and the statements")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the verdicts here, JSON")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the table here instead of showing it")
    options = parser.parse_args()

    for name in folders:
        if not getattr(options, name).is_dir() and not (options.numbers_only and name in ("figures", "notebooks")):
            raise InputError(f"--{name}: no such folder: {getattr(options, name)}")
    files = Project.of(options)
    sources, evidence = files.sources, gather_evidence(files)
    figures, findings = [], {}
    if not options.numbers_only:
        figures = [path.stem for path in options.figures.glob("*.svg")]
        findings = {name: files.findings(name) for name in sources}
    records = verdicts.judge(sources, evidence, figures, findings)
    if options.numbers_only:
        records = [record for record in records if record["kind"] == "number"]
    if options.output:
        write_json(options.output, records)
    table = verdicts.table(records, sources)
    if options.table:
        with write_atomically(options.table) as stream:
            stream.write(table + "\n")
    else:
        print(table)
    if not options.output and any(record["verdict"] == "differs" for record in records):
        raise SystemExit(1)


if __name__ == "__main__":
    command.run(main)
