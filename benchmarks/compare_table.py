"""A comparison as a table for the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.compare import Comparison, Pair
from benchmarks.ratio import LEVEL

STYLES = {
    "wrong picture": "bold red",
    "slower": "bold red",
    "perhaps slower": "yellow",
    "faster": "green",
}


def comparison_table(comparison: Comparison, *, titles: bool = False) -> RenderableType:
    """Line by line both medians, their ratio and what it means, for `rich` to print.

    Args:
        comparison: what is shown.
        titles: name both packs in every line: they differ.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("model", overflow="fold")
    for name in ("first", "second", "ratio", f"{LEVEL:.0%} interval"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for pair in comparison.pairs:
        table.add_row(*_cells(pair, comparison.tolerance, titles=titles))
    legend = (
        f"medians in ms; ratio: second over first, above 1 it is slower; slower and faster: beyond "
        f"chance and by more than {comparison.tolerance:.0%}; perhaps: too few processes to say"
    )
    parts: list[RenderableType] = [table, Text(legend, style="dim")]
    parts += [Text(f"! not measured: {text}", style="bold red") for text in comparison.broken]
    parts += [Text(f"! {note}", style="yellow") for note in comparison.notes]
    return Group(*parts)


def _cells(pair: Pair, tolerance: float, *, titles: bool) -> list[RenderableType]:
    found = pair.ratio
    name = pair.first.text
    if titles:
        name = f"{pair.first.title} and {pair.second.title}{name.removeprefix(pair.first.title)}"
    known = found.low is not None and found.high is not None
    verdict = pair.verdict(tolerance)
    return [
        name,
        f"{pair.first.series.median_ms:.2f}",
        f"{pair.second.series.median_ms:.2f}",
        f"{found.value:.3f}",
        f"{found.low:.3f} to {found.high:.3f}" if known else "-",
        Text(verdict, style=STYLES.get(verdict, "")),
    ]
