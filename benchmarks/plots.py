"""Plots as inline SVG that takes its colours, its font and its width from the page around it.

Colours are drawn as placeholders and become CSS variables, so one drawing is legible in light and
dark; text stays text, so it can be read aloud, searched and copied.
"""

from __future__ import annotations

import html
import io
import math
import re
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any

from benchmarks.losses import LossCurves
from benchmarks.paper import MEAN_S
from benchmarks.results import Measurement, threads_text
from edge_app.core.errors import MissingExtraError

try:
    import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator
except ImportError as error:
    raise MissingExtraError("matplotlib", extra="bench", purpose="the HTML report") from error

INK, MUTED, RULE, GROUND = "#010101", "#020202", "#030303", "#040404"
SERIES = ("#0a0101", "#0a0202", "#0a0303", "#0a0404", "#0a0505")
CSS = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    GROUND: "var(--ground)",
    **{colour: f"var(--series-{i})" for i, colour in enumerate(SERIES, 1)},
}
"""Placeholder colour -> what stands in the page."""

MARKERS = "osD^v"
"""A shape for each series: colour alone does not tell them apart for everyone."""

WIDTH = 400
"""Width that the plots are drawn for, in CSS pixels; the page scales them a little."""

STYLE: dict[Any, Any] = {
    "text.parse_math": False,
    "svg.fonttype": "none",
    "font.size": 12,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": RULE,
    "axes.linewidth": 1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.labelsize": 11.5,
    "ytick.labelsize": 11.5,
    "legend.frameon": False,
    "legend.fontsize": 11.5,
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
}


def latency_by_size(measurements: Sequence[Measurement]) -> str:
    """End-to-end medians over the picture's size, a line a recipe and number of threads.

    With several packs the line is the median over them, and every pack is a faint dot.
    """
    sides = sorted({math.sqrt(m.size[0] * m.size[1]) for m in measurements})
    names = {math.sqrt(m.size[0] * m.size[1]): f"{m.size[0]}x{m.size[1]}" for m in measurements}
    many_threads = len({m.threads for m in measurements}) > 1
    groups: dict[str, list[Measurement]] = {}
    for m in measurements:
        name = f"{m.recipe}, {threads_text(m.threads)}" if many_threads else m.recipe
        groups.setdefault(name, []).append(m)
    with _figure(height=320, label="End-to-end latency by picture size") as (axes, svg):
        looks = cycle(zip(SERIES, MARKERS))
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
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(sides))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda side, _: names[side]))
        axes.xaxis.set_minor_locator(NullLocator())
        pad = (max(sides) / min(sides)) ** 0.12 if len(sides) > 1 else 1.5
        axes.set_xlim(min(sides) / pad, max(sides) * pad)
        _log_ms(axes.yaxis, axes)
        low = min(m.end_to_end.median_ms for m in measurements)
        high = max(paper_ms, *(m.end_to_end.median_ms for m in measurements))
        axes.set_ylim(low / 1.6, high * 2)
        axes.grid(axis="y")
        axes.set_ylabel("milliseconds, end to end")
        _legend(axes)
    return svg[0]


def samples(measurements: Sequence[Measurement]) -> str:
    """Every sample of the model alone and of the whole path, a row a measurement of one pack.

    Warm-ups are hollow; a bar marks each median.
    """
    rows = len(measurements)
    label = f"Every sample taken of {measurements[0].title}"
    with _figure(height=72 + 46 * rows, label=label) as (axes, svg):
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
        axes.set_yticks([])
        axes.set_ylim(rows - 0.45, -0.65)
        _log_ms(axes.xaxis, axes)
        axes.grid(axis="x")
        axes.set_xlabel("milliseconds")
        _legend(axes)
    return svg[0]


def losses(curves: LossCurves) -> str:
    """The losses over the steps, each point the mean of a stretch of them."""
    thin = curves.thinned(160)
    with _figure(height=300, label="Losses over the training's steps") as (axes, svg):
        for (name, values), colour in zip(thin.values.items(), cycle((INK, *SERIES))):
            if all(value > 0 for value in values):  # a loss that is switched off is zero
                axes.plot(thin.steps, values, color=colour, label=name, linewidth=1.6)
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.grid(axis="y")
        axes.set_xlabel("step")
        axes.margins(x=0.02)
        _legend(axes)
    return svg[0]


@contextmanager
def _figure(*, height: float, label: str) -> Iterator[tuple[Axes, list[str]]]:
    """Axes to draw on, and a list that holds the SVG when the block is left."""
    svg: list[str] = []
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": label}):
        # SVG's unit is the point: at 72 dpi one unit is drawn as one CSS pixel.
        figure = Figure(figsize=(WIDTH / 72, height / 72), layout="constrained")
        axes = figure.subplots()
        yield axes, svg
        out = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    svg.append(_inline(out.getvalue(), label))


def _inline(svg: str, label: str) -> str:
    """The SVG document that matplotlib writes, as an element of an HTML page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    viewbox = re.search(r'viewBox="[^"]*"', svg)
    assert viewbox is not None
    head = f'<svg {viewbox[0]} role="img" aria-label="{html.escape(label)}">'
    svg = re.sub(r"<svg[^>]*>", lambda _: head, svg, count=1)
    # Several drawings share a page: names that are referred to are made their own, others go.
    prefix = re.sub(r"\W+", "-", label.lower())
    used = set(re.findall(r"#(\w+)", svg)) - {colour[1:] for colour in CSS}
    svg = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}-{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r'xlink:href="#', f'href="#{prefix}-', svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}-", svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    for placeholder, variable in CSS.items():
        svg = svg.replace(placeholder, variable)
    return svg.strip()


def _log_ms(axis: matplotlib.axis.Axis, axes: Axes) -> None:
    """A logarithmic axis of milliseconds that is labelled with plain numbers."""
    (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log")
    low, high = axis.get_data_interval()
    # Enough labels for a narrow range, not too many for a wide one.
    steps = (1, 1.5, 2, 3, 5, 7) if high / low < 8 else (1, 2, 5) if high / low < 1000 else (1,)
    axis.set_major_locator(LogLocator(base=10, subs=steps))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_locator(NullLocator())


def _legend(axes: Axes) -> None:
    """The names above the axes, in as many columns as their lengths leave room for."""
    names = axes.get_legend_handles_labels()[1]
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=max(1, min(len(names), 46 // (max(map(len, names)) + 6))),
        borderaxespad=0.2,
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.4,
    )


def _short(m: Measurement, among: Sequence[Measurement]) -> str:
    """A row's name: what is the same for all rows is left out."""
    words = [m.recipe, f"{m.size[0]}x{m.size[1]}"]
    if len({other.threads for other in among}) > 1:
        words.append("1 thread" if m.threads == 1 else f"{m.threads} threads")
    return ", ".join(words)
