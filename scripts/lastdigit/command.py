"""What every program of scripts/ does alike on the command line: options, progress, messages, exit codes."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lastdigit.files import InputError, watching

# More epochs, seeds, units, bits or digits than this are a slip of the keyboard.
GREATEST_COUNT = 10**9

LOOK = 1  # seconds between two measurements of the speed, at least
MEASURED = 5  # seconds of work, after which it is known how long the rest will take
LONG = 60  # seconds that somebody who sees no progress bar is told of before they pass
SILENCE = 15  # seconds without a word, at most


class Parser(argparse.ArgumentParser):
    """An argument parser that knows which files are written: none of them may be another option's, too."""

    def __init__(self, description: str, examples: str) -> None:
        super().__init__(
            description=description,
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.written: dict[str, str] = {}

    def add_output(self, name: str, ending: str = "", **options: Any) -> None:
        """An option that names a file to write, or several.

        Args:
            name: with its dashes.
            ending: what its name ends in, if the program writes one kind of file only.
            options: others of argparse.
        """
        self.written[self.add_argument(name, type=Path, metavar="FILE", **options).dest] = ending

    def add_limit(self) -> None:
        """An option for those who want what takes longer than a slip of the keyboard should."""
        self.add_argument(
            "--most-hours", type=positive, default=1, help="stop at once what would take longer (default: %(default)s)"
        )

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[argparse.Namespace, list[str]]:  # type: ignore[override]
        options, rest = super().parse_known_args(args, namespace)
        given = {
            name: value for name, value in vars(options).items() if name in self.written or isinstance(value, Path)
        }
        places: dict[Path, str] = {}
        for name in sorted(given, key=lambda name: name in self.written):
            paths = given[name] if isinstance(given[name], list) else [given[name]]
            for path in paths:
                if path is None or (path.exists() and not path.is_file()):
                    continue  # a folder, a pipe or a device
                if not path.name.endswith(ending := self.written.get(name, "")):
                    self.error(f"argument --{_dashed(name)}: expected a name that ends in {ending}, got {path}")
                other = places.setdefault(Path(os.path.realpath(path)), name)
                if name in self.written and (other != name or paths.count(path) > 1):
                    self.error(f"argument --{_dashed(name)}: {path} is given to --{_dashed(other)}, too")
        return options, rest


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def parser(description: str, examples: str) -> Parser:
    """An argument parser whose help ends in examples."""
    return Parser(description, examples)


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
def progress(
    description: str, total: int, unit: str = " epochs", most_hours: int | None = None
) -> Iterator[Callable[[int], None]]:
    """A progress bar, or lines where no terminal is watching; and the function that moves it to how many are done.

    Raises:
        InputError: by that function, if the whole takes longer than so many hours, at the speed of its first seconds.
    """
    begun = said = looked = time.monotonic()
    before, speed = 0, 0.0  # what is done a second, at best: the first epochs may be slow, and a compiler at work

    def move(done: int) -> None:
        nonlocal said, looked, before, speed
        bar.update(done - bar.n)
        now = time.monotonic()
        if now - looked < LOOK:
            return
        if before:
            speed = max(speed, (done - before) / (now - looked))
        looked, before = now, done
        left = (total - done) / speed if speed else 0
        if most_hours and now - begun > MEASURED and left > 3600 * most_hours:
            raise InputError(f"{description}: takes {_duration(left)}; give --most-hours if you want that")
        if bar.disable and (now - said > SILENCE or (said == begun and now - begun > MEASURED and left > LONG)):
            print(f"{description}: {100 * done // total} %, {_duration(left)} left", file=sys.stderr, flush=True)
            said = now

    with tqdm(desc=description, total=total, unit=unit, unit_scale=True, disable=None, leave=False) as bar:
        yield move


def _duration(seconds: float) -> str:
    """About how long, for people."""
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} minutes" if seconds < 90 * 60 else f"about {seconds / 3600:.0f} hours"


def run(program: Callable[[], None]) -> None:
    """Run a program: exit code 2 and one line for bad input, 1 and one line for a full disk or the like."""
    _prepare()
    try:
        try:
            with watching():
                program()
        finally:
            sys.stdout.flush()
    except InputError as error:
        sys.exit(_complain(error, 2))
    except BrokenPipeError:  # the reader of our output, `head` say, has seen enough
        _give_up_stdout()
        sys.exit(1)
    except OSError as error:
        if error.filename is None:  # that of a file is named where it is written
            _give_up_stdout()
        sys.exit(_complain(f"{error.filename or 'standard output'}: {error.strerror or error}", 1))
    except MemoryError:
        sys.exit(_complain("not enough memory for so many numbers", 1))
    except KeyboardInterrupt:
        sys.exit(_complain("interrupted; nothing was written", 130))


def _prepare() -> None:
    """Make any surroundings those that programs expect: open streams, which print any character; bounded memory."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:  # or the next file that is opened gets what is printed
        pass
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        getattr(sys, name).reconfigure(errors="backslashreplace")
    with suppress(ImportError, AttributeError, ValueError, OSError):  # as on Windows
        import resource

        # An allocation beyond the memory of the machine fails at once, where else the machine would kill, us or others.
        limit, most = resource.getrlimit(resource.RLIMIT_DATA)
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if limit == resource.RLIM_INFINITY or memory < limit:
            resource.setrlimit(resource.RLIMIT_DATA, (memory, most))


def _give_up_stdout() -> None:
    """Let what is left to print go nowhere: Python would try again, and fail again, at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _complain(message: object, code: int) -> int:
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    return code
