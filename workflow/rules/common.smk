# What several rules share: the names of the experiments, and what a program's output depends on.
import ast
import re
import sys
import time
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod
from snakemake.utils import validate

sys.path.insert(0, "scripts")

from lastdigit.figures import FIGURES
from lastdigit.files import InputError, listed, read_yaml
from lastdigit.project import Project
from lastdigit.published import Numbers

STARTED = time.time()

try:
    validate(config, "../schemas/config.schema.yaml")
except WorkflowError as error:
    wrong = error.__cause__ or error.__context__
    key = ".".join(["config/config.yaml", *map(str, getattr(wrong, "absolute_path", []))])
    raise WorkflowError(f"{key}: {getattr(wrong, 'message', error)}") from None

# The programs run under the Python that runs Snakemake, whether or not its environment is activated; unless Snakemake is
# to make a conda environment for them. What they print goes to their logs; what a failed one printed, to the screen too.
if DeploymentMethod.CONDA not in workflow.deployment_settings.deployment_method:
    shell.prefix(f'export PATH={str(Path(sys.executable).parent)!r}:"$PATH"; ')

EXPERIMENTS = "data/experiments.yaml"
WITNESSES = "data/witnesses.yaml"

try:
    for path in workflow.configfiles:
        read_yaml(Path(path))  # of a key that is there twice, Snakemake takes the last without a word
    PROJECT = Project()
    PUBLISHED, RUNNABLE, SOURCES = PROJECT.as_published, PROJECT.experiments, PROJECT.sources
except InputError as error:
    raise WorkflowError(str(error)) from None

certification = config["certification"]
if certification["first_bits"] > certification["most_bits"]:
    raise WorkflowError("config: certification.first_bits: expected at most most_bits")

UNSEEDED = [name for name, experiment in PUBLISHED.items() if not experiment.start.is_given]
TRAINED = [name for name, experiment in RUNNABLE.items() if experiment.start.is_given]
PRINTED = [f"data/published/{name}.yaml" for name in SOURCES]


def one_of(names):
    """The pattern of a wildcard that stands for one of these names, which may hold a dot."""
    return "|".join(map(re.escape, names))


wildcard_constraints:
    experiment=one_of(PUBLISHED),
    start=one_of(PUBLISHED),
    arithmetic="native|portable",


def code(*names):
    """Programs of scripts/, every module of ours that they import, and the pins of all others: Snakemake sees none."""
    found, unread = ["requirements.lock"], [Path("scripts") / f"{name}.py" for name in names]
    while unread:
        path = unread.pop()
        if str(path) in found:
            continue
        found.append(str(path))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lastdigit"):
                modules = (
                    [f"lastdigit.{alias.name}" for alias in node.names] if node.module == "lastdigit" else [node.module]
                )
                files = [Path("scripts", *module.split(".")) for module in modules]
                unread += [file / "__init__.py" if file.is_dir() else file.with_suffix(".py") for file in files]
    return found


def printed_about(wildcards):
    """The sources with numbers from an experiment, which say what has to be proven of it."""
    return [
        f"data/published/{name}.yaml"
        for name, source in SOURCES.items()
        if any(claim.experiment == wildcards.experiment for claim in source.of_kind(Numbers))
    ]


def starts(wildcards):
    """Where the starting weights are written down: an unseeded experiment starts from its witness."""
    return [EXPERIMENTS, WITNESSES] if wildcards.experiment in UNSEEDED else [EXPERIMENTS]


# An ensemble is named after its experiment, and after the size of its hidden layer where that is another one.
ENSEMBLES = {name: config["ensembles"]["seeds"] for name in UNSEEDED} | {
    f"xor-sigmoid.hidden-{units}": config["ensembles"]["seeds_of_other_sizes"]
    for units in config["ensembles"]["other_sizes"]
}


DOCUMENTS = sorted(path.stem for path in Path("workflow/notebooks").glob("*.md"))
ARTICLES = [name for name in DOCUMENTS if name in SOURCES]


def shown_in(wildcards):
    """The figures and ensembles that a document names: what it shows is written in it, and nowhere else."""
    text = Path(f"workflow/notebooks/{wildcards.document}.md").read_text(encoding="utf-8")
    figures = set(re.findall(r'\.figure\("([\w.-]+)"\)', text))
    ensembles = set(re.findall(r'\.ensemble\("([\w.-]+)"\)', text))
    return [f"figures/{name}.png" for name in sorted(figures)] + [
        f"results/ensembles/{name}.npz" for name in sorted(ensembles)
    ]
