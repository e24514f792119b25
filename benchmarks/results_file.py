"""The file that results are kept in: versioned JSON that notices when it was edited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.documents import read_document, write_sealed
from benchmarks.results import OLDEST_VERSION, SCHEMA_VERSION, Results


def write_results(path: Path, results: Results) -> None:
    """Write results as JSON, beside and renamed.

    Raises:
        StorageError: the file cannot be written.
    """
    write_sealed(path, results)


def read_results(path: Path) -> Results:
    """Read what `write_results` wrote; raises ResultsError as `read_document`."""
    results = read_document(
        Results, path, SCHEMA_VERSION, OLDEST_VERSION, what="results", sealed=True
    )
    return replace(results, schema_version=SCHEMA_VERSION)
