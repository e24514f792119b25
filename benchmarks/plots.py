"""The plots of a benchmark's times."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from benchmarks.canvas import (
    GROUND,
    INK,
    MARKERS,
    MUTED,
    RULE,
    SERIES,
    across_milliseconds,
    canvas,
    legend,
    log_axis,
    named_log_axis,
)
from benchmarks.drift import by_process, drift
from benchmarks.front import Point
from benchmarks.losses import LossCurves
from benchmarks.paper import MEAN_S
from benchmarks.profiling.operators import Profile, largest
from benchmarks.results import Measurement, threads_text
from benchmarks.timing import UNSTABLE_CV

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LETTERS = 56
"""That have room in a line of a plot."""
MOST_KERNELS = 12
"""Bars of one profile; the rest is one more."""
MOST_DOTS = 60
"""Runs of one row that are told apart as dots; of more a line is left."""


def latency_by_size(measurements: Sequence[Measurement]) -> str:
    """End-to-end medians over the picture's size, a line a network, recipe and number of threads.

    With several packs of a line it is the median over them, and every pack is a faint dot.
    """
    sides = sorted({math.sqrt(m.size[0] * m.size[1]) for m in measurements})
    names = {math.sqrt(m.size[0] * m.size[1]): f"{m.size[0]}x{m.size[1]}" for m in measurements}
    many_threads = len({m.threads for m in measurements}) > 1
    many_networks = len({m.network for m in measurements}) > 1
    many_accelerators = len({_accelerator(m) for m in measurements}) > 1
    groups: dict[str, list[Measurement]] = {}
    for m in measurements:
        name = f"{m.network}, {m.recipe}" if many_networks else m.recipe
        name = f"{name}, {threads_text(m.threads)}" if many_threads else name
        name = f"{name}, {_accelerator(m)}" if many_accelerators else name
        groups.setdefault(name, []).append(m)
    with canvas(height=320, label="End-to-end latency by picture size") as (axes, svg):
        looks = cycle(zip((*SERIES, INK), (*MARKERS, "x")))
        for i, ((name, members), (colour, marker)) in enumerate(zip(groups.items(), looks)):
            times: dict[float, list[float]] = {}
            # Recipes often take the same time: a small step aside keeps each of them visible.
            aside = 1 + 0.025 * (i - (len(groups) - 1) / 2)
            for m in members:
                side = math.sqrt(m.size[0] * m.size[1]) * aside
                times.setdefault(side, []).append(m.end_to_end.median_ms)
            for side, values in times.items():
                if len(values) > 1:
                    axes.plot([side] * len(values), values, ".", color=colour, alpha=0.35)
            line = sorted((side, statistics.median(values)) for side, values in times.items())
            axes.plot(*zip(*line), marker=marker, color=colour, label=name)
        paper_ms = MEAN_S * 1000
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
        named_log_axis(axes.xaxis, axes, {side: names[side] for side in sides})
        log_axis(axes.yaxis, axes)
        low = min(m.end_to_end.median_ms for m in measurements)
        high = max(paper_ms, *(m.end_to_end.median_ms for m in measurements))
        axes.set_ylim(low / 1.6, high * 2)
        axes.grid(axis="y")
        axes.set_ylabel("milliseconds, end to end")
        legend(axes)
    return svg[0]


def samples(measurements: Sequence[Measurement]) -> str:
    """Every sample of the model alone and of the whole path, a row a measurement of one pack.

    Warm-ups are hollow; a bar marks each median.
    """
    rows = len(measurements)
    label = f"Every sample taken of {measurements[0].title}"
    with canvas(height=72 + 46 * rows, label=label) as (axes, svg):
        for row, m in enumerate(measurements):
            # Above its samples, where it costs the time axis no width on a phone.
            axes.text(
                0,
                row - 0.27,
                _short(m, measurements),
                transform=axes.get_yaxis_transform(),
                bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1},
            )
            for shift, name, series, colour, marker in (
                (0.0, "model", m.model, SERIES[0], MARKERS[0]),
                (0.3, "end to end", m.end_to_end, SERIES[1], MARKERS[1]),
            ):
                y = row + shift
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
                    label=name if row == 0 else None,
                )
                axes.plot([series.median_ms] * 2, [y - 0.13, y + 0.13], color=INK, linewidth=1.4)
        axes.set_ylim(rows - 0.45, -0.65)
        across_milliseconds(axes)
    return svg[0]


def over_time(measurements: Sequence[Measurement]) -> str:
    """Every run in the order of running, a row a measurement of one pack; slower is higher.

    In each process the model's runs come first, then those of the whole path, each relative to its
    own median; a stroke stands between processes. Warm-ups are hollow. Every row has its own scale,
    which its band tells: within it a run differs from the median by no more than UNSTABLE_CV.
    """
    label = f"Every run of {measurements[0].title} in the order of running"
    with canvas(height=76 + 66 * len(measurements), label=label) as (axes, svg):
        for row, m in enumerate(measurements):
            _over_time(axes, row + 0.22, m, named=row == 0)
            change = drift(m.model, m.processes)
            value = "too few to tell drift" if change is None else f"model's drift {change:.2f}"
            _name_above(axes, row, _short(m, measurements), value)
        axes.set_ylim(len(measurements) - 0.35, -0.55)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.margins(x=0.02)
        axes.set_xlabel("runs, the first at the left")
        legend(axes)
    return svg[0]


def memory(measurements: Sequence[Measurement]) -> str:
    """Peak memory over a bare Python, a bar a setting; of several styles the one that took most."""
    most: dict[str, Measurement] = {}
    for m in measurements:
        if m.memory is not None:
            name = _short(m, measurements)
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
            _name_above(axes, row, name, f"{over:,.0f} MB")
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
            _name_above(axes, row, text, f"{share.sum_ms:.3g} ms, {share.share:.0%}")
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


def _over_time(axes: Axes, middle: float, m: Measurement, *, named: bool) -> None:
    """One row of `over_time`, a third of a unit to both sides of `middle`."""
    both = (
        ("model", m.model, SERIES[0], MARKERS[0]),
        ("end to end", m.end_to_end, SERIES[1], MARKERS[1]),
    )
    relative = [
        value / series.median_ms - 1
        for _, series, _, _ in both
        for value in (*series.warmups_ms, *series.samples_ms)
    ]
    scale = 0.33 / max(1.2 * UNSTABLE_CV, *map(abs, relative))
    band = UNSTABLE_CV * scale
    axes.axhspan(middle - band, middle + band, color=RULE, alpha=0.45, linewidth=0)
    dots = len(relative) <= MOST_DOTS
    place = 0
    for process in range(m.processes):
        if process:
            axes.plot([place, place], [middle - 0.36, middle + 0.36], color=MUTED, linewidth=1)
            place += 1
        for name, series, colour, marker in both:
            part = by_process(series, m.processes)[process]
            times = (*part.warmups_ms, *part.samples_ms)
            heights = [middle - scale * (value / series.median_ms - 1) for value in times]
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
                label=name if named and not process else None,
            )
            place += len(times) + 1


def _short(m: Measurement, among: Sequence[Measurement]) -> str:
    """A row's name: what is the same for all rows is left out."""
    words = [m.recipe, f"{m.size[0]}x{m.size[1]}"]
    if len({other.threads for other in among}) > 1:
        words.append("1 thread" if m.threads == 1 else f"{m.threads} threads")
    if len({other.network for other in among}) > 1:
        words.insert(0, m.network)
    if len({_accelerator(other) for other in among}) > 1:
        words.append(_accelerator(m) if m.asked is None else f"{m.asked} asked for")
    return ", ".join(words)


def _accelerator(m: Measurement) -> str:
    """The one that was asked for; where an old file does not tell, the one that ran."""
    return m.accelerator if m.asked is None else m.asked


def _name_above(axes: Axes, row: int, name: str, value: str) -> None:
    """A row's name and value above its bar, where they cost the axis no width on a phone."""
    room = MOST_LETTERS - len(value) - 2
    name = name if len(name) <= room else f"{name[: room - 1]}…"
    axes.text(
        0,
        row - 0.2,
        f"{name}: {value}",
        transform=axes.get_yaxis_transform(),
        bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1},
    )


def _rows(axes: Axes, count: int) -> None:
    axes.set_ylim(count - 0.35, -0.6)
    axes.set_yticks([])
    axes.set_xlim(left=0)
    axes.grid(axis="x")
