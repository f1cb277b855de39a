"""Enclose what an experiment computes in exact real arithmetic, doubling the precision until every digit is proven."""

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from lastdigit import command, mean_value, observations, project
from lastdigit.arithmetic import Array, Ball
from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, write_json
from lastdigit.network import Network, State
from lastdigit.observations import Observation
from lastdigit.project import Project
from lastdigit.published import Numbers

EXAMPLES = """\
  python scripts/certify.py xor --output results/xor.json
  python scripts/certify.py xor --digits 100 --output results/xor.json
  python scripts/certify.py xor --most-bits 320 --output results/xor.json    gives up early, and says how far it came"""

METHODS: dict[str, Callable[[Network, list[Array]], Iterator[State]]] = {
    "balls": Network.train,
    "mean value form": mean_value.train,
}
# Measured on xor-linear: an epoch in mean value form at 640 bits takes 0.55 ms, one in plain balls 0.21 ms at 2560 bits
# and 0.48 ms at 5120. So what 1280 bits do not prove costs less in mean value form than in the next two with balls.
MOST_BITS_OF_BALLS = 1280
FIRST_BITS_OF_MEAN_VALUES = 640
MOST_BITS = 10**6


def digits_proven(observation: Observation, digits: int) -> int:
    """The least number of digits, at most `digits`, to which every value of an observation is proven."""
    return min(Enclosure.digits_proven(value, digits) if value else 0 for value in observation.values.ravel())


def attempts(first_bits: int, most_bits: int) -> list[tuple[str, int]]:
    """Each method, and each precision to try it at, in turn."""
    tried = [("balls", bits) for bits in _doubled(first_bits, max(first_bits, min(most_bits, MOST_BITS_OF_BALLS)))]
    if most_bits > MOST_BITS_OF_BALLS:
        precisions = _doubled(max(first_bits, FIRST_BITS_OF_MEAN_VALUES), most_bits)
        tried += [("mean value form", bits) for bits in precisions]
    return tried


def _doubled(first: int, last: int) -> Iterator[int]:
    while first < last:
        yield first
        first *= 2
    yield last


def certify(
    name: str, experiment: Experiment, claims: Sequence[Numbers], digits: int, first_bits: int, most_bits: int
) -> dict[str, Any]:
    """Train at ever doubled precision, first in plain balls, until each observed value is proven to `digits` digits.

    Returns:
        The enclosures of all that is claimed and of the trajectory, the method and the precision that proved them, and
        in "shortfall" None or the sentence that says where the greatest precision allowed was not enough.
    """
    *others, last = attempts(first_bits, most_bits)
    for method, bits in others:
        if proven := attempt(name, experiment, claims, digits, method, bits):
            return proven
    return attempt(name, experiment, claims, digits, *last, to_the_end=True)


def attempt(
    name: str,
    experiment: Experiment,
    claims: Sequence[Numbers],
    digits: int,
    method: str,
    bits: int,
    to_the_end: bool = False,
) -> dict[str, Any]:
    """What `certify` returns, by one method at one precision; if that falls short and is not `to_the_end`, nothing."""
    claimed: list[Observation] = []
    trajectory: list[Observation] = []
    shortfall: tuple[int, int] | None = None
    epoch = -1
    with Ball(bits) as arithmetic:
        network = Network(experiment, arithmetic)
        weights = [arithmetic.lift(matrix) for matrix in experiment.starting_weights()]
        states = command.progress(
            METHODS[method](network, weights), f"{name}, {method}, {bits} bits", experiment.epochs
        )
        if not to_the_end:
            states = takewhile(_is_finite, states)
        for epoch, *parts in observations.observe(network, states, claims):
            enclosed = [[_enclose(observation) for observation in part] for part in parts]
            proven = min(digits_proven(observation, digits) for part in enclosed for observation in part)
            if proven < digits:
                if not to_the_end:
                    return {}
                shortfall = min(shortfall or (proven, epoch), (proven, epoch))
            claimed += enclosed[0]
            trajectory += enclosed[1]
    if epoch < experiment.epochs - 1:  # the last epoch is observed, unless a ball was no longer finite before it
        return {}
    return {
        "experiment": experiment.model_dump(mode="json"),
        "digits": digits,
        "method": method,
        "bits": bits,
        "shortfall": shortfall and "not certified beyond {} digits at epoch {}".format(*shortfall),
        "claims": [observations.to_json(observation, _write) for observation in claimed],
        "trajectory": [observations.to_json(observation, _write) for observation in trajectory],
    }


def _is_finite(state: State) -> bool:
    """Whether the balls still prove anything: what is lost of the weights is lost of the error too."""
    return all(ball.is_finite() for ball in state.error.flat)


def _enclose(observation: Observation) -> Observation:
    return observation._replace(values=observations.each(Enclosure.of, observation.values))


def _write(enclosure: Enclosure | None) -> dict[str, Any] | None:
    return enclosure and enclosure.to_json()


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments", "witnesses", "published")
    parser.add_argument(
        "--digits", type=command.positive, default=30, help="significant digits to prove (default: %(default)s)"
    )
    parser.add_argument(
        "--first-bits", type=command.positive, default=160, help="precision to begin with (default: %(default)s)"
    )
    parser.add_argument(
        "--most-bits",
        type=command.positive,
        default=8192,
        help="precision to end with; up to 1280, balls only (default: %(default)s)",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the enclosures, JSON")
    options = parser.parse_args()
    if not 2 <= options.first_bits <= options.most_bits <= MOST_BITS:
        raise InputError(f"expected 2 <= --first-bits <= --most-bits <= {MOST_BITS}")
    if options.digits > 4000:  # longer integers are not turned into text by Python
        raise InputError(f"--digits: expected at most 4000, got {options.digits}")
    files = Project.of(options)
    experiment = files.experiment(options.experiment)
    certified = certify(
        options.experiment,
        experiment,
        files.claims_about(experiment),
        options.digits,
        options.first_bits,
        options.most_bits,
    )
    if certified["shortfall"]:
        print(f"{options.experiment}: {certified['shortfall']}")
    write_json(options.output, certified)


if __name__ == "__main__":
    command.run(main)
