"""What every program of scripts/ does alike on the command line: options, progress, messages, exit codes."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar, cast

from tqdm import tqdm

from lastdigit.files import InputError

T = TypeVar("T")

# More epochs, seeds, units, bits or digits than this are a slip of the keyboard.
GREATEST_COUNT = 10**9


def parser(description: str, examples: str) -> argparse.ArgumentParser:
    """An argument parser whose help ends in examples."""
    return argparse.ArgumentParser(
        description=description,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def positive(text: str) -> int:
    """An option's value that counts something.

    Raises:
        argparse.ArgumentTypeError: if it is not a whole number from 1 on.
    """
    try:
        count = int(text)
    except ValueError:
        count = 0
    if not 1 <= count <= GREATEST_COUNT:
        raise invalid(f"count (a whole number from 1 to {GREATEST_COUNT})", text)
    return count


def invalid(kind: str, text: str) -> argparse.ArgumentTypeError:
    """The error of an option's value that is none of the kind expected."""
    return argparse.ArgumentTypeError(f"invalid {kind} value: {text!r}")


def progress(items: Iterable[T], description: str, total: int, unit: str = " epochs") -> Iterable[T]:
    """The same items, with a progress bar as long as a terminal is watching."""
    return cast(Iterable[T], tqdm(items, desc=description, total=total, unit=unit, disable=None, leave=False))


def run(program: Callable[[], None]) -> None:
    """Run a program: exit code 2 and one line for bad input, 1 and one line for a full disk or the like."""
    try:
        program()
        sys.stdout.flush()
    except InputError as error:
        sys.exit(_complain(error, 2))
    except BrokenPipeError:  # the reader of our output, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        sys.exit(_complain(f"{error.filename or 'file'}: {error.strerror}", 1))
    except MemoryError:
        sys.exit(_complain("not enough memory for so many numbers", 1))
    except KeyboardInterrupt:
        sys.exit(_complain("interrupted; nothing was written", 130))


def _complain(message: object, code: int) -> int:
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    return code
