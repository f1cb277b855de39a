"""Compute an experiment again in the decimal arithmetic of the standard library: a second opinion on every digit."""

from pathlib import Path
from typing import Any

from lastdigit import command, observations, project
from lastdigit.arithmetic import Decimals
from lastdigit.files import write_json
from lastdigit.network import Network
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/recompute.py xor --output results/xor.json
  python scripts/recompute.py xor --digits 60 --output results/xor.json"""


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments", "witnesses", "published")
    parser.add_argument("--digits", type=command.positive, default=38, help="working precision (default: %(default)s)")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the values, JSON")
    options = parser.parse_args()
    files = Project.of(options)
    experiment = files.experiment(options.experiment)
    claims = files.claims_about(experiment)
    recomputed: dict[str, Any] = {
        "experiment": experiment.model_dump(mode="json"),
        "digits": options.digits,
        "claims": [],
        "trajectory": [],
    }
    with Decimals(options.digits) as arithmetic:
        network = Network(experiment, arithmetic)
        weights = [arithmetic.lift(matrix) for matrix in experiment.starting_weights()]
        states = command.progress(network.train(weights), f"{options.experiment} decimal", experiment.epochs)
        for _, claimed, trajectory in observations.observe(network, states, claims):
            recomputed["claims"] += [observations.to_json(observation, str) for observation in claimed]
            recomputed["trajectory"] += [observations.to_json(observation, str) for observation in trajectory]
    write_json(options.output, recomputed)


if __name__ == "__main__":
    command.run(main)
