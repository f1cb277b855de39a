"""Is a port right, and if not, where does it begin to be wrong, and by which mistake?

The measure is what rounding alone does: a deviation from the certified value is held against the greatest spread of its
epoch (stochastic.py). Other forms of a formula round relative to their greatest term, not to their result, so that what
a right port loses in one number is bounded by what is lost in the greatest numbers of the same epoch, but not by the
spread of that one number. All values are dimensionless.
"""

import csv
import itertools
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import numpy

from lastdigit import stochastic
from lastdigit.arithmetic import Portable
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, listed
from lastdigit.mistaken import Mistake
from lastdigit.network import Network
from lastdigit.observations import Observation, Observed, observe_state
from lastdigit.published import Numbers
from lastdigit.records import CertifiedQuantity
from lastdigit.rounding import leading_place, tenths_of_logarithm
from lastdigit.tape import train

# Bits of the significand of binary64 and binary32: the latter is among the mildest mistakes that are known.
DOUBLE, SINGLE = 53, 24
# A ratio beyond this is nearer to single precision than to rounding in double precision, in bits.
WRONG = 2.0 ** ((DOUBLE - SINGLE) / 2)
# How much more binary32 loses than binary64.
OF_SINGLE = 2.0 ** (DOUBLE - SINGLE)

LONGEST = 1000  # characters of a number
GREATEST_EXPONENT = 5000  # of ten or two: far beyond any double

COLUMNS = ("epoch", "moment", "quantity", "row", "column", "value")
NEEDED = ("epoch", "quantity", "value")

Verdict = Literal["right", "wrong", "unclear"]


class Place(NamedTuple):
    """Which number it is; rows and columns are counted from 0."""

    epoch: int
    moment: str
    quantity: str
    row: int
    column: int

    def __str__(self) -> str:
        after = " after the update" if self.moment == "after" else ""
        return f"{self.quantity}[{self.row}, {self.column}] of epoch {self.epoch}{after}"


class Written(NamedTuple):
    """A number as a file has it.

    Attributes:
        text: as it stands there.
        value: what the text says, exactly; None of NaN and infinities.
        digits, last_place: how many significant digits it has, and the place of the last, as a power of ten; of a
            hexadecimal number, which stands for itself, 0 and None.
        error: how far it may be from the number that the program had.
    """

    text: str
    value: Fraction | None
    digits: int
    last_place: int | None
    error: Fraction = Fraction(0)

    @classmethod
    def parse(cls, text: str) -> "Written":
        """The number in any usual notation.

        Raises:
            ValueError: if it is none.
        """
        plain = text.strip().lower()
        if NOT_FINITE.fullmatch(plain):
            return cls(text, None, 0, None)
        if len(plain) > LONGEST:
            raise ValueError
        if match := HEXADECIMAL.fullmatch(plain):
            sign, whole, fraction, exponent = match.groups(default="")
            power = int(exponent or 0) - 4 * len(fraction)
            _check_exponent(power)
            value = Fraction(int(sign + whole + fraction, 16)) * Fraction(2) ** power
            return cls(text, value, 0, None)
        match = DECIMAL.fullmatch(plain)
        if not match or not match["whole"] + (match["fraction"] or ""):
            raise ValueError
        mantissa = match["whole"] + (match["fraction"] or "")
        last_place = int(match["exponent"] or 0) - len(match["fraction"] or "")
        _check_exponent(last_place)
        value = int(match["sign"] + mantissa) * Fraction(10) ** last_place
        return cls(text, value, len(mantissa.lstrip("0")), last_place)


NOT_FINITE = re.compile(r"[-+]?(nan(\(.*\))?|na|inf(inity)?|1\.#\w+)")
HEXADECIMAL = re.compile(r"([-+]?)0x([0-9a-f]+)(?:\.([0-9a-f]*))?(?:p([-+]?[0-9]{1,6}))?")
DECIMAL = re.compile(r"(?P<sign>[-+]?)(?P<whole>[0-9]*)(\.(?P<fraction>[0-9]*))?([ed](?P<exponent>[-+]?[0-9]{1,6}))?")


def _check_exponent(power: int) -> None:
    if abs(power) > GREATEST_EXPONENT:
        raise ValueError


FEWEST_DIGITS = 5  # that a format without fixed decimals shows: MATLAB's short g; C's and Python's %g show 6


def with_errors(numbers: Sequence[Written]) -> list[Written]:
    """The numbers of one quantity, each with how far the text may be from the number that it was printed from.

    A program prints all numbers of a quantity in one notation: with so many significant digits, so many decimals, or
    what tells one double from the next. So the last digit printed is the place of the greatest number of significant
    digits, or of the greatest number of decimals, whichever comes first. The error is half a unit of it, and as a
    decimal is seldom a double, half the distance of the doubles there. Numbers that are all whole do not tell their
    decimals: then the last digit is the fifth significant one, of which no usual format shows fewer, and a 0 is one.
    """
    decimal = [one for one in numbers if one.value is not None and one.last_place is not None]
    digits = max((one.digits for one in decimal), default=0)
    last = min((one.last_place or 0 for one in decimal), default=0)
    if whole := last >= 0:
        digits = max(digits, FEWEST_DIGITS)

    def error(one: Written) -> Fraction:
        if one.value is None or one.last_place is None or (whole and not one.value):
            return Fraction(0)
        place = leading_place(one.value) - digits + 1 if one.value else last
        if not whole:
            place = max(place, last)
        return max(Fraction(10) ** place / 2, _half_unit(one.value))

    return [one._replace(error=error(one)) for one in numbers]


def _half_unit(x: Fraction) -> Fraction:
    """Half the distance of the doubles near a number; 0 of one that is a double itself."""
    try:
        nearest = x.numerator / x.denominator
    except OverflowError:
        return Fraction(0)
    return Fraction(math.ulp(nearest)) / 2 if Fraction(nearest) != x else Fraction(0)


Port = dict[Place, Written]
Shapes = dict[tuple[str, str], tuple[int, int]]


def shapes_of(experiment: Experiment) -> Shapes:
    """The shape of everything that can be compared of an epoch, by moment and quantity, in the order of computation."""
    with Portable() as arithmetic:
        network = Network(experiment, arithmetic)
        observations = observe_state(network, network.step(network.starting_weights()))
        return {(one.moment, one.quantity): (one.values.shape[0], one.values.shape[1]) for one in observations}


def read_port(lines: Iterable[str], where: str, experiment: Experiment) -> Port:
    """The numbers of a port's file.

    Raises:
        InputError: naming the line, and what was expected.
    """
    reader = csv.reader(lines)
    header = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
    for name in header:
        if name not in COLUMNS or header.count(name) > 1:
            problem = "stands twice" if name in COLUMNS else f"is none; there are {', '.join(COLUMNS)}"
            raise InputError(f"{where}: line 1: column {name!r} {problem}")
    if missing := [name for name in NEEDED if name not in header]:
        raise InputError(f"{where}: line 1: expected a header with epoch, quantity and value; it has no {missing[0]}")
    shapes, port, seen = shapes_of(experiment), Port(), dict[Place, int]()
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            place, number = _read_row(header, cells, experiment, shapes)
            if place in seen:
                lacking = [name for name in ("row", "column") if name not in header]
                hint = f"; the header has no {' and no '.join(lacking)}" if lacking else ""
                raise InputError(f"{place} stands in line {seen[place]}, too{hint}")
            seen[place], port[place] = reader.line_num, number
    except (InputError, csv.Error) as error:
        raise InputError(f"{where}: line {reader.line_num}: {error}") from None
    if not port:
        raise InputError(f"{where}: expected at least one number")
    by_quantity: dict[str, list[Place]] = defaultdict(list)
    for place in port:
        by_quantity[place.quantity].append(place)
    return {
        place: number
        for places in by_quantity.values()
        for place, number in zip(places, with_errors([port[place] for place in places]), strict=True)
    }


def _read_row(
    header: Sequence[str], cells: Sequence[str], experiment: Experiment, shapes: Shapes
) -> tuple[Place, Written]:
    if len(cells) != len(header):
        raise InputError(f"expected {len(header)} values, as in the header, got {len(cells)}")
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}

    def whole(name: str) -> int:
        text = row.get(name, "") or ("" if name == "epoch" else "0")
        if not re.fullmatch("[0-9]{1,9}", text):
            raise InputError(f"{name}: expected a whole number from 0 on, got {text!r}")
        return int(text)

    place = Place(whole("epoch"), row.get("moment", "") or "before", row["quantity"], whole("row"), whole("column"))
    if place.moment not in ("before", "after"):
        raise InputError(f"moment: expected before or after, that epoch's update, got {place.moment!r}")
    if place.epoch >= experiment.epochs:
        raise InputError(
            f"epoch {place.epoch} is not in {experiment.name}; its epochs are 0 to {experiment.epochs - 1}"
        )
    shape = shapes.get((place.moment, place.quantity))
    if shape is None:
        known = [quantity for moment, quantity in shapes if moment == place.moment]
        after = " after the update" if place.moment == "after" else ""
        raise InputError(f"{place.quantity!r} is not in {experiment.name}{after}; there are {listed(known, 20)}")
    if place.row >= shape[0] or place.column >= shape[1]:
        raise InputError(f"{place} is not in {experiment.name}; it has {shape[0]} rows and {shape[1]} columns")
    return place, _number(row["value"], "value: ")


def _number(text: str, what: str = "") -> Written:
    try:
        return Written.parse(text)
    except ValueError:
        shown = text if len(text) <= 40 else f"{text[:37]}..."
        hint = ", with a point" if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text.strip()) else ""
        raise InputError(f"{what}expected a number{hint}, got {shown!r}") from None


def places_of(claim: Numbers, experiment: Experiment) -> list[Place]:
    """Where in a trajectory the numbers of a claim stand; "prediction" and "loss" are no part of one."""
    last = len(experiment.layers) - 1
    match claim.quantity:
        case "output":
            names = [(f"activations[{last}]", (len(experiment.targets), experiment.layers[-1]))]
        case "weights" | "start":
            names = [(f"weights[{k}]", shape) for k, shape in enumerate(experiment.shapes, 1)]
        case quantity:
            width = experiment.layers[-1] if quantity == "prediction" else 1
            names = [("mean_absolute_error" if quantity == "error" else quantity, (1, width))]
    places = [
        Place(epoch, claim.moment, name, row, column)
        for epoch in claim.at
        for name, (rows, columns) in names
        for row, column in itertools.product(range(rows), range(columns))
    ]
    return places[claim.part(experiment.layers)]


def read_claim(lines: Iterable[str], where: str, claim: Numbers, experiment: Experiment) -> Port:
    """The numbers of a claim, as a program prints them: in its order, brackets and what stands before a colon aside.

    Raises:
        InputError: naming the line, and what was expected.
    """
    numbers: list[Written] = []
    for count, line in enumerate(lines, 1):
        for text in re.sub(r"^.*:|[][(),;]", " ", line.strip("\ufeff\r\n")).split():
            try:
                numbers.append(_number(text))
            except InputError as error:
                raise InputError(f"{where}: line {count}: {error}") from None
    places = places_of(claim, experiment)
    if len(numbers) != len(places):
        raise InputError(f"{where}: {claim.name} has {len(places)} numbers, got {len(numbers)}")
    return dict(zip(places, with_errors(numbers), strict=True))


Progress = Callable[[str, int], AbstractContextManager[Callable[[int], object]]]


class Known(NamedTuple):
    """What a number should be: its certified value where there is one, and the portable value."""

    value: Fraction
    portable: float
    certified: bool


class Reference:
    """What is known of an experiment: from its trajectory, and from runs where that does not reach.

    Args:
        experiment: what should have been run.
        trajectory: the rows of its trajectory.csv; none of an experiment that has been changed.
        certified: of its certificate, what is no part of a trajectory is taken: predictions and losses.
        progress: opens a progress bar for a run, given its name and epochs.
    """

    def __init__(
        self,
        experiment: Experiment,
        trajectory: Iterable[Mapping[str, str]] = (),
        certified: Iterable[CertifiedQuantity] = (),
        progress: Progress = lambda description, epochs: nullcontext(int),
    ) -> None:
        self.experiment, self.progress = experiment, progress
        self.known: dict[Place, Known] = {}
        self.spread: dict[int, float] = defaultdict(float)
        for row in trajectory:
            place = Place(int(row["epoch"]), row["moment"], row["quantity"], int(row["row"]), int(row["column"]))
            portable = float(row["portable"])
            value = Fraction(row["certified"]) if row["certified"] else Fraction(portable)
            self.known[place] = Known(value, portable, bool(row["certified"]))
            if place.quantity.startswith("weights") and place.epoch > 0:  # those after the update before
                earlier = place._replace(epoch=place.epoch - 1, moment="after")
                self.known.setdefault(earlier, self.known[place])
            if row["spread"]:
                self.spread[place.epoch] = max(self.spread[place.epoch], float(row["spread"]))
        for one in certified:
            for index, number in enumerate(one.values if one.quantity in ("prediction", "loss") else ()):
                portable = float(number.portable.repr)
                value = number.enclosure.exact.centre if number.enclosure else Fraction(portable)
                known = Known(value, portable, number.enclosure is not None)
                self.known[Place(one.epoch, one.moment, one.quantity, 0, index)] = known

    def complete(self, places: Iterable[Place]) -> None:
        """Compute what is not known of these places, in the portable arithmetic; and what rounding does there.

        Raises:
            InputError: if a network is too wide for that, or shows nothing of the kind, or diverges before.
        """
        missing = sorted({place.epoch for place in places if place not in self.known or place.epoch not in self.spread})
        if not missing:
            return
        if not stochastic.is_possible(self.experiment):
            raise InputError(f"{self.experiment.name}: its layers are too wide for runs with random rounding")
        with (
            Portable() as arithmetic,
            self.progress(f"{self.experiment.name}, portable", self.experiment.epochs) as watch,
        ):

            def look(done: int, _: Sequence[Any]) -> bool:
                watch(done)
                return True

            network = Network(self.experiment, arithmetic)
            states = train(network, network.starting_weights(), missing, look)
            for state in states:
                for one in observe_state(network, state):
                    for place, portable in numbers_of(one):
                        if not math.isfinite(portable):
                            raise InputError(diverged(self.experiment, place, portable))
                        self.known.setdefault(place, Known(Fraction(portable), portable, False))
        for epoch, deviations in self._deviations(self._rounded(missing)):
            self.spread[epoch] = max(self.spread[epoch], float(deviations.max()))

    def bound(self, epochs: Iterable[int]) -> float:
        """Up to which ratio a port that shows these epochs is right."""
        return max(self.usual_ratios(self._rounded(sorted(set(epochs)))).values(), default=1.0)

    def usual_ratios(self, rounded: Iterable[tuple[int, Observed]]) -> dict[int, float]:
        """By epoch, the greatest ratio that one of the runs with random rounding reaches, held against the others.

        Never less than 1, the ratio of the run that deviates most to itself.

        Args:
            rounded: the runs, as `stochastic.train` yields them.
        """
        greatest = {epoch: numpy.sort(deviations)[-2:] for epoch, deviations in self._deviations(rounded)}
        return {
            epoch: max(1.0, float(first / second) if second else 1.0) for epoch, (second, first) in greatest.items()
        }

    def _rounded(self, epochs: Sequence[int]) -> Iterator[tuple[int, Observed]]:
        """The runs with random rounding, watched."""
        with self.progress(f"{self.experiment.name}, random rounding", self.experiment.epochs) as watch:
            yield from stochastic.train(self.experiment, epochs, watch)

    def _deviations(self, rounded: Iterable[tuple[int, Observed]]) -> Iterator[tuple[int, numpy.ndarray[Any, Any]]]:
        """For each epoch, the greatest deviation of each run with random rounding from what is known."""
        for epoch, observed in rounded:
            greatest = numpy.zeros(stochastic.RUNS)
            for one in observed.trajectory:
                for row, column in numpy.ndindex(one.values.shape[:2]):
                    known = self.known.get(Place(epoch, one.moment, one.quantity, row, column))
                    if known:
                        high = float(known.value)
                        low = float(known.value - Fraction(high))
                        numpy.maximum(greatest, abs(one.values[row, column] - high - low), out=greatest)
            yield epoch, greatest


def diverged(experiment: Experiment, place: Place, portable: float) -> str:
    """Why nothing is known of a number and of those that come after it."""
    return f"{experiment.name} diverges: {place} is {portable} in the portable run; take fewer epochs or a lesser rate"


def numbers_of(observation: Observation) -> Iterator[tuple[Place, float]]:
    """The numbers of an observation, and the place of each."""
    for (row, column), value in numpy.ndenumerate(observation.values):
        yield Place(observation.epoch, observation.moment, observation.quantity, row, column), float(value)


class Epoch(NamedTuple):
    """How a port compares with what is known of an epoch.

    Attributes:
        epoch: counted from 0.
        numbers: how many numbers are compared.
        digits, portable_digits: the least log relative error of them, in the port and in the portable run: how many
            significant digits are right.
        ratio, portable_ratio: the greatest deviation, divided by the greatest spread of the epoch.
    """

    epoch: int
    numbers: int
    digits: float
    portable_digits: float
    ratio: float
    portable_ratio: float


class Explanation(NamedTuple):
    """A mistake whose run the port follows, and to how many digits it does: the median of all numbers."""

    mistake: Mistake
    digits: float


class Comparison(NamedTuple):
    """What is found of a port.

    Attributes:
        verdict: "right", if it deviates no more than rounding can; "wrong", if it deviates so much more that single
            precision would be nearer; "unclear" between the two, or if it shows too little.
        reason: one sentence.
        epochs: those compared, ascending.
        bound: up to which ratio it is right.
        first_wrong: the first number, in the order of computation, that is wrong.
        step: what makes that number, and what is right before it.
        certified: whether certified values were known of all numbers.
        explanations: the mistakes that explain it; several, if the numbers do not tell them apart.
    """

    verdict: Verdict
    reason: str
    epochs: list[Epoch]
    bound: float
    first_wrong: Place | None
    step: str
    certified: bool
    explanations: list[Explanation]

    @property
    def digits(self) -> float:
        """The least number of right digits, over all that is compared."""
        return min(epoch.digits for epoch in self.epochs)


def deviation(written: Written, value: Fraction) -> float:
    """How far a written number must be from another, at least: infinitely far, if it is not finite."""
    if written.value is None:
        return math.inf
    return to_float(max(Fraction(0), abs(written.value - value) - written.error))


def to_float(x: Fraction) -> float:
    """The nearest double, or infinity."""
    try:
        return x.numerator / x.denominator
    except OverflowError:
        return math.inf


def right_digits(written: Iterable[Written], values: Iterable[Fraction]) -> float:
    """The least log relative error of written numbers, each at most the digits that it shows; of a hexadecimal, 17."""
    most, greatest = 17, Fraction(0)
    for one, value in zip(written, values, strict=True):
        if one.value is None:
            return 0.0
        most = min(most, one.digits if one.last_place is not None else 17)
        greatest = max(greatest, abs(one.value - value) / (abs(value) or 1))
    return float(max(0.0, min(most, tenths_of_logarithm(greatest) / 10))) if greatest else float(most)


def compare(port: Port, reference: Reference, claim: Numbers | None = None) -> Comparison:
    """The verdict on a port; without the mistakes that may explain it.

    Args:
        port: its numbers.
        reference: what is known of the experiment; completed as far as the port needs.
        claim: the one that the numbers are meant for; else they are of a port's file.
    """
    experiment = reference.experiment
    reference.complete(port)
    order = {name: index for index, name in enumerate(shapes_of(experiment))}
    places = sorted(port, key=lambda place: (place.epoch, order.get((place.moment, place.quantity), len(order)), place))
    ratios = {
        place: ratio_of(deviation(port[place], reference.known[place].value), reference.spread[place.epoch])
        for place in places
    }
    epochs = [
        _epoch(epoch, list(here), port, reference, ratios)
        for epoch, here in itertools.groupby(places, lambda place: place.epoch)
    ]
    ratio, bound = max(ratios.values()), 1.0
    if bound < ratio <= WRONG:
        bound = reference.bound(one.epoch for one in epochs)
    wrong = [place for place in places if ratios[place] > WRONG]
    worst = max(places, key=lambda place: ratios[place])
    verdict: Verdict = "wrong" if wrong else "unclear"
    if wrong:
        how = "by far more than rounding can explain" if port[wrong[0]].value is not None else "for it is not finite"
        reason = f"{wrong[0]} is the first number that is wrong, {how}."
    elif ratio > bound:
        reason = (
            f"{worst} deviates {ratio:.2g} times as much as rounding alone did in {stochastic.RUNS} runs, where"
            f" {bound:.2g} times is still usual; single precision would be nearer at {WRONG:.0f} times. Look for a"
            " function of less than full precision, or for inputs that were copied with few digits."
        )
    elif too_little := _too_little(places, port, reference, claim):
        reason = f"No number is wrong, but {too_little}"
    else:
        verdict = "right"
        reason = f"All {len(places)} numbers are right, as far as rounding lets any program in double precision be."
    return Comparison(
        verdict,
        reason,
        epochs,
        bound,
        wrong[0] if wrong else None,
        step_of(wrong[0], places, experiment) if wrong else "",
        all(reference.known[place].certified for place in places),
        [],
    )


def ratio_of(deviation: float, spread: float) -> float:
    """A deviation in units of the spread; of no matter where rounding leaves nothing."""
    if deviation == 0 or math.isinf(spread):
        return 0.0
    return deviation / spread if spread else math.inf


def _epoch(epoch: int, places: list[Place], port: Port, reference: Reference, ratios: Mapping[Place, float]) -> Epoch:
    portable = [Written.parse(reference.known[place].portable.hex()) for place in places]
    known = [reference.known[place].value for place in places]
    return Epoch(
        epoch,
        len(places),
        right_digits((port[place] for place in places), known),
        right_digits(portable, known),
        max(ratios[place] for place in places),
        max(ratio_of(deviation(*pair), reference.spread[epoch]) for pair in zip(portable, known, strict=True)),
    )


def _too_little(places: Sequence[Place], port: Port, reference: Reference, claim: Numbers | None) -> str:
    """Why numbers without a mistake do not show that a port is right; empty if they do."""
    telling = [p for p in places if abs(reference.known[p].value) > WRONG * reference.spread[p.epoch]]
    if not telling:
        return "rounding alone leaves no digit of these numbers to compare; show earlier epochs."
    telling = [p for p in telling if port[p].error < OF_SINGLE * reference.spread[p.epoch]]
    if not telling:
        return "so few digits would be right in single precision, too; print 17."
    if claim is None and all(place.epoch == 0 and place.moment == "before" for place in telling):
        return "none of them comes after an update; show later epochs, too."
    return ""


def step_of(wrong: Place, places: Sequence[Place], experiment: Experiment) -> str:
    """What makes a number that is wrong, and what is right before it, in words.

    Args:
        wrong: the first that is wrong.
        places: all that are shown, in the order of computation.
        experiment: what should have been run.
    """
    before = places[: places.index(wrong)]
    step, operands = making_of(wrong.quantity, experiment)
    made, of_epoch = wrong.epoch, ""
    if wrong.quantity.startswith("weights"):
        made -= wrong.moment == "before"
        of_epoch = f"epoch {made}, in "
    if made < 0:
        step, operands, of_epoch = "the starting weights", [], ""
    shown = {(place.epoch, place.quantity) for place in before}
    here = dict.fromkeys(place.quantity for place in before if place.epoch == wrong.epoch)
    right = [name for name in here if name != wrong.quantity]
    missing = _and([name for name in operands if (made, name) not in shown])
    if not missing:
        are_right = (
            f"Of epoch {wrong.epoch}, {_and(right)} {'are' if len(right) > 1 else 'is'} right: t" if right else "T"
        )
        return f"{are_right}he mistake is in {of_epoch}{step}."
    earlier = [place.epoch for place in before if place.epoch < wrong.epoch]
    since = f"after epoch {earlier[-1]}, up to which all that is shown is right" if earlier else "before it"
    wanted = f"epochs {earlier[-1]} to {wrong.epoch}" if earlier and earlier[-1] > 0 else "the first epochs"
    return (
        f"It is made from {missing}, which the file does not show: the mistake is in {of_epoch}{step}, or {since}."
        f" Show all numbers of {wanted} to find the place."
    )


def making_of(quantity: str, experiment: Experiment) -> tuple[str, list[str]]:
    """The step that makes a quantity, and what it is made from, in the same epoch; of weights, their update."""
    last, rate = len(experiment.layers) - 1, f" times the learning rate, {experiment.learning_rate:g}"
    on_delta, on_update = (rate if experiment.rate_scales == scaled else "" for scaled in ("delta", "update"))
    name, _, rest = quantity.partition("[")
    k = int(rest[:-1]) if rest else 0
    weights, layer, delta, gradients = (f"{it}[{k}]" for it in ("weights", "activations", "deltas", "gradients"))
    below = [f"activations[{k - 1}]"] if k > 1 else []
    above = [f"deltas[{k + 1}]", f"weights[{k + 1}]"]
    source = below[0] if below else "inputs"
    match name:
        case "weights":
            added = f": {gradients}{on_update}" if experiment.learning_rate != 1 and on_update else ""
            return f"the update of {weights}{added}", [weights, gradients]
        case "activations":
            return f"{source} · {weights}, or in the activation function", [*below, weights]
        case "error":
            return "targets - output: in the targets, or in the sign", [f"activations[{last}]"]
        case "mean_absolute_error":
            return "the mean of the absolute errors", ["error"]
        case "deltas" if k == last:
            return f"the error times the slope of the output{on_delta}", ["error", layer]
        case "deltas":
            through = above[1]
            if experiment.order == "output-first":
                through += f", which is updated before that, or in that update: gradients[{k + 1}]{on_update} is added"
            return f"passing the error back through {through}, or in the slope of {layer}", [*above, layer]
        case "gradients":
            return f"{source}^T · {delta}", [*below, delta]
        case _:
            return f"the {name}", ["weights"]


def _and(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
