"""Prove what an experiment gives in exact arithmetic: its certificate and its trajectory, beside the portable run.

The experiment is trained in the portable arithmetic; in balls, at ever greater precision, until every digit is proven;
and in one or two other libraries, which have to agree.
"""

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from lastdigit import command, mean_value, observations, project, runs, tape
from lastdigit.arithmetic import Ball, Decimals, Elementwise, Multiprecision, Portable, each
from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, write_atomically, write_json
from lastdigit.network import Network
from lastdigit.observations import FORMULAS, Observation
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.records import (
    Certificate,
    CertifiedQuantity,
    CertifiedValue,
    Confirmation,
    Double,
    StartingWeight,
    WrittenEnclosure,
)
from lastdigit.rounding import leading_place, nearest_double

EXAMPLES = """\
  python scripts/certify.py xor --folder results/xor
  python scripts/certify.py xor --digits 100 --folder results/xor
  python scripts/certify.py xor --most-bits 320 --folder results/xor    gives up early, and says how far it came"""

COLUMNS = ["epoch", "moment", "quantity", "row", "column", "portable", "portable_hex", "certified"]
LEAST_BITS, MOST_BITS = 53, 10**6  # binary64 enters with 53
FIRST_BITS_OF_MEAN_VALUES = 640
# So many operations on a tape are not too many for the decimals: about a second.
MOST_FOR_DECIMALS = 10**6
BITS_OF_A_DIGIT = math.log2(10)


class Attempt(NamedTuple):
    """A way to enclose a training: its method, "balls" or "mean value form", its precision and what it costs at most."""

    method: str
    bits: int
    seconds: float


class Enclosed(NamedTuple):
    """What an attempt proved.

    Attributes:
        attempt: how.
        claimed, trajectory: enclosures, or None where the balls were no longer finite.
        shortfall: the least number of digits proven, and the epoch, if that is less than wanted.
    """

    attempt: Attempt
    claimed: list[Observation]
    trajectory: list[Observation]
    shortfall: tuple[int, int] | None


def estimate(experiment: Experiment, method: str, bits: int) -> Attempt:
    """An attempt and what it would cost if it went on to the last epoch.

    An operation on balls of p bits takes 80 + 0.3 p + 6e-5 p² nanoseconds, exponentials included: within a factor of
    two of what was measured from 160 to 16 384 bits. Matrices are multiplied five times as fast.
    """

    def seconds(operations: float, bits: float) -> float:
        return experiment.epochs * operations * (80 + 0.3 * bits + 6e-5 * bits**2) * 1e-9

    n = sum(rows * columns for rows, columns in experiment.shapes)
    lines = 5 * tape.products(experiment)
    if method == "balls":
        return Attempt(method, bits, seconds(lines, bits))
    derivatives = lines * n / 2 + n**3 / 5
    return Attempt(method, bits, seconds(lines, bits) + seconds(derivatives, mean_value.bits_of_derivatives(bits)))


def following(
    experiment: Experiment,
    last: Attempt | None,
    bits_needed: float,
    first_bits: int,
    most_bits: int,
    most_seconds: float,
) -> Attempt | None:
    """What to try next: twice the bits, and at some point the mean value form instead of plain balls; or nothing more.

    Balls that fail are given up early, so that trying them costs less than they would to the end; and what they lose in
    early epochs says little of the later ones. They are left when twice their bits may cost more than the mean value
    form, and when the bits that they need, if they go on losing them as fast as they did, would too.
    """
    if last is None:
        first = estimate(experiment, "balls", first_bits)
        return first if first.seconds <= most_seconds else None
    again = estimate(experiment, last.method, min(2 * last.bits, most_bits))
    other = estimate(experiment, "mean value form", min(max(first_bits, FIRST_BITS_OF_MEAN_VALUES), most_bits))
    choices = [again] if last.method == "mean value form" else [other, again]
    if last.method == "balls":
        at_this_rate = estimate(experiment, "balls", math.ceil(min(bits_needed, MOST_BITS)))
        if min(again.seconds, at_this_rate.seconds) < other.seconds:
            choices.reverse()
    for choice in choices:
        is_new = choice.bits > last.bits if choice.method == last.method else most_bits >= FIRST_BITS_OF_MEAN_VALUES
        if is_new and choice.seconds <= most_seconds:
            return choice
    return None


def enclose(
    experiment: Experiment,
    claims: Sequence[Numbers],
    digits: int,
    attempt: Attempt,
    to_the_end: bool,
    watch: Callable[[int], object],
) -> tuple[Enclosed | None, float]:
    """What an attempt proves, or None if that falls short and it need not go on to the end; and the bits it would need.

    The latter are those that plain balls need if they go on losing bits as fast as between the last two looks at them.
    """
    claimed: list[Observation] = []
    trajectory: list[Observation] = []
    shortfall: tuple[int, int] | None = None
    looks: list[tuple[int, float]] = [(0, 0)]

    def look(done: int, numbers: Sequence[Any]) -> bool:
        watch(done)
        is_finite = all(ball.is_finite() for ball in numbers)
        if is_finite:
            looks.append((done, max(attempt.bits + _exponent(ball.rad()) for ball in numbers)))
        return is_finite or to_the_end

    with Ball(attempt.bits) as arithmetic:
        network = Network(experiment, arithmetic)
        train = tape.train if attempt.method == "balls" else mean_value.train
        epochs = observations.epochs_to_observe(experiment.epochs, claims)
        seen = 0
        for state in train(network, network.starting_weights(), epochs, look):
            look(state.epoch + 1, tape.flat(state.updated))
            parts = [
                [one._replace(values=each(Enclosure.of, one.values)) for one in part]
                for part in observations.observe(network, state, claims)
            ]
            values = [value for part in parts for one in part for value in one.values.ravel()]
            proven = min(value.digits_proven(digits) if value else 0 for value in values)
            if proven < digits and not to_the_end:
                break
            if proven < digits:
                shortfall = min(shortfall or (proven, state.epoch), (proven, state.epoch))
            claimed += parts[0]
            trajectory += parts[1]
            seen += 1
    (before, lost_before), (done, lost) = looks[-2:] if len(looks) > 1 else looks * 2
    rate = (lost - lost_before) / (done - before) if done > before else math.inf
    needed = lost + rate * (experiment.epochs - done) + digits * BITS_OF_A_DIGIT
    return (Enclosed(attempt, claimed, trajectory, shortfall) if seen == len(epochs) else None), needed


def _exponent(radius: Any) -> float:
    """The exponent of the power of 2 next above a radius."""
    mantissa, exponent = map(int, radius.man_exp())
    return mantissa.bit_length() + exponent if mantissa else -math.inf


def prove(
    name: str,
    experiment: Experiment,
    claims: Sequence[Numbers],
    digits: int,
    first_bits: int,
    most_bits: int,
    most_seconds: float,
) -> Enclosed:
    """Try until each observed value is proven to `digits` digits, or until nothing more is to be tried."""
    attempt, needed = following(experiment, None, 0, first_bits, most_bits, most_seconds), 0.0
    while attempt:
        is_last = following(experiment, attempt, math.inf, first_bits, most_bits, most_seconds) is None
        print(f"{name}: {attempt.method} of {attempt.bits} bits, at most {attempt.seconds:.1g} s", flush=True)
        with command.progress(f"{name}, {attempt.method}, {attempt.bits} bits", experiment.epochs) as watch:
            enclosed, needed = enclose(experiment, claims, digits, attempt, is_last, watch)
        if enclosed:
            return enclosed
        attempt = following(experiment, attempt, needed, first_bits, most_bits, most_seconds)
    raise InputError(f"{name}: no attempt to prove it takes less than {most_seconds} s; give --most-seconds")


def values_of(
    name: str,
    experiment: Experiment,
    claims: Sequence[Numbers],
    arithmetic: Elementwise,
    exact: Callable[[Any], Fraction],
) -> list[Observation]:
    """What another library observes, claims first and then the trajectory: exact rationals, None for what is none."""

    def rational(value: Any) -> Fraction | None:
        try:
            return exact(value)
        except (ValueError, OverflowError):  # NaN or infinite
            return None

    claimed: list[Observation] = []
    trajectory: list[Observation] = []
    title = f"{name}, {arithmetic.name}"
    with arithmetic, command.progress(title, experiment.epochs) as watch:
        network = Network(experiment, arithmetic)
        epochs = observations.epochs_to_observe(experiment.epochs, claims)

        def look(done: int, numbers: object) -> bool:
            watch(done)
            return True

        for state in tape.train(network, network.starting_weights(), epochs, look):
            parts = observations.observe(network, state, claims)
            claimed += (one._replace(values=each(rational, one.values)) for one in parts[0])
            trajectory += (one._replace(values=each(rational, one.values)) for one in parts[1])
    return claimed + trajectory


def agreed_digits(enclosure: Enclosure, value: Fraction | None, most: int) -> int:
    """To how many significant digits, at most `most`, a value agrees with every number of an enclosure.

    It agrees to n digits if it differs by at most half a unit of the n-th.
    """
    if value is None:
        return 0
    distance = max(abs(value - enclosure.low), abs(value - enclosure.high))
    if not distance:
        return most
    return max(0, min(most, leading_place(value) - leading_place(2 * distance))) if value else 0


class Opinion(NamedTuple):
    """What another library says: its digits of agreement with each enclosure, in the order of the observations."""

    confirmation: Confirmation
    agreed: list[list[int]]

    def doubts(self, proven: Sequence[Sequence[int]]) -> list[tuple[int, int, int]]:
        """Observation, element and digits agreed of each number whose proven digits are not confirmed."""
        return [
            (number, index, agreed)
            for number, (mine, wanted) in enumerate(zip(self.agreed, proven, strict=True))
            for index, (agreed, digits) in enumerate(zip(mine, wanted, strict=True))
            if agreed < digits
        ]


def opinions(
    name: str,
    experiment: Experiment,
    claims: Sequence[Numbers],
    enclosed: Enclosed,
    proven: Sequence[Sequence[int]],
    digits: int,
) -> list[Opinion]:
    """The second opinion, in MPFR, and for short experiments a third, in libmpdec.

    They work with a quarter of the precision of the balls at first, whose radius overstates the error; where that does
    not confirm every digit, with twice as much, up to that of the balls.
    """
    observed = enclosed.claimed + enclosed.trajectory

    def ask(
        library: Any, arithmetic: Elementwise, precision: str, most: int, exact: Callable[[Any], Fraction]
    ) -> Opinion:
        seconds = values_of(name, experiment, claims, arithmetic, exact)
        agreed = [
            [
                agreed_digits(enclosure, value, most) if enclosure else 0
                for enclosure, value in zip(first.values.ravel(), second.values.ravel(), strict=True)
            ]
            for first, second in zip(observed, seconds, strict=True)
        ]
        return Opinion(Confirmation(library=library, precision=precision), agreed)

    least = math.ceil(BITS_OF_A_DIGIT * (digits + 8))  # some for the rounding errors
    most = max(enclosed.attempt.bits, 2 * least)
    found = []
    bits = max(least, enclosed.attempt.bits // 4)
    while True:
        length = math.floor(bits / BITS_OF_A_DIGIT)
        mpfr = ask("MPFR", Multiprecision(bits), f"{bits} bits", length, lambda x: Fraction(*x.as_integer_ratio()))
        if bits >= most or not mpfr.doubts(proven):
            break
        bits = min(2 * bits, most)
    found.append(mpfr)
    if 5 * tape.products(experiment) * experiment.epochs <= MOST_FOR_DECIMALS:
        found.append(ask("libmpdec", Decimals(length), f"{length} digits", length, Fraction))
    return found


def describe(enclosure: Enclosure | None, portable: float, digits: int, confirmed: dict[str, int]) -> CertifiedValue:
    """One certified number: what is proven, how other libraries agree, and what the portable run has instead."""
    if enclosure is None:
        return CertifiedValue(
            certified=None,
            digits_proven=0,
            enclosure=None,
            nearest_double=None,
            confirmed_to={},
            portable=Double.of(portable),
        )
    proven = enclosure.digits_proven(digits)
    remark = {}
    ends = (enclosure.low, enclosure.high)
    if math.isfinite(portable) and portable and all(end and abs(Fraction(portable) - end) >= abs(end) for end in ends):
        units = Fraction(portable) * 2**52
        remark = {"remark": f"no digit of the portable value is right: it is rounding residue, {units} units of 2^-52"}
    try:
        nearest = enclosure.agree(nearest_double)
    except OverflowError:
        nearest = None
    return CertifiedValue(
        certified=enclosure.certified(proven),
        digits_proven=proven,
        enclosure=WrittenEnclosure.of(enclosure, digits + 10),
        nearest_double=None if nearest is None else Double.of(nearest),
        confirmed_to=confirmed,
        portable=Double.of(portable),
        **remark,
    )


def portable_observations(run: runs.Run, claims: Sequence[Numbers]) -> list[Observation]:
    """What the portable run observes, claims first and then the trajectory."""
    claimed: list[Observation] = []
    trajectory: list[Observation] = []
    with Portable() as arithmetic:
        network = Network(run.experiment, arithmetic)
        for epoch in observations.epochs_to_observe(run.experiment.epochs, claims):
            parts = observations.observe(network, run.state(network, epoch), claims)
            claimed += parts[0]
            trajectory += parts[1]
    return claimed + trajectory


def certify(
    name: str,
    run: runs.Run,
    claims: Sequence[tuple[str, Numbers]],
    digits: int,
    first_bits: int,
    most_bits: int,
    most_seconds: float,
) -> tuple[Certificate, list[list[Any]]]:
    """The certificate of an experiment and the rows of its trajectory, from its portable run."""
    experiment, numbers = run.experiment, [claim for _, claim in claims]
    enclosed = prove(name, experiment, numbers, digits, first_bits, most_bits, most_seconds)
    observed = enclosed.claimed + enclosed.trajectory
    proven = [[value.digits_proven(digits) if value else 0 for value in one.values.ravel()] for one in observed]
    asked = opinions(name, experiment, numbers, enclosed, proven, digits)
    doubts = {
        (number, index): (one.confirmation, agreed) for one in asked for number, index, agreed in one.doubts(proven)
    }
    portable = portable_observations(run, numbers)
    quantities, rows = [], []
    for number, (one, mine) in enumerate(zip(observed, portable, strict=True)):
        assert (one.quantity, one.epoch, one.moment, one.inputs) == (
            mine.quantity,
            mine.epoch,
            mine.moment,
            mine.inputs,
        )
        if number >= len(enclosed.claimed):
            rows += rows_of(mine, one, number, proven, doubts)
            continue
        values = [
            describe(
                enclosure, value, digits, {each.confirmation.library: each.agreed[number][index] for each in asked}
            )
            for index, (enclosure, value) in enumerate(
                zip(one.values.ravel(), mine.values.ravel().tolist(), strict=True)
            )
        ]
        quantities.append(
            CertifiedQuantity(
                quantity=one.quantity,
                epoch=one.epoch,
                moment=one.moment,
                inputs=one.inputs,
                formula=FORMULAS[one.quantity],
                claims=tuple(
                    full for full, claim in claims if claim.is_about(one.quantity, one.epoch, one.moment, one.inputs)
                ),
                values=tuple(values),
            )
        )
    certificate = Certificate(
        name=name,
        experiment=experiment,
        starting_weights=tuple(
            StartingWeight(layer=k, row=row, column=column, hex=float(weight).hex(), decimal=f"{weight:.17g}")
            for k, matrix in enumerate(experiment.starting_weights(), 1)
            for (row, column), weight in numpy.ndenumerate(matrix)
        ),
        digits_wanted=digits,
        method=enclosed.attempt.method,
        precision_bits=enclosed.attempt.bits,
        shortfall=enclosed.shortfall and "not certified beyond {} digits at epoch {}".format(*enclosed.shortfall),
        confirmed_by=tuple(one.confirmation for one in asked),
        disagreements=tuple(
            f"{observed[number].quantity}[{index}] {observed[number].moment} the update of epoch {observed[number].epoch}:"
            f" {confirmation.library} with {confirmation.precision} agrees to {agreed} digits of {proven[number][index]}"
            for (number, index), (confirmation, agreed) in doubts.items()
        ),
        quantities=tuple(quantities),
    )
    return certificate, rows


def rows_of(
    portable: Observation,
    enclosed: Observation,
    number: int,
    proven: Sequence[Sequence[int]],
    doubts: dict[tuple[int, int], Any],
) -> Iterator[list[Any]]:
    """The rows of one quantity in a trajectory: each number in the portable arithmetic, beside the certified one."""
    for index, ((row, column), value) in enumerate(numpy.ndenumerate(portable.values)):
        enclosure, digits = enclosed.values[row, column], proven[number][index]
        certified = "" if (number, index) in doubts or not digits else enclosure.certified(digits)
        place = [portable.epoch, portable.moment, portable.quantity, row, column]
        yield [*place, repr(float(value)), float(value).hex(), certified]


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments", "witnesses", "published")
    parser.add_argument(
        "--digits", type=command.positive, default=30, help="significant digits to prove (default: %(default)s)"
    )
    parser.add_argument(
        "--first-bits", type=command.positive, default=160, help="precision to begin with (default: %(default)s)"
    )
    parser.add_argument(
        "--most-bits", type=command.positive, default=8192, help="the greatest precision to try (default: %(default)s)"
    )
    parser.add_argument(
        "--most-seconds",
        type=command.positive,
        default=600,
        help="try nothing that is estimated to take longer (default: %(default)s)",
    )
    parser.add_argument("--folder", type=Path, required=True, help="for certificate.json and trajectory.csv")
    parser.add_argument("--run", type=Path, metavar="FILE", help="keep the portable run, too (.npz)")
    options = parser.parse_args()
    if not LEAST_BITS <= options.first_bits <= options.most_bits <= MOST_BITS:
        raise InputError(f"expected {LEAST_BITS} <= --first-bits <= --most-bits <= {MOST_BITS}")
    if options.digits > 4000:  # longer integers are not turned into text by Python
        raise InputError(f"--digits: expected at most 4000, got {options.digits}")
    files = Project.of(options)
    name, experiment = options.experiment, files.experiment(options.experiment)
    with command.progress(f"{name}, portable", experiment.epochs) as watch:
        run = runs.train(experiment, Portable(), watch)
    certificate, rows = certify(
        name,
        run,
        observations.claims_about(name, files.sources),
        options.digits,
        options.first_bits,
        options.most_bits,
        options.most_seconds,
    )
    for problem in (certificate.shortfall, *certificate.disagreements):
        if problem:
            print(f"{name}: {problem}")
    if options.run:
        runs.save(run, options.run)
    write_json(options.folder / "certificate.json", certificate.model_dump(mode="json"))
    with write_atomically(options.folder / "trajectory.csv") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


if __name__ == "__main__":
    command.run(main)
