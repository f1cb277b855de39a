"""The pins: the lock is whole and hashed, conda is given the same versions, and what is installed is what is locked."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

from conftest import from_yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]

# Packages that conda knows by another name, with the name that requirements.lock has.
LOCK_NAMES = {"matplotlib-base": "matplotlib", "playwright-python": "playwright", "snakemake-minimal": "snakemake"}

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
# A backslash continues a line: on each whole line stand one requirement and then its hashes.
ENTRIES = [line.split(" --hash=") for line in re.sub(r"\s*\\\n\s*", " ", LOCK).splitlines()]
LOCKED: dict[str, Requirement] = {
    canonicalize_name(Requirement(entry[0]).name): Requirement(entry[0]) for entry in ENTRIES
}

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DIRECT = sorted(
    canonicalize_name(Requirement(dependency).name)
    for group in [PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"].values()]
    for dependency in group
)

CONDA = {
    canonicalize_name(Requirement(entry).name): Requirement(entry)
    for entry in from_yaml(ROOT / "environment.yml")["dependencies"]
}
CONDA_PACKAGES = sorted(CONDA.keys() - {"python", "pip"})


def pinned_version(requirement: Requirement) -> str:
    """The one version that the requirement allows."""
    (specifier,) = requirement.specifier
    assert specifier.operator == "=="
    assert "*" not in specifier.version
    return specifier.version


def test_each_locked_package_is_pinned_once_and_hashed() -> None:
    assert len(LOCKED) == len(ENTRIES)
    for requirement, *hashes in ENTRIES:
        assert pinned_version(Requirement(requirement))
        assert hashes
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", digest) for digest in hashes), requirement


def test_lock_says_nothing_about_where_packages_come_from() -> None:
    """Whoever installs chooses the index, so the lock holds no address and no option but the hashes."""
    assert "://" not in LOCK
    assert [line for line in LOCK.splitlines() if re.match(r"\s*-(?!-hash=)", line)] == []


def test_conda_pins_the_locked_version_of_every_direct_dependency() -> None:
    conda = {LOCK_NAMES.get(name, name): pinned_version(CONDA[name]) for name in CONDA_PACKAGES}
    assert conda == {name: pinned_version(LOCKED[name]) for name in DIRECT}


def test_conda_asks_for_the_same_python() -> None:
    assert CONDA["python"].specifier == Requirement("python" + PROJECT["project"]["requires-python"]).specifier


def test_locked_versions_are_installed() -> None:
    assert {name: importlib.metadata.version(name) for name in DIRECT} == {
        name: pinned_version(LOCKED[name]) for name in DIRECT
    }
