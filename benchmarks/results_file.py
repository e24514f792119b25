"""The file that results are kept in: versioned JSON that notices when it was edited."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from benchmarks.documents import read_document, write_sealed
from benchmarks.results import OLDEST_VERSION, SCHEMA_VERSION, Results
from edge_app.core.errors import StorageError
from edge_app.core.files import storage_errors


def write_results(path: Path, results: Results) -> None:
    """Write results as JSON, beside and renamed.

    Raises:
        StorageError: the file cannot be written.
    """
    write_sealed(path, results)


def save_so_far(path: Path | None, results: Results) -> None:
    """Write what there is by now, where a file was asked for.

    A place that cannot be written ends no measuring: `save_results` tells of it after all is done.
    """
    if path is not None:
        with suppress(StorageError):
            write_results(path, results)


def save_results(path: Path | None, results: Results) -> None:
    """Write them at the end, where a file was asked for; where that fails they are kept aside.

    Raises:
        StorageError: the file cannot be written; the text tells where the results are.
    """
    if path is None:
        return
    try:
        write_results(path, results)
    except StorageError as error:
        raise StorageError(f"{error}; the results are kept in {keep_aside(results)}") from error


def keep_aside(results: Results) -> Path:
    """Write results to a new folder for temporary files, which nobody clears; gives the file.

    Raises:
        StorageError: not even that is possible.
    """
    with storage_errors(Path(tempfile.gettempdir())):
        path = Path(tempfile.mkdtemp(prefix="edgestyle-results-")) / "results.json"
    write_results(path, results)
    return path


def read_results(path: Path) -> Results:
    """Read what `write_results` wrote; raises ResultsError as `read_document`."""
    results = read_document(
        Results, path, SCHEMA_VERSION, OLDEST_VERSION, what="results", sealed=True
    )
    return replace(results, schema_version=SCHEMA_VERSION)
