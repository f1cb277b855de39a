"""Where the files of the project lie, and of which experiment each is: no other module knows."""

import csv
import io
from argparse import ArgumentParser, Namespace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lastdigit.experiments import Experiment, choose, load_experiments, load_runnable
from lastdigit.files import InputError, parse, read_json, read_text
from lastdigit.published import Numbers, Source, load_sources
from lastdigit.records import FINDING, Certificate, Finding, NumberVerdict, TrajectoryRow, Verdict, Verdicts

# Imported when they are asked for: the workflow, which wants names, need not wait for the libraries that compute.
if TYPE_CHECKING:
    from lastdigit.ensembles import Ensemble
    from lastdigit.runs import Run

ROOT = Path(__file__).resolve().parents[2]

# From the project's folder, where programs are started.
PLACES = {
    "experiments": Path("data/experiments.yaml"),
    "witnesses": Path("data/witnesses.yaml"),
    "published": Path("data/published"),
    "stacks": Path("data/stacks.yaml"),
    "reference": Path("data/reference"),
    "figures": Path("figures"),
    "documents": Path("workflow/notebooks"),
    "site": Path("workflow/site"),
    "native": Path("results/runs/native"),
    "portable": Path("results/runs/portable"),
    "usual_ratios": Path("results/usual-ratios"),
    "ensembles": Path("results/ensembles"),
    "searches": Path("results/witness-search"),
    "notebooks": Path("results/notebooks"),
    "numbers": Path("results/numbers"),
    "verdicts": Path("results/verdicts.json"),
}


def add_options(parser: ArgumentParser, *names: str) -> None:
    """Let the command line name other files and folders than those of PLACES."""
    for name in names:
        metavar = "FILE" if PLACES[name].suffix else "FOLDER"
        parser.add_argument(f"--{name}", type=Path, default=PLACES[name], metavar=metavar, help="default: %(default)s")


class Project:
    """The files of the project, each read once, when it is first asked for.

    Args:
        root: the project's folder.
        places: other paths than those of PLACES, by name.
    """

    def __init__(self, root: Path = Path(), **places: Path) -> None:
        self.places = {name: root / path for name, path in (PLACES | places).items()}
        self._read: dict[Path, Any] = {}

    @classmethod
    def of(cls, options: Namespace) -> Self:
        """The project with the places that a command line names."""
        return cls(**{name: path for name, path in vars(options).items() if name in PLACES and path})

    @cached_property
    def as_published(self) -> dict[str, Experiment]:
        """The experiments as published, some without a start."""
        return load_experiments(self.places["experiments"])

    @cached_property
    def experiments(self) -> dict[str, Experiment]:
        """The experiments as they are run: from a witness where the source gives no seed."""
        return load_runnable(self.as_published, self.places["witnesses"])

    def experiment(self, name: str, as_published: bool = False) -> Experiment:
        """The experiment of that name, as it is run or as published.

        Raises:
            InputError: if there is none.
        """
        experiments = self.as_published if as_published else self.experiments
        return choose(name, experiments, self.places["experiments"])

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Every source, by name."""
        return load_sources(self.as_published, self.places["published"])

    def claim(self, name: str) -> Numbers:
        """The printed numbers of a claim, named source/id.

        Raises:
            InputError: if no source makes it.
        """
        for source in self.sources.values():
            for claim in source.of_kind(Numbers):
                if claim.name == name:
                    return claim
        raise InputError(f"{self.places['published']}: no claim {name} on printed numbers")

    def claims_about(self, experiment: Experiment) -> list[Numbers]:
        """The printed numbers of one experiment, source by source."""
        claims = (claim for source in self.sources.values() for claim in source.of_kind(Numbers))
        return [claim for claim in claims if claim.experiment == experiment.name]

    def run(self, name: str, arithmetic: str = "portable") -> "Run":
        """The run of an experiment.

        Raises:
            InputError: if the file is missing, or holds another experiment or arithmetic.
        """
        return self._run(self.places[arithmetic] / f"{name}.npz", self.experiment(name), arithmetic)

    def run_from(self, start: str, name: str) -> "Run":
        """The portable run of an experiment from the starting weights of another."""
        if start == name:
            return self.run(name)
        experiment = self.experiment(name).starting_from(**self.experiment(start).start.model_dump())
        return self._run(self.places["portable"] / f"{name}.from-{start}.npz", experiment, "portable")

    def _run(self, path: Path, experiment: Experiment, arithmetic: str) -> "Run":
        from lastdigit import runs

        if path not in self._read:
            run = runs.load(path)
            check(path, run.experiment, experiment)
            if run.arithmetic != arithmetic:
                raise InputError(f"{path}: trained in the {run.arithmetic} arithmetic, expected {arithmetic}")
            self._read[path] = run._replace(experiment=experiment)
        found: Run = self._read[path]
        return found

    def ensemble(self, name: str) -> "Ensemble":
        """The ensemble of an unseeded experiment, of any number of epochs; or of one with other hidden layers.

        Args:
            name: of the experiment, or as in "xor-sigmoid.hidden-2".

        Raises:
            InputError: if the file is missing, or holds another experiment.
        """
        from lastdigit import ensembles

        path = self.places["ensembles"] / f"{name}.npz"
        if path not in self._read:
            ensemble = ensembles.load(path)
            name, _, units = name.partition(".hidden-")
            expected = self.experiment(name, as_published=True)
            check(path, ensemble.experiment, expected.with_hidden(int(units)) if units else expected, "epochs")
            self._read[path] = ensemble._replace(experiment=ensemble.experiment.named(name))
        found: Ensemble = self._read[path]
        return found

    def certificate(self, name: str) -> Certificate | None:
        """The certificate of an experiment, or None where there is none.

        Raises:
            InputError: if it is of another experiment, or contradicts itself, or lacks a number that a claim is about.
        """
        path = self.places["reference"] / name / "certificate.json"
        if path not in self._read and path.exists():
            certificate = parse(Certificate, read_json(path), str(path))
            check(path, certificate.experiment, self.experiment(name))
            for claim in self.claims_about(certificate.experiment.named(name)):
                for epoch in claim.at:
                    try:
                        certificate.values(claim.subject, epoch)
                    except KeyError as error:
                        raise InputError(
                            f"{path}: has no {error.args[0]}, which {claim.name} is about; make it again"
                        ) from None
            self._read[path] = certificate
        return self._read.get(path)

    def trajectory(self, name: str) -> list[dict[str, str]]:
        """The rows of the trajectory of an experiment, by column.

        Raises:
            InputError: if the file is missing, or does not fit.
        """
        path = self.places["reference"] / name / "trajectory.csv"
        try:
            rows = list(csv.DictReader(io.StringIO(read_text(path), newline="")))
        except csv.Error as error:
            raise InputError(f"{path}: not CSV: {error}") from error
        try:
            parse(list[TrajectoryRow], rows, str(path))
        except InputError:
            for line, row in enumerate(rows, 2):
                parse(TrajectoryRow, row, f"{path}: line {line}")
            raise
        return rows

    def usual_ratios(self, name: str) -> dict[str, float]:
        """Up to which ratio a port of an experiment is right, by epoch, as `certify.py --usual-ratios` writes it."""
        path = self.places["usual_ratios"] / f"{name}.json"
        return parse(dict[str, float], read_json(path), str(path))

    def findings(self, source: str) -> list[Finding]:
        """What the executed document of a source found of its statements; nothing if there is no such document.

        Raises:
            InputError: if the file is no executed notebook, or a finding in it is none.
        """
        path = self.places["notebooks"] / f"{source}.ipynb"
        if not path.exists():
            return []
        try:
            outputs = [output for cell in read_json(path)["cells"] for output in cell.get("outputs", ())]
            found = [output["data"][FINDING] for output in outputs if FINDING in output.get("data", ())]
        except (KeyError, TypeError, AttributeError):
            raise InputError(
                f"{path}: not a notebook executed by scripts/weave.py; delete it and weave again"
            ) from None
        return [parse(Finding, one, f"{path}: finding") for one in found]

    def numbers(self, source: str) -> tuple[NumberVerdict, ...]:
        """The verdicts on the printed numbers of a source, as `verify.py --article` writes them."""
        path = self.places["numbers"] / f"{source}.json"
        if path not in self._read:
            self._read[path] = parse(tuple[NumberVerdict, ...], read_json(path), str(path))
        found: tuple[NumberVerdict, ...] = self._read[path]
        return found

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts on all claims."""
        path = self.places["verdicts"]
        return parse(Verdicts, read_json(path), str(path))

    def verdicts_on(self, claim: Numbers) -> list[NumberVerdict]:
        """The verdicts on the numbers of a claim, in order.

        Raises:
            InputError: if they are on other numbers than are published now.
        """
        found = [one for one in self.numbers(claim.source) if one.claim == claim.name]
        if tuple(one.printed for one in found) != claim.printed:
            path = self.places["numbers"] / f"{claim.source}.json"
            raise InputError(f"{path}: no verdicts on {claim.name} as published; make it again")
        return found


def check(path: Path, found: Experiment, expected: Experiment, *aside: str) -> None:
    """Whether a file is of that experiment, some keys aside.

    Raises:
        InputError: naming the keys that differ.
    """
    changed = [key for key in Experiment.model_fields if getattr(found, key) != getattr(expected, key)]
    if differing := [key for key in changed if key not in aside]:
        raise InputError(
            f"{path}: of another experiment, or of an earlier form of it: {', '.join(differing)} changed;"
            " delete it and make it again"
        )
