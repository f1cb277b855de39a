"""Write the table of known mistakes: what each is, what it spoils first, and how little of it the error log shows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import gmpy2
import numpy

from lastdigit import command, comparison, project
from lastdigit.arithmetic import Portable
from lastdigit.comparison import Place, Reference, Written
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, write_atomically
from lastdigit.mistaken import Mistake, Programs, Run, Specified, groups
from lastdigit.mistakes import PRECISIONS, TEXTS, known, precision
from lastdigit.network import Network
from lastdigit.observations import observe_state
from lastdigit.project import Project
from lastdigit.tape import train

EXAMPLES = """\
  python scripts/explain.py --output data/reference/MISTAKES.md
  python scripts/explain.py --output results/mistakes.md --experiment two-layer"""

EXPERIMENTS = ["xor", "xor-linear"]  # a mistake is shown in the first of them in which it can be made
FIRST_EPOCHS = range(3)
LOG_EPOCH = 10_000  # that of the second line of the logs that the articles print

HEAD = """\
# Mistakes that people make

`scripts/compare.py` knows these mistakes, alone and two at a time, and finds the one that a port's numbers follow. Each
was made on purpose here, with a correctly rounded exponential: *first wrong* is the first number that it spoils, in the
order of computation. A mistake has *forms*: other factors, other layers, other seeds; the sentence is that of the most
usual one, and where they spoil different numbers first, all are named. *Log* says how many digits of the mean
absolute error of epoch {epoch} are still right. A log that looks right shows little: a mistake of which it keeps three
digits can hardly be seen in it.

| name | what is wrong | what to do | forms | first wrong | log | in |
|---|---|---|---|---|---|---|
"""


class Single(Portable):
    """Binary32, with the same orders of summation; its exponential is that of MPFR, rounded."""

    number: Any = numpy.float32
    kind: Any = numpy.float32

    @classmethod
    def exp_of(cls, x: Any) -> Any:
        return cls.number(gmpy2.exp(float(x)))


class Half(Single):
    """Binary16, likewise."""

    number = kind = numpy.float16


ARITHMETICS = {"single-precision": Single, "half-precision": Half}


class Rounded:
    """The right training in less than double precision, as a run of one candidate."""

    def __init__(self, experiment: Experiment, mistake: Mistake) -> None:
        self.experiment, self.mistakes = experiment, [mistake]

    def observe(self, epoch: int) -> dict[tuple[str, str], numpy.ndarray]:
        with ARITHMETICS[self.mistakes[0].name]() as arithmetic:
            network = Network(self.experiment, arithmetic)
            (state,) = train(network, network.starting_weights(), [epoch], lambda *_: True)
            return {
                (one.moment, one.quantity): one.values.astype(numpy.float64) for one in observe_state(network, state)
            }


def runs_of(reference: Reference, mistakes: Iterable[Mistake], programs: Programs) -> Iterator[Run | Rounded]:
    """The trainings of some candidates, as many together as can be."""
    mistakes = list(mistakes)
    for group in groups(mistake for mistake in mistakes if mistake.name not in ARITHMETICS):
        yield Run(reference.experiment, group, programs, arithmetic=Specified)
    for mistake in mistakes:
        if mistake.name in ARITHMETICS:
            yield Rounded(reference.experiment, mistake)


def first_wrong(reference: Reference, mistakes: Iterable[Mistake], programs: Programs) -> dict[str, list[str]]:
    """For each name, the first quantities that its forms spoil; none of a form that spoils nothing so early."""
    spoiled: dict[str, dict[str, None]] = defaultdict(dict)
    for run in runs_of(reference, mistakes, programs):
        group, clean = run.mistakes, numpy.ones(len(run.mistakes), bool)
        for epoch in FIRST_EPOCHS:
            for quantity, wrong in wrong_quantities(reference, run, epoch):
                for index in numpy.flatnonzero(wrong & clean):
                    spoiled[group[index].name][f"`{quantity}` of epoch {epoch}"] = None
                clean &= ~wrong
    return {name: list(places) for name, places in spoiled.items()}


def wrong_quantities(reference: Reference, run: Run | Rounded, epoch: int) -> Iterator[tuple[str, numpy.ndarray]]:
    """For each quantity of an epoch, in the order of computation, which candidates have it wrong."""
    for (moment, quantity), values in (run.observe(epoch) or {}).items():
        if moment == "before":
            known_ones = [
                float(reference.known[Place(epoch, moment, quantity, row, column)].portable)
                for row, column in numpy.ndindex(values.shape)
            ]
            with numpy.errstate(all="ignore"):
                far = [abs(value - right) for value, right in zip(values.flat, known_ones, strict=True)]
                right = numpy.max(numpy.broadcast_arrays(*far), axis=0) <= comparison.WRONG * reference.spread[epoch]
            yield quantity, numpy.broadcast_to(~right, len(run.mistakes))


def digits_of_log(reference: Reference, mistakes: Iterable[Mistake], programs: Programs) -> Iterator[tuple[str, str]]:
    """For each mistake, its name and how many digits of the error log it leaves right."""
    place = Place(min(LOG_EPOCH, reference.experiment.epochs - 1), "before", "mean_absolute_error", 0, 0)
    for run in runs_of(reference, mistakes, programs):
        group, observed = run.mistakes, run.observe(place.epoch)
        assert observed is not None
        values = numpy.broadcast_to(observed[place.moment, place.quantity][0, 0], len(group))
        for mistake, value in zip(group, values.tolist(), strict=True):
            right = comparison.right_digits([Written.parse(value.hex())], [reference.known[place].value])
            yield mistake.name, str(int(right)) if numpy.isfinite(value) else "not finite"


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    project.add_options(parser, "experiments", "witnesses", "published", "reference")
    parser.add_argument(
        "--experiment", nargs="+", default=EXPERIMENTS, metavar="NAME", help="to make them in (default: %(default)s)"
    )
    parser.add_output("--output", required=True, help="the table, Markdown")
    options = parser.parse_args()
    files = Project.of(options)
    rows: dict[str, str] = {}
    with command.progress("mistakes", len(TEXTS), " mistakes") as watch:
        for name in options.experiment:
            experiment = files.experiment(name)
            reference, programs = Reference(experiment, files.trajectory(name)), Programs()
            forms: dict[str, list[Mistake]] = defaultdict(list)
            for mistake in (*known(experiment, files.as_published), *map(precision, PRECISIONS)):
                if mistake.name not in rows:
                    forms[mistake.name].append(mistake)
            usual = [several[0] for several in forms.values()]
            digits, done = dict[str, str](), len(rows)
            for shown, text in digits_of_log(reference, usual, programs):
                digits[shown] = text
                watch(done + len(digits))
            places = first_wrong(reference, (one for several in forms.values() for one in several), programs)
            for one in usual:
                if one.name in places:
                    cells = [f"`{one.name}`", one.what, one.mend, str(len(forms[one.name]))]
                    cells += [", ".join(places[one.name]), digits[one.name], f"`{name}`"]
                    rows[one.name] = f"| {' | '.join(cells)} |"
    if not rows:
        raise InputError("none of the mistakes can be made in these experiments")
    with write_atomically(options.output) as stream:
        stream.write(HEAD.format(epoch=f"{LOG_EPOCH:_}".replace("_", " ")))
        stream.writelines(f"{rows[name]}\n" for name in TEXTS if name in rows)


if __name__ == "__main__":
    command.run(main)
