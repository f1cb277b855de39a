"""Enclose what an experiment computes in exact real arithmetic, doubling the precision until every digit is proven."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lastdigit import command, observations
from lastdigit.arithmetic import Ball
from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment, choose, load_runnable
from lastdigit.network import Network
from lastdigit.observations import Observation
from lastdigit.published import PUBLISHED, Numbers, load_sources

EXAMPLES = """\
  python scripts/certify.py xor --output xor.json
  python scripts/certify.py xor --digits 100 --output xor.json
  python scripts/certify.py xor --most-bits 320 --output xor.json    gives up early, and says how far it came"""


def digits_proven(observation: Observation, digits: int) -> int:
    """The least number of digits, at most `digits`, to which every value of an observation is proven."""
    return min(Enclosure.digits_proven(value, digits) if value else 0 for value in observation.values.ravel())


def certify(
    name: str, experiment: Experiment, claims: Sequence[Numbers], digits: int, first_bits: int, most_bits: int
) -> dict[str, Any]:
    """Train in balls at ever doubled precision until every observed value is proven to `digits` significant digits.

    Returns:
        The enclosures of all that is claimed and of the trajectory, the precision that proved them, and in
        "shortfall" None or the sentence that says where the greatest precision allowed was not enough.
    """
    bits = first_bits
    while True:
        claimed: list[Observation] = []
        trajectory: list[Observation] = []
        shortfall: tuple[int, int] | None = None
        with Ball(bits) as arithmetic:
            network = Network(experiment, arithmetic)
            weights = [arithmetic.lift(matrix) for matrix in experiment.starting_weights()]
            states = command.progress(network.train(weights), f"{name} {bits} bits", experiment.epochs)
            for epoch, *parts in observations.observe(network, states, claims):
                enclosed = [[_enclose(observation) for observation in part] for part in parts]
                proven = min((digits_proven(observation, digits) for part in enclosed for observation in part))
                if proven < digits:
                    if bits < most_bits:
                        break
                    shortfall = min(shortfall or (proven, epoch), (proven, epoch))
                claimed += enclosed[0]
                trajectory += enclosed[1]
            else:
                return {
                    "experiment": experiment.model_dump(mode="json"),
                    "digits": digits,
                    "bits": bits,
                    "shortfall": shortfall and "not certified beyond {} digits at epoch {}".format(*shortfall),
                    "claims": [observations.to_json(observation, _write) for observation in claimed],
                    "trajectory": [observations.to_json(observation, _write) for observation in trajectory],
                }
        bits = min(2 * bits, most_bits)


def _enclose(observation: Observation) -> Observation:
    return observation._replace(values=observations.each(Enclosure.of, observation.values))


def _write(enclosure: Enclosure | None) -> dict[str, Any] | None:
    return enclosure and enclosure.to_json()


def main() -> None:
    parser = command.experiment_parser(__doc__, EXAMPLES)
    parser.add_argument("--published", type=Path, default=PUBLISHED, metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--digits", type=command.positive, default=30, help="significant digits to prove (default: %(default)s)")
    parser.add_argument("--first-bits", type=command.positive, default=160, help="precision to begin with (default: %(default)s)")
    parser.add_argument("--most-bits", type=command.positive, default=8192, help="precision to end with (default: %(default)s)")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the enclosures, JSON")
    options = parser.parse_args()
    published, experiments = load_runnable(options.experiments, options.witnesses)
    experiment = choose(options.experiment, experiments, options.experiments)
    claims = observations.claims_about(options.experiment, load_sources(published, options.published))
    certified = certify(
        options.experiment,
        experiment,
        [claim for _, claim in claims],
        options.digits,
        min(options.first_bits, options.most_bits),
        options.most_bits,
    )
    if certified["shortfall"]:
        print(f"{options.experiment}: {certified['shortfall']}")
    with command.write_atomically(options.output) as stream:
        json.dump(certified, stream, indent=1)


if __name__ == "__main__":
    command.run(main)
