"""What the project has, read once: the tests are about it, and mutation testing has to leave it as it is."""

import os
from pathlib import Path

from lastdigit.project import Project
from lastdigit.published import Numbers

ROOT = Path(__file__).resolve().parents[1]

# Rules and programs name files from the project's root.
os.chdir(ROOT)

PROJECT = Project()
PUBLISHED, RUNNABLE, SOURCES = PROJECT.as_published, PROJECT.experiments, PROJECT.sources
CLAIMS: dict[str, Numbers] = {claim.name: claim for source in SOURCES.values() for claim in source.of_kind(Numbers)}

# The articles that the project began with; more may be added without a word here.
SIX = (
    "basic-neural-network",
    "cocalc-simple-nn",
    "monty-part-1",
    "spencer-harper-nine-lines",
    "trask-eleven-lines",
    "trask-notebook",
)

# What these print, and what was found of it, is known and golden; of any other article only consistency is asked.
GOLDEN = {name: claim for name, claim in CLAIMS.items() if claim.source in SIX}
