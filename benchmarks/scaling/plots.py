"""How latency and memory grow, and the roofline, as plots; see benchmarks/scaling/measure.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from statistics import median

from benchmarks.canvas import (
    INK,
    MARKERS,
    SERIES,
    canvas,
    legend,
    log_axis,
    named_log_axis,
    square_side,
)
from benchmarks.ceiling import Ceiling
from benchmarks.results import Measurement, threads_text
from benchmarks.scaling.measure import Attained, Line, named


def latency_growth(lines: Sequence[Line]) -> str:
    """The model alone over the picture's side, a line a recipe and number of threads."""
    return _growth(
        lines,
        lambda m: m.model.median_ms,
        label="Latency of the model by picture size and threads",
        unit="milliseconds, model alone",
    )


def memory_growth(lines: Sequence[Line]) -> str:
    """Peak memory over a bare Python over the picture's side, on the fewest threads.

    More of them hardly change it, and lines that lie on each other tell nothing.
    """
    fewest = min(line.threads for line in lines)
    told = [line for line in lines if line.threads == fewest]
    return _growth(
        told,
        lambda m: m.memory.over_bare / 1e6 if m.memory is not None else 0.0,
        label="Peak memory by picture size",
        unit="megabytes over a bare Python",
    )


def roofline(points: Sequence[Attained], ceilings: Sequence[Ceiling]) -> str:
    """What the models reach beside what the machine can, a colour a number of threads."""
    ridges = [ceiling.multiply_adds_per_s / ceiling.bytes_per_s for ceiling in ceilings]
    low = min(point.intensity for point in points) / 2
    high = 2 * max(*(point.intensity for point in points), *ridges)
    recipes = list(dict.fromkeys(point.measurement.recipe for point in points))
    with canvas(height=340, label="Roofline") as (axes, svg):
        for ceiling, ridge, colour in zip(ceilings, ridges, cycle(SERIES)):
            roof = [min(1, place / ridge) for place in (low, max(low, ridge), high)]
            heights = [part * ceiling.multiply_adds_per_s / 1e9 for part in roof]
            axes.plot((low, max(low, ridge), high), heights, color=colour)
            axes.annotate(
                threads_text(ceiling.threads),
                (high, heights[-1]),
                xytext=(0, 4),
                textcoords="offset points",
                ha="right",
                fontsize=11.5,
            )
            for recipe, marker in zip(recipes, cycle(MARKERS)):
                members = [
                    point
                    for point in points
                    if point.measurement.threads == ceiling.threads
                    and point.measurement.recipe == recipe
                ]
                axes.plot(
                    [point.intensity for point in members],
                    [point.multiply_adds_per_s / 1e9 for point in members],
                    marker,
                    color=colour,
                    alpha=0.8,
                )
        for recipe, marker in zip(recipes, cycle(MARKERS)):
            axes.plot([], [], marker, color=INK, label=recipe)
        log_axis(axes.xaxis, axes)
        log_axis(axes.yaxis, axes)
        axes.margins(y=0.12)
        axes.grid(axis="y")
        axes.set_xlabel("multiply-adds a byte of traffic")
        axes.set_ylabel("billion multiply-adds a second")
        legend(axes)
    return svg[0]


def _growth(
    lines: Sequence[Line], value: Callable[[Measurement], float], *, label: str, unit: str
) -> str:
    rows = [m for line in lines for m in line.rows]
    names = {square_side(m.size): _size(m) for m in rows}
    curves: dict[str, list[Line]] = {}
    for line in lines:
        # Styles of one network differ in nothing but their numbers: one curve for all.
        curves.setdefault(named(line, lines), []).append(line)
    with canvas(height=330, label=label) as (axes, svg):
        looks = cycle(zip((*SERIES, INK), (*MARKERS, "x")))
        for (name, members), (colour, marker) in zip(curves.items(), looks):
            values: dict[float, list[float]] = {}
            for m in (m for line in members for m in line.rows):
                values.setdefault(square_side(m.size), []).append(value(m))
            places = sorted(values)
            if len({line.pack_sha256 for line in members}) > 1:
                name = f"{name}, median of {len(members)}"
            medians = [median(values[place]) for place in places]
            axes.plot(places, medians, marker=marker, color=colour, label=name)
        named_log_axis(axes.xaxis, axes, dict(sorted(names.items())))
        axes.tick_params(axis="x", labelsize=10)
        log_axis(axes.yaxis, axes)
        axes.grid(axis="y")
        axes.set_ylabel(unit)
        legend(axes)
    return svg[0]


def _size(m: Measurement) -> str:
    # Squares by one side: five names of nine letters would run into each other on a phone.
    return str(m.size[0]) if m.size[0] == m.size[1] else f"{m.size[0]}x{m.size[1]}"
