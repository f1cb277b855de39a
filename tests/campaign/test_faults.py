"""A write that fails, whichever it is, leaves each file as it was or whole; so does a disk that is full."""

import errno
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import command, count
from known import ROOT

from lastdigit import command as programs
from lastdigit import files

pytestmark = pytest.mark.slow

PROGRAMS = {
    "certify": ["cross-entropy", "--folder", "{out}", "--portable-run", "{out}/p.npz", "--native-run", "{out}/n.npz"],
    "checksum": ["config", "--output", "{out}/sums"],
    "write_schemas": ["--folder", "{out}"],
    "ensemble": ["xor-sigmoid", "--seeds", "0:4", "--epochs", "9", "--hidden", "1", "2",
                 "--output", "{out}/1.npz", "{out}/2.npz"],
    "plot": ["sigmoid", "--svg", "{out}/sigmoid.svg", "--png", "{out}/sigmoid.png"],
    "train": ["two-layer", "--epochs", "9", "--output", "{out}/run.npz"],
}  # fmt: skip

# Where the one function that writes can fail: as the file is made, when it is written, and as it takes its place.
CALLS = [(files.tempfile, "mkstemp"), (os, "fsync"), (os, "replace")]


def run(program: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit code of a program, run here."""
    monkeypatch.setattr(sys, "argv", [f"{program}.py", *(word.format(out=out) for word in PROGRAMS[program])])
    try:
        programs.run(importlib.import_module(program).main)
    except SystemExit as exit_:
        return exit_.code
    return 0


def held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def failing_at(number: int, call: Callable[..., Any]) -> Callable[..., Any]:
    """The same call, but that the disk is full at the one of that number."""
    calls = iter(range(1, 10**6))

    def fail(*arguments: Any, **others: Any) -> Any:
        if next(calls) == number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return call(*arguments, **others)

    return fail


@pytest.mark.parametrize("program", PROGRAMS)
def test_any_write_may_fail(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = tmp_path / "whole"
    assert run(program, whole, monkeypatch) == 0
    new = held(whole)
    old = dict.fromkeys(new, b"old")
    tried = survived = 0
    for module, name in CALLS:
        for number in range(1, len(new) + 1):
            out = tmp_path / f"{name}-{number}"
            out.mkdir()
            for file in old:
                (out / file).write_bytes(b"old")
            capfd.readouterr()
            with monkeypatch.context() as patched:
                patched.setattr(module, name, failing_at(number, getattr(module, name)))
                code = run(program, out, monkeypatch)
            (line,) = [line for line in capfd.readouterr().err.splitlines() if "No space left" in line]
            found = held(out)
            is_whole = found.keys() == new.keys() and all(found[one] in (old[one], new[one]) for one in new)
            tried += 1
            survived += code == 1 and is_whole and str(out) in line
    count("writes that fail", tried, survived)
    assert survived == tried


def fill(filler: Path, left: int) -> None:
    """Fill the disk, but for so many kilobytes."""
    filler.unlink(missing_ok=True)
    with open(filler, "wb", buffering=0) as stream, pytest.raises(OSError, match="No space"):
        while True:
            stream.write(bytes(4096))
    os.truncate(filler, filler.stat().st_size - 1024 * left)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root on Linux can make a small disk, and not in every container")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_of_40_megabytes(disk: Path) -> None:
    run_, filler = disk / "run.npz", disk / "filler"
    kept = command("scripts/train.py", "two-layer", "--epochs", "100", "--output", str(run_))
    assert kept.returncode == 0, kept.stderr
    before, survived = run_.read_bytes(), []
    fill(filler, 1000)
    full = command("scripts/train.py", "two-layer", "--epochs", "20000", "--output", str(run_))  # 1.3 MB
    survived.append((full.returncode, full.stderr) == (1, f"train.py: {run_}: No space left on device\n"))
    survived.append(run_.read_bytes() == before and sorted(disk.iterdir()) == [filler, run_])
    for left in (0, 4, 20, 48):
        fill(filler, left)
        out = disk / f"out-{left}"
        done = command("scripts/certify.py", "cross-entropy", "--folder", str(out))
        made = {path.name: path.read_bytes() for path in out.glob("*")} if out.exists() else {}
        reference = {name: (ROOT / "data/reference/cross-entropy" / name).read_bytes() for name in made}
        is_told = "No space left" in done.stderr and str(out) in done.stderr and done.stderr.count("\n") == 1
        survived.append(made == reference and (done.returncode == 0 if len(made) == 2 else is_told))
        shutil.rmtree(out, ignore_errors=True)
    count("programs on a disk of 40 MB", len(survived), sum(survived))
    assert all(survived), survived
