"""Write the JSON Schemas of certificates and of the list of verdicts."""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lastdigit import command
from lastdigit.files import write_json
from lastdigit.records import Certificate, Verdicts

EXAMPLES = "  python scripts/write_schemas.py --folder data/reference"

RECORDS: dict[str, Any] = {"certificate": Certificate, "verdicts": Verdicts}


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("--folder", type=Path, required=True, help="write the schemas here, one file each")
    options = parser.parse_args()
    for name, record in RECORDS.items():
        schema = TypeAdapter(record).json_schema(mode="serialization")
        dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        write_json(options.folder / f"{name}.schema.json", dialect | schema)


if __name__ == "__main__":
    command.run(main)
