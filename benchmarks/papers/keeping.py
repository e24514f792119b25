"""Parts of the work that are done stay done: a file for each choice of settings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.environment import read_environment
from benchmarks.machines import identity
from edge_app.core.errors import ResultsError

T = TypeVar("T")


def digest(*settings: object) -> str:
    """Twelve letters that stand for `settings`, by their `repr`."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:12]


def place_of(folder: Path, name: str, *settings: object) -> Path:
    """The file of a part that depends on `settings` alone."""
    return folder / f"{name}-{digest(*settings)}.json"


def place_of_times(folder: Path, name: str, *settings: object) -> Path:
    """Likewise of a part that holds times: those of another machine, or software, are not its."""
    return place_of(folder, name, identity(read_environment()), *settings)


def kept(
    path: Path,
    read: Callable[[Path], T],
    write: Callable[[Path, T], None],
    make: Callable[[], T],
    *,
    again: bool = False,
) -> T:
    """What `path` holds; if it is not there, or `again`, what `make` gives, which is written to it.

    Raises:
        ResultsError: the file is damaged.
    """
    if path.is_file() and not again:
        try:
            return read(path)
        except ResultsError as error:
            raise ResultsError(f"{error}; delete it, and it is made again") from error
    made = make()
    write(path, made)
    return made
