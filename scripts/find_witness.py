"""Search for what prints exactly what was published: starting weights of an unseeded run, or orders of summation."""

import itertools
import operator
import sys
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, get_args

import numpy
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat
from ruamel.yaml import YAML

from lastdigit import command, ensembles, project, runs
from lastdigit.arithmetic import Array, Batch, Portable, pairwise_sum
from lastdigit.batch import Program
from lastdigit.experiments import Experiment, Tally, by_chance
from lastdigit.exponential import exp_between, scale
from lastdigit.files import InputError, keep_open, parse, read_json, write_json
from lastdigit.network import Network
from lastdigit.orders import Listening, Sum, distinct, dot_in
from lastdigit.printed import print_numbers
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.symbols import Tape
from lastdigit.tape import Symbols, flat, shaped

EXAMPLES = """\
  python scripts/find_witness.py xor-linear --by seed
  python scripts/find_witness.py xor-sigmoid --by weights
  python scripts/find_witness.py three-layer --by order
An interrupted search resumes where it stopped; it keeps its place in results/witness-search/."""

CHUNK = 512
EPOCHS_SHOWN = 1000  # between two updates of the progress bar
MOST_STARTS = 20  # the nearest of an ensemble, tried in turn until one leads to the published numbers
MOST_STEPS = 20
STEP = 2.0**-10  # of the central differences; an inexact Jacobian only costs steps, for the print is checked in the end
MOST_DECIMALS = 6


Seed = Annotated[int, Field(ge=0, lt=2**32)]


class State(BaseModel):
    """What a search keeps, and under further names the weights that it has come to."""

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, tuple[FiniteFloat, ...]]

    next_seed: Seed = 0
    starts: tuple[Seed, ...] = ()


class Place:
    """The state of a search on disk, from which it resumes.

    Raises:
        InputError: naming the file, if it is none.
    """

    def __init__(self, path: Path, search: str) -> None:
        self.path, self.search = path, search
        self.state: dict[str, Any] = {}
        if path.exists():
            kept = parse(dict[str, Any], read_json(path), str(path))
            keep_open(path)
            if kept.pop("search", None) == search:
                self.state = parse(State, kept, str(path)).model_dump(exclude_unset=True)

    def keep(self, **state: object) -> None:
        self.state.update(state)
        write_json(self.path, {"search": self.search, **self.state})
        keep_open(self.path)


def last_output(program: Program, last: int, starts: Array, progress: str) -> Array:
    """The output of the last forward pass, outputs by starts, from weights by starts."""
    epochs = range(min(last, EPOCHS_SHOWN), last, EPOCHS_SHOWN)
    with command.progress(progress, last + 1) as watch:
        for epoch, outputs in program.run(starts, [*epochs, last]):
            watch(epoch + 1)
            found = outputs
    return found


def prints(experiment: Experiment, claim: Numbers) -> list[str]:
    """What the portable run of an experiment prints of its last output, in the notation of the claim."""
    with command.progress("portable", experiment.epochs) as watch:
        run = runs.train(experiment, Portable(), watch)
    return print_numbers(claim.notation, run.outputs[-1].ravel())


def could_print(claim: Numbers, output: Array) -> bool:
    """Whether a batch output equals the published one to the 8 decimals of a printed array.

    The portable arithmetic differs only in the last bit of exp, so where this fails its run is hardly worth the time.
    Signs are ignored, as a number that rounds to 0 may have either.
    """
    return all(f"{abs(x):.8f}" == f"{abs(float(text)):.8f}" for x, text in zip(output, claim.printed, strict=True))


def by_seed(experiment: Experiment, claim: Numbers, place: Place) -> dict[str, object]:
    """The first legacy seed that passes the screening and whose portable run prints what was published."""
    first = place.state.get("next_seed", 0)
    program, last = Program.training(experiment, ensembles.output), experiment.epochs - 1
    while first < 2**32:
        seeds = range(first - first % CHUNK, first - first % CHUNK + CHUNK)
        starts = ensembles.draw(experiment, seeds)
        outputs = last_output(program, last, starts, f"{experiment.name}, seeds {seeds.start} to {seeds.stop - 1}")
        promising = [seed for seed in seeds if seed >= first and could_print(claim, outputs[:, seed - seeds.start])]
        for seed in promising:
            if prints(experiment.starting_from(seed=seed), claim) == list(claim.printed):
                return {"seed": seed}
            place.keep(next_seed=seed + 1)
        first = seeds.stop
        place.keep(next_seed=min(first, 2**32 - 1))
    raise InputError(f"{experiment.name}: no legacy seed leads to the published numbers")


def by_weights(experiment: Experiment, claim: Numbers, place: Place) -> dict[str, object]:
    """Starting weights of few decimals that print what was published: Gauss-Newton from the nearest of many seeds."""
    target = numpy.array([float(text) for text in claim.printed])
    program, last = Program.training(experiment, ensembles.output), experiment.epochs - 1
    if "starts" not in place.state:
        starts = ensembles.draw(experiment, range(CHUNK))
        outputs = last_output(program, last, starts, f"{experiment.name}, seeds 0 to {CHUNK - 1}")
        distances = numpy.abs(outputs - target[:, numpy.newaxis]).max(axis=0)
        place.keep(starts=numpy.argsort(distances, kind="stable")[:MOST_STARTS].tolist())
    for seed in place.state["starts"]:
        kept = place.state.get(f"weights from seed {seed}")
        drawn = flat(experiment.draw(seed))
        if kept and len(kept) != len(drawn):
            raise InputError(f"{place.path}: weights from seed {seed}: expected {len(drawn)} of them; delete the file")
        weights = numpy.array(kept or drawn)
        for step in range(MOST_STEPS):
            around = STEP * numpy.vstack([numpy.zeros(len(weights)), numpy.eye(len(weights)), -numpy.eye(len(weights))])
            starts = (weights + around).T.copy()
            outputs = last_output(program, last, starts, f"{experiment.name}, seed {seed}, step {step + 1}")
            if print_numbers(claim.notation, outputs[:, 0]) == list(claim.printed):
                for decimals in range(1, MOST_DECIMALS + 1):
                    rounded = [matrix.tolist() for matrix in shaped(weights.round(decimals), experiment.shapes)]
                    if prints(experiment.starting_from(seed=None, weights=rounded), claim) == list(claim.printed):
                        return {"weights": rounded}
                break
            upper, lower = numpy.split(outputs[:, 1:], 2, axis=1)
            jacobian = (upper - lower) / (2 * STEP)
            # There are fewer equations than weights: the minimum-norm solution.
            weights = weights + numpy.linalg.pinv(jacobian) @ (target - outputs[:, 0])
            if not ((experiment.start.low <= weights) & (weights < experiment.start.high)).all():
                break  # these cannot have been drawn
            place.keep(**{f"weights from seed {seed}": weights.tolist()})
    raise InputError(f"{experiment.name}: none of the {MOST_STARTS} nearest seeds leads to the published numbers")


MEANS: dict[str, Callable[[list[Any]], Any]] = {"by halves": pairwise_sum, "in order": sum}


class Choosing(Portable):
    """`Portable` with the order of each sum chosen by numbers.

    A sum is computed in all its orders, each result multiplied by its choice, 0 or 1, and the products are added; all
    but one are 0, so this rounds nothing. One tape then serves all orders, which are tried at once, as an ensemble.

    Args:
        choices: for each sum, a number for each of its orders.
        exp: "correctly rounded", or "within one unit" as in the batch arithmetic.

    Attributes:
        doubt: the sum of the differences between the bounds of all exponentials so far. If it is 0, each was correctly
            rounded.
    """

    spells_exp = True

    def __init__(self, choices: dict[Sum, dict[str, Any]], exp: str) -> None:
        self.choices = choices
        self.exp_of: Any = self._rounded if exp == "correctly rounded" else Batch.exp_of
        self.doubt: Any = 0.0

    def _rounded(self, x: Any) -> Any:
        low, high, power = exp_between(x)
        self.doubt = self.doubt + (high - low)
        return scale(low, power)

    def dot(self, a: Array, b: Array) -> Array:
        if a.shape[1] == 1:
            return a * b
        choices = self.choices[Sum.of(a, b)]
        return reduce(operator.add, (dot_in(order, a, b) * choice for order, choice in choices.items()))


def sums_of(experiment: Experiment) -> dict[Sum, list[str]]:
    """The sums of an epoch that have more than one term, and for each the orders that can give different results."""
    with Listening() as listening:
        Network(experiment, listening).step(experiment.starting_weights())
    return {one: distinct(one.terms, exact) for one, exact in listening.sums.items()}


def choosing_tape(experiment: Experiment, sums: dict[Sum, list[str]], exp: str) -> Tape:
    """The tape of an epoch: from weights, choices and doubt to the same after it, then doubt and errors as in MEANS."""
    arithmetic = Choosing({}, exp)
    symbols = Symbols(arithmetic)
    weights, new = symbols.weights(experiment), symbols.recorder.input
    arithmetic.choices = {one: {order: new() for order in orders} for one, orders in sums.items()}
    choices = [choice for one in arithmetic.choices.values() for choice in one.values()]
    arithmetic.doubt = new()
    state = Network(experiment, symbols).step(weights)
    errors = list(abs(state.error).ravel())
    means = [add(errors) / len(errors) for add in MEANS.values()]
    return symbols.recorder.tape([*flat(state.updated), *choices, arithmetic.doubt, arithmetic.doubt, *means])


def by_order(experiment: Experiment, claim: Numbers, place: Place) -> dict[str, object]:
    """All combinations of orders of the sums of an epoch, and how many of them print what was published."""
    sums = sums_of(experiment)
    tried = list(itertools.product(*sums.values()))
    chosen = [
        [order == one for name, one in zip(sums, orders, strict=True) for order in sums[name]] for orders in tried
    ]
    weights = numpy.repeat([flat(experiment.starting_weights())], len(tried), axis=0)
    starts = numpy.hstack([weights, numpy.array(chosen, float), numpy.zeros((len(tried), 1))]).T
    tallies, witnesses = [], []
    for exp in get_args(Tally.model_fields["exp"].annotation):
        epochs = sorted({*claim.at, *range(0, claim.at[-1], EPOCHS_SHOWN)})
        printed = []
        with command.progress(f"{len(tried)} orders, exp {exp}", epochs[-1] + 1) as watch:
            for epoch, (doubt, *means) in Program(choosing_tape(experiment, sums, exp)).run(starts, epochs):
                watch(epoch + 1)
                if doubt.any():
                    raise InputError(
                        f"{experiment.name}: an exponential of epoch {epoch} needs more digits for correct rounding"
                    )
                if epoch in claim.at:
                    printed.append([print_numbers(claim.notation, mean) for mean in means])
        for number, mean in enumerate(MEANS):
            matches = numpy.array(
                [numpy.array(texts[number]) == line for texts, line in zip(printed, claim.printed, strict=True)]
            )
            lines: list[int] = matches.sum(axis=1).tolist()
            whole: list[bool] = numpy.logical_and.reduce(matches).tolist()
            chance = by_chance(len(tried), lines)
            tallies.append({"exp": exp, "mean": mean, "lines": lines, "all": sum(whole), "by_chance": chance})
            if (exp, mean) == ("correctly rounded", "by halves"):  # those of the portable arithmetic
                witnesses = [list(orders) for orders, is_whole in zip(tried, whole, strict=True) if is_whole]
    return {"sums": witnesses, "tried": len(tried), "tallies": tallies}


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
