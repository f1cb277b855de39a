"""Execute a literate document and write the executed notebook, with nothing in it that differs from run to run."""

import math
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

from lastdigit import command
from lastdigit.files import InputError, parse_yaml, write_atomically
from lastdigit.project import PLACES

DOCUMENTS = PLACES["documents"]

EXAMPLES = """\
  python scripts/weave.py trask-notebook --output results/trask.ipynb
  python scripts/weave.py trask-notebook --parameter three_layer_epochs=1000 --output results/short.ipynb"""


def parameter(text: str) -> tuple[str, Any]:
    """One parameter, name=value, the value in YAML."""
    name, separator, value = text.partition("=")
    if not separator or not name.isidentifier():
        raise command.invalid("parameter (name=value, as in epochs=1000)", text)
    return name, parse_yaml(value, f"--parameter {name}")


def strip(notebook: nbformat.NotebookNode) -> None:
    """Take out of an executed notebook what the run put there: versions, and random names of cells."""
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"


def execute(document: Path, parameters: dict[str, Any]) -> nbformat.NotebookNode:
    """Execute a document in a fresh kernel.

    Raises:
        InputError: if there is no such document, or none of its parameters has that name.
        CellExecutionError: if a cell fails.
    """
    try:
        notebook = jupytext.read(document)
    except OSError as error:
        known = ", ".join(sorted(path.stem for path in DOCUMENTS.glob("*.md")))
        raise InputError(f"{document}: no such document; there are {known}") from error
    tagged = [number for number, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    names = re.findall(r"^(\w+) =", "\n".join(notebook.cells[number].source for number in tagged), re.MULTILINE)
    for name, value in parameters.items():
        if name not in names:
            raise InputError(f"{document}: no parameter {name!r}; there are {', '.join(names)}")
        if not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
            raise InputError(f"{document}: parameter {name}: expected a number from 0 on, got {value!r}")
    if parameters:  # in a cell after those with the defaults
        source = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
        notebook.cells.insert(tagged[-1] + 1, nbformat.v4.new_code_cell(source))
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with (
        tempfile.TemporaryDirectory(prefix="weave-") as folder,
        command.progress(document.stem, len(notebook.cells), " cells") as watch,
    ):
        # By sockets that are files, which need no network, and which nobody else on the machine can listen to.
        transport = {} if os.name == "nt" else {"transport": "ipc", "connection_file": f"{folder}/kernel.json"}
        NotebookClient(
            notebook,
            config=Config(KernelManager=transport),
            coalesce_streams=True,  # what a cell prints comes in one piece or in several, as it happens
            record_timing=False,
            on_cell_executed=lambda cell_index, **_: watch(cell_index + 1),
        ).execute()
    return notebook


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("document", help="a name in workflow/notebooks, without its ending")
    parser.add_argument("--parameter", type=parameter, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the executed notebook (.ipynb)")
    options = parser.parse_args()
    parameters = dict(options.parameter)
    # The kernel looks here for our package.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path("scripts").resolve()), os.environ.get("PYTHONPATH", "")])
    document = DOCUMENTS / f"{options.document}.md"
    try:
        notebook = execute(document, parameters)
    except CellExecutionError as error:
        print(re.sub(r"\x1b\[[\d;]*m", "", error.traceback), file=sys.stderr)  # a log is not a terminal
        raise SystemExit(f"weave.py: {document}: a cell failed: {error.ename}: {error.evalue}") from None
    strip(notebook)
    with write_atomically(options.output) as stream:
        stream.write(nbformat.writes(notebook))
        stream.write("\n")


if __name__ == "__main__":
    command.run(main)
