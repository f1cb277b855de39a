"""No file is read without end, or into more memory than it may take, or ends in anything but one line that names it."""

import io
import json
import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy
import pytest
from conftest import count, from_yaml, to_yaml, train
from known import PROJECT, ROOT, RUNNABLE
from mutations import CASES, damage_array, mutate_archive, mutate_json, mutate_text, mutate_value

import compare
from lastdigit import comparison, ensembles, runs
from lastdigit.experiments import load_experiments, load_runnable, load_witnesses
from lastdigit.files import InputError, parse, read_yaml
from lastdigit.project import Project
from lastdigit.published import load_sources
from lastdigit.settings import Settings
from lastdigit.stacks import load_stacks

pytestmark = pytest.mark.slow

# Seeds that failed once, by kind; they are tried first.
CORPUS: dict[str, list[int]] = json.loads(Path(__file__).with_name("corpus.json").read_text(encoding="utf-8"))

SECONDS = 20  # to read a file, at most; a pathological one in YAML takes a fifth of that
MEMORY = 3 * 2**30


class TooLong(Exception):
    """A file was read for too long."""


@pytest.fixture(autouse=True)
def bounds() -> Iterator[None]:
    """A limit of memory for these tests, and a clock."""

    def stop(*_: object) -> None:
        raise TooLong

    before = resource.getrlimit(resource.RLIMIT_DATA)
    signal.signal(signal.SIGALRM, stop)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, before[1]))
    yield
    signal.alarm(0)
    resource.setrlimit(resource.RLIMIT_DATA, before)


def fuzz(
    kind: str, path: Path, mutate: Callable[[Random], bytes], load: Callable[[], object], most: int = CASES
) -> None:
    """Write mutated files and load each: it loads, or is refused in one line that begins with its name.

    Raises:
        AssertionError: naming the seeds of those that did something else, and what that was.
    """
    failed: dict[int, str] = {}
    seeds = [*CORPUS.get(kind, ()), *range(most)]
    for seed in seeds:
        path.write_bytes(mutate(Random(f"{kind} {seed}")))
        signal.alarm(SECONDS)
        try:
            load()
        except InputError as error:
            if not str(error).startswith(str(path)) or "\n" in str(error) or len(str(error)) > len(str(path)) + 600:
                failed[seed] = f"says {error}"
        except (Exception, MemoryError):
            failed[seed] = traceback.format_exc(limit=-3)
        finally:
            signal.alarm(0)
    count(kind, len(seeds), len(seeds) - len(failed))
    assert not failed, f"seeds {sorted(failed)} of {kind!r}; the first: {next(iter(failed.values()))}"


def mutate_yaml(path: Path) -> Callable[[Random], bytes]:
    """Half of them wrong in their values, the others in their text."""
    value, text = from_yaml(path), path.read_text(encoding="utf-8")

    def mutate(random: Random) -> bytes:
        if random.random() < 0.5:
            return mutate_text(text, random)
        return to_yaml(mutate_value(value, random)).encode("utf-8", "surrogatepass")

    return mutate


YAML: dict[str, tuple[str, Callable[[Path], object]]] = {
    "experiments": ("data/experiments.yaml", load_experiments),
    "witnesses": ("data/witnesses.yaml", lambda path: load_witnesses(path, PROJECT.as_published)),
    "runnable": ("data/witnesses.yaml", lambda path: load_runnable(PROJECT.as_published, path)),
    "stacks": ("data/stacks.yaml", load_stacks),
    "settings": ("config/config.yaml", lambda path: parse(Settings, read_yaml(path), str(path))),
}


@pytest.mark.parametrize("kind", YAML)
def test_yaml(tmp_path: Path, kind: str) -> None:
    file, load = YAML[kind]
    path = tmp_path / Path(file).name
    fuzz(f"YAML of {kind}", path, mutate_yaml(ROOT / file), lambda: load(path))


def test_yaml_of_published(tmp_path: Path) -> None:
    path = tmp_path / "published.yaml"
    for source in sorted((ROOT / "data/published").glob("*.yaml")):
        load = lambda: load_sources(PROJECT.as_published, tmp_path)  # noqa: E731
        fuzz(f"YAML of {source.stem}", path, mutate_yaml(source), load, max(CASES // 3, 1))


def place(files: str, path: Path) -> Project:
    return Project(ROOT, **{files: path})


def test_certificates(tmp_path: Path) -> None:
    """A certificate that is changed is refused, or says nothing else of any number."""
    path = tmp_path / "two-layer/certificate.json"
    path.parent.mkdir()
    whole = json.loads((ROOT / "data/reference/two-layer/certificate.json").read_text(encoding="utf-8"))
    load = lambda: Project(ROOT, reference=tmp_path).certificate("two-layer")  # noqa: E731
    fuzz("JSON of certificates", path, lambda random: mutate_json(whole, random), load)


def test_trajectories(tmp_path: Path) -> None:
    path = tmp_path / "two-layer/trajectory.csv"
    path.parent.mkdir()
    text = (ROOT / "data/reference/two-layer/trajectory.csv").read_text(encoding="utf-8")
    text = "".join(text.splitlines(keepends=True)[:40])

    def load() -> None:
        rows = Project(ROOT, reference=tmp_path).trajectory("two-layer")
        comparison.Reference(RUNNABLE["two-layer"], rows)

    fuzz("CSV of trajectories", path, lambda random: mutate_text(text, random), load)


VERDICTS = [
    {"kind": "number", "claim": "a/b", "source": "a", "where": 3, "experiment": "xor", "quantity": "output",
     "layer": None, "epoch": 3, "moment": "before", "seeded": True, "notation": "python3-repr", "printed": "0.5",
     "native": "0.5", "portable": "0.5", "certified": "0.500", "digits_proven": 3, "correct_rounding": True,
     "margin": 0.5, "lre": 3.0, "portable_lre": 3.0, "correct_digits": 1, "verdict": "proven"},
    {"kind": "figure", "claim": "a/c", "source": "a", "where": [1, 2], "figure": "xor", "shows": "a curve"},
    {"kind": "statement", "claim": "a/d", "source": "a", "where": "full article", "statement": "It learns.",
     "verdict": "holds", "finding": "It does."},
]  # fmt: skip


@pytest.mark.parametrize("kind", ["numbers", "verdicts"])
def test_verdicts(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"{kind}.json"
    whole = VERDICTS[:1] if kind == "numbers" else VERDICTS
    load = lambda: getattr(place(kind, path), kind)  # noqa: E731
    fuzz(f"JSON of {kind}", path, lambda random: mutate_json(whole, random), load)


def test_executed_documents(tmp_path: Path) -> None:
    finding = {"statement": "learns", "verdict": "holds", "finding": "It does."}
    output = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"application/vnd.last-digit.finding+json": finding},
    }
    whole = {
        "cells": [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "outputs": [output]}],
        "nbformat": 4,
    }
    path = tmp_path / "mine.ipynb"
    load = lambda: place("notebooks", tmp_path).findings("mine")  # noqa: E731
    fuzz("JSON of documents", path, lambda random: mutate_json(whole, random), load)


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What a run and an ensemble hold, by kind."""
    folder = tmp_path_factory.mktemp("arrays")
    experiment = RUNNABLE["xor"].changed(epochs=60)
    runs.save(train(experiment, "portable"), folder / "runs.npz")
    ensembles.save(
        ensembles.train(PROJECT.as_published["xor-sigmoid"].changed(epochs=60), range(8)), folder / "ensembles.npz"
    )
    return {path.stem: dict(numpy.load(path)) for path in folder.iterdir()}


LOADERS = {"runs": runs.load, "ensembles": ensembles.load}


@pytest.mark.parametrize("kind", LOADERS)
def test_archives(tmp_path: Path, arrays: dict[str, dict[str, Any]], kind: str) -> None:
    path = tmp_path / "made.npz"
    fuzz(f"files of {kind}", path, lambda random: mutate_archive(arrays[kind], random), lambda: LOADERS[kind](path))


@pytest.mark.parametrize("kind", LOADERS)
def test_no_damaged_array_is_taken_for_a_whole_one(
    tmp_path: Path, arrays: dict[str, dict[str, Any]], kind: str
) -> None:
    path, damaged = tmp_path / "made.npz", ""

    def mutate(random: Random) -> bytes:
        nonlocal damaged
        stream = io.BytesIO()
        damaged, changed = damage_array(arrays[kind], random)
        numpy.savez(stream, **changed)
        return stream.getvalue()

    def load() -> None:
        try:
            LOADERS[kind](path)
        except InputError as error:
            # Of two whose lengths differ, either may be the damaged one; and what only a pickle can hold has no name.
            assert any(key in str(error) for key in arrays[kind]) or "not a" in str(error), error
            raise
        raise AssertionError(f"{damaged} was taken for whole")

    fuzz(f"arrays of {kind}", path, mutate, load)


def test_ports(tmp_path: Path) -> None:
    experiment = RUNNABLE["two-layer"]
    text = "epoch,quantity,row,column,value\n" + "".join(
        f"{epoch},weights[1],{row},0,{0.1 * row:.17g}\n" for epoch in range(4) for row in range(3)
    )
    path = tmp_path / "port.csv"
    load = lambda: comparison.read_port(compare.read(str(path)), str(path), experiment)  # noqa: E731
    fuzz("CSV of ports", path, lambda random: mutate_text(text, random), load)


def test_claims_as_plain_numbers(tmp_path: Path) -> None:
    claim = PROJECT.claim("cocalc-simple-nn/error-log")
    text = "\n".join(f"error at {epoch}: {text}" for epoch, text in zip(claim.at, claim.printed, strict=True))
    path = tmp_path / "log.txt"
    load = lambda: comparison.read_claim(compare.read(str(path)), str(path), claim, RUNNABLE[claim.experiment])  # noqa: E731
    fuzz("plain numbers", path, lambda random: mutate_text(text, random), load)


def test_the_fuzzer_finds_what_it_looks_for(tmp_path: Path) -> None:
    """A loader that trusts its file does not survive."""
    path = tmp_path / "trusted.json"
    trusting = lambda: json.loads(path.read_bytes())["a"][0] + 1  # noqa: E731
    with pytest.raises(AssertionError, match="seeds"):
        fuzz("a control, to fail", path, lambda random: mutate_json({"a": [1]}, random), trusting)
