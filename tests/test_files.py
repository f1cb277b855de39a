"""Files are written whole or not at all, and what is no file is not replaced by one."""

import os
import threading
from pathlib import Path

import pytest

from lastdigit.files import InputError, write_atomically, write_json


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
