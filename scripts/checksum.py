"""Write the SHA-256 checksums of all files in a folder, in the format of sha256sum."""

import hashlib
from pathlib import Path

from lastdigit import command
from lastdigit.files import InputError, write_atomically

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
    files = sorted(path for path in options.folder.rglob("*") if path.is_file() and path.name[0] != ".")
    files = [path for path in files if path.resolve() != options.output.resolve()]
    if not files:
        raise InputError(f"{options.folder}: expected a folder with files in it")
    with write_atomically(options.output) as stream:
        for path in files:
            stream.write(
                f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(options.folder).as_posix()}\n"
            )


if __name__ == "__main__":
    command.run(main)
