"""What can go wrong with a file: its values changed within their structure, or its bytes; each by a seed."""

import copy
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy

CASES = int(os.environ.get("CASES") or 60)  # of each kind

ODD_VALUES = [
    None, True, -1, 0, 1, 2, 10**9, 10**10, 2**32, 2**63, 10**400, -0.0, 0.5, 1e-320, 1e308, -1e308, 1e400,
    float("nan"), float("inf"), "", " ", "0.5", "1e5", "010", "0x10", "12:30:45", "nan", "a\nb", "\x00", "\ud800",
    "é" * 50, "<script>", "$\\frac{", "{{ x }}", "../../x", "-", "=", "." * 5000, "9" * 5000, [], {}, [[]], [{}],
    {"": None}, list(range(2000)),
]  # fmt: skip
ODD_TEXTS = [
    "!!bool maybe", "!!int x", "!!float", "!!python/object/apply:os.getcwd []", "!!binary x", "!!set {a, b}",
    "!!timestamp x", "!!omap [a]", "&a [*a]", "*nothing", "<<: [1]", "? [1, 2]\n: 3", "%YAML 9.9\n---\n", "---\n",
    "...\n", "\t", "\ufeff", "- ", ": ", "[", "]", "{", "}", "\"", "'", "|", ">", "#", ",", "NaN", "Infinity", "-",
    "1_0", "0b11", "0o17", ".inf", "1e999999999", "\\u0000", "\u2028", "\r", "[" * 3000, "\"\\ud800\"", "\n\n", "null",
    "9" * 5000,
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each part of a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def mutate_value(value: Any, random: Random) -> Any:
    """The same structure with one to three parts changed, removed, repeated, exchanged or called otherwise."""
    value = copy.deepcopy(value)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if not (all_places := list(places(value))):
            break
        *path, key = random.choice(all_places)
        inner = value
        for step in path:
            inner = inner[step]
        match random.choice(("replace", "replace", "remove", "nudge", "repeat", "exchange", "rename", "wrap")):
            case "replace":
                inner[key] = copy.deepcopy(random.choice(ODD_VALUES))
            case "remove":
                del inner[key]
            case "nudge" if isinstance(inner[key], int | float):
                inner[key] = random.choice(
                    (inner[key] + 1, -inner[key], inner[key] * 1e9, float(inner[key]), inner[key] / 3)
                )
            case "nudge" if isinstance(inner[key], str) and inner[key]:
                place = random.randrange(len(inner[key]))
                inner[key] = (
                    inner[key][:place] + random.choice("0.-e9 aé\n") + inner[key][place + random.choice((0, 1)) :]
                )
            case "repeat" if isinstance(inner, list):
                inner[key:key] = [copy.deepcopy(inner[key]) for _ in range(random.choice((1, 2, 300)))]
            case "exchange":
                *others, other = random.choice(all_places)
                there = value
                try:
                    for step in others:
                        there = there[step]
                    inner[key] = copy.deepcopy(there[other])
                except (KeyError, IndexError, TypeError):  # it was changed before
                    pass
            case "rename" if isinstance(inner, dict):
                inner[random.choice(("", "no-such-key", "epochs", "__class__", key.upper()))] = inner.pop(key)
            case _:
                inner[key] = [inner[key]]
    return value


def mutate_text(text: str, random: Random) -> bytes:
    """A text with parts cut, doubled, moved, or odd ones put in; or with other bytes."""
    for _ in range(random.choice((1, 1, 2, 5))):
        first, last = sorted(random.randrange(len(text) + 1) for _ in range(2))
        lines = text.splitlines(keepends=True) or [""]
        line = random.randrange(len(lines))
        match random.choice(("cut", "short", "odd", "odd", "line", "double", "end")):
            case "cut":
                text = text[:first] + text[last:]
            case "short":
                text = text[:first] + text[first + random.randrange(1, 10) :]
            case "odd":
                text = text[:first] + random.choice(ODD_TEXTS) + text[first:]
            case "line":
                text = "".join([*lines[:line], *lines[line + 1 :]])
            case "double":
                text = "".join([*lines[:line], lines[line], *lines[line:]])
            case "end":
                text = text[:first]
    data = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.1:
        place = random.randrange(len(data) + 1)
        data = data[:place] + random.randbytes(random.choice((1, 4))) + data[place + 1 :]
    return data


def mutate_json(value: Any, random: Random) -> bytes:
    """A file of JSON, wrong in its values or in its text."""
    if random.random() < 0.5:
        return json.dumps(mutate_value(value, random)).encode("utf-8", "surrogatepass")
    return mutate_text(json.dumps(value, indent=1), random)


def to_npz(arrays: dict[str, Any], compress: bool = False) -> bytes:
    stream = io.BytesIO()
    (numpy.savez_compressed if compress else numpy.savez)(stream, **arrays)
    return stream.getvalue()


def damage_array(arrays: dict[str, Any], random: Random) -> tuple[str, dict[str, Any]]:
    """Arrays of which one has another type or shape, or a number that is none; and which one that is."""
    numbers = [key for key, array in arrays.items() if array.dtype.kind in "fi"]
    key = random.choice(numbers)
    array = arrays[key].copy()
    changes: list[Callable[[], Any]] = [
        lambda: array.astype(random.choice(("f4", ">f8", "c16", "i4", "U8", "O", "bool", "m8[s]"))),
        lambda: array[1:],
        lambda: array[:0],
        lambda: numpy.concatenate([array, array[-1:]]),
        lambda: array[numpy.newaxis],
        lambda: array.ravel()[0],
    ]
    if array.dtype.kind == "f":  # what is not finite may be where a training ended so, but not between finite numbers
        index = (random.randrange(len(array) - 1), *(random.randrange(size) for size in array.shape[1:]))
        odd = random.choice((numpy.nan, numpy.inf, -numpy.inf))
        changes += 3 * [lambda: (array.__setitem__(index, odd), array)[1]]
    else:
        changes += [lambda: array[::-1].copy(), lambda: array - 10**6, lambda: array * 0]
    return key, arrays | {key: random.choice(changes)()}


def mutate_archive(arrays: dict[str, Any], random: Random) -> bytes:
    """An .npz file that is damaged as a file, or lacks something, or says something else of itself."""
    match random.choice(("bytes", "bytes", "cut", "missing", "json", "header", "bomb", "other", "names")):
        case "bytes":
            data = bytearray(to_npz(arrays))
            for _ in range(random.choice((1, 1, 3, 50))):
                data[random.randrange(len(data))] = random.randrange(256)
            return bytes(data)
        case "cut":
            data = bytearray(to_npz(arrays))
            return bytes(data[: random.randrange(len(data))])
        case "missing":
            return to_npz({key: array for key, array in arrays.items() if key != random.choice([*arrays])})
        case "json":
            texts = [key for key, array in arrays.items() if array.dtype.kind == "U"]
            text = mutate_json(json.loads(str(arrays[texts[0]])), random).decode("utf-8", "replace").replace("\x00", "")
            return to_npz(arrays | {texts[0]: numpy.array(text)})
        case "header":
            key = random.choice([*arrays])
            header = {
                "descr": random.choice(("<f8", "|O", "<U99999999", "V9", "x", [("a", "<f8")])),
                "fortran_order": random.choice((True, False, 3)),
                "shape": random.choice(((10**12,), (-1,), (2**63, 2**63), (), "x", (1.5,))),
            }
            raw = b"\x93NUMPY\x01\x00" + (len(text := repr(header) + "\n")).to_bytes(2, "little") + text.encode()
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                for other, array in arrays.items():
                    one = io.BytesIO()
                    numpy.save(one, array)
                    archive.writestr(f"{other}.npy", raw if other == key else one.getvalue())
            return stream.getvalue()
        case "bomb":
            return to_npz(arrays | {random.choice([*arrays]): numpy.zeros(10**6)}, compress=True)
        case "names":
            return to_npz({key.upper(): array for key, array in arrays.items()})
        case _:
            one = io.BytesIO()
            numpy.save(one, next(iter(arrays.values())))
            return random.choice((b"", b"PK\x03\x04", one.getvalue(), b"\x80\x04N.", random.randbytes(500)))
