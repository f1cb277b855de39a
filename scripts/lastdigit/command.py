"""What every program of scripts/ does alike: options, messages, exit codes, files written whole or not at all."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar, cast

from tqdm import tqdm

from lastdigit.experiments import EXPERIMENTS, WITNESSES
from lastdigit.inputs import InputError

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


def experiment_parser(description: str, examples: str) -> argparse.ArgumentParser:
    """A parser for the programs that work on one experiment."""
    made = parser(description, examples)
    made.add_argument("experiment", help="a name in the file of experiments")
    made.add_argument("--experiments", type=Path, default=EXPERIMENTS, metavar="FILE", help="default: %(default)s")
    made.add_argument("--witnesses", type=Path, default=WITNESSES, metavar="FILE", help="default: %(default)s")
    return made


def positive(text: str) -> int:
    """An option's value that counts something.

    Raises:
        ValueError: if it is not a whole number from 1 on, which argparse reports.
    """
    if not 1 <= int(text) <= GREATEST_COUNT:
        raise ValueError
    return int(text)


# What argparse calls it in its message.
positive.__name__ = f"count (a whole number from 1 to {GREATEST_COUNT})"


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


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, whole or not at all."""
    with write_atomically(path) as stream:
        json.dump(value, stream, indent=1, ensure_ascii=False)
        stream.write("\n")


@contextmanager
def write_atomically(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file for writing under a temporary name beside it, and rename it once all is written."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder, expected the name of a file")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
        with os.fdopen(descriptor, mode, **text) as stream:  # type: ignore[call-overload]
            yield stream
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp makes files private
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
