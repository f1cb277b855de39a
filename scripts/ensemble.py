"""Train one experiment from many legacy seeds at once, or gather the parts of an ensemble trained in pieces."""

from pathlib import Path

import numpy

from lastdigit import command, ensembles, project
from lastdigit.ensembles import Ensemble
from lastdigit.experiments import Experiment
from lastdigit.files import InputError
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/ensemble.py xor-linear --seeds 0:1000 --output results/linear.npz
  python scripts/ensemble.py xor-sigmoid --seeds 0:300 --hidden 2 --output results/two-hidden.npz
  python scripts/ensemble.py xor-linear --gather first.npz second.npz --output results/linear.npz"""


def seed_range(text: str) -> range:
    """A range of seeds, written first:end, the end not included."""
    try:
        first, end = map(int, text.split(":"))
    except ValueError:
        first = end = 0
    if not 0 <= first < end <= 2**32:
        raise command.invalid("range of seeds (first:end, as in 0:1000)", text)
    return range(first, end)


def train(name: str, experiment: Experiment, seeds: range, chunk: int) -> Ensemble:
    """Train every seed, so many at once that their numbers stay in the processor's cache."""
    epochs = ensembles.kept_epochs(experiment.epochs)
    parts = []
    for first in range(seeds.start, seeds.stop, chunk):
        part = range(first, min(first + chunk, seeds.stop))
        weights = ensembles.stack(experiment.starting_from(seed=seed).starting_weights() for seed in part)
        states = command.progress(
            ensembles.train_together(experiment, weights, epochs),
            f"{name}, seeds {part.start} to {part.stop - 1} of {seeds.stop - 1}",
            experiment.epochs,
        )
        outputs = [state.activations[-1] for state, keep in states if keep]
        parts.append(Ensemble(experiment, numpy.array(part), numpy.array(epochs), numpy.stack(outputs)))
    return ensembles.gather(parts)


def summary(ensemble: Ensemble) -> str:
    """How many starts there are, and how many of them learnt the targets or overflowed."""
    last = int(ensemble.epochs[-1])
    converged, diverged = int(ensemble.converged(last).sum()), int(ensemble.diverged.sum())
    return (
        f"{len(ensemble.seeds)} starts: after {last + 1} epochs {converged} have every output on the right side of 1/2,"
        f" {diverged} overflowed; median error {numpy.median(ensemble.errors[-1]):.3g}"
    )


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments")
    parser.add_argument("--seeds", type=seed_range, metavar="FIRST:END", help="legacy seeds, END not included")
    parser.add_argument("--gather", type=Path, nargs="+", metavar="FILE", help="ensembles to join instead of training")
    parser.add_argument("--hidden", type=command.positive, metavar="UNITS", help="the size of the hidden layer")
    parser.add_argument("--epochs", type=command.positive, help="the number of updates")
    parser.add_argument("--chunk", type=command.positive, default=1000, help="starts at once (default: %(default)s)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the ensemble here (.npz)")
    options = parser.parse_args()
    if (options.seeds is None) == (options.gather is None):
        raise InputError("give either --seeds or --gather")
    experiment = Project.of(options).experiment(options.experiment, as_published=True)
    if options.hidden:
        experiment = experiment.with_hidden(options.hidden)
    if options.epochs:
        experiment = experiment.model_copy(update={"epochs": options.epochs})
    if options.gather:
        parts = {path: ensembles.load(path) for path in options.gather}
        for path, part in parts.items():
            project.check(path, part.experiment, experiment)
        ensemble = ensembles.gather([*parts.values()])
    else:
        ensemble = train(options.experiment, experiment, options.seeds, options.chunk)
    print(summary(ensemble))
    if options.output:
        ensembles.save(ensemble, options.output)


if __name__ == "__main__":
    command.run(main)
