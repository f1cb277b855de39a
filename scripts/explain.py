"""Write the table of known mistakes: what each is, what it spoils first, and how little of it the error log shows."""

from collections import defaultdict

from lastdigit import command, comparison, project
from lastdigit.comparison import Place, Port, Reference, Written
from lastdigit.files import InputError, write_atomically
from lastdigit.mistakes import REGISTRY, Follower, Mistake
from lastdigit.project import Project

EXAMPLES = """\
  python scripts/explain.py --output data/reference/MISTAKES.md
  python scripts/explain.py --output results/mistakes.md --experiment two-layer"""

EXPERIMENTS = ["xor", "xor-linear"]  # a mistake is shown in the first of them in which it can be made
FIRST_EPOCHS = range(3)
LOG_EPOCH = 10_000  # that of the second line of the logs that the articles print

HEAD = """\
# Mistakes that people make

`scripts/compare.py` knows these mistakes, alone and two at a time, and finds the one that a port's numbers follow. Each
was made on purpose here, in the portable arithmetic: *first wrong* is the first number that it spoils, in the order of
computation; where a mistake can show itself in several ways, all are named. *Log* says how many digits of the mean
absolute error of epoch {epoch} are still right. A log that looks right shows little: a mistake of which it keeps three
digits can hardly be seen in it, and one epoch more or less costs no more than that.

| name | what is wrong | what to do | first wrong | log | in |
|---|---|---|---|---|---|
"""


def port_of(follower: Follower, mistake: Mistake, epochs: list[int]) -> Port:
    """What a port with the mistake shows of some epochs, written in hexadecimal."""
    return {
        place._replace(epoch=shown): Written.parse(value.hex())
        for shown, observations in follower.follow(mistake, epochs)
        for observation in observations
        for place, value in comparison.numbers_of(observation)
        if observation.moment == "before"
    }


def first_wrong(follower: Follower, mistake: Mistake, reference: Reference) -> Place | None:
    """The first number that the mistake spoils."""
    return comparison.compare(port_of(follower, mistake, list(FIRST_EPOCHS)), reference).first_wrong


def digits_of_log(follower: Follower, mistake: Mistake, reference: Reference) -> str:
    """How many digits of the error log it leaves right."""
    place = Place(min(LOG_EPOCH, follower.experiment.epochs - 1), "before", "mean_absolute_error", 0, 0)
    written = port_of(follower, mistake, [place.epoch]).get(place)
    if written is None or written.value is None:
        return "not finite"
    return str(int(comparison.right_digits(written, reference.known[place].value)))


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    project.add_options(parser, "experiments", "witnesses", "published", "reference")
    parser.add_argument(
        "--experiment", nargs="+", default=EXPERIMENTS, metavar="NAME", help="to make them in (default: %(default)s)"
    )
    parser.add_output("--output", required=True, help="the table, Markdown")
    options = parser.parse_args()
    files = Project.of(options)
    rows: dict[str, str] = {}
    names = dict.fromkeys(mistake.name for mistake in REGISTRY)
    with command.progress("mistakes", len(names), " mistakes") as watch:
        for name in options.experiment:
            reference = Reference(files.experiment(name), files.trajectory(name))
            follower = Follower(files.experiment(name), files.as_published)
            forms: dict[str, list[Mistake]] = defaultdict(list)
            for mistake in follower.possible():
                forms[mistake.name].append(mistake)
            for mistake, *others in (several for several in forms.values() if several[0].name not in rows):
                places = (first_wrong(follower, form, reference) for form in (mistake, *others))
                spoiled = dict.fromkeys(f"`{place.quantity}` of epoch {place.epoch}" for place in places if place)
                digits = digits_of_log(follower, mistake, reference)
                cells = (f"`{mistake.name}`", mistake.what, mistake.mend, ", ".join(spoiled), digits, f"`{name}`")
                rows[mistake.name] = f"| {' | '.join(cells)} |"
                watch(len(rows))
    if not rows:
        raise InputError("none of the mistakes can be made in these experiments")
    with write_atomically(options.output) as stream:
        stream.write(HEAD.format(epoch=f"{LOG_EPOCH:_}".replace("_", " ")))
        stream.writelines(f"{rows[name]}\n" for name in names if name in rows)


if __name__ == "__main__":
    command.run(main)
