"""Where files lie: each is read once, and none is taken for one of another experiment."""

import shutil
from argparse import ArgumentParser
from pathlib import Path

import pytest
from conftest import command
from known import PROJECT, ROOT, RUNNABLE

from lastdigit import project
from lastdigit.files import InputError, listed
from lastdigit.project import PLACES, Project, check


def test_a_file_is_read_once() -> None:
    assert PROJECT.certificate("xor") is PROJECT.certificate("xor")
    assert PROJECT.certificate("xor") is not Project().certificate("xor")


def test_a_certificate_is_not_taken_for_one_of_another_experiment(tmp_path: Path) -> None:
    (tmp_path / "xor").mkdir()
    shutil.copy(ROOT / "data/reference/three-layer/certificate.json", tmp_path / "xor")
    elsewhere = Project(reference=tmp_path)
    assert elsewhere.certificate("two-layer") is None
    with pytest.raises(InputError, match=r"xor/certificate.json: of another experiment, .*: targets changed"):
        elsewhere.certificate("xor")


def test_what_differs_is_named_unless_it_may(tmp_path: Path) -> None:
    changed = RUNNABLE["xor"].changed(epochs=7, learning_rate=2)
    check(tmp_path, changed, RUNNABLE["xor"].named("of another name"), "epochs", "learning_rate")
    with pytest.raises(InputError, match="learning_rate changed"):
        check(tmp_path, changed, RUNNABLE["xor"], "epochs")


def test_a_command_line_may_name_other_places(tmp_path: Path) -> None:
    parser = ArgumentParser()
    project.add_options(parser, "published", "numbers")
    places = Project.of(parser.parse_args(["--published", str(tmp_path)])).places
    assert places == {**PLACES, "published": tmp_path}
    assert Project(tmp_path).places["numbers"] == tmp_path / "results/numbers"


def test_a_message_does_not_grow_with_the_names_it_lists() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(map(str, range(100)), most=3) == "0, 1, 2 and 97 more"


def test_a_checksum_needs_nothing_of_the_computation() -> None:
    code = "import sys; sys.path.insert(0, 'scripts'); import checksum; print(*sys.modules)"
    loaded = command("-c", code).stdout.split()
    ours = [name for name in loaded if name.startswith("lastdigit.")]
    assert ours == ["lastdigit.files", "lastdigit.command"]
    assert "flint" not in loaded
