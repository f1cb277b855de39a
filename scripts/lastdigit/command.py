"""What every program of scripts/ does alike on the command line: options, progress, messages, exit codes."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from tqdm import tqdm

from lastdigit.experiments import Activation, Experiment
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


def invalid(kind: str, text: str) -> argparse.ArgumentTypeError:
    """The error of an option's value that is none of the kind expected."""
    return argparse.ArgumentTypeError(f"invalid {kind} value: {text!r}")


def add_changes(parser: argparse.ArgumentParser) -> None:
    """Let the command line change any parameter of an experiment but its data."""
    changes = parser.add_argument_group("parameters of the experiment, to change")
    changes.add_argument("--seed", type=int, help="of the legacy NumPy generator")
    changes.add_argument("--start-of", metavar="EXPERIMENT", help="begin with the starting weights of another one")
    changes.add_argument("--low", type=float, help="the least starting weight")
    changes.add_argument("--high", type=float, help="the bound of the starting weights")
    changes.add_argument("--epochs", type=positive, help="the number of updates")
    changes.add_argument("--hidden", type=int, nargs="+", metavar="UNITS", help="the sizes of the hidden layers")
    changes.add_argument("--output-activation", choices=get_args(Activation))
    changes.add_argument("--learning-rate", type=float)
    changes.add_argument("--rate-scales", choices=("update", "delta"), help="what the learning rate multiplies")
    changes.add_argument("--order", choices=("simultaneous", "output-first"), help="when the output weights change")


def changed(experiment: Experiment, options: argparse.Namespace, known: Callable[[str], Experiment]) -> Experiment:
    """The experiment with the parameters that a command line gives.

    Args:
        experiment: as it is run.
        options: those of `add_changes`.
        known: another experiment, by name.

    Raises:
        InputError: if a value does not fit, or there is nothing to start from.
    """
    if options.start_of and options.seed is not None:
        raise InputError("--start-of and --seed exclude each other")
    if options.start_of:
        experiment = experiment.starting_from(**known(options.start_of).start.model_dump())
    if options.hidden is not None:
        experiment = experiment.with_hidden(*options.hidden)

    def given(*keys: str) -> dict[str, Any]:
        return {key: getattr(options, key) for key in keys if getattr(options, key) is not None}

    fields = given("epochs", "learning_rate", "rate_scales", "order")
    if start := given("seed", "low", "high"):
        fields["start"] = experiment.start.model_dump() | start | {"weights": None}
    if options.output_activation is not None:
        fields["activations"] = (*experiment.activations[:-1], options.output_activation)
    experiment = experiment.changed(**fields)
    if not experiment.start.is_given:
        raise InputError(f"{experiment.name} was run without a seed: give one with --seed")
    return experiment


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
