"""Hold every claim of the sources against what the pipeline computed, and say number by number what was found."""

from collections.abc import Iterable
from pathlib import Path

from lastdigit import citation, command, project, verdicts
from lastdigit.files import InputError, listed, unlike_sums, write_atomically, write_json
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.records import Verdict

EXAMPLES = """\
  python scripts/verify.py                                 with what a run of the pipeline left in results/
  python scripts/verify.py --portable my-runs              with your own runs, made by train.py
  python scripts/verify.py --cite "trask-notebook/three-layer-error-log[1]"
Without --output the exit code is 1 if a number differs from what was printed, a verdict is open, or a file of the
reference data is not as its SHA256SUMS says."""


def gather_evidence(files: Project, names: Iterable[str]) -> dict[str, verdicts.Evidence]:
    """What the folders hold on some experiments.

    Raises:
        InputError: if a run is missing, or a file is of another experiment than there is now.
    """
    evidence = {}
    for name in filter(set(names).__contains__, files.experiments):  # in this order, so that what is said is the same
        experiment = files.experiment(name)
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
    folders = ("native", "portable", "reference", "ensembles", "notebooks")
    project.add_options(parser, *folders, "experiments", "witnesses", "published")
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--numbers-only", action="store_true", help="leave out the figures and the statements")
    some.add_argument("--article", metavar="NAME", help="judge the numbers of this article, and nothing else")
    some.add_argument("--numbers", type=Path, metavar="FOLDER", help="the numbers as judged before, by --article")
    some.add_argument("--cite", metavar="CLAIM", help="cite a claim, or one number of it, with its verdict")
    parser.add_output("--output", ".json", help="write the verdicts here, JSON")
    parser.add_output("--table", help="write the table here instead of showing it")
    options = parser.parse_args()
    if options.cite:
        print("\n\n".join(citation.of(options.cite, Project.of(options).verdicts).values()))
        return

    numbers_only = options.numbers_only or options.article
    needed: tuple[str, ...] = ("notebooks", "numbers") if options.numbers else folders[:-1] if numbers_only else folders
    if options.article:  # which may be the first, and have no use for ensembles
        needed = needed[:-1]
    for name in needed:
        if not getattr(options, name).is_dir():
            raise InputError(f"--{name}: no such folder: {getattr(options, name)}")
    files = Project.of(options)
    if options.article and options.article not in files.sources:
        raise InputError(f"--article: no article {options.article!r}; there are {listed(files.sources)}")
    sources = [files.sources[options.article]] if options.article else files.sources.values()
    claims = [claim for source in sources for claim in source.of_kind(Numbers)]
    records: list[Verdict] = []
    if options.numbers:
        records += [one for claim in claims for one in files.verdicts_on(claim)]
    else:
        evidence = gather_evidence(files, {claim.experiment for claim in claims})
        records += [one for claim in claims for one in verdicts.judge_numbers(claim, evidence[claim.experiment])]
    if not numbers_only:
        for name, source in files.sources.items():
            records += verdicts.judge_others(source, files.findings(name))
        records = verdicts.in_order(files.sources, records)
    table = verdicts.table(records, files.sources)
    if options.output:
        write_json(options.output, [record.model_dump(mode="json") for record in records])
    if options.table:
        with write_atomically(options.table) as stream:
            stream.write(table + "\n")
    else:
        print(table, flush=True)
    if options.output:
        return
    if unsettled := verdicts.unsettled(records):
        raise SystemExit(f"verify.py: not everything is as published and settled: {unsettled}")
    if unlike := unlike_sums(options.reference):
        raise SystemExit(f"verify.py: {options.reference}: not as SHA256SUMS says: {listed(unlike)}")


if __name__ == "__main__":
    command.run(main)
