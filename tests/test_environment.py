"""The pins: the lock is whole and hashed, conda is given the same versions, and what is installed is what is locked."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from conftest import from_yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]

# Packages that conda knows by another name, with the name that requirements.lock has.
LOCK_NAMES = {"matplotlib-base": "matplotlib", "playwright-python": "playwright", "snakemake-minimal": "snakemake"}

LOCKS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-more.lock")}


def entries(lock: str) -> list[list[str]]:
    """A requirement and then its hashes, on each whole line: a backslash continues a line."""
    return [line.split(" --hash=") for line in re.sub(r"\s*\\\n\s*", " ", lock).splitlines()]


def locked(lock: str) -> dict[str, Requirement]:
    """The requirements by name."""
    return {canonicalize_name(Requirement(entry[0]).name): Requirement(entry[0]) for entry in entries(lock)}


LOCKED, LOCKED_MORE = (locked(lock) for lock in LOCKS.values())

# Groups that few need, and that have a lock of their own.
MORE = {"archives", "cluster"}

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
USUAL = [PROJECT["project"]["dependencies"], *(group for name, group in GROUPS.items() if name not in MORE)]
DIRECT = sorted(canonicalize_name(Requirement(dependency).name) for group in USUAL for dependency in group)

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


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_each_locked_package_is_pinned_once_and_hashed(lock: str) -> None:
    assert len(locked(lock)) == len(entries(lock))
    for requirement, *hashes in entries(lock):
        assert pinned_version(Requirement(requirement))
        assert hashes
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", digest) for digest in hashes), requirement


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_lock_says_nothing_about_where_packages_come_from(lock: str) -> None:
    """Whoever installs chooses the index, so the lock holds no address and no option but the hashes."""
    assert "://" not in lock
    assert [line for line in lock.splitlines() if re.match(r"\s*-(?!-hash=)", line)] == []


def test_what_few_need_is_locked_apart_and_fits_the_rest() -> None:
    few = {canonicalize_name(name) for group in MORE for name in GROUPS[group]}
    assert few <= LOCKED_MORE.keys() and not few & LOCKED.keys()
    both = LOCKED.keys() & LOCKED_MORE.keys()
    assert {name: pinned_version(LOCKED[name]) for name in both} == {
        name: pinned_version(LOCKED_MORE[name]) for name in both
    }


def test_conda_pins_the_locked_version_of_every_direct_dependency() -> None:
    conda = {LOCK_NAMES.get(name, name): pinned_version(CONDA[name]) for name in CONDA_PACKAGES}
    assert conda == {name: pinned_version(LOCKED[name]) for name in DIRECT}


def test_conda_asks_for_the_same_python() -> None:
    assert CONDA["python"].specifier == Requirement("python" + PROJECT["project"]["requires-python"]).specifier


def test_locked_versions_are_installed() -> None:
    assert {name: importlib.metadata.version(name) for name in DIRECT} == {
        name: pinned_version(LOCKED[name]) for name in DIRECT
    }
