"""Write the SHA-256 of every file of a folder, in the format of sha256sum."""

from pathlib import Path

from lastdigit import command
from lastdigit.files import write_atomically
from lastdigit.packing import checksums, contents

EXAMPLES = """\
  python scripts/checksum.py data/reference --output data/reference/SHA256SUMS
  cd data/reference && sha256sum --check SHA256SUMS"""


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("folder", type=Path, help="its files, and those of the folders in it")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="left out of the sums itself")
    options = parser.parse_args()
    files = [path for path in contents(options.folder) if path.resolve() != options.output.resolve()]
    with write_atomically(options.output) as stream:
        stream.write(checksums(files, options.folder))


if __name__ == "__main__":
    command.run(main)
