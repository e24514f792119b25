"""The JSON Schema of a results file, for other programs.

    python -m benchmarks.results_schema > docs/results.schema.json

writes the published one again. It does not know that the file's sha256 must fit the rest.
"""

from __future__ import annotations

import json
import sys

from benchmarks.results import OLDEST_VERSION, SCHEMA_VERSION, Results
from edge_app.core.json_schema import json_schema


def results_schema() -> str:
    """The text of docs/results.schema.json."""
    schema = json_schema(Results)
    version = schema["properties"]["schema_version"]
    version["minimum"], version["maximum"] = OLDEST_VERSION, SCHEMA_VERSION
    schema["properties"]["sha256"] = {
        "type": "string",
        "pattern": "^[0-9a-f]{64}$",
        "description": "Of the other keys as JSON with sorted keys and without blanks, in UTF-8.",
    }
    schema["required"] += ["schema_version", "sha256"]
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(results_schema())
