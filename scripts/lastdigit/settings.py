"""The settings of the pipeline: what config/config.yaml may say."""

from typing import Annotated, Self

from pydantic import Field, FiniteFloat, model_validator

from lastdigit.files import Id, Strict

Bits = Annotated[int, Field(ge=53, le=10**6)]  # binary64 enters with 53
Seeds = Annotated[int, Field(ge=1, le=10**6)]
Units = Annotated[int, Field(ge=1, le=50)]  # wider layers are not compiled


class Certification(Strict):
    """How the certified values are computed.

    Attributes:
        digits: significant decimal digits to prove of every certified quantity.
        first_bits: the precision of the first attempt with balls; it doubles until every digit is proven.
        most_bits: the greatest precision tried; what it does not prove is reported as not certified.
        most_seconds: attempts that would take longer, by estimate, are not made; what then lacks is reported likewise.
    """

    digits: Annotated[int, Field(ge=1, le=4000)]  # longer integers are not turned into text by Python
    first_bits: Bits
    most_bits: Bits
    most_seconds: Annotated[int, Field(ge=1, le=10**6)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first_bits > self.most_bits:
            raise ValueError(f"first_bits: expected at most most_bits, {self.most_bits}, got {self.first_bits}")
        return self


class Sweep(Strict):
    """Many starts of an experiment with several hidden sizes and learning rates; of an empty list, its own."""

    experiment: Id
    seeds: Seeds
    hidden: tuple[Units, ...] = ()
    learning_rates: tuple[Annotated[FiniteFloat, Field(gt=0)], ...] = ()
    epochs: Annotated[int, Field(ge=1, le=10**7)]


class Ensembles(Strict):
    """How typical the results are that were printed without a seed.

    Attributes:
        seeds: of each unseeded experiment the legacy seeds from 0 on, so many of them.
        seeds_of_other_sizes: the same for each other size of the hidden layer.
        other_sizes: other sizes of the hidden layer of xor-sigmoid that are tried; wider ones are not compiled.
        epochs: updates of each; outputs are kept on the way, so this is the most that any question needs.
        sweeps: further ones, by name, of which only a table of errors is kept; none by default.
        minutes: about so long a part of a sweep takes; one that takes no longer is not cut into parts.
    """

    seeds: Seeds
    seeds_of_other_sizes: Seeds
    other_sizes: tuple[Units, ...]
    epochs: Annotated[int, Field(ge=60_000, le=10**7)]
    sweeps: dict[Id, Sweep]
    minutes: Annotated[FiniteFloat, Field(gt=0, le=1440)]

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        if len(set(self.other_sizes)) < len(self.other_sizes):
            raise ValueError(f"other_sizes: expected each size once, got {list(self.other_sizes)}")
        return self


class Settings(Strict):
    """All of them."""

    certification: Certification
    ensembles: Ensembles
