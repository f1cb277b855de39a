"""Which mistake does a wrong port make? The search for those whose runs its numbers follow, as far as rounding lets it.

All values are dimensionless.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from statistics import median
from typing import NamedTuple

import numpy

from lastdigit import stochastic
from lastdigit.arithmetic import Array
from lastdigit.comparison import (
    DOUBLE,
    OF_SINGLE,
    SINGLE,
    WRONG,
    Explanation,
    Place,
    Port,
    Progress,
    Reference,
    Written,
    deviation,
    ratio_of,
    shapes_of,
    to_float,
)
from lastdigit.mistaken import Mistake, Programs, Run, groups
from lastdigit.mistakes import PRECISIONS, pairs, precision


class Shown(NamedTuple):
    """What a port shows of an epoch, as arrays with one row a number.

    Attributes:
        epoch: counted from 0.
        places: in the order of computation.
        values: NaN of what is not finite.
        errors: how far a value may be from the number that the program had.
        digits: how many are written.
        spread: what rounding may do to a right one.
        wrong: of those that are wrong, how far from what they should be, and the error.
        until: how many numbers there are up to the quantity that is wrong first; 0 if that is of another epoch.
    """

    epoch: int
    places: list[Place]
    values: Array
    errors: Array
    digits: Array
    spread: float
    wrong: list[tuple[float, float]]
    until: int

    def chance(self, ratio: float) -> float:
        """How likely a number about as wrong as the worst is like it by chance, to so many spreads."""
        return min([1.0, *((ratio * self.spread + error) / far for far, error in self.wrong)])


class Search:
    """The search for the mistakes that a wrong port's numbers follow.

    A mistake is followed if no number deviates from its run by what would be wrong of a right port. Candidates are
    trained together, and each only up to the first number that it does not explain.

    Args:
        port: its numbers.
        reference: what is known of the experiment.
        first_wrong: the first of them that is wrong.
        mistakes: those known, one at a time.
        prediction: inputs of which the port shows the output.
    """

    def __init__(
        self,
        port: Port,
        reference: Reference,
        first_wrong: Place,
        mistakes: Sequence[Mistake],
        prediction: Sequence[float] | None = None,
    ) -> None:
        self.port, self.reference, self.first_wrong, self.mistakes = port, reference, first_wrong, mistakes
        self.prediction, self.programs = prediction, Programs()
        self.began: list[Mistake] = []  # those that explain the first wrong number, but not all
        self.tried = 0
        self.is_undecided = False  # whether some of so many may fit by chance, so that none of them is named
        order = {name: index for index, name in enumerate(shapes_of(reference.experiment))}
        in_order = sorted(port, key=lambda p: (p.epoch, order.get((p.moment, p.quantity), len(order)), p))
        self.shown = [
            self._shown(epoch, list(places)) for epoch, places in itertools.groupby(in_order, lambda place: place.epoch)
        ]

    def _shown(self, epoch: int, places: list[Place]) -> Shown:
        written = [self.port[place] for place in places]
        spread = self.reference.spread[epoch]
        far = [deviation(one, self.reference.known[p].value) for p, one in zip(places, written, strict=True)]
        wrong = [(d, float(one.error)) for d, one in zip(far, written, strict=True) if ratio_of(d, spread) > WRONG]
        first = self.first_wrong
        here = [n for n, p in enumerate(places, 1) if (p.moment, p.quantity) == (first.moment, first.quantity)]
        return Shown(
            epoch,
            places,
            numpy.array([math.nan if one.value is None else to_float(one.value) for one in written])[:, numpy.newaxis],
            numpy.array([float(one.error) for one in written])[:, numpy.newaxis],
            numpy.array([17 if one.last_place is None else one.digits for one in written])[:, numpy.newaxis],
            spread,
            wrong,
            max(here, default=0) if epoch == first.epoch else 0,
        )

    def explain(self, progress: Progress) -> list[Explanation]:
        """The mistakes that come nearest: one alone, two at once, or the precision; none, if none is followed."""
        found = self._follow(self.mistakes, progress)
        bits = bits_of(self.port.values())
        if not found and bits:
            scale = 2.0 ** (DOUBLE - bits)
            alone = precision(bits)
            found = self._follow([alone], progress, scale) or self._follow(
                [alone & mistake for mistake in self.mistakes], progress, scale
            )
        elif not found:
            # Numbers of few digits do not show their precision, but those of single precision are no farther away.
            found = self._follow(pairs(self.mistakes, self.began), progress) or self._follow(
                [precision(SINGLE, is_seen=False)], progress, OF_SINGLE / WRONG
            )
        return found

    def _follow(self, mistakes: Sequence[Mistake], progress: Progress, scale: float = 1.0) -> list[Explanation]:
        """Those of some mistakes that are followed, if that is no chance; spreads count so many times."""
        self.tried += len(mistakes)
        if len(mistakes) > 1 and self._is_chance(scale):
            self.is_undecided = True
            return []
        found, done = list[tuple[float, Explanation]](), 0
        with progress("known mistakes", len(mistakes)) as watch:
            for group in groups(mistakes):
                found += self._follow_group(group, scale)
                watch(done := done + len(group))
        # Those that deviate by less than others may, or by nothing that shows.
        least = max(1.0, min((worst for worst, _ in found), default=0.0))
        if found and len(mistakes) > 1 and self._is_chance(least * scale):
            self.is_undecided = True
            return []
        nearest = [explanation for worst, explanation in found if worst <= least]
        return sorted(nearest, key=lambda one: one.mistake.rank)

    def _is_chance(self, ratio: float) -> bool:
        """Whether one of so many mistakes may be followed to so many spreads by chance."""
        return math.prod(one.chance(ratio) for one in self.shown) * self.tried > 1 / (stochastic.RUNS + 1)

    def _follow_group(self, mistakes: Sequence[Mistake], scale: float) -> list[tuple[float, Explanation]]:
        """Those that are followed, with the greatest ratio by which the port deviates from each.

        A mistake may make rounding errors grow faster than they do in the right training. How fast, a run of it shows
        that starts one double beside; but that counts only once the mistake has explained a number that is wrong.
        """
        experiment, has_explained = self.reference.experiment, False
        run = Run(experiment, mistakes, self.programs, self.prediction)
        worst, digits = numpy.zeros(len(mistakes)), list[Array]()
        for one in self.shown:
            numbers = self._numbers(run, one)
            if numbers is None:
                return []
            with numpy.errstate(all="ignore"):
                finite, given = numpy.isfinite(numbers), ~numpy.isnan(one.values)
                apart = numpy.maximum(abs(numbers - one.values) - one.errors, 0.0)
                distances = numpy.where(finite & given, apart, numpy.where(finite | given, math.inf, 0.0))
                # Numbers that grow beyond all bounds are rounded in their own size.
                sizes = numpy.where(finite, abs(numbers), 0.0).max(axis=0)
                spreads = numpy.maximum(self.reference.spread[one.epoch], sizes / 2.0**DOUBLE) * scale
                ratios = _ratios(distances.max(axis=0), spreads)
                failing = ratios > WRONG
                if failing.any() and has_explained:
                    failed = [m for m, fails in zip(run.mistakes, failing, strict=True) if fails]
                    others = self._numbers(Run(experiment, failed, self.programs, self.prediction, beside=True), one)
                    assert others is not None
                    growth = abs(numbers[:, failing] - others)
                    growth = numpy.where(numpy.isfinite(growth), growth, math.inf).max(axis=0)
                    growing = numpy.maximum(spreads[failing], growth)
                    ratios[failing] = _ratios(distances[:, failing].max(axis=0), growing)
                stays = ratios <= WRONG
                if one.until:
                    begun = _ratios(distances[: one.until].max(axis=0), spreads) <= WRONG
                    self.began += [m for m, begins in zip(run.mistakes, begun, strict=True) if begins]
                if not stays.any():
                    return []
                worst = numpy.maximum(worst, ratios)[stays]
                right = -numpy.log10(abs(numbers - one.values) / numpy.where(numbers, abs(numbers), 1.0))
                right = numpy.clip(numpy.where(finite, right, numpy.nan), 0.0, one.digits)
                digits = [*(earlier[:, stays] for earlier in digits), right[:, stays]]
            run.keep(stays)
            has_explained |= bool(one.wrong)
        every = numpy.concatenate(digits)
        middle = [median(column[~numpy.isnan(column)].tolist() or [0.0]) for column in every.T]
        return [(w, Explanation(m, d)) for w, m, d in zip(worst.tolist(), run.mistakes, middle, strict=True)]

    @staticmethod
    def _numbers(run: Run, shown: Shown) -> Array | None:
        """What the candidates show at the places that a port shows: one row a number, one column a candidate."""
        quantities = {place.quantity for place in shown.places}
        observed = run.observe(shown.epoch, quantities)
        if observed is None:
            return None
        return numpy.array(
            [
                numpy.broadcast_to(observed[place.moment, place.quantity][place.row, place.column], len(run.mistakes))
                for place in shown.places
            ],
            numpy.float64,
        )


def _ratios(distances: Array, spreads: Array) -> Array:
    """As `ratio_of`, of arrays."""
    return numpy.where(distances == 0, 0.0, numpy.where(numpy.isinf(spreads), 0.0, distances / spreads))


def bits_of(numbers: Iterable[Written]) -> int:
    """The precision less than double, in bits, that all numbers are of as far as is written; 0 if that may be chance.

    By chance a number is within its error of one of so many bits as often as errors fill the gap between two; and all
    are, less often than one run of RUNS + 1 is the one that deviates most.
    """
    usual = [
        one for one in numbers if one.value and 2.0**-14 <= abs(one.value) < 2.0**15
    ]  # the range of half precision
    for bits in sorted(PRECISIONS):
        chance = 1.0
        for one in usual:
            assert one.value is not None
            unit = Fraction(2) ** (math.frexp(float(one.value))[1] - bits)
            if abs(one.value - round(one.value / unit) * unit) > one.error:
                break
            chance *= min(1.0, float((2 * one.error + Fraction(1, 2**DOUBLE) * abs(one.value)) / unit))
        else:
            if chance < 1 / (stochastic.RUNS + 1):
                return bits
    return 0
