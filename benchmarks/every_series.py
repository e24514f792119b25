"""Every series of times of a results file: all its figures as a table, and its raw samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.drift import drift
from benchmarks.figures import ms
from benchmarks.lines import pack_names
from benchmarks.quality.tables import NONE, Sheet
from benchmarks.results import Results, setting_text
from benchmarks.timing import Series


@dataclass(frozen=True, kw_only=True)
class Timed:
    """One series, and what it is of."""

    model: str
    """The style and how it was run: "The Starry Night, fp32, 256x256, 1 thread"."""
    file: str
    """The model's file in its pack, and its hash or who told of it."""
    what: str
    """"decode", "model", "end to end", "picture"."""
    series: Series
    processes: int

    @property
    def name(self) -> str:
        """What tells it from all others, for people."""
        return f"{self.model}, {self.what}"

    @property
    def samples(self) -> str:
        """Every sample in milliseconds, in the order they were taken."""
        return _listed(self.series.samples_ms)

    @property
    def warmups(self) -> str:
        """Likewise the warm-ups; empty where there were none."""
        return _listed(self.series.warmups_ms)


def every_series(results: Results) -> tuple[Timed, ...]:
    """The series that were measured, then those that other programs told."""
    return (*_measured(results), *_told(results))


def series_sheet(results: Results) -> Sheet | None:
    """All figures of every series, a row each; None where there is none."""
    found = every_series(results)
    if not found:
        return None
    return Sheet(
        title="Every series",
        columns=(
            *("series", "runs in processes", "mean", "median", "p90", "p99", "min", "max"),
            *("spread", "drift"),
        ),
        rows=tuple(map(_row, found)),
        note=(
            "Milliseconds; spread: standard deviation over mean; drift: the median of each "
            "process's second half over that of its first, 1 is steady"
        ),
    )


def _measured(results: Results) -> Iterator[Timed]:
    names = pack_names(results)
    several = len({m.runtime for m in results.measurements}) > 1
    for m in results.measurements:
        ran = f", {m.runtime}" if several else ""
        for what, series in m.series:
            yield Timed(
                model=f"{names[m.pack_sha256]}, {m.setting}{ran}",
                file=f"{m.model_path}, sha256 {m.model_sha256[:12]}",
                what=what,
                series=series,
                processes=m.processes,
            )


def _told(results: Results) -> Iterator[Timed]:
    names = pack_names(results)
    for r in results.reported:
        yield Timed(
            model=f"{names[r.pack_sha256]}, {setting_text(r)}, told by {r.by}",
            file=r.model_path,
            what=r.scope,
            series=r.times,
            processes=r.processes,
        )


def _row(timed: Timed) -> tuple[str, ...]:
    series = timed.series
    figures = (series.mean_ms, series.median_ms, series.p90_ms, series.p99_ms)
    change = drift(series, timed.processes)
    return (
        timed.name,
        f"{len(series.samples_ms)} in {timed.processes}",
        *map(ms, (*figures, series.min_ms, series.max_ms)),
        f"{series.variation:.1%}",
        NONE if change is None else f"{change:.2f}",
    )


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.3f}" for value in values)
