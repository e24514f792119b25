"""Whether a model's times change while it is measured, as heat makes them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks.timing import Series


def by_process(series: Series, processes: int) -> tuple[Series, ...]:
    """What each process took, in the order of running.

    Args:
        series: the samples and warm-ups of all of them, equally many from each.
        processes: how many there were.
    """
    parts = zip(_parts(series.warmups_ms, processes), _parts(series.samples_ms, processes))
    return tuple(Series(warmups_ms=warmups, samples_ms=samples) for warmups, samples in parts)


def drift(series: Series, processes: int) -> float | None:
    """The median of each process's second half over that of its first; the median of processes.

    1 is steady, 1.2 is a fifth slower in the end. None where a process took fewer than four
    samples, of which no half tells anything.
    """
    found = []
    for part in by_process(series, processes):
        half = len(part.samples_ms) // 2
        if half < 2:
            return None
        first, second = part.samples_ms[:half], part.samples_ms[-half:]
        found.append(statistics.median(second) / statistics.median(first))
    return statistics.median(found)


def _parts(values: Sequence[float], processes: int) -> list[tuple[float, ...]]:
    each, rest = divmod(len(values), processes)
    assert rest == 0, "every process takes equally many samples"
    return [tuple(values[i * each : (i + 1) * each]) for i in range(processes)]
