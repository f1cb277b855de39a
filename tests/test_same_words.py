"""The statements that several articles make in the same words: their rules, with evidence of either kind."""

import math
import sys
from types import SimpleNamespace
from typing import Any

import numpy
import pytest

from lastdigit import same_words
from lastdigit.document import at_most

START = numpy.array([[-0.5], [0.25], [0.25]])


class Article:
    """As much of a document as the rules ask for: two runs, what was printed, and the first rule that applies."""

    def __init__(self, native: Any = START, portable: Any = START, last_bit: float = 0.0) -> None:
        self.starts = {"native": native, "portable": portable}
        self.last_bit = last_bit
        self.numbers = [SimpleNamespace(experiment="made-up", native="0.1", printed="0.1")]

    def run(self, experiment: str, arithmetic: str) -> Any:
        start = self.starts[arithmetic]
        later = start + (self.last_bit if arithmetic == "native" else 0)
        return SimpleNamespace(weights=[numpy.stack([start, later])])

    def verdict(self, text: str, holds: Any, qualified: Any = (False,), fails: str = "") -> Any:
        return "holds" if holds[0] else "qualified" if qualified[0] else "fails", text


@pytest.mark.parametrize(
    ("article", "expected"),
    [
        (Article(), "holds"),
        (Article(last_bit=2.0**-53), "qualified"),
        (Article(portable=START + 2.0**-52), "fails"),
    ],
)
def test_a_seed_is_deterministic_only_if_right_runs_never_differ(article: Any, expected: str) -> None:
    assert same_words.seed_makes_it_deterministic(article, "made-up")[0] == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (START, "holds"),
        (START + 0.125, "qualified"),
        (numpy.array([[0.5], [1.0]]), "fails"),  # 1 is not drawn
        (numpy.array([[2.0**-54], [0.5]]), "fails"),  # nor is what lies between two draws
    ],
)
def test_the_mean_is_that_of_the_weights_drawn(start: Any, expected: str) -> None:
    verdict: Any = same_words.weights_mean_zero(Article(), start)  # type: ignore[arg-type]
    assert verdict[0] == expected
    assert f" drawn is {-same_words.STEP}, " in verdict[1]


def test_the_factor_is_the_slope_at_the_sums() -> None:
    verdict, text = same_words.slope_at_the_outputs(Article(), numpy.array([[-3.0], [0.0], [5.0]]))  # type: ignore
    assert verdict == "qualified"
    assert "at the weighted sum in 3 of 3 cases" in text and "at the output in 0:" in text


def test_the_flag_gives_the_derivative_of_the_value_only() -> None:
    verdict, text = same_words.flag_gives_derivative(Article())  # type: ignore
    assert verdict == "qualified"
    assert "gives the slope at 17 of 17 points; handed the argument, at 0." in text


def test_the_sigmoid_begins_to_be_its_ends_where_rounding_says() -> None:
    """1 + e^-s rounds to 1 from 53 log 2 on; e^s overflows beyond the logarithm of the greatest double."""
    verdict, text = same_words.sigmoid_maps_into_unit_interval(Article(), numpy.array([-3.0, 2.0]))  # type: ignore
    assert verdict == "holds"
    assert f"exactly 1 from a sum of {at_most(53 * math.log(2), 6)} on" in text
    assert f"exactly 0 from -{at_most(math.log(sys.float_info.max), 5)} on" in text
    assert text.endswith("stay within 3.")
