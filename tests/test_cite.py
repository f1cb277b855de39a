"""A citation of a claim or of one of its numbers, on the command line and on the site."""

import json
import re
from pathlib import Path

import pytest
from conftest import run_program
from known import CLAIMS

from lastdigit import citation
from lastdigit.citation import citations
from lastdigit.files import InputError, parse
from lastdigit.records import Verdict, Verdicts

CLAIM = CLAIMS["trask-notebook/three-layer-error-log"]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Verdict, ...]:
    """On the printed numbers as far as certificates tell without a run; and a statement."""
    from known import PROJECT

    from lastdigit import verdicts

    evidence = verdicts.Evidence(True, None, None, PROJECT.certificate(CLAIM.experiment), None)
    numbers = [one.model_dump(mode="json") for one in verdicts.judge_numbers(CLAIM, evidence)]
    statement = {"kind": "statement", "source": "a", "claim": "a/b", "where": 1, "statement": "50 % of {x} is x_1."}
    statement |= {"verdict": "holds", "finding": "It is."}
    return parse(Verdicts, json.loads(json.dumps([*numbers, statement])), "made up")


def test_one_number_is_cited_as_it_was_printed(verdicts: tuple[Verdict, ...]):
    for index, printed in enumerate(CLAIM.printed):
        cited = citation.of(f"{CLAIM.name}[{index}]", verdicts)
        for text in cited["Text"], cited["BibTeX"]:
            assert f"[{index}] printed {printed}, certified " in text
            assert text.count("printed") == 1
    assert citation.of(CLAIM.name, verdicts)["Text"].count("printed") == len(CLAIM.printed)


def test_bibtex_can_be_read_by_latex(verdicts: tuple[Verdict, ...]):
    entry = citation.of("a/b", verdicts)["BibTeX"]
    assert r"note = {50 \% of \{x\} is x\_1. Holds.}" in entry
    for text in entry, citations()["BibTeX"], citation.of(CLAIM.name, verdicts)["BibTeX"]:
        bare = re.sub(r"\\[{}]", "", text)
        assert bare.count("{") == bare.count("}")
        assert re.fullmatch(r"@software\{\w+,\n(  \w+ = \{.*\},?\n)+\}", text)


@pytest.mark.parametrize("name", ["nosuch", "a/b[0]", f"{CLAIM.name}[99]", "trask-notebook"])
def test_what_is_no_claim_is_refused(name: str, verdicts: tuple[Verdict, ...]):
    with pytest.raises(InputError, match=re.escape(f"no claim {name!r}")):
        citation.of(name, verdicts)


def test_without_verdicts_the_command_says_what_is_missing(tmp_path: Path):
    failed = run_program("verify", "--cite", CLAIM.name, "--numbers-only")
    assert failed.returncode == 2 and "not allowed with" in failed.stderr
