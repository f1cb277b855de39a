"""Train an experiment in one arithmetic, with any of its parameters changed, and show the result or write the run."""

from pathlib import Path

import numpy

from lastdigit import changes, command, project, runs
from lastdigit.arithmetic import FLOAT_ARITHMETICS
from lastdigit.printed import print_numbers
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/train.py xor                              the published run, in the portable arithmetic
  python scripts/train.py xor --arithmetic native          as NumPy computes it on this machine
  python scripts/train.py xor --seed 7 --epochs 100000     other starting weights, more epochs
  python scripts/train.py xor-linear --seed 0 --hidden 2   a seed for an experiment that has none
  python scripts/train.py two-layer --output results/mine.npz the run, as a file"""


def summary(run: runs.Run) -> str:
    """What an article would print: the error at eleven epochs, the last output and the final weights."""
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
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the run here (.npz) instead of a summary")
    changes.add_options(parser)
    options = parser.parse_args()

    files = Project.of(options)
    experiment = changes.changed(files.experiment(options.experiment), options, files.experiment)
    with command.progress(f"{experiment.name} {options.arithmetic}", experiment.epochs) as watch:
        run = runs.train(experiment, FLOAT_ARITHMETICS[options.arithmetic](), watch)
    if options.output:
        runs.save(run, options.output)
    else:
        print(summary(run))


if __name__ == "__main__":
    command.run(main)
