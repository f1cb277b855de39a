"""Compare a port of an experiment with its certified values: is it right, and if not, where and why is it wrong?

FILE is what the port prints, as CSV with a header: the columns epoch, quantity and value, and where they are needed
moment ("before" the epoch's update, or "after" it), row and column. It may hold any rows that
data/reference/EXPERIMENT/trajectory.csv has, in any order, and those of any other epoch. With --claim, FILE holds the
plain numbers of that claim, in its order. A FILE of - is the standard input. Print 17 significant digits, or
hexadecimal floating point.

Exit code: 0 right, 1 wrong (NaN and infinities, too), 2 bad input, 3 unclear.
"""

import io
import json
import math
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lastdigit import changes, command, comparison, project
from lastdigit.comparison import Comparison, Explanation, Reference
from lastdigit.files import MOST_BYTES, InputError, decode, read_text
from lastdigit.mistakes import PRECISIONS, known
from lastdigit.project import Project
from lastdigit.search import Search

EXAMPLES = """\
  ./port | python scripts/compare.py xor -                  what a program prints
  python scripts/compare.py xor port.csv --json             for other programs
  python scripts/compare.py --claim cocalc-simple-nn/error-log log.txt
  python scripts/compare.py xor port.csv --seed 7           another start than the published one"""

MOST_FORMS = 4  # of a mistake, that are named where the numbers do not tell them apart

EXIT_CODES = {"right": 0, "wrong": 1, "unclear": 3}


def read(path: str) -> list[str]:
    """The lines of a file, or of the standard input.

    Raises:
        InputError: if it cannot be read.
    """
    if path != "-":
        return io.StringIO(read_text(Path(path))).readlines()
    data = sys.stdin.buffer.read(MOST_BYTES + 1) if sys.stdin else b""
    if len(data) > MOST_BYTES:
        raise InputError(f"-: expected at most {MOST_BYTES} bytes")
    return io.StringIO(decode(data, "-")).readlines()


def table(found: Comparison) -> list[str]:
    """The epochs, for people."""
    lines = [
        "  epoch  numbers    right digits      deviation / spread",
        "                  port  portable     port  portable",
    ]
    for one in found.epochs:
        mark = "  wrong" if one.ratio > comparison.WRONG else "  unclear" if one.ratio > found.bound else ""
        lines.append(
            f"{one.epoch:7}  {one.numbers:7}  {one.digits:4.1f}  {one.portable_digits:8.1f}  {one.ratio:7.2g}"
            f"  {one.portable_ratio:8.2g}{mark}"
        )
    return lines


def explained(explanations: Sequence[Explanation]) -> list[str]:
    """What is wrong and what to do, for people: each sentence once, under the names that it belongs to."""
    by_names: dict[str, list[Explanation]] = {}
    for one in explanations:
        by_names.setdefault(one.mistake.name, []).append(one)
    lines: list[str] = []
    for number, (name, several) in enumerate(by_names.items()):
        whats = list(dict.fromkeys(one.mistake.what for one in several))
        mends = list(dict.fromkeys(one.mistake.mend for one in several))
        digits = max(one.digits for one in several)
        lines += ["", *(["or, for these numbers do not tell them apart,", ""] if number else [])]
        lines += [f"{name}: {whats[0]}", *(f"Or: {what}" for what in whats[1:MOST_FORMS])]
        if len(whats) > MOST_FORMS:
            lines.append(f"Or one of {len(whats) - MOST_FORMS} other forms of it.")
        followed = "agrees with a right program" if set(PRECISIONS.values()) & {name} else "follows it"
        lines.append(f"The port {followed} to {digits:.0f} digits, in the median. {' '.join(mends)}")
    return lines


def report(found: Comparison, is_undecided: bool = False) -> str:
    """All that is found, for people."""
    lines = [f"{found.verdict}: {found.reason}", *([found.step] if found.step else []), "", *table(found), ""]
    against = "certified" if found.certified else "portable"
    lines.append(f"Right digits are those that agree with the {against} value, in the worst number of the epoch.")
    if not found.certified:
        lines.append("Not all of these numbers are certified, so some were compared with the portable run.")
    lines += explained(found.explanations)
    if found.verdict == "wrong" and not found.explanations and is_undecided:
        lines += ["", "So few numbers, of so few digits, do not tell one mistake from another; show more of them."]
    elif found.verdict == "wrong" and not found.explanations:
        lines += ["", "It is none of the mistakes in data/reference/MISTAKES.md, nor two of the usual ones at once."]
    return "\n".join(lines)


def as_json(found: Comparison) -> dict[str, Any]:
    """All that is found, for programs. A ratio that is infinite is null."""

    def finite(x: float) -> float | None:
        return x if math.isfinite(x) else None

    names = [name for explanation in found.explanations for name in explanation.mistake.names]
    return {
        "verdict": found.verdict,
        "reason": found.reason,
        "first_wrong": found.first_wrong and found.first_wrong._asdict(),
        "step": found.step or None,
        "mistakes": list(dict.fromkeys(names)),
        "digits": found.digits,
        "bound": found.bound,
        "certified": found.certified,
        "epochs": [
            one._asdict() | {"ratio": finite(one.ratio), "portable_ratio": finite(one.portable_ratio)}
            for one in found.epochs
        ],
    }


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("experiment", nargs="?", metavar="EXPERIMENT", help="a name in the file of experiments")
    parser.add_argument("file", metavar="FILE", help="what the port prints, or - for the standard input")
    parser.add_argument(
        "--claim", metavar="SOURCE/ID", help="instead of an experiment: the numbers that a source prints"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    project.add_options(parser, "experiments", "witnesses", "published", "reference")
    changes.add_options(parser)
    options = parser.parse_intermixed_args()  # a file may follow options
    if (options.experiment is None) == (options.claim is None):
        raise InputError("expected either EXPERIMENT FILE or --claim SOURCE/ID FILE")
    files = Project.of(options)
    claim = files.claim(options.claim) if options.claim else None
    published = files.experiment(claim.experiment if claim else options.experiment)
    experiment = changes.changed(published, options, files.experiment)
    is_published = experiment == published
    if claim and not is_published:
        raise InputError("--claim is about a published experiment; compare a changed one by its name")
    certificate = files.certificate(experiment.name) if is_published else None
    reference = Reference(
        experiment,
        files.trajectory(experiment.name) if certificate else (),
        certificate.quantities if certificate else (),
        partial(command.progress, most_hours=options.most_hours),
    )
    lines = read(options.file)
    port = (
        comparison.read_claim(lines, options.file, claim, experiment)
        if claim
        else comparison.read_port(lines, options.file, experiment)
    )
    found, is_undecided = comparison.compare(port, reference, claim), False
    if found.verdict == "wrong":
        assert found.first_wrong
        mistakes = known(experiment, files.as_published)
        search = Search(port, reference, found.first_wrong, mistakes, claim.inputs if claim else None)
        found = found._replace(explanations=search.explain(command.progress))
        is_undecided = search.is_undecided
    if found.first_wrong and found.first_wrong.epoch == found.epochs[-1].epoch and not lines[-1].endswith("\n"):
        found = found._replace(reason=f"{found.reason} The last line has no end: is the file whole?")
    print(json.dumps(as_json(found), indent=1) if options.json else report(found, is_undecided))
    sys.stdout.flush()
    sys.exit(EXIT_CODES[found.verdict])


if __name__ == "__main__":
    command.run(main)
