"""What programs write for others to read, typed: certificates, findings. Their JSON Schemas come from here."""

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment
from lastdigit.files import Id, Strict, Text
from lastdigit.published import Moment, Quantity
from lastdigit.rounding import nearest_double

Dyadic = tuple[Annotated[str, Field(pattern=r"^-?\d+$", max_length=4300)], Annotated[int, Field(ge=-(10**6), le=10**6)]]


class Double(Strict):
    """A binary64: its exact bits, and the shortest string that reads back as the same."""

    hex: str
    repr: str

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


class Confirmation(Strict):
    """A library that computed the same numbers by itself, and the precision that it worked with."""

    library: Literal["MPFR", "libmpdec"]
    precision: Annotated[str, Field(pattern=r"^\d+ (bits|digits)$")]


class StartingWeight(Strict):
    """One starting weight: its place, its exact bits, and 17 digits, which suffice to read it back."""

    layer: Annotated[int, Field(ge=1)]
    row: Annotated[int, Field(ge=0)]
    column: Annotated[int, Field(ge=0)]
    hex: str
    decimal: str


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
    """

    certified: str | None
    digits_proven: Annotated[int, Field(ge=0)]
    enclosure: WrittenEnclosure | None
    nearest_double: Double | None
    confirmed_to: dict[str, Annotated[int, Field(ge=0)]]
    portable: Double
    remark: Annotated[str | None, Field(exclude_if=lambda remark: remark is None)] = None

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
        if exact.radius[0] < 0 or (exact.radius[0] == 0 and Fraction(_double_or_zero(exact)) != exact.centre):
            raise ValueError("enclosure.radius: only a binary64, such as a starting weight, is known exactly")
        if exact.to_text(digits_wanted + 10) != self.enclosure.decimal:
            raise ValueError("enclosure.decimal: is not the enclosure that midpoint and radius give")
        proven = exact.digits_proven(digits_wanted)
        if proven != self.digits_proven or exact.certified(proven) != self.certified:
            raise ValueError(f"certified: the enclosure proves {proven} digits, {exact.certified(proven)}")


def _double_or_zero(enclosure: Enclosure) -> float:
    try:
        return nearest_double(enclosure.centre)
    except OverflowError:
        return 0.0


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
    method: Literal["balls", "mean value form"]
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

    def values(
        self, quantity: str, epoch: int, moment: str, inputs: tuple[float, ...] | None
    ) -> tuple[CertifiedValue, ...]:
        """The numbers of one quantity at one epoch.

        Raises:
            KeyError: if the certificate has none.
        """
        for one in self.quantities:
            if (one.quantity, one.epoch, one.moment, one.inputs) == (quantity, epoch, moment, inputs):
                return one.values
        raise KeyError(f"{quantity} {moment} the update of epoch {epoch}")


StatementVerdict = Literal["holds", "qualified", "fails"]

# The type of what a cell of an executed document shows, besides what people read: a finding, as JSON.
FINDING = "application/vnd.last-digit.finding+json"


class Finding(Strict):
    """What a document found of one of its article's statements: the verdict, and why, ending in the rule that decided.

    `statement` is the id of the claim.
    """

    statement: Id
    verdict: StatementVerdict
    finding: Text
