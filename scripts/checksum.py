"""Write the SHA-256 checksums of all files in a folder, in the format of sha256sum."""

from pathlib import Path

from lastdigit import command
from lastdigit.files import InputError, sums, sums_text, write_atomically

EXAMPLES = """\
  python scripts/checksum.py data/reference --output data/reference/SHA256SUMS
  cd data/reference && sha256sum --check SHA256SUMS"""


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("folder", type=Path, help="the folder, with its subfolders")
    parser.add_output("--output", required=True, help="write the checksums here; left out of them")
    options = parser.parse_args()
    found = sums(options.folder, options.output)
    if not found:
        raise InputError(f"{options.folder}: expected a folder with files in it")
    with write_atomically(options.output) as stream:
        stream.write(sums_text(found))


if __name__ == "__main__":
    command.run(main)
