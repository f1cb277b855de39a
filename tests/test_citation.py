"""CITATION.cff: what the Citation File Format requires, and a reference for every source that is regenerated."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import from_yaml

ROOT = Path(__file__).resolve().parents[1]
CITATION = from_yaml(ROOT / "CITATION.cff")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REFERENCES = CITATION["references"]
PUBLISHED = sorted((ROOT / "data" / "published").glob("*.yaml"))


@pytest.mark.parametrize("key", ["cff-version", "message", "title", "authors"])
def test_required_key(key: str) -> None:
    assert CITATION[key]


def test_cites_the_contributors() -> None:
    assert CITATION["authors"] == [{"name": "The Last Digit contributors"}]


@pytest.mark.parametrize("key", ["version", "license"])
def test_agrees_with_the_project(key: str) -> None:
    assert CITATION[key] == PROJECT[key]


@pytest.mark.parametrize("reference", REFERENCES, ids=[reference["title"] for reference in REFERENCES])
def test_reference_names_its_type_and_authors(reference: dict[str, Any]) -> None:
    assert reference["type"] in {"article", "blog", "generic", "website"}
    assert reference["authors"]
    for author in reference["authors"]:
        # An entity has a name; a person has the parts of one, or an alias, and may not have a whole name.
        assert author.keys() <= {"name"} or author.keys() <= {"given-names", "family-names", "alias"}


def test_sources_were_found() -> None:
    assert PUBLISHED


@pytest.mark.parametrize("path", PUBLISHED, ids=[path.stem for path in PUBLISHED])
def test_published_source_is_a_reference(path: Path) -> None:
    assert from_yaml(path)["title"] in [reference["title"] for reference in REFERENCES]
