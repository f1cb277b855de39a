"""Changes to an experiment from the command line: any of its parameters but its data."""

import argparse
from collections.abc import Callable
from typing import Any, get_args

from lastdigit import command
from lastdigit.experiments import Activation, Experiment
from lastdigit.files import InputError


def add_options(parser: command.Parser) -> None:
    """Let the command line change any parameter of an experiment but its data, and how long it may take."""
    parser.add_limit()
    changes = parser.add_argument_group("parameters of the experiment, to change")
    changes.add_argument("--seed", type=int, help="seed of NumPy's legacy generator, which draws the starting weights")
    changes.add_argument("--start-of", metavar="EXPERIMENT", help="use the starting weights of another experiment")
    changes.add_argument("--low", type=float, help="lower bound of the starting weights")
    changes.add_argument("--high", type=float, help="upper bound of the starting weights")
    changes.add_argument("--epochs", type=command.positive, help="number of updates")
    changes.add_argument("--hidden", type=int, nargs="+", metavar="UNITS", help="sizes of the hidden layers")
    changes.add_argument("--output-activation", choices=get_args(Activation), help="activation of the output layer")
    changes.add_argument("--learning-rate", type=float, help="factor of every update")
    changes.add_argument("--rate-scales", choices=("update", "delta"), help="what the learning rate multiplies")
    changes.add_argument(
        "--order", choices=("simultaneous", "output-first"), help="when the output weights are updated"
    )


def changed(experiment: Experiment, options: argparse.Namespace, known: Callable[[str], Experiment]) -> Experiment:
    """The experiment with the parameters given on the command line.

    Args:
        experiment: as it is run.
        options: those of `add_options`.
        known: returns another experiment by name.

    Raises:
        InputError: if a value does not fit, or there are no starting weights.
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


def add_options_of_many(parser: command.Parser) -> None:
    """Let the command line name many seeds, and several sizes of a hidden layer and learning rates."""
    parser.add_argument("--seeds", type=command.seed_range, metavar="FIRST:END", required=True, help="END not included")
    parser.add_argument("--hidden", type=command.positive, nargs="*", default=[], metavar="UNITS", help="each tried")
    parser.add_argument("--learning-rates", type=float, nargs="*", default=[], metavar="RATE", help="each tried")
    parser.add_argument("--epochs", type=command.positive, help="the number of updates")


def many(experiment: Experiment, options: argparse.Namespace) -> list[Experiment]:
    """The experiment with each size and each rate that `add_options_of_many` was told; where none is, with its own.

    Raises:
        InputError: if a size or a rate is there twice, or does not fit.
    """
    for name, values in (("hidden sizes", options.hidden), ("learning rates", options.learning_rates)):
        if len(set(values)) < len(values):
            raise InputError(f"{name}: expected each once, got {' '.join(map(str, values))}")
    experiment = experiment.changed(epochs=options.epochs or experiment.epochs)
    sizes = [experiment.with_hidden(units) for units in options.hidden] or [experiment]
    return [one.changed(learning_rate=rate) for one in sizes for rate in options.learning_rates] or sizes
