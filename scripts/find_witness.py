"""Find what prints exactly what was published: a start for an unseeded experiment, or orders of summation."""

import itertools
import json
import math
import multiprocessing
import sys
from functools import partial
from pathlib import Path

import numpy
from ruamel.yaml import YAML

from lastdigit import command, ensembles, project, runs
from lastdigit.arithmetic import Array, Portable, sum_by_halves
from lastdigit.batch import Program
from lastdigit.experiments import Experiment, by_chance
from lastdigit.files import InputError, write_json
from lastdigit.network import Network, State
from lastdigit.orders import Listening, Ordered, Sum, distinct
from lastdigit.printed import print_numbers
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.tape import flat, run, shaped

EXAMPLES = """\
  python scripts/find_witness.py xor-linear --by seed
  python scripts/find_witness.py xor-sigmoid --by weights
  python scripts/find_witness.py three-layer --by order
An interrupted search goes on where it stopped: it keeps its place in results/witness-search/."""

CHUNK = 512
EPOCHS_SHOWN = 1000  # between two movements of the progress bar
MOST_STARTS = 20  # of an ensemble, tried in turn until one leads to the published numbers
MOST_STEPS = 20
STEP = 2.0**-10  # of the central differences; an inexact Jacobian costs steps, and the print is checked in the end
MOST_DECIMALS = 6


class Place:
    """Where a search stands, on disk, so that it can be resumed."""

    def __init__(self, path: Path, search: str) -> None:
        self.path, self.search = path, search
        self.state: dict[str, object] = {}
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept.pop("search", None) == search:
                self.state = kept

    def keep(self, **state: object) -> None:
        self.state.update(state)
        write_json(self.path, {"search": self.search, **self.state})


def last_output(experiment: Experiment, starts: Array, progress: str) -> Array:
    """The output of the last forward pass in the batch arithmetic, outputs by starts, from weights by starts."""
    last = experiment.epochs - 1
    epochs = range(min(last, EPOCHS_SHOWN), last, EPOCHS_SHOWN)
    with command.progress(progress, last + 1) as watch:
        for epoch, outputs in Program(experiment, ensembles.output).run(starts, [*epochs, last]):
            watch(epoch + 1)
            found = outputs
    return found


def prints(experiment: Experiment, claim: Numbers) -> list[str]:
    """What the portable run of an experiment prints for the claim about its last output."""
    with command.progress("portable", experiment.epochs) as watch:
        run = runs.train(experiment, Portable(), watch)
    return print_numbers(claim.notation, run.outputs[-1].ravel())


def could_print(claim: Numbers, output: Array) -> bool:
    """Whether a batch output equals the published one to the 8 decimals of a printed array.

    The portable run differs from it only in the last bit of exp, so where this fails it is hardly worth
    the wait. Signs are left out, as a number that rounds to 0 may have either.
    """
    return all(f"{abs(x):.8f}" == f"{abs(float(text)):.8f}" for x, text in zip(output, claim.printed, strict=True))


def by_seed(experiment: Experiment, claim: Numbers, place: Place) -> dict[str, object]:
    """The first legacy seed that passes the screening in batch and prints in portable what was published."""
    first = int(str(place.state.get("next_seed", 0)))
    while True:
        seeds = range(first - first % CHUNK, first - first % CHUNK + CHUNK)
        starts = ensembles.draw(experiment, seeds)
        outputs = last_output(experiment, starts, f"{experiment.name}, seeds {seeds.start} to {seeds.stop - 1}")
        promising = [seed for seed in seeds if seed >= first and could_print(claim, outputs[:, seed - seeds.start])]
        for seed in promising:
            if prints(experiment.starting_from(seed=seed), claim) == list(claim.printed):
                return {"seed": seed}
            place.keep(next_seed=seed + 1)
        first = seeds.stop
        place.keep(next_seed=first)


def by_weights(experiment: Experiment, claim: Numbers, place: Place) -> dict[str, object]:
    """Starting weights of few decimals that print what was published: Gauss-Newton steps on the nearest seeds."""
    target = numpy.array([float(text) for text in claim.printed])
    if "starts" not in place.state:
        starts = ensembles.draw(experiment, range(CHUNK))
        outputs = last_output(experiment, starts, f"{experiment.name}, seeds 0 to {CHUNK - 1}")
        distances = numpy.abs(outputs - target[:, numpy.newaxis]).max(axis=0)
        place.keep(starts=numpy.argsort(distances, kind="stable")[:MOST_STARTS].tolist())
    for seed in place.state["starts"]:  # type: ignore[attr-defined]
        kept = place.state.get(f"weights from seed {seed}")
        weights = numpy.array(kept if kept else flat(experiment.draw(seed)))
        for step in range(MOST_STEPS):
            around = STEP * numpy.vstack([numpy.zeros(len(weights)), numpy.eye(len(weights)), -numpy.eye(len(weights))])
            starts = (weights + around).T.copy()
            outputs = last_output(experiment, starts, f"{experiment.name}, seed {seed}, step {step + 1}")
            if print_numbers(claim.notation, outputs[:, 0]) == list(claim.printed):
                for decimals in range(1, MOST_DECIMALS + 1):
                    rounded = [matrix.tolist() for matrix in shaped(weights.round(decimals), experiment.shapes)]
                    if prints(experiment.starting_from(seed=None, weights=rounded), claim) == list(claim.printed):
                        return {"weights": rounded}
                break
            upper, lower = numpy.split(outputs[:, 1:], 2, axis=1)
            jacobian = (upper - lower) / (2 * STEP)
            # Fewer equations than weights: the least change that solves them.
            weights = weights + numpy.linalg.pinv(jacobian) @ (target - outputs[:, 0])
            if not ((experiment.start.low <= weights) & (weights < experiment.start.high)).all():
                break  # no draw could have given these
            place.keep(**{f"weights from seed {seed}": weights.tolist()})
    raise InputError(f"{experiment.name}: none of the {MOST_STARTS} nearest starts leads to the published numbers")


# What varies besides the orders of an epoch's sums.
EXPONENTIALS = {"correctly rounded": Portable.exp_of, "of the C library": math.exp}
MEANS = {"by halves": sum_by_halves, "in order": sum}


def sums_of(experiment: Experiment) -> dict[Sum, bool]:
    """The sums of an epoch that have more than one term, and whether all products of each are exact."""
    with Listening() as listening:
        Network(experiment, listening).step(experiment.starting_weights())
    return listening.sums


def lines_printed(experiment: Experiment, claim: Numbers, exp: str, orders: tuple[str, ...]) -> list[list[bool]]:
    """For each order of the mean: which of the published errors a training prints with these orders of its sums."""

    def means(network: Network, state: State) -> list[Array]:
        errors = list(abs(state.error).ravel())
        return [numpy.array([add(errors) / len(errors)]) for add in MEANS.values()]

    sums = dict(zip(sums_of(experiment), orders, strict=True))
    printed, done = [], 0
    with Ordered(sums, EXPONENTIALS[exp]) as arithmetic:
        network = Network(experiment, arithmetic)
        epochs = run(network, network.starting_weights(), means)
        for epoch in claim.at:
            values = next(itertools.islice(epochs, epoch - done, None))[-len(MEANS) :]
            printed.append(print_numbers(claim.notation, values))
            done = epoch + 1
    return [
        [text == line for text, line in zip(texts, claim.printed, strict=True)] for texts in zip(*printed, strict=True)
    ]


def by_order(experiment: Experiment, claim: Numbers, place: Place) -> dict[str, object]:
    """Every order of every sum of an epoch, and how many of them print what was published."""
    orders = list(itertools.product(*(distinct(a_sum.terms, exact) for a_sum, exact in sums_of(experiment).items())))
    tallies, witnesses = [], []
    for exp in EXPONENTIALS:
        found = list(place.state.get(exp, []))  # type: ignore[call-overload]
        train = partial(lines_printed, experiment, claim, exp)
        with multiprocessing.Pool() as pool, command.progress(f"exp {exp}", len(orders), " orders") as watch:
            watch(len(found))
            for matches in pool.imap(train, orders[len(found) :]):
                found.append(matches)
                watch(len(found))
                place.keep(**{exp: found})
        for number, mean in enumerate(MEANS):
            matches = numpy.array([one[number] for one in found])
            lines, whole = matches.sum(axis=0).tolist(), matches.all(axis=1)
            chance = by_chance(len(orders), lines)
            tallies.append({"exp": exp, "mean": mean, "lines": lines, "all": int(whole.sum()), "by_chance": chance})
            if (exp, mean) == ("correctly rounded", "by halves"):  # those of the portable arithmetic
                witnesses = [list(one) for one, is_whole in zip(orders, whole, strict=True) if is_whole]
    return {"sums": witnesses, "tried": len(orders), "tallies": tallies}


SEARCHES = {"seed": by_seed, "weights": by_weights, "order": by_order}


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments", "published", "searches")
    parser.add_argument("--by", choices=SEARCHES, required=True, help="what to search for")
    options = parser.parse_args()
    files = Project.of(options)
    experiment = files.experiment(options.experiment, as_published=True)
    quantity = "error" if options.by == "order" else "output"
    claims = [claim for claim in files.claims_about(experiment) if claim.quantity == quantity]
    if experiment.start.is_given != (options.by == "order") or len(claims) != 1:
        start = "a seeded" if options.by == "order" else "an unseeded"
        raise InputError(f"{experiment.name}: --by {options.by} expects {start} experiment with one printed {quantity}")
    if quantity == "output" and claims[0].at != (experiment.epochs - 1,):
        raise InputError(f"{experiment.name}: expected a claim about the output of the last epoch")
    search = f"python scripts/find_witness.py {options.experiment} --by {options.by}"
    place = Place(files.places["searches"] / f"{options.experiment}.{options.by}.json", search)
    witness = SEARCHES[options.by](experiment, claims[0], place)
    writer = YAML()
    writer.default_flow_style = None  # what holds no other lists on one line
    writer.width = 120
    print("# for data/witnesses.yaml")
    writer.dump({experiment.name: {**witness, "search": search}}, sys.stdout)


if __name__ == "__main__":
    command.run(main)
