"""The files that a command is asked to write: each its own, and none over samples that were taken.

What is drawn from results, a report say, can be drawn again and is simply replaced. Raw samples
cannot: the machine is another one a minute later.
"""

from __future__ import annotations

import os
from pathlib import Path

from edge_app.core.errors import ConfigError, StorageError
from edge_app.core.files import check_place


def check_apart(**paths: Path | None) -> None:
    """Raise ConfigError, which names the options, where two of them are one file."""
    taken: dict[str, str] = {}
    for option, path in paths.items():
        if path is None:
            continue
        first = taken.setdefault(os.path.normcase(path.resolve()), option)
        if first != option:
            raise ConfigError(f"{first}, {option}: both would be written to {path}; name two files")


def check_places(
    *, json: Path | None, overwrite: bool, report: Path | None = None, markdown: Path | None = None
) -> None:
    """Find out before long work whether results, and what is made of them, can be written after it.

    Args:
        json: the results.
        overwrite: whether they may take the place of a file.
        report: drawn from the results, as `markdown`.
        markdown: likewise.

    Raises:
        StorageError: `json` is there and may not be overwritten; else as `check_place`.
    """
    for path in (json, report, markdown):
        if path is not None:
            check_place(path)
    if json is not None and json.exists() and not overwrite:
        raise StorageError(
            f"cannot write {json}: it exists, and samples are not written over; name another file, "
            "or add --overwrite"
        )
