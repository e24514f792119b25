"""The papers' figures again, as inline SVG (benchmarks/canvas.py)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from benchmarks import paper
from benchmarks.canvas import (
    INK,
    MARKERS,
    MUTED,
    SERIES,
    across_milliseconds,
    canvas,
    legend,
)
from benchmarks.papers import published
from benchmarks.papers.config import Method
from benchmarks.papers.findings import Comparison
from benchmarks.papers.tables import accuracies, by_method, miou, weighted_losses
from benchmarks.quality.results import Recognition, mean_of
from benchmarks.results import Results

LOOKS = dict(zip(Method, zip(SERIES, MARKERS)))
"""Method -> its colour and marker, the same in all figures."""

PAPER = "the paper's"


def standalone(svg: str) -> str:
    """An inline SVG as a file of its own: with the page's colours, light and dark, and a ground."""
    css = (files("benchmarks") / "templates" / "report.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    style = (
        f"<style>svg{{{light} font-family:sans-serif;background:var(--ground)}}"
        f"@media (prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    )
    head, rest = svg.split(">", 1)
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head} {namespaces}>{style}{rest}\n'


def seconds_by_style(latency: Results) -> str | None:
    """Table II: a dot for every test, ours and the paper's; None where there is no time of ours."""
    beside = paper.beside_paper(latency)
    if beside is None:
        return None
    count = max(len(paper.TABLE_II), len(beside.rows))
    label = "Seconds for a picture: the paper's eight styles and ours, five tests each"
    with canvas(height=60 + 34 * count, label=label) as (axes, svg):
        for row in paper.TABLE_II:
            first = PAPER if row.style == 1 else None
            tests = [1000 * t for t in row.tests_s]
            axes.plot(tests, [row.style - 1] * len(tests), "o", color=MUTED, alpha=0.7, label=first)
        for number, ours in enumerate(beside.rows):
            first = "ours" if number == 0 else None
            tests = [1000 * t for t in ours.tests_s]
            axes.plot(tests, [number] * len(tests), "s", color=SERIES[0], alpha=0.8, label=first)
            axes.text(0, number - 0.3, ours.measurement.title, transform=axes.get_yaxis_transform())
        axes.set_ylim(count - 0.5, -0.8)
        across_milliseconds(axes)
    return svg[0]


def regions_kept(comparison: Comparison) -> str:
    """Table III: the five tests of each method as dots, the mean as a bar, the paper's beside."""
    found = miou(comparison.unseen)
    label = "MIoU of five tests, by method"
    with canvas(height=70 + 46 * len(found), label=label) as (axes, svg):
        for number, (method, tests) in enumerate(found.items()):
            colour, marker = _look(method)
            there = [value for value in tests if value is not None]
            axes.plot(there, [number] * len(there), marker, color=colour, alpha=0.8)
            mean = mean_of(tests)
            if mean is not None:
                axes.plot([mean] * 2, [number - 0.16, number + 0.16], color=INK, linewidth=1.6)
            if method in {*Method}:
                theirs = published.MIOU[Method(method)]
                axes.plot(theirs, [number + 0.3] * len(theirs), "|", color=MUTED, markersize=9)
            axes.text(0, number - 0.27, method, transform=axes.get_yaxis_transform())
        axes.plot([], [], "o", color=INK, label="our tests")
        axes.plot([], [], color=INK, linewidth=1.6, label="their mean")
        axes.plot([], [], "|", color=MUTED, markersize=9, label=f"{PAPER} tests")
        axes.set_yticks([])
        axes.set_ylim(len(found) - 0.4, -0.7)
        axes.set_xlim(0, 1)
        axes.grid(axis="x")
        axes.set_xlabel("MIoU")
        legend(axes)
    return svg[0]


def receiver_curves(found: Mapping[str, Recognition], name: str) -> str:
    """Figure 7: true positives over false positives, the mean over the styles."""
    with canvas(height=380, label=f"Receiver operating characteristic, {name}") as (axes, svg):
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (2, 3)))
        for method, each in found.items():
            colour, _ = _look(method)
            axes.plot(*receiver_curve(each), color=colour, label=f"{method} {each.auc:.3f}")
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        axes.grid()
        axes.set_xlabel("false positives")
        axes.set_ylabel("true positives")
        legend(axes)
    return svg[0]


def receiver_curve(found: Recognition) -> tuple[Sequence[float], Sequence[float]]:
    """False and true positive rates of one style against the rest, the mean over the styles."""
    from sklearn.metrics import roc_curve

    truth, scores = np.asarray(found.truth), np.asarray(found.scores)
    places = np.linspace(0, 1, 201)
    curves = []
    for style in np.unique(truth[truth < len(found.labels) - 1]):
        false, true, _ = roc_curve(truth == style, scores[:, style])
        # A step before it rises: interpolated between repeated places it takes the highest.
        curves.append(np.interp(places, false, true))
    mean = np.mean(curves, axis=0)
    return [0.0, *places.tolist()], [0.0, *mean.tolist()]


def over_training(comparison: Comparison) -> tuple[str, str]:
    """Figure 8: accuracy and loss after each fifth of the steps."""
    accuracy, losses = accuracies(comparison.unseen), weighted_losses(comparison.unseen)
    drawn = []
    for name, values in (("Accuracy", accuracy), ("Loss", losses)):
        with canvas(height=300, label=f"{name} over the training") as (axes, svg):
            for method, points in values.items():
                colour, marker = _look(method)
                axes.plot(
                    list(points), list(points.values()), marker=marker, color=colour, label=method
                )
            axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:g} %"))
            axes.grid(axis="y")
            axes.set_xlabel("of the steps")
            axes.set_ylabel(name.lower())
            if name == "Accuracy":
                axes.set_ylim(-0.03, 1.03)
            legend(axes)
        drawn.append(svg[0])
    return drawn[0], drawn[1]


def recognised(comparison: Comparison) -> str:
    """Figure 10: accuracy, recall and F1 as bars; a stroke marks the paper's."""
    found = by_method(comparison.unseen)
    groups = ("accuracy", "recall", "f1")
    label = "Accuracy, recall and F1 by method"
    with canvas(height=320, label=label) as (axes, svg):
        width = 0.8 / len(found)
        for number, (method, each) in enumerate(found.items()):
            colour, _ = _look(method)
            places = [group + (number - (len(found) - 1) / 2) * width for group in range(3)]
            heights = [getattr(each, name) for name in groups]
            axes.bar(places, heights, width * 0.86, color=colour, label=method, alpha=0.85)
            if method in {*Method}:
                theirs = published.FIGURE_10[Method(method)]
                values = [getattr(theirs, name) for name in groups]
                axes.plot(places, values, "_", color=INK, markersize=11, markeredgewidth=1.6)
        axes.plot([], [], "_", color=INK, markersize=11, markeredgewidth=1.6, label=PAPER)
        _named(axes, ("accuracy", "recall", "F1"))
        axes.set_ylim(0, 1.03)
        axes.grid(axis="y")
        legend(axes)
    return svg[0]


def _named(axes: Axes, names: Sequence[str]) -> None:
    axes.set_xticks(range(len(names)), names)


def _look(method: str) -> tuple[str, str]:
    """Colour and marker; what is no method of the papers is drawn in ink."""
    return LOOKS[Method(method)] if method in {*Method} else (INK, "P")
