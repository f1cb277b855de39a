"""What programs write for others to read, typed: certificates, findings, verdicts. JSON Schemas come from here."""

import math
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment
from lastdigit.files import Id, Strict, Text
from lastdigit.printed import Digits, Notation, Part
from lastdigit.published import Moment, Quantity, Subject, Where
from lastdigit.rounding import nearest_double

MOST_DIGITS = 4300  # that Python turns into an integer

Hex = Annotated[str, Field(max_length=30)]  # of a binary64
Printed = Annotated[str, Field(min_length=1, max_length=30)]  # a number in one of the notations
Dyadic = tuple[
    Annotated[str, Field(pattern=r"^-?\d+$", max_length=MOST_DIGITS)], Annotated[int, Field(ge=-(10**6), le=10**6)]
]


class Double(Strict):
    """A binary64: its exact bits, and the shortest string that reads back as the same."""

    hex: Hex
    repr: Printed

    @classmethod
    def of(cls, value: float) -> Self:
        return cls(hex=value.hex(), repr=repr(value))

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if repr(float.fromhex(self.hex)) != self.repr:
            raise ValueError(f"hex {self.hex} and repr {self.repr} are not the same number")
        return self


class WrittenEnclosure(Strict):
    """An enclosure; midpoint and radius are m · 2^e as [m, e]: m is a string, because readers of JSON round numbers."""

    decimal: Annotated[str, Field(description="midpoint +/- radius, rounded so that the enclosure is contained")]
    midpoint: Dyadic
    radius: Dyadic

    @classmethod
    def of(cls, enclosure: Enclosure, digits: int) -> Self:
        midpoint, radius = ((str(mantissa), exponent) for mantissa, exponent in enclosure)
        return cls(decimal=enclosure.to_text(digits), midpoint=midpoint, radius=radius)

    @property
    def exact(self) -> Enclosure:
        """The enclosure itself."""
        return Enclosure((int(self.midpoint[0]), self.midpoint[1]), (int(self.radius[0]), self.radius[1]))


Library = Literal["MPFR", "libmpdec"]
Method = Literal["balls", "mean value form"]


class Confirmation(Strict):
    """A library that computed the same numbers by itself, and the precision that it worked with."""

    library: Library
    precision: Annotated[str, Field(pattern=r"^\d+ (bits|digits)$")]


class StartingWeight(Strict):
    """One starting weight: its place, its exact bits, and 17 digits, which suffice to read it back."""

    layer: Annotated[int, Field(ge=1)]
    row: Annotated[int, Field(ge=0)]
    column: Annotated[int, Field(ge=0)]
    hex: Hex
    decimal: Printed


class CertifiedValue(Strict):
    """What is proven about one number.

    Attributes:
        certified: the exact value rounded to the digits proven, or null.
        digits_proven: how many, at most those wanted.
        enclosure: of the exact value, or null where the balls were no longer finite.
        nearest_double: the binary64 nearest to the exact value, where that is decided.
        confirmed_to: for each library, to how many digits it agrees with every number of the enclosure.
        portable: what the portable arithmetic has instead.
        remark: where the portable value has no digit in common with the exact one.
        spread: the greatest deviation from the exact value over runs whose every operation is rounded at random.
    """

    certified: Annotated[str, Field(max_length=MOST_DIGITS)] | None
    digits_proven: Annotated[int, Field(ge=0)]
    enclosure: WrittenEnclosure | None
    nearest_double: Double | None
    confirmed_to: dict[str, Annotated[int, Field(ge=0)]]
    portable: Double
    remark: Annotated[str | None, Field(exclude_if=lambda remark: remark is None)] = None
    spread: Annotated[Printed | None, Field(exclude_if=lambda spread: spread is None)] = None

    @property
    def is_confirmed(self) -> bool:
        """Whether there is an enclosure, and every library that was asked agrees with all the digits proven."""
        return self.enclosure is not None and min(self.confirmed_to.values(), default=0) >= self.digits_proven

    def check(self, digits_wanted: int) -> None:
        """Raise ValueError if what is said of the digits is not what the enclosure proves."""
        if self.enclosure is None:
            if self.certified is not None or self.digits_proven:
                raise ValueError("certified: without an enclosure nothing is certified")
            return
        exact = self.enclosure.exact
        if exact.radius[0] < 0 or (exact.radius[0] == 0 and _double_or_infinity(exact.centre) != exact.centre):
            raise ValueError("enclosure.radius: only a binary64, such as a starting weight, is known exactly")
        if exact.to_text(digits_wanted + 10) != self.enclosure.decimal:
            raise ValueError("enclosure.decimal: is not the enclosure that midpoint and radius give")
        proven = exact.digits_proven(digits_wanted)
        if proven != self.digits_proven or exact.certified(proven) != self.certified:
            raise ValueError(f"certified: the enclosure proves {proven} digits, {exact.certified(proven)}")
        nearest = exact.agree(_double_or_infinity)
        if self.nearest_double != (None if nearest is None or math.isinf(nearest) else Double.of(nearest)):
            raise ValueError("nearest_double: is not the one nearest to the number enclosed")


def _double_or_infinity(x: Fraction) -> float:
    try:
        return nearest_double(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


class CertifiedQuantity(Strict):
    """The numbers of one quantity at one epoch, and the claims that are about them."""

    quantity: Quantity
    epoch: Annotated[int, Field(ge=0)]
    moment: Moment
    inputs: tuple[float, ...] | None
    formula: str
    claims: tuple[str, ...]
    values: tuple[CertifiedValue, ...]


class Certificate(Strict):
    """Everything that is proven about what an experiment printed.

    Attributes:
        name, experiment: what was run.
        starting_weights: row by row, the first layer's first.
        digits_wanted: significant digits to be proven of each number.
        method, precision_bits: how they were enclosed.
        shortfall: null, or where fewer digits are proven.
        confirmed_by: the libraries that were asked for another opinion.
        disagreements: where one of them does not agree with the digits proven; of these numbers nothing is certified.
        quantities: the numbers that the sources print, in the order of the epochs.
    """

    name: str
    experiment: Experiment
    starting_weights: tuple[StartingWeight, ...]
    digits_wanted: Annotated[int, Field(ge=1)]
    method: Method
    precision_bits: Annotated[int, Field(ge=1)]
    shortfall: str | None
    confirmed_by: Annotated[tuple[Confirmation, ...], Field(min_length=1)]
    disagreements: tuple[str, ...]
    quantities: tuple[CertifiedQuantity, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for quantity in self.quantities:
            for index, value in enumerate(quantity.values):
                where = f"{quantity.quantity}[{index}] of epoch {quantity.epoch}"
                try:
                    value.check(self.digits_wanted)
                except ValueError as error:
                    raise ValueError(f"{where}: {error}") from None
                if value.digits_proven < self.digits_wanted and not self.shortfall:
                    raise ValueError(f"{where}: {value.digits_proven} digits are proven, and shortfall is null")
                if value.enclosure and list(value.confirmed_to) != [one.library for one in self.confirmed_by]:
                    raise ValueError(f"{where}: confirmed_to and confirmed_by do not name the same libraries")
                if value.enclosure and not value.is_confirmed and not self.disagreements:
                    raise ValueError(f"{where}: a library does not confirm it, and there are no disagreements")
        return self

    def values(self, subject: Subject, epoch: int) -> tuple[CertifiedValue, ...]:
        """The numbers of one subject at one epoch.

        Raises:
            KeyError: if the certificate has none.
        """
        for one in self.quantities:
            if (one.quantity, one.moment, one.inputs) == subject and one.epoch == epoch:
                return one.values
        raise KeyError(f"{subject.quantity} {subject.moment} the update of epoch {epoch}")


Index = Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]
Decimal = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]*)?(e[-+][0-9]{1,5})?$", max_length=MOST_DIGITS)]


class TrajectoryRow(Strict):
    """A row of trajectory.csv, as text."""

    epoch: Index
    moment: Moment
    quantity: Text
    row: Index
    column: Index
    portable: Decimal | Literal["nan", "inf", "-inf"]
    portable_hex: Hex
    certified: Decimal | Literal[""]
    spread: Decimal | Literal[""]


# A closed set: of a printed number; of a statement. "open" is the lack of a verdict: the pipeline has not got there.
OnNumber = Literal["proven", "reproduced", "attained", "differs", "open"]
ByRule = Literal["holds", "qualified", "fails"]
OnStatement = Literal[ByRule, "open"]

# What a number looks like that differs from what the portable run prints.
Likeness = Literal["rounding error", "typo", "another computation"]

# The type of what a cell of an executed document shows, besides what people read: a finding, as JSON.
FINDING = "application/vnd.last-digit.finding+json"


class Finding(Strict):
    """What a document found of one of its article's statements: the verdict, and why, ending in the rule that decided.

    `statement` is the id of the claim.
    """

    statement: Id
    verdict: ByRule
    finding: Text


class _OfClaim(Strict):
    """What all records have: the claim, named source/id, the source, the place in it, and which of its numbers."""

    claim: Annotated[str, Field(pattern=r"^[a-z0-9.-]+/[a-z0-9.-]+$")]
    source: Id
    index: Annotated[int, Field(ge=0)] = 0
    where: Where


class NumberVerdict(_OfClaim):
    """The verdict on one printed number.

    Attributes:
        experiment, quantity, layer, epoch, moment: which number of which run.
        seeded: whether the source says how the run started.
        notation, printed: how it was printed.
        native, portable: what these runs print, or null where there is none.
        certified: the exact value rounded to the digits proven, or null where none is certified and confirmed.
        digits_proven: how many these are.
        correct_rounding: whether the print is the exact value correctly rounded, or null where that is not decided.
        margin: the distance from the exact value to the nearest rounding boundary, in units of the last digit of the
            notation.
        lre: to how many significant digits the print agrees with the exact value (log relative error): at most those
            of its notation, where a zero that it leaves blank at the end is a digit.
        portable_lre: the same of the portable run's binary64.
        correct_digits: how many leading digits of those shown are right.
        verdict: "proven", the print is the correct rounding of the exact value, and the portable run prints it;
            "reproduced", the portable run prints it, and its last digits are rounding error; "attained", the same of
            an unseeded run, from a witness; "differs", the portable run prints something else; "open".
        looks_like: of what differs.
        percentile: of an unseeded run's output, how many per cent of the ensemble's converged runs lie below it.
        converged: how many these are.
    """

    kind: Literal["number"] = "number"
    experiment: str
    quantity: Quantity
    layer: int | None
    epoch: Annotated[int, Field(ge=0)]
    moment: Moment
    seeded: bool
    notation: Notation
    printed: Printed
    native: Printed | None
    portable: Printed | None
    certified: Annotated[str, Field(max_length=MOST_DIGITS)] | None = None
    digits_proven: Annotated[int, Field(ge=0)] | None = None
    correct_rounding: bool | None = None
    margin: Annotated[float, Field(ge=0)] | None = None
    lre: float | None = None
    portable_lre: float | None = None
    correct_digits: Annotated[int, Field(ge=0)] | None = None
    verdict: OnNumber
    looks_like: Likeness | None = None
    percentile: Annotated[float, Field(ge=0, le=100)] | None = None
    converged: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.verdict in ("proven", "reproduced", "attained") and self.portable != self.printed:
            raise ValueError(f"verdict: {self.verdict}, and the portable run does not print it")
        if self.verdict in ("proven", "reproduced") and self.correct_rounding is not (self.verdict == "proven"):
            raise ValueError(f"verdict: {self.verdict}, and correct_rounding is {self.correct_rounding}")
        if (self.looks_like is None) != (self.verdict != "differs"):
            raise ValueError("looks_like: of what differs, and of nothing else")
        return self

    @property
    def digits(self) -> Digits:
        """The print in its parts. Rounding error is what was shown to be that; of an unseeded run nothing is shown."""
        shown = self.verdict in ("proven", "reproduced", "differs")
        error: Part = "different" if self.looks_like in ("typo", "another computation") else "wrong"
        return Digits(self.printed, self.correct_digits if shown else None, error)


class ListedFigure(_OfClaim):
    """A published figure, the name of ours that redraws it, and what it shows. No verdict: the images are lost."""

    kind: Literal["figure"] = "figure"
    figure: Id
    shows: Text


class StatementVerdict(_OfClaim):
    """The verdict on a statement: as worded in `statement`, and what was found."""

    kind: Literal["statement"] = "statement"
    statement: Text
    verdict: OnStatement
    finding: Text


Verdict = Annotated[NumberVerdict | ListedFigure | StatementVerdict, Field(discriminator="kind")]
Verdicts = Annotated[tuple[Verdict, ...], Field(title="Verdicts")]
