"""Train an experiment from many seeds with several hidden sizes and learning rates; the result is a table of errors.

For each size, rate and epoch shown: how many starts there are, how many of them have every output on the right side of
1/2, how many overflowed, and quantiles of the mean absolute error: error_5 is the least that 5 % of the starts do not
exceed. All at once, or in parts that are put together; the table is the same.
"""

import csv
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from lastdigit import changes, command, project, sweeps
from lastdigit.experiments import Experiment
from lastdigit.files import write_atomically
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/sweep.py xor-sigmoid --seeds 0:1000 --hidden 2 3 4 --learning-rates 0.5 1 2
  python scripts/sweep.py xor-linear --seeds 0:50000 --output results/first.npz
  python scripts/sweep.py xor-linear --seeds 50000:100000 --output results/second.npz
  python scripts/sweep.py xor-linear --seeds 0:100000 --gather results/first.npz results/second.npz"""


def train(chosen: list[Experiment], seeds: range, most_hours: int) -> Iterator[sweeps.Errors]:
    """Train each in turn, watched."""
    for experiment in chosen:
        name = f"{experiment.name} {experiment.layers}, learning rate {experiment.learning_rate}, {len(seeds)} starts"
        with command.progress(name, len(seeds) * experiment.epochs, most_hours=most_hours) as watch:
            yield sweeps.train(experiment, seeds, watch)


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments")
    changes.add_options_of_many(parser)
    parser.add_argument("--gather", type=Path, nargs="*", metavar="FILE", help="the parts; nothing is trained")
    parser.add_output("--output", help="write the table here (CSV) instead of showing it, or a part (.npz)")
    parser.add_limit()
    options = parser.parse_args()
    chosen = changes.many(Project.of(options).experiment(options.experiment, as_published=True), options)
    kept = (
        sweeps.gather(options.gather, chosen, options.seeds)
        if options.gather
        else train(chosen, options.seeds, options.most_hours)
    )
    if options.output and options.output.suffix == ".npz":
        sweeps.save(options.output, chosen, options.seeds, kept)
        return
    with write_atomically(options.output) if options.output else nullcontext(sys.stdout) as stream:
        csv.writer(stream, lineterminator="\n").writerows([sweeps.COLUMNS, *sweeps.table(chosen, kept)])


if __name__ == "__main__":
    command.run(main)
