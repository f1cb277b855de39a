"""Write the reference files of one experiment, certificate and trajectory, after a second library has agreed."""

import csv
import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy

from lastdigit import command, observations, project, runs
from lastdigit.arithmetic import Portable
from lastdigit.enclosure import Enclosure
from lastdigit.experiments import Experiment
from lastdigit.files import InputError, parse, read_json, write_atomically, write_json
from lastdigit.network import Network
from lastdigit.observations import FORMULAS, evaluate
from lastdigit.project import Project, check
from lastdigit.published import Numbers
from lastdigit.rounding import leading_place, nearest_double

EXAMPLES = """\
  python scripts/tabulate.py xor --run results/runs/portable/xor.npz --enclosures results/enclosures/xor.json \\
      --recomputed results/recomputed/xor.json --folder data/reference/xor"""

COLUMNS = ["epoch", "moment", "quantity", "row", "column", "portable", "portable_hex", "certified"]


class Disagreement(InputError):
    """Two libraries that compute the same number do not agree on it."""


def agreed_digits(enclosure: Enclosure, second: str, digits: int, what: str) -> int:
    """To how many significant digits a second library's value agrees with every number of an enclosure.

    It agrees to n digits if it differs by at most half a unit of the n-th, at most as many as its own length.

    Raises:
        Disagreement: if that is fewer than the digits certified.
    """
    value = Fraction(Decimal(second))
    if value == enclosure.low == enclosure.high:
        return digits
    distance = max(abs(value - enclosure.low), abs(value - enclosure.high))
    agreed = leading_place(value) - leading_place(2 * distance) if value else 0
    if agreed < digits:
        raise Disagreement(
            f"{what}: balls give {enclosure.to_text(digits)} and decimals {second}: they agree to {agreed} digits of"
            f" {digits}; is the working precision of the decimals large enough?"
        )
    return min(agreed, len(Decimal(second).as_tuple().digits))


def certified_text(enclosure: Enclosure, digits: int) -> tuple[str, int]:
    """The number rounded to all the digits that are proven, at most so many, and how many those are."""
    proven = enclosure.digits_proven(digits)
    return (str(enclosure.to_decimal(proven)).lower() if proven else "", proven)


def certificate(
    name: str,
    network: Network,
    run: runs.Run,
    enclosures: dict[str, Any],
    recomputed: dict[str, Any],
    claims: list[Numbers],
) -> dict[str, Any]:
    """Everything that is proven about what an experiment printed.

    Raises:
        Disagreement: if the second library does not confirm a certified number.
    """
    quantities = []
    for first, second in zip(enclosures["claims"], recomputed["claims"], strict=True):
        where = {key: first[key] for key in ("quantity", "epoch", "moment", "inputs")}
        about = [
            claim.name
            for claim in claims
            if (claim.quantity, claim.moment) == (first["quantity"], first["moment"])
            and first["epoch"] in claim.at
            and list(claim.inputs or []) == list(first["inputs"] or [])
        ]
        state = run.state(network, first["epoch"])
        portable = evaluate(network, state, first["quantity"], first["moment"], first["inputs"]).tolist()
        values = []
        for index, written in enumerate(first["values"]):
            what = f"{name}, {first['quantity']}[{index}] {first['moment']} the update of epoch {first['epoch']}"
            values.append(describe(written, second["values"][index], portable[index], enclosures["digits"], what))
        quantities.append({**where, "formula": FORMULAS[first["quantity"]], "claims": about, "values": values})
    return {
        "name": name,
        "experiment": enclosures["experiment"],
        "starting_weights": [
            {"layer": k, "row": row, "column": column, "hex": float(weight).hex(), "decimal": f"{weight:.17g}"}
            for k, matrix in enumerate(run.experiment.starting_weights(), 1)
            for (row, column), weight in numpy.ndenumerate(matrix)
        ],
        "digits_wanted": enclosures["digits"],
        "method": enclosures["method"],
        "precision_bits": enclosures["bits"],
        "shortfall": enclosures["shortfall"],
        "second_library": f"decimal floating point of {recomputed['digits']} digits",
        "quantities": quantities,
    }


def double(value: float | None) -> dict[str, str] | None:
    """A binary64 as its exact bits and as the shortest string that reads back as the same."""
    return None if value is None else {"hex": value.hex(), "repr": repr(value)}


def nearest(enclosure: Enclosure) -> float | None:
    """The binary64 nearest to the number enclosed, or None if that is not decided or beyond the greatest."""
    try:
        return enclosure.agree(nearest_double)
    except OverflowError:
        return None


def describe(written: dict[str, Any] | None, decimal: str, portable: float, digits: int, what: str) -> dict[str, Any]:
    """One certified number: what is proven, how the second library agrees, and what the portable run has instead."""
    if written is None:
        return {"certified": None, "digits_proven": 0, "portable": double(portable)}
    enclosure = Enclosure.from_json(written)
    text, proven = certified_text(enclosure, digits)
    described = {
        "certified": text or None,
        "digits_proven": proven,
        "enclosure": {"decimal": enclosure.to_text(digits + 10), **written},
        "nearest_double": double(nearest(enclosure)),
        "second_library_agrees_to": agreed_digits(enclosure, decimal, proven, what),
        "portable": double(portable),
    }
    ends = (enclosure.low, enclosure.high)
    if math.isfinite(portable) and portable and all(end and abs(Fraction(portable) - end) >= abs(end) for end in ends):
        units = Fraction(portable) * 2**52
        described["remark"] = f"no digit of the portable value is right: it is rounding residue, {units} units of 2^-52"
    return described


def trajectory(
    name: str, network: Network, run: runs.Run, enclosures: dict[str, Any], recomputed: dict[str, Any]
) -> Iterator[list[Any]]:
    """The rows of a trajectory: each number in the portable arithmetic, beside the certified one.

    Raises:
        Disagreement: if the second library does not confirm a certified number.
    """
    states = (run.state(network, epoch) for epoch in observations.schedule(run.experiment.epochs))
    portable = (observation for state in states for observation in observations.observe_state(network, state))
    for mine, first, second in zip(portable, enclosures["trajectory"], recomputed["trajectory"], strict=True):
        assert all(getattr(mine, key) == first[key] == second[key] for key in ("quantity", "epoch", "moment"))
        for (row, column), value in numpy.ndenumerate(mine.values):
            text = ""
            if written := first["values"][row][column]:
                enclosure = Enclosure.from_json(written)
                text, proven = certified_text(enclosure, enclosures["digits"])
                what = f"{name}, {mine.quantity}[{row}, {column}] {mine.moment} the update of epoch {mine.epoch}"
                agreed_digits(enclosure, second["values"][row][column], proven, what)
            numbers = [repr(float(value)), float(value).hex(), text]
            yield [mine.epoch, mine.moment, mine.quantity, row, column, *numbers]


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", help="a name in the file of experiments")
    project.add_options(parser, "experiments", "witnesses", "published")
    parser.add_argument("--run", type=Path, required=True, metavar="FILE", help="the portable run")
    parser.add_argument("--enclosures", type=Path, required=True, metavar="FILE", help="what certify.py wrote")
    parser.add_argument("--recomputed", type=Path, required=True, metavar="FILE", help="what recompute.py wrote")
    parser.add_argument("--folder", type=Path, required=True, help="where to write certificate.json and trajectory.csv")
    options = parser.parse_args()
    files = Project.of(options)
    experiment = files.experiment(options.experiment)
    claims = files.claims_about(experiment)
    enclosures, recomputed = read_json(options.enclosures), read_json(options.recomputed)
    for path, file in ((options.enclosures, enclosures), (options.recomputed, recomputed)):
        found = parse(dict[str, Any], file, str(path)).get("experiment")
        check(path, parse(Experiment, found, f"{path}: experiment"), experiment)
    with Portable() as arithmetic:
        network = Network(experiment, arithmetic)
        run = runs.load(options.run)
        check(options.run, run.experiment, experiment)
        rows = list(trajectory(options.experiment, network, run, enclosures, recomputed))
        proven = certificate(options.experiment, network, run, enclosures, recomputed, claims)
    write_json(options.folder / "certificate.json", proven)
    with write_atomically(options.folder / "trajectory.csv") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


if __name__ == "__main__":
    command.run(main)
