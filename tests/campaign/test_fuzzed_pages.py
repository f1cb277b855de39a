"""Programs that let others work for them, weave, publish and profile_stacks: whatever these are given, or give back."""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from shutil import copy
from typing import Any

import numpy
import pytest
from conftest import command, count, from_yaml, to_yaml
from known import ROOT
from mutations import CASES, mutate_archive, mutate_json, mutate_text, mutate_value
from test_fuzzed_commands import DOCUMENT, MINI, SOURCE, STACKED

import profile_stacks
import publish
import weave
from lastdigit import command as programs
from lastdigit.stacks import load_stacks

pytestmark = pytest.mark.slow

SECONDS = 60


class TooLong(Exception):
    """A program ran for too long."""


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """A limit of time, and an environment that is left as it was."""

    def stop(*_: object) -> None:
        raise TooLong

    environment = dict(os.environ)
    signal.signal(signal.SIGALRM, stop)
    yield
    signal.alarm(0)
    os.environ.clear()
    os.environ.update(environment)


def outcome(
    main: Callable[[], None], words: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> tuple[object, str]:
    """The exit code of a program that is run here, and what was wrong with how it ended."""
    monkeypatch.setattr(sys, "argv", words)
    code: object = 0
    signal.alarm(SECONDS)
    try:
        programs.run(main)
    except SystemExit as exit_:
        code = exit_.code
    except (Exception, MemoryError):
        return None, traceback.format_exc(limit=-4)
    finally:
        signal.alarm(0)
    said = capfd.readouterr().err
    is_told = isinstance(code, str) or code == 0 or (code in (1, 2) and said.startswith(words[0]))
    return code, "" if is_told and "Traceback" not in said else f"exit code {code}, says {said[-2000:]}"


# --- publish ----------------------------------------------------------------------------------------------------------

NOTEBOOK = {
    "cells": [
        {
            "cell_type": "markdown",
            "metadata": {},
            "id": "cell-0",
            "source": "# Mini\n\nA text, and $x^2$.\n\n| a |\n|-|\n| b |",
        },
        {
            "cell_type": "code",
            "metadata": {},
            "id": "cell-1",
            "execution_count": 1,
            "source": "print(1)",
            "outputs": [{"name": "stdout", "output_type": "stream", "text": "1\n"}],
        },
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of an article, two experiments and a document, of which everything is made but the site."""
    folder = tmp_path_factory.mktemp("project")
    texts = {
        "data/experiments.yaml": to_yaml(
            {"xor": MINI, "linear": MINI | {"start": {"seed": None, "low": 0, "high": 1}}}
        ),
        "data/witnesses.yaml": to_yaml({"linear": {"seed": 3, "search": "-"}}),
        "data/published/trask-notebook.yaml": to_yaml(SOURCE),
        "data/reference/README.md": "# Reference outputs\n\nOf two networks.\n",
        "figures/x.svg": "<svg/>",
        "results/notebooks/trask-notebook.ipynb": json.dumps(NOTEBOOK),
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("CITATION.cff", "pyproject.toml"):
        copy(ROOT / name, folder / name)
    for name in ("scripts", "workflow"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "results/ensembles").mkdir()
    for name in ("xor", "linear"):
        words = [f"--{kind}-run=results/runs/{kind}/{name}.npz" for kind in ("portable", "native")]
        words += [f"--folder=data/reference/{name}", f"--usual-ratios=results/usual-ratios/{name}.json"]
        assert command("scripts/certify.py", name, *words, cwd=folder).returncode == 0
    assert command("scripts/verify.py", "--output", "results/verdicts.json", cwd=folder).returncode == 0
    return folder


def mutations(folder: Path) -> dict[str, Callable[[Random], bytes]]:
    """What can be wrong with each file that the site is made from."""
    found: dict[str, Callable[[Random], bytes]] = {}
    for name in (
        "data/experiments.yaml",
        "data/published/trask-notebook.yaml",
        "data/reference/README.md",
        "data/reference/xor/trajectory.csv",
        "CITATION.cff",
        "pyproject.toml",
    ):
        text = (folder / name).read_text(encoding="utf-8")
        found[name] = lambda random, text=text: mutate_text(text, random)
    value = from_yaml(folder / "data/published/trask-notebook.yaml")
    found["data/published/trask-notebook.yaml"] = lambda random: to_yaml(mutate_value(value, random)).encode(
        "utf-8", "surrogatepass"
    )
    for name in (
        "results/notebooks/trask-notebook.ipynb",
        "results/verdicts.json",
        "results/usual-ratios/xor.json",
        "data/reference/xor/certificate.json",
    ):
        whole = json.loads((folder / name).read_text(encoding="utf-8"))
        found[name] = lambda random, whole=whole: mutate_json(whole, random)
    found["results/notebooks/trask-notebook.ipynb "] = found[
        "results/notebooks/trask-notebook.ipynb"
    ]  # the most of them
    arrays = dict(numpy.load(folder / "results/runs/portable/xor.npz"))
    found["results/runs/portable/xor.npz"] = lambda random: mutate_archive(arrays, random)
    return found


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_a_site_is_made_from(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The site is built, or it is told in a line why not; and one that was there before is then still there."""
    monkeypatch.chdir(project)
    words, site = ["publish.py", "--output", "results/site"], project / "results/site"
    assert outcome(publish.main, words, monkeypatch, capfd) == (0, "")
    failed, built, before = dict[int, str](), 0, bytes_of(site)
    files = mutations(project)
    for seed in range(CASES):
        random = Random(f"site {seed}")
        name = random.choice(sorted(files))
        path = project / name.strip()
        whole = path.read_bytes()
        path.write_bytes(files[name](random))
        code, wrong = outcome(publish.main, words, monkeypatch, capfd)
        path.write_bytes(whole)
        after = bytes_of(site)
        built += code == 0
        if wrong or (code != 0 and after != before) or str(site / "index.html") not in after:
            failed[seed] = f"{path}: {wrong or 'the site is not as it was'}"
        if code == 0:
            before = after
        if left := [one.name for one in site.parent.iterdir() if one.name.startswith(".")]:
            failed[seed] = f"{path}: left {left}"
    count("files that a site is made from", CASES, CASES - len(failed))
    assert not failed, f"seeds {sorted(failed)}; the first: {next(iter(failed.values()))}"
    assert CASES < 20 or 0 < built < CASES


# --- weave ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project that has no documents yet."""
    (tmp_path / "workflow/notebooks").mkdir(parents=True)
    (tmp_path / "woven.ipynb").write_bytes(b"before")
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("way", "tried"), [("read", CASES), ("executed", max(CASES // 10, 1))])
def test_documents(
    way: str, tried: int, documents: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each is read, and written without being executed; and some are executed."""
    if way == "read":
        monkeypatch.setattr(
            weave.papermill, "execute_notebook", lambda plain, executed, *_, **__: copy(plain, executed)
        )
    failed, words = dict[int, str](), ["weave.py", "mini", "--parameter", "epochs=2", "--output", "woven.ipynb"]
    woven = documents / "woven.ipynb"
    for seed in range(tried):
        (documents / "workflow/notebooks/mini.md").write_bytes(mutate_text(DOCUMENT, Random(f"document {seed}")))
        before = woven.read_bytes()
        code, wrong = outcome(weave.main, words, monkeypatch, capfd)
        if wrong and not (isinstance(code, str) and code.startswith("weave.py: ")):  # whose traceback is the document's
            failed[seed] = wrong
        if code == 0:
            json.loads(woven.read_bytes())
        elif woven.read_bytes() != before:
            failed[seed] = "the notebook of before is spoiled"
    count(f"documents that are {way}", tried, tried - len(failed))
    assert not failed, f"seeds {sorted(failed)}; the first: {next(iter(failed.values()))}"


# --- profile_stacks ---------------------------------------------------------------------------------------------------


def test_what_other_pythons_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Their programs fail, or print something else than is expected of them."""
    for name, value in {"experiments": {"xor": MINI}, "published/trask-notebook": STACKED}.items():
        (tmp_path / f"{name}.yaml").parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.yaml").write_text(to_yaml(value), encoding="utf-8")
    place = tmp_path / "stacks.yaml"
    words = ["profile_stacks.py", "--numpy", "2.4.6", "--output", str(place)]
    words += ["--experiments", str(tmp_path / "experiments.yaml"), "--published", str(tmp_path / "published")]
    blas = {"user_api": "blas", "version": "0.3.30", "architecture": "Zen", "num_threads": 2}
    says: dict[str, Any] = {
        profile_stacks.PROGRAM: {"blas": [blas], "errors": ["0.5"]},
        profile_stacks.FEATURES: ["X86_V3", "AVX512F"],
    }
    failed = {}
    for seed in range(CASES):
        random = Random(f"stacks {seed}")

        def run(
            command: list[str], random: Random = random, odd: str = random.choice([*says, "-m"]), **_: object
        ) -> subprocess.CompletedProcess[str]:
            said = next((said for program, said in says.items() if program in command), "3.11")
            text, code = said if isinstance(said, str) else json.dumps(said), 0
            if odd in command and random.random() < 0.8:
                text = mutate_json(said, random).decode("utf-8", "replace")
                code = random.choice((0, 0, 0, 1, -4))
            return subprocess.CompletedProcess(command, code, text, "")

        monkeypatch.setattr(profile_stacks.subprocess, "run", run)
        place.write_bytes(b"before")
        code, wrong = outcome(profile_stacks.main, words, monkeypatch, capfd)
        if code == 0 and not wrong:
            load_stacks(place)
        elif wrong or place.read_bytes() != b"before":
            failed[seed] = wrong or "spoiled what was there"
    count("what other Pythons say", CASES, CASES - len(failed))
    assert not failed, f"seeds {sorted(failed)}; the first: {next(iter(failed.values()))}"
