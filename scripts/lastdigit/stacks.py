"""What real stacks of NumPy, BLAS kernel and vector instructions print, as found by scripts/profile_stacks.py."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from lastdigit.files import Strict, Text, parse, read_yaml

Vectors = Literal["all", "no AVX-512", "baseline"]


class Stack(Strict):
    """One combination that was tried.

    Attributes:
        numpy: its version.
        python: the version of Python, major and minor.
        openblas: the version of the library that was loaded; null for old ones, which do not tell it.
        kernel: the processor that its kernels are for, by its own account.
        vectors: which of the processor's vector instructions NumPy itself was allowed to use.
        prints: the epochs whose lines come out as published.
    """

    numpy: Text
    python: Text
    openblas: Text | None
    kernel: Text
    vectors: Vectors
    prints: tuple[Annotated[int, Field(ge=0)], ...]


class Stacks(Strict):
    """All stacks that were tried on one kind of machine, for one claim."""

    claim: Text
    machine: Text
    stacks: Annotated[tuple[Stack, ...], Field(min_length=1)]


def load_stacks(path: Path) -> Stacks:
    """Read the file of stacks.

    Raises:
        InputError: naming file and key, at the first thing that does not fit.
    """
    return parse(Stacks, read_yaml(path), str(path))
