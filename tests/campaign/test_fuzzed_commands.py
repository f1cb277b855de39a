"""Whatever a command line says, a program does it or says in a line why not; and it spoils no file that it reads."""

import argparse
import importlib
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import count, to_yaml
from known import ROOT
from mutations import CASES

from lastdigit import command, files

pytestmark = pytest.mark.slow

# But crate, which needs a library that is not in requirements.lock.
PROGRAMS = [
    "certify", "checksum", "compare", "ensemble", "explain", "find_witness", "plot", "profile_stacks", "publish",
    "release", "sweep", "train", "verify", "weave", "write_schemas",
]  # fmt: skip

SECONDS, MEMORY = 30, 3 * 2**30

MINI = {
    "inputs": [[0, 0], [0, 1], [1, 0], [1, 1]],
    "targets": [[0], [1], [1], [0]],
    "layers": [2, 3, 1],
    "activations": ["sigmoid", "sigmoid"],
    "start": {"seed": 0, "low": -1, "high": 1},
    "learning_rate": 1,
    "rate_scales": "update",
    "order": "simultaneous",
    "epochs": 20,
}
CLAIM = {"id": "log", "where": "full article", "experiment": "xor", "quantity": "error", "at": [0]}
CLAIM |= {"notation": "python3-repr", "printed": ["0.5"]}
SOURCE = {"title": "A made-up article", "author": None, "date": None, "url": None, "claims": [CLAIM]}
# The claim of profile_stacks.
STACKED = SOURCE | {"claims": [CLAIM | {"id": "three-layer-error-log"}]}
DOCUMENT = """\
# Mini

```{code-cell} ipython3
:tags: [parameters]
epochs = 3
```

It counts.

```{code-cell} ipython3
print(list(range(int(epochs)))[:5])
```
"""
PORT = "epoch,quantity,value\n0,mean_absolute_error,0.75\n"

WORDS = [
    "", "-", "--", "0", "-1", "1", "2", "7", "1000", "1e9", str(10**9), str(10**12), "9" * 5000, "nan", "inf", "-inf",
    "0.5", "1e-320", "1e308", "1e400", "xor", "linear", "0:4", "4:0", "0:4294967297", "mini/log", "ä", "a\nb", "\udcff",
    "portable", "native", "seed", "sigmoid", "xor-error-log", "--seed", "--help", "x" * 300, "a=b", "[", "update",
]  # fmt: skip


PATHS = [
    "out/new", "out/new.npz", "out/x.svg", "out/x.png", "out/x.json", "out/x.pdf", "out", "results/portable",
    "data/experiments.yaml", "data/published/mini.yaml", "data/published", "data/witnesses.yaml", "pipe", "out/x.ipynb",
    "out/x.zip", "port.csv", "nosuch/file", "loop", "x" * 300, "", "/", "a\udcff",
]  # fmt: skip


class TooLong(Exception):
    """A program ran for too long."""


@pytest.fixture
def mini(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project of two short experiments, and limits of memory and time."""
    texts = {
        "data/experiments.yaml": to_yaml(
            {"xor": MINI, "linear": MINI | {"start": {"seed": None, "low": 0, "high": 1}}}
        ),
        "data/witnesses.yaml": to_yaml({"linear": {"seed": 3, "search": "-"}}),
        "data/published/mini.yaml": to_yaml(SOURCE),
        "data/published/trask-notebook.yaml": to_yaml(STACKED),
        "data/stacks.yaml": "{}",
        "workflow/notebooks/mini.md": DOCUMENT,
        "port.csv": PORT,
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    for folder in ("native", "portable", "ensembles", "notebooks"):
        (tmp_path / "results" / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lastdigit.files.PATIENCE", 1)
    for key, value in {"MEASURED": 0.2, "LOOK": 0.05}.items():
        monkeypatch.setattr(command, key, value)

    def stop(*_: object) -> None:
        raise TooLong

    before, environment = resource.getrlimit(resource.RLIMIT_DATA), dict(os.environ)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, before[1]))
    signal.signal(signal.SIGALRM, stop)
    yield tmp_path
    signal.alarm(0)
    os.environ.clear()
    os.environ.update(environment)
    resource.setrlimit(resource.RLIMIT_DATA, before)


def actions_of(program: str, monkeypatch: pytest.MonkeyPatch) -> list[argparse.Action]:
    """What a program can be told."""

    class Caught(Exception):
        pass

    def catch(parser: argparse.ArgumentParser, *_: object) -> Any:
        raise Caught(parser._actions)

    with monkeypatch.context() as patched:
        patched.setattr(command.Parser, "parse_known_args", catch)
        with pytest.raises(Caught) as caught:
            importlib.import_module(program).main()
    return list(caught.value.args[0])


def words_of(actions: list[argparse.Action], random: Random) -> list[str]:
    """A command line: mostly what a program expects, with something odd in it."""
    words: list[str] = []
    for action in actions:
        if "--help" in action.option_strings or (
            random.random() > 0.3 and not action.required and action.option_strings
        ):
            continue
        if random.random() < 0.02:
            continue
        values = []
        for _ in range(1 if action.nargs is None else 0 if action.nargs == 0 else random.choice((1, 1, 2, 3))):
            kind = action.type
            if random.random() < 0.1:
                values.append(random.choice(WORDS))
            elif action.choices:
                values.append(random.choice(list(map(str, action.choices))))
            elif kind is Path or action.dest in ("file", "output"):
                values.append(random.choice(PATHS))
            elif action.dest in ("experiment", "start_of"):
                values.append(random.choice(("xor", "xor", "xor", "linear")))
            elif action.dest == "document":
                values.append(random.choice(("mini", "mini", "mini", "nosuch", "../../port", "mini.md", ".")))
            elif action.dest == "parameter":
                odd = random.choice(("", "nan", "-1", ".inf", "[1]", "true", "9" * 400, "!!bool maybe", "*a", "ä"))
                values.append(random.choice(("epochs=2", f"epochs={odd}", f"other={odd}", "epochs", "=1", "a b=1")))
            elif action.dest in ("numpy", "python"):
                values.append(random.choice(("2.4.6", "0", "--help", "a b", "python3", "/", "")))
            elif action.dest == "seeds":
                values.append("0:4")
            else:
                values.append(random.choice(("1", "2", "20", "0.5", *WORDS)))
        words += [*action.option_strings[-1:], *values]
    return words


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stand_in(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a program that starts others for each thing it does find it done at once, as they say in a few words.

    What the others do with their input is tried in test_fuzzed_pages.py.
    """
    if program == "weave":
        import weave

        monkeypatch.setattr(
            weave.papermill, "execute_notebook", lambda plain, executed, *_, **__: shutil.copy(plain, executed)
        )
    if program == "profile_stacks":
        import profile_stacks

        Path("data/stacks.yaml").unlink()  # which it writes, unless it is told of another
        blas = profile_stacks.Blas(version="0.3", architecture="Zen")
        answers = {profile_stacks.Answer: profile_stacks.Answer(blas=(blas,), errors=("0.5",))}
        installed = ("python", "3.11")
        monkeypatch.setattr(profile_stacks, "install", lambda version, *_: None if version == "0" else installed)
        monkeypatch.setattr(profile_stacks, "ask", lambda kind, *_, **__: answers.get(kind))


@pytest.mark.parametrize("program", PROGRAMS)
def test_command_lines(
    program: str, mini: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    main = importlib.import_module(program).main
    actions = actions_of(program, monkeypatch)
    (mini / "loop").symlink_to("loop")
    stand_in(program, monkeypatch)
    given, failed, tried = bytes_of(mini), dict[int, str](), CASES // 2
    reads: set[str] = set()

    def watched() -> None:
        try:
            main()
        finally:
            reads.update(os.path.realpath(path) for path, _ in files._use[-1].read.values())

    for seed in range(tried):
        words = words_of(actions, Random(f"{program} {seed}"))
        monkeypatch.setattr(sys, "argv", [f"{program}.py", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PORT.encode())))
        reads.clear()
        signal.alarm(SECONDS)
        code: object = 0
        try:
            command.run(watched)
        except SystemExit as exit_:
            code = exit_.code
        except (Exception, MemoryError):
            failed[seed] = f"{words}: {traceback.format_exc(limit=-4)}"
        finally:
            signal.alarm(0)
        said = capfd.readouterr().err.strip().splitlines()
        if "TooLong" in failed.get(seed, "") and any(line.endswith(" left") for line in said):
            del failed[seed]  # it takes less than an hour, and says how long
        if not (code in (0, 1, 2, 3) or isinstance(code, str)) or (code == 2 and not said):
            failed[seed] = f"{words}: exit code {code}, says {said}"
        after = bytes_of(mini)
        changed = [name for name, content in given.items() if after.get(name) != content]
        # A file that somebody names as the output, and that is not read, is written over.
        named = {os.path.realpath(word) for word in words if word in PATHS}
        if spoiled := [name for name in changed if name in reads or name not in named]:
            failed[seed] = f"{words}: spoiled {spoiled}"
        for name in changed:
            Path(name).write_bytes(given[name])
    count(f"command lines of {program}", tried, tried - len(failed))
    assert not failed, f"seeds {sorted(failed)} of {program}; the first: {next(iter(failed.values()))}"


# What a command line alone cannot say: streams that are closed, full or poor; and pipes with nobody at their other end.
# The line, with the exit code that it has to end in and what has to be said.
SURROUNDED: dict[str, tuple[str, int, str]] = {
    "closed output": ("{run}/train.py two-layer --epochs 10 >&-", 0, ""),
    "closed output, input and errors": ("{run}/train.py two-layer --epochs 10 <&- >&- 2>&-", 0, ""),
    "closed output and a file": ("{run}/train.py two-layer --epochs 10 --output {tmp}/a.npz >&-", 0, ""),
    "full output": ("{run}/train.py two-layer --epochs 10 >/dev/full", 1, "train.py: standard output: No space"),
    "a reader that has seen enough": ("({run}/train.py two-layer --epochs 10; echo $? >&2) | true", 0, "1"),
    "an ASCII terminal": ("PYTHONIOENCODING=ascii {run}/train.py nosuch --experiments {tmp}/ä", 2, "train.py: {tmp}"),
    "an ASCII terminal and a report":
        ("PYTHONUTF8=0 LC_ALL=C PYTHONCOERCECLOCALE=0 {run}/compare.py xor {tmp}/port.csv >/dev/null", 1, ""),
    "closed input": ("{run}/compare.py xor - <&-", 2, "compare.py: -: line 1: expected a header"),
    "a pipe that nobody writes to": ("{run}/train.py two-layer --experiments {tmp}/pipe", 2, "nobody wrote"),
    "a pipe that nobody reads": ("{run}/write_schemas.py --folder {tmp}/pipes", 2, "nobody read it"),
    "a pipe from a program": ("cat {tmp}/port.csv | {run}/compare.py xor /dev/stdin >/dev/null", 1, ""),
    "more epochs than the memory holds":
        ("{run}/train.py two-layer --epochs 1000000000 --hidden 400", 1, "train.py: not enough memory"),
    "one file for two outputs": ("{run}/plot.py sigmoid --svg {tmp}/x.svg --png {tmp}/x.svg", 2, "plot.py: "),
    "an odd backend": ("MPLBACKEND=odd {run}/plot.py sigmoid --svg {tmp}/x.svg", 0, ""),
    "broken YAML": ("{run}/weave.py trask-notebook --parameter 'a=[' --output {tmp}/x.ipynb", 2, "weave.py: "),
    "a run without end": ("{run}/ensemble.py xor --seeds 0:1000 --epochs 1000000000", 2, "give --most-hours"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SURROUNDED)
def test_streams_and_surroundings(kind: str, tmp_path: Path) -> None:
    line, code, says = SURROUNDED[kind]
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "pipes").mkdir()
    os.mkfifo(tmp_path / "pipes/certificate.schema.json")
    (tmp_path / "port.csv").write_text(PORT, encoding="utf-8")
    words = line.format(run=f"{sys.executable} scripts", tmp=tmp_path)
    done = subprocess.run(
        ["bash", "-c", words], cwd=ROOT, capture_output=True, text=True, timeout=300, errors="replace"
    )
    survived = done.returncode == code and "Traceback" not in done.stderr and says.format(tmp=tmp_path) in done.stderr
    count("streams and surroundings", 1, survived)
    assert survived, (done.returncode, done.stderr)


def test_an_input_that_is_edited_during_its_job_is_noticed(mini: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import train

    trained = train.runs.train

    def edit(*arguments: Any, **others: Any) -> Any:
        (mini / "data/experiments.yaml").write_text(to_yaml({"xor": MINI | {"epochs": 21}}), encoding="utf-8")
        return trained(*arguments, **others)

    monkeypatch.setattr(train.runs, "train", edit)
    monkeypatch.setattr(sys, "argv", ["train.py", "xor", "--output", "out.npz"])
    with pytest.raises(SystemExit) as exit_:
        command.run(train.main)
    count("inputs edited during their job", 1, exit_.value.code == 2 and not (mini / "out.npz").exists())
    assert exit_.value.code == 2
    assert sorted(path.name for path in mini.iterdir() if path.name.startswith((".", "out"))) == []


def test_json_is_plain_ascii(mini: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Control: what the mini project is given can be compared."""
    import compare

    monkeypatch.setattr(sys, "argv", ["compare.py", "xor", "port.csv", "--json"])
    with pytest.raises(SystemExit) as exit_:
        command.run(compare.main)
    assert exit_.value.code == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "wrong"
