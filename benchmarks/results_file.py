"""The file that results are kept in: versioned JSON that notices when it was edited."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.results import OLDEST_VERSION, SCHEMA_VERSION, Results
from edge_app.core import strict_json
from edge_app.core.errors import ResultsError
from edge_app.core.files import write_text


def write_results(path: Path, results: Results) -> None:
    """Write results as JSON, beside and renamed.

    Raises:
        StorageError: the file cannot be written.
    """
    values = json.loads(strict_json.to_json(results))
    text = json.dumps({**values, "sha256": _digest(values)}, indent=2, ensure_ascii=False)
    write_text(path, text + "\n")


def read_results(path: Path) -> Results:
    """Read what `write_results` wrote.

    Raises:
        ResultsError: missing; not a results file; made by a newer edgestyle; an unknown or missing
            key; a value of another type; changed after it was written.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror or error}") from error
    values = strict_json.load(text, where=str(path), error=ResultsError)
    strict_json.check_schema_version(
        values, SCHEMA_VERSION, OLDEST_VERSION, what="results", where=str(path), error=ResultsError
    )
    digest = values.pop("sha256", None)
    results = strict_json.build(Results, values, where=str(path), error=ResultsError)
    if digest != _digest(values):
        raise ResultsError(
            f"{path}: the file was changed after it was written (its sha256 does not fit); "
            f"figures that were edited by hand are not read"
        )
    return replace(results, schema_version=SCHEMA_VERSION)


def _digest(values: dict[str, Any]) -> str:
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
