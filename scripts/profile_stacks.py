"""Run the three-layer program under other NumPys, BLAS kernels and vector instructions: which lines does each print?

Each version of NumPy is installed in a temporary environment. OPENBLAS_CORETYPE selects the kernels of OpenBLAS, and
NPY_DISABLE_CPU_FEATURES the vector instructions of NumPy; threadpoolctl reports what was loaded.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel
from ruamel.yaml import YAML

from lastdigit import command, project
from lastdigit.files import InputError, Strict, Text, parse, parse_json, write_atomically
from lastdigit.project import Project
from lastdigit.stacks import Vectors

EXAMPLES = """\
  python scripts/profile_stacks.py
  python scripts/profile_stacks.py --numpy 1.26.4 --numpy 2.4.6 --output results/stacks.yaml
  python scripts/profile_stacks.py --numpy 1.16.6 --python python3.7"""

T = TypeVar("T")

CLAIM = "trask-notebook/three-layer-error-log"
VERSIONS = ("1.13.3", "1.16.6", "1.19.5", "1.23.5", "1.26.4", "2.4.6")
PYTHONS = (sys.executable, *(f"python3.{minor}" for minor in range(12, 5, -1)))
KERNELS = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX")

# The last version for old Pythons does not know the OpenBLAS of new NumPys.
THREADPOOLCTL = ("threadpoolctl==3.1.0; python_version < '3.9'", "threadpoolctl>=3.5; python_version >= '3.9'")

HEAD = """\
# Which lines of the claim real stacks print: made by `make profiles`, on one machine, and not part of the pipeline.
# scripts/lastdigit/stacks.py says what each key means.
"""

# Runs under any Python 3 and NumPy, and prints what was loaded and the error at some epochs.
PROGRAM = """\
import json, sys
import numpy as np
from threadpoolctl import threadpool_info

epochs = json.loads(sys.argv[1])
x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0, 0, 1, 1]]).T
np.random.seed(1)
first = 2 * np.random.random((3, 4)) - 1
second = 2 * np.random.random((4, 1)) - 1
errors = []
for epoch in range(max(epochs) + 1):
    hidden = 1 / (1 + np.exp(-np.dot(x, first)))
    output = 1 / (1 + np.exp(-np.dot(hidden, second)))
    error = y - output
    if epoch in epochs:
        errors.append(repr(float(np.mean(np.abs(error)))))
    delta = error * (output * (1 - output))
    hidden_delta = delta.dot(second.T) * (hidden * (1 - hidden))
    second += hidden.T.dot(delta)
    first += x.T.dot(hidden_delta)
blas = [one for one in threadpool_info() if one["user_api"] == "blas"]
print(json.dumps({"blas": blas, "errors": errors}))
"""

# The vector instructions that a NumPy can choose at run time and the processor has; old versions do not tell.
FEATURES = """\
import json
try:
    from numpy._core import _multiarray_umath as core
except ImportError:
    from numpy.core import _multiarray_umath as core
has = getattr(core, "__cpu_features__", {})
print(json.dumps([name for name in getattr(core, "__cpu_dispatch__", []) if has.get(name)]))
"""


def install(version: str, interpreters: list[str], folder: Path) -> tuple[Path, str] | None:
    """Make an environment with that NumPy: its Python, and its version. None if no interpreter has a wheel."""
    for interpreter in interpreters:
        shutil.rmtree(folder, ignore_errors=True)
        python = folder / "bin" / "python"
        steps: list[list[str | Path]] = [
            [interpreter, "-m", "venv", folder],
            [python, "-m", "pip", "install", "-q", "--only-binary=:all:", f"numpy=={version}", *THREADPOOLCTL],
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        ]
        done = None
        for step in steps:
            done = subprocess.run(list(map(str, step)), capture_output=True, text=True)
            if done.returncode:
                break
        if done is not None and done.returncode == 0:
            return python, done.stdout.strip()
    return None


class Blas(BaseModel):
    """What threadpoolctl says of a library, besides what is of no interest here."""

    version: Text | None
    architecture: Text


class Answer(Strict):
    """What PROGRAM prints: the one library that was loaded, and the errors."""

    blas: tuple[Blas]
    errors: tuple[str, ...]


def ask(kind: type[T], python: Path, program: str, *arguments: str, **environment: str) -> T | None:
    """What a program prints under that Python, as JSON; None if it fails, as for want of an instruction."""
    words = [str(python), "-W", "ignore", "-c", program, *arguments]
    done = subprocess.run(words, env=os.environ | environment, capture_output=True, text=True)
    try:
        return None if done.returncode else parse(kind, parse_json(done.stdout, str(python)), str(python))
    except InputError:
        return None


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("--numpy", action="append", metavar="VERSION", help=f"default: {', '.join(VERSIONS)}")
    parser.add_argument(
        "--python", action="append", metavar="COMMAND", help="interpreter to try; default: this one, then older ones"
    )
    project.add_options(parser, "experiments", "published")
    parser.add_output("--output", default=project.PLACES["stacks"], help="default: %(default)s")
    options = parser.parse_args()
    claim = Project.of(options).claim(CLAIM)
    interpreters = [path for name in options.python or PYTHONS if (path := shutil.which(name))]
    versions = options.numpy or VERSIONS
    stacks: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        command.progress("stacks", len(versions) * len(KERNELS) * len(get_args(Vectors)), " stacks") as watch,
    ):
        for number, version in enumerate(versions):
            found = install(version, interpreters, Path(folder) / "environment")
            if found is None:
                print(f"profile_stacks.py: NumPy {version} left out: none of the Pythons has a wheel", file=sys.stderr)
                continue
            python, python_version = found
            features = ask(list[str], python, FEATURES) or []
            disabled = {"all": [], "no AVX-512": [one for one in features if "AVX512" in one or one == "X86_V4"]}
            disabled["baseline"] = features
            for place, (kernel, vectors) in enumerate((one, two) for one in KERNELS for two in get_args(Vectors)):
                watch((number * len(KERNELS)) * len(disabled) + place)
                if vectors != "all" and not disabled[vectors]:
                    continue  # nothing to disable
                environment = {"OPENBLAS_CORETYPE": kernel, "NPY_DISABLE_CPU_FEATURES": " ".join(disabled[vectors])}
                result = ask(Answer, python, PROGRAM, json.dumps(claim.at), **environment)
                if result is None or len(result.errors) != len(claim.at):
                    print(f"profile_stacks.py: NumPy {version} fails with kernels for {kernel}", file=sys.stderr)
                    continue
                (blas,) = result.blas
                same = zip(claim.at, claim.printed, result.errors, strict=True)
                stack = {
                    "numpy": version,
                    "python": python_version,
                    "openblas": blas.version,
                    "kernel": blas.architecture,
                    "vectors": vectors,
                    "prints": [epoch for epoch, published, printed in same if printed == published],
                }
                if stack not in stacks:  # OpenBLAS replaces kernels that it lacks
                    stacks.append(stack)
    if not stacks:
        raise InputError("no stack could be tried; see --python and --numpy")
    writer = YAML()
    writer.default_flow_style = None
    writer.width = 160
    with write_atomically(options.output) as stream:
        stream.write(HEAD)
        writer.dump({"claim": CLAIM, "machine": platform.machine(), "stacks": stacks}, stream)


if __name__ == "__main__":
    command.run(main)
