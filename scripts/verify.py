"""Hold every claim of the sources against what the pipeline computed, and say number by number what was found."""

import json
from argparse import Namespace
from pathlib import Path

from lastdigit import command, ensembles, runs, verdicts
from lastdigit.experiments import EXPERIMENTS, WITNESSES, Experiment, load_runnable
from lastdigit.inputs import InputError, read_json
from lastdigit.published import PUBLISHED, load_sources

EXAMPLES = """\
  python scripts/verify.py                                 with what a run of the pipeline left in results/
  python scripts/verify.py --portable my-runs              with your own runs, made by train.py
Without --output the exit code is 1 if a number differs from what was printed."""


def gather_evidence(
    options: Namespace, published: dict[str, Experiment], runnable: dict[str, Experiment]
) -> dict[str, verdicts.Evidence]:
    """What the folders hold on each experiment.

    Raises:
        InputError: if a run is missing, or a file is of another experiment than there is now.
    """
    evidence = {}
    for name, experiment in runnable.items():
        seeded = published[name].start.is_given
        native, portable = (
            runs.load(folder / f"{name}.npz", experiment, arithmetic) if experiment.start.is_given else None
            for arithmetic, folder in (("native", options.native), ("portable", options.portable))
        )
        certificate = options.certificates / name / "certificate.json"
        proof = read_json(certificate) if certificate.exists() else None
        if proof and proof.get("experiment") != json.loads(experiment.model_dump_json()):
            raise InputError(f"{certificate}: of another experiment than {name} is now; make it again with snakemake")
        path = options.ensembles / f"{name}.npz"
        ensemble = ensembles.load(path) if not seeded and path.exists() else None
        evidence[name] = verdicts.Evidence(seeded, native, portable, proof, ensemble)
    return evidence


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    folders = {
        "native": "results/runs/native",
        "portable": "results/runs/portable",
        "certificates": "data/reference",
        "ensembles": "results/ensembles",
        "figures": "figures",
        "statements": "results/statements",
    }
    for name, folder in folders.items():
        parser.add_argument(f"--{name}", type=Path, default=Path(folder), metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--experiments", type=Path, default=EXPERIMENTS, metavar="FILE", help="default: %(default)s")
    parser.add_argument("--witnesses", type=Path, default=WITNESSES, metavar="FILE", help="default: %(default)s")
    parser.add_argument("--published", type=Path, default=PUBLISHED, metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--numbers-only", action="store_true", help="leave out the figures and the statements")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the verdicts here, JSON")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the table here instead of showing it")
    options = parser.parse_args()

    for name in folders:
        if not getattr(options, name).is_dir() and not (options.numbers_only and name in ("figures", "statements")):
            raise InputError(f"--{name}: no such folder: {getattr(options, name)}")
    published, runnable = load_runnable(options.experiments, options.witnesses)
    sources = load_sources(published, options.published)
    evidence = gather_evidence(options, published, runnable)
    figures, findings = [], {}
    if not options.numbers_only:
        figures = [path.stem for path in options.figures.glob("*.svg")]
        findings = {path.stem: read_json(path) for path in options.statements.glob("*.json") if path.stem in sources}
    records = verdicts.judge(sources, evidence, figures, findings)
    if options.numbers_only:
        records = [record for record in records if record["kind"] == "number"]
    if options.output:
        command.write_json(options.output, records)
    table = verdicts.table(records, sources)
    if options.table:
        with command.write_atomically(options.table) as stream:
            stream.write(table + "\n")
    else:
        print(table)
    if not options.output and any(record["verdict"] == "differs" for record in records):
        raise SystemExit(1)


if __name__ == "__main__":
    command.run(main)
