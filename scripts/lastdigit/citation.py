"""Citations of the project, of a claim, and of one number of it: as text, in BibTeX and in CFF."""

import json
import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lastdigit.files import InputError, Text, parse, read_text, read_yaml
from lastdigit.records import Verdict

AUTHORS = "The Last Digit contributors"
WHOLE = "verified reference outputs of the classic NumPy neural-network tutorials"
# What LaTeX takes for a command, in words that articles use.
LATEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"} | {"^": r"\^{}", "~": r"\~{}", "\\": r"\textbackslash{}"}
)


def version() -> str:
    """That of the project.

    Raises:
        InputError: if pyproject.toml does not say it.
    """
    path = Path("pyproject.toml")
    try:
        value = tomllib.loads(read_text(path))["project"]["version"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: expected a version in its table [project]: {error}") from error
    return parse(Text, value, f"{path}: version")


@cache
def repository(path: Path) -> str | None:
    """The address of the project's repository, if the file that says how to cite the project names one.

    Raises:
        InputError: if it is no address of a page.
    """
    address = parse(dict[str, Any], read_yaml(path), str(path)).get("repository-code")
    if address is not None and not (isinstance(address, str) and address.startswith(("https://", "http://"))):
        raise InputError(f"{path}: repository-code: expected an address that begins with https://, got {address!r}")
    return address


def anchor(record: Verdict) -> str:
    """A claim, or one of its numbers, as it is cited: its anchor on every page."""
    return f"{record.claim}[{record.index}]" if record.kind == "number" else record.claim


def found(records: Sequence[Verdict]) -> str:
    """What was found of a claim, or of one of its numbers, in a sentence."""
    parts = []
    for record in records:
        if record.kind == "number":
            # The certified value is that of the witness's run: it says nothing of the author's.
            certified = f", certified {record.certified}" if record.certified and record.verdict != "attained" else ""
            parts.append(f"[{record.index}] printed {record.printed}{certified}, {record.verdict}")
        elif record.kind == "statement":
            parts.append(f"{record.statement} {record.verdict.capitalize()}")
        else:
            parts.append("figure, drawn again")
    return "; ".join(parts) + "."


def citations(claim: str = "", said: str = "") -> dict[str, str]:
    """The citations of a claim and what was found of it, or of the whole, by format."""
    number, address = version(), repository(Path("CITATION.cff"))
    title = f"Last Digit, claim {claim}" if claim else f"Last Digit: {WHOLE}"
    text = f"{AUTHORS}: {title}, version {number}{': ' + said if said else '.'}"
    fields = {"author": f"{{{AUTHORS}}}", "title": f"{{{title}}}", "version": number, "url": address}
    fields["note"] = said.translate(LATEX)
    key = "_".join(["last_digit", *re.findall(r"\w+", claim)])
    bibtex = [f"@software{{{key}", *(f"  {name} = {{{value}}}" for name, value in fields.items() if value)]
    cff = f'- type: software\n  title: "{title}"\n  authors:\n    - name: {AUTHORS}\n  version: {number}'
    if said:
        cff += f"\n  notes: {json.dumps(said, ensure_ascii=False)}"  # a string in JSON is one in YAML
    if address:
        text, cff = f"{text} {address}", f"{cff}\n  repository-code: {address}"
    return {"Text": text, "BibTeX": ",\n".join(bibtex) + "\n}", "CFF": cff}


def of(name: str, records: Sequence[Verdict]) -> dict[str, str]:
    """The citations of a claim, source/id, or of one of its numbers, source/id[0].

    Raises:
        InputError: if no source makes it.
    """
    if not (cited := [record for record in records if name in (record.claim, anchor(record))]):
        raise InputError(f"no claim {name!r}: expected source/id, or source/id[0] for the first of its numbers")
    return citations(name, found(cited))
