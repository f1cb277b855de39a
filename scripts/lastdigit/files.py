"""Files: read, with one clear message when something does not fit, and written whole or not at all."""

import errno
import hashlib
import json
import math
import os
import stat
import struct
import tempfile
import time
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple, Self, TypeVar

import numpy
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, TypeAdapter, ValidationError
from ruamel.yaml import YAML, CollectionNode, Node
from ruamel.yaml.constructor import ConstructorError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

T = TypeVar("T")

Array = numpy.ndarray[Any, Any]

# In one YAML file: far more than a person writes, and few enough to be read in a minute.
MOST_VALUES = 10**6
MOST_BYTES_OF_YAML = 2**21
# In any other file of text: fifty times the longest that the project has.
MOST_BYTES = 2**26

LONGEST = 600  # characters of a message

PATIENCE = 10  # seconds to wait for somebody at the other end of a pipe


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
    """Something the user gave does not fit; the message, one line, names the place and what was expected."""

    def __str__(self) -> str:
        message = " ".join(super().__str__().splitlines())
        return message if len(message) <= LONGEST else f"{message[: LONGEST - 200]} ... {message[-190:]}"


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


class Use(NamedTuple):
    """The files that a program has read so far, each as it was then, and those that it has written.

    Both by device and inode.
    """

    read: dict[tuple[int, int], tuple[Path, os.stat_result]]
    written: set[tuple[int, int]]


_use: list[Use] = []  # of the program that runs, if any


@contextmanager
def watching() -> Iterator[None]:
    """Within, a file that was read is not written over and may not change, and none is written twice."""
    _use.append(Use({}, set()))
    try:
        yield
    finally:
        _use.pop()


def check_unchanged() -> None:
    """Whether every file that this program read is as it was.

    Raises:
        InputError: naming one that is not.
    """
    for path, before in (one for use in _use for one in use.read.values()):
        try:
            now = path.stat()
            is_same = (now.st_ino, now.st_size, now.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)
        except OSError:
            is_same = False
        if not is_same:
            raise InputError(f"{path}: was changed while it was in use; nothing was written, so run this again")


def _check_output(path: Path) -> None:
    for use in _use:
        for status in (path.stat(),) if path.exists() else ():
            place = (status.st_dev, status.st_ino)
            if place in use.read:
                raise InputError(f"{path}: is read by this program, so it is not written; name another file")
            if place in use.written:
                raise InputError(f"{path}: is written by this program already; name another file")


def keep_open(path: Path) -> None:
    """Let the program that runs read and write this file as often as it likes: it keeps there what it has done."""
    status = path.stat()
    for use in _use:
        use.read.pop((status.st_dev, status.st_ino), None)
        use.written.discard((status.st_dev, status.st_ino))


@contextmanager
def _open_input(path: Path) -> Iterator[tuple[IO[bytes], os.stat_result]]:
    """A file to read, which is remembered; a pipe without being waited for.

    Raises:
        InputError: naming the file, if it cannot be read.
    """
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as stream:
            status = os.fstat(stream.fileno())
            if stat.S_ISREG(status.st_mode):
                for use in _use:
                    use.read.setdefault((status.st_dev, status.st_ino), (path, status))
            yield stream, status
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """What a file holds, or what somebody writes into a pipe.

    Raises:
        InputError: naming the file, if it cannot be read, or has more than so many bytes, or nobody writes to the pipe.
    """
    try:
        with _open_input(path) as (stream, status):
            first = _first_byte(path, stream.fileno()) if stat.S_ISFIFO(status.st_mode) else b""
            os.set_blocking(stream.fileno(), True)
            data = first + (b"" if status.st_size > most else stream.read(most + 1))
    except FileNotFoundError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if max(len(data), status.st_size) > most:
        raise InputError(f"{path}: expected at most {most} bytes, got {max(len(data), status.st_size)} or more")
    return data


def _first_byte(path: Path, pipe: int) -> bytes:
    """The first byte of a pipe, or none if there is somebody who may yet write it."""
    for _ in range(10 * PATIENCE):
        try:
            if first := os.read(pipe, 1):
                return first
        except BlockingIOError:
            return b""
        time.sleep(0.1)
    raise InputError(f"{path}: is a pipe, and nobody wrote anything to it within {PATIENCE} s")


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """What a file of text holds; each end of a line is a newline.

    Raises:
        InputError: naming the file, if it cannot be read, is too long, or is not UTF-8.
    """
    return decode(read_bytes(path, most), str(path))


def decode(data: bytes, where: str) -> str:
    """Bytes as text, likewise.

    Raises:
        InputError: with `where`, if they are not UTF-8.
    """
    try:
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: not UTF-8 text: {error.reason} at byte {error.start}") from error


def read_yaml(path: Path) -> Any:
    """Read one YAML file, as `parse_yaml` does.

    Raises:
        InputError: naming the file, if it is missing or is not YAML.
    """
    return parse_yaml(read_text(path, MOST_BYTES_OF_YAML), str(path))


def parse_json(text: str, where: str) -> Any:
    """The value of a text in JSON, in which NaN and the infinities are no numbers, and a key stands once.

    Raises:
        InputError: with `where`, if it is not JSON.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) < len(pairs):
            key = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
            raise ValueError(f"key {key!r} stands twice")
        return found

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no number")

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON: {error}") from error


def read_json(path: Path) -> Any:
    """Read one JSON file, as `parse_json` does.

    Raises:
        InputError: naming the file, if it is missing or is not JSON.
    """
    return parse_json(read_text(path), str(path))


class Arrays:
    """The arrays of an .npz file as numpy.savez writes it. What one says of itself is checked before it is read."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, size: int) -> None:
        self.path, self._archive, self._size = path, archive, size

    def read(self, key: str, kind: str, *shape: int | None) -> Array:
        """One array.

        Args:
            key: its name.
            kind: "float64", "int64" or "str".
            shape: what it must be; None for any length.

        Raises:
            InputError: naming file and key, if its type or shape is another one, or says more than the file can hold.
        """
        with self._archive.open(f"{key}.npy") as stream:
            major, _ = numpy.lib.format.read_magic(stream)
            if major != 1:
                raise ValueError("not a header that numpy.savez writes")
            found, _, type_ = numpy.lib.format.read_array_header_1_0(stream)
        is_type = type_.kind == "U" if kind == "str" else type_ == numpy.dtype(kind)
        is_shape = len(found) == len(shape) and all(n == (m or n) for n, m in zip(found, shape, strict=True))
        if not (is_type and is_shape):
            wanted, got = (" by ".join("any" if n is None else str(n) for n in one) or "one" for one in (shape, found))
            raise InputError(f"{self.path}: {key}: expected {wanted} of {kind}, got {got} of {type_}")
        if math.prod(found) * type_.itemsize > self._size:
            raise InputError(f"{self.path}: {key}: says that it is larger than the file")
        with self._archive.open(f"{key}.npy") as stream:
            return numpy.asarray(numpy.lib.format.read_array(stream, allow_pickle=False))

    def json(self, key: str) -> Any:
        """The value of a text in JSON."""
        return parse_json(str(self.read(key, "str")), f"{self.path}: {key}")


@contextmanager
def read_arrays(path: Path, missing: str, damaged: str) -> Iterator[Arrays]:
    """Open an .npz file, for the time in which its arrays are read.

    Raises:
        InputError: naming the file, with the message for one that is missing or for one that lacks what is read.
    """
    try:
        with _open_input(path) as (stream, status):
            if not stat.S_ISREG(status.st_mode):
                raise InputError(f"{path}: expected a file, not a pipe or a device")
            with zipfile.ZipFile(stream) as archive:
                yield Arrays(path, archive, status.st_size)
    except FileNotFoundError as error:
        raise InputError(f"{path}: {missing}") from error
    except DAMAGE as error:
        raise InputError(f"{path}: {damaged}") from error


# What the libraries raise of an archive that is none, or is none any more.
DAMAGE = (
    EOFError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


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


SUMS = "SHA256SUMS"


def sha256(path: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


def sums_text(found: Mapping[str, str]) -> str:
    """Checksums by name, in the format of sha256sum."""
    return "".join(f"{digest}  {name}\n" for name, digest in found.items())


def sums(folder: Path, sums_file: Path) -> dict[str, str]:
    """The SHA-256 of every file of a folder and the folders in it, by name, but for hidden ones and that of the sums.

    Raises:
        InputError: naming a file that cannot be read.
    """
    files = [path for path in (contents(folder) if folder.is_dir() else []) if path.resolve() != sums_file.resolve()]
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def contents(*places: str | Path) -> list[Path]:
    """The files of these folders, and the files among these places: each once, in order; no caches, nothing hidden.

    Raises:
        InputError: if there is nothing at one of them.
    """
    found: set[Path] = set()
    for place in map(Path, places):
        files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
        if not files:
            raise InputError(f"{place}: expected a folder with files in it, or a file; make reproduce makes what lacks")
        found |= {path for path in files if not any(part[0] in "._" for part in path.relative_to(place).parent.parts)}
    return sorted(path for path in found if path.name[0] != ".")


def unlike_sums(folder: Path) -> list[str]:
    """The files of a folder that are not as its SHA256SUMS says; those that are missing, and those that it lacks, too.

    Raises:
        InputError: naming SHA256SUMS, if it is missing or is none.
    """
    path, expected = folder / SUMS, dict[str, str]()
    for number, line in enumerate(read_text(path).splitlines(), 1):
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name:
            raise InputError(f"{path}: line {number}: expected a SHA-256, two blanks and the name of a file")
        expected[name] = digest
    found = sums(folder, path)
    return [name for name in sorted({*expected, *found}) if expected.get(name) != found.get(name)]


@contextmanager
def write_atomically(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file for writing under a temporary name beside it, and rename it once all is written and on the disk.

    A link stays one, and a device or a pipe is written to: to put a file in its place would break the machine.

    Raises:
        InputError: if it is a folder, or among the files that this program reads, or a pipe that nobody reads.
        OSError: naming the file, if it cannot be written.
    """
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    temporary = None
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder, expected the name of a file")
        _check_output(path)
        if path.exists() and not path.is_file():
            with os.fdopen(_open_special(path), mode, **text) as stream:  # type: ignore[call-overload]
                yield stream
            return
        try:
            target = path.resolve()
        except RuntimeError:
            raise InputError(f"{path}: links that lead in a circle") from None
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:200]}.")
        with os.fdopen(descriptor, mode, **text) as stream:  # type: ignore[call-overload]
            yield stream
            stream.flush()
            os.fsync(descriptor)  # or a machine that stops now may keep the name and lose the content
        check_unchanged()
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp makes files private
        os.replace(temporary, target)
        temporary = None
        status = target.stat()
        for use in _use:
            use.written.add((status.st_dev, status.st_ino))
    except OSError as error:
        if error.filename in (None, temporary):
            error.filename = str(path)
        raise
    finally:
        if temporary:
            os.unlink(temporary)


def _open_special(path: Path) -> int:
    """The descriptor of a device or a pipe to write to, which somebody has to read."""
    for _ in range(10 * PATIENCE):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(0.1)
        else:
            os.set_blocking(descriptor, True)
            return descriptor
    raise InputError(f"{path}: is a pipe, and nobody read it within {PATIENCE} s")
