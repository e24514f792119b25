"""The files that a command is asked to write: each its own, and none over samples that were taken.

What is drawn from results, a report say, can be drawn again and is simply replaced. Raw samples
cannot: the machine is another one a minute later.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from edge_app.core.errors import ConfigError, StorageError
from edge_app.core.files import check_place


class _Outputs(Protocol):
    """Which files a benchmark is to write."""

    @property
    def json(self) -> Path | None: ...
    @property
    def overwrite(self) -> bool: ...
    @property
    def report(self) -> Path | None: ...
    @property
    def markdown(self) -> Path | None: ...


def check_apart(**paths: Path | None) -> None:
    """Raise ConfigError, which names the options, where two of them are one file."""
    taken: dict[str, str] = {}
    for option, path in paths.items():
        if path is None:
            continue
        first = taken.setdefault(os.path.normcase(path.resolve()), option)
        if first != option:
            raise ConfigError(f"{first}, {option}: both would be written to {path}; name two files")


def check_outputs(asked: _Outputs) -> None:
    """`check_places` and `check_results_place` of all that a benchmark is to write."""
    check_places(asked.report, asked.markdown)
    check_results_place(asked.json, overwrite=asked.overwrite)


def check_places(*paths: Path | None) -> None:
    """Find out before long work whether files can be written after it; StorageError if not."""
    for path in paths:
        if path is not None:
            check_place(path)


def check_results_place(path: Path | None, *, overwrite: bool) -> None:
    """As `check_places`, of raw samples.

    Raises:
        StorageError: something is there and may not be overwritten; else as `check_places`.
    """
    check_places(path)
    if path is not None and path.exists() and not overwrite:
        raise StorageError(
            f"cannot write {path}: it exists, and samples are not written over; name another file, "
            "or add --overwrite"
        )
