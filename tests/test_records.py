"""A certificate that contradicts itself is not believed, wherever the contradiction stands."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from known import RUNNABLE

from lastdigit.enclosure import Enclosure
from lastdigit.files import InputError, parse, read_json
from lastdigit.project import PLACES
from lastdigit.records import Certificate, WrittenEnclosure

NAME = "cross-entropy"
WRITTEN = read_json(PLACES["reference"] / NAME / "certificate.json")


def changed(change: Callable[[Any, Any], None]) -> Any:
    """The certificate with something changed by hand: in all of it, or in its first value."""
    certificate = copy.deepcopy(WRITTEN)
    change(certificate, certificate["quantities"][0]["values"][0])
    return certificate


def enclose(value: Any, midpoint: tuple[int, int], radius: tuple[int, int], proven: int) -> None:
    """Another enclosure, and all that follows from it."""
    enclosure = Enclosure(midpoint, radius)
    written = WrittenEnclosure.of(enclosure, 40).model_dump(mode="json")
    value.update(enclosure=written, digits_proven=proven, certified=enclosure.certified(proven), nearest_double=None)


WIDE = (1, -30), (1, -43)  # 2^-30 ± 2^-43, of which three digits are proven

# What is changed, and what the message says.
CONTRADICTIONS: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "a radius of zero, written by hand": (
        lambda c, v: v["enclosure"].update(radius=["0", 0]),
        "enclosure.radius: only a binary64",
    ),
    "a negative radius": (
        lambda c, v: v["enclosure"].update(radius=["-" + v["enclosure"]["radius"][0], v["enclosure"]["radius"][1]]),
        "enclosure.radius",
    ),
    "a greater radius": (lambda c, v: v["enclosure"].update(radius=["1", -100]), "enclosure.decimal"),
    "another midpoint": (
        lambda c, v: v["enclosure"].update(midpoint=[str(int(v["enclosure"]["midpoint"][0]) + 2**30), -161]),
        "enclosure.decimal",
    ),
    "another decimal text": (
        lambda c, v: v["enclosure"].update(decimal=v["enclosure"]["decimal"].replace("e-42", "e-43")),
        "enclosure.decimal",
    ),
    "more digits than are proven": (lambda c, v: enclose(v, *WIDE, 3) or v.update(digits_proven=4), "proves 3 digits"),
    "fewer digits than are proven": (lambda c, v: v.update(digits_proven=29), "proves 30 digits"),
    "another last digit": (
        lambda c, v: v.update(certified=v["certified"][:-1] + "5"),
        "certified: the enclosure proves",
    ),
    "digits without an enclosure": (lambda c, v: v.update(enclosure=None), "without an enclosure nothing is certified"),
    "another double": (lambda c, v: v.update(nearest_double=None), "nearest_double: is not the one nearest"),
    "two doubles in one": (lambda c, v: v["portable"].update(repr="0.25"), "are not the same number"),
    "a shortfall that is not told": (lambda c, v: enclose(v, *WIDE, 3), "3 digits are proven, and shortfall is null"),
    "a library that was not asked": (
        lambda c, v: v["confirmed_to"].update(PARI=30),
        "do not name the same libraries",
    ),
    "a library that was not asked here": (lambda c, v: v["confirmed_to"].pop("MPFR"), "do not name the same libraries"),
    "nobody was asked": (
        lambda c, v: (
            c.update(confirmed_by=[]),
            [w.update(confirmed_to={}) for q in c["quantities"] for w in q["values"]],
        ),
        "confirmed_by",
    ),
    "a library that does not confirm, silently": (
        lambda c, v: v["confirmed_to"].update(MPFR=29),
        "a library does not confirm it, and there are no disagreements",
    ),
}


@pytest.mark.parametrize("change, message", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_certificate_that_contradicts_itself_is_refused(change: Callable[[Any, Any], None], message: str) -> None:
    with pytest.raises(InputError, match=f"^file: .*{message}"):
        parse(Certificate, changed(change), "file")


def told(certificate: Any, value: Any) -> None:
    """Fewer digits, and a library that disagrees, both told."""
    enclose(value, *WIDE, 3)
    certificate.update(shortfall="not certified beyond 3 digits at epoch 0", disagreements=["error[0]: …"])
    value["confirmed_to"]["MPFR"] = 2


def test_what_is_told_is_believed() -> None:
    """The control: the certificate as it is, and with nothing contradictory changed."""
    assert parse(Certificate, WRITTEN, "file").experiment == RUNNABLE[NAME]
    certificate = parse(Certificate, changed(told), "file")
    assert not certificate.quantities[0].values[0].is_confirmed
    assert all(value.is_confirmed for value in certificate.quantities[0].values[1:])


def test_a_value_is_confirmed_only_by_every_library() -> None:
    """To all digits proven: the least of what they agree to counts, and nothing is confirmed by nobody."""
    value = parse(Certificate, WRITTEN, "file").quantities[0].values[0]
    assert value.is_confirmed
    for agreed in ({"MPFR": 30, "libmpdec": 29}, {"MPFR": 29, "libmpdec": 38}, {}):
        assert not value.model_copy(update={"confirmed_to": agreed}).is_confirmed
    assert value.model_copy(update={"confirmed_to": {"MPFR": 30, "libmpdec": 30}}).is_confirmed
    assert not value.model_copy(update={"enclosure": None}).is_confirmed


def test_an_enclosure_is_written_without_a_number_that_a_reader_could_round() -> None:
    enclosure = Enclosure((2**4000 + 1, -4000), (2**60 + 1, -9000))
    written = WrittenEnclosure.of(enclosure, 10)
    assert written.model_dump()["midpoint"] == (str(2**4000 + 1), -4000)
    assert written.exact == enclosure
