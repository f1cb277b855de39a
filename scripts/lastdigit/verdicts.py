"""Verdicts: each claim of the sources, held against the runs, the certificates and the ensembles."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, get_args

import numpy

from lastdigit.arithmetic import FLOAT_ARITHMETICS
from lastdigit.enclosure import Enclosure
from lastdigit.ensembles import Ensemble
from lastdigit.files import InputError, listed
from lastdigit.network import Network
from lastdigit.observations import evaluate_claim
from lastdigit.printed import DIGITS_OF_DOUBLE, Print, is_slip, log_relative_error, print_numbers
from lastdigit.published import Figure, Numbers, Source, Statement
from lastdigit.records import (
    Certificate,
    CertifiedValue,
    Finding,
    Likeness,
    ListedFigure,
    NumberVerdict,
    OnNumber,
    OnStatement,
    StatementVerdict,
    Verdict,
)
from lastdigit.runs import Run

NUMBER_VERDICTS: tuple[OnNumber, ...] = get_args(OnNumber)
STATEMENT_VERDICTS: tuple[OnStatement, ...] = get_args(OnStatement)

NOT_TESTED = {"verdict": "open", "finding": "not yet put to the test"}


class Evidence(NamedTuple):
    """What the verdicts on one experiment rest on; whatever is missing is None.

    Attributes:
        seeded: whether the source says how its run started. If not, the runs start from a witness.
        native, portable: the runs.
        certificate: what is proven.
        ensemble: of the unseeded experiment.
    """

    seeded: bool
    native: Run | None
    portable: Run | None
    certificate: Certificate | None
    ensemble: Ensemble | None


def computed_by(run: Run | None, claim: Numbers) -> list[float]:
    """The numbers of a claim as a run computes them; none of no run."""
    if run is None:
        return []
    with FLOAT_ARITHMETICS[run.arithmetic]() as arithmetic:
        network = Network(run.experiment, arithmetic)
        return [float(value) for at in claim.at for value in evaluate_claim(network, run.state(network, at), claim)]


def printed_by(run: Run | None, claim: Numbers) -> list[str]:
    """The strings that a run prints for a claim, each number where the source printed it; none of no run."""
    return print_numbers(claim.notation, computed_by(run, claim))


def certified_values(certificate: Certificate | None, claim: Numbers) -> list[CertifiedValue]:
    """What a certificate says of the numbers of a claim, in their order; nothing without a certificate."""
    if certificate is None:
        return []
    part = claim.part(certificate.experiment.layers)
    return [value for at in claim.at for value in certificate.values(claim.subject, at)[part]]


def likeness(
    printed: Print, runs: Collection[tuple[str, float]], enclosure: Enclosure | None, spread: str | None
) -> Likeness:
    """What a print looks like that differs from that of the portable run.

    Rounding error of a right run, if it lies no farther from the exact value than rounding has been seen to take a
    right run, and half a unit of its last digit for the print: what rounding may do is measured, not chosen. But where
    that leaves no digit, the exact value does not tell a right run from a wrong one, and nothing is shown. A typo, if
    one slip of the hand makes it of what a right run prints. Else another computation.

    Args:
        printed: the print.
        runs: what the runs of the experiment print, and compute there.
        enclosure: of the exact value.
        spread: how far from it runs that are rounded at random lie; None where that was not measured.
    """
    if enclosure and all(math.isfinite(value) for _, value in runs):
        seen = max(Fraction(spread or 0), *(_distance(Fraction(value), enclosure) for _, value in runs))
        leaves_digits = seen < min(abs(enclosure.low), abs(enclosure.high))
        if leaves_digits and _distance(printed.value, enclosure) <= seen + printed.unit / 2:
            return "rounding error"
    return "typo" if any(is_slip(text, printed.text) for text, _ in runs) else "another computation"


def _distance(x: Fraction, enclosure: Enclosure) -> Fraction:
    """How far a number may be from the one enclosed."""
    return max(abs(x - enclosure.low), abs(x - enclosure.high))


def judge_number(
    text: str, claim: Numbers, seeded: bool, runs: Mapping[str, tuple[str, float]], proof: CertifiedValue | None
) -> dict[str, Any]:
    """The verdict on one printed number, and what the enclosure of its certified value says about its digits.

    Args:
        text: the print.
        claim: that it belongs to.
        seeded: whether the source says how its run started.
        runs: what each arithmetic prints and computes instead.
        proof: what is certified.
    """
    printed, portable = Print(text, claim.notation), runs.get("portable")
    said: dict[str, Any] = {}
    enclosure = proof.enclosure.exact if proof and proof.enclosure and proof.is_confirmed else None
    if proof and enclosure:
        said = {
            "certified": proof.certified,
            "digits_proven": proof.digits_proven,
            "correct_rounding": printed.is_correct(enclosure),
            "margin": printed.margin(enclosure),
            "lre": printed.log_relative_error(enclosure),
            "correct_digits": printed.correct_digits(enclosure),
        }
        if portable and math.isfinite(portable[1]):
            said["portable_lre"] = log_relative_error(Fraction(portable[1]), enclosure, DIGITS_OF_DOUBLE)
    if portable is None:
        return {**said, "verdict": "open"}
    if portable[0] != text:
        return {
            **said,
            "verdict": "differs",
            "looks_like": likeness(printed, runs.values(), enclosure, proof.spread if proof else None),
        }
    if not seeded:
        return {**said, "verdict": "attained"}
    # Where nothing is certified and confirmed, or the enclosure does not decide, nothing can be said yet.
    return {**said, "verdict": {True: "proven", False: "reproduced", None: "open"}[said.get("correct_rounding")]}


def percentile(claim: Numbers, index: int, ensemble: Ensemble | None) -> dict[str, Any]:
    """Where a number printed by an unseeded run lies among the converged runs of the ensemble, in percent below it."""
    if ensemble is None or claim.quantity != "output":
        return {}
    (epoch,) = claim.at
    outputs = numpy.concatenate(ensemble.at(epoch))[index, ensemble.converged(epoch)]
    below = int((outputs < float(claim.printed[index])).sum())
    return {"percentile": round(100 * below / outputs.size, 1) if outputs.size else None, "converged": outputs.size}


def judge_numbers(claim: Numbers, evidence: Evidence) -> list[NumberVerdict]:
    """The verdict on each printed number of a claim."""
    computed = {name: computed_by(getattr(evidence, name), claim) for name in ("native", "portable")}
    texts = {name: print_numbers(claim.notation, values) for name, values in computed.items() if values}
    proofs = certified_values(evidence.certificate, claim)
    epochs = claim.at * len(claim.printed)  # of an array all numbers are of one epoch
    verdicts = []
    for index, text in enumerate(claim.printed):
        mine = {name: (prints[index], computed[name][index]) for name, prints in texts.items()}
        verdicts.append(
            NumberVerdict(
                claim=claim.name,
                source=claim.source,
                index=index,
                where=claim.where,
                experiment=claim.experiment,
                quantity=claim.quantity,
                layer=claim.layer,
                epoch=epochs[index],
                moment=claim.moment,
                seeded=evidence.seeded,
                notation=claim.notation,
                printed=text,
                native=mine["native"][0] if "native" in mine else None,
                portable=mine["portable"][0] if "portable" in mine else None,
                **judge_number(text, claim, evidence.seeded, mine, proofs[index] if proofs else None),
                **percentile(claim, index, evidence.ensemble),
            )
        )
    return verdicts


def judge_others(source: Source, findings: Sequence[Finding]) -> list[Verdict]:
    """The figures of a source, and the verdicts on its statements, from what its document found.

    Raises:
        InputError: if the document judges a statement that is none of its source's, or one twice.
    """
    found = {finding.statement: finding for finding in findings}
    if len(found) < len(findings):
        raise InputError(f"{source.name}: its document judges a statement twice")
    if unknown := set(found) - {claim.id for claim in source.of_kind(Statement)}:
        raise InputError(
            f"{source.name}: its document judges {listed(sorted(unknown))}, which the source does not state"
        )
    records: list[Verdict] = []
    for claim in source.claims:
        place: dict[str, Any] = {"claim": claim.name, "source": claim.source, "where": claim.where}
        if isinstance(claim, Figure):
            records.append(ListedFigure(**place, figure=claim.figure, shows=claim.shows))
        elif isinstance(claim, Statement):
            said = found[claim.id].model_dump(exclude={"statement"}) if claim.id in found else NOT_TESTED
            records.append(StatementVerdict(**place, statement=claim.statement, **said))
    return records


def in_order(sources: Mapping[str, Source], records: Iterable[Verdict]) -> list[Verdict]:
    """The records in the order of the sources and their claims."""
    places = {claim.name: place for place, claim in enumerate(c for source in sources.values() for c in source.claims)}
    return sorted(records, key=lambda record: (places[record.claim], record.index))


def numbers_of(records: Iterable[Verdict]) -> list[NumberVerdict]:
    """The verdicts on numbers."""
    return [record for record in records if isinstance(record, NumberVerdict)]


def statements_of(records: Iterable[Verdict]) -> list[StatementVerdict]:
    """The verdicts on statements."""
    return [record for record in records if isinstance(record, StatementVerdict)]


def count(records: Iterable[NumberVerdict | StatementVerdict], verdicts: Sequence[str]) -> dict[str, int]:
    """How many have each verdict."""
    given: list[str] = [record.verdict for record in records]
    return {verdict: given.count(verdict) for verdict in verdicts}


def table(records: Sequence[Verdict], sources: Mapping[str, Source]) -> str:
    """The verdicts as a table for people, a row an article; then in words, and what is open or differs."""
    header = ("article", "numbers", *NUMBER_VERDICTS[:-1], "statements", *STATEMENT_VERDICTS[:-1])
    rows: list[tuple[str, ...]] = []
    for name in (*sources, "all"):
        mine = [record for record in records if name in ("all", record.source)]
        numbers, statements = numbers_of(mine), statements_of(mine)
        cells = [len(numbers), *count(numbers, NUMBER_VERDICTS[:-1]).values()]
        cells += [len(statements), *count(statements, STATEMENT_VERDICTS[:-1]).values()]
        rows.append((name, *(str(cell or "·") for cell in cells)))
    first, *others = numpy.strings.str_len([header, *rows]).max(axis=0)
    row = "  ".join([f"{{:{first}}}", *(f"{{:>{width}}}" for width in others)])
    lines = [row.format(*cells) for cells in (header, *rows)]
    lines.insert(1, "-" * len(lines[0]))
    lines.insert(-1, "-" * len(lines[0]))
    return "\n".join([*lines, "", *in_words(records)])


def in_words(records: Sequence[Verdict]) -> list[str]:
    """The counts as sentences, and what is open or differs, as far as a person can take it in."""
    numbers, statements = numbers_of(records), statements_of(records)
    seeded = [one for one in numbers if one.seeded]
    portable, native = (sum(getattr(one, run) == one.printed for one in numbers) for run in ("portable", "native"))
    given = count(numbers, NUMBER_VERDICTS)
    words = [
        f"{given['proven']} of {len(seeded)} seeded numbers are the correct rounding of the exact value, proven;"
        f" {given['reproduced']} end in rounding error.",
        f"{given['attained']} of {len(numbers) - len(seeded)} unseeded ones are attained: a start was found that prints"
        " them, and nothing is proven of the author's own run.",
        f"The portable arithmetic prints {portable} of {len(numbers)} as published, NumPy on this machine {native}."
        " Fewer is expected of NumPy,",
        "because how it sums and rounds depends on its version and the processor.",
    ]
    if figures := sum(isinstance(record, ListedFigure) for record in records):
        words.append(f"{figures} figures are counted, not judged: the images are lost.")
    for likeness in get_args(Likeness):
        if names := [_name(one) for one in numbers if one.looks_like == likeness]:
            words.append(f"differs, and looks like {likeness}: {listed(names)}")
    open_ones: list[NumberVerdict | StatementVerdict] = [*numbers, *statements]
    if names := [_name(one) for one in open_ones if one.verdict == "open"]:
        words.append(f"open: {listed(names)}")
    return words


def _name(record: NumberVerdict | StatementVerdict) -> str:
    return f"{record.claim}[{record.index}]" if isinstance(record, NumberVerdict) else record.claim


def unsettled(records: Iterable[Verdict]) -> str:
    """What is open or differs, in words; empty if nothing is."""
    judged = [record for record in records if not isinstance(record, ListedFigure)]
    counts = count(judged, ("differs", "open"))
    return ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number)
