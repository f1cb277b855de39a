"""What was printed: the sources of data/published/ and their claims, checked as they are read."""

import datetime
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeVar

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    FiniteFloat,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from lastdigit.experiments import Experiment
from lastdigit.files import Id, InputError, Named, Strict, Text, listed, parse, read_yaml
from lastdigit.printed import Notation, print_numbers

T = TypeVar("T")

Line = Annotated[int, Field(ge=1)]


def _check_where(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    """One message for all three forms; pydantic has one for each."""
    try:
        where = check(value)
    except ValidationError:
        where = None
    if where is None or (isinstance(where, tuple) and where[0] > where[1]):
        raise ValueError("expected a line, the [first, last] of several, or full article")
    return where


def _check_date(text: str) -> str:
    if not DATE.fullmatch(text):
        raise ValueError(f"expected a year, a month or a day, as in 2015-07-12, got {text!r}")
    try:
        datetime.date.fromisoformat((text + "-01-01")[:10])
    except ValueError as error:
        raise ValueError(f"{text} is no date: {error}") from None
    return text


Where = Annotated[Line | tuple[Line, Line] | Literal["full article"], WrapValidator(_check_where)]
Date = Annotated[str, AfterValidator(_check_date)]
Address = Annotated[str, Field(pattern=r"^https?://[^\s<>\"\\]+$")]
Quantity = Literal["error", "output", "loss", "weights", "start", "prediction"]
Moment = Literal["before", "after"]

# What a number looks like in any of the notations; the notation itself is checked by printing the number again.
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?(e[-+][0-9]+)?")
DATE = re.compile("[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


class _Claim(Named):
    """What all claims have.

    Attributes:
        id: unique within its source.
        where: line, or first and last line, in the document; "full article" where the extraction lost it.
    """

    id: Id
    where: Where

    @property
    def source(self) -> str:
        """The name of its source; its own is source/id."""
        return self.name.removesuffix(f"/{self.id}")


class Subject(NamedTuple):
    """What is observed, at whatever epoch: a quantity, before or after the update; of a prediction, its inputs."""

    quantity: Quantity
    moment: Moment
    inputs: tuple[float, ...] | None


class Numbers(_Claim):
    """Printed numbers.

    Attributes:
        experiment: the run that printed them.
        quantity: "error", the mean absolute error; "output", one number an example; "loss", the mean binary
            cross-entropy; "weights", all matrices row by row; "start", the starting weights; "prediction", the output
            for `inputs`.
        layer: of weights, if those of one layer were printed: the first matrix is that of layer 1.
        at: epochs in ascending order, counted from 0: one number each for the error and the loss, a single epoch for
            the others.
        moment: "before" or "after" that epoch's update.
        inputs: of a prediction: one example.
        notation: how the numbers were printed.
        printed: the strings, character for character.
        note: what the extraction damaged.
    """

    experiment: str
    quantity: Quantity
    layer: Annotated[int, Field(ge=1)] | None = None
    at: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    moment: Moment = "before"
    inputs: tuple[FiniteFloat, ...] | None = None
    notation: Notation
    printed: Annotated[tuple[str, ...], Field(min_length=1)]
    note: Text | None = None

    @model_validator(mode="after")
    def _fits_notation(self) -> Self:
        for index, text in enumerate(self.printed):
            if not NUMBER.fullmatch(text):
                raise ValueError(f"printed[{index}]: {text!r} is not a number")
            if math.isinf(float(text)):
                raise ValueError(f"printed[{index}]: {text!r} lies beyond the greatest double")
        again = print_numbers(self.notation, [float(text) for text in self.printed])
        for index, (text, expected) in enumerate(zip(self.printed, again, strict=True)):
            if text != expected:
                raise ValueError(f"printed[{index}]: {text!r} does not fit {self.notation}, which prints {expected!r}")
        return self

    @model_validator(mode="after")
    def _keys_fit_quantity(self) -> Self:
        if (self.inputs is not None) != (self.quantity == "prediction"):
            raise ValueError("inputs: a prediction has inputs, and no other quantity")
        if self.moment == "after" and self.quantity not in ("weights", "prediction"):
            raise ValueError(f"moment: {self.quantity} is not changed by the update; only weights and predictions are")
        if self.layer is not None and self.quantity not in ("weights", "start"):
            raise ValueError("layer: weights are those of a layer, and no other quantity")
        if any(later <= earlier for earlier, later in itertools.pairwise(self.at)):
            raise ValueError(f"at: expected epochs in ascending order, each once, got {list(self.at)}")
        if self.quantity not in ("error", "loss") and len(self.at) != 1:
            raise ValueError(f"at: {self.quantity} is printed at one epoch, got {len(self.at)}")
        if self.quantity == "start" and self.at != (0,):
            raise ValueError("at: the starting weights are those of epoch 0")
        return self

    @property
    def subject(self) -> Subject:
        """What the numbers are of, at whatever epoch."""
        return Subject(self.quantity, self.moment, self.inputs)

    def check_against(self, experiment: Experiment) -> None:
        """Raise ValueError, naming the key, if the claim cannot be about this experiment."""
        if self.inputs is not None and len(self.inputs) != experiment.layers[0]:
            raise ValueError(f"inputs: {len(self.inputs)} numbers where layers says {experiment.layers[0]} units")
        for index, epoch in enumerate(self.at):
            if epoch >= experiment.epochs:
                raise ValueError(f"at[{index}]: epoch {epoch} is outside the run, 0 to {experiment.epochs - 1}")
        if self.layer is not None and self.layer >= len(experiment.layers):
            raise ValueError(f"layer: {self.layer} where there are {len(experiment.layers) - 1} layers with weights")
        weights = range(sum(map(math.prod, experiment.shapes)))
        expected = {
            "output": len(experiment.targets) * experiment.layers[-1],
            "weights": len(weights[self.part(experiment.layers)]),
            "start": len(weights[self.part(experiment.layers)]),
            "prediction": experiment.layers[-1],
        }.get(self.quantity, len(self.at))
        if len(self.printed) != expected:
            raise ValueError(
                f"printed: {len(self.printed)} numbers where the shape of {self.quantity} wants {expected}"
            )

    def part(self, layers: Sequence[int]) -> slice:
        """Which numbers of its quantity are printed, given the units of each layer: all, or the weights of one layer.

        Weights are numbered layer by layer, and row by row within a layer.
        """
        if self.layer is None:
            return slice(None)
        ends = list(itertools.accumulate(map(math.prod, itertools.pairwise(layers)), initial=0))
        return slice(ends[self.layer - 1], ends[self.layer])


class Figure(_Claim):
    """A published figure, the name of ours that redraws it, and what it shows."""

    figure: Id
    shows: Text


class Statement(_Claim):
    """Something a source says that can be checked, in our own words."""

    statement: Text


def _kind(claim: Any) -> str | None:
    if not isinstance(claim, Mapping):
        return None
    return next((kind for key, kind in KINDS.items() if key in claim), None)


# Tags are in angle brackets, so that `parse` can tell them from keys.
KINDS = {"printed": "<numbers>", "quantity": "<numbers>", "figure": "<figure>", "statement": "<statement>"}

Claim = Annotated[
    Annotated[Numbers, Tag("<numbers>")]
    | Annotated[Figure, Tag("<figure>")]
    | Annotated[Statement, Tag("<statement>")],
    Discriminator(
        _kind,
        custom_error_type="kind",
        custom_error_message="a claim has one of the keys printed, figure and statement",
    ),
]


class Document(Strict):
    """The extracted text that the lines count in."""

    file: Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Source(Named):
    """One published article."""

    title: Text
    author: Text | None
    date: Date | None
    url: Address | None
    document: Document | None = None
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)]

    def of_kind(self, kind: type[T]) -> Iterator[T]:
        return (claim for claim in self.claims if isinstance(claim, kind))


def load_source(path: Path, experiments: Mapping[str, Experiment]) -> Source:
    """Read one source and check its claims against the experiments.

    Raises:
        InputError: naming file and key, at the first thing that does not fit.
    """
    name = parse(Id, path.stem, f"{path}: the name")
    source = parse(Source, read_yaml(path), str(path))
    seen: set[str] = set()
    for index, claim in enumerate(source.claims):
        where = f"{path}: claims[{index}]"
        if claim.id in seen:
            raise InputError(f"{where}.id: {claim.id!r} stands twice")
        seen.add(claim.id)
        if source.document is None and claim.where != "full article":
            raise InputError(f"{where}.where: expected full article, because there is no document to count lines in")
        if isinstance(claim, Numbers):
            if claim.experiment not in experiments:
                known = listed(experiments)
                raise InputError(f"{where}.experiment: no experiment {claim.experiment!r}; there are {known}")
            try:
                claim.check_against(experiments[claim.experiment])
            except ValueError as error:
                raise InputError(f"{where} ({claim.id}): {error}") from error
    claims = tuple(claim.named(f"{name}/{claim.id}") for claim in source.claims)
    return source.model_copy(update={"claims": claims}).named(name)


def load_sources(experiments: Mapping[str, Experiment], folder: Path) -> dict[str, Source]:
    """Read every source of a folder, by file name without its ending, in alphabetical order.

    Raises:
        InputError: if the folder holds none, or one does not fit.
    """
    paths = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in (".yaml", ".yml")]
    for path in paths:
        if path.suffix != ".yaml":
            raise InputError(f"{path}: expected the ending .yaml; rename the file")
    if not paths:
        raise InputError(f"{folder}: expected at least one source, a file ending in .yaml")
    return {source.name: source for source in (load_source(path, experiments) for path in paths)}
