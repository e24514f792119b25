"""The plots of a benchmark's figures."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from benchmarks.canvas import (
    INK,
    MARKERS,
    MUTED,
    SERIES,
    canvas,
    legend,
    log_axis,
    name_above,
    named_log_axis,
    square_side,
)
from benchmarks.front import Point
from benchmarks.lines import Line
from benchmarks.losses import LossCurves
from benchmarks.paper import MEAN_S
from benchmarks.profiling.operators import Profile, largest
from benchmarks.reported import Scope
from benchmarks.results import Measurement, threads_text
from benchmarks.run_names import accelerator_name, short_name, teller

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_KERNELS = 12
"""Bars of one profile; the rest is one more."""


def latency_by_size(found: Sequence[Line]) -> str:
    """Medians over the picture's size, a line a network, recipe and number of threads.

    With several packs of a line it is the median over them, and every pack is a faint dot.

    Args:
        found: lines of one scope.
    """
    scope = found[0].scope
    names = {square_side(line.size): f"{line.size[0]}x{line.size[1]}" for line in found}
    groups: dict[str, list[Line]] = {}
    for line in found:
        groups.setdefault(_group(line, found), []).append(line)
    # Its times are set beside those from file to picture only (benchmarks/paper.py).
    paper_ms = MEAN_S * 1000 if scope is Scope.END_TO_END else None
    label = f"{scope[0].upper()}{scope[1:].replace(' ', '-')} latency by picture size"
    with canvas(height=320, label=label) as (axes, svg):
        looks = cycle(zip((*SERIES, INK), (*MARKERS, "x")))
        for i, ((name, members), (colour, marker)) in enumerate(zip(groups.items(), looks)):
            times: dict[float, list[float]] = {}
            # Recipes often take the same time: a small step aside keeps each of them visible.
            aside = 1 + 0.025 * (i - (len(groups) - 1) / 2)
            for line in members:
                times.setdefault(square_side(line.size) * aside, []).append(line.series.median_ms)
            for side, values in times.items():
                if len(values) > 1:
                    axes.plot([side] * len(values), values, ".", color=colour, alpha=0.35)
            medians = sorted((side, statistics.median(values)) for side, values in times.items())
            axes.plot(*zip(*medians), marker=marker, color=colour, label=name)
        if paper_ms is not None:
            _draw_paper(axes, paper_ms)
        named_log_axis(axes.xaxis, axes, {side: names[side] for side in sorted(names)})
        log_axis(axes.yaxis, axes)
        low = min(line.series.median_ms for line in found)
        high = max(paper_ms or 0.0, *(line.series.median_ms for line in found))
        axes.set_ylim(low / 1.6, high * 2)
        axes.grid(axis="y")
        axes.set_ylabel(f"milliseconds, {scope}")
        legend(axes)
    return svg[0]


def memory(measurements: Sequence[Measurement]) -> str:
    """Peak memory over a bare Python, a bar a setting; of several styles the one that took most."""
    most: dict[str, Measurement] = {}
    for m in measurements:
        if m.memory is not None:
            name = short_name(m, measurements)
            before = most.get(name)
            if before is None or m.memory.peak > (before.memory or m.memory).peak:
                most[name] = m
    label = "Peak memory over a bare Python"
    with canvas(height=60 + 34 * len(most), label=label) as (axes, svg):
        for row, (name, m) in enumerate(most.items()):
            assert m.memory is not None
            loaded, over = (m.memory.loaded - m.memory.bare) / 1e6, m.memory.over_bare / 1e6
            first = row == 0
            axes.barh(row + 0.12, loaded, 0.3, color=SERIES[0], label="loaded" if first else None)
            axes.barh(
                row + 0.12,
                over - loaded,
                0.3,
                left=loaded,
                color=SERIES[1],
                label="and run" if first else None,
            )
            name_above(axes, row - 0.2, name, f"{over:,.0f} MB")
        _rows(axes, len(most))
        axes.set_xlabel("megabytes")
        legend(axes)
    return svg[0]


def operators(profile: Profile, name: str) -> str:
    """What each kernel took, a bar a name; of many the longest."""
    shares = largest(profile.by_kernel, MOST_KERNELS)
    label = f"Time by kernel of {name}"
    with canvas(height=60 + 34 * len(shares), label=label) as (axes, svg):
        for row, share in enumerate(shares):
            axes.barh(row + 0.12, share.sum_ms, 0.3, color=SERIES[0])
            text = f"{share.count} x {share.name}" if share.count > 1 else share.name
            name_above(axes, row - 0.2, text, f"{share.sum_ms:.3g} ms, {share.share:.0%}")
        _rows(axes, len(shares))
        axes.set_xlabel("milliseconds a run")
    return svg[0]


def front(points: Sequence[Point]) -> str:
    """Latency and distance of every way to run a network, numbered as `front_sheet` does.

    A line joins those that nobody beats in both.
    """
    best = [point for point in points if point.in_front]
    with canvas(height=330, label="Picture quality by latency") as (axes, svg):
        axes.plot(
            [p.latency_ms for p in best],
            [p.distance for p in best],
            "o-",
            color=SERIES[0],
            label="nobody is better in both",
        )
        others = [p for p in points if not p.in_front]
        if others:
            axes.plot(
                [p.latency_ms for p in others],
                [p.distance for p in others],
                "s",
                color=SERIES[1],
                fillstyle="none",
                label="beaten in both",
            )
        for number, point in enumerate(points, 1):
            axes.annotate(
                str(number),
                (point.latency_ms, point.distance),
                xytext=(0, 7),
                textcoords="offset points",
                ha="center",
                fontsize=11.5,
            )
        log_axis(axes.xaxis, axes)
        axes.margins(x=0.12, y=0.18)
        axes.grid(axis="y")
        axes.set_xlabel("milliseconds from file to picture; left is faster")
        axes.set_ylabel("distance; lower is better")
        legend(axes)
    return svg[0]


def losses(curves: LossCurves) -> str:
    """The losses over the steps, each point the mean of a stretch of them."""
    thin = curves.thinned(160)
    with canvas(height=300, label="Losses over the training's steps") as (axes, svg):
        for (name, values), colour in zip(thin.values.items(), cycle((INK, *SERIES))):
            if all(value > 0 for value in values):  # a loss that is switched off is zero
                axes.plot(thin.steps, values, color=colour, label=name, linewidth=1.6)
        log_axis(axes.yaxis, axes)
        axes.grid(axis="y")
        axes.set_xlabel("step")
        axes.margins(x=0.02)
        legend(axes)
    return svg[0]


def _draw_paper(axes: Axes, paper_ms: float) -> None:
    axes.axhline(paper_ms, color=MUTED, linewidth=1.2, linestyle=(0, (2, 3)))
    axes.annotate(
        "the paper's mean: Android, size not stated",
        (0, paper_ms),
        xycoords=("axes fraction", "data"),
        xytext=(2, 4),
        textcoords="offset points",
        color=MUTED,
        fontsize=11.5,
    )


def _group(line: Line, among: Sequence[Line]) -> str:
    """The name of a line's curve over the sizes: what is the same for all is left out."""
    words = [line.recipe]
    if len({other.network for other in among}) > 1:
        words.insert(0, line.network or "network untold")
    if len({other.threads for other in among}) > 1:
        words.append(threads_text(line.threads))
    if len({accelerator_name(other) for other in among}) > 1:
        words.append(accelerator_name(line))
    return ", ".join([*teller(line, among), *words])


def _rows(axes: Axes, count: int) -> None:
    axes.set_ylim(count - 0.35, -0.6)
    axes.set_yticks([])
    axes.set_xlim(left=0)
    axes.grid(axis="x")
