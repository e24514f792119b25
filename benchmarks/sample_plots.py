"""Plots of every sample: beside the others of its series, and in the order of running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.canvas import (
    INK,
    MARKERS,
    MUTED,
    RULE,
    SERIES,
    across_milliseconds,
    canvas,
    legend,
    name_above,
)
from benchmarks.drift import by_process, drift
from benchmarks.lines import Line
from benchmarks.reported import Scope
from benchmarks.run_names import short_name, teller
from benchmarks.timing import UNSTABLE_CV

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DOTS = 60
"""Runs of one row that are told apart as dots; of more a line is left."""
LOOKS = {
    scope: (SERIES[i], MARKERS[i])
    for i, scope in enumerate((Scope.MODEL, Scope.END_TO_END, Scope.PICTURE))
}
"""A colour and a shape for each thing that is timed."""

Row = Sequence[Line]
"""The lines of one model as it was run (`by_run` in benchmarks/lines.py)."""


def samples(rows: Sequence[Row], title: str) -> str:
    """Every sample, a row a model of one pack as it was run.

    Warm-ups are hollow; a bar marks each median.

    Args:
        rows: the models' lines.
        title: the pack's.
    """
    among = [row[0] for row in rows]
    named: set[Scope] = set()
    with canvas(height=72 + 46 * len(rows), label=f"Every sample taken of {title}") as (axes, svg):
        for row, found in enumerate(rows):
            name_above(axes, row - 0.27, _row_name(found[0], among))
            for i, line in enumerate(found):
                series, (colour, marker) = line.series, LOOKS[line.scope]
                y = row + 0.3 * i
                axes.plot(
                    series.warmups_ms,
                    [y] * len(series.warmups_ms),
                    marker,
                    color=colour,
                    fillstyle="none",
                    markersize=4.5,
                    alpha=0.6,
                )
                axes.plot(
                    series.samples_ms,
                    [y] * len(series.samples_ms),
                    marker,
                    color=colour,
                    markersize=4.5,
                    alpha=0.75,
                    markeredgewidth=0,
                    label=None if line.scope in named else line.scope,
                )
                axes.plot([series.median_ms] * 2, [y - 0.13, y + 0.13], color=INK, linewidth=1.4)
                named.add(line.scope)
        axes.set_ylim(len(rows) - 0.45, -0.65)
        across_milliseconds(axes)
    return svg[0]


def over_time(rows: Sequence[Row], title: str) -> str:
    """Every run in the order of running, a row a model of one pack as it was run; slower is higher.

    In each process the model's runs come first, then those of the whole path, each relative to its
    own median; a stroke stands between processes. Warm-ups are hollow. Every row has its own scale,
    which its band tells: within it a run differs from the median by no more than UNSTABLE_CV.

    Args:
        rows: the models' lines.
        title: the pack's.
    """
    among = [row[0] for row in rows]
    named: set[Scope] = set()
    label = f"Every run of {title} in the order of running"
    with canvas(height=76 + 66 * len(rows), label=label) as (axes, svg):
        for row, found in enumerate(rows):
            _over_time(axes, row + 0.22, found, named)
            first = found[0]
            change = drift(first.series, first.processes)
            value = (
                "too few to tell drift" if change is None else f"{first.scope}'s drift {change:.2f}"
            )
            name_above(axes, row - 0.2, _row_name(first, among), value)
        axes.set_ylim(len(rows) - 0.35, -0.55)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.margins(x=0.02)
        axes.set_xlabel("runs, the first at the left")
        legend(axes)
    return svg[0]


def _over_time(axes: Axes, middle: float, row: Row, named: set[Scope]) -> None:
    """One row of `over_time`, a third of a unit to both sides of `middle`.

    Args:
        axes: where.
        middle: the medians' height.
        row: what is drawn.
        named: scopes that stand in the legend already; grows.
    """
    relative = [
        value / line.series.median_ms - 1
        for line in row
        for value in (*line.series.warmups_ms, *line.series.samples_ms)
    ]
    scale = 0.33 / max(1.2 * UNSTABLE_CV, *map(abs, relative))
    band = UNSTABLE_CV * scale
    axes.axhspan(middle - band, middle + band, color=RULE, alpha=0.45, linewidth=0)
    dots = len(relative) <= MOST_DOTS
    place = 0
    for process in range(row[0].processes):
        if process:
            axes.plot([place, place], [middle - 0.36, middle + 0.36], color=MUTED, linewidth=1)
            place += 1
        for line in row:
            colour, marker = LOOKS[line.scope]
            part = by_process(line.series, line.processes)[process]
            times = (*part.warmups_ms, *part.samples_ms)
            heights = [middle - scale * (value / line.series.median_ms - 1) for value in times]
            places = range(place, place + len(times))
            warmups = len(part.warmups_ms)
            axes.plot(places, heights, color=colour, linewidth=1, alpha=0.6)
            axes.plot(
                places[:warmups],
                heights[:warmups],
                marker,
                color=colour,
                fillstyle="none",
                markersize=4.5,
            )
            axes.plot(
                places[warmups:],
                heights[warmups:],
                marker if dots else "-",
                color=colour,
                markersize=4.5,
                markeredgewidth=0,
                label=None if line.scope in named else line.scope,
            )
            named.add(line.scope)
            place += len(times) + 1


def _row_name(line: Line, among: Sequence[Line]) -> str:
    return ", ".join([*teller(line, among), short_name(line, among)])
