"""Write the SHA-256 checksums of all files in a folder, in the format of sha256sum."""

from pathlib import Path

from lastdigit import command
from lastdigit.files import write_atomically
from lastdigit.packing import checksums, contents

EXAMPLES = """\
  python scripts/checksum.py data/reference --output data/reference/SHA256SUMS
  cd data/reference && sha256sum --check SHA256SUMS"""


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("folder", type=Path, help="the folder, with its subfolders")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="write the checksums here; left out of them"
    )
    options = parser.parse_args()
    files = [path for path in contents(options.folder) if path.resolve() != options.output.resolve()]
    with write_atomically(options.output) as stream:
        stream.write(checksums(files, options.folder))


if __name__ == "__main__":
    command.run(main)
