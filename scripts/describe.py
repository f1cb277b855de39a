"""Write the JSON Schema of what the programs write for others: of a certificate, or of the verdicts."""

from pathlib import Path

from pydantic import TypeAdapter

from lastdigit import command
from lastdigit.files import write_json
from lastdigit.records import Certificate, Verdicts

EXAMPLES = """\
  python scripts/describe.py certificate --output data/reference/certificate.schema.json
  python scripts/describe.py verdicts --output data/reference/verdicts.schema.json"""

RECORDS = {"certificate": Certificate, "verdicts": Verdicts}


def main() -> None:
    parser = command.parser(__doc__, EXAMPLES)
    parser.add_argument("record", choices=RECORDS, help="one certificate.json; or the list in verdicts.json")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the schema, JSON")
    options = parser.parse_args()
    schema = TypeAdapter(RECORDS[options.record]).json_schema(mode="serialization")
    write_json(options.output, {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


if __name__ == "__main__":
    command.run(main)
