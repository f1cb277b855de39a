# What the rules share: settings and inputs, checked as they are read, and what a job depends on.
import math
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod
from snakemake.utils import update_config
from snakemake_interface_logger_plugins.common import LogEvent

sys.path.insert(0, "scripts")

from lastdigit.experiments import load_witnesses
from lastdigit.figures import FIGURES
from lastdigit.files import InputError, listed, read_yaml
from lastdigit.files import parse as parse_as  # Snakemake has a `parse` of its own here
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.settings import Settings

STARTED = time.time()

# The table at the end has characters that a terminal may not know.
sys.stdout.reconfigure(errors="backslashreplace")


def sweep_of(name):
    """A sweep of the settings: what scripts/sweep.py is told of it, and its parts, none where one suffices."""
    from lastdigit.sweeps import Sweep  # which takes its time to import, and by default there are no sweeps

    one = SETTINGS.ensembles.sweeps[name]
    try:
        experiment = PROJECT.experiment(one.experiment, as_published=True).changed(epochs=one.epochs)
        parts = Sweep.of(experiment, range(one.seeds), one.hidden, one.learning_rates).parts(SETTINGS.ensembles.minutes)
    except InputError as error:
        raise InputError(f"config/config.yaml: ensembles.sweeps.{name}: {error}") from None
    lists = {"--hidden": one.hidden, "--learning-rates": one.learning_rates}
    words = [one.experiment, f"--seeds 0:{one.seeds} --epochs {one.epochs}"]
    words += [f"{option} {' '.join(map(str, values))}" for option, values in lists.items() if values]
    names = [f"results/sweeps/{name}.part-{number}-of-{parts}.npz" for number in range(1, parts + 1)]
    return {"words": " ".join(words), "parts": names if parts > 1 else []}


try:
    # Not read by `configfile:`, which silently takes the last of two equal keys.
    settings = parse_as(dict, read_yaml(Path("config/config.yaml")), "config/config.yaml")
    update_config(settings, config)  # with those of --configfile laid over them
    SETTINGS = parse_as(Settings, settings, "config/config.yaml")
    PROJECT = Project()
    PUBLISHED, RUNNABLE, SOURCES = PROJECT.as_published, PROJECT.experiments, PROJECT.sources
    WITNESSED = load_witnesses(PROJECT.places["witnesses"], PUBLISHED)
    SWEEPS = {name: sweep_of(name) for name in SETTINGS.ensembles.sweeps}
except InputError as error:
    raise WorkflowError(str(error)) from None

# Programs run under the Python that runs Snakemake, even if its environment is not activated; unless Snakemake is to make
# a conda environment for them.
if DeploymentMethod.CONDA not in workflow.deployment_settings.deployment_method:
    shell.prefix(f'export PATH={str(Path(sys.executable).parent)!r}:"$PATH"; ')

UNSEEDED = [name for name, experiment in PUBLISHED.items() if not experiment.start.is_given]
TRAINED = [name for name, experiment in RUNNABLE.items() if experiment.start.is_given]
PRINTED = [f"data/published/{name}.yaml" for name in SOURCES]
EXPERIMENTS = "data/experiments.yaml"
WITNESSES = "data/witnesses.yaml"

# An ensemble is named after its experiment, and after its number of hidden units if that is another one.
OTHER_SIZES = [f"xor-sigmoid.hidden-{units}" for units in SETTINGS.ensembles.other_sizes]
DOCUMENTS = sorted(path.stem for path in Path("workflow/notebooks").glob("*.md"))
ARTICLES = [name for name in DOCUMENTS if name in SOURCES]


def one_of(names):
    """The pattern of a wildcard for one of these names, which may contain a dot."""
    return "|".join(map(re.escape, names))


wildcard_constraints:
    experiment=one_of(PUBLISHED),
    start=one_of(PUBLISHED),


def code(program, *folders):
    """A program, our package and the pins of other packages: Snakemake sees none of these by itself. Only what draws needs
    the folder figures."""
    package = Path("scripts/lastdigit")
    modules = [path for folder in ("", *folders) for path in (package / folder).glob("*.py")]
    return [f"scripts/{program}.py", *sorted(map(str, modules)), "requirements.lock"]


def entries(*names):
    """The entries of experiments, as JSON: as a parameter they make a job run again if they change, but not if the rest of
    their file does."""
    return [RUNNABLE[name].model_dump_json() for name in names]


def claims(name):
    """The claims about an experiment, as JSON for the same purpose."""
    return [claim.model_dump_json() for claim in PROJECT.claims_about(RUNNABLE[name])]


def most_minutes(wildcards):
    """The time that a part of a sweep may take, on a core half as fast as that by which it was cut."""
    return math.ceil(2 * SETTINGS.ensembles.minutes) + 10


def cost(name):
    """The time that the training of an experiment takes, up to a factor."""
    experiment = RUNNABLE[name]
    return experiment.epochs * sum(rows * columns for rows, columns in experiment.shapes)


def run_by(articles):
    """The experiments whose numbers these articles print."""
    claims = (claim for name in articles for claim in SOURCES[name].of_kind(Numbers))
    return sorted({claim.experiment for claim in claims})


def evidence(experiments):
    """What the verdicts on the numbers of these experiments rest on."""
    trained, unseeded = ([name for name in experiments if name in names] for names in (TRAINED, UNSEEDED))
    return [
        *expand("data/reference/{name}/certificate.json", name=trained),
        *expand("results/runs/{arithmetic}/{name}.npz", arithmetic=["native", "portable"], name=trained),
        *expand("results/ensembles/{name}.npz", name=unseeded),
    ]


def text_of(document):
    """The source of a document."""
    return Path(f"workflow/notebooks/{document}.md").read_text(encoding="utf-8")


def named_in(document, names):
    """Which of these names stand in a document, in quotes."""
    return [name for name in names if f'"{name}"' in text_of(document)]


def experiments_of(document):
    """The experiments that a document names, and those of the articles that it names."""
    return sorted({*named_in(document, PUBLISHED), *run_by(named_in(document, SOURCES))})


def made_from(wildcards):
    """All files with data that a document reads: none is about an article or experiment that it does not name, so that it
    does not run again when others are added."""
    document = wildcards.document
    articles, experiments = named_in(document, SOURCES), experiments_of(document)
    return [
        *expand("data/published/{article}.yaml", article=articles),
        *expand("results/numbers/{article}.json", article=articles),
        *evidence(experiments),
        *expand(
            "data/reference/{experiment}/trajectory.csv", experiment=[name for name in experiments if name in TRAINED]
        ),
        *expand("results/ensembles/{name}.npz", name=OTHER_SIZES if ".ensemble(" in text_of(document) else []),
        *(str(path) for figure in named_in(document, FIGURES) for path in FIGURES[figure].drawn_from),
    ]


def in_one_line(record):
    """Make Snakemake announce a job by its message alone, with the time, and keep silent about how it selects jobs."""
    if getattr(record, "event", None) == LogEvent.JOB_INFO and record.rule_msg:
        record.event, record.msg = None, f"{time.time() - STARTED:3.0f} s  {record.rule_msg}"
    return not str(record.msg).startswith(("Select jobs", "Execute ", "Touching output", "Removing temporary"))


logger.addFilter(in_one_line)


def compared():
    """Whether the files that are committed came out unchanged; nothing outside of a clone."""
    command = ["git", "status", "--porcelain", "figures", "data/reference"]
    with suppress(OSError, subprocess.CalledProcessError):
        changed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        if changed:
            return f"Not as committed: {listed(line[3:] for line in changed)}.\n"
        return "figures/ and data/reference/ are byte for byte as committed.\n"
    return ""


def forget_the_dead():
    """Remove the locks that a killed run left in .snakemake, because of which Snakemake would refuse to work.

    Every run shares a lock of the operating system, which is released when its process ends. A run that gets it
    exclusively knows that no other run is alive to own the locks of Snakemake.
    """
    with suppress(ImportError):  # there is none on Windows
        import fcntl

        Path(".snakemake").mkdir(exist_ok=True)
        alive = open(".snakemake/alive", "a")
        with suppress(OSError):
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(".snakemake/locks", ignore_errors=True)
        with suppress(OSError):
            fcntl.flock(alive, fcntl.LOCK_SH)
        return alive


# A job on another node may not see who holds the lock.
ALIVE = forget_the_dead() if workflow.is_main_process else None
