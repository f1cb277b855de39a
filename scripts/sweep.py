"""Train an experiment from many seeds with several hidden sizes and learning rates; the result is a table of errors.

For each size, rate and epoch shown: how many starts there are, how many of them have every output on the right side of
1/2, how many overflowed, and quantiles of the mean absolute error: error_5 is the least that 5 % of the starts do not
exceed. All at once, or in parts that are put together; the table is the same.
"""

import csv
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from lastdigit import command, project, sweeps
from lastdigit.files import InputError, write_atomically
from lastdigit.project import Project
from lastdigit.sweeps import Sweep

EXAMPLES = """\
  python scripts/sweep.py xor-sigmoid --seeds 0:1000 --hidden 2 3 4 --learning-rates 0.5 1 2
  python scripts/sweep.py xor-linear --seeds 0:100000 --part 1/2 --output results/first.npz
  python scripts/sweep.py xor-linear --seeds 0:100000 --part 2/2 --output results/second.npz
  python scripts/sweep.py xor-linear --seeds 0:100000 --gather results/first.npz results/second.npz"""


def which_part(text: str) -> tuple[int, int]:
    """The number of a part and how many there are, written 3/8."""
    try:
        number, parts = map(int, text.split("/"))
    except ValueError:
        number = parts = 0
    if not 1 <= number <= parts:
        raise command.invalid("part (as in 3/8)", text)
    return number, parts


def train(sweep: Sweep, number: int, parts: int, path: Path) -> None:
    """Train a part, watched."""
    epochs = sum(len(seeds) * sweep.points[point].epochs for point, seeds in sweep.part(number, parts))
    with command.progress(f"{sweep.points[0].name}, part {number} of {parts}", epochs) as watch:
        sweeps.train_part(sweep, number, parts, path, watch)


def write(sweep: Sweep, parts: list[Path], stream: TextIO) -> None:
    """Write the table."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(sweeps.COLUMNS)
    writer.writerows(sweeps.table(sweep, parts))


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments")
    seeds = {"type": command.seed_range, "metavar": "FIRST:END", "required": True}
    parser.add_argument("--seeds", **seeds, help="legacy seeds, END not included")
    parser.add_argument("--hidden", type=command.positive, nargs="+", default=[], metavar="UNITS")
    parser.add_argument("--learning-rates", type=float, nargs="+", default=[], metavar="RATE")
    parser.add_argument("--epochs", type=command.positive, help="the number of updates")
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--part", type=which_part, metavar="K/N", help="train only this part, for --output (.npz)")
    some.add_argument("--gather", type=Path, nargs="+", metavar="FILE", help="all parts; nothing is trained")
    parser.add_output("--output", help="write the table here, CSV, instead of showing it")
    options = parser.parse_args()
    if options.part and not options.output:
        raise InputError("--part: expected --output too, for what is kept of it")
    experiment = Project.of(options).experiment(options.experiment, as_published=True)
    if options.epochs:
        experiment = experiment.changed(epochs=options.epochs)
    sweep = Sweep.of(experiment, options.seeds, options.hidden, options.learning_rates)
    if options.part:
        train(sweep, *options.part, options.output)
        return
    with tempfile.TemporaryDirectory() as folder:
        parts = options.gather or [Path(folder) / "all.npz"]
        if not options.gather:
            train(sweep, 1, 1, *parts)
        if options.output:
            with write_atomically(options.output) as stream:
                write(sweep, parts, stream)
        else:
            write(sweep, parts, sys.stdout)


if __name__ == "__main__":
    command.run(main)
