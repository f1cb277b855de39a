"""Verdicts: each claim of the sources, held against the runs, the certificates and the ensembles."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lastdigit.arithmetic import FLOAT_ARITHMETICS
from lastdigit.ensembles import Ensemble
from lastdigit.files import InputError
from lastdigit.network import Network
from lastdigit.observations import evaluate_claim
from lastdigit.printed import Print, print_numbers
from lastdigit.published import Figure, Numbers, Source
from lastdigit.records import Certificate, CertifiedValue, Finding
from lastdigit.runs import Run

# Of a printed number; of a figure; of a statement. "open" is the lack of a verdict: the pipeline has not got there.
NUMBER_VERDICTS = ("proven", "reproduced", "attained", "differs", "open")
FIGURE_VERDICTS = ("drawn", "open")
STATEMENT_VERDICTS = ("holds", "qualified", "fails", "open")

Record = dict[str, Any]


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


def printed_by(run: Run | None, claim: Numbers) -> list[str | None]:
    """The strings that a run prints for a claim, each number where the source printed it."""
    if run is None:
        return [None] * len(claim.printed)
    with FLOAT_ARITHMETICS[run.arithmetic]() as arithmetic:
        network = Network(run.experiment, arithmetic)
        values = [value for at in claim.at for value in evaluate_claim(network, run.state(network, at), claim)]
    return list(print_numbers(claim.notation, values))


def certified_values(certificate: Certificate | None, claim: Numbers) -> list[CertifiedValue | None]:
    """What a certificate says of the numbers of a claim, in their order."""
    if certificate is None:
        return [None] * len(claim.printed)
    part = claim.part(certificate.experiment.layers)
    return [
        value for at in claim.at for value in certificate.values(claim.quantity, at, claim.moment, claim.inputs)[part]
    ]


def judge_number(text: str, claim: Numbers, seeded: bool, portable: str | None, proof: CertifiedValue | None) -> Record:
    """The verdict on one printed number, and what the enclosure of its certified value says about its digits."""
    record: Record = dict.fromkeys(
        ("certified", "digits_proven", "correct_rounding", "margin", "lre", "correct_digits")
    )
    if proof and proof.enclosure and proof.is_confirmed:
        enclosure, printed = proof.enclosure.exact, Print(text, claim.notation)
        record = {
            "certified": proof.certified,
            "digits_proven": proof.digits_proven,
            "correct_rounding": printed.is_correct(enclosure),
            "margin": printed.margin(enclosure),
            "lre": printed.log_relative_error(enclosure),
            "correct_digits": printed.correct_digits(enclosure),
        }
    if portable is None:
        verdict = "open"
    elif portable != text:
        verdict = "differs"
    elif not seeded:
        verdict = "attained"
    else:
        # Where nothing is certified and confirmed, or the enclosure does not decide, nothing can be said yet.
        verdict = {True: "proven", False: "reproduced", None: "open"}[record["correct_rounding"]]
    return {**record, "verdict": verdict}


def percentile(claim: Numbers, index: int, ensemble: Ensemble | None) -> Record:
    """Where a number printed by an unseeded run lies among the converged runs of the ensemble, in percent below it."""
    if ensemble is None or claim.quantity != "output":
        return {}
    (epoch,) = claim.at
    outputs = ensemble.at(epoch)[:, :, ensemble.converged(epoch)].reshape(len(claim.printed), -1)[index]
    below = int((outputs < float(claim.printed[index])).sum())
    return {"percentile": round(100 * below / outputs.size, 1) if outputs.size else None, "converged": outputs.size}


def judge_numbers(claim: Numbers, evidence: Evidence) -> list[Record]:
    """One record for each printed number of a claim."""
    native, portable = printed_by(evidence.native, claim), printed_by(evidence.portable, claim)
    proofs = certified_values(evidence.certificate, claim)
    epochs = claim.at if len(claim.at) == len(claim.printed) else claim.at * len(claim.printed)
    return [
        {
            "claim": claim.name,
            "source": claim.source,
            "index": index,
            "kind": "number",
            "where": claim.where,
            "experiment": claim.experiment,
            "quantity": claim.quantity,
            "layer": claim.layer,
            "epoch": epochs[index],
            "moment": claim.moment,
            "notation": claim.notation,
            "printed": text,
            "native": native[index],
            "portable": portable[index],
            **judge_number(text, claim, evidence.seeded, portable[index], proofs[index]),
            **percentile(claim, index, evidence.ensemble),
        }
        for index, text in enumerate(claim.printed)
    ]


def judge(
    sources: Mapping[str, Source],
    evidence: Mapping[str, Evidence],
    figures: Sequence[str] = (),
    findings: Mapping[str, Sequence[Finding]] | None = None,
) -> list[Record]:
    """One record for every printed number, figure and statement, in the order of the sources.

    Args:
        sources: by name.
        evidence: by name of experiment.
        figures: the names of those that were drawn.
        findings: what the documents found of each source's statements.

    Raises:
        InputError: if a document judges a statement that is none of its source's.
    """
    records: list[Record] = []
    for name, source in sources.items():
        found = {one.statement: one for one in (findings or {}).get(name, ())}
        for claim in source.claims:
            if isinstance(claim, Numbers):
                records += judge_numbers(claim, evidence[claim.experiment])
                continue
            record: Record = {"claim": claim.name, "source": claim.source, "index": 0, "where": claim.where}
            if isinstance(claim, Figure):
                verdict = "drawn" if claim.figure in figures else "open"
                record |= {"kind": "figure", "figure": claim.figure, "shows": claim.shows, "verdict": verdict}
            else:
                one = found.pop(claim.id, None)
                verdict, finding = (one.verdict, one.finding) if one else ("open", "not yet put to the test")
                record |= {"kind": "statement", "statement": claim.statement, "verdict": verdict, "finding": finding}
            records.append(record)
        if found:
            raise InputError(f"{name}: a document judges {', '.join(found)}, which the source does not state")
    return records


def count(records: Sequence[Record], kind: str, verdicts: Sequence[str]) -> dict[str, int]:
    """How many claims of a kind have each verdict."""
    of_kind = [record["verdict"] for record in records if record["kind"] == kind]
    return {verdict: of_kind.count(verdict) for verdict in verdicts}


def table(records: Sequence[Record], sources: Mapping[str, Source]) -> str:
    """The verdicts as a table for people: a row an article, then every number that was not regenerated as printed."""
    header = ("article", "numbers", "native", "portable", *NUMBER_VERDICTS[:-1], "statements", *STATEMENT_VERDICTS[:-1])
    rows: list[tuple[str, ...]] = []
    for name in (*sources, "all"):
        mine = [record for record in records if name in ("all", record["source"])]
        numbers = [record for record in mine if record["kind"] == "number"]
        cells = [len(numbers), *(sum(n[run] == n["printed"] for n in numbers) for run in ("native", "portable"))]
        cells += list(count(mine, "number", NUMBER_VERDICTS[:-1]).values())
        cells += [sum(record["kind"] == "statement" for record in mine)]
        cells += list(count(mine, "statement", STATEMENT_VERDICTS[:-1]).values())
        rows.append((name, *(str(cell or "·") for cell in cells)))
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        "  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True)))
        for r in (header, *rows)
    ]
    lines.insert(1, "-" * len(lines[0]))
    lines.insert(-1, "-" * len(lines[0]))
    lines += _deviations(records)
    return "\n".join(lines)


def _deviations(records: Sequence[Record]) -> list[str]:
    """A line for each number that an arithmetic did not print as published, and for each claim without a verdict."""
    lines = []
    for record in records:
        name = f"{record['claim']}[{record['index']}]"
        if record["kind"] == "number":
            for run in ("portable", "native"):
                if record[run] not in (None, record["printed"]):
                    lines.append(f"  {name}: printed {record['printed']}, {run} {record[run]}")
        if record["verdict"] == "open":
            lines.append(f"  {name}: open")
    return ["", "not as printed, or open:", *lines] if lines else []
