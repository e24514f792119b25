"""Plots as inline SVG that takes its colours, its font and its width from the page around it.

Colours are drawn as placeholders and become CSS variables, so one drawing is legible in light and
dark; text stays text, so it can be read aloud, searched and copied.
"""

from __future__ import annotations

import html
import io
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from edge_app.core.errors import MissingExtraError
from edge_app.core.size import Size

try:
    import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
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

MOST_LETTERS = 56
"""That have room in a line of a plot."""

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


@contextmanager
def canvas(*, height: float, label: str) -> Iterator[tuple[Axes, list[str]]]:
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


def log_axis(axis: Axis, axes: Axes) -> None:
    """Make an axis logarithmic and label it with plain numbers."""
    (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log")
    low, high = axis.get_data_interval()
    # Enough labels for a narrow range, not too many for a wide one.
    steps = (1, 1.5, 2, 3, 5, 7) if high / low < 8 else (1, 2, 5) if high / low < 1000 else (1,)
    axis.set_major_locator(LogLocator(base=10, subs=steps))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_locator(NullLocator())


def named_log_axis(axis: Axis, axes: Axes, names: Mapping[float, str]) -> None:
    """Make an axis logarithmic, with a label at each of `names` and some room at both ends."""
    (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log")
    axis.set_major_locator(FixedLocator(list(names)))
    axis.set_major_formatter(FuncFormatter(lambda place, _: names[place]))
    axis.set_minor_locator(NullLocator())
    low, high = min(names), max(names)
    pad = (high / low) ** 0.12 if high > low else 1.5
    (axes.set_xlim if axis is axes.xaxis else axes.set_ylim)(low / pad, high * pad)


def across_milliseconds(axes: Axes) -> None:
    """Finish rows of times: a logarithmic axis below, no numbers at the side, the names above."""
    axes.set_yticks([])
    log_axis(axes.xaxis, axes)
    axes.grid(axis="x")
    axes.set_xlabel("milliseconds")
    legend(axes)


def legend(axes: Axes) -> None:
    """The names above the axes, in as many columns as their lengths leave room for."""
    handles, names = axes.get_legend_handles_labels()
    names = [_cut(name, MOST_LETTERS - 6) for name in names]  # six for the mark
    axes.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=max(1, min(len(names), 52 // (max(map(len, names)) + 6))),
        borderaxespad=0.2,
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.4,
    )


def name_above(axes: Axes, height: float, name: str, value: str = "") -> None:
    """A row's name and value above what is drawn, where they cost the axis no width on a phone."""
    value = f": {value}" if value else ""
    axes.text(
        0,
        height,
        f"{_cut(name, MOST_LETTERS - len(value))}{value}",
        transform=axes.get_yaxis_transform(),
        bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1},
    )


def _cut(text: str, room: int) -> str:
    """The text in at most `room` letters."""
    return text if len(text) <= room else f"{text[: room - 1]}…"


def square_side(size: Size) -> float:
    """Where a picture's size stands on an axis: the side of a square of as many pixels."""
    return math.sqrt(size[0] * size[1])
