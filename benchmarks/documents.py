"""Versioned JSON documents on disk; by choice sealed with a checksum that notices edits."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

from edge_app.core import strict_json
from edge_app.core.errors import ResultsError
from edge_app.core.files import write_text

T = TypeVar("T")

_SEAL = "sha256"


def read_content(path: Path) -> bytes:
    """The bytes of a file; ResultsError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_document(
    kind: type[T],
    path: Path,
    newest: int,
    oldest: int | None = None,
    *,
    what: str,
    sealed: bool = False,
) -> T:
    """Read a JSON file as the dataclass `kind`.

    Args:
        kind: what it holds.
        path: the file.
        newest: the latest schema version that can be read.
        oldest: the first; `newest` if not given.
        what: whose schema it is, for the text of errors: 'results'.
        sealed: whether `write_sealed` wrote it.

    Raises:
        ResultsError: missing; not such a file; made by a newer edgestyle; an unknown or missing
            key; a value of another type; sealed, and changed after it was written.
    """
    where = str(path)
    values = strict_json.load(read_content(path), where=where, error=ResultsError)
    strict_json.check_schema_version(
        values, newest, oldest, what=what, where=where, error=ResultsError
    )
    seal = values.pop(_SEAL, None) if sealed else None
    document = strict_json.build(kind, values, where=where, error=ResultsError)
    if sealed and seal != _digest(values):
        raise ResultsError(
            f"{path}: the file was changed after it was written (its sha256 does not fit); "
            "figures that were edited by hand are not read"
        )
    return document


def write_sealed(path: Path, document: object) -> None:
    """Write a dataclass as JSON with its checksum, beside and renamed.

    Raises:
        StorageError: the file cannot be written.
    """
    values = json.loads(strict_json.to_json(document))
    text = json.dumps({**values, _SEAL: _digest(values)}, indent=2, ensure_ascii=False)
    write_text(path, text + "\n")


def _digest(values: dict[str, Any]) -> str:
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
