# What several rules share: settings and inputs, checked as they are read, and what a job depends on.
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

from lastdigit.figures import FIGURES
from lastdigit.files import InputError, listed, read_yaml
from lastdigit.files import parse as parse_as  # Snakemake has a `parse` of its own here
from lastdigit.project import Project
from lastdigit.settings import Settings

STARTED = time.time()


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
    # Read by our reader and not by `configfile:`, which takes the last of two equal keys without a word.
    settings = parse_as(dict, read_yaml(Path("config/config.yaml")), "config/config.yaml")
    update_config(settings, config)  # with those of --configfile laid over them
    SETTINGS = parse_as(Settings, settings, "config/config.yaml")
    PROJECT = Project()
    PUBLISHED, RUNNABLE, SOURCES = PROJECT.as_published, PROJECT.experiments, PROJECT.sources
    SWEEPS = {name: sweep_of(name) for name in SETTINGS.ensembles.sweeps}
except InputError as error:
    raise WorkflowError(str(error)) from None

# The programs run under the Python that runs Snakemake, whether or not its environment is activated; unless Snakemake is
# to make a conda environment for them.
if DeploymentMethod.CONDA not in workflow.deployment_settings.deployment_method:
    shell.prefix(f'export PATH={str(Path(sys.executable).parent)!r}:"$PATH"; ')

UNSEEDED = [name for name, experiment in PUBLISHED.items() if not experiment.start.is_given]
TRAINED = [name for name, experiment in RUNNABLE.items() if experiment.start.is_given]
PRINTED = [f"data/published/{name}.yaml" for name in SOURCES]
EXPERIMENTS = "data/experiments.yaml"
WITNESSES = "data/witnesses.yaml"

# An ensemble is named after its experiment, and after the size of its hidden layer where that is another one.
OTHER_SIZES = [f"xor-sigmoid.hidden-{units}" for units in SETTINGS.ensembles.other_sizes]
ENSEMBLES = UNSEEDED + OTHER_SIZES
DOCUMENTS = sorted(path.stem for path in Path("workflow/notebooks").glob("*.md"))
ARTICLES = [name for name in DOCUMENTS if name in SOURCES]


def one_of(names):
    """The pattern of a wildcard that stands for one of these names, which may hold a dot."""
    return "|".join(map(re.escape, names))


wildcard_constraints:
    experiment=one_of(PUBLISHED),
    start=one_of(PUBLISHED),


def code(program, *folders):
    """A program, our package and the pins of all others: Snakemake sees none of them. Only who draws needs figures/."""
    package = Path("scripts/lastdigit")
    modules = [path for folder in ("", *folders) for path in (package / folder).glob("*.py")]
    return [f"scripts/{program}.py", *sorted(map(str, modules)), "requirements.lock"]


def entries(*names):
    """The entries of experiments, as JSON: a job with these as a parameter runs again when they change, not the file."""
    return [RUNNABLE[name].model_dump_json() for name in names]


def claims(name):
    """What has to be proven of an experiment, likewise."""
    return [claim.model_dump_json() for claim in PROJECT.claims_about(RUNNABLE[name])]


def most_minutes(wildcards):
    """The time that a part of a sweep may take, on a core half as fast as that by which it was cut."""
    return math.ceil(2 * SETTINGS.ensembles.minutes) + 10


def cost(name):
    """What training an experiment takes, up to a factor."""
    experiment = RUNNABLE[name]
    return experiment.epochs * sum(rows * columns for rows, columns in experiment.shapes)


def shown_in(wildcards):
    """The figures that a document shows, and the ensembles if it asks for any: it is written in it, and nowhere else."""
    text = Path(f"workflow/notebooks/{wildcards.document}.md").read_text(encoding="utf-8")
    figures = re.findall(r'\.figure\("([\w.-]+)"\)', text)
    ensembles = ENSEMBLES if ".ensemble(" in text else []
    return expand("figures/{name}.png", name=figures) + expand("results/ensembles/{name}.npz", name=ensembles)


def in_one_line(record):
    """Let Snakemake announce a job by its message alone, with the time; and be silent on how it chooses among them."""
    if getattr(record, "event", None) == LogEvent.JOB_INFO and record.rule_msg:
        record.event, record.msg = None, f"{time.time() - STARTED:3.0f} s  {record.rule_msg}"
    return not str(record.msg).startswith(("Select jobs", "Execute ", "Touching output", "Removing temporary"))


logger.addFilter(in_one_line)


def compared():
    """Whether what is committed came out as it is committed; nothing outside of a clone."""
    command = ["git", "status", "--porcelain", "figures", "data/reference"]
    with suppress(OSError, subprocess.CalledProcessError):
        changed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        if changed:
            return f"Not as committed: {listed(line[3:] for line in changed)}.\n"
        return "figures/ and data/reference/ are byte for byte as committed.\n"
    return ""


def forget_the_dead():
    """Take away the locks that a killed run left in .snakemake, and with which Snakemake would refuse to work.

    Whoever works in this folder shares a lock of the operating system, which ends with its process: who can have that
    one alone knows that the others are nobody's.
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
