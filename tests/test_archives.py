"""What is packed for others: the release, the same bytes every time and complete; and the crate, which validates."""

import csv
import hashlib
import importlib.metadata
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import Pipeline, command, run_program
from known import PROJECT, ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import release
from lastdigit.files import InputError, contents


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release."""
    path = tmp_path_factory.mktemp("release") / "last-digit.zip"
    made = run_program("release", "--output", str(path))
    assert made.returncode == 0, made.stderr
    return path


@pytest.fixture(scope="module")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in it, somewhere else."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    (top,) = folder.iterdir()
    return top


def test_the_release_has_the_same_bytes_from_another_copy(archive: Path, tmp_path: Path):
    """At another place, of other dates and modes, and in another time zone."""
    for name in ("data", "examples", "figures", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, copy_function=shutil.copyfile)
    for name in ("CITATION.cff", "LICENSE", "pyproject.toml", "requirements.lock"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    (tmp_path / "LICENSE").chmod(0o600)
    (tmp_path / "scripts/lastdigit/__pycache__").mkdir(exist_ok=True)
    (tmp_path / "scripts/lastdigit/__pycache__/more.pyc").write_bytes(b"x")
    words = [sys.executable, "scripts/release.py", "--output", "again.zip"]
    subprocess.run(words, cwd=tmp_path, env={"TZ": "Asia/Tokyo", "PATH": ""}, check=True, capture_output=True)
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_the_release_is_whole(unpacked: Path):
    lines = (unpacked / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert set(sums) == files - {"README.md", "SHA256SUMS"}
    assert all(hashlib.sha256((unpacked / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
    for folder in ("data/reference", "figures"):
        for path in (ROOT / folder).rglob("*.*"):
            assert (unpacked / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("sign", "verdict", "code"), [(1, "right", 0), (-1, "wrong", 1)])
def test_compare_runs_in_the_release_alone(unpacked: Path, sign: int, verdict: str, code: int):
    port = io.StringIO()
    writer = csv.writer(port)
    writer.writerow(["epoch", "moment", "quantity", "row", "column", "value"])
    for row in PROJECT.trajectory("xor")[:100]:  # two epochs, of 67 numbers each
        factor = sign if row["quantity"].startswith(("error", "deltas", "gradients")) else 1
        writer.writerow([*list(row.values())[:5], repr(float(row["portable"]) * factor)])
    words = [sys.executable, "scripts/compare.py", "xor", "-"]
    environment = {"PATH": ""}
    ran = subprocess.run(words, cwd=unpacked, env=environment, input=port.getvalue(), capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.partition(":")[0]) == (code, verdict), ran.stderr
    assert ("shown-with-reversed-signs" in ran.stdout) == (code == 1)


def test_the_release_names_all_that_compare_needs():
    pinned = [Requirement(pin) for pin in release.pins().split()]
    assert [canonicalize_name(pin.name) for pin in pinned] == sorted(release.NEEDED)
    script = "import sys; sys.path.insert(0, 'scripts'); b = {*sys.modules}; import compare; print(*{*sys.modules} - b)"
    modules = {name.partition(".")[0] for name in command("-c", script).stdout.split()} - sys.stdlib_module_names
    owners = importlib.metadata.packages_distributions()
    imported = {canonicalize_name(owners[name][0]) for name in modules if name in owners}
    allowed, queue = set(), [pin.name for pin in pinned]
    while queue:
        if (name := canonicalize_name(queue.pop())) not in allowed:
            allowed.add(name)
            needed = map(Requirement, importlib.metadata.requires(name) or ())
            queue += [one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""})]
    assert imported and imported <= allowed


def context_of_version_1_1() -> dict[str, Any]:
    """The JSON-LD context of RO-Crate 1.1: the library carries that of 1.3, which maps four of our terms otherwise."""
    import rocrate

    context = json.loads((Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_text(encoding="utf-8"))
    terms = {name: f"https://bioschemas.org/{name}" for name in ("ComputationalWorkflow", "FormalParameter")}
    terms |= {name: f"https://bioschemas.org/ComputationalWorkflow#{name}" for name in ("input", "output")}
    return {"@context": context["@context"] | terms}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the validator may ask the network for."""
    requests_cache = pytest.importorskip("requests_cache", reason="the validator is not installed: make more")
    path = tmp_path_factory.mktemp("cache") / "cache"
    with requests_cache.CachedSession(str(path), backend="sqlite") as session:
        url, content = "https://w3id.org/ro/crate/1.1/context", json.dumps(context_of_version_1_1()).encode()
        request = requests_cache.CachedRequest(method="GET", url=url)
        kind = {"Content-Type": "application/ld+json"}
        response = requests_cache.CachedResponse(
            status_code=200, url=url, content=content, request=request, headers=kind
        )
        session.cache.save_response(response)
    return path


def issues(crate: Path, cache: Path) -> list[str]:
    """What the validator has to say against a crate, without a network."""
    words = ["--offline", "--cache-path", str(cache), "--profile-identifier", "workflow-run-crate", "--no-paging"]
    words += [
        "--requirement-severity",
        "required",
        "--output-format",
        "json",
        "--output-file",
        str(cache.parent / "said"),
    ]
    program = Path(sys.executable).with_name("rocrate-validator")
    ran = subprocess.run(
        [program, "validate", *words, str(crate)], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    said = json.loads((cache.parent / "said").read_text(encoding="utf-8"))
    assert said["passed"] == (ran.returncode == 0)
    return [f"{one['severity']}: {one['message']}" for one in said["issues"]]


@pytest.mark.slow
def test_the_crate_validates(pipeline: Pipeline, cache: Path, tmp_path: Path):
    crate = tmp_path / "crate"
    made = run_program("crate", "--output", str(crate), cwd=pipeline.folder)
    assert made.returncode == 0, made.stderr
    assert issues(crate, cache) == []
    graph = json.loads((crate / "ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    entities = {one["@id"]: one for one in graph}
    files = {path.relative_to(crate).as_posix() for path in crate.rglob("*") if path.is_file()}
    assert {name for name, one in entities.items() if "File" in one["@type"]} == files - {"ro-crate-metadata.json"}
    for name in files - {"ro-crate-metadata.json"}:
        assert entities[name]["sha256"] == hashlib.sha256((crate / name).read_bytes()).hexdigest()
    assert {entities[one["@id"]]["name"] for one in entities["./"]["isBasedOn"]} == {
        source.title for source in PROJECT.sources.values()
    }
    # It would not pass whatever it said.
    text = (crate / "ro-crate-metadata.json").read_text(encoding="utf-8")
    (crate / "ro-crate-metadata.json").write_text(text.replace('"instrument"', '"tool"'), encoding="utf-8")
    assert any("instrument" in issue for issue in issues(crate, cache))


def test_what_is_hidden_or_a_cache_is_not_packed_and_what_is_empty_is_missing(tmp_path: Path):
    for name in ("b.txt", ".c", ".ipynb_checkpoints/d.txt", "_e/f.txt", "g/a.txt"):
        (tmp_path / ".hidden" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".hidden" / name).write_text("x", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    place = tmp_path / ".hidden"
    assert contents(place, place / "b.txt") == [place / "b.txt", place / "g/a.txt"]
    for lacking in ("empty", "nowhere"):
        with pytest.raises(InputError, match=f"{lacking}: expected a folder with files in it"):
            contents(tmp_path / lacking)


def test_a_folder_that_is_there_is_not_replaced(tmp_path: Path):
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    refused = run_program("crate", "--output", str(tmp_path))
    assert refused.returncode == 2 and "is not replaced" in refused.stderr
    assert (tmp_path / "mine").exists()
