"""Files: read, with one clear message when something does not fit, and written whole or not at all."""

import json
import os
import tempfile
import zipfile
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, TypeVar

import numpy
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

T = TypeVar("T")


# What pydantic says in the words of Python, in those of YAML.
MESSAGES = {
    "dict_type": "expected keys with values",
    "extra_forbidden": "no such key",
    "missing": "this key is missing",
    "model_type": "expected keys with values",
    "too_short": "expected a list of at least {min_length}",
    "tuple_type": "expected a list",
}


class InputError(Exception):
    """Something the user gave does not fit; the message names the place and what was expected."""


# Names become names of files and words of commands, so they are plain.
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Strict(BaseModel):
    """A model that takes nothing it does not know and converts nothing silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML's safe loader, refusing a key written twice: the first entry would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # YAML's own loader refuses it
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Read one YAML file.

    Raises:
        InputError: naming the file, and the line where there is one, if it is missing or is not YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise InputError(f"{path}: {line}{getattr(error, 'problem', None) or 'not valid YAML'}") from error
    except (ValueError, AttributeError, RecursionError) as error:  # a date like 2015-02-30: PyYAML lets these through
        raise InputError(f"{path}: not valid YAML: {error}") from error


def read_json(path: Path) -> Any:
    """Read one JSON file.

    Raises:
        InputError: naming the file, if it is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from error


@contextmanager
def read_arrays(path: Path, missing: str, damaged: str) -> Iterator[Any]:
    """Open an .npz file, for the time in which its arrays are read.

    Raises:
        InputError: naming the file, with the message for one that is missing or for one that lacks what is read.
    """
    try:
        with numpy.load(path) as file:
            yield file
    except FileNotFoundError as error:
        raise InputError(f"{path}: {missing}") from error
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: {damaged}") from error


def parse(kind: type[T], value: Any, where: str) -> T:
    """Check a value read from YAML or JSON against a type.

    Raises:
        InputError: one line with `where`, the key and what was expected.
    """
    try:
        # Validated as JSON would be: a list may stand for a tuple, but a number never for a string.
        return TypeAdapter(kind).validate_python(_tuples(value))
    except ValidationError as error:
        # A misspelt key is also a missing one: what stands there says more than what does not.
        first, *others = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        # Neither the tag of a kind of claim nor the mark of a bad key is a key in the file.
        parts = [part for part in first["loc"] if not str(part).startswith(("<", "[key]"))]
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
        if first["type"] in MESSAGES:
            message = MESSAGES[first["type"]].format_map(first.get("ctx", {}))
        else:
            message = first["msg"].removeprefix("Value error, ")
            message = message[0].lower() + message[1:]
        is_whole = first["type"] in ("value_error", "missing", "extra_forbidden")
        got = "" if is_whole else f", got {_shown(first['input'])}"
        rest = f" (and {len(others)} more)" if others else ""
        raise InputError(f"{where}: {key}{': ' if key else ''}{message}{got}{rest}") from error
    except RecursionError as error:
        raise InputError(f"{where}: nested too deeply, or within itself") from error


def _shown(value: Any) -> str:
    """A value for a message: lists as they are written, and not too long for a line."""
    text = repr(_lists(value))
    return text if len(text) <= 80 else f"{text[:77]}..."


def _lists(value: Any) -> Any:
    """The inverse of `_tuples`."""
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [*map(_lists, value)] if isinstance(value, tuple) else value


def _tuples(value: Any) -> Any:
    """The same value with tuples for lists, as strict models want them."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON, whole or not at all."""
    with write_atomically(path) as stream:
        json.dump(value, stream, indent=1, ensure_ascii=False)
        stream.write("\n")


@contextmanager
def write_atomically(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file for writing under a temporary name beside it, and rename it once all is written."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder, expected the name of a file")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
        with os.fdopen(descriptor, mode, **text) as stream:  # type: ignore[call-overload]
            yield stream
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp makes files private
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
