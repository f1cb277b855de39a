"""Pack the reference outputs into one archive: data, schemas, figures, checksums, and compare.py to run beside them.

The archive has the same bytes whenever it is packed: its files are in order, not compressed, and of no date.
"""

import zipfile
from pathlib import Path

from lastdigit import command
from lastdigit.citation import version
from lastdigit.files import contents, sha256, sums_text, write_atomically

EXAMPLES = """\
  python scripts/release.py --output results/last-digit.zip"""

# What compare.py reads and runs, what is compared with, and what may be done with it.
PACKED = ("CITATION.cff", "LICENSE", "data", "examples", "figures", "pyproject.toml", "scripts/compare.py")
PACKAGE = "scripts/lastdigit"
NEEDED = ("gmpy2", "llvmlite", "numpy", "pydantic", "python-flint", "ruamel-yaml", "tqdm")  # by compare.py

README = """\
# Last Digit {version}

`data/reference/README.md` explains the reference outputs. With Python 3.11 or newer, compare your port with them:

    pip install {needed}
    cc -O2 -o port examples/ports/xor.c -lm && ./port | python scripts/compare.py xor -

`sha256sum --check SHA256SUMS` finds a damaged file, and `CITATION.cff` says how to cite these.
"""


def pins() -> str:
    """What compare.py needs, in the versions of requirements.lock."""
    lines = Path("requirements.lock").read_text(encoding="utf-8").splitlines()
    return " ".join(line.split()[0] for line in lines if line.split("==")[0] in NEEDED)


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_output("--output", ".zip", required=True, help="the archive (.zip)")
    options = parser.parse_args()
    files = {path.as_posix(): path for path in contents(*PACKED, PACKAGE)}
    readme = README.format(version=version(), needed=pins())
    texts = {"README.md": readme, "SHA256SUMS": sums_text({name: sha256(path) for name, path in files.items()})}
    with write_atomically(options.output, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
        for name in sorted({*files, *texts}):
            entry = zipfile.ZipInfo(f"last-digit-{version()}/{name}")  # of 1980, the least date that there is
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # as on Unix, wherever this is
            archive.writestr(entry, texts.get(name) or files[name].read_bytes())


if __name__ == "__main__":
    command.run(main)
