"""Samples on disk the moment they are taken, so that a process that dies takes none with it.

A line a sample, "20.31 model", appended without a buffer: microseconds, between the samples.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import Series


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What had been taken of one series when its process came to its end."""

    series: str
    """"model", "decode" or "end to end"."""
    times: Series


def recorder(path: Path, series: str) -> Callable[[float], None]:
    """What writes each sample of a series, in milliseconds, to the journal."""

    def record(sample_ms: float) -> None:
        with path.open("ab", buffering=0) as journal:
            journal.write(f"{sample_ms!r} {series}\n".encode())

    return record


def read_journal(path: Path, *, warmups: int) -> tuple[Taken, ...]:
    """Every series of which more than the warm-ups were taken; none where there is no journal.

    Args:
        path: the file.
        warmups: how many samples of each series come before those that count.
    """
    samples: dict[str, list[float]] = {}
    with suppress(FileNotFoundError):
        # A process may die in the middle of a line: what does not end is not counted.
        for line in path.read_text(encoding="utf-8").rpartition("\n")[0].splitlines():
            sample_ms, _, series = line.partition(" ")
            samples.setdefault(series, []).append(float(sample_ms))
    return tuple(
        Taken(
            series=series,
            times=Series(warmups_ms=tuple(each[:warmups]), samples_ms=tuple(each[warmups:])),
        )
        for series, each in samples.items()
        if len(each) > warmups
    )
