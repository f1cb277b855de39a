"""Execute a literate document and write the executed notebook, with nothing in it that differs from run to run."""

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from lastdigit import command
from lastdigit.files import InputError, parse_yaml, read_text, write_atomically
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


# The kernel runs what the document says and nothing else: no module of the folder that it starts in, and no start-up
# file or setting of the user; IPython would keep these in a folder that he may not even have.
KERNEL_CONFIG = "c.InteractiveShellApp.ignore_cwd = True\n"


def shield(folder: Path) -> None:
    """Set up an environment that the kernel inherits, with its settings in a folder of its own."""
    (folder / "profile_default").mkdir(parents=True)
    (folder / "profile_default" / "ipython_kernel_config.py").write_text(KERNEL_CONFIG, encoding="utf-8")
    os.environ |= {"IPYTHONDIR": str(folder), "JUPYTER_CONFIG_DIR": str(folder), "JUPYTER_DATA_DIR": str(folder)}
    os.environ |= {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(Path("scripts").resolve())}  # where our package is
    (folder / "matplotlibrc").touch()
    os.environ["MATPLOTLIBRC"] = str(folder / "matplotlibrc")
    os.environ.pop("MPLBACKEND", None)
    if not os.access(Path.home(), os.W_OK):  # where Matplotlib keeps what it knows of fonts
        os.environ["MPLCONFIGDIR"] = str(folder)


def execute(document: Path, parameters: dict[str, Any], most_hours: int) -> nbformat.NotebookNode:
    """Execute a document in a fresh kernel.

    Raises:
        InputError: if there is no such document, or none of its parameters has that name.
        PapermillExecutionError: if a cell fails.
    """
    if not document.exists():
        known = ", ".join(sorted(path.stem for path in DOCUMENTS.glob("*.md")))
        raise InputError(f"{document}: no such document; there are {known}")
    text = read_text(document)
    try:
        notebook = jupytext.reads(text, "md")
    except Exception as error:  # of each library that it is read with
        raise InputError(f"{document}: not a document: {error}") from error
    defaults = "\n".join(cell.source for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    names = re.findall(r"^(\w+) =", defaults, re.MULTILINE)
    for name, value in parameters.items():
        if name not in names:
            raise InputError(f"{document}: no parameter {name!r}; there are {', '.join(names)}")
        if not (type(value) in (int, float) and 0 <= value <= command.GREATEST_COUNT):
            most = command.GREATEST_COUNT
            raise InputError(f"{document}: parameter {name}: expected a number from 0 to {most}, got {value!r}")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with tempfile.TemporaryDirectory(prefix="weave-") as folder:
        plain, executed = Path(folder) / f"{document.stem}.ipynb", Path(folder) / f"{document.stem}.executed.ipynb"
        nbformat.write(notebook, plain)
        shield(Path(folder) / "ipython")
        # By sockets that are files, which need no network, and which nobody else on the machine can listen to.
        transport = {} if os.name == "nt" else {"transport": "ipc", "connection_file": f"{folder}/kernel.json"}
        papermill.execute_notebook(
            plain,
            executed,
            parameters,
            progress_bar=sys.stderr.isatty(),
            execution_timeout=3600 * most_hours,
            coalesce_streams=True,  # what a cell prints comes in one piece or in several, as it happens
            config=Config(KernelManager=transport),
        )
        woven: nbformat.NotebookNode = nbformat.read(executed, as_version=4)
        return woven


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("document", help="a name in workflow/notebooks, without its ending")
    parser.add_argument("--parameter", type=parameter, action="append", default=[], metavar="NAME=VALUE")
    parser.add_output("--output", ".ipynb", required=True, help="the executed notebook (.ipynb)")
    parser.add_limit()
    options = parser.parse_args()
    parameters = dict(options.parameter)
    document = DOCUMENTS / f"{options.document}.md"
    try:
        notebook = execute(document, parameters, options.most_hours)
    except PapermillExecutionError as error:
        print(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error.traceback)), file=sys.stderr)  # a log is not a terminal
        raise SystemExit(
            f"weave.py: {document}: cell {error.cell_index} failed: {error.ename}: {error.evalue}"
        ) from None
    except CellTimeoutError:
        raise InputError(f"{document}: a cell took {options.most_hours} h; give --most-hours for more") from None
    strip(notebook)
    with write_atomically(options.output) as stream:
        stream.write(nbformat.writes(notebook))
        stream.write("\n")


if __name__ == "__main__":
    command.run(main)
