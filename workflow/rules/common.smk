# What the rules share: settings and inputs, checked as they are read, and what a job depends on.
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod
from snakemake.utils import update_config
from snakemake_interface_logger_plugins.common import LogEvent

sys.path.insert(0, "scripts")

from lastdigit.command import SILENCE
from lastdigit.experiments import choose, load_witnesses
from lastdigit.figures import FIGURES
from lastdigit.files import Id, InputError, listed, read_yaml
from lastdigit.files import parse as parse_as  # Snakemake has a `parse` of its own here
from lastdigit.project import Project
from lastdigit.published import Numbers
from lastdigit.settings import Settings

STARTED = time.time()

# The table at the end has characters that a terminal may not know.
sys.stdout.reconfigure(errors="backslashreplace")


def settings_of(files):
    """config/config.yaml, and each of the files laid over those before it, and at last what --config says.

    They are read anew, for Snakemake silently takes the last of two equal keys. All is checked after each of them, so that
    a message names the one to mend.
    """
    settings, names = {}, [os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path) for path in files]
    said = [(name, parse_as(dict, read_yaml(Path(name)), name)) for name in ["config/config.yaml", *names]]
    for name, more in [*said, ("--config", dict(workflow.config_settings.config))]:
        update_config(settings, more)
        checked = parse_as(Settings, settings, name)
        for sweep, one in checked.ensembles.sweeps.items():
            choose(one.experiment, PUBLISHED, f"{name}: ensembles.sweeps.{sweep}.experiment")
    return checked


try:
    PROJECT = Project()
    PUBLISHED, RUNNABLE, SOURCES = PROJECT.as_published, PROJECT.experiments, PROJECT.sources
    WITNESSED = load_witnesses(PROJECT.places["witnesses"], PUBLISHED)
    SETTINGS = settings_of(workflow.config_settings.configfiles)
    SWEEPS = SETTINGS.ensembles.sweeps
    # Names that become words of commands.
    DOCUMENTS = [
        parse_as(Id, path.stem, f"{path}: the name") for path in sorted(Path("workflow/notebooks").glob("*.md"))
    ]
except InputError as error:
    raise WorkflowError(str(error)) from None

# Programs run under the Python that runs Snakemake, even if its environment is not activated; unless Snakemake is to make
# a conda environment for them.
if DeploymentMethod.CONDA not in workflow.deployment_settings.deployment_method:
    shell.prefix(f'export PATH={str(Path(sys.executable).parent)!r}:"$PATH"; ')

UNSEEDED = [name for name, experiment in PUBLISHED.items() if not experiment.start.is_given]
TRAINED = [name for name, experiment in RUNNABLE.items() if experiment.start.is_given]
PRINTED = [f"data/published/{name}.yaml" for name in SOURCES]
# Times which a core updates a weight in a minute (benchmarks/sweeps.py); nothing but the parts of sweeps depends on it.
IN_A_MINUTE = 22 * 10**9
EXPERIMENTS = "data/experiments.yaml"
WITNESSES = "data/witnesses.yaml"

# An ensemble is named after its experiment, and after its number of hidden units if that is another one.
OTHER_SIZES = [f"xor-sigmoid.hidden-{units}" for units in SETTINGS.ensembles.other_sizes]
ARTICLES = [name for name in DOCUMENTS if name in SOURCES]


def one_of(names):
    """The pattern of a wildcard for one of these names, which may contain a dot; of none, one that nothing fits."""
    return "|".join(map(re.escape, names)) or "(?!)"


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


def cost(experiment):
    """The time that the training of an experiment takes, up to a factor."""
    return experiment.epochs * sum(rows * columns for rows, columns in experiment.shapes)


def parts(wildcards):
    """The parts of a sweep, each for some of its seeds and about `minutes` of a core's work; none where one suffices."""
    sweep = SWEEPS[wildcards.sweep]
    # A start counts as 5000 epochs more: it takes as long as 500 to draw, and what is kept of a part is in memory.
    experiment = PUBLISHED[sweep.experiment].changed(epochs=sweep.epochs + 5000)
    sizes = [experiment.with_hidden(units) for units in sweep.hidden] or [experiment]
    work = sweep.seeds * max(1, len(sweep.learning_rates)) * sum(map(cost, sizes))
    count = min(round(work / (SETTINGS.ensembles.minutes * IN_A_MINUTE)), sweep.seeds)
    bounds = [sweep.seeds * number // count for number in range(count + 1)] if count > 1 else []
    return [f"results/sweeps/{wildcards.sweep}.{first}-{end}.npz" for first, end in pairwise(bounds)]


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


AT_WORK = {}  # by its number, the message of each job that has begun and not ended
SPOKE = [time.time()]  # when something was last said


def in_one_line(record):
    """Make Snakemake announce a job by its message alone, with the time, and keep silent about how it selects jobs."""
    match getattr(record, "event", None):
        case LogEvent.JOB_INFO if record.rule_msg:
            AT_WORK[record.jobid], SPOKE[0] = record.rule_msg, time.time()
            record.event, record.msg = None, f"{time.time() - STARTED:3.0f} s  {record.rule_msg}"
        case LogEvent.JOB_FINISHED:
            AT_WORK.pop(record.job_id, None)
        case LogEvent.JOB_ERROR:
            AT_WORK.pop(record.jobid, None)
    return not str(record.msg).startswith(("Select jobs", "Execute ", "Touching output", "Removing temporary"))


def break_the_silence():
    """Say now and then what is at work, where nothing new begins."""
    while time.sleep(1) is None:
        if AT_WORK and time.time() - SPOKE[0] > SILENCE:
            SPOKE[0] = time.time()
            print(f"Still at work after {SPOKE[0] - STARTED:.0f} s: {listed(AT_WORK.copy().values())}", file=sys.stderr)


logger.addFilter(in_one_line)
if workflow.is_main_process:
    threading.Thread(target=break_the_silence, daemon=True).start()


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
