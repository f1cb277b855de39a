"""Train one experiment from many legacy seeds at once."""

import numpy

from lastdigit import changes, command, ensembles, project
from lastdigit.ensembles import Ensemble
from lastdigit.files import InputError
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/ensemble.py xor-linear --seeds 0:1000 --output results/linear.npz
  python scripts/ensemble.py xor-sigmoid --seeds 0:300 --hidden 2 4      shows two ensembles, and keeps neither"""


def summary(ensemble: Ensemble) -> str:
    """How many starts there are, and how many of them learnt the targets or overflowed."""
    last = int(ensemble.epochs[-1])
    converged, diverged = int(ensemble.converged(last).sum()), int(ensemble.diverged.sum())
    return (
        f"layers of {ensemble.experiment.layers} units, learning rate {ensemble.experiment.learning_rate},"
        f" {len(ensemble.seeds)} starts: after {last + 1} epochs"
        f" {converged} have every output on the right side of 1/2, {diverged} overflowed;"
        f" median error {numpy.median(ensemble.errors_at(last)):.3g}"
    )


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments")
    changes.add_options_of_many(parser)
    parser.add_output("--output", ".npz", nargs="+", help="write the ensemble here (.npz), or each of them")
    parser.add_limit()
    options = parser.parse_args()
    chosen = changes.many(Project.of(options).experiment(options.experiment, as_published=True), options)
    outputs = options.output or [None] * len(chosen)
    if len(outputs) != len(chosen):
        raise InputError(f"--output: expected {len(chosen)} names of files, got {len(outputs)}")
    for experiment, output in zip(chosen, outputs, strict=True):
        name = f"{experiment.name} {experiment.layers}, {len(options.seeds)} starts"
        total = len(options.seeds) * experiment.epochs
        with command.progress(name, total, most_hours=options.most_hours) as watch:
            ensemble = ensembles.train(experiment, options.seeds, watch)
        print(summary(ensemble))
        if output:
            ensembles.save(ensemble, output)


if __name__ == "__main__":
    command.run(main)
