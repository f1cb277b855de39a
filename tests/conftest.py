"""What several tests share: runs trained once, and a clone in which the whole pipeline has run once."""

import copy
import io
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from known import ROOT, RUNNABLE
from ruamel.yaml import YAML

from lastdigit import batch, files, runs
from lastdigit.arithmetic import FLOAT_ARITHMETICS
from lastdigit.command import SILENCE
from lastdigit.experiments import Experiment
from lastdigit.runs import Run

# What the campaign tried, and how much of it the project survived; by kind. And what it tried that is broken on
# purpose, as a control, with how many faults it found there.
TALLY: dict[str, tuple[int, int]] = {}
CONTROLS: dict[str, tuple[int, int]] = {}


def count(kind: str, tried: int, survived: int) -> None:
    """Add to what the campaign tried."""
    before = TALLY.get(kind, (0, 0))
    TALLY[kind] = (before[0] + tried, before[1] + survived)


def count_control(kind: str, tried: int, found: int) -> None:
    """Note what the campaign found in something that is broken on purpose."""
    CONTROLS[kind] = tried, found


# The screen: while a test runs, what is written to the standard output is kept from it.
SCREEN = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    with suppress(OSError, ValueError):  # of an output that is no file, as mutmut's
        config.stash[SCREEN] = os.dup(sys.stdout.fileno())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Say of a test that takes long, or makes what others need, that it is still at work, and how long it has been."""
    over, begun = threading.Event(), time.monotonic()

    def tell() -> None:
        while not over.wait(SILENCE):
            line = f"\n{time.monotonic() - begun:3.0f} s  {item.nodeid}\n"
            os.write(item.config.stash[SCREEN], line.encode())

    if SCREEN in item.config.stash:
        threading.Thread(target=tell, daemon=True).start()
    try:
        return (yield)
    finally:
        over.set()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the campaign, if it ran."""
    if TALLY:
        terminalreporter.section("the campaign: tried and survived")
    for kind, (tried, survived) in sorted(TALLY.items()):
        terminalreporter.write_line(f"{kind:44} {tried:6} {survived:6}{'' if tried == survived else '  NOT ALL'}")
    for kind, (tried, found) in CONTROLS.items():
        verdict = "as it must" if found else "NOTHING, so the campaign finds nothing"
        terminalreporter.write_line(f"control, broken on purpose: {kind}: found {found} of {tried}, {verdict}")


def from_yaml(path: Path) -> Any:
    """What a file holds, read by the library alone; what an alias repeats is there as often, each time by itself."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path)))


def to_yaml(value: Any) -> str:
    """A value as YAML."""
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump(value, stream)
    return stream.getvalue()


@pytest.fixture(scope="session", autouse=True)
def texts_are_parsed_once() -> Iterator[None]:
    """Within a session the same text in YAML is parsed once: every program that is run here reads the same files."""
    parse_yaml = files.parse_yaml
    parsed = lru_cache(maxsize=100)(parse_yaml)  # of a text that is refused nothing is kept
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(files, "parse_yaml", lambda text, where: copy.deepcopy(parsed(text, where)))
        yield


@pytest.fixture
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """To compile takes longer than what is then run here, so LLVM is told to hurry: the bits are the same."""
    compiled = batch.compiled
    monkeypatch.setattr(batch, "compiled", lambda source, _: compiled(source, 0))


def train(experiment: Experiment, arithmetic: str) -> Run:
    """Train in one of the arithmetics that runs are kept in."""
    return runs.train(experiment, FLOAT_ARITHMETICS[arithmetic]())


@cache
def published_run(name: str, arithmetic: str) -> Run:
    """The run of an experiment as published, an unseeded one from its witness; trained once in a session."""
    return train(RUNNABLE[name], arithmetic)


def command(*words: str, cwd: Path = ROOT, input: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program under the Python of the tests, with a text as its standard input."""
    return subprocess.run([sys.executable, *words], cwd=cwd, input=input, capture_output=True, text=True)


def run_program(
    name: str, *words: str, cwd: Path = ROOT, input: str = "", folder: str = "scripts"
) -> subprocess.CompletedProcess[str]:
    """Run a program as `command` does, but in this process, where what it imports is there already."""
    given, shown, said = (io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8") for text in (input, "", ""))
    code: Any = 0
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(cwd)
        patched.setattr(sys, "argv", [f"{name}.py", *words])
        for stream, taken in (("stdin", given), ("stdout", shown), ("stderr", said)):
            patched.setattr(sys, stream, taken)
        try:
            runpy.run_path(str(ROOT / folder / f"{name}.py"), run_name="__main__")
        except SystemExit as stop:
            code = stop.code
            if isinstance(code, str):  # as Python does at its end
                code = print(code, file=sys.stderr) or 1
    texts = []
    for stream in (shown, said):
        stream.seek(0)
        texts.append(stream.read())
    return subprocess.CompletedProcess([name, *words], code or 0, *texts)


def snakemake(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Snakemake as the README says."""
    return command("-m", "snakemake", "--cores", "4", *words, cwd=cwd)


def git(cwd: Path, *words: str) -> str:
    """What a git command prints."""
    return subprocess.run(["git", *words], cwd=cwd, capture_output=True, text=True, check=True).stdout


# What a run says of a job as it begins: the time, and what the job is about.
JOB = re.compile(r" *\d+ s  ([^:\n]*)(:|$)")


class Pipeline:
    """A clone of what is committed, in which Snakemake was interrupted, then ran to the end, then ran once more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        git(folder.parent, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
        interrupted = subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--cores", "4"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert interrupted.stderr is not None
        announced = (line for line in interrupted.stderr if JOB.match(line))
        list(islice(announced, 5))  # the first of four is done, and others are at work
        interrupted.send_signal(signal.SIGINT)
        while True:  # Snakemake may miss the signal if it comes at an odd moment: a person presses the keys again
            try:
                interrupted.communicate(timeout=15)
                break
            except subprocess.TimeoutExpired:
                interrupted.send_signal(signal.SIGINT)
        self.interrupted_code = interrupted.returncode
        self.made_by_interruption = {path.stem for path in (folder / "results/runs/portable").glob("*.npz")}
        self.left_by_interruption = sorted(path for path in (folder / "results").rglob(".*") if path.is_file())
        self.first = snakemake(folder)
        self.second = snakemake(folder)
        self.status = git(folder, "status", "--porcelain")


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The pipeline, run once for all the tests that look at what it makes."""
    assert shutil.which("git"), "the tests of the pipeline clone the project, which needs git"
    return Pipeline(tmp_path_factory.mktemp("pipeline") / "clone")
