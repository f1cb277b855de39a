"""Files are written whole or not at all, and what is no file is not replaced by one."""

import os
import threading
from pathlib import Path

import pytest

from lastdigit.files import (
    InputError,
    parse_json,
    read_bytes,
    read_json,
    sums,
    unlike_sums,
    watching,
    write_atomically,
    write_json,
)


def test_what_fails_half_way_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "numbers.json"
    write_json(path, [1])
    with pytest.raises(TypeError):
        write_json(path, [2, object()])
    assert path.read_text(encoding="utf-8") == "[\n 1\n]\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_may_be_read_by_whom_the_user_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_json(tmp_path / "numbers.json", [])
    finally:
        os.umask(before)
    assert (tmp_path / "numbers.json").stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    for content in ("old", "new"):
        with write_atomically(tmp_path / "link") as stream:
            stream.write(content)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "file").read_text(encoding="utf-8") == content


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """As /dev/null and /dev/stdout must; those are not put at risk here."""
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    write_json(pipe, [])
    reader.join(timeout=30)
    assert read == ["[]\n"]
    assert pipe.is_fifo()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        write_json(tmp_path, [])


def test_what_is_read_is_not_written_over_by_any_name(tmp_path: Path) -> None:
    read, link = tmp_path / "read.json", tmp_path / "link.json"
    write_json(read, [1])
    link.hardlink_to(read)
    with watching():
        assert read_json(read) == [1]
        for path in (read, link):
            with pytest.raises(InputError, match="is read by this program"):
                write_json(path, [2])
    assert read.read_text(encoding="utf-8") == "[\n 1\n]\n"


def test_nothing_is_written_twice_or_from_what_has_changed(tmp_path: Path) -> None:
    read, written = tmp_path / "read.json", tmp_path / "written.json"
    write_json(read, [1])
    with watching():
        read_json(read)
        write_json(written, [2])
        with pytest.raises(InputError, match="is written by this program already"):
            write_json(written, [3])
        write_json_outside(read)
        with pytest.raises(InputError, match=r"read\.json: was changed while it was in use"):
            write_json(tmp_path / "another.json", [4])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["read.json", "written.json"]
    write_json(written, [5])  # outside of a program nobody watches


def write_json_outside(path: Path) -> None:
    """As an editor does."""
    path.write_text("[6, 7]", encoding="utf-8")


def test_a_file_is_not_read_beyond_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as stream:
        stream.truncate(2**40)  # of which the disk holds nothing
    with pytest.raises(InputError, match=f"expected at most 10 bytes, got {2**40}"):
        read_bytes(path, 10)


def test_json_has_no_key_twice_and_no_number_that_is_none() -> None:
    for text, message in {
        '{"a": 1, "a": 2}': "'a' stands twice",
        "[NaN]": "NaN is no number",
        "[" * 10**5: "not JSON",
    }.items():
        with pytest.raises(InputError, match=message):
            parse_json(text, "file")


def test_a_folder_is_held_against_its_sums(tmp_path: Path) -> None:
    for name in ("a", "b", "sub/c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    path = tmp_path / "SHA256SUMS"
    path.write_text("".join(f"{digest}  {name}\n" for name, digest in sums(tmp_path, path).items()), encoding="utf-8")
    assert unlike_sums(tmp_path) == []
    (tmp_path / "a").write_text("other", encoding="utf-8")
    (tmp_path / "b").unlink()
    (tmp_path / "new").touch()
    assert unlike_sums(tmp_path) == ["a", "b", "new"]
    path.unlink()
    with pytest.raises(InputError, match="SHA256SUMS: cannot be read"):
        unlike_sums(tmp_path)
