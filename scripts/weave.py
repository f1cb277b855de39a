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
import papermill
from papermill.exceptions import PapermillExecutionError
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
    """Take out of an executed notebook what the run put there: times, paths, versions and random names of cells."""
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)


def execute(document: Path, parameters: dict[str, Any]) -> nbformat.NotebookNode:
    """Execute a document in a fresh kernel.

    Raises:
        InputError: if there is no such document, or none of its parameters has that name.
        PapermillExecutionError: if a cell fails.
    """
    try:
        notebook = jupytext.read(document)
    except OSError as error:
        known = ", ".join(sorted(path.stem for path in DOCUMENTS.glob("*.md")))
        raise InputError(f"{document}: no such document; there are {known}") from error
    defaults = "\n".join(cell.source for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    names = re.findall(r"^(\w+) =", defaults, re.MULTILINE)
    for name, value in parameters.items():
        if name not in names:
            raise InputError(f"{document}: no parameter {name!r}; there are {', '.join(names)}")
        if not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
            raise InputError(f"{document}: parameter {name}: expected a number from 0 on, got {value!r}")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with tempfile.TemporaryDirectory(prefix="weave-") as folder:
        plain, executed = Path(folder) / f"{document.stem}.ipynb", Path(folder) / f"{document.stem}.executed.ipynb"
        nbformat.write(notebook, plain)
        # By sockets that are files, which need no network, and which nobody else on the machine can listen to.
        transport = {} if os.name == "nt" else {"transport": "ipc", "connection_file": f"{folder}/kernel.json"}
        papermill.execute_notebook(
            plain,
            executed,
            parameters,
            progress_bar=sys.stderr.isatty(),
            coalesce_streams=True,  # what a cell prints comes in one piece or in several, as it happens
            config=Config(KernelManager=transport),
        )
        return nbformat.read(executed, as_version=4)


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
    except PapermillExecutionError as error:
        print(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error.traceback)), file=sys.stderr)  # a log is not a terminal
        raise SystemExit(
            f"weave.py: {document}: cell {error.cell_index} failed: {error.ename}: {error.evalue}"
        ) from None
    strip(notebook)
    with write_atomically(options.output) as stream:
        stream.write(nbformat.writes(notebook))
        stream.write("\n")


if __name__ == "__main__":
    command.run(main)
