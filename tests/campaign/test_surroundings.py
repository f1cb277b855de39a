"""Everything that a machine or a user may have otherwise, all at once: what is committed comes out the same."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import count, git
from known import ROOT

pytestmark = pytest.mark.slow

# Two that have nothing in common, so that what depends on any of it differs between them, too.
SURROUNDINGS: dict[str, tuple[str, dict[str, str], str]] = {
    "one": (
        "Übung mit 'Leerzeichen' & mehr",
        {
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONIOENCODING": "ascii",
            "TZ": "Pacific/Kiritimati",
            "HOME": "/dev/null/nobody",
            "MPLBACKEND": "odd",
            "PYTHONHASHSEED": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OPENBLAS_CORETYPE": "Prescott",
            "NPY_DISABLE_CPU_FEATURES": "X86_V4",
            "PYTHONWARNINGS": "error:::lastdigit",
            "COLUMNS": "20",
        },
        "umask 077; ulimit -n 128; echo 'raise SystemExit(7)' >numpy.py; ",
    ),
    "two": (
        "x" * 60,
        {
            "LC_ALL": "tr_TR.UTF-8",
            "TZ": "America/St_Johns",
            "MPLBACKEND": "TkAgg",
            "PYTHONHASHSEED": "4294967295",
            "OPENBLAS_NUM_THREADS": "7",
            "OMP_NUM_THREADS": "3",
            "MPLCONFIGDIR": "{folder}/user",
            "IPYTHONDIR": "{folder}/user",
            "XDG_CACHE_HOME": "{folder}/cache",
            "COLUMNS": "400",
        },
        "umask 000; ulimit -s 16384; ",
    ),
}

DOCUMENT = """\
---
kernelspec:
  name: python3
  display_name: Python 3
  language: python
---

# Surroundings

```{code-cell} ipython3
import sys
import matplotlib.pyplot as plt
import numpy as np
from lastdigit.document import ROOT

plt.style.use(ROOT / "scripts/lastdigit.mplstyle")
plt.plot(np.exp(np.linspace(-1, 1, 50)), label="é")
plt.title("x")
plt.show()
print(np.arange(3) / 3, "§", sorted({"a", "b", "c"}), "user" in globals())
```
"""

REFERENCE = ["two-layer", "cross-entropy"]


def weave(folder: Path) -> list[str]:
    return [sys.executable, "scripts/weave.py", "surroundings", "--output", f"{folder}/woven.ipynb"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in plain surroundings, and what a document comes to there."""
    folder = tmp_path_factory.mktemp("plain") / "clone"
    git(folder.parent, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    (folder / "workflow/notebooks/surroundings.md").write_text(DOCUMENT, encoding="utf-8")
    subprocess.run(weave(folder), cwd=folder, check=True)
    return folder


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_same_bytes_in_any_surroundings(name: str, plain: Path, tmp_path: Path) -> None:
    called, variables, before = SURROUNDINGS[name]
    folder = tmp_path / called
    git(tmp_path, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    (folder / "workflow/notebooks/surroundings.md").write_text(DOCUMENT, encoding="utf-8")
    (folder / "user/profile_default/startup").mkdir(parents=True)
    (folder / "user/profile_default/startup/user.py").write_text("user = 1", encoding="utf-8")
    (folder / "user/matplotlibrc").write_text("text.usetex: True\naxes.facecolor: red\n", encoding="utf-8")
    environment = os.environ | {key: value.format(folder=folder) for key, value in variables.items()}
    certificates = [f"data/reference/{one}/certificate.json" for one in REFERENCE]
    steps = {
        "certificates": shlex.join(
            [sys.executable, "-P", "-m", "snakemake", "--cores", "2", *certificates, "results/made/schemas"]
        ),
        "a figure": f"{sys.executable} scripts/plot.py sigmoid --svg figures/sigmoid.svg --png figures/sigmoid.png",
        "a document": shlex.join(weave(folder)),
        "an ensemble": f"{sys.executable} scripts/ensemble.py xor-linear --seeds 0:64 --epochs 300 --output e.npz",
        "a refusal": f"{sys.executable} scripts/train.py nosuch; test $? = 2",
    }
    cache = 'test -w "$HOME" || export XDG_CACHE_HOME="$PWD/.snakemake/cache"; '
    survived = {}
    for step, line in steps.items():
        done = subprocess.run(
            ["bash", "-c", before + cache + line], cwd=folder, env=environment, capture_output=True, timeout=300
        )
        said = done.stderr.decode("utf-8", "replace")
        # Snakemake's own log has the encoding of the surroundings, and may say that it lacks a letter of the path.
        is_quiet = "Traceback" not in said or step == "certificates"
        survived[step] = "" if done.returncode == 0 and is_quiet else said[-3000:]
    survived["the same document"] = "" if same(plain / "woven.ipynb", folder / "woven.ipynb") else "other bytes"
    changed = git(folder, "status", "--porcelain", "data", "figures")
    survived["the same committed files"] = changed
    count("surroundings, all at once", len(survived), sum(not problem for problem in survived.values()))
    assert not any(survived.values()), "\n".join(survived.values())


def same(first: Path, second: Path) -> bool:
    return first.exists() and second.exists() and first.read_bytes() == second.read_bytes()
