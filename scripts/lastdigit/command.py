"""What every program of scripts/ does alike on the command line: options, progress, messages, exit codes."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from lastdigit.files import InputError

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


def seed_range(text: str) -> range:
    """A range of seeds, written first:end, the end not included.

    Raises:
        argparse.ArgumentTypeError: if it is none.
    """
    try:
        first, end = map(int, text.split(":"))
    except ValueError:
        first = end = 0
    if not 0 <= first < end <= 2**32:
        raise invalid("range of seeds (first:end, as in 0:1000)", text)
    return range(first, end)


def invalid(kind: str, text: str) -> argparse.ArgumentTypeError:
    """The error of an option's value that is none of the kind expected."""
    return argparse.ArgumentTypeError(f"invalid {kind} value: {text!r}")


@contextmanager
def progress(description: str, total: int, unit: str = " epochs") -> Iterator[Callable[[int], None]]:
    """A progress bar, as long as a terminal is watching, and the function that moves it to how many are done."""
    with tqdm(desc=description, total=total, unit=unit, unit_scale=True, disable=None, leave=False) as bar:
        yield lambda done: bar.update(done - bar.n)


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
