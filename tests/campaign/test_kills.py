"""A run that is killed at any moment goes on to the same bytes, and nothing committed is worse in between."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from conftest import count, git, snakemake
from known import ROOT

pytestmark = pytest.mark.slow

SEED, KILLS = 11, 20
SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT]
TARGETS = [f"results/runs/portable/{name}.npz" for name in ("two-layer", "nine-lines", "cross-entropy")]
TARGETS += ["results/made/schemas"]


def clone(folder: Path) -> Path:
    git(folder.parent, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    return folder


def runs_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "results/runs/portable").glob("*.npz")}


def test_a_run_that_is_killed_twenty_times(tmp_path: Path) -> None:
    folder, random, survived, done = clone(tmp_path / "clone"), Random(SEED), 0, 0
    for number in range(KILLS):
        if number % 2 == 0:  # what was made is made again
            for path in (folder / "results").rglob("*"):
                if path.is_file():
                    path.unlink()
        words = [sys.executable, "-m", "snakemake", "--cores", "2", *TARGETS]
        begun = subprocess.Popen(
            words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(random.uniform(0.5, 5))
        os.killpg(begun.pid, random.choice(SIGNALS))
        try:
            begun.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(begun.pid, signal.SIGKILL)
            begun.wait()
        done += begun.returncode == 0
        changed = git(folder, "status", "--porcelain", "--untracked-files=no").splitlines()
        survived += not changed
        assert not changed, (number, changed)
    assert done < KILLS / 2, "most runs were over before they could be killed"
    resumed = snakemake(folder, *TARGETS)
    assert resumed.returncode == 0, resumed.stderr
    made = git(folder, "status", "--porcelain")
    assert (made, runs_of(folder).keys()) == ("", {"two-layer.npz", "nine-lines.npz", "cross-entropy.npz"})
    undisturbed = clone(tmp_path / "undisturbed")
    assert snakemake(undisturbed, *TARGETS[:1]).returncode == 0
    assert runs_of(undisturbed).items() <= runs_of(folder).items()
    count("kills, then resumed to the same bytes", KILLS, survived)
