"""Train one experiment in one arithmetic, with any of its parameters changed, and show or keep what happened."""

from argparse import Namespace
from pathlib import Path
from typing import get_args

import numpy

from lastdigit import command, project, runs
from lastdigit.arithmetic import FLOAT_ARITHMETICS
from lastdigit.experiments import Activation, Experiment
from lastdigit.files import InputError
from lastdigit.printed import print_numbers
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/train.py xor                              the published run, in the portable arithmetic
  python scripts/train.py xor --arithmetic native          as NumPy computes it on this machine
  python scripts/train.py xor --seed 7 --epochs 100000     another start, trained for longer
  python scripts/train.py xor-linear --seed 0 --hidden 2   a seed for an experiment that had none
  python scripts/train.py two-layer --output results/mine.npz the run, as a file"""


def change(experiment: Experiment, options: Namespace) -> Experiment:
    """The experiment with the parameters that the command line gives.

    Raises:
        InputError: if a value does not fit.
    """
    if options.hidden is not None:
        experiment = experiment.with_hidden(*options.hidden)
    keys = ("epochs", "learning_rate", "rate_scales", "order")
    fields = {key: getattr(options, key) for key in keys if getattr(options, key) is not None}
    keys = ("seed", "low", "high")
    if start := {key: getattr(options, key) for key in keys if getattr(options, key) is not None}:
        fields["start"] = experiment.start.model_dump() | start | {"weights": None}
    if options.output_activation is not None:
        fields["activations"] = (*experiment.activations[:-1], options.output_activation)
    return experiment.changed(**fields)


def summary(run: runs.Run) -> str:
    """What an article would print: the error at eleven epochs, the last output, and the weights."""
    experiment = run.experiment
    epochs = sorted({experiment.epochs * tenth // 10 for tenth in range(10)} | {experiment.epochs - 1})
    lines = []
    if (diverged := ~numpy.isfinite(run.errors)).any():
        lines.append(f"diverged: from epoch {int(diverged.argmax())} on the numbers are no longer finite")
    lines.append("  epoch  mean absolute error")
    for epoch, error in zip(epochs, print_numbers("python3-repr", run.errors[epochs]), strict=True):
        lines.append(f"{epoch:7}  {error}")
    lines += [
        "output of the last forward pass",
        f"  {'  '.join(print_numbers('numpy-array', run.outputs[-1].ravel()))}",
    ]
    for number, matrices in enumerate(run.weights):
        lines.append(f"weights of layer {number + 1} after training")
        lines += [f"  {'  '.join(print_numbers('numpy-array', row))}" for row in matrices[-1]]
    return "\n".join(lines)


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments", "witnesses")
    parser.add_argument("--arithmetic", choices=FLOAT_ARITHMETICS, default="portable", help="default: %(default)s")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the run here (.npz) instead of showing it")
    changes = parser.add_argument_group("parameters of the experiment, to change")
    changes.add_argument("--seed", type=int, help="of the legacy NumPy generator")
    changes.add_argument("--start-of", metavar="EXPERIMENT", help="begin with the starting weights of another one")
    changes.add_argument("--low", type=float, help="the least starting weight")
    changes.add_argument("--high", type=float, help="the bound of the starting weights")
    changes.add_argument("--epochs", type=command.positive, help="the number of updates")
    changes.add_argument("--hidden", type=int, nargs="+", metavar="UNITS", help="the sizes of the hidden layers")
    changes.add_argument("--output-activation", choices=get_args(Activation))
    changes.add_argument("--learning-rate", type=float)
    changes.add_argument("--rate-scales", choices=("update", "delta"), help="what the learning rate multiplies")
    changes.add_argument("--order", choices=("simultaneous", "output-first"), help="when the output weights change")
    options = parser.parse_args()

    files = Project.of(options)
    experiment = files.experiment(options.experiment)
    if options.start_of and options.seed is not None:
        raise InputError("--start-of and --seed exclude each other")
    if options.start_of:
        experiment = experiment.starting_from(**files.experiment(options.start_of).start.model_dump())
    experiment = change(experiment, options)
    if not experiment.start.is_given:
        raise InputError(f"{experiment.name} was run without a seed: give one with --seed")
    with command.progress(f"{experiment.name} {options.arithmetic}", experiment.epochs) as watch:
        run = runs.train(experiment, FLOAT_ARITHMETICS[options.arithmetic](), watch)
    if options.output:
        runs.save(run, options.output)
    else:
        print(summary(run))


if __name__ == "__main__":
    command.run(main)
