"""What real stacks of NumPy, BLAS kernel and vector instructions print, as scripts/profile_stacks.py found it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from lastdigit.files import Strict, Text, parse, read_yaml

Vectors = Literal["all", "no AVX-512", "baseline"]


class Stack(Strict):
    """One combination that was tried.

    Attributes:
        numpy: its version.
        python: the version that it ran under, major and minor.
        openblas: the version of the library that was loaded; null of old ones, which do not say.
        kernel: the processor that this library said its kernels are for.
        vectors: which vector instructions NumPy itself was allowed, of those that the processor has.
        prints: the epochs whose lines came out as published.
    """

    numpy: Text
    python: Text
    openblas: Text | None
    kernel: Text
    vectors: Vectors
    prints: tuple[Annotated[int, Field(ge=0)], ...]


class Stacks(Strict):
    """All that were tried on one kind of processor, for one claim."""

    claim: Text
    machine: Text
    stacks: Annotated[tuple[Stack, ...], Field(min_length=1)]


def load_stacks(path: Path) -> Stacks:
    """Read what was found.

    Raises:
        InputError: naming file and key, at the first thing that does not fit.
    """
    return parse(Stacks, read_yaml(path), str(path))
