"""What people write in YAML: the real files load, and each mistake in them gets one line with file, key and remedy."""

import copy
import functools
import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import from_yaml, run_program, to_yaml, train

from lastdigit.experiments import Experiment, load_experiments, load_runnable
from lastdigit.files import InputError, parse, read_yaml
from lastdigit.printed import print_numbers
from lastdigit.published import Numbers, load_source, load_sources
from lastdigit.verdicts import certified_values, printed_by

ROOT = Path(__file__).resolve().parents[1]
EXPERIMENTS = ROOT / "data" / "experiments.yaml"
WITNESSES = ROOT / "data" / "witnesses.yaml"
PUBLISHED = ROOT / "data" / "published"
SOURCES = sorted(path.stem for path in PUBLISHED.glob("*.yaml"))

REAL_EXPERIMENTS = from_yaml(EXPERIMENTS)
REAL_SOURCES = {name: from_yaml(PUBLISHED / f"{name}.yaml") for name in SOURCES}

NAN, INFINITY = float("nan"), float("inf")
REMOVED = object()


def changed(value: Any, keys: str, new: Any) -> Any:
    """A copy of what a file holds, with one thing changed or removed: keys and numbers lead to it, joined by dots."""
    result = copy.deepcopy(value)
    *path, last = (int(key) if key.isdigit() else key for key in keys.split("."))
    inner = functools.reduce(lambda inner, key: inner[key], path, result)
    if new is REMOVED:
        del inner[last]
    else:
        inner[last] = new
    return result


def message_of(load: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        load()
    return str(caught.value)


def assert_clear(message: str, path: Path, *parts: str) -> None:
    """One line that begins with the file, then names the key and says what was expected."""
    assert message.startswith(f"{path}: ")
    rest = message.removeprefix(f"{path}: ")
    assert "\n" not in rest
    assert [part for part in parts if part not in rest] == []
    # Nobody who writes YAML knows the parts of pydantic or of Python.
    assert not re.search(r"pydantic|Error|tuple|dictionary|instance|<\w+>|constrained|\[key\]", rest)
    assert len(rest) < 250


# --- the real files ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def experiments() -> dict[str, Experiment]:
    return load_experiments(EXPERIMENTS)


def test_real_witnesses_are_of_every_unseeded_experiment(experiments: dict[str, Experiment]) -> None:
    runnable = load_runnable(experiments, WITNESSES)
    assert all(experiment.start.is_given for experiment in runnable.values())
    assert {name for name in experiments if experiments[name] != runnable[name]} == {
        name for name, entry in REAL_EXPERIMENTS.items() if entry["start"]["seed"] is None
    }


def test_unchanged_copies_load(tmp_path: Path) -> None:
    """The control of all that follows: what is refused there is refused for the change, not for the copy."""
    copied, folder = tmp_path / "experiments.yaml", tmp_path / "published"
    copied.write_text(to_yaml(REAL_EXPERIMENTS), encoding="utf-8")
    again = load_experiments(copied)
    assert again == load_experiments(EXPERIMENTS)
    folder.mkdir()
    for name in SOURCES:
        (folder / f"{name}.yaml").write_text(to_yaml(REAL_SOURCES[name]), encoding="utf-8")
    assert load_sources(again, folder) == load_sources(again, PUBLISHED)


# --- experiments ------------------------------------------------------------------------------------------------------

# What is changed, to what, and what the message has to say: the key, and what was expected.
BAD_EXPERIMENTS: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "unknown key": ("xor.momentum", 0.9, ("xor.momentum: no such key",)),
    "missing key": ("xor.epochs", REMOVED, ("xor.epochs: this key is missing",)),
    "missing seed": ("xor.start.seed", REMOVED, ("xor.start: seed: this key is missing", "null")),
    "missing low": ("xor.start.low", REMOVED, ("xor.start: low: this key is missing",)),
    "missing high": ("xor.start.high", None, ("xor.start: high: this key is missing",)),
    "range beyond doubles": ("xor.start", {"seed": 1, "low": -1e308, "high": 1e308}, ("xor.start: high - low",)),
    "experiment of nothing": ("xor", None, ("xor: expected keys with values", "None")),
    "learning rate nan": ("xor.learning_rate", NAN, ("xor.learning_rate:", "finite number", "nan")),
    "learning rate zero": ("xor.learning_rate", 0, ("xor.learning_rate:", "greater than 0")),
    "learning rate beyond doubles": ("xor.learning_rate", 10**400, ("xor.learning_rate:", "number")),
    "input nan": ("xor.inputs.0.1", NAN, ("xor.inputs[0][1]:", "finite number")),
    "no inputs": ("xor.inputs", [], ("xor.inputs:", "a list of at least 1")),
    "inputs no list": ("xor.inputs", 1, ("xor.inputs: expected a list",)),
    "input column missing": ("xor.inputs.2", [1, 0], ("xor:", "inputs[2] has 2 numbers", "3 units")),
    "target column too many": ("xor.targets.1", [1, 0], ("xor:", "targets[1] has 2 numbers", "1 units")),
    "example without target": ("xor.targets.3", REMOVED, ("xor:", "inputs has 4 rows and targets 3")),
    "activation missing": ("xor.activations", ["sigmoid"], ("xor:", "activations has 1", "2 layers")),
    "unknown activation": ("xor.activations.1", "tanh", ("xor.activations[1]:", "'sigmoid' or 'linear'", "'tanh'")),
    "other first layer": ("xor.layers.0", 2, ("xor:", "inputs[0] has 3 numbers", "2 units")),
    "single layer": ("xor.layers", [3], ("xor.layers:", "a list of at least 2")),
    "empty layer": ("xor.layers.1", 0, ("xor.layers[1]:", "greater than or equal to 1")),
    "layer of a fraction": ("xor.layers.1", 4.0, ("xor.layers[1]:", "valid integer")),
    "seed negative": ("xor.start.seed", -1, ("xor.start.seed:", "greater than or equal to 0", "-1")),
    "seed beyond 32 bits": ("xor.start.seed", 2**32, ("xor.start.seed:", "less than 4294967296")),
    "low above high": ("xor.start.low", 2, ("xor.start:", "low must be less than high", "2")),
    "high nan": ("xor.start.high", NAN, ("xor.start.high:", "finite number", "nan")),
    "no epochs": ("xor.epochs", 0, ("xor.epochs:", "greater than or equal to 1", "0")),
    "unknown rate scale": ("xor.rate_scales", "both", ("xor.rate_scales:", "'update' or 'delta'", "'both'")),
    "unknown order": ("xor.order", "random", ("xor.order:", "'simultaneous' or 'output-first'")),
    "seed and weights": ("two-layer.start.weights", [[[0], [0], [0]]], ("two-layer.start:", "seed", "weights")),
    "name within": ("xor.name", "xor", ("xor.name: no such key",)),
}


@pytest.mark.parametrize("keys, new, parts", BAD_EXPERIMENTS.values(), ids=BAD_EXPERIMENTS)
def test_bad_experiment_gets_one_clear_line(tmp_path: Path, keys: str, new: Any, parts: tuple[str, ...]) -> None:
    path = tmp_path / "mine.yaml"
    name = keys.partition(".")[0]
    entries = changed({name: REAL_EXPERIMENTS.get(name)}, keys, new)
    path.write_text(to_yaml(entries), encoding="utf-8")
    assert_clear(message_of(lambda: load_experiments(path)), path, *parts)


BAD_YAML: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "empty": ("", ("expected keys with values",)),
    "only a comment": ("# nothing\n", ("expected keys with values",)),
    "a list": ("- xor\n", ("expected keys with values", "['xor']")),
    "a sentence": ("no experiments yet\n", ("expected keys with values", "'no experiments yet'")),
    "open bracket": ("xor:\n  inputs: [[0, 1]\n", ("line 3",)),
    "open quotation": ('xor: "abc\n', ("line 2",)),
    "tab": ("xor:\n\tlayers: [1]\n", ("line 2", "'\\t'")),
    "key twice": ("xor: {}\nnor: {}\nxor: {}\n", ("line 3", 'duplicate key "xor"')),
    "inner key twice": ("xor:\n  epochs: 1\n  epochs: 2\n", ("line 3", 'duplicate key "epochs"')),
    "number as a key": ("1: {}\n", ("1", "string")),
    "list as a key": ("? [1, 2]\n: {}\n", ("1, 2", "string")),
    "keys as a key": ("? {a: 1}\n: {}\n", ("line 1", "key")),
    "two documents": ("xor: {}\n---\nnor: {}\n", ("line 2", "another document")),
    "control character": ("xor: \x00\n", ("not valid YAML",)),
    "not UTF-8": (b"xor: \xff\n", ("not UTF-8", "byte 5")),
    "number that is none": ("xor: !!int one\n", ("not valid YAML", "'one'")),
    "list within itself": ("xor: &again [*again]\n", ("line 1", "aliases")),
    "alias that is multiplied": (
        ".0: &b0 [0, 0]\n" + "".join(f".{n}: &b{n} [*b{n - 1}, *b{n - 1}]\n" for n in range(1, 40)),
        ("line 1", "more than 1000000 values", "aliases"),
    ),
    "alias of nothing": ("xor: {<<: *base}\n", ("line 1", "undefined alias 'base'")),
    "merge with no keys": ("xor: {<<: 3}\n", ("line 1", "merging")),
    "nested without end": ("xor: " + 500 * "[", ("not valid YAML",)),
    "command": ("xor: !!python/object/apply:os.getcwd []\n", ("line 1", "tag")),
}


@pytest.mark.parametrize("content, parts", BAD_YAML.values(), ids=BAD_YAML)
def test_file_that_is_no_mapping_gets_one_clear_line(
    tmp_path: Path, content: str | bytes, parts: tuple[str, ...]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_clear(message_of(lambda: load_experiments(path)), path, *parts)


def test_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.yaml"
    assert_clear(message_of(lambda: load_experiments(path)), path, "cannot be read: No such file")


def test_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    assert_clear(message_of(lambda: load_experiments(tmp_path)), tmp_path, "cannot be read", "directory")


def test_several_mistakes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    entries = changed(changed(REAL_EXPERIMENTS, "xor.epochs", 0), "xor.start.seed", -1)
    path.write_text(to_yaml(entries), encoding="utf-8")
    assert_clear(message_of(lambda: load_experiments(path)), path, "xor.", "(and 1 more)")


def test_long_value_is_shortened(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(to_yaml({"xor": list(range(1000))}), encoding="utf-8")
    assert_clear(message_of(lambda: load_experiments(path)), path, "xor:", "[0, 1, 2,", "...")


def test_yaml_is_read_as_people_write_it(tmp_path: Path) -> None:
    """Scientific numbers need no point, aliases merge, no number is octal or sexagesimal, and a date is a string.

    Nor is one binary, or cut by underscores.
    """
    path = tmp_path / "mine.yaml"
    text = """
        .base: &base {rate: 1e-1, epochs: 010}
        one: {<<: *base, epochs: 9}
        two: {<<: [*base, {rate: 5, order: yes}], when: 2015-07-12, at: 1:30}
        three: [0b11, -0b1, 1_0, 1_0.5, 0x1F, 0o17, .inf]
    """
    path.write_text(text, encoding="utf-8")
    assert read_yaml(path) == {
        "one": {"rate": 0.1, "epochs": 9},
        "two": {"rate": 0.1, "epochs": 10, "order": "yes", "when": "2015-07-12", "at": "1:30"},
        "three": ["0b11", "-0b1", "1_0", "1_0.5", 31, 15, INFINITY],
    }


def test_an_experiment_may_differ_from_another_in_one_key(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    entry = to_yaml({"xor": REAL_EXPERIMENTS["xor"]}).replace("xor:", "xor: &xor", 1)
    path.write_text(f"{entry}\nxor-2.5:\n  <<: *xor\n  learning_rate: 2.5\n", encoding="utf-8")
    xor, other = load_experiments(path).values()
    assert (xor.name, other.name) == ("xor", "xor-2.5")
    assert other == xor.model_copy(update={"learning_rate": 2.5}) != xor
    assert xor == xor.named("of another name")


def test_weights_that_are_given_need_no_range(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    weights = [[[5], [-7.25], [1e-3]]]
    path.write_text(to_yaml({"mine": REAL_EXPERIMENTS["two-layer"] | {"start": {"weights": weights}}}))
    (experiment,) = load_experiments(path).values()
    assert experiment.start.is_given
    assert experiment.starting_weights()[0].tolist() == weights[0]
    drawn = experiment.starting_from(seed=1, low=-1, high=1, weights=None)
    assert drawn == load_experiments(EXPERIMENTS)["two-layer"]
    assert drawn.name == "mine"
    with pytest.raises(InputError, match="low: this key is missing"):
        experiment.starting_from(seed=1, weights=None)


@pytest.mark.parametrize("text", ["{0}", "{min_length}", "%s", "{", "line\nbreak"], ids=repr)
def test_value_is_shown_as_it_is_written(text: str) -> None:
    message = message_of(lambda: parse(dict[str, int], {text: text}, "mine.yaml"))
    assert repr(text) in message
    assert message_of(lambda: parse(int, text, "mine.yaml")).startswith("mine.yaml: ")


# --- witnesses --------------------------------------------------------------------------------------------------------

TALLY = {"exp": "correctly rounded", "mean": "by halves", "lines": [2, 2], "all": 1, "by_chance": 1.0}
ORDERED = {"sums": [["in order"]], "tried": 4, "tallies": [TALLY], "search": "-"}

BAD_WITNESSES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "unknown experiment": ({"nor": {"seed": 1, "search": "-"}}, ("no experiment 'nor'; there are ",)),
    "seeded experiment": ({"xor": {"seed": 1, "search": "-"}}, ("xor:", "needs no witness")),
    "seed and weights": (
        {"xor-linear": {"seed": 1, "weights": [[[0]]], "search": "-"}},
        ("xor-linear:", "either a seed or weights"),
    ),
    "neither": ({"xor-linear": {"search": "-"}}, ("xor-linear:", "either a seed or weights")),
    "unknown order": ({"xor": ORDERED | {"sums": [["upwards"]]}}, ("xor.sums[0][0]", "'upwards'", "by halves")),
    "orders of an unseeded experiment": ({"xor-linear": ORDERED}, ("xor-linear:", "without a seed")),
    "orders without counts": ({"xor": {"sums": [["in order"]], "search": "-"}}, ("xor:", "tallies go together")),
    "more that print than were tried": ({"xor": ORDERED | {"tried": 1}}, ("xor:", "tallies[0]", "<= tried")),
    "another chance": (
        {"xor": ORDERED | {"tallies": [TALLY | {"by_chance": 2}]}},
        ("xor:", "tallies[0].by_chance", "1.0", "got 2"),
    ),
    "no search": ({"xor-linear": {"seed": 1}}, ("xor-linear.search: this key is missing",)),
    "seed negative": (
        {"xor-linear": {"seed": -1, "search": "-"}},
        ("xor-linear", "start.seed", "greater than or equal to 0"),
    ),
    "weights of another shape": (
        {"xor-linear": {"weights": [[[0.5]]], "search": "-"}},
        ("xor-linear", "start.weights", "[(2, 3), (3, 1)]"),
    ),
    "weights out of range": (
        {"xor-linear": {"weights": [[[0.5] * 3] * 2, [[0.5], [0.5], [1.0]]], "search": "-"}},
        ("xor-linear", "start.weights", "[0, 1)"),
    ),
    "weights nan": (
        {"xor-linear": {"weights": [[[0.5] * 3] * 2, [[0.5], [0.5], [NAN]]], "search": "-"}},
        ("xor-linear.weights[1][2][0]:", "finite number"),
    ),
}


@pytest.mark.parametrize("entries, parts", BAD_WITNESSES.values(), ids=BAD_WITNESSES)
def test_bad_witness_gets_one_clear_line(
    tmp_path: Path, experiments: dict[str, Experiment], entries: Any, parts: tuple[str, ...]
) -> None:
    path = tmp_path / "witnesses.yaml"
    path.write_text(to_yaml(entries), encoding="utf-8")
    assert_clear(message_of(lambda: load_runnable(experiments, path)), path, *parts)


# --- sources ----------------------------------------------------------------------------------------------------------

COCALC, NINE, NOTEBOOK = "cocalc-simple-nn", "spencer-harper-nine-lines", "trask-notebook"

# In which source what is changed, to what, and what the message has to say.
BAD_SOURCES: dict[str, tuple[str, str, Any, tuple[str, ...]]] = {
    "unknown key": (COCALC, "titel", "x", ("titel: no such key",)),
    "unknown key of a claim": (COCALC, "claims.0.printd", ["1.0"], ("claims[0].printd: no such key",)),
    "missing key": (COCALC, "author", REMOVED, ("author: this key is missing",)),
    "missing key of a claim": (COCALC, "claims.0.where", REMOVED, ("claims[0].where: this key is missing",)),
    "title that is no text": (COCALC, "title", 11, ("title:", "string", "11")),
    "title of two lines": (COCALC, "title", "one\ntwo", ("title: expected one line", "'one\\ntwo'")),
    "title of blanks": (COCALC, "title", " ", ("title: expected one line",)),
    "author that cannot be printed": (COCALC, "author", "\u202eno", ("author: expected one line",)),
    "date that is none": (COCALC, "date", "2015-13-45", ("date: 2015-13-45 is no date: month must be in 1..12",)),
    "date in words": (COCALC, "date", "July 2015", ("date:", "as in 2015-07-12", "'July 2015'")),
    "date as a number": (COCALC, "date", 2015, ("date:", "string", "2015")),
    "address of a script": (COCALC, "url", "javascript:alert(1)", ("url:", "https?://")),
    "address with a blank": (COCALC, "url", "https://example.org/a b", ("url:", "https?://")),
    "line of no document": (COCALC, "document", REMOVED, ("claims[0].where: expected full article", "no document")),
    "checksum too short": (COCALC, "document.sha256", "00", ("document.sha256:", "{64}", "'00'")),
    "checksum in capitals": (COCALC, "document.sha256", 64 * "A", ("document.sha256:", "[0-9a-f]")),
    "no claims": (COCALC, "claims", [], ("claims:", "a list of at least 1")),
    "claims no list": (COCALC, "claims", {"a": 1}, ("claims: expected a list",)),
    "claim of text": (COCALC, "claims.0", "error log", ("claims[0]:", "printed, figure and statement")),
    "claim of no kind": (COCALC, "claims.2.statement", REMOVED, ("claims[2]:", "printed, figure and statement")),
    "claim of two kinds": (COCALC, "claims.0.figure", "loss", ("claims[0].figure: no such key",)),
    "printed missing": (COCALC, "claims.0.printed", REMOVED, ("claims[0].printed: this key is missing",)),
    "statement of nothing": (COCALC, "claims.2.statement", "", ("claims[2].statement: expected one line",)),
    "figure without what it shows": (NINE, "claims.3.shows", REMOVED, ("claims[3].shows: this key is missing",)),
    "number without quotation marks": (COCALC, "claims.0.printed.0", 0.5, ("claims[0].printed[0]:", "string", "0.5")),
    "integer without quotation marks": (COCALC, "claims.0.printed.3", 1, ("claims[0].printed[3]:", "string", "1")),
    "printed no list": (COCALC, "claims.0.printed", "0.5", ("claims[0].printed: expected a list",)),
    "printed nothing": (COCALC, "claims.0.printed", [], ("claims[0].printed:", "a list of at least 1")),
    "printed nan": (COCALC, "claims.0.printed.2", "nan", ("claims[0]: printed[2]:", "'nan' is not a number")),
    "printed beyond doubles": (
        COCALC,
        "claims.0.printed.2",
        "1e+999",
        ("claims[0]: printed[2]:", "beyond the greatest"),
    ),
    "digits of another script": (COCALC, "claims.0.printed.2", "\u0660.5", ("printed[2]:", "not a number")),
    "printed blank": (COCALC, "claims.0.printed.2", "0.5 ", ("claims[0]: printed[2]:", "'0.5 ' is not a number")),
    "printed with braces": (COCALC, "claims.0.printed.2", "{0}", ("claims[0]: printed[2]:", "'{0}'")),
    "thirteen digits": (
        COCALC,
        "claims.0.printed.0",
        "0.4964100319031",
        ("claims[0]: printed[0]:", "'0.4964100319031' does not fit python2-str", "'0.496410031903'"),
    ),
    "nine decimals": (
        COCALC,
        "claims.1.printed.3",
        "0.003867591",
        ("claims[1]: printed[3]:", "'0.003867591' does not fit numpy-array", "'0.00386759'"),
    ),
    "repr one digit too long": (
        NOTEBOOK,
        "claims.1.printed.0",
        "0.46853432545806031",
        ("claims[1]: printed[0]:", "does not fit python3-repr", "'0.4685343254580603'"),
    ),
    "notation of another printer": (
        COCALC,
        "claims.0.notation",
        "numpy-array",
        ("claims[0]: printed[0]:", "does not fit numpy-array", "'0.49641003'"),
    ),
    "unknown notation": (COCALC, "claims.0.notation", "repr", ("claims[0].notation:", "'python3-repr'", "'repr'")),
    "unknown experiment": (
        COCALC,
        "claims.0.experiment",
        "nor",
        ("claims[0].experiment: no experiment 'nor'; there are ",),
    ),
    "unknown quantity": (COCALC, "claims.1.quantity", "accuracy", ("claims[1].quantity:", "'output'", "'accuracy'")),
    "fewer numbers than epochs": (
        COCALC,
        "claims.0.printed",
        ["0.5", "0.25"],
        ("claims[0] (error-log): printed:", "2 numbers", "wants 6"),
    ),
    "fewer numbers than outputs": (
        COCALC,
        "claims.1.printed",
        ["0.5"],
        ("claims[1] (output-after-training): printed:", "1 numbers", "output wants 4"),
    ),
    "fewer numbers than weights": (NINE, "claims.1.printed", ["0.5"], ("claims[1]", "printed:", "weights wants 3")),
    "fewer numbers than starting weights": (
        NINE,
        "claims.0.printed",
        ["0.5"],
        ("claims[0]", "printed:", "start wants 3"),
    ),
    "more predictions than outputs": (
        NINE,
        "claims.2.printed",
        ["0.5", "0.25"],
        ("claims[2]", "printed:", "2 numbers", "prediction wants 1"),
    ),
    "numbers of an experiment of another shape": (
        COCALC,
        "claims.1.experiment",
        "nine-lines",
        ("claims[1] (output-after-training): at[0]: epoch 59999", "0 to 9999"),
    ),
    "first epoch after the last": (COCALC, "claims.0.at.5", 60000, ("claims[0]", "at[5]: epoch 60000", "0 to 59999")),
    "negative epoch": (COCALC, "claims.0.at.0", -1, ("claims[0].at[0]:", "greater than or equal to 0", "-1")),
    "no epoch": (COCALC, "claims.0.at", [], ("claims[0].at:", "a list of at least 1")),
    "epoch no list": (COCALC, "claims.0.at", 5, ("claims[0].at: expected a list",)),
    "epoch twice": (COCALC, "claims.0.at.1", 0, ("claims[0]: at:", "ascending", "[0, 0, 20000")),
    "epochs backwards": (COCALC, "claims.0.at.0", 20000, ("claims[0]: at:", "ascending", "[20000, 10000")),
    "output of a layer": (COCALC, "claims.1.layer", 1, ("claims[1]: layer:", "no other quantity")),
    "layer 0": (NINE, "claims.1.layer", 0, ("claims[1].layer:", "greater than or equal to 1")),
    "layer that is none": (NINE, "claims.1.layer", 2, ("claims[1]", "layer: 2", "1 layers with weights")),
    "output at two epochs": (COCALC, "claims.1.at", [1, 2], ("claims[1]: at:", "one epoch", "got 2")),
    "start at another epoch": (NINE, "claims.0.at", [3], ("claims[0]: at:", "epoch 0")),
    "output after the update": (
        COCALC,
        "claims.1.moment",
        "after",
        ("claims[1]: moment:", "only weights and predictions"),
    ),
    "unknown moment": (COCALC, "claims.1.moment", "later", ("claims[1].moment:", "'before' or 'after'", "'later'")),
    "prediction without inputs": (NINE, "claims.2.inputs", REMOVED, ("claims[2]: inputs:", "a prediction has inputs")),
    "output with inputs": (COCALC, "claims.1.inputs", [1, 0, 1], ("claims[1]: inputs:", "no other quantity")),
    "input too few": (NINE, "claims.2.inputs", [1, 0], ("claims[2]", "inputs: 2 numbers", "3 units")),
    "input nan": (NINE, "claims.2.inputs.1", NAN, ("claims[2].inputs[1]:", "finite number")),
    "id twice": (COCALC, "claims.1.id", "error-log", ("claims[1].id: 'error-log' stands twice",)),
    "id with a blank": (COCALC, "claims.0.id", "error log", ("claims[0].id:", "pattern", "'error log'")),
    "line 0": (COCALC, "claims.0.where", 0, ("claims[0].where: expected a line", "full article")),
    "line as a string": (COCALC, "claims.0.where", "56", ("claims[0].where: expected a line",)),
    "three lines": (COCALC, "claims.0.where", [1, 2, 3], ("claims[0].where: expected a line", "[first, last]")),
    "lines backwards": (COCALC, "claims.2.where", [22, 5], ("claims[2].where: expected a line", "[first, last]")),
    "unknown place": (COCALC, "claims.2.where", "above", ("claims[2].where: expected a line",)),
}


@pytest.mark.parametrize("name, keys, new, parts", BAD_SOURCES.values(), ids=BAD_SOURCES)
def test_bad_source_gets_one_clear_line(
    tmp_path: Path,
    experiments: dict[str, Experiment],
    name: str,
    keys: str,
    new: Any,
    parts: tuple[str, ...],
) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(to_yaml(changed(REAL_SOURCES[name], keys, new)), encoding="utf-8")
    assert_clear(message_of(lambda: load_source(path, experiments)), path, *parts)


def test_source_of_another_ending_is_named(tmp_path: Path, experiments: dict[str, Experiment]) -> None:
    for name in (f"{COCALC}.yaml", f"{NINE}.yml"):
        (tmp_path / name).write_text("", encoding="utf-8")
    path = tmp_path / f"{NINE}.yml"
    assert_clear(message_of(lambda: load_sources(experiments, tmp_path)), path, "expected the ending .yaml")


def made_up_source(tmp_path: Path, **claim: Any) -> Path:
    """An article without an extracted text that publishes one claim."""
    named = {"id": "made.up", "where": "full article"}
    fields = {"title": "Made up", "author": None, "date": "2015-07", "url": "https://example.org/a_(b)?c#d"}
    path = tmp_path / "made-up-2.7.yaml"
    path.write_text(to_yaml({**fields, "claims": [named | claim]}), encoding="utf-8")
    return path


def test_claim_knows_its_name_and_its_source(tmp_path: Path, experiments: dict[str, Experiment]) -> None:
    source = load_source(made_up_source(tmp_path, statement="It learns."), experiments)
    (claim,) = source.claims
    assert (source.name, claim.source, claim.name) == ("made-up-2.7", "made-up-2.7", "made-up-2.7/made.up")


@pytest.mark.parametrize("layer", [1, 2])
def test_weights_of_one_layer_are_a_claim(tmp_path: Path, experiments: dict[str, Experiment], layer: int) -> None:
    """What is printed of a layer is what that layer alone prints, and is proven by the weights of all."""
    experiment = experiments["xor"]
    weights = [matrix.ravel().tolist() for matrix in experiment.starting_weights()]
    printed = print_numbers("numpy-array", weights[layer - 1])
    about = {"experiment": "xor", "quantity": "start", "at": [0], "notation": "numpy-array"}
    path = made_up_source(tmp_path, **about, layer=layer, printed=printed)
    (claim,) = load_source(path, experiments).of_kind(Numbers)
    run = train(experiment.changed(epochs=1), "portable")
    assert printed_by(run, claim) == list(claim.printed) == printed
    certificate = SimpleNamespace(experiment=experiment, values=lambda *quantity: [w for m in weights for w in m])
    assert certified_values(certificate, claim) == weights[layer - 1]
    others = made_up_source(tmp_path, **about, layer=3 - layer, printed=printed)
    assert_clear(message_of(lambda: load_source(others, experiments)), others, "shape of start wants")


def test_folder_without_sources_is_named(tmp_path: Path, experiments: dict[str, Experiment]) -> None:
    assert_clear(message_of(lambda: load_sources(experiments, tmp_path)), tmp_path, "at least one source", ".yaml")


def test_the_readme_shows_how_experiments_are_shortened(tmp_path: Path) -> None:
    """The example there, but for the alternative in its remark."""
    block = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "mine.yaml"
    path.write_text(textwrap.dedent(block), encoding="utf-8")
    half, quarter = load_experiments(path).values()
    assert (half.name, half.learning_rate) == ("rate-0.5", 0.5)
    assert half.changed(learning_rate=0.25) == quarter


# --- the command line -------------------------------------------------------------------------------------------------


def assert_refused(name: str, *words: str | Path, says: Sequence[str]) -> None:
    finished = run_program(name, *map(str, words))
    assert finished.returncode == 2
    assert finished.stdout == ""
    (line,) = finished.stderr.splitlines()
    assert line.startswith(f"{name}.py: ")
    assert [part for part in says if part not in line] == []


BAD_COMMANDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a value that does not fit": (changed(REAL_EXPERIMENTS, "xor.epochs", 0), ("xor.epochs:", "equal to 1")),
    "no such experiment": (changed(REAL_EXPERIMENTS, "xor", REMOVED), ("no experiment 'xor'", "two-layer")),
    "empty": (None, ("expected keys with values",)),
}


@pytest.mark.parametrize("entries, parts", BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_training_with_bad_input_leaves_the_output_alone(tmp_path: Path, entries: Any, parts: tuple[str, ...]) -> None:
    path, output, witnesses = (tmp_path / name for name in ("mine.yaml", "run.npz", "witnesses.yaml"))
    path.write_text("" if entries is None else to_yaml(entries), encoding="utf-8")
    witnesses.write_text("{}", encoding="utf-8")
    output.write_bytes(b"kept")
    options = ("--experiments", path, "--witnesses", witnesses, "--output", output)
    assert_refused("train", "xor", *options, says=[str(path), *parts])
    assert output.read_bytes() == b"kept"
    assert sorted(tmp_path.iterdir()) == sorted([path, output, witnesses])


def test_certifying_a_bad_source_leaves_the_output_alone(tmp_path: Path) -> None:
    source, output = tmp_path / "published" / f"{COCALC}.yaml", tmp_path / "certificate.json"
    source.parent.mkdir()
    entries = changed(REAL_SOURCES[COCALC], "claims.0.printed.0", 0.5)
    source.write_text(to_yaml(entries), encoding="utf-8")
    output.write_bytes(b"kept")
    words = ("xor", "--published", source.parent, "--folder", tmp_path)
    assert_refused("certify", *words, says=[f"{source}: claims[0].printed[0]:", "string"])
    assert output.read_bytes() == b"kept"


def test_missing_file_of_experiments_is_named_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.yaml"
    assert_refused("train", "xor", "--experiments", path, says=[f"{path}: cannot be read"])
