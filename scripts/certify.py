"""Prove what an experiment gives in exact arithmetic, and write its certificate and its trajectory.

The experiment is trained in the portable arithmetic; in balls, at higher and higher precision, until every digit is
proven; and with one or two other libraries, which have to agree.
"""

import csv
import math
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy

from lastdigit import command, mean_value, project, runs, stochastic, tape
from lastdigit.arithmetic import Array, Ball, Decimals, Elementwise, Multiprecision, Native, Portable
from lastdigit.comparison import Reference
from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, write_atomically, write_json
from lastdigit.network import Network
from lastdigit.observations import FORMULAS, Observation, Observed, epochs_to_observe, observe
from lastdigit.project import Project
from lastdigit.published import Numbers, Quantity
from lastdigit.records import (
    Certificate,
    CertifiedQuantity,
    CertifiedValue,
    Confirmation,
    Double,
    Library,
    Method,
    StartingWeight,
    WrittenEnclosure,
)
from lastdigit.rounding import leading_place, nearest_double

EXAMPLES = """\
  python scripts/certify.py xor --folder results/xor
  python scripts/certify.py xor --digits 100 --folder results/xor
  python scripts/certify.py xor --most-bits 320 --folder results/xor    gives up early, and says how far it got"""

COLUMNS = ["epoch", "moment", "quantity", "row", "column", "portable", "portable_hex", "certified", "spread"]
LEAST_BITS, MOST_BITS = 53, 10**6  # binary64 enters with 53
FIRST_BITS_OF_MEAN_VALUES = 640
# A training of at most so many operations is repeated in decimals, which takes about a second.
MOST_FOR_DECIMALS = 10**6
BITS_OF_A_DIGIT = math.log2(10)

Rounded = list[tuple[int, Observed]]  # what is observed of the runs with random rounding, epoch by epoch


class Limits(NamedTuple):
    """What is wanted, and how far to go for it.

    Attributes:
        digits: significant decimal digits to prove.
        first_bits, most_bits: the lowest and the highest precision to try, in bits.
        most_seconds: an attempt is made only if it is estimated to take no longer.
    """

    digits: int
    first_bits: int
    most_bits: int
    most_seconds: float


class Attempt(NamedTuple):
    """A way to enclose a training: "balls" or "mean value form", the precision, and the time it takes at most."""

    method: Method
    bits: int
    seconds: float


def estimate(experiment: Experiment, method: Method, bits: int) -> Attempt:
    """An attempt and the time it would take if it went on to the last epoch.

    An operation on balls of p bits takes 80 + 0.3 p + 6e-5 p² nanoseconds, exponentials included: within a factor of
    two of what was measured from 160 to 16 384 bits. Matrices are multiplied five times as fast. Of a wide network most
    of the time goes elsewhere: 0.3 ms for each number observed, in which 30 digits of it are read off, compared with
    other libraries and written; and 8 µs for each derivative, to record and compile it once. The trainings with other
    libraries are not counted.
    """

    def seconds(operations: float, bits: float) -> float:
        return experiment.epochs * operations * (80 + 0.3 * bits + 6e-5 * bits**2) * 1e-9

    n = sum(rows * columns for rows, columns in experiment.shapes)
    units = len(experiment.inputs) * sum(experiment.layers[1:])
    lines, observed = tape.lines(experiment), 2 * (n + units) * len(epochs_to_observe(experiment.epochs, ()))
    balls = seconds(lines, bits) + 0.3e-3 * observed
    if method == "balls":
        return Attempt(method, bits, balls)
    derivatives = lines * n / 2
    multiplied = seconds(derivatives + n**3 / 5, mean_value.bits_of_derivatives(bits))
    return Attempt(method, bits, balls + multiplied + 8e-6 * derivatives)


def following(experiment: Experiment, last: Attempt | None, bits_needed: float, limits: Limits) -> Attempt | None:
    """What to try next: twice the bits, and at some point the mean value form instead of plain balls; or nothing more.

    Balls that fail are given up early, so trying them takes less time than the estimate; and what they lose in early
    epochs says little about later ones. Balls are abandoned when twice their bits may take longer than the mean value
    form, and so would the bits that they need if they go on losing them at the same rate.
    """
    if last is None:
        first = estimate(experiment, "balls", limits.first_bits)
        return first if first.seconds <= limits.most_seconds else None
    choices = [estimate(experiment, last.method, min(2 * last.bits, limits.most_bits))]
    if last.method == "balls":
        bits = min(max(limits.first_bits, FIRST_BITS_OF_MEAN_VALUES), limits.most_bits)
        other = estimate(experiment, "mean value form", bits)
        at_this_rate = estimate(experiment, "balls", math.ceil(min(bits_needed, MOST_BITS)))
        choices.insert(int(min(choices[0].seconds, at_this_rate.seconds) < other.seconds), other)
    for choice in choices:
        is_new = choice.bits > last.bits if choice.method == last.method else choice.bits >= FIRST_BITS_OF_MEAN_VALUES
        if is_new and choice.seconds <= limits.most_seconds:
            return choice
    return None


class Enclosed(NamedTuple):
    """What an attempt proved: enclosures, or None where the balls were no longer finite.

    Attributes:
        attempt: how.
        observed: the enclosures.
        proven: of each observation, in the order of `observed.all`, how many digits of each number are proven.
        shortfall: the least number of digits proven, and the epoch, if that is less than wanted.
    """

    attempt: Attempt
    observed: Observed
    proven: list[list[int]]
    shortfall: tuple[int, int] | None


def enclose(
    experiment: Experiment, claims: Sequence[Numbers], attempt: Attempt, digits: int, to_the_end: bool
) -> tuple[Enclosed | None, float]:
    """What an attempt proves, or None if it falls short and need not go on to the end; and the bits it would need.

    The latter are what plain balls need if they go on losing bits as fast as between the last two looks at them.
    """
    observed, shortfall = Observed([], []), None
    proven: tuple[list[list[int]], list[list[int]]] = ([], [])
    looks: list[tuple[int, float]] = [(0, 0), (0, 0)]

    def look(done: int, numbers: Sequence[Any]) -> bool:
        watch(done)
        if not all(ball.is_finite() for ball in numbers):
            return to_the_end
        looks.append((done, max(attempt.bits + _exponent(ball.rad()) for ball in numbers)))
        return True

    title = f"{experiment.name}, {attempt.method}, {attempt.bits} bits"
    with Ball(attempt.bits) as arithmetic, command.progress(title, experiment.epochs) as watch:
        network = Network(experiment, arithmetic)
        train = tape.train if attempt.method == "balls" else mean_value.train
        epochs, done = epochs_to_observe(experiment.epochs, claims), 0
        for state in train(network, network.starting_weights(), epochs, look):
            look(state.epoch + 1, tape.flat(state.updated))
            part = observe(network, [state], claims).each(Enclosure.of)
            part_proven = [[digits_of(one, digits) for one in kind] for kind in part]
            least = min(min(numbers) for kind in part_proven for numbers in kind)
            if least < digits:
                if not to_the_end:
                    break
                shortfall = min(shortfall or (least, state.epoch), (least, state.epoch))
            for whole, more in zip(observed, part, strict=True):
                whole.extend(more)
            for known, also in zip(proven, part_proven, strict=True):
                known.extend(also)
            done += 1
    (before, lost_before), (after, lost) = looks[-2:]
    rate = (lost - lost_before) / (after - before) if after > before else math.inf
    needed = lost + rate * (experiment.epochs - after) + digits * BITS_OF_A_DIGIT
    return (Enclosed(attempt, observed, proven[0] + proven[1], shortfall) if done == len(epochs) else None), needed


def _exponent(radius: Any) -> float:
    """The exponent of the least power of 2 greater than a radius."""
    mantissa, exponent = map(int, radius.man_exp())
    return mantissa.bit_length() + exponent if mantissa else -math.inf


def digits_of(observation: Observation, digits: int) -> list[int]:
    """How many digits of each number are proven, at most `digits`."""
    return [value.digits_proven(digits) if value else 0 for value in observation.values.flat]


def prove(experiment: Experiment, claims: Sequence[Numbers], limits: Limits) -> Enclosed:
    """Try until each observed value is proven, or nothing is left to try.

    Raises:
        InputError: if even the first attempt is estimated to take too long.
    """
    attempt = following(experiment, None, 0, limits)
    while attempt:
        is_last = following(experiment, attempt, math.inf, limits) is None
        print(
            f"{experiment.name}: {attempt.method} of {attempt.bits} bits, at most {attempt.seconds:.1g} s", flush=True
        )
        enclosed, needed = enclose(experiment, claims, attempt, limits.digits, is_last)
        if enclosed:
            return enclosed
        attempt = following(experiment, attempt, needed, limits)
    raise InputError(f"{experiment.name}: its proof takes more than --most-seconds {limits.most_seconds}; give more")


class Opinion(NamedTuple):
    """To how many digits another library agrees with each number, in the order of `Observed.all`."""

    by: Confirmation
    agreed: list[list[int]]


def agreed_digits(enclosure: Enclosure | None, value: Fraction | None, most: int) -> int:
    """The number of significant digits, at most `most`, to which a value agrees with every number in an enclosure.

    It agrees to n digits if it differs by less than half a unit in the n-th.
    """
    if enclosure is None or value is None:
        return 0
    distance = max(abs(value - enclosure.low), abs(value - enclosure.high))
    if not distance:
        return most
    return max(0, min(most, leading_place(value) - leading_place(2 * distance))) if value else 0


def ask(
    enclosed: Enclosed, experiment: Experiment, claims: Sequence[Numbers], library: Library, digits: int
) -> Opinion:
    """What another library, MPFR or libmpdec, finds with a precision of so many digits.

    Raises:
        KeyError: if there is no such library.
    """
    bits = math.ceil(digits * BITS_OF_A_DIGIT)
    precision = {"MPFR": f"{bits} bits", "libmpdec": f"{digits} digits"}[library]
    arithmetic: Elementwise = Multiprecision(bits) if library == "MPFR" else Decimals(digits)

    def exact(value: Any) -> Fraction | None:
        try:
            return Fraction(*map(int, value.as_integer_ratio()))
        except (ValueError, OverflowError):  # NaN, or infinite
            return None

    with arithmetic, command.progress(f"{experiment.name}, {library}, {precision}", experiment.epochs) as watch:
        network = Network(experiment, arithmetic)
        epochs = epochs_to_observe(experiment.epochs, claims)
        states = tape.train(network, network.starting_weights(), epochs, lambda done, _: watch(done) or True)
        seconds = observe(network, states, claims).each(exact).all
    agreed = [
        [agreed_digits(*pair, digits) for pair in zip(first.values.flat, second.values.flat, strict=True)]
        for first, second in zip(enclosed.observed.all, seconds, strict=True)
    ]
    return Opinion(Confirmation(library=library, precision=precision), agreed)


def opinions(enclosed: Enclosed, experiment: Experiment, claims: Sequence[Numbers]) -> list[Opinion]:
    """The second opinion, from MPFR, and of short experiments a third, from libmpdec.

    The precision is at first a quarter of that of the balls, whose radius overstates the error, but enough for the
    digits proven and some rounding error. It is doubled, up to that of the balls, until every digit is confirmed.
    """
    proven = enclosed.proven
    wanted = max(map(max, proven)) + 8
    most = max(2 * wanted, int(enclosed.attempt.bits / BITS_OF_A_DIGIT))
    digits = max(wanted, most // 4)
    second = ask(enclosed, experiment, claims, "MPFR", digits)
    while doubts([second], proven) and digits < most:
        digits = min(2 * digits, most)
        second = ask(enclosed, experiment, claims, "MPFR", digits)
    if tape.lines(experiment) * experiment.epochs > MOST_FOR_DECIMALS:
        return [second]
    return [second, ask(enclosed, experiment, claims, "libmpdec", digits)]


def doubts(asked: Sequence[Opinion], proven: list[list[int]]) -> dict[tuple[int, int], str]:
    """For each number that a library does not confirm to all digits proven, by observation and element: how far."""
    return {
        (number, index): f"{one.by.library} with {one.by.precision} agrees to {agreed} digits of {digits}"
        for one in asked
        for number, pair in enumerate(zip(one.agreed, proven, strict=True))
        for index, (agreed, digits) in enumerate(zip(*pair, strict=True))
        if agreed < digits
    }


def describe(
    enclosure: Enclosure | None, portable: float, spread: str, digits: int, confirmed: dict[str, int]
) -> CertifiedValue:
    """One certified number: what is proven, how far other libraries agree, and what rounding makes of it."""
    nearest, remark, proven = None, None, 0
    if enclosure:
        proven, ends = enclosure.digits_proven(digits), (enclosure.low, enclosure.high)
        if math.isfinite(portable) and portable and all(x and abs(Fraction(portable) - x) >= abs(x) for x in ends):
            units = Fraction(portable) * 2**52
            remark = f"no digit of the portable value is right: it is rounding residue, {units} units of 2^-52"
        with suppress(OverflowError):
            nearest = enclosure.agree(nearest_double)
    return CertifiedValue(
        certified=enclosure.certified(proven) if enclosure else None,
        digits_proven=proven,
        enclosure=WrittenEnclosure.of(enclosure, digits + 10) if enclosure else None,
        nearest_double=None if nearest is None else Double.of(nearest),
        confirmed_to=confirmed if enclosure else {},
        portable=Double.of(portable),
        remark=remark,
        spread=spread or None,
    )


def round_at_random(experiment: Experiment, claims: Sequence[Numbers]) -> Rounded:
    """The runs with random rounding; of layers too wide for them, none."""
    if not stochastic.is_possible(experiment):
        return []
    with command.progress(f"{experiment.name}, random rounding", experiment.epochs) as watch:
        return list(stochastic.train(experiment, epochs_to_observe(experiment.epochs, claims), watch, claims))


def spreads(rounded: Rounded, enclosed: Observed, portable: Observed) -> list[list[str]]:
    """The spread of each number, in the order of `Observed.all`, to two digits, rounded up; empty where it is unknown.

    It is measured from the midpoint of the enclosure or, where there is none, from the portable value.
    """
    found = [[""] * one.values.size for one in portable.all]
    # A claim's error is the mean, a trajectory's one number an example.
    places = {(one[:4], number < len(portable.claimed)): number for number, one in enumerate(portable.all)}
    for _, observed in rounded:
        for is_claimed, kind in ((True, observed.claimed), (False, observed.trajectory)):
            for one in kind:
                if (number := places.get((one[:4], is_claimed))) is not None:
                    exact, mine = (both.all[number].values.flat for both in (enclosed, portable))
                    found[number] = list(map(spread_of, one.values.reshape(-1, stochastic.RUNS), exact, mine))
    return found


def spread_of(values: Array, enclosure: Enclosure | None, portable: float) -> str:
    """The spread of one number in all runs."""
    return stochastic.spread(values, enclosure.centre if enclosure else Fraction(float(portable)))


def certify(run: runs.Run, claims: Sequence[Numbers], limits: Limits) -> tuple[Certificate, list[list[Any]], Rounded]:
    """The certificate of an experiment, the rows of its trajectory, from its portable run, and the randomly rounded."""
    experiment = run.experiment
    enclosed = prove(experiment, claims, limits)
    proven = enclosed.proven
    asked = opinions(enclosed, experiment, claims)
    doubtful = doubts(asked, proven)
    with Portable() as arithmetic:
        network = Network(experiment, arithmetic)
        states = (run.state(network, epoch) for epoch in epochs_to_observe(experiment.epochs, claims))
        portable = observe(network, states, claims)
    rounded = round_at_random(experiment, claims)
    spread = spreads(rounded, enclosed.observed, portable)
    quantities = [
        CertifiedQuantity(
            quantity=cast(Quantity, one.quantity),
            epoch=one.epoch,
            moment=one.moment,
            inputs=one.inputs,
            formula=FORMULAS[cast(Quantity, one.quantity)],
            claims=tuple(
                c.name for c in claims if c.subject == (one.quantity, one.moment, one.inputs) and one.epoch in c.at
            ),
            values=tuple(
                describe(
                    *known, limits.digits, {opinion.by.library: opinion.agreed[number][index] for opinion in asked}
                )
                for index, known in enumerate(zip(one.values.flat, mine.values.tolist(), spread[number], strict=True))
            ),
        )
        for number, (one, mine) in enumerate(zip(enclosed.observed.claimed, portable.claimed, strict=True))
    ]
    rows: list[list[Any]] = [
        [
            *(one.epoch, one.moment, one.quantity, *place),
            *(repr(float(value)), float(value).hex(), certified, spread[number][index]),
        ]
        for number, (one, mine) in enumerate(
            zip(enclosed.observed.trajectory, portable.trajectory, strict=True), len(enclosed.observed.claimed)
        )
        for index, (place, value) in enumerate(numpy.ndenumerate(mine.values))
        for digits in [0 if (number, index) in doubtful else proven[number][index]]
        for certified in [cast(Enclosure, one.values[place]).certified(digits) if digits else ""]
    ]
    where = [f"{one.quantity}[{{}}] {one.moment} the update of epoch {one.epoch}" for one in portable.all]
    certificate = Certificate(
        name=experiment.name,
        experiment=experiment,
        starting_weights=tuple(
            StartingWeight(layer=k, row=row, column=column, hex=float(weight).hex(), decimal=f"{weight:.17g}")
            for k, matrix in enumerate(experiment.starting_weights(), 1)
            for (row, column), weight in numpy.ndenumerate(matrix)
        ),
        digits_wanted=limits.digits,
        method=enclosed.attempt.method,
        precision_bits=enclosed.attempt.bits,
        shortfall=enclosed.shortfall and "not certified beyond {} digits at epoch {}".format(*enclosed.shortfall),
        confirmed_by=tuple(one.by for one in asked),
        disagreements=tuple(f"{where[number].format(index)}: {doubt}" for (number, index), doubt in doubtful.items()),
        quantities=tuple(quantities),
    )
    return certificate, rows, rounded


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments", "witnesses", "published")
    options = {
        "digits": (30, "significant decimal digits to prove"),
        "first-bits": (160, "precision to begin with, in bits"),
        "most-bits": (8192, "highest precision to try, in bits"),
        "most-seconds": (600, "make no attempt that is estimated to take longer"),
    }
    for name, (default, text) in options.items():
        parser.add_argument(f"--{name}", type=command.positive, default=default, help=f"{text} (default: %(default)s)")
    parser.add_argument("--folder", type=Path, required=True, help="for certificate.json and trajectory.csv")
    parser.add_output("--portable-run", ".npz", help="write the portable run here (.npz)")
    parser.add_output("--native-run", ".npz", help="train with NumPy too; write that run here (.npz)")
    parser.add_output("--usual-ratios", ".json", help="write up to which ratio a port is right here, by epoch (.json)")
    given = parser.parse_args()
    limits = Limits(given.digits, given.first_bits, given.most_bits, given.most_seconds)
    if not LEAST_BITS <= limits.first_bits <= limits.most_bits <= MOST_BITS:
        raise InputError(f"expected {LEAST_BITS} <= --first-bits <= --most-bits <= {MOST_BITS}")
    if limits.digits > 4000:  # longer integers are not turned into text by Python
        raise InputError(f"--digits: expected at most 4000, got {limits.digits}")
    files = Project.of(given)
    experiment = files.experiment(given.experiment)
    claims = files.claims_about(experiment)
    with command.progress(f"{experiment.name}, portable", experiment.epochs) as watch:
        run = runs.train(experiment, Portable(), watch)
    certificate, rows, rounded = certify(run, claims, limits)
    for problem in (certificate.shortfall, *certificate.disagreements):
        if problem:
            print(f"{experiment.name}: {problem}")
    if given.portable_run:
        runs.save(run, given.portable_run)
    if given.native_run:
        with command.progress(f"{experiment.name}, native", experiment.epochs) as watch:
            runs.save(runs.train(experiment, Native(), watch), given.native_run)
    if given.usual_ratios:
        numbers = (dict(zip(COLUMNS, map(str, row), strict=True)) for row in rows)
        ratios = Reference(experiment, numbers, certificate.quantities).usual_ratios(rounded)
        write_json(given.usual_ratios, {epoch: one for epoch, one in ratios.items() if math.isfinite(one)})
    write_json(given.folder / "certificate.json", certificate.model_dump(mode="json"))
    with write_atomically(given.folder / "trajectory.csv") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


if __name__ == "__main__":
    command.run(main)
