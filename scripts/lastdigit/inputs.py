"""Reading what people write: YAML into typed models, with one clear message when something does not fit."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

T = TypeVar("T")


class InputError(Exception):
    """Something the user gave does not fit; the message names the place and what was expected."""


class Strict(BaseModel):
    """A model that takes nothing it does not know and converts nothing silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML's safe loader, refusing a key written twice: the first entry would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
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


def parse(kind: type[T], value: Any, where: str) -> T:
    """Check a value read from YAML or JSON against a type.

    Raises:
        InputError: one line with `where`, the key and what was expected.
    """
    try:
        # Validated as JSON would be: a list may stand for a tuple, but a number never for a string.
        return TypeAdapter(kind).validate_python(_tuples(value))
    except ValidationError as error:
        first, *others = error.errors()
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        message = first["msg"].removeprefix("Value error, ")
        message = message.replace("Extra inputs are not permitted", "no such key")
        message = message[0].lower() + message[1:]
        got = "" if first["type"] in ("value_error", "missing", "extra_forbidden") else f", got {first['input']!r}"
        rest = f" (and {len(others)} more)" if others else ""
        raise InputError(f"{where}: {key}{': ' if key else ''}{message}{got}{rest}") from error


def _tuples(value: Any) -> Any:
    """The same value with tuples for lists, as strict models want them."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
