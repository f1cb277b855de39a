"""No file is read without end, or into more memory than it may take, or ends in anything but one line that names it."""

import io
import json
import resource
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy
import pytest
from conftest import count, count_control, from_yaml, to_yaml, train
from known import PROJECT, ROOT, RUNNABLE
from mutations import CASES, damage_array, mutate_archive, mutate_json, mutate_text, mutate_value
from ruamel.yaml import YAML as RuamelYAML
from ruamel.yaml.error import MarkedYAMLError

import compare
import find_witness
from lastdigit import comparison, ensembles, runs
from lastdigit.experiments import Experiment, load_experiments, load_runnable, load_witnesses
from lastdigit.files import InputError, parse, read_yaml
from lastdigit.project import Project
from lastdigit.published import load_sources
from lastdigit.settings import Settings
from lastdigit.stacks import load_stacks

pytestmark = pytest.mark.slow

# What failed once, by kind, or by the first word of several; it is tried first. A number is a seed of this fuzzer; a
# text is a whole file, which has to be refused: it stays what it was, however the mutations change.
CORPUS: dict[str, list[int | str]] = json.loads(Path(__file__).with_name("corpus.json").read_text(encoding="utf-8"))

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


def failures(
    kind: str, path: Path, mutate: Callable[[Random], bytes], load: Callable[[], object], seeds: Iterable[int | str]
) -> dict[int | str, str]:
    """Write mutated files and load each: it loads, or is refused in one line that begins with its name.

    Returns:
        The seeds of those that did something else, and what that was.
    """
    failed: dict[int | str, str] = {}
    for seed in seeds:
        path.write_bytes(seed.encode() if isinstance(seed, str) else mutate(Random(f"{kind} {seed}")))
        signal.alarm(SECONDS)
        try:
            load()
            if isinstance(seed, str):
                failed[seed] = "was not refused"
        except InputError as error:
            if not str(error).startswith(str(path)) or "\n" in str(error) or len(str(error)) > len(str(path)) + 600:
                failed[seed] = f"says {error}"
        except (Exception, MemoryError):
            failed[seed] = traceback.format_exc(limit=-3)
        finally:
            signal.alarm(0)
    return failed


def known(kind: str) -> list[int | str]:
    """What failed once."""
    return [seed for name in (kind.partition(" ")[0], kind) for seed in CORPUS.get(name, ())]


def fuzz(
    kind: str, path: Path, mutate: Callable[[Random], bytes], load: Callable[[], object], most: int = CASES
) -> None:
    """Try what failed once, and so many new seeds.

    Raises:
        AssertionError: naming the seeds of those that failed, and how the first did.
    """
    seeds = [*known(kind), *range(most)]
    failed = failures(kind, path, mutate, load, seeds)
    count(kind, len(seeds), len(seeds) - len(failed))
    assert not failed, f"seeds {[*failed]} of {kind!r}; the first: {next(iter(failed.values()))}"


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
        fuzz("YAML of published", path, mutate_yaml(source), load, max(CASES // 3, 1))


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
    path = tmp_path / "a.json"
    whole = VERDICTS[:1] if kind == "numbers" else VERDICTS
    load = lambda: place("numbers", tmp_path).numbers("a") if kind == "numbers" else place("verdicts", path).verdicts  # noqa: E731
    path.write_text(json.dumps(whole), encoding="utf-8")
    assert load()
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


def test_places_of_searches(tmp_path: Path) -> None:
    whole = {"search": "a search", "next_seed": 3, "starts": [1, 2], "weights from seed 1": [0.5, -1e-3, 1]}
    path = tmp_path / "place.json"
    load = lambda: find_witness.Place(path, "a search")  # noqa: E731
    fuzz("JSON of searches", path, lambda random: mutate_json(whole, random), load)


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
    found = failures("a control", path, lambda random: mutate_json({"a": [1]}, random), trusting, range(CASES))
    count_control("JSON, by a reader that trusts its file", CASES, len(found))
    assert found


def test_what_failed_once_is_tried_again(tmp_path: Path) -> None:
    """YAML 1.1, whose reader was here before, takes some of it and breaks on more."""
    path = tmp_path / "experiments.yaml"

    def as_before() -> object:
        reader = RuamelYAML(typ="safe", pure=True)
        reader.version = (1, 1)
        try:
            value = reader.load(path)
        except MarkedYAMLError as error:
            raise InputError(f"{path}: {error.problem}") from error
        return parse(dict[str, Experiment], value, str(path))

    kind, mutate = "YAML of experiments", mutate_yaml(ROOT / "data/experiments.yaml")
    before = failures(kind, path, mutate, as_before, CORPUS[kind])
    count_control("the corpus, by the reader that was here before", len(CORPUS[kind]), len(before))
    assert [text for text in ("!!bool maybe", "0b11", "12:30:45", "1_0") if text not in "".join(map(str, before))] == []
    # A seed is kept as a number, and is tried, too.
    assert failures(kind, path, lambda _: b"x: {", lambda: load_experiments(path), [7]) == {}
    assert failures(kind, path, lambda _: b"x: {", lambda: 1 // 0, [7]).keys() == {7}
