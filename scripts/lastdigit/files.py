"""Files: read, with one clear message when something does not fit, and written whole or not at all."""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, Self, TypeVar

import numpy
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, TypeAdapter, ValidationError
from ruamel.yaml import YAML, CollectionNode, Node
from ruamel.yaml.constructor import ConstructorError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

T = TypeVar("T")

Array = numpy.ndarray[Any, Any]

# In one YAML file: far more than a person writes, and few enough to be read in a minute.
MOST_VALUES = 10**6


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
Id = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]


def _check_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError(f"expected one line that can be printed, got {_shown(text)}")
    return text


Text = Annotated[str, AfterValidator(_check_line)]


class Strict(BaseModel):
    """A model that takes nothing it does not know and converts nothing silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Named(Strict):
    """A model that knows its name, which is not one of its keys: equal to another of the same keys and any name."""

    _name: str = PrivateAttr("")

    @property
    def name(self) -> str:
        """What it is called; empty of what was read from a file that does not say."""
        return self._name

    def named(self, name: str) -> Self:
        """The same, called so."""
        copy = self.model_copy()
        copy._name = name
        return copy

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__


class _Constructor(SafeConstructor):
    """The types of YAML 1.2: a date is a string. And no more values than a person writes, aliases written out."""

    def construct_document(self, node: Node) -> Any:
        if _size(node, {}) > MOST_VALUES:
            raise ConstructorError(None, None, f"more than {MOST_VALUES} values, aliases written out", node.start_mark)
        return super().construct_document(node)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def _size(node: Node, known: dict[int, int]) -> int:
    """How many values a part of a file has when each alias is replaced by what it stands for."""
    if id(node) not in known:
        known[id(node)] = MOST_VALUES + 1  # for a list within itself
        inner = node.value if isinstance(node, CollectionNode) else ()
        parts = (part for item in inner for part in (item if isinstance(item, tuple) else (item,)))
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(node)]


def parse_yaml(text: str, where: str) -> Any:
    """The value of a text in YAML 1.2; of a mapping, without its keys that begin with a dot: they hold anchors.

    Raises:
        InputError: with `where`, and the line where there is one, if it is not YAML or has a key twice.
    """
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = _Constructor
    try:
        value = reader.load(text)
    except MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        # Of a key that is there twice the two values are of no interest, and may be long.
        problem = (error.problem or error.context).partition(" with value ")[0]
        raise InputError(f"{where}: {line}{problem}") from error
    except (YAMLError, RecursionError, ValueError, LookupError, TypeError, AttributeError) as error:
        # The latter of a value that is not what its tag says, as in !!int x.
        raise InputError(f"{where}: not valid YAML: {next(iter(str(error).splitlines()), 'unknown')}") from error
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if not str(key).startswith(".")}
    return value


def read_yaml(path: Path) -> Any:
    """Read one YAML file, as `parse_yaml` does.

    Raises:
        InputError: naming the file, if it is missing or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    return parse_yaml(text, str(path))


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


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names for a message, not too many for a line."""
    first, rest = (all_names := list(names))[:most], all_names[most:]
    return ", ".join(first) + (f" and {len(rest)} more" if rest else "")


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
    """Open a file for writing under a temporary name beside it, and rename it once all is written.

    A link stays one, and a device or a pipe is written to: to put a file in its place would break the machine.
    """
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    if path.is_dir():
        raise InputError(f"{path}: is a folder, expected the name of a file")
    if path.exists() and not path.is_file():
        with path.open(mode, **text) as stream:  # type: ignore[call-overload]
            yield stream
        return
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, mode, **text) as stream:  # type: ignore[call-overload]
            yield stream
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp makes files private
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
